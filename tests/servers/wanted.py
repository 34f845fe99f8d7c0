"""What a chat request wants back: in which channel, and under which JSON schema."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from tests.servers.quotes import message_text
from tests.servers.resolving import SchemaError, check_strict

Mode = Literal["tools", "json_schema", "json_object"]
MODES: frozenset[Mode] = frozenset({"tools", "json_schema", "json_object"})
DECODER = json.JSONDecoder()
LOOKED_AT = 40
"""How many opening braces of a message are tried, so that hostile text costs little."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The channel and shape of one answer."""

    channel: Literal["tool", "json", "fence", "prose"]
    """A tool call; content that is JSON; content with a ```json block; any text."""
    schema: Mapping[str, Any] | None = None
    """What the JSON must be valid under; None where the request says no more than "JSON"."""
    tool: str = ""
    """The function to call."""
    forced: bool = False
    """Whether tool_choice names the function: then finish_reason is "stop", as at OpenAI."""


def wanted(body: Mapping[str, Any], *, ignores: Collection[Mode] = ()) -> Wanted:
    """Return what a request wants, as a server understands it that overlooks the modes in `ignores`.

    Raises:
        SchemaError: Tools or response_format are not as documented, or the schema is not fit for `strict`.
    """
    try:
        return _wanted(body, ignores)
    except (LookupError, TypeError, AttributeError, StopIteration) as cause:
        raise SchemaError(f"tools, tool_choice or response_format are not as documented: {cause!r}") from cause


def _wanted(body: Mapping[str, Any], ignores: Collection[Mode]) -> Wanted:
    tools, choice = body.get("tools") or [], body.get("tool_choice")
    if tools and choice != "none" and "tools" not in ignores:
        named = choice["function"]["name"] if isinstance(choice, dict) else tools[0]["function"]["name"]
        function = next(tool["function"] for tool in tools if tool["function"]["name"] == named)
        return Wanted("tool", _schema_of(function, "parameters"), named, forced=isinstance(choice, dict))
    response_format = body.get("response_format") or {}
    kind = response_format.get("type", "text")
    messages = body["messages"]
    if kind == "json_schema" and kind not in ignores:
        return Wanted("json", _schema_of(response_format["json_schema"], "schema"))
    if kind == "json_object" and kind not in ignores:
        return Wanted("json", response_format.get("schema") or schema_in(messages))
    schema = schema_in(messages)
    if schema is None:
        return Wanted("prose")
    fenced = any("```json" in message_text(message) for message in messages)
    return Wanted("fence" if fenced else "json", schema)


def _schema_of(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = holder.get(key) or {}
    if holder.get("strict"):
        check_strict(schema)
    return schema


def modes_used(body: Mapping[str, Any]) -> list[tuple[Mode, str]]:
    """Return the (mode, name of the parameter) pairs that a request relies on."""
    used: list[tuple[Mode, str]] = [("tools", "tools")] if body.get("tools") else []
    kind = (body.get("response_format") or {}).get("type")
    used += [(mode, "response_format") for mode in MODES if mode == kind]
    return used


def schema_in(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the first JSON schema of an object that stands in a message, system messages first, or None."""
    ordered = sorted(messages, key=lambda message: message.get("role") not in ("system", "developer"))
    return next((schema for message in ordered if (schema := _schema_in_text(message_text(message)))), None)


@lru_cache(maxsize=64)
def _schema_in_text(text: str) -> dict[str, Any] | None:
    at = -1
    for _ in range(LOOKED_AT):
        at = text.find("{", at + 1)
        if at < 0:
            return None
        try:
            found, end = DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and (found.get("type") == "object" or "$ref" in found) and found.keys() & _MARKS:
            return found
        at = end - 1
    return None


_MARKS = frozenset({"properties", "$defs", "$ref", "additionalProperties"})
