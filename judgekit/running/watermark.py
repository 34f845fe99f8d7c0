"""How far a source is settled without a gap: where the next session should begin."""

from __future__ import annotations

from collections.abc import Iterable


class Watermark:
    """The place of the first job that is not settled, in the order in which jobs are read.

    >>> mark = Watermark()
    >>> mark.read_to(10)                   # 0 to 9 were read
    >>> mark.look_at(0)
    >>> mark.open([2, 5])                  # of which these two are not settled yet
    >>> mark.look_at(None)
    >>> mark.settle(5); mark.place
    2
    >>> mark.settle(2); mark.place
    10
    """

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._missed: int | None = None
        self._looked_at: int | None = None
        self._unread: int | None = None
        self._next: int | None = None

    @property
    def place(self) -> int | None:
        """Where a session should begin that goes on from here; None before anything is read."""
        if self._missed is not None:
            return self._missed
        for place in self._open:
            return place
        return next((place for place in (self._looked_at, self._unread) if place is not None), self._next)

    def read_to(self, place: int) -> None:
        """The source is read up to this place, exclusive."""
        self._next = place

    def wait_at(self, place: int | None) -> None:
        """This job is the first that is read and not looked at; None: there is none."""
        self._unread = place

    def look_at(self, place: int | None) -> None:
        """The slice that begins there is being looked up; None: it is done."""
        self._looked_at = place

    def open(self, places: Iterable[int]) -> None:
        """These jobs are looked at and not settled; in the order of the source."""
        self._open.update(dict.fromkeys(places))

    def settle(self, place: int, *, missed: bool = False) -> None:
        """The job there is settled; what the budget did not reach is not, and the mark stays before it."""
        if missed and self._missed is None:
            self._missed = next(iter(self._open), place)
        self._open.pop(place, None)
