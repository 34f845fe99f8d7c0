"""How fast an endpoint takes calls, found out from its refusals where it does not say so itself.

After three refusals the pace is half of what was sent; where the server asks for pauses, only if these are not enough.
From then on, each second: where calls were refused, the pace is what was accepted, less a little; where none was, a
tenth more, and near the last limit a four-hundredth. Some seconds beyond it the steps grow. So a limit that is halved
is kept within seconds, and one that is lifted is found.

Some refusals do not come from the pace: an overloaded server refuses whom it likes. Where they go on though the pace
has fallen, a second at a higher pace shows it: if they are no more frequent then, no pace is kept for a while.
"""

from __future__ import annotations

_EPOCH_S = 1.0
_FEW = 10
"""Results that a decision needs."""
_LONGEST_EPOCH_S = 5.0
"""How long it waits for them."""
_TO_BEGIN = 3
"""Refusals in the last seconds with which a pace begins."""
_CUT = 0.5
_KEPT = 0.97
_FEW_REFUSED = 0.15
_MANY, _MUCH = 8, 0.3
"""So many refusals are acted upon before the second is over."""
_TOLERATED = 0.005
"""The share of refusals that is not worth a change."""
_STEP, _FINE = 0.1, 0.0025
_NEAR = 0.97
_LONGEST = 0.03
"""The longest step beyond the last limit, of the pace."""
_PATIENCE = 6
"""Raises beyond the last limit before the steps grow."""
_TRIAL = 1.3
_TRIAL_EVERY_S = 30.0
_SETTLED_S = 10.0
_FALLEN = 0.7
_IN_VAIN = 5
"""Cuts, less the raises between them: a limit that is really one is kept after fewer."""
_LEARN = 0.2
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
        self._high = 0.0
        """The pace from which it has fallen."""
        self._share = 0.0
        """The share of refusals, of late."""
        self._cuts = 0
        self._trial: float | None = None
        """The pace to go back to after a trial; None where none is on."""
        self._next_trial = now
        self._resting_until = now
        self._window, self._sent, self._out = now, 0, 0
        self._since = self._until = now
        self._accepted = self._refused = 0

    def sending(self, now: float) -> None:
        """A call is being sent."""
        self._out += 1
        if self.rate is None:
            if now - self._window >= 2 * _EPOCH_S:  # half of the last two seconds stays in the count
                self._window, self._sent = now - _EPOCH_S, self._sent // 2
                self._accepted, self._refused = self._accepted // 2, self._refused // 2
            self._sent += 1

    def ended(self) -> None:
        """A call has come back, however."""
        self._out -= 1

    def accepted(self, sent: float, now: float) -> None:
        """A call was taken."""
        if sent >= self._since:
            self._accepted += 1
            self._until = max(self._until, sent)
            self._count(now)

    def refused(self, sent: float, now: float, *, closed_until: float | None = None) -> None:
        """A call was refused for its frequency.

        Args:
            sent: when it was sent.
            now: the present time.
            closed_until: before which no call is sent, because the server has asked for that; None where it has not.
        """
        if sent < self._since:
            return
        self._refused += 1
        if self.rate is not None and closed_until is not None:
            self._limit = self.rate
            self._cut(_KEPT * self.rate, closed_until)
        elif self.rate is not None:
            self._count(now)
        elif now >= self._resting_until and self._needed(closed_until is not None):
            # At the start of a run little was sent yet, and all of it may still be out.
            self._limit = self._high = max(self._sent / max(now - self._window, _EPOCH_S), self._out / _EPOCH_S)
            self._share, self._next_trial = 0.0, now + _SETTLED_S
            self._set(_CUT * self._limit, now)

    def _needed(self, asked_to_wait: bool) -> bool:
        """Whether a pace is to be kept: where the server asks for a pause, that may be enough."""
        if not asked_to_wait:
            return self._refused >= _TO_BEGIN
        asked = self._accepted + self._refused
        return asked >= 2 * _FEW and self._refused > _MUCH * asked

    def _set(self, rate: float, now: float) -> None:
        self.rate = max(rate, _SLOWEST)
        # Only calls that are sent from now on say something about this pace.
        self._since = self._until = now
        self._accepted = self._refused = 0

    def _count(self, now: float) -> None:
        """After calls of a second, the pace of the next one."""
        if self.rate is None:
            return
        # What is accepted takes longer to come back than what is refused: the span is that of the accepted ones.
        span = self._until - self._since if self._accepted else now - self._since
        asked = self._accepted + self._refused
        share = self._refused / asked
        if self._refused >= _MANY and share > _MUCH and span < _EPOCH_S and self._trial is None:
            self._limit = self._high = self.rate
            self._next_trial = max(self._next_trial, now + _SETTLED_S)
            self._cut(_CUT * self.rate, now)
        elif span >= _EPOCH_S and (asked >= _FEW or span >= _LONGEST_EPOCH_S):
            self._decide(self.rate, self._accepted / span, share, now)

    def _decide(self, rate: float, accepted: float, share: float, now: float) -> None:
        if self._trial is not None:
            self._end_trial(share, now)
            return
        self._share += _LEARN * (share - self._share)
        if share <= _TOLERATED:
            self._cuts = max(0, self._cuts - 1)
            self._raise(rate, now)
        elif now >= self._next_trial and (self._cuts >= _IN_VAIN or rate < _FALLEN * self._high):
            self._trial, self._cuts = rate, 0
            self._set(_TRIAL * rate, now)
        elif share < _FEW_REFUSED:  # so few say that the pace is too high, and not by how much
            self._limit = rate
            self._cut(_KEPT * rate, now)
        else:
            self._limit = self._high = min(rate, accepted) or _CUT * rate
            self._cut(_KEPT * self._limit, now)

    def _cut(self, rate: float, now: float) -> None:
        self._cuts += 1
        self._beyond = 0
        self._set(rate, now)

    def _raise(self, rate: float, now: float) -> None:
        near = _NEAR * self._limit
        if rate < near:
            self._set(min(rate + _STEP * self._limit, near), now)
            return
        self._beyond += rate > self._limit
        step = _FINE * self._limit * 2.0 ** max(0, self._beyond - _PATIENCE)
        self._set(rate + min(step, _LONGEST * rate), now)
        self._high = max(self._high, rate)

    def _end_trial(self, share: float, now: float) -> None:
        assert self._trial is not None
        back, self._trial = self._trial, None
        self._next_trial, self._high = now + _TRIAL_EVERY_S, back
        if share > 2 * self._share + 0.05:
            self._set(back, now)
            return
        self._set(back, now)
        self.rate = None
        self._resting_until = now + _REST_S
        self._window, self._sent = now, 0
