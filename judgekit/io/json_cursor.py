"""One JSON text of any size, walked from the outside in: what is asked for is held, and the rest is passed over.

Why no library: orjson and the standard library hold the whole text and all that is in it. ijson does not, but it
refuses NaN and Infinity, which Python writes, and could read nothing behind the first; it turns half a surrogate pair
into a question mark; and it holds each single text whole, however long.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final, NoReturn, Protocol

from judgekit.io.json_text import decode

CHUNK: Final = 1 << 18
"""Bytes read at a time."""
MOST_DEPTH: Final = 1000
"""Levels of brackets that are passed over; no reader of JSON takes more."""
_NAME_BYTES: Final = 1 << 16
_STEPS_OF_A_NAME: Final = 10  # it takes about as long as so many brackets
# To the next bracket, over whole strings. Possessive: what was passed is never tried again, so time is linear.
_HOP = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR = re.compile(rb"[^,\]}\s]*+")
_SPACE = re.compile(rb"[ \t\r\n]*+")
_CUT_OFF = "not JSON: it ends too early; is it cut off?"


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class JsonCursor:
    """A place in a JSON text; every method begins at a value and ends behind it.

    What is passed over is not checked beyond its brackets and strings.
    """

    def __init__(self, stream: Readable, *, chunk: int = CHUNK, most_steps: float = math.inf) -> None:
        """The beginning of a text.

        Args:
            stream: its bytes.
            chunk: how many are read at a time.
            most_steps: brackets that are gone through, where a small file may unpack to very many of them.
        """
        self._stream, self._size = stream, chunk
        self._steps_left = most_steps
        self._data, self._at = b"", 0
        self._held: list[bytes] | None = None  # earlier chunks of the value that is taken
        self._mark = self._n_held = self._most = 0
        self._due = True  # a value stands here that nobody has used

    @property
    def steps_left(self) -> float:
        """How many brackets may still be gone through; below 0 where there were more."""
        return self._steps_left

    def sign(self) -> str:
        """The first character of the value here: `{` for an object, `[` for a list.

        Raises:
            ValueError: the text ends here.
        """
        self._space()
        return chr(self._data[self._at])

    def members(self) -> Iterator[str]:
        """The names in the object here; after each the cursor stands at its value, which may be used or left.

        Raises:
            ValueError: no object stands here, or it is broken; one line, without the place.
        """
        for _ in self._items("{", "}"):
            if self.sign() != '"':
                self._refuse("a name in quotation marks")
            self._step(_STEPS_OF_A_NAME)
            name = decode(self.take(_NAME_BYTES))
            self._expect(":")
            self._due = True
            yield name
            self._leave()

    def elements(self) -> Iterator[None]:
        """Nothing for each element of the list here, at which the cursor then stands; it may be used or left.

        Raises:
            ValueError: no list stands here, or it is broken; one line, without the place.
        """
        for _ in self._items("[", "]"):
            self._due = True
            self._step(1)
            yield
            self._leave()

    def take(self, most: int) -> bytes:
        """The bytes of the value here.

        Raises:
            ValueError: they are more than `most`, and the cursor stands behind them; or they end too early.
        """
        self._space()
        self._held, self._mark, self._n_held, self._most = [], self._at, 0, most
        try:
            self._pass()
            self._hold(self._at)
            held = self._held
        finally:
            self._held = None
        if self._n_held > most:
            raise ValueError(f"it has {self._n_held:,} bytes, more than the {most:,} that are read")
        return b"".join(held)

    def finish(self) -> None:
        """Reads to the end of the text.

        Raises:
            ValueError: something but white space follows.
        """
        self._leave()
        while True:
            self._at = _end(_SPACE, self._data, self._at)
            if self._at < len(self._data):
                self._refuse("the end")
            if not self._more():
                return

    def _items(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        self._due = False
        first = True
        while self.sign() != closing:
            if not first:
                self._expect(",")
            first = False
            yield
        self._at += 1

    def _leave(self) -> None:
        if self._due:
            self._space()
            self._pass()

    def _expect(self, wanted: str) -> None:
        if self.sign() != wanted:
            self._refuse(repr(wanted))
        self._at += 1

    def _refuse(self, wanted: str) -> NoReturn:
        came = " ".join(self._data[self._at : self._at + 20].decode("utf-8", "replace").split())
        raise ValueError(f"not JSON: wanted {wanted}, came {came!r}")

    def _hold(self, end: int) -> None:
        """Keeps the value up to that place of this chunk; once it is too long it is only counted."""
        assert self._held is not None
        self._n_held += end - self._mark
        if self._n_held > self._most:
            self._held.clear()
        else:
            self._held.append(self._data[self._mark : end])

    def _space(self) -> None:
        """To the next byte that is no white space."""
        while True:
            self._at = _end(_SPACE, self._data, self._at)
            if self._at < len(self._data):
                return
            self._must_have_more()

    def _pass(self) -> None:
        """Over the value here."""
        self._due = False
        depth = 0
        while True:
            if self._at == len(self._data):
                self._must_have_more()
            if depth:
                self._at = _end(_HOP, self._data, self._at)
                if self._at == len(self._data):
                    continue
            sign = self._data[self._at]
            if sign in b'"':  # inside brackets: a string that goes on in the next chunk
                self._string()
            elif sign in b"{[":
                depth += 1
                self._at += 1
                self._step(1)
                if depth > MOST_DEPTH:
                    raise ValueError(f"nested more than {MOST_DEPTH} levels deep")
            elif depth:
                depth -= 1
                self._at += 1
            else:
                self._scalar()
            if not depth:
                return

    def _step(self, n: int) -> None:
        self._steps_left -= n
        if self._steps_left < 0:
            raise ValueError("it has more brackets and names than are read")

    def _string(self) -> None:
        self._at += 1
        while True:
            self._at = _end(_IN_STRING, self._data, self._at)
            # What stops it is a quotation mark, or a backslash whose character is in the next chunk.
            is_cut = self._data[self._at : self._at + 1] == b"\\"
            if self._at < len(self._data) and not is_cut:
                self._at += 1
                return
            self._at = len(self._data)
            self._must_have_more()
            self._at = int(is_cut)

    def _scalar(self) -> None:
        begun = self._at
        self._at = _end(_SCALAR, self._data, begun)
        if self._at == begun:
            self._refuse("a value")
        while self._at == len(self._data) and self._more():
            self._at = _end(_SCALAR, self._data, 0)

    def _must_have_more(self) -> None:
        if not self._more():
            raise ValueError(_CUT_OFF)

    def _more(self) -> bool:
        """Whether there was another chunk; the one before has been gone through."""
        if self._held is not None:
            self._hold(len(self._data))
        self._data, self._at, self._mark = self._stream.read(self._size), 0, 0
        return bool(self._data)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    assert found is not None, "the pattern fits an empty text"
    return found.end()
