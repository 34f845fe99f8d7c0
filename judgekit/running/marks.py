"""A bit for each row of a run: a million of them take an eighth of a megabyte."""

from __future__ import annotations

from collections.abc import Iterable


class Marks:
    """Numbers from 0 that are marked.

    >>> marks = Marks()
    >>> marks.add(9)
    >>> 9 in marks, 8 in marks, 10**6 in marks
    (True, False, False)
    """

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """The number is marked."""
        byte = number >> 3
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1024 - len(self._bits)))
        self._bits[byte] |= 1 << (number & 7)

    def update(self, numbers: Iterable[int]) -> None:
        """These numbers are marked."""
        bits = self._bits
        for number in numbers:
            byte = number >> 3
            if byte >= len(bits):
                self.add(number)
            else:
                bits[byte] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        byte = number >> 3
        return byte < len(self._bits) and bool(self._bits[byte] & 1 << (number & 7))
