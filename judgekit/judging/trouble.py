"""What an error of a call means: another way of asking, another try, a failure of this item, or the end of the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import Random
from time import time
from typing import Any, Protocol

import orjson

from judgekit.verdict import FailureKind

_TOO_LONG = re.compile(
    r"context.{0,20}(?:length|size|window)|too many tokens|prompt is too long|exceeds the maximum number of tokens",
    re.IGNORECASE,
)
_FLAGGED = re.compile(r"\b(?:flagged|moderation|content policy)\b", re.IGNORECASE)
_UNSUPPORTED_CODES = ("unsupported_parameter", "unsupported_value")
_UNSUPPORTED = re.compile(
    r"\b(?:unsupported|not (?:be )?(?:supported|allowed|permitted|accepted)|does not support|deprecated|unknown"
    r"|unrecognized|unexpected|extra)\b",
    re.IGNORECASE,
)
_SHAPE = re.compile(
    r"response_format|json_schema|json_object|json mode|structured|schema|grammar|tool|function", re.IGNORECASE
)
_RETRIED = frozenset({408, 409, 425, 429})
_BASE_S, _CAP_S = 0.5, 20.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One HTTP error, read."""

    status: int
    code: str
    parameter: str
    message: str
    retry_after_s: float | None = None

    @property
    def kind(self) -> FailureKind:
        """The failure kind that it is recorded as."""
        if self.status == 429:
            return "rate_limited"
        if self.code == "content_filter" or self._flagged:
            return "content_filter"
        return "too_long" if self.too_long else "http_error"

    @property
    def too_long(self) -> bool:
        """Whether the prompt is longer than the model's context."""
        named = self.code in ("context_length_exceeded", "exceed_context_size_error")
        return named or self.status == 413 or (self.status == 400 and bool(_TOO_LONG.search(self.message)))

    @property
    def retried(self) -> bool:
        """Whether the same call may succeed later."""
        return (self.status in _RETRIED and not self.out_of_money) or self.status >= 500

    @property
    def key_refused(self) -> bool:
        """Whether no call with this key can succeed."""
        return self.status in (401, 403) and not self._flagged

    @property
    def _flagged(self) -> bool:
        """Whether moderation refused this one prompt, which some providers answer with 403."""
        return self.status == 403 and _FLAGGED.search(self.message) is not None

    @property
    def out_of_money(self) -> bool:
        """Whether the account behind the key has nothing left."""
        return self.code in ("insufficient_quota", "billing_hard_limit_reached") or self.status == 402

    @property
    def shape_refused(self) -> bool:
        """Whether the server does not know this way of asking for structured output."""
        known = self.kind == "http_error" and self.status in (400, 404, 415, 422, 501)
        return known and bool(_SHAPE.search(f"{self.parameter} {self.message}"))

    def refuses(self, parameter: str) -> bool:
        """Whether the model does not take this request parameter, or not this value of it."""
        if self.status not in (400, 422):
            return False
        if self.parameter:
            return self.parameter == parameter and (self.code in _UNSUPPORTED_CODES or self._says_unsupported)
        return self._says_unsupported and re.search(rf"\b{re.escape(parameter)}\b", self.message) is not None

    @property
    def _says_unsupported(self) -> bool:
        return _UNSUPPORTED.search(self.message) is not None


class RefusedError(Exception):
    """The server answered with an error."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class LostError(Exception):
    """No answer came."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Carried:
    """What came back: the bytes of a chat completion, and the headers that may tell about rates."""

    body: bytes
    headers: Mapping[str, str]


class Wire(Protocol):
    """What carries a request to a model and its reply back."""

    where: str
    """The endpoint, for messages."""

    async def post(self, body: Mapping[str, Any]) -> Carried:
        """A chat completion.

        Raises:
            RefusedError: the server answered with an error.
            LostError: no answer came.
        """
        ...

    async def close(self) -> None:
        """Connections and memory are released."""
        ...


def read_trouble(status: int, text: bytes, headers: Mapping[str, str]) -> Trouble:
    """The error in a reply, whatever of OpenAI's error shape the server kept to."""
    try:
        body = orjson.loads(text)
    except ValueError:
        body = None
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        error = {"message": error}
    code = error.get("code") if isinstance(error.get("code"), str) else error.get("type")
    message = " ".join(str(error.get("message") or text.decode(errors="replace")).split())[:300]
    return Trouble(status, str(code or ""), str(error.get("param") or ""), message, retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, from Retry-After-Ms or Retry-After (seconds or a date)."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (given := headers.get("retry-after")) is None:
            return None
        if given.replace(".", "", 1).isdigit():
            return float(given)
        return max(0.0, parsedate_to_datetime(given).timestamp() - time())
    except ValueError:
        return None


def pause_s(attempt: int, asked_s: float | None, random: Random) -> float:
    """Seconds to wait before the next attempt: what the server asks (60 at most), else full jitter on 0.5 · 2ⁿ.

    Source: exponential backoff with full jitter, a uniform draw from 0 to the cap of the attempt.
    """
    if asked_s is not None:
        return min(asked_s, 60.0)
    return random.uniform(0.0, min(_CAP_S, _BASE_S * 2.0**attempt))
