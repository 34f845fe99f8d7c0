r"""CSV text as records: quotes may hold delimiters, newlines and doubled quotes; nothing else is special.

The standard csv module is not used: it refuses fields above 128 KiB unless a limit of the whole process is changed,
and passes over what is broken. Here a broken record says its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from judgekit.io.json_text import not_utf8
from judgekit.io.jsonl import BOM


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or what is wrong with it."""

    line: int
    """The line that it begins on, from 1."""
    fields: list[str]
    """Its values in order."""
    problem: str = ""
    """Why it cannot be read; '' for a good record."""


def records(lines: Iterable[bytes], delimiter: str) -> Iterator[Record]:
    r"""The records of CSV text, one in memory; blank lines between records are passed over.

    Args:
        lines: the text in UTF-8, split after each newline.
        delimiter: one character.

    >>> [record.fields for record in records([b'a,b\n', b'1,"x ""y""\n', b'z"\n'], ",")]
    [['a', 'b'], ['1', 'x "y"\nz']]
    """
    return _Scanner(lines, delimiter).records()


class _Scanner:
    """The line that is being read, and how far."""

    def __init__(self, lines: Iterable[bytes], delimiter: str) -> None:
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._number = 0
        self._text, self._at, self._problem = "", 0, ""

    def records(self) -> Iterator[Record]:
        while self._next_line():
            if self._text in ("\n", "\r\n", "\r") and not self._problem:
                continue
            if '"' not in self._text:  # most lines: three times as fast
                fields, begun = self._line().split(self._delimiter), self._number
            else:
                begun, fields, more = self._number, [], True
                while more:
                    value, more = self._quoted() if self._text.startswith('"', self._at) else self._plain()
                    fields.append(value)
            yield Record(begun, fields, self._problem)
            self._problem = ""

    def _line(self) -> str:
        return self._text.removesuffix("\n").removesuffix("\r")

    def _next_line(self) -> bool:
        raw = next(self._lines, None)
        if raw is None:
            return False
        self._number += 1
        if self._number == 1:
            raw = raw.removeprefix(BOM)
        try:
            self._text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self._problem = self._problem or not_utf8(raw, error.start)
            self._text = raw.decode("utf-8", "replace")
        self._at = 0
        return True

    def _plain(self) -> tuple[str, bool]:
        """The unquoted value that begins here, and whether another follows."""
        end = self._text.find(self._delimiter, self._at)
        begun = self._at
        if end >= 0:
            self._at = end + 1
            return self._text[begun:end], True
        return self._line()[begun:], False

    def _quoted(self) -> tuple[str, bool]:
        """The quoted value that begins here, and whether another follows; it may take in further lines."""
        parts: list[str] = []
        self._at += 1
        while (end := self._closing_quote()) < 0:
            parts.append(self._text[self._at :])
            if not self._next_line():
                self._problem = self._problem or "a quoted value is not closed before the file ends"
                return "", False
        parts.append(self._text[self._at : end])
        self._at = end + 2
        value = "".join(parts).replace('""', '"')
        after = self._text[end + 1 : end + 3]
        if after.startswith(self._delimiter):
            return value, True
        if after not in ("", "\n", "\r\n", "\r"):
            self._problem = self._problem or "text follows a closing quote (a quote inside a quoted value is doubled)"
        return value, False

    def _closing_quote(self) -> int:
        at = self._at
        while (at := self._text.find('"', at)) >= 0:
            if not self._text.startswith('"', at + 1):
                return at
            at += 2
        return -1
