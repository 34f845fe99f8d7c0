"""Parts 2 to 6 of a judge card: the data, people, the judge beside them, replacement, biases."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from judgekit.calibration.card.numbers import CardEstimate, Num
from judgekit.calibration.card.parts_base import Part, need_lengths, need_table
from judgekit.noun import Noun, Text


class FindingRow(Noun):
    """One kind of trouble in the data."""

    kind: str
    """What, in snake_case."""
    severity: Literal["error", "warning", "note"]
    """`error`: numbers made of these data mislead; `warning`: read them with care; `note`: know this."""
    count: int
    """How many values, transcripts or annotators."""
    detail: Text
    """A sentence: what was found, and what to do."""
    items: tuple[Text, ...] = ()
    """Some of the transcripts or annotators."""


class LostRow(Noun):
    """Labels or verdicts that did not become part of a pair, for one reason."""

    side: Literal["label", "verdict"]
    """Which of the two."""
    reason: Text
    """Why: `no verdict`, `no label`, `abstained`, `failed: timeout`, `off the scale`, …"""
    count: int
    """How many rows."""
    examples: tuple[Text, ...] = ()
    """Some of them."""


class RaterRow(Noun):
    """How one rater used the scale."""

    rater: Text
    """The annotator; `judge` for the judge."""
    n: int
    """How many items it answered."""
    mean: Num
    """The mean of its answers, in points; nan where the answers have no order."""
    shares: tuple[Num, ...] = ()
    """The share of its answers in each category; empty for a scale without categories."""


class HealthPart(Part):
    """2. Is there anything wrong with the data?"""

    findings: tuple[FindingRow, ...] = ()
    """What is wrong, errors first."""
    lost: tuple[LostRow, ...] = ()
    """What did not become a pair, and why."""
    n_scored: int = 0
    """Verdicts with a value."""
    n_abstained: int = 0
    """Verdicts that say they cannot tell."""
    n_failed: int = 0
    """Verdicts without a value for another reason: failures, and values off the scale."""
    raters: tuple[RaterRow, ...] = ()
    """The annotators, then the judge, on the labelled items."""


class MatrixTable(Noun):
    """A square table of numbers."""

    names: tuple[Text, ...]
    """Who the rows and columns are."""
    values: tuple[tuple[Num, ...], ...]
    """values[i][j]; nan where there is none."""
    measure: str
    """What the numbers are, such as `cohen_kappa`."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        need_table(self.values, len(self.names), len(self.names), "values")
        return self


class AnnotatorRow(Noun):
    """One person, and the judge in that person's place, both against the other people."""

    annotator: Text
    """The person."""
    n: int
    """Items that this person, the judge and another person answered."""
    human: Num
    """What the person reaches."""
    judge: Num
    """What the judge reaches."""


class ComparisonRows(Noun):
    """People and judge by one measure, on the same items."""

    human: CardEstimate
    """The ceiling: what a person reaches."""
    judge: CardEstimate
    """What the judge reaches."""
    difference: CardEstimate
    """judge - human."""
    ratio: CardEstimate
    """judge / human."""


class CeilingPart(Part):
    """3. How far do people agree with each other?"""

    among_people: tuple[CardEstimate, ...] = ()
    """Agreement of the annotators alone: `percent_agreement`, `krippendorff_alpha`, `gwet_ac`, `conger_kappa`, …"""
    measure: str = ""
    """What the comparisons measure, such as `cohen_kappa`."""
    pairwise: ComparisonRows | None = None
    """A person with another person; the judge with each of the two."""
    leave_one_out: ComparisonRows | None = None
    """A person with the majority (or mean) of the others; the judge with the same."""
    per_annotator: tuple[AnnotatorRow, ...] = ()
    """The parts of `leave_one_out`."""
    matrix: MatrixTable | None = None
    """Every annotator and the judge with each other."""


