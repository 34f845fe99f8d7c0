"""How much a run may cost, and when that is spent.

A job starts only where the limit has room for it beside what is spent and what is set aside for the jobs in flight.
Set aside for each is the mean price of a verdict plus three standard deviations: by Cantelli's inequality at most one
verdict in ten costs more, whatever the distribution, and of bell-shaped ones one in 700. Where there is no room, a job
waits for those in flight, which may turn out cheaper; where none is in flight, the budget is spent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import sqrt
from typing import Any

from judgekit.errors import UserError
from judgekit.judging.engines import DeferredError
from judgekit.running.work import Job, not_reached
from judgekit.verdict import Verdict

_DEVIATIONS = 3.0
_FEW = 20
"""Verdicts whose prices say little about the spread of all."""
_ROUNDING = 1e-9
"""Prices are sums of binary fractions: ten tenths of a cent have to fit into a cent."""


def check_limit(limit_usd: float | None, judge: str, *, known: bool) -> None:
    """Nothing; a limit means nothing where prices are unknown.

    Args:
        limit_usd: US dollars; None: no limit.
        judge: for the message.
        known: whether the prices of the judge and the tokens of its calls are.

    Raises:
        UserError: the limit is not positive, or it cannot be kept.
    """
    if limit_usd is None:
        return
    if not limit_usd > 0:
        raise UserError(f"budget: a positive number of US dollars was wanted; came {limit_usd:g}")
    if not known:
        raise UserError(
            f"budget: the price of {judge} is not known, so ${limit_usd:g} cannot be kept: give it with prices=, "
            "from a server that counts its tokens; or run without budget_usd=, and hold the run in bounds with limit="
        )


class Budget:
    """Counts what a judge costs against a limit in US dollars; without a limit nothing is ever spent out."""

    def __init__(
        self,
        limit_usd: float | None,
        judge: str,
        spent_usd: float | None,
        *,
        expected_usd: Callable[[Any], float] | None = None,
    ) -> None:
        """Starts from what earlier sessions spent.

        Args:
            limit_usd: for the run, earlier sessions included; None: no limit.
            judge: for messages.
            spent_usd: by earlier sessions; None where a price is unknown.
            expected_usd: the most that the verdict on a job is likely to cost; asked of the first one that costs
                anything, and used until some verdicts of this session have a price. Without it the first jobs start
                at once.

        Raises:
            UserError: the limit is not positive, or what was spent before is unknown.
        """
        check_limit(limit_usd, judge, known=spent_usd is not None)
        self._limit = limit_usd
        self._judge = judge
        self._spent = spent_usd or 0.0
        self._unknown = False
        self._expected = expected_usd
        self._guess = 0.0
        self._held = 0.0
        self._in_flight = 0
        self._full = self._closed = False
        self._changed = asyncio.Event()
        # Welford's running mean and sum of squared deviations, over verdicts that the server counted tokens for.
        self._n, self._mean, self._squares = 0, 0.0, 0.0

    @property
    def spent_out(self) -> bool:
        """Whether no further call may start."""
        return self._limit is not None and (self._full or self._spent >= self._limit * (1 - _ROUNDING))

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._limit is not None

    def elsewhere(self, usd: float) -> None:
        """Another process has spent so much more."""
        self._spent += usd
        self._wake()

    async def reserve(self, job: Job) -> float | None:
        """US dollars set aside for a job that may start, to be given back by `settle`; None: the budget is spent.

        Raises:
            DeferredError: the run is to end while the job waits for others.
        """
        if self._limit is None:
            return 0.0
        while not self.spent_out:
            share = self._share(job)
            fits = self._spent + self._held + share <= self._limit * (1 + _ROUNDING)
            # Nothing but a first call can say whether the guess is right.
            if fits or (not self._in_flight and not self._n):
                self._held += share
                self._in_flight += 1
                return share
            if not self._in_flight:
                self._full = True
            else:
                if not self._closed:
                    await self._changed.wait()
                if self._closed:
                    raise DeferredError("the run was to end while this job waited for the price of others")
        return None

    def settle(self, share: float, verdict: Verdict | None) -> None:
        """A job for which that was set aside has ended, with what its verdict cost; None: it was given up."""
        if verdict is not None:
            self._add(verdict)
        if self._limit is None:
            return
        self._in_flight -= 1
        self._held = self._held - share if self._in_flight else 0.0
        self._wake()

    def close(self) -> None:
        """No job waits any more for the price of others."""
        self._closed = True
        self._wake()

    def not_reached(self, job: Job) -> Verdict:
        """The failure of kind `budget` of a job that is not started; a session with a higher budget tries it."""
        return not_reached(
            job,
            self._judge,
            f"not reached: ${self._spent:.4g} of a budget of ${self._limit:.4g} are spent, and what is left is less "
            "than a verdict may cost; raise it and run again",
        )

    def check(self) -> None:
        """Nothing; a limit means nothing where prices are unknown.

        Raises:
            UserError: there is a limit, and a call had no known price.
        """
        check_limit(self._limit, self._judge, known=not self._unknown)

    def _share(self, job: Job) -> float:
        seen = self._mean + _DEVIATIONS * sqrt(self._squares / self._n) if self._n else 0.0
        if self._n >= _FEW:
            return seen
        if not self._guess and self._expected is not None:
            self._guess = self._expected(job)  # 0 where code alone decides: that says nothing of the others
        return max(self._guess, seen)

    def _add(self, verdict: Verdict) -> None:
        self._unknown = self._unknown or verdict.cost_usd is None
        cost = verdict.cost_usd or 0.0
        self._spent += cost
        if verdict.calls and verdict.usage.prompt_tokens is not None:
            self._n += 1
            off = cost - self._mean
            self._mean += off / self._n
            self._squares += off * (cost - self._mean)

    def _wake(self) -> None:
        self._changed.set()
        self._changed.clear()
