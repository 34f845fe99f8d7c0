"""What the headers of a reply say about rates: the limit, what is left of it, and when it is whole again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from time import time

from judgekit.judging.allowance import Left

_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|µs|ns|d|h|m|s)")
_UNITS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LONGEST = 64


def read_left(headers: Mapping[str, str]) -> tuple[Left | None, Left | None]:
    """Requests and tokens that are left, each None where the server does not say.

    Known are OpenAI's `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, which most servers follow, and
    Anthropic's `anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}`.

    >>> read_left({"x-ratelimit-limit-requests": "600", "x-ratelimit-remaining-requests": "599",
    ...            "x-ratelimit-reset-requests": "100ms"})
    (Left(limit=600.0, remaining=599.0, reset_s=0.1), None)
    """
    if "x-ratelimit-limit-requests" in headers or "x-ratelimit-limit-tokens" in headers:
        return _left(headers, "x-ratelimit-{}-requests"), _left(headers, "x-ratelimit-{}-tokens")
    if "anthropic-ratelimit-requests-limit" in headers:
        return _left(headers, "anthropic-ratelimit-requests-{}"), _left(headers, "anthropic-ratelimit-tokens-{}")
    return None, None


def _left(headers: Mapping[str, str], name: str) -> Left | None:
    limit, remaining = (_number(headers.get(name.format(part))) for part in ("limit", "remaining"))
    if limit is None or remaining is None or limit <= 0:
        return None
    return Left(limit, remaining, span_s(headers.get(name.format("reset"), "")))


def _number(text: str | None) -> float | None:
    plain = (text or "").strip()[:_LONGEST]
    return float(plain) if re.fullmatch(r"\d{1,15}(?:\.\d{1,9})?", plain) else None


def span_s(text: str) -> float | None:
    """Seconds, from a number of them, from Go's way of writing (`6m0s`), or until a date; None for anything else.

    >>> span_s("1m30.5s"), span_s("12ms"), span_s("7"), span_s("soon")
    (90.5, 0.012, 7.0, None)
    """
    text = text.strip()[:_LONGEST]
    if (number := _number(text)) is not None:
        return number
    parts = _SPAN.findall(text)
    if parts and "".join(value + unit for value, unit in parts) == text:
        return float(sum(float(value) * _UNITS[unit] for value, unit in parts))
    try:
        return max(0.0, datetime.fromisoformat(text).timestamp() - time())
    except ValueError:
        return None
