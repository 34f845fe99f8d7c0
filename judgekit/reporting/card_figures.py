"""The figures of a judge card, each drawn from what the card holds: its JSON is enough to make them again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judgekit.calibration.names import statistic
from judgekit.reporting.plain import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard


@dataclass(frozen=True, slots=True)
class CardFigure:
    """One figure and where it belongs."""

    part: str
    """The field of the card."""
    name: str
    """Its own name, such as `ceiling`: begins its ids, and a file's name."""
    title: str
    """What it shows."""
    caption: str
    """How it is read."""
    axes: Axes
    """The drawing: for `to_svg` or `save_figure`."""


def card_figures(card: JudgeCard) -> Iterator[CardFigure]:
    """Every figure that the card's data allow, in the order of its parts.

    Raises:
        UserError: matplotlib is not there.
    """
    yield from _ceiling(card)
    yield from _confusion(card)
    yield from _biases(card)
    yield from _corrected(card)
    yield from _groups(card)
    yield from _reliability(card)
    yield from _risk(card)
    yield from _jury(card)


def _ceiling(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.ceiling import plot_ceiling
    from judgekit.reporting.plots.given import ceiling_of

    if (ceiling := ceiling_of(card)) is None:
        return
    caption = "Squares: people; circles: the judge in their place; rings: single annotators."
    title = f"The judge against the human ceiling ({one_line(statistic(ceiling.statistic), 60)})"
    yield CardFigure("ceiling", "ceiling", title, caption, plot_ceiling(ceiling))


def _confusion(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.confusion import plot_confusion
    from judgekit.reporting.plots.given import confusion_of

    matrix = confusion_of(card)
    if matrix is None or len(matrix.categories) > 12:
        return
    caption = "Counts and shares of each row; the darker, the larger the share; framed: label and verdict agree."
    yield CardFigure("agreement", "confusion", "Labels and verdicts", caption, plot_confusion(matrix))


def _biases(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.forest import plot_forest

    groups: dict[tuple[str, float], list[int]] = {}
    for place, row in enumerate(card.biases.rows):
        if not math.isnan(row.estimate.value):
            groups.setdefault((row.unit, row.neutral), []).append(place)
    for number, ((unit, neutral), places) in enumerate(groups.items(), 1):
        rows = [card.biases.rows[place] for place in places]
        least = {row.minimal for row in rows}
        band = least.pop() if len(least) == 1 else math.nan
        title = f"Biases in {unit}"
        caption = f"Upright line: no bias ({neutral:g})." + (
            "" if math.isnan(band) else " Shaded: too small to matter."
        )
        axes = plot_forest(
            [row.estimate for row in rows],
            names=[row.title for row in rows],
            neutral=neutral,
            band=None if math.isnan(band) else band,
            label=unit,
        )
        yield CardFigure("biases", f"biases-{number}", title, caption, axes)


def _corrected(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.corrected import plot_corrected

    if not card.corrected.rows:
        return
    caption = "Bold: the one that is valid here."
    yield CardFigure("corrected", "corrected", "The true mean, every way side by side", caption, plot_corrected(card))


def _groups(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.rows import IntervalRow, plot_rows, row_of

    groups = card.corrected.groups
    if not 2 <= len(groups) <= 20:
        return
    rows: list[IntervalRow] = []
    for group in groups:
        rows.append(IntervalRow(one_line(group.name, 60)))
        rows.append(row_of(group.naive, "judge alone (naive)", role="other"))
        if group.corrected is not None:
            rows.append(row_of(group.corrected, "corrected", strong=True))
    caption = "Diamonds: the judge alone; circles: corrected by the labels."
    yield CardFigure("corrected", "groups", "Means by response label", caption, plot_rows(rows, label="mean"))


def _reliability(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.given import reliability_of
    from judgekit.reporting.plots.reliability import plot_reliability

    if not (bins := reliability_of(card)):
        return
    caption = "Dashed: what is predicted comes true; below it the map is overconfident. Bars: how many items."
    axes = plot_reliability(bins)
    yield CardFigure("calibration", "reliability", "Reliability of the mapped scores", caption, axes)


def _risk(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.given import risk_of
    from judgekit.reporting.plots.risk import plot_risk_coverage

    if (held := risk_of(card)) is None:
        return
    curve, chosen = held
    caption = "Dashed: the share of mistakes that is allowed. Square: the chosen threshold."
    title = "How many verdicts may stand, and what that risks"
    yield CardFigure("selective", "risk", title, caption, plot_risk_coverage(curve, escalation=chosen))


def _jury(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.reporting.plots.rows import plot_rows, row_of

    part = card.jury
    if not part.judges:
        return
    rows = [row_of(row.accuracy, row.judge, role="other") for row in part.judges]
    for name, estimate in (("plain majority", part.majority), ("weighted vote", part.jury)):
        if estimate is not None:
            rows.append(row_of(estimate, name, strong=name == "weighted vote"))
    caption = "Diamonds: single judges; circles: votes of all."
    label = "share of verdicts that agree with people"
    yield CardFigure("jury", "jury", "Single judges and their votes", caption, plot_rows(rows, label=label))
