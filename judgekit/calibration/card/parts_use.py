"""Parts 7 to 12 of a judge card: the true mean, what a score means, what may stand, what comes next."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from judgekit.calibration.card.numbers import CardEstimate, Num
from judgekit.calibration.card.parts_base import Part, need_lengths
from judgekit.noun import Noun, Text


class CorrectedRow(Noun):
    """One way to the mean, for comparison side by side."""

    name: str
    """`naive`, `labels_only`, `ppi_mean`, `poststratified_mean` or `rogan_gladen`."""
    title: Text
    """The same in words."""
    estimate: CardEstimate
    """The mean and its interval, in points of the scale."""
    picked: bool
    """Whether this is the valid one for the way the labels were chosen."""


class GroupMean(Noun):
    """The means of one response label."""

    name: Text
    """The response label."""
    n: int
    """Verdicts with a value."""
    n_missing: int
    """Verdicts without one."""
    n_labels: int
    """Labelled items."""
    naive: CardEstimate
    """The judge's own mean."""
    corrected: CardEstimate | None = None
    """The corrected mean; None where it is refused."""
    worst: Num
    """The mean of all verdicts if the missing ones had the lowest value."""
    best: Num
    """The same with the highest value."""


class CorrectedPart(Part):
    """7. What is the true mean?"""

    estimate: CardEstimate | None = None
    """The answer; None where it is refused."""
    estimator: str = "none"
    """`ppi_mean`, `poststratified_mean`, `rogan_gladen`, or `none` where it is refused."""
    reason: Text = ""
    """Why this estimator is the valid one, or why none is."""
    rows: tuple[CorrectedRow, ...] = ()
    """All ways side by side, the naive one first."""
    worth: Num = float("nan")
    """How many labels one label is worth thanks to the judge."""
    worst: Num = float("nan")
    """The judge's mean if all missing verdicts had the lowest value."""
    best: Num = float("nan")
    """The same with the highest value."""
    pass_at: Num = float("nan")
    """The lowest value that passes; nan where nothing says so, or where the mean itself is a pass rate."""
    pass_rate: CardEstimate | None = None
    """The true share that passes; None where it is refused or not asked."""
    pass_rows: tuple[CorrectedRow, ...] = ()
    """All ways to the pass rate side by side."""
    groups: tuple[GroupMean, ...] = ()
    """By response label, where there are several."""
    differences: tuple[CardEstimate, ...] = ()
    """Corrected paired differences of response labels; their names are `A - B`."""


class ReliabilityRow(Noun):
    """Predictions of about one size, and how often they came true."""

    low: Num
    """The smallest prediction."""
    high: Num
    """The largest."""
    predicted: Num
    """The mean prediction."""
    observed: CardEstimate
    """The share that came true."""


class MapRow(Noun):
    """One score of the judge and what people would say."""

    score: Num
    """The judge's score."""
    n: int
    """Labelled items with it (or near it)."""
    expected: Num
    """The expected label."""
    low: Num
    """The label lies between this …"""
    high: Num
    """… and this, with the probability of `conformal_level`."""


class CalibrationPart(Part):
    """8. What does a score mean in labels?"""

    method: str = ""
    """The map: `platt`, `isotonic` or `linear`."""
    error_in_sample: Num = float("nan")
    """Mean squared error on the items that the map was fitted on."""
    error_cross_fitted: Num = float("nan")
    """The same on items that it has not seen."""
    table: tuple[MapRow, ...] = ()
    """Score by score."""
    conformal_level: Num = float("nan")
    """In how many of new items the label lies inside its interval, at least."""
    reliability: tuple[ReliabilityRow, ...] = ()
    """The reliability diagram, of cross-fitted probabilities; empty unless labels are 0 or 1."""
    calibration_error: CardEstimate | None = None
    """The expected calibration error of them."""
    brier: CardEstimate | None = None
    """Their Brier score."""


class SelectivePart(Part):
    """9. Which verdicts may stand without a person?"""

    confidence: Text = ""
    """Where the confidence comes from."""
    threshold: tuple[Num, ...] = ()
    """The curve: confidences, falling."""
    coverage: tuple[Num, ...] = ()
    """The curve: the share of items at least so confident."""
    risk: tuple[Num, ...] = ()
    """The curve: the share of mistakes among them."""
    aurc: CardEstimate | None = None
    """The area under the curve."""
    target: Num = float("nan")
    """The share of mistakes that is allowed."""
    delta: Num = float("nan")
    """The probability with which the guarantee may fail."""
    escalation: Num = float("nan")
    """From this confidence on the judge decides; nan where no threshold holds the target."""
    accepted: Num = float("nan")
    """The share of items that the judge decides."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        need_lengths(len(self.threshold), coverage=self.coverage, risk=self.risk)
        return self


class PlanRow(Noun):
    """How many labels an interval of one width needs."""

    half_width: Num
    """Half the width of the interval, in points."""
    labels_needed: int | None
    """Labels in all, with the judge's help; None: not reached with any number."""
    labels_alone: int
    """Labels in all, without the judge."""
    more: int | None
    """How many more than there are."""


class NextRow(Noun):
    """One transcript to label next."""

    transcript_id: Text
    """The transcript."""
    probability: Num
    """With which probability it had to be drawn: later estimates weight by its inverse."""
    verdict: Num
    """What the judge says."""


class NextPart(Part):
    """10. What to label next, and how many?"""

    chosen: tuple[NextRow, ...] = ()
    """Drawn from the unlabelled items, doubtful verdicts more often."""
    plan: tuple[PlanRow, ...] = ()
    """Labels by width of the interval."""
    method: Text = ""
    """How they were drawn."""


class JudgeRow(Noun):
    """One judge of several."""

    judge: Text
    """The judge."""
    accuracy: CardEstimate
    """How often it says what people say."""
    card_minus: CardEstimate | None = None
    """The accuracy of the card's judge less that of this one, on the same items; None for the card's own judge."""
    jury_minus: CardEstimate | None = None
    """The weighted jury less this judge, on the same items."""
    weight: Num = float("nan")
    """The weight of its vote."""


class JuryPart(Part):
    """11. Are several judges better than one?"""

    judges: tuple[JudgeRow, ...] = ()
    """One row a judge."""
    effective: CardEstimate | None = None
    """So many judges with independent errors would average as well."""
    error_correlation: CardEstimate | None = None
    """The mean correlation of their errors."""
    jury: CardEstimate | None = None
    """How often the weighted vote is right."""
    best_single: CardEstimate | None = None
    """How often the best judge alone is right."""
    majority: CardEstimate | None = None
    """How often the plain majority is right."""
    difference: CardEstimate | None = None
    """jury - best_single."""


class ReproductionPart(Part):
    """12. How are these numbers made again?"""

    seed: int = 0
    """The seed of every random draw."""
    level: float = 0.95
    """The confidence of the intervals."""
    options: dict[Text, Text] = {}
    """What `calibrate` was told, by option."""
