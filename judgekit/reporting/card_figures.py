"""The figures of a judge card, each drawn from what the card holds: its JSON is enough to make them again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judgekit.reporting.card_names import statistic
from judgekit.reporting.plain import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.card.parts import ComparisonRows, SelectivePart
    from judgekit.calibration.ceiling import CeilingComparison


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
    from judgekit.calibration.ceiling import AnnotatorCeiling, HumanCeiling
    from judgekit.reporting.plots.ceiling import plot_ceiling

    part = card.ceiling
    if part.pairwise is None or part.leave_one_out is None:
        return
    each = tuple(AnnotatorCeiling(i, row.n, row.human, row.judge) for i, row in enumerate(part.per_annotator))
    one, others = _compared(part.pairwise), _compared(part.leave_one_out)
    ceiling = HumanCeiling(part.measure, one, others, each, card.header.n_items, 0)
    caption = "Squares: people; circles: the judge in their place; rings: single annotators."
    title = f"The judge against the human ceiling ({one_line(statistic(part.measure), 60)})"
    yield CardFigure("ceiling", "ceiling", title, caption, plot_ceiling(ceiling))


def _compared(rows: ComparisonRows) -> CeilingComparison:
    from judgekit.calibration.ceiling import CeilingComparison

    return CeilingComparison(rows.human, rows.judge, rows.difference, rows.ratio)


def _confusion(card: JudgeCard) -> Iterator[CardFigure]:
    from judgekit.calibration.classification import ConfusionMatrix
    from judgekit.reporting.plots.confusion import plot_confusion

    table = card.agreement.confusion
    if table is None or len(table.answers) > 12:
        return
    matrix = ConfusionMatrix(table.answers, table.counts, sum(map(sum, table.counts)), 0)
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
    from judgekit.reporting.plots.corrected import plot_estimators

    rows = card.corrected.rows
    if not rows:
        return
    valid = next((row.name for row in rows if row.picked), "none")
    axes = plot_estimators({row.name: row.estimate for row in rows}, valid=valid)
    yield CardFigure(
        "corrected", "corrected", "The true mean, every way side by side", "Bold: the one that is valid here.", axes
    )


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
    from judgekit.calibration.mapping_reliability import ReliabilityBin
    from judgekit.reporting.plots.reliability import plot_reliability

    rows = card.calibration.reliability
    if not rows:
        return
    axes = plot_reliability([ReliabilityBin(row.low, row.high, row.predicted, row.observed) for row in rows])
    caption = "Dashed: what is predicted comes true; below it the map is overconfident. Bars: how many items."
    yield CardFigure("calibration", "reliability", "Reliability of the mapped scores", caption, axes)


def _risk(card: JudgeCard) -> Iterator[CardFigure]:
    import numpy as np

    from judgekit.calibration.selective import RiskCoverage
    from judgekit.calibration.selective_escalation import Escalation
    from judgekit.reporting.plots.risk import plot_risk_coverage

    part = card.selective
    if not part.coverage or part.aurc is None:
        return
    at = [np.array(xs, dtype=float) for xs in (part.threshold, part.coverage, part.risk)]
    curve = RiskCoverage(at[0], at[1], at[2], part.aurc, math.nan, math.nan)
    chosen = None
    if not math.isnan(part.target):
        n = part.aurc.n
        wrong, bound = _mistakes(part), math.nan
        chosen = Escalation(part.escalation, part.accepted, wrong, bound, part.target, part.delta, n, 0, "")
    caption = "Dashed: the share of mistakes that is allowed. Square: the chosen threshold."
    title = "How many verdicts may stand, and what that risks"
    yield CardFigure("selective", "risk", title, caption, plot_risk_coverage(curve, escalation=chosen))


def _mistakes(part: SelectivePart) -> float:
    """The share of mistakes where the curve passes the threshold; nan where there is none."""
    kept = [risk for least, risk in zip(part.threshold, part.risk, strict=True) if least >= part.escalation]
    return kept[-1] if kept else math.nan


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
