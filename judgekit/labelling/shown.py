"""Foreign text as a page shows it, and the way from places in it back to places in the text itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from judgekit.judging.hidden import HIDDEN, show_hidden
from judgekit.reporting.plain import visible

_CHANGED = re.compile(f"{HIDDEN.pattern}|\r\n|\r")
_PERHAPS = re.compile(r"[^\x20-\x7e\n\t]+(?:\n)?")  # the newline is a part of what a carriage return is shown as
"""Where anything can be changed at all; most texts have little of it, and this finds it eight times as fast."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text without anything that could hide or turn a part of it."""

    text: str
    """What is shown: a hidden character is a token such as ⟨U+200B⟩, a line ends with one newline."""
    cuts: tuple[tuple[int, int, int, int], ...]
    """What was changed: from and to in what is shown, from and to in the text itself."""

    @classmethod
    def of(cls, text: str) -> Shown:
        r"""The text as it is shown.

        >>> Shown.of("a\r\nb\u202ec").text
        'a\nb⟨U+202E⟩c'
        """
        parts: list[str] = []
        cuts: list[tuple[int, int, int, int]] = []
        end = length = 0
        for found in _changes(text):
            instead = "\n" if found[0] == "\r\n" else visible(found[0]) if found[0] == "\r" else _token(found[0])
            length += found.start() - end
            parts += (text[end : found.start()], instead)
            cuts.append((length, length + len(instead), found.start(), found.end()))
            end, length = found.end(), length + len(instead)
        return cls("".join((*parts, text[end:])), tuple(cuts))

    def own(self, start: int, end: int) -> tuple[int, int]:
        r"""The place in the text itself of what is shown there; a token that is touched is whole.

        >>> Shown.of("a\u202eb").own(3, 10)
        (1, 3)
        """
        return self._way(start, 0, 2, widen=2), self._way(end, 0, 2, widen=3)

    def there(self, start: int, end: int) -> tuple[int, int]:
        r"""The place where a part of the text itself is shown.

        >>> Shown.of("a\u202eb").there(1, 3)
        (1, 10)
        """
        return self._way(start, 2, 0, widen=0), self._way(end, 2, 0, widen=1)

    def _way(self, place: int, given: int, wanted: int, *, widen: int) -> int:
        at = bisect_right(self.cuts, place, key=lambda cut: cut[given]) - 1
        if at < 0:
            return place
        cut = self.cuts[at]
        if cut[given] < place < cut[given + 1]:
            return cut[widen]
        return cut[wanted] if place == cut[given] else cut[wanted + 1] + place - cut[given + 1]


def _changes(text: str) -> Iterator[re.Match[str]]:
    return (found for run in _PERHAPS.finditer(text) for found in _CHANGED.finditer(text, run.start(), run.end()))


def _token(hidden: str) -> str:
    """The token of characters that are hidden where they stand; alone, a joiner would not be."""
    return "".join(show_hidden(f"a{one}a")[1:-1] for one in hidden)
