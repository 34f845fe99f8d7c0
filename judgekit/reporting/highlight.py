"""Passages marked in the text that they quote: for pages that Python draws, and for those that a browser draws.

Places are characters (code points) of the text, as evidence gives them. What comes out can be shown: hidden characters
are tokens, as in `plain.visible`, and nothing in it is markup; whoever draws it still has to escape it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from judgekit.judging.hidden import HIDDEN, may_hide

Span: TypeAlias = tuple[int, int]
"""First character, and the one after the last; what lies outside the text is cut off."""
AROUND: Final = 400
"""Characters that stay on each side of a marked passage where a long text is cut."""
_MOST: Final = 5
"""So many times its limit is shown of a text, however much of it is marked."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text that is marked as a whole, or not at all."""

    text: str
    """As it may be shown."""
    marks: tuple[int, ...] = ()
    """Which of the spans cover it, by their place in the list."""
    left_out: int = 0
    """Characters of the text that were cut between the segment before and this one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a browser gets it: places are UTF-16 units, by which JavaScript counts."""

    text: str
    """As it may be shown, the pieces of a cut text one after the other."""
    spans: tuple[Span, ...]
    """Where the given spans are in it, in their order."""
    gaps: tuple[tuple[int, int], ...]
    """Where something was cut, and how many characters of the text."""


def segments(text: str, spans: Sequence[Span] = (), *, limit: int | None = None) -> list[Segment]:
    r"""The text in pieces, each marked by the spans that cover it; together they are all of the text.

    Args:
        text: what is quoted from.
        spans: passages; they may overlap.
        limit: of a longer text, only the beginning and what is around the spans is kept; see `kept`.

    >>> [(one.text, one.marks) for one in segments("no, you are right", [(4, 17), (12, 17)])]
    [('no, ', ()), ('you are ', (0,)), ('right', (0, 1))]
    >>> segments("a\u202eb", [(1, 2)])[1]
    Segment(text='⟨U+202E⟩', marks=(0,), left_out=0)
    """
    shown = show(text, spans, limit=limit)
    units = shown.text.encode("utf-16-le", "surrogatepass")
    gaps = dict(shown.gaps)
    ends = sorted({0, len(units) // 2, *gaps, *(place for span in shown.spans for place in span)})
    found = []
    for start, end in pairwise(ends):
        marks = tuple(i for i, (first, last) in enumerate(shown.spans) if first <= start and end <= last)
        piece = units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
        found.append(Segment(piece, marks, gaps.get(start, 0)))
    if tail := gaps.get(ends[-1]):
        found.append(Segment("", (), tail))
    return found


def show(text: str, spans: Iterable[Span] = (), *, limit: int | None = None) -> Shown:
    r"""The text and its spans for a page that marks them in the browser.

    Args:
        text: what is quoted from.
        spans: passages; they may overlap.
        limit: of a longer text, only the beginning and what is around the spans is kept; see `kept`.

    >>> show("😀 you are right", [(2, 5)]).spans               # 😀 is two units of UTF-16
    ((3, 6),)
    >>> show("x" * 5000 + "quote", [(5000, 5005)], limit=1000).gaps
    ((1000, 3600),)
    """
    given = [_inside(span, len(text)) for span in spans]
    pieces = kept(len(text), given, limit)
    out, starts, gaps, maps = [], [], [], []
    length, before = 0, 0
    for start, end in pieces:
        if start > before:
            gaps.append((length, start - before))
        piece, places = _visible(text[start:end])
        starts.append(length)
        maps.append(places)
        out.append(piece)
        length += _units(piece)
        before = end
    if before < len(text):
        gaps.append((length, len(text) - before))
    begins = [start for start, _ in pieces]

    def place(at: int) -> int:
        which = bisect_right(begins, at) - 1
        start, end = pieces[which]
        return starts[which] + maps[which](min(at, end) - start)

    return Shown("".join(out), tuple((place(a), place(b)) for a, b in given), tuple(gaps))


def kept(length: int, spans: Iterable[Span], limit: int | None) -> list[Span]:
    """What of a text of this length is shown: all of it, or its beginning and what is around the first spans.

    Args:
        length: of the text, in characters.
        spans: passages in it.
        limit: how much of the beginning; of each passage no more than that either. None: the text is never cut.

    >>> kept(9_000, [(5_000, 5_010)], 1_000)
    [(0, 1000), (4600, 5410)]
    """
    if limit is None or length <= limit:
        return [(0, length)]
    found: list[Span] = [(0, limit)]
    room = (_MOST - 1) * limit
    for start, end in sorted(spans):
        first, last = max(0, start - AROUND), min(length, min(end, start + limit) + AROUND)
        if first <= found[-1][1]:
            first = found[-1][1]
            found[-1] = (found[-1][0], max(first, last))
        elif room > 0:
            found.append((first, last))
        else:
            break
        room -= max(last - first, 0)
    return found


def _inside(span: Span, length: int) -> Span:
    start = min(max(span[0], 0), length)
    return start, min(max(span[1], start), length)


class _Places:
    """From characters of a text to UTF-16 units of the text as it is shown."""

    def __init__(self, at: list[int], more: list[int], wide: list[int]) -> None:
        self._at, self._more, self._wide = at, more, wide

    def __call__(self, place: int) -> int:
        before = bisect_left(self._at, place)
        return place + (self._more[before - 1] if before else 0) + bisect_left(self._wide, place)


def _visible(text: str) -> tuple[str, _Places]:
    """The text as it may be shown, and where its characters went."""
    if text.isascii() and "\r" not in text and not may_hide(text):
        return text, _Places([], [], [])
    out, at, more, end, added = [], [], [], 0, 0
    hidden = ((match.start(), match[0]) for match in HIDDEN.finditer(text)) if may_hide(text) else ()
    returns = ((i, "\r") for i, char in enumerate(text) if char == "\r") if "\r" in text else ()
    for i, char in sorted([*hidden, *returns]):
        token = f"⟨U+{ord(char):04X}⟩"
        out += [text[end:i], token]
        added += len(token) - 1 - (ord(char) > 0xFFFF)  # the character itself no longer takes its second unit
        at.append(i)
        more.append(added)
        end = i + 1
    out.append(text[end:])
    wide = [i for i, char in enumerate(text) if ord(char) > 0xFFFF] if not text.isascii() else []
    return "".join(out), _Places(at, more, wide)


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(ord(char) > 0xFFFF for char in text)
