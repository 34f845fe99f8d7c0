"""Rows of intervals: a name and its numbers above a line, as forest plots, ceilings and corrected means share them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from judgekit.reporting.plain import signed
from judgekit.reporting.plots.canvas import FAINT, INK, JUDGE, PEOPLE, SMALL, axes, style, titled, word, write
from judgekit.reporting.plots.given import every

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.estimate import Estimate

Role = Literal["judge", "people", "other"]
_MARKS: Final[dict[Role, tuple[str, str, float]]] = {
    "judge": ("o", JUDGE, 5.0),
    "people": ("s", PEOPLE, 4.6),
    "other": ("D", INK, 4.2),
}
_ROW, _HEAD = 0.4, 0.28
"""Inches: the height of a row, and of a heading."""


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One line: what it is called, and where it lies."""

    name: str
    """What stands above the line; a heading where `value` is None."""
    value: float | None = None
    """In the units of the axis; nan where undefined."""
    low: float = math.nan
    """The lower end; nan where there is no interval."""
    high: float = math.nan
    """The upper end."""
    text: str = ""
    """The numbers as they are printed at the right."""
    role: Role = "judge"
    """Whose number it is: each has its shape and colour."""
    strong: bool = False
    """Whether it is the one to read: bold and thick."""
    dots: tuple[float, ...] = ()
    """What the value is the mean of, as small rings."""


def numbers(estimate: Estimate, digits: int = 2) -> str:
    """Value and interval as they stand in a figure.

    >>> from judgekit.calibration.estimate import Estimate
    >>> numbers(Estimate("x", -0.5, -0.75, 0.25, 0.95, 9, 9, "t"))
    '−0.50 [−0.75, 0.25]'
    """
    if math.isnan(estimate.value):
        return "undefined"
    value = signed(estimate.value, digits)
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return f"{value}, no interval"
    return f"{value} [{signed(estimate.low, digits)}, {signed(estimate.high, digits)}]"


def row_of(
    estimate: Estimate, name: str, *, role: Role = "judge", strong: bool = False, digits: int = 2
) -> IntervalRow:
    """The row of an estimate, in its own units."""
    return IntervalRow(
        name, estimate.value, estimate.low, estimate.high, numbers(estimate, digits), role=role, strong=strong
    )


def plot_rows(
    rows: Sequence[IntervalRow],
    *,
    ax: Axes | None = None,
    title: str | None = None,
    label: str = "",
    limits: tuple[float, float] | None = None,
    neutral: float | None = None,
    band: tuple[float, float] | None = None,
) -> Axes:
    """The rows, the first at the top; what lies beyond the limits ends in an arrow.

    Args:
        rows: what to draw.
        ax: where; None: a figure of its own, one column wide.
        title: above it.
        label: of the axis.
        limits: both ends of the axis; None: what the rows need.
        neutral: where each row has a short upright line.
        band: a range that is shaded.

    Raises:
        UserError: other things than rows came.
    """
    rows = every("plot_rows", "rows of intervals", rows, IntervalRow)
    with style():
        height = sum(_ROW if row.value is not None else _HEAD for row in rows)
        ax = axes(ax, height + (0.85 if title else 0.6))
        ends = limits or _limits(rows, neutral, band)
        ax.set_xlim(*ends)
        ax.locator_params(axis="x", nbins=6)
        ax.set_ylim(height or _ROW, 0.0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        if band is not None:
            ax.axvspan(*band, color=INK, alpha=FAINT, linewidth=0)
        at = 0.0
        for row in rows:
            step = _ROW if row.value is not None else _HEAD
            _row(ax, row, at, step, ends)
            drawn = row.value is not None and not math.isnan(row.value)
            if drawn and neutral is not None:  # a short line in each row, so that none runs through its words
                ax.plot([neutral] * 2, [at + 0.175, at + 0.335], color=INK, linewidth=0.9, zorder=1)
            at += step
        ax.set_xlabel(word(label, 80), parse_math=False, usetex=False)
        titled(ax, title)
        return ax


def _row(ax: Axes, row: IntervalRow, top: float, step: float, ends: tuple[float, float]) -> None:
    heavy = "bold" if row.strong or row.value is None else "normal"
    across = ax.get_yaxis_transform()  # x in shares of the axes, y in inches from the top
    line = top + (0.12 if row.value is not None else step - 0.1)
    write(ax, 0.0, line, word(row.name, 34), transform=across, va="center", fontsize=SMALL, fontweight=heavy)
    if row.value is None:
        return
    write(ax, 1.0, line, row.text, transform=across, va="center", ha="right", fontsize=SMALL, fontweight=heavy)
    shape, colour, size = _MARKS[row.role]
    y = top + 0.255
    interval(ax, row.low, row.high, y, ends, colour=colour, width=2.4 if row.strong else 1.4)
    inside = [dot for dot in row.dots if ends[0] <= dot <= ends[1]]
    ax.plot(
        inside, [y] * len(inside), "o", markersize=4, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=0.6
    )
    if not math.isnan(row.value) and ends[0] <= row.value <= ends[1]:
        ax.plot([row.value], [y], shape, color=colour, markersize=size + 1.6 * row.strong, clip_on=False, zorder=3)


def interval(
    ax: Axes, low: float, high: float, y: float, ends: tuple[float, float], *, colour: str, width: float = 1.4
) -> None:
    """A line from low to high at this height, an arrow where it leaves the axis; nothing where an end is nan."""
    if math.isnan(low) or math.isnan(high):
        return
    inside = max(low, ends[0]), min(high, ends[1])
    if inside[0] <= inside[1]:
        ax.plot(inside, [y, y], color=colour, linewidth=width, solid_capstyle="butt", clip_on=False)
    for beyond, end, shape in ((low < ends[0], ends[0], "<"), (high > ends[1], ends[1], ">")):
        if beyond:
            ax.plot([end], [y], shape, color=colour, markersize=4, clip_on=False)


def _limits(
    rows: Iterable[IntervalRow], neutral: float | None, band: tuple[float, float] | None
) -> tuple[float, float]:
    drawn = [x for row in rows if row.value is not None for x in (row.value, row.low, row.high, *row.dots)]
    finite = [x for x in (*drawn, *(band or ()), *(() if neutral is None else (neutral,))) if math.isfinite(x)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room
