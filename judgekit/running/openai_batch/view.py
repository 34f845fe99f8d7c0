"""Progress of a run in batches: several passes and the waits between them, told as one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from judgekit.running.progress import Progress

Show = Callable[[Progress], None]


class View:
    """Adds up what the passes of one session report."""

    def __init__(self, show: Show | None) -> None:
        self._show = show
        self._started = monotonic()
        self._last: Progress | None = None
        self._kept: int | None = None
        """Of the first pass: what earlier sessions made."""
        self._cost_usd: float | None = 0.0
        """Of the passes before this one."""

    def passing(self, progress: Progress) -> None:
        """A pass is so far; nothing is told before it has come as far as the one before."""
        if self._last is not None and progress.done < self._last.done:
            return
        known = self._cost_usd is not None and progress.cost_usd is not None
        cost = (self._cost_usd or 0.0) + (progress.cost_usd or 0.0) if known else None
        kept = progress.kept if self._kept is None else min(progress.kept, self._kept)
        self._tell(replace(progress, kept=kept, cost_usd=cost))

    def passed(self) -> None:
        """The pass has ended."""
        if self._last is not None:
            self._kept, self._cost_usd = self._last.kept, self._last.cost_usd

    def waiting(self, asked: int, answered: int) -> None:
        """So many requests are under way at the provider, and so many of them are through."""
        if self._last is not None:
            self._tell(replace(self._last, asked=asked, answered=answered, in_flight=0, rate=0.0))

    def _tell(self, progress: Progress) -> None:
        self._last = replace(progress, elapsed_s=monotonic() - self._started)
        if self._show is not None:
            self._show(self._last)
