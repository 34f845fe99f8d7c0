"""JSON files of many rows: a top-level array, or objects one after another, read one element at a time.

The elements are parted by counting brackets outside strings, so that memory holds one element and one chunk, and each
is decoded on its own: a broken element can be left out, and the rest still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from judgekit.errors import UserError
from judgekit.io.json_text import decode
from judgekit.io.jsonl import BOM
from judgekit.io.rows import Row

CHUNK = 1 << 18
"""Bytes read at a time."""
_STRUCTURE = re.compile(rb'["\[\]{}]')
_SHOWN = 40


def read_json(path: Path, name: str, *, chunk: int = CHUNK) -> Iterator[Row]:
    """The elements of the array, or the objects, in file order.

    Raises:
        UserError: between elements stands what cannot be JSON, or the file ends too early; nothing after that can be
            told apart, so this is not a row that could be skipped.
    """
    with path.open("rb") as stream:
        for line, element in _Splitter(stream, name, chunk).elements():
            try:
                row = Row(line, decode(element))
            except ValueError as error:
                row = Row(line, problem=str(error))
            yield row


class _Splitter:
    """Finds where elements begin and end; knows nothing else of JSON."""

    def __init__(self, stream: BinaryIO, name: str, chunk: int) -> None:
        self._stream, self._name, self._size = stream, name, chunk
        self._line = 1
        self._counted = 0  # newlines of the chunk before this place are in self._line
        self._depth = 0  # of brackets inside an element; 0 is between elements
        self._in_string = False
        self._odd = False  # the string so far ends in an odd number of backslashes
        self._held: list[bytes] = []  # earlier chunks of the element that is being read
        self._begun = 1
        self._gap = b""  # what stands between two elements, white space left out
        self._in_array = self._closed = False
        self._first = True

    def elements(self) -> Iterator[tuple[int, bytes]]:
        """The first line and the bytes of each element."""
        if self._stream.read(len(BOM)) != BOM:
            self._stream.seek(0)
        while data := self._stream.read(self._size):
            yield from self._feed(data)
        self._finish()

    def _feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        at = start = self._counted = 0
        while True:
            if self._in_string:
                at = self._skip_string(data, at)
            if self._in_string or (found := _STRUCTURE.search(data, at)) is None:
                break
            sign, at = found.group(), found.end()
            if self._depth == 0:
                self._between(data, start, found.start())
                start = found.start() if self._opens(sign) else at
            elif sign == b'"':
                self._in_string = True
            elif sign in b"[{":
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 0:
                    yield self._begun, b"".join((*self._held, data[start:at]))
                    self._held.clear()
                    start = at
        if self._depth:
            self._held.append(data[start:])
        else:
            self._between(data, start, len(data))
        self._line += data.count(b"\n", self._counted)

    def _skip_string(self, data: bytes, at: int) -> int:
        while True:
            quote = data.find(b'"', at)
            run = data[at : len(data) if quote < 0 else quote]
            slashes = len(run) - len(run.rstrip(b"\\"))
            # A run of backslashes may have begun in the chunk before.
            self._odd = (slashes % 2 == 1) != (self._odd and slashes == len(run))
            if quote < 0:
                return len(data)
            self._in_string, self._odd, at = self._odd, False, quote + 1
            if not self._in_string:
                return at

    def _opens(self, sign: bytes) -> bool:
        if sign == b"[" and self._first and not self._in_array:
            self._between_is(b"", sign)
            self._in_array = True
            return False
        if sign == b"]" and self._in_array and not self._closed:
            self._between_is(b"", b",]")
            self._closed = True
            return False
        self._between_is(b"," if self._in_array and not self._first else b"", sign)
        if sign != b"{" or self._closed:
            self._refuse(sign)
        self._gap, self._first, self._begun, self._depth = b"", False, self._line, 1
        return True

    def _between(self, data: bytes, start: int, end: int) -> None:
        self._line += data.count(b"\n", self._counted, end)
        self._counted = end
        self._gap += data[start:end].strip()[: _SHOWN + 2]
        if self._gap not in (b"", b","):
            self._refuse(self._gap)

    def _between_is(self, wanted: bytes, came: bytes) -> None:
        if self._gap != wanted:
            self._refuse(self._gap or came)

    def _refuse(self, came: bytes) -> NoReturn:
        wanted = "JSON objects"
        if self._closed:
            wanted = "nothing after the JSON array"
        elif self._in_array:
            wanted = "objects with one comma between them in this JSON array"
        shown = " ".join(came[:_SHOWN].decode("utf-8", "replace").split())
        raise UserError(
            f"{self._name}, line {self._line}: wanted {wanted}; came {shown!r}; mend it: what follows cannot be told "
            "apart"
        )

    def _finish(self) -> None:
        if self._depth:
            raise UserError(
                f"{self._name}: the file ends inside the element that begins on line {self._begun}; is it cut off?"
            )
        if self._in_array and not self._closed:
            raise UserError(f"{self._name}, line {self._line}: the JSON array has no closing ']'; is the file cut off?")
        if self._gap:
            self._refuse(self._gap)
