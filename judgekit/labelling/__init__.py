"""People label transcripts: a blind page on their own machine, its state, and tasks for other labelling tools."""
