"""Where a quote stands in the judged text, or that it does not.

A quote counts if it occurs in a judged message after Unicode (NFKC, plain quotation marks and dashes) and white-space
normalisation. A quote that occurs only in the prompt is not evidence about the response.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property

from judgekit.judging.hidden import HIDDEN, TOKEN
from judgekit.transcript import Transcript
from judgekit.verdict import Evidence

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
    }
)
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# White space, a run of visible ASCII, or one other character with the marks that combine with it.
_PIECE = re.compile(rf"\s+|[!-~]+(?![{_MARKS}])|\S[{_MARKS}]{{0,32}}")
_WRAPPING = re.compile(r"^(?:\.\.\.|…|[\"'“”‘’`])+|(?:\.\.\.|…|[\"'“”‘’`])+$")
_SPACES = re.compile(r"\s+")


class _Normalised:
    """A text in normal form, with the place in the original of every character."""

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for match in _PIECE.finditer(text):
            piece, start, end = match[0], match.start(), match.end()
            if piece.isspace():
                plain = "" if pieces and pieces[-1] == " " else " "
            elif piece.isascii():
                plain = piece.translate(_PLAIN)
                starts.extend(range(start, end))
                ends.extend(range(start + 1, end + 1))
                pieces.append(plain)
                continue
            else:
                plain = unicodedata.normalize("NFKC", HIDDEN.sub("", piece)).translate(_PLAIN)
            if plain:
                pieces.append(plain)
                starts.extend([start] * len(plain))
                ends.extend([end] * len(plain))
        self.text = "".join(pieces)
        self._starts, self._ends = starts, ends

    def find(self, quote: str) -> tuple[int, int] | None:
        """Start and end of the quote in the original text."""
        at = self.text.find(quote)
        return None if at < 0 else (self._starts[at], self._ends[at + len(quote) - 1])


def _normal(quote: str) -> str:
    return _Normalised(TOKEN.sub("", quote)).text.strip()


class Haystack:
    """The messages in which quotes are looked up; normalised only if a quote is not there verbatim."""

    def __init__(self, transcript: Transcript, judged: Sequence[int]) -> None:
        self._messages = [(i, transcript.messages[i].content) for i in judged]
        self._shortest = 3

    @cached_property
    def _normalised(self) -> list[tuple[int, str, _Normalised]]:
        return [(i, text, _Normalised(text)) for i, text in self._messages]

    def find(self, quote: str) -> Evidence | None:
        """The evidence for a quote, in the message's own characters, or None where it does not occur.

        A quote of fewer than three visible characters could be found anywhere and supports nothing, unless it is the
        whole message.
        """
        for reading in _readings(quote):
            if found := self._find(reading):
                return found
        return None

    def _find(self, quote: str) -> Evidence | None:
        wanted = quote.strip()
        for i, text in self._messages:
            at = text.find(wanted)
            if at >= 0 and self._enough(wanted, text):
                return Evidence(quote=wanted, start=at, end=at + len(wanted), message=i)
        plain = _normal(wanted)
        for i, text, normalised in self._normalised:
            place = normalised.find(plain)
            if place is not None and self._enough(plain, normalised.text):
                start, end = place
                found = text[start:end].rstrip()
                return Evidence(quote=found, start=start, end=start + len(found), message=i)
        return None

    def _enough(self, quote: str, text: str) -> bool:
        visible = len(_SPACES.sub("", quote))
        return visible >= self._shortest or (visible > 0 and quote == text.strip())


def _readings(quote: str) -> list[str]:
    """The quote as given, without what models wrap around it, and with JSON escapes undone."""
    readings = [quote, _WRAPPING.sub("", quote.strip())]
    if "\\" in quote:
        try:
            unescaped = json.loads(f'"{quote}"', strict=False)
        except ValueError:
            unescaped = quote.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
        readings.append(unescaped)
    return [reading for reading in dict.fromkeys(readings) if reading.strip()]
