"""How fast an endpoint takes calls, found out from its refusals where it does not say so itself.

At the first refusal the pace is half of what was accepted. From then on, each second: where calls were refused, what
was accepted; where none was, a step more. The step is a tenth of the last pace that was too fast, from nine tenths of it
on a hundredth, and beyond it longer and longer. So a limit that is halved is kept within a second or two, and one that
is lifted is found again.
"""

from __future__ import annotations

_EPOCH_S = 1.0
_FEW = 5
"""Results that a decision needs."""
_CUT = 0.5
_KEPT = 0.98
_TOLERATED = 0.005
"""The share of refusals that is not worth a change."""
_STEP, _FINE = 0.1, 0.01
_NEAR = 0.9
_FASTER = 1.5
_SAME = 0.7
_DEAF = 2
"""So many cuts that do not lower the share of refusals: then they do not come from the pace."""
_REST_S = 30.0
_SLOWEST = 0.1


class Pace:
    """Calls a second; None while nothing was refused."""

    def __init__(self, now: float) -> None:
        self.rate: float | None = None
        self._ceiling = self._step = 0.0
        self._usual = 0.0
        """Calls a second that were accepted of late, while no pace was kept."""
        self._share, self._in_vain = 1.0, 0
        self._resting_until = now
        self._begin(now)

    def accepted(self, sent: float, now: float) -> None:
        """A call was taken."""
        if sent >= self._since:
            self._accepted += 1
            self._count(sent, now)

    def refused(self, sent: float, now: float) -> None:
        """A call was refused for its frequency."""
        if sent < self._since:
            return
        self._refused += 1
        if self.rate is None and now >= self._resting_until:
            self._cut(_CUT * max(self._usual, self._accepted / max(now - self._since, _EPOCH_S), 1.0), now)
        else:
            self._count(sent, now)

    def _begin(self, now: float) -> None:
        """Only calls that are sent from now on say something about the present pace."""
        self._since, self._until = now, now
        self._accepted = self._refused = 0

    def _count(self, sent: float, now: float) -> None:
        """After calls of a second, the pace of the next one."""
        self._until = max(self._until, sent)
        span = self._until - self._since
        asked = self._accepted + self._refused
        if span < _EPOCH_S or asked < _FEW:
            return
        accepted, share = self._accepted / span, self._refused / asked
        if self.rate is None:
            self._usual = accepted
            self._begin(now)
        elif share <= _TOLERATED:
            self._in_vain = 0
            self._raise(self.rate, now)
        elif share > _SAME * self._share and self._in_vain >= _DEAF:
            self._let_go(now)
        else:
            self._in_vain = self._in_vain + 1 if share > _SAME * self._share else 0
            self._share = share
            self._cut(min(self.rate, _KEPT * accepted), now)

    def _cut(self, rate: float, now: float) -> None:
        self._ceiling = self.rate or rate / _CUT
        self._step = _FINE * self._ceiling
        self.rate = max(rate, _SLOWEST)
        self._begin(now)

    def _raise(self, rate: float, now: float) -> None:
        near = _NEAR * self._ceiling
        if rate < near:
            self.rate = min(rate + _STEP * self._ceiling, near)
        else:
            if rate > self._ceiling:
                self._step *= _FASTER
            self.rate = rate + self._step
        self._begin(now)

    def _let_go(self, now: float) -> None:
        """These refusals do not follow the pace, so for a while none is kept."""
        self.rate, self._share, self._in_vain = None, 1.0, 0
        self._resting_until = now + _REST_S
        self._begin(now)
