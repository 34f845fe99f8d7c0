"""What a session has done so far, counted from what is on disk, and told to whoever wants to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from judgekit.running.progress import Progress
from judgekit.verdict import Verdict

_REPORT_S = 0.1
"""How often progress is reported at most."""
_TICK_S = 0.2
_WINDOW = 50
"""So many ticks are the ten seconds that the rate looks back."""


@dataclass(slots=True)
class Counts:
    """What one session did; counted up while it runs."""

    total: int | None = None
    """Jobs in all; None where the source does not know."""
    scored: int = 0
    """Verdicts with a score, those of earlier sessions included."""
    abstained: int = 0
    """Verdicts that said "cannot tell", those of earlier sessions included."""
    failed: int = 0
    """Failures, those of earlier sessions that were not tried again included."""
    kept: int = 0
    """Verdicts of earlier sessions, and of other processes: nothing was done for them."""
    reused: int = 0
    """Copies of a verdict on the same text and inputs."""
    not_reached: int = 0
    """Jobs that were not started because the budget was spent; they are failures of kind `budget`."""
    in_flight: int = 0
    """Jobs that are being judged."""
    unchecked: int = 0
    """About so many jobs were settled before and are looked at last; they are not counted yet."""
    elsewhere: int = 0
    """Jobs that another process judges, for whose verdicts this one waits."""
    cost_usd: float | None = 0.0
    """US dollars spent in this session; None where a price is unknown."""
    stopped: Literal["", "interrupted", "budget"] = ""
    """Why the session ended before its source did; '' where it did not."""
    _started: float = field(default_factory=monotonic)
    _ticks: deque[tuple[float, int]] = field(default_factory=lambda: deque([(monotonic(), 0)], maxlen=_WINDOW))

    @property
    def done(self) -> int:
        """Jobs that have a verdict in the store."""
        return self.scored + self.abstained + self.failed

    def keep(self, status: str, failure_kind: str | None) -> None:
        """One more verdict of an earlier session."""
        self.keep_all({failure_kind or status: 1})

    def keep_all(self, found: Mapping[str, int]) -> None:
        """So many more verdicts of earlier sessions, by status, or by failure kind."""
        for status, n in found.items():
            self.kept += n
            self.not_reached += n if status == "budget" else 0
            self._count(status, n)

    def add(self, verdict: Verdict) -> None:
        """One more verdict that is now on disk."""
        self._count(verdict.status)
        self.reused += "reused" in verdict.flags
        self.not_reached += verdict.failure is not None and verdict.failure.kind == "budget"
        known = self.cost_usd is not None and verdict.cost_usd is not None
        self.cost_usd = (self.cost_usd or 0.0) + (verdict.cost_usd or 0.0) if known else None

    def _count(self, status: str, n: int = 1) -> None:
        if status == "scored":
            self.scored += n
        elif status == "abstained":
            self.abstained += n
        else:
            self.failed += n

    def progress(self) -> Progress:
        """The state of now."""
        now, made = monotonic(), self.done - self.kept
        since, before = self._ticks[0]
        rate = (made - before) / (now - since) if now > since else 0.0
        if now - self._ticks[-1][0] >= _TICK_S:
            self._ticks.append((now, made))
        return Progress(
            done=self.done,
            total=self.total,
            scored=self.scored,
            abstained=self.abstained,
            failed=self.failed,
            kept=self.kept,
            reused=self.reused,
            in_flight=self.in_flight,
            unchecked=self.unchecked,
            elsewhere=self.elsewhere,
            cost_usd=self.cost_usd,
            rate=rate,
            elapsed_s=now - self._started,
        )


class Report:
    """Counts what is on disk, and tells whoever wants to know."""

    def __init__(
        self,
        counts: Counts,
        on_verdict: Callable[[Verdict], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.counts = counts
        self._on_verdict = on_verdict
        self._on_progress = on_progress
        self._last = 0.0

    def kept(self, found: Mapping[str, int]) -> None:
        """So many jobs have a verdict of another session, by status, or by failure kind."""
        self.counts.keep_all(found)
        self._now_and_then()

    def held(self, n: int) -> None:
        """So many jobs wait for the verdicts of other processes."""
        self.counts.elsewhere = n
        self._now_and_then()

    def on_disk(self, verdicts: Iterable[Verdict]) -> None:
        """These verdicts are durable."""
        for verdict in verdicts:
            self.counts.add(verdict)
            if self._on_verdict is not None:
                self._on_verdict(verdict)
        self._now_and_then()

    def at_end(self) -> None:
        """The last word."""
        if self._on_progress is not None:
            self._last = monotonic()
            self._on_progress(self.counts.progress())

    def _now_and_then(self) -> None:
        if monotonic() - self._last >= _REPORT_S:
            self.at_end()
