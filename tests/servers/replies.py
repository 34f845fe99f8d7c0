"""What a test may tell the server to reply, and what goes out over the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.servers.faults import HTML, Fault, FaultKind

JSON_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Text:
    """A reply whose content is this text as it stands: no tool call, no fence."""

    content: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A whole HTTP reply."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON_HEADERS)


Fixed = dict[str, Any] | list[Any] | str | Text | Raw | Fault
"""A scripted reply: the object to answer with (or its JSON as a str, which may be broken), or one of the above."""
Reply = Fixed | Callable[[dict[str, Any]], Fixed]


@dataclass(slots=True)
class Answer:
    """What goes out over the wire."""

    status: int
    body: bytes
    headers: dict[str, str]
    wire: FaultKind | None = None
    """"hang" or "reset" where the connection itself misbehaves."""


def json_answer(body: Any, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Answer:
    """Return an answer that carries a JSON body."""
    return Answer(status, orjson.dumps(body), {**JSON_HEADERS, **(headers or {})})


def spoiled(answer: Answer, fault: Fault | None) -> Answer:
    """Return the answer with what a fault does outside the message: to headers, the whole body, the connection."""
    if fault is None:
        return answer
    if fault.kind == "not_json":
        answer.body, answer.headers["content-type"] = HTML, "text/html"
    if fault.kind in ("hang", "reset"):
        answer.wire = fault.kind
    merged = {**answer.headers, **{name.lower(): value for name, value in fault.headers.items()}}
    answer.headers = {name: value for name, value in merged.items() if value}
    return answer


def reply_text(reply: dict[str, Any] | list[Any] | str) -> str:
    """Return the JSON of a scripted reply; a str stands for itself."""
    return reply if isinstance(reply, str) else orjson.dumps(reply).decode()
