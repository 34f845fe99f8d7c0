"""What a figure is drawn from: a result, or the judge card or the run that holds it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from judgekit.errors import UserError
from judgekit.reporting.plain import one_line

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.card.parts import ComparisonRows, SelectivePart
    from judgekit.calibration.ceiling import CeilingComparison, HumanCeiling
    from judgekit.calibration.classification import ConfusionMatrix
    from judgekit.calibration.estimate import Estimate
    from judgekit.calibration.mapping_reliability import ReliabilityBin
    from judgekit.calibration.selective import RiskCoverage
    from judgekit.calibration.selective_escalation import Escalation

T = TypeVar("T")


def wrong(figure: str, wanted: str, given: object) -> UserError:
    """The error that says what a figure is drawn from, and what came."""
    return UserError(f"{figure}: wanted {wanted}; came {type(given).__name__}")


def lacking(figure: str, card: JudgeCard, what: str, why: str = "") -> UserError:
    """The error that says what a card does not hold."""
    about = one_line(f"{card.header.judge or 'the judge'} × {card.header.rubric or 'the rubric'}", 120)
    return UserError(f"{figure}: the card of {about} holds no {what}{f': {one_line(why, 200)}' if why else ''}")


def every(figure: str, wanted: str, given: object, kind: type[T]) -> list[T]:
    """What was given, as a list of this kind.

    Raises:
        UserError: it is no sequence, or another kind is in it.
    """
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise wrong(figure, wanted, given)
    found = list(given)
    for one in found:
        if not isinstance(one, kind):
            raise wrong(figure, f"{wanted}: a sequence of {kind.__name__}", one)
    return found


def given_ceiling(given: object) -> HumanCeiling:
    """The human ceiling that was given, or that of the card.

    Raises:
        UserError: there is none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.ceiling import HumanCeiling

    if isinstance(given, JudgeCard):
        if (found := ceiling_of(given)) is None:
            raise lacking("plot_ceiling", given, "human ceiling", given.ceiling.missing)
        return found
    if not isinstance(given, HumanCeiling):
        raise wrong("plot_ceiling", "what human_ceiling() gives, or a JudgeCard", given)
    return given


def given_confusion(given: object) -> ConfusionMatrix:
    """The confusion matrix that was given, or that of the card.

    Raises:
        UserError: there is none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.classification import ConfusionMatrix

    if isinstance(given, JudgeCard):
        if (found := confusion_of(given)) is None:
            raise lacking("plot_confusion", given, "confusion matrix", given.agreement.missing)
        return found
    if not isinstance(given, ConfusionMatrix):
        raise wrong("plot_confusion", "what confusion_matrix() gives, or a JudgeCard", given)
    return given


def given_reliability(given: object) -> list[ReliabilityBin]:
    """The bins that were given, or those of the card.

    Raises:
        UserError: there are none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.mapping_reliability import ReliabilityBin

    if isinstance(given, JudgeCard):
        if not (found := reliability_of(given)):
            raise lacking("plot_reliability", given, "reliability diagram", given.calibration.missing)
        return found
    return every("plot_reliability", "what reliability_curve() gives, or a JudgeCard", given, ReliabilityBin)


def given_risk(given: object) -> tuple[RiskCoverage, Escalation | None]:
    """The curve that was given, or the curve and the threshold of the card.

    Raises:
        UserError: there is none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.selective import RiskCoverage

    if isinstance(given, JudgeCard):
        if (found := risk_of(given)) is None:
            raise lacking("plot_risk_coverage", given, "curve of mistakes", given.selective.missing)
        return found
    if not isinstance(given, RiskCoverage):
        raise wrong("plot_risk_coverage", "what risk_coverage() gives, or a JudgeCard", given)
    return given, None


@dataclass(frozen=True, slots=True)
class Forest:
    """What a forest plot is drawn from; None where the caller says it."""

    estimates: list[Estimate]
    names: list[str] | None = None
    neutral: list[float] | None = None
    effects: list[float] | None = None
    label: str = ""


def given_forest(given: object) -> Forest:
    """The estimates that were given, the biases of a card whose smallest effect is known, or differences of runs.

    Raises:
        UserError: there are none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.compare import RunComparison

    if isinstance(given, RunComparison):
        rows = given.rubric_rows
        return Forest([row.difference for row in rows], [row.rubric for row in rows], label="mean score, B − A")
    if not isinstance(given, JudgeCard):
        return Forest(every("plot_forest", "estimates, a JudgeCard, or what compare_runs() gives", given, Estimate))
    biases = [row for row in given.biases.rows if row.minimal > 0.0 and not math.isnan(row.estimate.value)]
    if not biases:
        raise lacking("plot_forest", given, "bias whose smallest effect is known", given.biases.missing)
    neutral, effects = [row.neutral for row in biases], [row.minimal for row in biases]
    return Forest([row.estimate for row in biases], [row.title for row in biases], neutral, effects)


