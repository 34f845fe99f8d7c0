"""Totals and ratios from a part of the whole, with how far they may be off."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from judgekit.running.guess import Range, Size

_ERRORS = 2.0
"""Standard errors on each side: 95 of 100 such ranges hold the truth, where the sample is random."""
_DRIFT = 0.1
"""What is to come may differ from what was seen: a tenth, at the least, on each side."""
WHOLE = 500
"""So many requests of a rubric are rendered before sampling begins."""
EVERY = 23
"""Of the rest, so manieth: a prime, so that no number of labels falls into step with it."""


@dataclass(slots=True)
class Ratio:
    """How many y come on one x: Σy / Σx."""

    n: int = 0
    _x: float = 0.0
    _y: float = 0.0
    _xx: float = 0.0
    _xy: float = 0.0
    _yy: float = 0.0

    def add(self, x: float, y: float) -> None:
        """One more pair."""
        self.n += 1
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y
        self._yy += y * y

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(
            self.n + other.n,
            self._x + other._x,
            self._y + other._y,
            self._xx + other._xx,
            self._xy + other._xy,
            self._yy + other._yy,
        )

    def range(self, floor: float = 0.0) -> Range:
        """The ratio, two standard errors and at least a tenth down and up, and not below the floor.

        Source: the ratio estimator of Cochran, Sampling Techniques (1977), eq. 6.13, without finite correction.

        >>> ratio = Ratio()
        >>> for x, y in ((1, 2), (2, 4), (3, 6)):
        ...     ratio.add(x, y)
        >>> ratio.range()
        Range(low=1.8, high=2.2)
        """
        value = self._y / self._x
        squares = max(0.0, self._yy - 2 * value * self._xy + value * value * self._xx)
        error = sqrt(squares / max(1, self.n - 1) / self.n) * self.n / self._x
        spread = max(_DRIFT * value, _ERRORS * error)
        return Range(max(floor, value - spread), max(floor, value + spread))


@dataclass(slots=True)
class Sums:
    """What some requests add up to."""

    calls: float = 0.0
    plain: float = 0.0
    other: float = 0.0
    schema: float = 0.0
    static: float = 0.0
    asked: float = 0.0

    def add(self, size: Size) -> None:
        """One more request."""
        self.calls += 1
        self.plain += size.plain
        self.other += size.other
        self.schema += size.schema
        self.static += size.static
        self.asked += size.asked

    def plus(self, rest: Sums, factor: float) -> Sums:
        """These and the rest, which stands for so many times as much."""
        return Sums(
            self.calls + factor * rest.calls,
            self.plain + factor * rest.plain,
            self.other + factor * rest.other,
            self.schema + factor * rest.schema,
            self.static + factor * rest.static,
            self.asked + factor * rest.asked,
        )


@dataclass(slots=True)
class Sample:
    """The requests of a rubric: the first are all rendered, and of the rest one in `EVERY`."""

    seen: int = 0
    """Jobs that may need a call."""
    rendered: int = 0
    """Of them: really rendered."""
    _head: Sums = field(default_factory=Sums)
    _tail: Sums = field(default_factory=Sums)
    _bytes: float = 0.0
    _squares: float = 0.0

    def wants_next(self) -> bool:
        """Whether the next job is to be rendered; it is counted in either case."""
        place = self.seen
        self.seen += 1
        return place < WHOLE or (place - WHOLE) % EVERY == 0

    def add(self, size: Size | None) -> None:
        """The job that was asked for last; None where it needs no call."""
        into = self._head if self.seen <= WHOLE else self._tail
        self.rendered += 1
        if size is not None:
            into.add(size)
            self._bytes += size.whole
            self._squares += size.whole * size.whole

    def totals(self) -> Sums:
        """What all jobs that were seen add up to."""
        return self._head.plus(self._tail, self._unseen_share())

    def error(self) -> float:
        """How far the totals may be off, as a part of them: two standard errors of what was not rendered."""
        rest = self.seen - WHOLE
        total = self.totals()
        whole = total.plain + total.other + total.schema
        if rest <= 0 or not whole:
            return 0.0
        mean = self._bytes / self.rendered
        deviation = sqrt(max(0.0, self._squares / self.rendered - mean * mean))
        return _ERRORS * deviation * rest / sqrt(self.rendered - WHOLE) / whole

    def _unseen_share(self) -> float:
        drawn = self.rendered - WHOLE
        return (self.seen - WHOLE) / drawn if drawn > 0 else 0.0
