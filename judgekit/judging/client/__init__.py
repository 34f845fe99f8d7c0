"""The model client: the only place that imports openai and instructor."""

from judgekit.judging.client.model import ModelClient

__all__ = ["ModelClient"]