def given_corrected(given: object) -> tuple[dict[str, Estimate], str]:
    """The estimates of the true mean by their estimators, and which is valid (`none`: none is), also from a card.

    Raises:
        UserError: there are none in it.
    """
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.correction import CorrectedMean

    if isinstance(given, JudgeCard):
        rows = given.corrected.rows
        if not rows:
            raise lacking("plot_corrected", given, "estimate of the true mean", given.corrected.missing)
        return {row.name: row.estimate for row in rows}, next((row.name for row in rows if row.picked), "none")
    if not isinstance(given, CorrectedMean):
        raise wrong("plot_corrected", "what corrected_mean() gives, or a JudgeCard", given)
    found = {e.name: e for e in given.others} | {"naive": given.naive, "labels_only": given.labels_only}
    if not given.refused:
        found[given.estimator] = given.estimate
    return found, given.estimator


def ceiling_of(card: JudgeCard) -> HumanCeiling | None:
    """The human ceiling in a card; None where it has none."""
    from judgekit.calibration.ceiling import AnnotatorCeiling, HumanCeiling

    part = card.ceiling
    if part.pairwise is None or part.leave_one_out is None:
        return None
    each = tuple(AnnotatorCeiling(i, row.n, row.human, row.judge) for i, row in enumerate(part.per_annotator))
    one, others = _compared(part.pairwise), _compared(part.leave_one_out)
    return HumanCeiling(part.measure, one, others, each, card.header.n_items, 0)


def _compared(rows: ComparisonRows) -> CeilingComparison:
    from judgekit.calibration.ceiling import CeilingComparison

    return CeilingComparison(rows.human, rows.judge, rows.difference, rows.ratio)


def confusion_of(card: JudgeCard) -> ConfusionMatrix | None:
    """The confusion matrix in a card; None where it has none."""
    from judgekit.calibration.classification import ConfusionMatrix

    table = card.agreement.confusion
    if table is None:
        return None
    return ConfusionMatrix(table.answers, table.counts, sum(map(sum, table.counts)), 0)


def reliability_of(card: JudgeCard) -> list[ReliabilityBin]:
    """The bins of the reliability diagram in a card; empty where it has none."""
    from judgekit.calibration.mapping_reliability import ReliabilityBin

    return [ReliabilityBin(row.low, row.high, row.predicted, row.observed) for row in card.calibration.reliability]


def risk_of(card: JudgeCard) -> tuple[RiskCoverage, Escalation | None] | None:
    """The curve of mistakes and the chosen threshold in a card; None where it has none."""
    import numpy as np

    from judgekit.calibration.selective import RiskCoverage
    from judgekit.calibration.selective_escalation import Escalation

    part = card.selective
    if not part.coverage or part.aurc is None:
        return None
    at = [np.array(xs, dtype=float) for xs in (part.threshold, part.coverage, part.risk)]
    curve = RiskCoverage(at[0], at[1], at[2], part.aurc, math.nan, math.nan)
    if math.isnan(part.target):
        return curve, None
    n, wrong = part.aurc.n, _mistakes(part)
    return curve, Escalation(part.escalation, part.accepted, wrong, math.nan, part.target, part.delta, n, 0, "")


def _mistakes(part: SelectivePart) -> float:
    """The share of mistakes where the curve passes the threshold; nan where there is none."""
    kept = [risk for least, risk in zip(part.threshold, part.risk, strict=True) if least >= part.escalation]
    return kept[-1] if kept else math.nan
