"""What can go wrong between a judge and its model, as a server does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

FaultKind = Literal[
    "refusal",  # message.refusal is set, as with structured outputs
    "refusal_text",  # "I'm sorry, but …" as plain content
    "content_filter",  # finish_reason content_filter, nothing said
    "prompt_filter",  # 400: the prompt itself was filtered (Azure)
    "429",  # with Retry-After and x-ratelimit-*
    "quota",  # 429 that no retry cures: insufficient_quota
    "500",
    "503",
    "401",
    "404",  # unknown model
    "context_length",  # 400 context_length_exceeded
    "unsupported",  # 400: this response_format or these tools are not supported
    "malformed",  # the answer is not JSON
    "wrong_shape",  # the answer is JSON of another shape
    "truncated",  # finish_reason length, JSON cut
    "empty_content",  # a message with no content and no tool call
    "empty_choices",  # no choice at all
    "not_json",  # a proxy's HTML page with status 200
    "hang",  # no byte of a reply, until the server stops or hang_s has passed
    "reset",  # the connection is reset in the middle of the reply
]
KINDS: frozenset[str] = frozenset(get_args(FaultKind))
WRONG_SHAPE = '{"unexpected":[1,2,3]}'
REFUSAL = "I'm sorry, but I can't help with that."
HTML = b"<html><head><title>Welcome</title></head><body>It works.</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to do wrong."""

    kind: FaultKind
    """What."""
    retry_after_s: float = 1.0
    """With 429 and 503: seconds in Retry-After (written as they are, so that a test may ask for 0.05)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to the reply, or in place of its own; an empty value takes a header away."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; the faults are {', '.join(sorted(KINDS))}")


@dataclass(frozen=True, slots=True)
class HTTPError:
    """An error reply in the shape that OpenAI gives it."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the JSON of the reply."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": {**error, **self.extra}}


def http_error(fault: Fault, *, model: str, tokens: int = 0, key: str = "") -> HTTPError | None:
    """Return the error that a fault answers with, or None for faults that are not HTTP errors.

    Args:
        fault: The fault.
        model: The model that the request named.
        tokens: Length of the prompt.
        key: The key that came, for the message that says it is wrong (masked, as OpenAI does).
    """
    wait = {"retry-after": f"{fault.retry_after_s:g}"}
    if not fault.retry_after_s.is_integer():
        wait["retry-after-ms"] = f"{fault.retry_after_s * 1000:g}"
    errors = {
        "429": HTTPError(429, f"Rate limit reached for {model}.", "requests", "rate_limit_exceeded", headers=wait),
        "quota": HTTPError(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
        "500": HTTPError(500, "The server had an error while processing your request. Sorry!", "server_error"),
        "503": HTTPError(503, "The engine is currently overloaded, try again later.", "server_error", headers=wait),
        "401": HTTPError(401, f"Incorrect API key provided: {masked(key)}.", code="invalid_api_key"),
        "404": HTTPError(404, f"The model `{model}` does not exist or is not yours.", code="model_not_found"),
        "context_length": context_error(tokens, max(tokens - 1, 1)),
        "unsupported": unsupported("response_format"),
        "prompt_filter": HTTPError(
            400,
            "The response was filtered due to the prompt triggering the content management policy.",
            code="content_filter",
            param="prompt",
            extra={"innererror": {"code": "ResponsibleAIPolicyViolation"}},
        ),
    }
    return errors.get(fault.kind)


def context_error(tokens: int, most: int) -> HTTPError:
    """Return the error of a prompt that is longer than the context."""
    message = (
        f"This model's maximum context length is {most} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages."
    )
    return HTTPError(400, message, code="context_length_exceeded", param="messages")


def unsupported(param: str) -> HTTPError:
    """Return the error of a server that does not know `tools` or a kind of `response_format`."""
    message = f"Invalid parameter: '{param}' as given is not supported with this model."
    return HTTPError(400, message, code="unsupported_parameter", param=param)


def masked(key: str) -> str:
    """Return a key as OpenAI quotes a wrong one back.

    >>> masked("sk-0123456789abcdef")
    'sk-01234*******cdef'
    """
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def rates(text: str) -> dict[FaultKind, float]:
    """Return the rates that a command line names.

    Raises:
        ValueError: An entry is not `fault=rate`, the fault is unknown, or the rates add up to more than 1.

    >>> rates("429=0.1,reset=0.02")
    {'429': 0.1, 'reset': 0.02}
    """
    found: dict[FaultKind, float] = {}
    for entry in filter(None, text.split(",")):
        kind, _, rate = entry.partition("=")
        found[Fault(kind.strip()).kind] = float(rate)  # type: ignore[arg-type]  # checked by Fault itself
    if not all(0 <= rate <= 1 for rate in found.values()) or sum(found.values()) > 1:
        raise ValueError(f"fault rates are shares of all calls and add up to 1 at most, not {text!r}")
    return found
