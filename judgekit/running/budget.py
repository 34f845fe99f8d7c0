"""How much a run may cost, and when that is spent."""

from __future__ import annotations

from judgekit.errors import UserError
from judgekit.running.work import Job, not_reached
from judgekit.verdict import Verdict


class Budget:
    """Counts what a judge costs against a limit in US dollars; without a limit nothing is ever spent out."""

    def __init__(self, limit_usd: float | None, judge: str, spent_usd: float | None) -> None:
        """Starts from what earlier sessions spent.

        Raises:
            UserError: the limit is not positive, or what was spent before is unknown.
        """
        if limit_usd is not None and not limit_usd > 0:
            raise UserError(f"budget: a positive number of US dollars was wanted; came {limit_usd:g}")
        self._limit = limit_usd
        self._judge = judge
        self._spent = spent_usd or 0.0
        self._unknown = spent_usd is None
        self.check()

    @property
    def spent_out(self) -> bool:
        """Whether no further call may start."""
        return self._limit is not None and self._spent >= self._limit

    def not_reached(self, job: Job) -> Verdict:
        """The failure of kind `budget` of a job that is not started; a session with a higher budget tries it."""
        return not_reached(
            job,
            self._judge,
            f"not reached: ${self._spent:.4g} of a budget of ${self._limit:.4g} are spent; raise it and run again",
        )

    def add(self, verdict: Verdict) -> None:
        """A verdict has cost this."""
        self._unknown = self._unknown or verdict.cost_usd is None
        self._spent += verdict.cost_usd or 0.0

    def check(self) -> None:
        """Nothing; a limit means nothing where prices are unknown.

        Raises:
            UserError: there is a limit, and a call had no known price.
        """
        if self._limit is not None and self._unknown:
            raise UserError(
                f"budget: the price of {self._judge} is not known, so ${self._limit:g} cannot be kept: "
                "run without --budget, and hold the run in bounds with --limit"
            )
