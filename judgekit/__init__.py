"""Score transcripts with an LLM judge, and measure how far the judge may be trusted."""
