"""Everything between a transcript and its verdict: checks, prompt, judge call, evidence, level."""
