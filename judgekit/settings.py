"""How a judge is reached: model, endpoint, key and limits, from arguments or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from judgekit.errors import UserError

Mode = Literal["auto", "json_schema", "tools", "json", "md_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a judge but the rubric; what changes a verdict is in `parameters`."""

    provider: str
    """`openai`, `azure_openai`, `ollama`, `local`, `baseline`, or another provider that instructor spells so."""
    model: str
    """The model as its provider names it; for `local` the path of a GGUF file."""
    base_url: str | None = None
    """An OpenAI-compatible endpoint; None is the provider's own."""
    api_key: SecretStr = field(default=SecretStr(""), repr=False)
    """Sent to the endpoint and written nowhere."""
    temperature: float | None = None
    """None leaves the choice to the provider: some models accept no other."""
    seed: int | None = None
    """Sent where set; most providers treat it as a best effort."""
    max_tokens: int | None = None
    """The limit of a reply in tokens; None is the provider's."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further request parameters, sent as they are."""
    mode: Mode = "auto"
    """How structured output is asked for; `auto` finds what the server knows."""
    timeout_s: float = 60.0
    """Seconds for one attempt."""
    max_attempts: int = 3
    """Calls for one reply, the first included; only what a retry can help is tried again."""

    @property
    def judge(self) -> str:
        """`provider/model`, as the user wrote it."""
        return self.provider if self.provider == "baseline" else f"{self.provider}/{self.model}"

    def parameters(self) -> dict[str, object]:
        """What of these settings could change a verdict: part of every fingerprint."""
        return {
            "judge": self.judge,
            "temperature": self.temperature,
            "seed": self.seed,
            "max_tokens": self.max_tokens,
            "mode": self.mode,
            "extra": dict(self.extra),
        }


def parse_judge(judge: str) -> tuple[str, str]:
    """Provider and model of a judge's name.

    Raises:
        UserError: the name is neither `baseline` nor `provider/model`.

    >>> parse_judge("openai/gpt-5-mini")
    ('openai', 'gpt-5-mini')
    """
    if judge == "baseline":
        return "baseline", "baseline"
    provider, slash, model = judge.partition("/")
    if not (provider and slash and model):
        raise UserError(
            f"judge {judge!r} is not known: write 'baseline' (built in, no model), 'provider/model' such as "
            "'openai/gpt-5-mini', or 'local/PATH.gguf'"
        )
    return provider, model


def from_environment(name: str, given: str | None) -> str | None:
    """The given value, or the one in the environment variable; empty counts as absent."""
    return given or os.environ.get(name) or None
