"""What is kept while a source is read: its warnings, and the ids that it has used."""

from __future__ import annotations

from array import array
from typing import Final, Literal

NAMED = 20
"""How many warnings of one kind are written out; the rest are counted."""
_ROOM: Final = 1 << 10
_ALL: Final = (1 << 64) - 1

Kind = Literal["bad rows", "repeated ids", "oddities of the file", "unused names", "unanswered turns"]


class Notes:
    """Warnings, of which each kind is written out at most NAMED times."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        """The warnings in order, one line each; a last line a kind says how many are not written out."""
        self._counts: dict[Kind, int] = {}
        self._rest: dict[Kind, int] = {}  # where in `lines` the line with the rest stands

    def add(self, kind: Kind, text: str) -> None:
        """Take a warning."""
        n = self._counts[kind] = self._counts.get(kind, 0) + 1
        if n <= NAMED:
            self.lines.append(text)
            return
        if kind not in self._rest:
            self._rest[kind] = len(self.lines)
            self.lines.append("")
        self.lines[self._rest[kind]] = f"{kind}: {n - NAMED} more"


class Ids:
    """The ids that were given out, as 64-bit hashes in a table that is at most two thirds full: 12 to 24 bytes each."""

    def __init__(self) -> None:
        self._count = 0
        self._next: dict[int, int] = {}
        self._make(_ROOM)

    def _make(self, room: int) -> None:
        self._table = array("Q", bytes(8 * room))
        self._last, self._most = room - 1, room * 2 // 3

    def free(self, identity: str) -> str:
        """The id, or the id with the first number that is free.

        >>> ids = Ids()
        >>> [ids.free("a"), ids.free("a"), ids.free("a#2"), ids.free("a")]
        ['a', 'a#2', 'a#2#2', 'a#3']
        """
        # Python's own hash is keyed anew in each process: no file can make ids collide. 0 is an empty place.
        key = hash(identity) & _ALL or 1
        if self._is_new(key):
            return identity
        number = self._next.get(key, 2)
        while not self._is_new(hash(f"{identity}#{number}") & _ALL or 1):
            number += 1
        self._next[key] = number + 1
        return f"{identity}#{number}"

    def _is_new(self, key: int) -> bool:
        """Whether the hash is new; it is in the table now."""
        table, last = self._table, self._last
        place = key & last
        while held := table[place]:
            if held == key:
                return False
            place = (place + 1) & last
        table[place] = key
        self._count += 1
        if self._count > self._most:
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._table
        self._make(2 * len(old))
        table, last = self._table, self._last
        for key in filter(None, old):
            place = key & last
            while table[place]:
                place = (place + 1) & last
            table[place] = key
