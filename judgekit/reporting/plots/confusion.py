"""Labels against verdicts, cell by cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from judgekit.reporting.card_tables import part_of
from judgekit.reporting.plots.canvas import COLUMN, INK, JUDGE, SMALL, axes, style, ticks, titled, word, write
from judgekit.reporting.plots.given import given_confusion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.classification import ConfusionMatrix

_DEEPEST = 0.55
"""Opacity of a cell that holds its whole row: print on it stays readable on white and on black."""


def plot_confusion(matrix: ConfusionMatrix | JudgeCard, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """The confusion matrix: a row a label, a column a verdict; each cell with its count and its share of the row.

    The darker a cell, the larger its share; cells where label and verdict agree have a frame.

    Args:
        matrix: what `confusion_matrix` gives, or a judge card.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither, or the card holds none.
    """
    matrix = given_confusion(matrix)
    k = len(matrix.categories)
    with style():
        ax = axes(ax, min(0.9 + 0.42 * k, 0.6 + COLUMN) + (0.2 if title else 0.0))
        from matplotlib.patches import Rectangle

        for i, row in enumerate(matrix.counts):
            whole = sum(row)
            for j, count in enumerate(row):
                share = count / whole if whole else 0.0
                ax.add_patch(Rectangle((j, i), 1, 1, facecolor=JUDGE, alpha=_DEEPEST * share, linewidth=0))
                if i == j:
                    ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=0.9))
                _cell(ax, i, j, count, whole, crowded=k > 6)
        ax.set_xlim(0, k)
        ax.set_ylim(k, 0)
        names = [_name(category, 11 if k < 4 else 8) for category in matrix.categories]
        totals = [f"{name}\nn={sum(row):,}" for name, row in zip(names, matrix.counts, strict=True)]
        places = [i + 0.5 for i in range(k)]
        ticks(ax.xaxis, places, names)
        ticks(ax.yaxis, places, totals)
        ax.tick_params(length=0)
        ax.xaxis.set_label_position("top")
        ax.xaxis.tick_top()
        ax.set_xlabel("verdict of the judge")
        ax.set_ylabel("label of people")
        for spine in ax.spines.values():
            spine.set_visible(False)
        titled(ax, title)
        return ax


def _cell(ax: Axes, i: int, j: int, count: int, whole: int, *, crowded: bool) -> None:
    if not count:
        write(ax, j + 0.5, i + 0.5, "·", ha="center", va="center", fontsize=SMALL)
    elif crowded:
        write(ax, j + 0.5, i + 0.5, f"{count}", ha="center", va="center", fontsize=SMALL)
    else:
        write(ax, j + 0.5, i + 0.34, f"{count:,}", ha="center", va="center", fontsize=SMALL + 1, fontweight="bold")
        write(ax, j + 0.5, i + 0.7, part_of(count, whole), ha="center", va="center", fontsize=SMALL)


def _name(category: object, width: int) -> str:
    text = f"{category:g}" if isinstance(category, int | float) else str(category)
    lines = [""]
    for piece in re.split(r"(?<=[\s_/-])", word(text, 60)):
        if len((lines[-1] + piece).rstrip()) > width and lines[-1]:
            lines.append("")
        lines[-1] += piece
    more = len(lines) > 2
    return "\n".join(word(line, width) for line in lines[:2]) + ("…" if more else "")
