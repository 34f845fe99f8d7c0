"""What is kept while a source is read: its warnings, and the ids that it has used."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

NAMED = 20
"""How many warnings of one kind are written out; the rest are counted."""

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
    """The ids that were given out, as 64-bit hashes."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._next: dict[int, int] = {}

    def free(self, identity: str) -> str:
        """The id, or the id with the first number that is free.

        >>> ids = Ids()
        >>> [ids.free("a"), ids.free("a"), ids.free("a#2"), ids.free("a")]
        ['a', 'a#2', 'a#2#2', 'a#3']
        """
        key = _hash(identity)
        if key not in self._taken:
            self._taken.add(key)
            return identity
        number = self._next.get(key, 2)
        while (other := _hash(f"{identity}#{number}")) in self._taken:
            number += 1
        self._next[key] = number + 1
        self._taken.add(other)
        return f"{identity}#{number}"


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
