"""Real servers for tests: an OpenAI-compatible one with faults on demand, and llama.cpp with a tiny random model."""
