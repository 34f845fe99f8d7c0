"""A server's answer, read: the text of the structured channel, or what kind of failure it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from judgekit.noun import explain
from judgekit.settings import Mode
from judgekit.verdict import FailureKind, Usage

_FENCE = re.compile(r"\A\s*```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```\s*\Z", re.DOTALL | re.IGNORECASE)
_REFUSAL = re.compile(
    r"\A\W{0,5}(?:(?:i['’]?m|i am|we['’]re|we are) (?:very |truly )?(?:sorry|unable|not able)|sorry\b"
    r"|i (?:can['’]?t|cannot|can not|won['’]?t|must decline)|as an ai\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Message:
    """What the model said, and how it ended."""

    text: str
    """The structured channel: the tool call's arguments, or the content."""
    usage: Usage
    failure: FailureKind | None = None
    """Set where there is no answer to read: refusal, content_filter or truncated."""
    detail: str = ""
    """What came, for people."""


class NoAnswerError(ValueError):
    """The body is not a chat completion; another try may help."""


def read_body(body: bytes) -> tuple[dict[str, Any], Message]:
    """The completion and its message.

    Raises:
        NoAnswerError: the body is not JSON, or has no choice in it.
    """
    try:
        completion = orjson.loads(body)
        choice = completion["choices"][0]
        message = choice["message"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise NoAnswerError(f"the server's reply is not a chat completion: {_shorten(body)}") from None
    return completion, _message(message, choice.get("finish_reason"), _usage(completion.get("usage")))


def _message(message: dict[str, Any], finish: str | None, usage: Usage) -> Message:
    content = message.get("content") or ""
    if finish == "content_filter":
        return Message("", usage, "content_filter", "the provider's content filter stopped the reply")
    if message.get("refusal"):
        return Message("", usage, "refusal", _shorten(message["refusal"]))
    calls = message.get("tool_calls") or []
    text = calls[0]["function"]["arguments"] if calls else content
    if finish == "length":
        return Message(text, usage, "truncated", f"cut off at the token limit, after {len(text)} characters")
    if not calls and "{" not in text and _REFUSAL.match(text):
        return Message("", usage, "refusal", _shorten(text))
    return Message(text, usage)


def parse(text: str, model: type[BaseModel], mode: Mode) -> tuple[BaseModel | None, str]:
    """The typed reply, or None and what does not fit the schema."""
    thought, closed, rest = text.rpartition("</think>")
    if closed and thought.lstrip().startswith("<think>"):
        text = rest
    if mode in ("json", "md_json") and (fenced := _FENCE.match(text)):
        text = fenced[1]
    try:
        return model.model_validate_json(text), ""
    except ValidationError as error:
        return None, explain(error, limit=5)


def _usage(usage: dict[str, Any] | None) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
    sent, received, held = (count if isinstance(count, int) and count >= 0 else None for count in counts)
    return Usage(prompt_tokens=sent, completion_tokens=received, cached_tokens=held)


def _shorten(text: str | bytes, limit: int = 200) -> str:
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
