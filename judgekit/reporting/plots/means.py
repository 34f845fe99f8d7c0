"""Means of a run by rubric and response label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from judgekit.reporting.plots.canvas import COLUMN, FAINT, INK, JUDGE, SMALL, axes, style, ticks, titled, word, write
from judgekit.reporting.plots.given import every
from judgekit.reporting.plots.rows import interval, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.running.run import Run
    from judgekit.running.summary import MeanRow

_STEP = 0.2
"""Inches between rows."""


def plot_means(rows: Run | Sequence[MeanRow], *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """The mean scores of a run, rubric by rubric, each with its interval, its number of scored verdicts, its bounds.

    The shaded range is what the mean could be if everything that abstained or failed had scored 0, or 1.

    Args:
        rows: a run; or `Run.mean(by=["rubric", "label"])`, or grouped by one of them.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither.
    """
    rows = _rows(rows)
    blocks = [(name, list(block)) for name, block in groupby(rows, key=lambda row: row.group.get("rubric", ""))]
    headed = "" not in dict(blocks) and any("label" in row.group for row in rows)
    height = _STEP * (len(rows) + headed * len(blocks))
    with style():
        ax = axes(ax, height + (0.8 if title else 0.55), width=COLUMN)
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(height or _STEP, 0.0)
        places, names, at = [], [], 0.0
        for rubric, block in blocks:
            if headed:
                _heading(ax, rubric, at + _STEP / 2.0)
                at += _STEP
            for row in block:
                _mean(ax, row, at + _STEP / 2.0)
                places.append(at + _STEP / 2.0)
                names.append(word(row.group.get("label", rubric) or "(no label)", 16))
                at += _STEP
        ticks(ax.yaxis, places, names)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xticks([0.0, 0.5, 1.0])
        ax.set_xlabel("mean score")
        titled(ax, title)
        return ax


def _rows(given: object) -> list[MeanRow]:
    from judgekit.running.run import Run
    from judgekit.running.summary import MeanRow

    wanted = 'a Run, or what Run.mean(by=["rubric", "label"]) gives'
    return given.mean() if isinstance(given, Run) else every("plot_means", wanted, given, MeanRow)


def _heading(ax: Axes, rubric: str, y: float) -> None:
    write(ax, 0.0, y, word(rubric, 30), va="center", fontsize=SMALL, fontweight="bold")
    ax.axhline(y + _STEP / 2.0, color=INK, linewidth=0.4, alpha=3 * FAINT)


def _mean(ax: Axes, row: MeanRow, y: float) -> None:
    e = row.estimate
    if not math.isnan(row.worst):
        ax.barh(y, row.best - row.worst, left=row.worst, height=0.6 * _STEP, color=INK, alpha=FAINT, linewidth=0)
    interval(ax, e.low, e.high, y, (0.0, 1.0), colour=JUDGE)
    if not math.isnan(e.value):
        ax.plot([e.value], [y], "o", color=JUDGE, markersize=4.5, clip_on=False, zorder=3)
    write(ax, 1.04, y, f"{numbers(e)} n={row.n_scored}", va="center", fontsize=SMALL, transform=ax.transData)
