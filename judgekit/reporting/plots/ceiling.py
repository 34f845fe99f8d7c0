"""The judge beside people: what a person reaches, and what the judge reaches in that person's place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from judgekit.calibration.names import statistic
from judgekit.reporting.plots.given import given_ceiling
from judgekit.reporting.plots.rows import IntervalRow, plot_rows, row_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.ceiling import HumanCeiling


def plot_ceiling(ceiling: HumanCeiling | JudgeCard, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Agreement of people and of the judge, twice: one against one, and one against the others.

    Rings are single annotators. People have squares, the judge circles.

    Args:
        ceiling: what `human_ceiling` gives, or a judge card.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither, or the card holds none.
    """
    ceiling = given_ceiling(ceiling)
    one, others = ceiling.pairwise, ceiling.leave_one_out
    people = tuple(a.human for a in ceiling.per_annotator if not math.isnan(a.human))
    judge = tuple(a.judge for a in ceiling.per_annotator if not math.isnan(a.judge))
    rows = [
        IntervalRow("one against one"),
        row_of(one.human, "a person", role="people"),
        row_of(one.judge, "the judge"),
        IntervalRow("one against the others"),
        replace(row_of(others.human, "a person", role="people"), dots=people),
        replace(row_of(others.judge, "the judge"), dots=judge),
    ]
    return plot_rows(rows, ax=ax, title=title, label=f"agreement: {statistic(ceiling.statistic)}")
