"""Do the raters agree with each other? Every coefficient that the scale allows, data health before it.

agreement_among    the labels of a file: one `RaterAgreement` a rubric and criterion
question_clusters  the question of each transcript, from ids such as `q1/Model1`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from judgekit.calibration import agreement as ag
from judgekit.calibration.data_health import health
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.finding import SEVERITIES, Finding
from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.pairing_lost import Lost
from judgekit.calibration.raters_each import PairOfRaters, RaterRow, pairs_of, rows_of
from judgekit.calibration.raters_health import number_findings, overlap_findings
from judgekit.errors import UserError
from judgekit.io.label_set import Kind, LabelSet
from judgekit.io.scores import Score
from judgekit.label import Label
from judgekit.rubric import Rubric

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Category

ScaleType = Literal["nominal", "ordinal", "interval"]
"""Answers without an order; grades in an order; numbers whose distances mean something."""
_OF_A_JUDGE = frozenset(
    {"failures", "one_answer_judge", "unused_by_judge", "clusters_unknown", "nothing_paired"}
    | {"misaligned_ids", "unmatched_labels"}
)
_OF_THE_FILE = frozenset({"skipped_rows", "unread_columns"})
_NO_JUDGE = "no judge"


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """How far the raters of one rubric and criterion agree."""

    rubric: str
    """The rubric; empty where the labels do not say."""
    criterion: str
    """The criterion; empty for the level or the score."""
    kind: Kind
    """Whose labels: of people, of authors, of scripts; never mixed."""
    scale: ScaleType
    """What decides the coefficients."""
    answers: tuple[str, ...]
    """The declared scale; empty where every number of a range is possible."""
    n_items: int
    """Transcripts with a usable label."""
    n_shared: int
    """Those that two raters or more labelled: agreement rests on these."""
    n_clusters: int
    """Independent units among all transcripts."""
    n_labels: int
    """Usable labels."""
    estimates: tuple[Estimate, ...]
    """The coefficients, named after their functions."""
    headline: str
    """The coefficient of `raters` and `pairs`."""
    raters: tuple[RaterRow, ...]
    """Each rater, sorted by name."""
    pairs: tuple[PairOfRaters, ...]
    """Each two raters; empty where there are too many to list."""
    lost: tuple[Lost, ...]
    """Labels that did not count, by reason."""
    findings: tuple[Finding, ...]
    """Data health, errors first."""

    def estimate(self, name: str) -> Estimate:
        """The coefficient of that name.

        Raises:
            UserError: the scale has no such coefficient.
        """
        found = next((one for one in self.estimates if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in self.estimates)
            raise UserError(f"{name!r} is no coefficient of {self.scale} labels; there are {names}")
        return found


@dataclass(frozen=True, slots=True)
class RatersReport:
    """The agreement of the raters of a file."""

    source: str
    """The file."""
    fingerprint: str
    """The digest of the labels."""
    clusters: str
    """What the independent units are."""
    findings: tuple[Finding, ...]
    """What is wrong with the file as such."""
    tasks: tuple[RaterAgreement, ...]
    """One a rubric and criterion, sorted."""


def question_clusters(transcripts: Iterable[str]) -> dict[str, str]:
    """The part of each id before its last `/`: its question; empty where an id has none.

    >>> question_clusters(["q1/Model1", "q1/Model2"]), question_clusters(["q1/Model1", "17"])
    ({'q1/Model1': 'q1', 'q1/Model2': 'q1'}, {})
    """
    found = {name: name.rpartition("/")[0] for name in transcripts}
    return found if all(found.values()) else {}


def agreement_among(
    labels: LabelSet | Iterable[Label],
    *,
    rubrics: Mapping[str, Rubric] | None = None,
    rubric: str | None = None,
    criterion: str | None = None,
    categories: Sequence[Category] | None = None,
    scale: tuple[float, float] | None = None,
    scale_type: ScaleType | None = None,
    clusters: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    level: float = 0.95,
) -> RatersReport:
    """How far the raters agree, for each rubric and criterion that they labelled.

    Nominal answers, and two of them: percent agreement, kappa (Cohen's for two raters, else Fleiss's), alpha, AC1.
    Ordinal ones: the same with quadratic weights (alpha: ordinal, AC2), and the intraclass correlation where they are
    numbers. Interval: alpha, the intraclass correlation, and for two raters Lin's concordance and Pearson's
    correlation. An interval counts transcripts of one cluster as dependent.

    Args:
        labels: the labels.
        rubrics: rubrics by name, for their scales.
        rubric: only this rubric; None: all.
        criterion: only this criterion, empty for the level; None: all.
        categories: the answers that are possible, in their order; None: those of the rubric, else what occurs.
        scale: lowest and highest value, where every number between is possible.
        scale_type: what the answers are; None: interval without categories, ordinal for three levels or more, else
            nominal.
        clusters: from a transcript to its independent unit; None: each is its own.
        kind: whose labels, as in `pair`.
        level: confidence of the intervals.

    Raises:
        UserError: there is no label, or none for the rubric, criterion or kind; see `pair`.

    >>> grades = {"anna": [1, 2, 3, 4, 5, 5], "ben": [1, 2, 3, 4, 5, 4]}
    >>> made = [Label(transcript_id=f"q{i}", rubric="tone", annotator=a, value=v)
    ...         for a, values in grades.items() for i, v in enumerate(values)]
    >>> found = agreement_among(made, categories=[1, 2, 3, 4, 5]).tasks[0]
    >>> found.scale, [(e.name, round(e.value, 3)) for e in found.estimates[:2]]     # 5 of 6 alike; 1 - (1/6) / (73/18)
    ('ordinal', [('percent_agreement', 0.833), ('cohen_kappa', 0.959)])
    """
    if scale_type is not None and scale_type not in get_args(ScaleType):
        raise UserError(f"one of {', '.join(get_args(ScaleType))} was wanted for scale_type=; came {scale_type!r}")
    held = labels if isinstance(labels, LabelSet) else LabelSet.of(labels)
    known = rubrics or {}
    tasks = _tasks(held, rubric, criterion)
    units = clusters or {}
    found, of_file = [], tuple[Finding, ...]()
    for name, part in tasks:
        of_rubric: Rubric | str = known.get(name, name)
        nobody = (
            Score(one, criterion=part, failure=_NO_JUDGE, cluster=units.get(one)) for one in held.transcripts.names
        )
        paired = pair(nobody, held, rubric=of_rubric, criterion=part, categories=categories, scale=scale, kind=kind)
        all_findings = health(paired, labels=held)
        of_file = tuple(one for one in all_findings if one.kind in _OF_THE_FILE)
        found.append(_agreement(paired, scale_type, bool(clusters), all_findings, level))
    how = "each transcript is its own unit" if clusters is None else "transcripts of one cluster count as dependent"
    return RatersReport(held.source, held.fingerprint, how, of_file, tuple(found))


def _tasks(labels: LabelSet, rubric: str | None, criterion: str | None) -> list[tuple[str, str]]:
    if not len(labels):
        raise UserError(f"{labels.source or 'labels'}: a label was wanted; there is none")
    there = list(labels.tasks)
    if any(name for name, _ in there):  # labels that name no rubric belong to whatever rubric is asked for
        there = [one for one in there if one[0]] if rubric is None else there
    found = {
        (rubric if rubric is not None else name, part)
        for name, part in there
        if rubric in (None, name) or not name
        if criterion in (None, part)
    }
    if not found:
        shown = ", ".join(f"{name or '(no rubric)'}{f' {part}' if part else ''}" for name, part in there[:8])
        asked = " ".join(one for one in (rubric, criterion) if one) or "the level"
        raise UserError(f"none of the labels is for {asked}; there are labels for {shown}")
    return sorted(found)


def _agreement(
    paired: Paired, wanted: ScaleType | None, clustered: bool, findings: Sequence[Finding], level: float
) -> RaterAgreement:
    ratings, scale = paired.ratings, _scale_type(paired, wanted)
    units = len(set(paired.clusters))
    clusters = np.array(paired.clusters) if clustered and units < len(paired.items) else None
    functions = dict(_functions(paired, scale))
    estimates = tuple(
        replace(call(ratings, clusters=clusters, level=level), name=name) for name, call in functions.items()
    )
    headline = "krippendorff_alpha"
    raters = rows_of(paired, functions[headline])
    pairs = pairs_of(paired, interval=scale == "interval", weights="quadratic" if scale == "ordinal" else None)
    labels_lost = tuple(one for one in paired.lost if one.side == "label")
    own = [_of_raters(one) for one in findings if one.kind not in _OF_A_JUDGE | _OF_THE_FILE]
    own += [*overlap_findings(paired), *number_findings(estimates, headline, raters)]
    return RaterAgreement(
        rubric=paired.rubric,
        criterion=paired.criterion,
        kind=paired.kind,
        scale=scale,
        answers=paired.scale.answers if paired.categories else (),
        n_items=len(paired.items),
        n_shared=int(((~np.isnan(ratings)).sum(axis=1) > 1).sum()),
        n_clusters=units,
        n_labels=int((~np.isnan(ratings)).sum()),
        estimates=estimates,
        headline=headline,
        raters=raters,
        pairs=pairs,
        lost=labels_lost,
        findings=tuple(sorted(own, key=lambda one: SEVERITIES.index(one.severity))),
    )


def _of_raters(one: Finding) -> Finding:
    return replace(one, detail=one.detail.replace("whatever the judge does", "whatever the raters do"))


def _scale_type(paired: Paired, wanted: ScaleType | None) -> ScaleType:
    if not paired.categories:
        if wanted not in (None, "interval"):
            raise UserError(f"{wanted} labels need the answers that are possible: name them with categories=")
        return "interval"
    return wanted or ("ordinal" if paired.scale.ordered and len(paired.categories) > 2 else "nominal")


def _functions(paired: Paired, scale: ScaleType) -> Iterator[tuple[str, Callable[..., Estimate]]]:
    """The coefficients that fit, with everything but the data, the clusters and the level."""
    two = paired.ratings.shape[1] == 2
    declared = paired.categories or None
    weights: Any = "quadratic" if scale == "ordinal" else None
    columns: Any = lambda function, **more: lambda x, **how: function(x[:, 0], x[:, 1], **more, **how)  # noqa: E731
    on_rows: Any = lambda function, **more: lambda x, **how: function(x, **more, **how)  # noqa: E731
    if scale != "interval":
        yield "percent_agreement", on_rows(ag.percent_agreement, categories=declared)
        if two:
            yield "cohen_kappa", columns(ag.cohen_kappa, categories=declared, weights=weights)
        else:
            yield "fleiss_kappa", on_rows(ag.fleiss_kappa, categories=declared, weights=weights)
    yield "krippendorff_alpha", on_rows(ag.krippendorff_alpha, metric=scale, categories=declared)
    if scale != "interval":
        yield "gwet_ac", on_rows(ag.gwet_ac, categories=declared, weights=weights)
    if scale == "interval" or (scale == "ordinal" and paired.scale.answers[0].lstrip("-")[0].isdigit()):
        yield "intraclass_correlation", on_rows(ag.intraclass_correlation)
    if scale == "interval" and two:
        yield "concordance_correlation", columns(ag.concordance_correlation)
        yield "pearson", columns(ag.pearson)
