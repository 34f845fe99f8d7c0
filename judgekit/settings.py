"""How a judge is reached: model, endpoint, key and limits, from arguments or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from judgekit.errors import UserError

_MOST_AT_ONCE = 10_000
_LONGEST_S = 86_400
Mode = Literal["auto", "json_schema", "tools", "json", "md_json"]


@dataclass(frozen=True, slots=True)
class Rates:
    """What a judge costs, as its user says."""

    input: float
    """US dollars for a million tokens sent."""
    output: float
    """US dollars for a million tokens received."""
    cached_input: float
    """US dollars for a million tokens sent that the provider had cached."""
    batch: float = 1.0
    """The factor on all of them for calls through a batch interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a judge but the rubric; what changes a verdict is in `parameters`."""

    provider: str
    """One of `PROVIDERS`, as instructor spells it."""
    model: str
    """The model as its provider names it; for `local` the path of a GGUF file."""
    base_url: str | None = field(default=None, repr=False)
    """An OpenAI-compatible endpoint; None is the provider's own. Its query may hold a secret: `endpoint` is shown."""
    api_key: SecretStr = field(default=SecretStr(""), repr=False)
    """Sent to the endpoint and written nowhere."""
    key_variable: str | None = None
    """The environment variable that the key came from; None where it was given, or there is none."""
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
    rpm: float | None = None
    """Requests a minute at most; None: what the server's headers and refusals say."""
    tpm: float | None = None
    """Tokens a minute at most, prompts and replies together; None: what the server's headers and refusals say."""
    prices: Rates | None = None
    """The user's own price; None: the provider's list price, where that is known."""

    @property
    def judge(self) -> str:
        """`provider/model`, as the user wrote it."""
        return self.provider if self.provider == "baseline" else f"{self.provider}/{self.model}"

    @property
    def endpoint(self) -> str | None:
        """The address without its query, as messages may show it."""
        return None if self.base_url is None else self.base_url.partition("?")[0]

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


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's OpenAI-compatible endpoint is, and which variable holds its key."""

    base_url: str | None
    """None: the user has to give it, or the client knows it."""
    key_variable: str | None
    """None: no key is needed."""


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider(None, "OPENAI_API_KEY"),
        "azure_openai": Provider(None, "AZURE_OPENAI_API_KEY"),
        "anthropic": Provider("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        "deepseek": Provider("https://api.deepseek.com", "DEEPSEEK_API_KEY"),
        "google": Provider("https://generativelanguage.googleapis.com/v1beta/openai", "GOOGLE_API_KEY"),
        "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
        "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
        "ollama": Provider("http://127.0.0.1:11434/v1", None),
        "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
        "local": Provider(None, None),
        "baseline": Provider(None, None),
    }
)
"""What a judge's name may begin with. All are spoken to in OpenAI's protocol."""


def settings_for(
    judge: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    api_key_env: str | None = None,
    **rest: Any,
) -> Settings:
    """The settings of a judge, with endpoint and key from the arguments or the environment.

    Args:
        judge: `baseline`, `provider/model`, or `local/PATH.gguf`.
        base_url: an OpenAI-compatible endpoint; for `openai` the default is OPENAI_BASE_URL, else the provider's own.
        api_key: the key; better left to the environment.
        api_key_env: the variable that holds the key, instead of the provider's usual one.
        **rest: further fields of `Settings`.

    Raises:
        UserError: the name is not a judge's, or there is no key for an endpoint that needs one.
    """
    provider, model = parse_judge(judge)
    known = PROVIDERS[provider]
    if provider == "openai":
        base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
    if base_url is not None:
        _check_url(base_url)
    if provider == "azure_openai" and base_url is None:
        raise UserError("azure_openai needs --base-url (base_url=): https://RESOURCE.openai.azure.com")
    if api_key_env is not None and not os.environ.get(api_key_env):
        raise UserError(f"there is no API key: the environment variable {api_key_env} is not set")
    variable = api_key_env or known.key_variable
    key = api_key or (os.environ.get(variable) if variable else None) or ""
    if not key and known.key_variable is not None and (base_url is None or provider == "azure_openai"):
        raise UserError(
            f"there is no API key for {judge}: set the environment variable {variable}, or name another one with "
            "--api-key-env; a server of your own is reached with --base-url and needs none"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UserError(
            f"the API key in {variable if not api_key else 'api_key='} holds a blank, a line end or a character beyond "
            "ASCII, which no key does: copy it anew, alone and on one line"
        )
    return Settings(
        provider=provider,
        model=model,
        base_url=base_url or known.base_url,
        api_key=SecretStr(key),
        key_variable=variable if key and not api_key else None,
        **rest,
    )


def check_limits(settings: Settings, concurrency: int) -> None:
    """Nothing.

    Raises:
        UserError: calls at once, calls for one reply, seconds for a call or a rate are beyond what can be meant.
    """
    if (
        not 1 <= concurrency <= _MOST_AT_ONCE
        or settings.max_attempts < 1
        or not 0.001 <= settings.timeout_s <= _LONGEST_S
    ):
        raise UserError(
            f"wanted concurrency from 1 to {_MOST_AT_ONCE}, max_attempts from 1 and timeout_s from 0.001 to "
            f"{_LONGEST_S}; came {concurrency}, {settings.max_attempts} and {settings.timeout_s}"
        )
    for name, limit in (("rpm", settings.rpm), ("tpm", settings.tpm)):
        if limit is not None and not 0 < limit < float("inf"):
            raise UserError(f"{name}: a positive number a minute was wanted; came {limit:g}")


def _check_url(url: str) -> None:
    """Nothing.

    Raises:
        UserError: it is not an address, or it holds a password, which is never repeated here.
    """
    try:
        parts = urlsplit(url)
        reachable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address in them, a port that is no number or out of range
        reachable = False
    host = url.partition("://")[2].partition("/")[0]
    if "@" in host:
        raise UserError(
            "base URL: the name and password in it are not sent; leave them out, and give the key in the environment "
            "(OPENAI_API_KEY, or --api-key-env NAME)"
        )
    if not reachable or any(mark.isspace() or not mark.isprintable() for mark in url):
        raise UserError(f"base URL {url!r}: wanted http://… or https://…, such as http://127.0.0.1:8000/v1")


def parse_judge(judge: str) -> tuple[str, str]:
    """Provider and model of a judge's name.

    Raises:
        UserError: the name is neither `baseline` nor `provider/model` with a known provider.

    >>> parse_judge("openai/gpt-5-mini")
    ('openai', 'gpt-5-mini')
    """
    if judge == "baseline":
        return "baseline", "baseline"
    provider, slash, model = judge.partition("/")
    if not (slash and model) or provider not in PROVIDERS or provider == "baseline":
        raise UserError(
            f"judge {judge!r} is not known: write 'baseline' (built in, no model), 'local/PATH.gguf', or "
            f"'provider/model' with one of {', '.join(sorted(PROVIDERS.keys() - {'baseline', 'local'}))}; any other "
            "OpenAI-compatible server is 'openai/MODEL' with --base-url"
        )
    return provider, model
