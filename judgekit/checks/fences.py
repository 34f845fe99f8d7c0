"""Where a Markdown text holds code: fenced blocks and inline spans, found in linear time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

# Up to three spaces, three or more marks, and the rest of the line: one pass, no backtracking over lines.
_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<mark>`{3,}+|~{3,}+)(?P<rest>[^\n]*)$", re.MULTILINE)
_TICKS = re.compile(r"`++")
_BLANK = re.compile(r"\n[ \t]*+\n")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    tag: str
    """The first word of the info string, in lower case: the language."""
    content: str
    """What stands between the fences, without the indentation of the opening one."""
    start: int
    """Where the opening fence begins, in characters."""
    end: int
    """Where the closing fence ends, exclusive."""
    closed: bool
    """Whether there is a closing fence; without one the block runs to the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """One inline code span."""

    content: str
    """What stands between the backticks."""
    start: int
    """Where the opening backticks begin."""
    end: int
    """Where the closing backticks end, exclusive."""


def find_fences(text: str) -> list[Fence]:
    r"""The fenced blocks of a text, in order.

    A fence opens with up to three spaces and three or more backticks or tildes, and closes with at least as many of
    the same kind alone on a line.

    >>> [(fence.tag, fence.content) for fence in find_fences("```python\nx = 1\n```")]
    [('python', 'x = 1')]
    """
    fences: list[Fence] = []
    opening: re.Match[str] | None = None
    for line in _FENCE.finditer(text):
        if opening is None:
            if line["mark"][0] == "~" or "`" not in line["rest"]:
                opening = line
        elif line["mark"].startswith(opening["mark"]) and not line["rest"].strip():
            fences.append(_fence(text, opening, line.start(), line.end(), closed=True))
            opening = None
    if opening is not None:
        fences.append(_fence(text, opening, len(text), len(text), closed=False))
    return fences


def _fence(text: str, opening: re.Match[str], content_end: int, end: int, *, closed: bool) -> Fence:
    info = opening["rest"].split(maxsplit=1)
    content = text[opening.end() + 1 : content_end]
    if opening["indent"]:
        content = re.sub(rf"^ {{1,{len(opening['indent'])}}}", "", content, flags=re.MULTILINE)
    return Fence(
        tag=info[0].lower() if info else "",
        content=content.removesuffix("\n"),
        start=opening.start(),
        end=end,
        closed=closed,
    )


def outside(text: str, fences: list[Fence]) -> list[tuple[int, str]]:
    """The stretches of text before, between and behind the fenced blocks, each with where it begins."""
    found, at = [], 0
    for fence in fences:
        found.append((at, text[at : fence.start]))
        at = fence.end
    found.append((at, text[at:]))
    return [(start, part) for start, part in found if part]


def prose(text: str) -> str:
    """The text outside fenced blocks; each block leaves an empty line, so that paragraphs stay apart."""
    fences = find_fences(text)
    return "\n".join(part for _, part in outside(text, fences)) if fences else text


def find_spans(text: str, fences: list[Fence]) -> list[Span]:
    """The inline code spans outside fenced blocks, in order.

    A run of backticks opens a span and the next run of the same length in the paragraph closes it; a backslash before
    the opening run makes its first backtick an ordinary character.

    >>> [span.content for span in find_spans("`a`; `` b`c ``", [])]
    ['a', 'b`c']
    """
    spans: list[Span] = []
    for offset, part in outside(text, fences):
        if "`" not in part:
            continue
        at = 0
        for end in [*(blank.start() for blank in _BLANK.finditer(part)), len(part)]:
            spans.extend(_spans_of(text, offset + at, offset + end))
            at = end
    return spans


def _spans_of(text: str, start: int, end: int) -> Iterator[Span]:
    runs = [(run.start(), run.end() - run.start()) for run in _TICKS.finditer(text, start, end)]
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, length in runs:
        places[length].append(place)
    behind = start
    for place, length in runs:
        if place < behind:
            continue
        if _escaped(text, place, start):
            place, length = place + 1, length - 1
        same = places.get(length, [])
        # Binary search rather than a walk: a run without a partner must not cost a scan of all the others.
        index = bisect_left(same, place + length)
        if not length or index == len(same):
            continue
        close = same[index]
        yield Span(_trimmed(text[place + length : close]), place, close + length)
        behind = close + length


def _escaped(text: str, place: int, start: int) -> bool:
    backslashes = place
    while backslashes > start and text[backslashes - 1] == "\\":
        backslashes -= 1
    return (place - backslashes) % 2 == 1


def _trimmed(content: str) -> str:
    """One space off each side, as Markdown does: it is there to keep a backtick from the edge."""
    content = content.replace("\n", " ")
    if content.strip(" ") and content.startswith(" ") and content.endswith(" "):
        return content[1:-1]
    return content
