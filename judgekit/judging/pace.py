"""How fast an endpoint takes calls, found out from its refusals where it does not say so itself.

At the first refusal the pace is half of what was sent. From then on, each second: where calls were refused, the pace is
what was accepted, less a little; where none was, a tenth more, and near the last limit a four-hundredth. Some seconds
beyond it the steps grow. So a limit that is halved is kept within seconds, and one that is lifted is found.
"""

from __future__ import annotations

_EPOCH_S = 1.0
_FEW = 5
"""Results that a decision needs."""
_CUT = 0.5
_KEPT = 0.97
_FEW_REFUSED = 0.15
_MANY, _MUCH = 8, 0.3
"""So many refusals are acted upon before the second is over."""
_TOLERATED = 0.005
"""The share of refusals that is not worth a change."""
_STEP, _FINE = 0.1, 0.0025
_NEAR = 0.97
_LONGEST = 0.05
"""The longest step beyond the last limit, of the pace."""
_PATIENCE = 5
"""Raises beyond the last limit before the steps grow."""
_FALLEN, _SAME = 0.7, 0.7
"""A pace that has fallen so far and is refused as often as before: the refusals do not come from the pace."""
_REST_S = 30.0
_SLOWEST = 0.1


class Pace:
    """Calls a second; None while nothing was refused."""

    def __init__(self, now: float) -> None:
        self.rate: float | None = None
        self._limit = 0.0
        """What the server was seen to accept when it refused more."""
        self._beyond = 0
        """Raises since the pace has been above that."""
        self._high: tuple[float, float] | None = None
        """Pace and share of refusals from which the present fall began."""
        self._resting_until = now
        self._window, self._sent = now, 0
        self._since = self._until = now
        self._accepted = self._refused = 0

    def sending(self, now: float) -> None:
        """A call is being sent."""
        if self.rate is None:
            if now - self._window >= 2 * _EPOCH_S:  # half of the last two seconds stays in the count
                self._window, self._sent = now - _EPOCH_S, self._sent // 2
            self._sent += 1

    def accepted(self, sent: float, now: float) -> None:
        """A call was taken."""
        if sent >= self._since:
            self._accepted += 1
            self._until = max(self._until, sent)
            self._count(now)

    def refused(self, sent: float, now: float) -> None:
        """A call was refused for its frequency."""
        if sent < self._since:
            return
        self._refused += 1
        if self.rate is None and now >= self._resting_until:
            self._limit = self._sent / max(now - self._window, _EPOCH_S)
            self._set(_CUT * self._limit, now)
        else:
            self._count(now)

    def _begin(self, now: float) -> None:
        """Only calls that are sent from now on say something about the present pace."""
        self._since = self._until = now
        self._accepted = self._refused = 0

    def _set(self, rate: float, now: float) -> None:
        self.rate = max(rate, _SLOWEST)
        self._begin(now)

    def _count(self, now: float) -> None:
        """After calls of a second, the pace of the next one."""
        # What is accepted takes longer to come back than what is refused: the span is that of the accepted ones.
        span = self._until - self._since if self._accepted else now - self._since
        asked = self._accepted + self._refused
        if self.rate is None:
            return
        share = self._refused / asked
        if self._refused >= _MANY and share > _MUCH and self._until - self._since < _EPOCH_S:
            self._limit = self.rate
            self._set(_CUT * self.rate, now)
            return
        if span < _EPOCH_S or asked < min(_FEW, self.rate * span / 2):
            return
        if share <= _TOLERATED:
            self._raise(self.rate, now)
        elif self._in_vain(self.rate, share):
            self._let_go(now)
        else:
            self._beyond = 0
            few = share < _FEW_REFUSED  # so few say that the pace is too high, and not by how much
            self._limit = self.rate if few else min(self.rate, self._accepted / span) or _CUT * self.rate
            self._set(_KEPT * self._limit, now)

    def _raise(self, rate: float, now: float) -> None:
        near = _NEAR * self._limit
        self._high = None
        if rate < near:
            self._set(min(rate + _STEP * self._limit, near), now)
            return
        self._beyond += rate > self._limit
        step = _FINE * self._limit * 2.0 ** max(0, self._beyond - _PATIENCE)
        self._set(rate + min(step, _LONGEST * rate), now)

    def _in_vain(self, rate: float, share: float) -> bool:
        """Whether refusals stay as frequent though the pace has fallen."""
        if self._high is None or share < _SAME * self._high[1]:
            self._high = rate, share
        return rate < _FALLEN * self._high[0]

    def _let_go(self, now: float) -> None:
        """For a while no pace is kept."""
        self.rate, self._high = None, None
        self._resting_until = now + _REST_S
        self._window, self._sent = now, 0
        self._begin(now)
