"""How far a run is: what a progress bar draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment; done = scored + abstained + failed."""

    done: int
    """Jobs that have a verdict in the store, those of earlier sessions included."""
    total: int | None
    """Jobs in all; None where the source does not know."""
    scored: int
    """Of `done`: with a score."""
    abstained: int
    """Of `done`: "cannot tell"."""
    failed: int
    """Of `done`: without a verdict."""
    kept: int
    """Of `done`: made by an earlier session, or by another process now."""
    reused: int
    """Of `done`: copied now from another transcript with the same text and inputs."""
    in_flight: int
    """Jobs that are being judged or written."""
    cost_usd: float | None
    """US dollars spent in this session; None where a price is unknown."""
    rate: float
    """Verdicts per second over the last ten seconds; 0 at the start."""
    elapsed_s: float
    """Seconds since this session began."""
    asked: int = 0
    """Requests that are in batches at the provider; 0 where nothing is waited for there."""
    answered: int = 0
    """Of `asked`: those that are through."""
    unchecked: int = 0
    """About so many jobs were settled before and are looked at last; not in `done` yet."""
    elsewhere: int = 0
    """Jobs that another process judges, for whose verdicts this one waits."""

    @property
    def eta_s(self) -> float | None:
        """Seconds to go at this rate; None where that is not known."""
        if self.total is None or self.rate <= 0.0:
            return None
        return max(0, self.total - self.done - self.unchecked) / self.rate

    @property
    def line(self) -> str:
        """The state in a line.

        >>> Progress(
        ...     done=123, total=213, scored=100, abstained=20, failed=3, kept=0, reused=0, in_flight=8,
        ...     cost_usd=0.1234, rate=4.5, elapsed_s=27.0,
        ... ).line
        '123 of 213: scored 100, abstained 20, failed 3; 4.5 a second, 20 s to go, $0.1234'
        """
        of = "" if self.total is None else f" of {self.total}"
        of += f" and {self.unchecked} from before" if self.unchecked else ""
        to_go = "" if self.eta_s is None else f", {self.eta_s:.0f} s to go"
        cost = "price unknown" if self.cost_usd is None else f"${self.cost_usd:.4g}"
        counts = f"scored {self.scored}, abstained {self.abstained}, failed {self.failed}"
        if self.asked:
            return f"{self.done}{of}: {counts}; in batches {self.answered} of {self.asked} answered, {cost}"
        waits = f"; {self.elsewhere} are judged by another process" if self.elsewhere and not self.in_flight else ""
        return f"{self.done}{of}: {counts}; {self.rate:.1f} a second{to_go}, {cost}{waits}"


def print_progress(every_s: float = 10.0) -> Callable[[Progress], None]:
    """A callback that says on standard error how far a run is, a line every few seconds."""
    said = monotonic()

    def show(progress: Progress) -> None:
        nonlocal said
        if monotonic() - said >= every_s:
            said = monotonic()
            sys.stderr.write(f"{progress.line}\n")

    return show
