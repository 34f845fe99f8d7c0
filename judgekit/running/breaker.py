"""When to give a run up: the endpoint answers nobody any more."""

from __future__ import annotations

from pathlib import Path

from judgekit.errors import JudgeError
from judgekit.verdict import RETRYABLE, Verdict

_NO_ANSWER = RETRYABLE - {"budget"}
_MARGIN = 8


class Breaker:
    """Counts failures in a row that a later try may cure; an answer resets it, and code that needs no call does not."""

    def __init__(self, concurrency: int, endpoint: str, run: Path) -> None:
        self._limit = concurrency + _MARGIN
        self._endpoint = endpoint
        self._run = run
        self._row = 0

    def observe(self, verdict: Verdict) -> None:
        """One more judgement came back.

        Raises:
            JudgeError: it is one too many without an answer.
        """
        failure = verdict.failure
        if failure is None or failure.kind not in _NO_ANSWER:
            if verdict.calls:
                self._row = 0
            return
        self._row += 1
        if self._row >= self._limit:
            raise JudgeError(
                f"{self._endpoint} gave no answer {self._row} times in a row (the last: {failure.kind}, "
                f"{failure.detail or 'no detail'}): stopped; what was scored is in {self._run}, "
                "and the same command goes on from there"
            )
