"""Running a batch: workers, store, resume, and what a run came to."""
