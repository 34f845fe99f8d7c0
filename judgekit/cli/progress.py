"""How far a run is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from judgekit.cli.common import say
from judgekit.reporting.plain import dollars

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from judgekit.running.progress import Progress

EVERY_S = 10.0
"""Between two plain lines."""


class ProgressView:
    """Shows what `score_many` reports, on standard error; call it with each report."""

    def __init__(self) -> None:
        self.last: Progress | None = None
        self._said = monotonic()
        self._live = _live(self._drawn) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        elif self.last is not None:
            say(progress_line(self.last))

    def __call__(self, progress: Progress) -> None:
        """Shows this state, now or at the next line."""
        self.last = progress
        if self._live is None and monotonic() - self._said >= EVERY_S:
            self._said = monotonic()
            say(progress_line(progress))

    def note(self, text: str) -> None:
        """A line for people that does not break the bar."""
        if self._live is None:
            say(text)
        else:
            self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _drawn(self) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        if self.last is None:
            return Text("starting")
        done, total = self.last.done + self.last.unchecked, self.last.total
        if self.last.asked:
            done, total = self.last.answered, self.last.asked
        bar = ProgressBar(total=total, completed=done, width=40, pulse=total is None)
        lines = Table.grid()
        lines.add_row(bar)
        lines.add_row(Text(progress_line(self.last)))
        return lines


def progress_line(progress: Progress) -> str:
    """The state in one line of at most 80 columns for a run of a million.

    >>> from judgekit.running.progress import Progress
    >>> progress_line(Progress(123, 213, 100, 20, 3, 0, 0, 8, 0.1234, 4.5, 27.0))
    '123/213: scored 100, abstained 20, failed 3; 4.5/s, 0:00:20 left, $0.1234'
    """
    of = f"+{progress.unchecked} before" if progress.unchecked else ""
    of += "" if progress.total is None else f"/{progress.total}"
    counts = f"scored {progress.scored}, abstained {progress.abstained}, failed {progress.failed}"
    if progress.asked:
        waited = timedelta(seconds=round(progress.elapsed_s))
        return f"{progress.done}{of}: {counts}; batches: {progress.answered}/{progress.asked} answered, {waited}"
    left = [f"{progress.rate:.1f}/s"] if progress.rate > 0 else []
    if progress.eta_s:
        left.append(f"{timedelta(seconds=round(progress.eta_s))} left")
    left.append("price unknown" if progress.cost_usd is None else dollars(progress.cost_usd))
    if progress.elsewhere and not progress.in_flight:
        left.append(f"{progress.elsewhere} at another process")
    return f"{progress.done}{of}: {counts}; {', '.join(left)}"


def _live(draw: Callable[[], RenderableType]) -> Live:
    from rich.console import Console
    from rich.live import Live

    return Live(console=Console(stderr=True), get_renderable=draw, refresh_per_second=5, transient=True)
