"""How much an endpoint allows a minute: a bucket that fills steadily, kept in step with what the server says.

A server tells in three headers what it allows: the limit a minute, what remains of it, and when it is whole again. What
remains is taken as it is, less what was sent since the call that it came with.
"""

from __future__ import annotations

from dataclasses import dataclass

_HEADROOM = 0.985
"""Of a limit that only the user knows: two clocks and a network lie between our count and the server's."""
_RESERVE = 0.25
"""Of what a server was seen to hold in store, left there: for its rounding, and for calls that overtake each other."""
_BURST_S = 0.1
"""How much may go at once where a limit is only known by its rate: a server may count over any stretch of time."""
_MINUTE_S = 60.0
_LEARN = 0.1
_SLACK = 1.01


@dataclass(frozen=True, slots=True)
class Left:
    """What a server says that it allows, requests or tokens."""

    limit: float
    """A minute, or whatever the server counts over."""
    remaining: float
    """At this moment."""
    reset_s: float | None
    """Until all of it is there again."""

    @property
    def rate(self) -> float:
        """What flows in each second.

        >>> Left(600, 590, 1.0).rate, Left(14_400, 14_370, 179.5).rate < 0.2      # a minute; a day
        (10.0, True)
        """
        if self.reset_s is not None and self.reset_s > _MINUTE_S * _SLACK and self.remaining < self.limit:
            return (self.limit - self.remaining) / self.reset_s
        return self.limit / _MINUTE_S


class Allowance:
    """Requests, or tokens, that may be used by now; a limit that nobody knows is none."""

    def __init__(self, per_minute: float | None, now: float) -> None:
        """Starts with the user's limit, if there is one."""
        self._own = per_minute
        self._rate = 0.0 if per_minute is None else per_minute * _HEADROOM / _MINUTE_S
        self._store = self._rate * _BURST_S
        """What may pile up while nothing is sent."""
        self._reserve = 0.0
        self._level = 0.0
        self._at = now
        self._usual_s = 0.0
        self.taken = 0.0
        """All that was ever used."""

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until an amount may be used; 0.0 for now."""
        if not self._rate:
            return 0.0
        self._fill(now)
        # An amount beyond the store waits until the store is full, or it could never pass; the rest is debt.
        missing = min(amount + self._reserve, self._store) - self._level
        return max(0.0, missing / self._rate)

    def take(self, amount: float) -> None:
        """The amount is used."""
        self.taken += amount
        self._level -= amount

    def correct(self, more: float) -> None:
        """What was used was more than was taken by so much."""
        self.take(more)

    def observe(self, left: Left, taken_before: float, sent: float, now: float) -> None:
        """The server says what is left; the user's own limit stays where it is the lower one.

        Args:
            left: what a reply said.
            taken_before: what had been taken when its call was sent, that call included.
            sent: when its call was sent.
            now: the present time.
        """
        if self._own is not None and self._own * _SLACK < left.limit:
            return
        self._rate = max(left.rate, 1e-6)
        self._store = max(left.remaining, min(self._store, left.limit))
        self._reserve = _RESERVE * self._store
        self._at = now
        # A call that came back later than usual was held up before the server counted it, or after: what flowed in
        # since is then not known to be more than in the usual time.
        took_s = now - sent
        self._usual_s += _LEARN * (took_s - self._usual_s) if self._usual_s else took_s
        flowed = min(took_s, self._usual_s) * self._rate
        self._level = left.remaining - (self.taken - taken_before) + flowed
        self._level = min(self._level, self._store)

    def _fill(self, now: float) -> None:
        self._level = min(self._store, self._level + (now - self._at) * self._rate)
        self._at = now
