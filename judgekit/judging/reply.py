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
    call_id: str | None = None
    """Set where the text is the arguments of a tool call."""
    failure: FailureKind | None = None
    """Set where there is no answer to read: refusal, content_filter or truncated."""
    detail: str = ""
    """What came, for people."""


class NoAnswerError(ValueError):
    """The body is not a chat completion; another try may help."""


def read_body(body: bytes) -> Message:
    """The first message of a chat completion.

    Raises:
        NoAnswerError: the body is not JSON, or has no message in it.
    """
    try:
        completion = orjson.loads(body)
        choice = completion["choices"][0]
        message = choice["message"]
        if not isinstance(message, dict):
            raise TypeError
        return _message(message, choice.get("finish_reason"), _usage(completion.get("usage")))
    except (ValueError, LookupError, TypeError):
        raise NoAnswerError(f"the server's reply is not a chat completion: {_shorten(body)}") from None


def _message(message: dict[str, Any], finish: object, usage: Usage) -> Message:
    if finish == "content_filter":
        detail = "the provider's content filter stopped the reply"
        return Message("", usage, failure="content_filter", detail=detail)
    if message.get("refusal"):
        return Message("", usage, failure="refusal", detail=_shorten(_text(message["refusal"])))
    calls = message.get("tool_calls")
    call = calls[0] if calls else None
    text = _text(message.get("content")) if call is None else _arguments(call["function"]["arguments"])
    if finish == "length":
        detail = f"cut off at the token limit, after {len(text)} characters"
        return Message(text, usage, failure="truncated", detail=detail)
    if call is None and "{" not in text and _REFUSAL.match(text):
        return Message("", usage, failure="refusal", detail=_shorten(text))
    return Message(text, usage, None if call is None else str(call.get("id") or "call"))


def _text(content: object) -> str:
    """The text of a content, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(str(part["text"]) for part in content if isinstance(part, dict) and part.get("text"))
    return "" if content is None else str(content)


def _arguments(arguments: object) -> str:
    """The arguments of a call as JSON, which some servers send as an object."""
    return arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()


def parse(text: str, model: type[BaseModel], mode: Mode) -> tuple[BaseModel | None, str]:
    """The typed reply, or None and what does not fit the schema."""
    thought, closed, rest = text.rpartition("</think>")
    if closed and thought.lstrip().startswith("<think>"):
        text = rest
    if mode in ("json", "md_json"):
        text = _unfenced(text)
    try:
        return model.model_validate_json(text), ""
    except ValidationError as error:
        return None, explain(error, limit=5)


def _unfenced(text: str) -> str:
    """The inside of a text that is one fenced block, else the text."""
    whole = text.strip()
    first, line_end, rest = whole.partition("\n")
    fenced = line_end and first.rstrip().lower() in ("```", "```json") and rest.endswith("```")
    return rest.removesuffix("```") if fenced else text


def _usage(usage: object) -> Usage:
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
