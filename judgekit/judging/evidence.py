"""Where a quote stands in the judged text, or that it does not.

A quote counts if it occurs in a judged message after Unicode (NFKD, plain quotation marks and dashes, nothing
invisible) and white-space normalisation. A quote that occurs only in the prompt is not evidence about the response, and
neither is a single word that is a part of another one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from judgekit.judging.hidden import INVISIBLE, TOKEN, may_hide
from judgekit.judging.words import places
from judgekit.transcript import Transcript
from judgekit.verdict import Evidence

_PLAIN = (("‘’‚‛′`´", "'"), ("“”„‟″«»", '"'), ("‐‑‒–—―−", "-"))
# About 120 characters from word to word, or a part of a longer word.
_CHUNK = re.compile(r"\S(?:.{0,120}\S)?(?!\S)|\S{1,120}", re.DOTALL)
_MARKS = "\"'“”‘’`"
_WRAPPING = re.compile(rf"(?:\.\.\.|[…\s{_MARKS}])*")
_LEAST_VISIBLE = 3


def normal_form(text: str) -> str:
    """The text as quotes are compared: plain quotation marks and dashes, single spaces, nothing invisible, NFKD.

    >>> normal_form("The  “ﬁne”  idea…")
    'The "fine" idea...'
    """
    # The marks first, for NFKD makes a space and an accent of ´.
    return _normal(_plain_marks(text), may_hide(text))


def _plain_marks(text: str) -> str:
    """The text with plain quotation marks and dashes, character for character."""
    for marks, plain in _PLAIN:
        for mark in marks:  # forty times faster than str.translate
            text = text.replace(mark, plain)
    return text


def _normal(text: str, hides: bool) -> str:
    """The rest of the normal form; `hides` is whether the text may hold something invisible."""
    flat = " ".join(text.split())
    if hides:
        flat = " ".join(INVISIBLE.sub("", flat).split())
    if flat.isascii() or unicodedata.is_normalized("NFKD", flat):
        return flat
    # The marks again, for NFKD makes ＂ and ﹘ of what is now " and —.
    return " ".join(_plain_marks(unicodedata.normalize("NFKD", flat)).split())


class _Normalised:
    """A text in normal form, by chunks, so that a place in it is a place in the text after a short search."""

    def __init__(self, text: str) -> None:
        self._hides = may_hide(text)
        self._chunks: list[tuple[int, str]] = []
        self._begins: list[int] = []
        pieces: list[str] = []
        length = end = 0
        for match in _CHUNK.finditer(_plain_marks(text)):
            apart, end = match.start() > end, match.end()
            if not (plain := _normal(match[0], self._hides)):
                continue
            if apart and pieces:
                plain = " " + plain
            self._begins.append(length + (plain[0] == " "))
            self._chunks.append((match.start(), match[0]))
            pieces.append(plain)
            length += len(plain)
        self.text = "".join(pieces)

    def find(self, quote: str) -> tuple[int, int] | None:
        """Start and end of the quote in the original text; not where it would part a letter from its marks."""
        for at in places(self.text, quote):
            end = at + len(quote)
            if end == len(self.text) or not _leans(self.text[end]):
                return self._place(at) - 1, self._place(end - 1)
        return None

    def _place(self, at: int) -> int:
        """The end of the original character that a character of the normal form comes from."""
        i = bisect_right(self._begins, at) - 1
        start, chunk = self._chunks[i]
        # The longer the beginning of a chunk, the longer its normal form: the first that holds the character ends it.
        return start + bisect_right(
            range(len(chunk)), at - self._begins[i], key=lambda length: len(_normal(chunk[:length], self._hides))
        )


def _leans(character: str) -> bool:
    """Whether it belongs to the character before: a combining mark, or a vowel or final of a Korean syllable."""
    return unicodedata.combining(character) > 0 or "\u1160" <= character <= "\u11ff"


class Haystack:
    """The messages in which quotes are looked up; normalised only if a quote is not there verbatim."""

    def __init__(self, transcript: Transcript, judged: Sequence[int]) -> None:
        self._messages = [(i, transcript.messages[i].content) for i in judged]

    @cached_property
    def _normalised(self) -> list[tuple[int, str, _Normalised]]:
        return [(i, text, _Normalised(text)) for i, text in self._messages]

    def _verbatim(self, quote: str) -> Evidence | None:
        for i, text in self._messages if quote else ():
            at = next(places(text, quote), -1)
            if at >= 0 and (found := _evidence(i, text, at, at + len(quote))):
                return found
        return None

    def find(self, quote: str) -> Evidence | None:
        """The evidence for a quote, in the message's own characters, or None where it does not occur.

        A quote of fewer than three visible characters could be found anywhere and supports nothing, unless it is the
        whole message.
        """
        if found := self._verbatim(quote.strip()):
            return found
        readings = _readings(quote)
        for reading in readings[1:]:
            if found := self._verbatim(reading):
                return found
        for plain in filter(None, dict.fromkeys(map(normal_form, readings))):
            for i, text, normalised in self._normalised:
                place = normalised.find(plain)
                if place is not None and (found := _evidence(i, text, *place)):
                    return found
        return None


def _evidence(message: int, text: str, start: int, end: int) -> Evidence | None:
    """The passage as evidence, or None where there is too little to see in it."""
    quote = text[start:end]
    visible = len("".join((INVISIBLE.sub("", quote) if may_hide(quote) else quote).split()))
    if visible >= _LEAST_VISIBLE or (visible > 0 and quote == text.strip()):
        return Evidence(quote=quote, start=start, end=end, message=message)
    return None


def _readings(quote: str) -> list[str]:
    """The quote as given, with tokens as the characters they stand for, without what models wrap around it, and with
    JSON escapes undone.
    """
    shown = TOKEN.sub(lambda match: _character(match[1]), quote).strip()
    bare = [shown, shown[1:-1] if shown[:1] in _MARKS and shown[-1:] in _MARKS else "", _unwrapped(shown)]
    readings = [quote, *bare, *(_unescaped(reading) for reading in bare if "\\" in reading)]
    return [reading for reading in dict.fromkeys(reading.strip() for reading in readings) if reading]


def _unwrapped(quote: str) -> str:
    """The quote without quotation marks and ellipses around it; backwards from the end, or it would be quadratic."""
    before, after = _WRAPPING.match(quote), _WRAPPING.match(quote[::-1])
    assert before is not None and after is not None  # it matches '' as well
    return quote[before.end() : len(quote) - after.end()]


def _unescaped(quote: str) -> str:
    try:
        return str(json.loads(f'"{quote}"', strict=False))
    except ValueError:
        return quote.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')


def _character(code: str) -> str:
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else ""