class ConfusionTable(Noun):
    """How often each label met each verdict."""

    answers: tuple[Text, ...]
    """The scale in words, in the order of rows and columns."""
    counts: tuple[tuple[int, ...], ...]
    """counts[i][j]: items with label i (row) and verdict j (column)."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        need_table(self.counts, len(self.answers), len(self.answers), "counts")
        return self


class ClassRow(Noun):
    """One answer against all others."""

    answer: Text
    """The answer."""
    n_labels: int
    """How many items carry it as label."""
    n_verdicts: int
    """How many items carry it as verdict."""
    precision: CardEstimate
    """P(label is it | verdict is it)."""
    recall: CardEstimate
    """P(verdict is it | label is it)."""
    f1: CardEstimate
    """Their harmonic mean."""


class SliceRow(Noun):
    """The judge on one part of the items, such as one response label."""

    name: Text
    """Which part."""
    agreement: CardEstimate
    """How often verdict and label are the same (categories), or the mean absolute error (no categories)."""
    adjusted_p: Num
    """Of "as on the other items", after Benjamini and Hochberg; nan where it cannot be told."""


class AgreementPart(Part):
    """4. How far does the judge agree with people?"""

    reference: Text = ""
    """What the judge is compared with: the only label, the majority of people, or their mean."""
    headline: CardEstimate | None = None
    """The one number: Cohen's kappa, quadratic weights where the scale is ordered, Lin's concordance for measures."""
    table: tuple[CardEstimate, ...] = ()
    """All measures that the scale allows; the headline is the first."""
    confusion: ConfusionTable | None = None
    """Label by verdict; None for a scale without categories."""
    per_class: tuple[ClassRow, ...] = ()
    """Each answer against all others."""
    slices: tuple[SliceRow, ...] = ()
    """By response label, where there are several with 10 labelled items or more."""


class AltTestRow(Noun):
    """The judge against one annotator."""

    annotator: Text
    """The annotator, who is left out in turn."""
    n: int
    """Items that count."""
    judge_wins: Num
    """How often the judge is at least as close to the others as this annotator."""
    annotator_wins: Num
    """How often this annotator is at least as close to the others as the judge."""
    p_value: Num
    """Of the hypothesis that the judge is worse by epsilon; nan where the annotator was left out."""
    rejected: bool
    """Whether it is rejected: the judge may replace this annotator."""
    note: Text = ""
    """Why the annotator was left out, or how an unusual p-value was found."""


class ReplacementPart(Part):
    """5. May the judge replace the annotators?"""

    answer: Literal["yes", "no", "not enough labels"] = "not enough labels"
    """The answer of the alternative annotator test."""
    winning_rate: Num = float("nan")
    """The share of tested annotators whom the judge may replace; 0.5 or more is a yes."""
    advantage: CardEstimate | None = None
    """How often the judge is at least as close to the others as a person."""
    epsilon: Num = float("nan")
    """How much worse than a person the judge may be."""
    score: str = ""
    """How closeness was measured: `accuracy` or `neg_rmse`."""
    per_annotator: tuple[AltTestRow, ...] = ()
    """One row an annotator."""


class BiasRow(Noun):
    """One bias: a row of the forest plot."""

    name: str
    """`severity`, `sd_ratio`, `length`, `family`, `position`, `first_shown`, `drift` or `changed`."""
    title: Text
    """What is measured, in words for people."""
    unit: Literal["points", "ratio", "share", "log-odds"]
    """What the numbers are in: rows of different units do not share an axis."""
    estimate: CardEstimate
    """The bias and its interval."""
    neutral: Num
    """The value of a judge without the bias."""
    minimal: Num = float("nan")
    """The smallest distance from neutral that matters; nan where the row has no such thing."""
    verdict: Literal["biased", "negligible", "none found", "undefined"]
    """`negligible`: the interval stays within `minimal` of neutral; `biased`: it leaves out neutral; `none found`: it
    holds neutral, and more that would matter; `undefined`: there is none, or too few units for it."""
    says: Text
    """One sentence."""


class ShareTable(Noun):
    """How often each answer is used."""

    answers: tuple[Text, ...]
    """The scale."""
    labels: tuple[Num, ...]
    """Shares of the labels."""
    verdicts: tuple[Num, ...]
    """Shares of the verdicts."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        need_lengths(len(self.answers), labels=self.labels, verdicts=self.verdicts)
        return self


class BiasPart(Part):
    """6. What does the judge favour?"""

    rows: tuple[BiasRow, ...] = ()
    """The forest plot."""
    slope: CardEstimate | None = None
    """Of verdict on label. Noise in the labels lowers it too, so a slope below 1 alone is no bias."""
    shares: ShareTable | None = None
    """How labels and verdicts use the scale."""
    repeats: tuple[CardEstimate, ...] = ()
    """Of repeats of one item: `within_sd`, `identical`, `reliability`; empty without repeats."""
    repeats_for_target: int | None = None
    """Repeats whose mean is reliable to 0.9; None where that cannot be told."""
