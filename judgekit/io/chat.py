"""Messages in OpenAI's chat format, as ours: text parts joined, tool calls kept, other parts named in brackets."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from judgekit.io.json_text import decode, tidy

Plain = dict[str, Any]
"""One message as `Message` takes it."""
_PLAIN = frozenset({"role", "content"})
_USUAL = ("user", "assistant", "system", "tool", "developer")
_ROLES = {"function": "tool"}  # how the format spelled it before 2024


def read_messages(value: Any) -> tuple[list[Plain], int]:
    r"""The messages, and how many parts were not text (each stands as its type in brackets, such as `[image_url]`).

    Args:
        value: a list of messages, or the same as JSON text (as tables carry it).

    Raises:
        ValueError: one line that names the message.

    >>> read_messages([{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "you"}]}])
    ([{'role': 'user', 'content': 'Hi\n\nyou'}], 0)
    """
    if isinstance(value, str):
        value = decode(value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"messages: wanted a list of messages, came {kind(value)}")
    messages: list[Plain] = []
    foreign = 0
    for index, item in enumerate(value):
        if type(item) is dict and item.keys() == _PLAIN and type(item["content"]) is str and item["role"] in _USUAL:
            messages.append(item)
            continue
        if not isinstance(item, dict):
            raise ValueError(f"messages.{index}: wanted an object with role and content, came {kind(item)}")
        try:
            message, odd = _read_message(item)
        except ValueError as error:
            raise ValueError(f"messages.{index}: {error}") from None
        messages.append(message)
        foreign += odd
    return messages, foreign


def _read_message(item: dict[Any, Any]) -> tuple[Plain, int]:
    content = item.get("content")
    calls = _read_calls(item)
    odd = 0
    if content is None:
        refusal = item.get("refusal")
        if not isinstance(refusal, str) and not calls and "content" not in item:
            raise ValueError("no content")
        content = refusal if isinstance(refusal, str) else ""
    elif isinstance(content, list | tuple):
        texts = [_read_part(part) for part in content]
        odd = sum(not is_text for _, is_text in texts)
        content = "\n\n".join(text for text, _ in texts if text)
    elif not isinstance(content, str):
        raise ValueError(f"content: wanted text or a list of parts, came {kind(content)}")
    role = item.get("role")
    message: Plain = {"role": _ROLES.get(role, role) if isinstance(role, str) else role, "content": content}
    return (message | {"tool_calls": calls} if calls else message), odd


def _read_calls(item: dict[Any, Any]) -> list[JsonValue]:
    calls = item.get("tool_calls") or []
    if item.get("function_call"):  # the older spelling of one call
        calls = [{"type": "function", "function": item["function_call"]}]
    if not isinstance(calls, list | tuple) or not all(isinstance(call, dict) for call in calls):
        raise ValueError(f"tool_calls: wanted a list of objects, came {kind(calls)}")
    return [tidy(call) for call in calls]


def _read_part(part: Any) -> tuple[str, bool]:
    """The text of a part, and whether it is text."""
    if isinstance(part, str):
        return part, True
    if isinstance(part, dict):
        for name in ("text", "refusal"):
            value = part.get(name)
            value = value.get("value") if isinstance(value, dict) else value
            if isinstance(value, str):
                return value, True
        return f"[{str(part.get('type') or 'part')[:40]}]", False
    raise ValueError(f"content: wanted parts with text, came {kind(part)}")


def kind(value: Any) -> str:
    """What a JSON value is, in one or two words.

    >>> kind(None), kind([]), kind(3)
    ('null', 'an empty list', 'a number')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    for types, name in (((int, float), "number"), ((str,), "text"), ((dict,), "object"), ((list, tuple), "list")):
        if isinstance(value, types):
            empty = "an empty " if name in ("list", "object", "text") and not value else ""
            article = "" if name == "text" else "an " if name == "object" else "a "
            return f"{empty or article}{name}"
    return f"a value of type {type(value).__name__}"
