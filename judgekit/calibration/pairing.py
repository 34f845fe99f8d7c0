"""Verdicts and labels of the same transcripts side by side, with a count of what was lost on the way and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.pairing_lost import NO_LABEL, Lost, Stray, lost, natural
from judgekit.calibration.pairing_scale import Scale, answer_scale, observed_scale, range_scale, scale_of
from judgekit.calibration.pairing_sides import KindShare, judged_by, labelled_by
from judgekit.calibration.pairing_verdicts import VerdictRow, chosen, given, taken
from judgekit.errors import UserError
from judgekit.io.columns import Values
from judgekit.io.label_set import Kind, LabelSet
from judgekit.label import Label
from judgekit.rubric import Rubric

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Category, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """The transcripts that have a verdict and at least one usable label of one kind."""

    rubric: str
    """The rubric; empty where nobody named it."""
    criterion: str
    """The criterion; empty for the level or the score."""
    judge_name: str
    """Who judged; empty where it is not said."""
    kind: Kind
    """Whose labels these are."""
    scale: Scale
    """What values are possible, and what the numbers stand for."""
    items: tuple[str, ...]
    """The transcripts, in natural order of their ids."""
    clusters: tuple[str, ...]
    """(n_items,), the independent unit of each: its question; the transcript itself where none is said."""
    ratings: Floats
    """(n_items, n_annotators), nan where an annotator has no usable label."""
    judge: Floats
    """(n_items,), nan where the judge abstained, failed, or left the scale."""
    annotators: tuple[str, ...]
    """Who the columns of `ratings` are, sorted."""
    unlabelled_items: tuple[str, ...]
    """Transcripts with a usable verdict and no usable label, in natural order: what corrected means are made for."""
    unlabelled_clusters: tuple[str, ...]
    """(m,), their independent units."""
    unlabelled_judge: Floats
    """(m,), the judge's values."""
    n_labels: int
    """Labels of this rubric and criterion, of every kind: those in `ratings` and those in `lost`."""
    n_verdicts: int
    """Verdicts of this rubric and criterion: those in `judge` that are not nan, and those in `lost`."""
    lost: tuple[Lost, ...]
    """What is not in `ratings` or `judge`, by reason; the largest first."""
    missing: Mapping[str, int]
    """Why `judge` is nan: items by reason."""
    strays: tuple[Stray, ...]
    """Values that are not on the scale."""
    by_kind: tuple[KindShare, ...]
    """Each kind of labels there is, against the judge."""
    unknown_ids: tuple[str, ...]
    """Labelled transcripts that have no verdict at all, sorted."""
    clusters_given: bool
    """Whether the verdicts say their independent units."""
    foreign: Mapping[str, int]
    """Labels of this rubric whose criterion the rubric does not have, by criterion."""

    @property
    def categories(self) -> tuple[float, ...]:
        """The declared scale, as the functions of calibration take it; empty for a range."""
        return self.scale.categories

    def n_lost(self, side: str, reason: str = "") -> int:
        """How many labels or verdicts were lost, for one reason or in all."""
        return sum(one.count for one in self.lost if one.side == side and reason in ("", one.reason))


def pair(
    verdicts: Iterable[VerdictRow],
    labels: LabelSet | Iterable[Label],
    *,
    rubric: Rubric | str = "",
    criterion: str = "",
    categories: Sequence[Category] | None = None,
    scale: tuple[float, float] | None = None,
    judge: str | None = None,
    kind: Kind | None = None,
) -> Paired:
    """Verdicts and labels of the same transcripts, as arrays; the order of the rows changes nothing.

    An annotator who answered twice counts once; of answers that differ the newest holds where all are dated, else none
    does. A verdict counts under the same rule.

    Args:
        verdicts: verdicts, rows of `Run.rows()`, or a `ScoreSet`.
        labels: a `LabelSet`, or labels.
        rubric: the rubric, or its name; empty where there is only one. Rows that name none belong to it.
        criterion: one of its criteria or checks; empty for the level (or the score, where it has no levels).
        categories: the answers that are possible, numbers or words; None: those of the rubric, else what occurs.
        scale: lowest and highest value, where every number between is possible, such as an average of votes.
        judge: whose verdicts, where several judges have some.
        kind: whose labels to take; None: of people, else of authors, else of scripts.

    Raises:
        UserError: the rubric, criterion, judge or kind is not there, or has to be named; both categories and scale.

    >>> from judgekit.io.scores import Score
    >>> scores = [Score("q1/A", value=4, cluster="q1"), Score("q1/B", failure="failed: timeout", cluster="q1")]
    >>> made = [("q1/A", "anna", 4), ("q1/A", "ben", 5), ("q1/B", "anna", 9), ("q2/A", "ben", 1)]
    >>> given = [Label(transcript_id=t, rubric="tone", annotator=a, value=v) for t, a, v in made]
    >>> found = pair(scores, given, rubric="tone", categories=[1, 2, 3, 4, 5])
    >>> found.items, found.annotators, found.ratings.tolist(), found.judge.tolist()
    (('q1/A',), ('anna', 'ben'), [[4.0, 5.0]], [4.0])
    >>> [(one.side, one.reason, one.count) for one in found.lost]
    [('label', 'no verdict', 1), ('label', 'off the scale', 1), ('verdict', 'failed: timeout', 1)]
    """
    label_set = labels if isinstance(labels, LabelSet) else LabelSet.of(labels)
    name = rubric.name if isinstance(rubric, Rubric) else rubric
    verdict_set = given(verdicts, rubric, criterion, judge)
    rows = _label_rows(label_set, name, criterion)
    values = Values(label_set.values.numbers[rows], taken(label_set.values.texts, rows))
    known = _scale(rubric, criterion, categories, scale, [values, verdict_set.values])
    judged = judged_by(verdict_set, known)
    labelled = labelled_by(label_set, rows, values, known, judged, kind)
    order = sorted(range(len(labelled.codes)), key=lambda place: natural(judged.names[labelled.codes[place]]))
    codes = labelled.codes[order]
    rest = np.setdiff1d(np.flatnonzero(~np.isnan(judged.values)), codes)
    rest = rest[sorted(range(len(rest)), key=lambda place: natural(judged.names[rest[place]]))]
    unlabelled = lost("verdict", NO_LABEL, rest, judged.each)
    everything = sorted([*judged.lost, *labelled.lost, *unlabelled], key=lambda one: (one.side, -one.count, one.reason))
    ratings, judged_values, unlabelled_values = (
        _read_only(values) for values in (labelled.ratings[order], judged.values[codes], judged.values[rest])
    )
    return Paired(
        rubric=name,
        criterion=criterion,
        judge_name=verdict_set.judge,
        kind=labelled.kind,
        scale=known,
        items=tuple(judged.names[code] for code in codes),
        clusters=tuple(judged.clusters[code] for code in codes),
        ratings=ratings,
        judge=judged_values,
        annotators=labelled.annotators,
        unlabelled_items=tuple(judged.names[code] for code in rest),
        unlabelled_clusters=tuple(judged.clusters[code] for code in rest),
        unlabelled_judge=unlabelled_values,
        n_labels=len(rows),
        n_verdicts=len(verdict_set.transcripts.codes),
        lost=tuple(everything),
        missing=_counted(judged.why[code] for code in codes if judged.why[code]),
        strays=(*judged.strays, *labelled.strays),
        by_kind=labelled.by_kind,
        unknown_ids=labelled.unknown_ids,
        clusters_given=judged.clusters_given,
        foreign=_foreign(label_set, rubric),
    )


def _label_rows(labels: LabelSet, rubric: str, criterion: str) -> Ints:
    """The rows under a rubric and criterion.

    Raises:
        UserError: there are labels, and none under these.
    """
    under = chosen(labels.rubrics, rubric, "rubric", "labels")
    rows = np.flatnonzero(under & (labels.criteria.codes == labels.criteria.code(criterion)))
    if under.any() and not len(rows):
        there = sorted(labels.criteria.names[code] for code in np.unique(labels.criteria.codes[under]))
        shown = ", ".join(repr(one) if one else "the level" for one in there[:8])
        wanted = f"the criterion {criterion!r}" if criterion else "the level (an empty criterion)"
        raise UserError(f"none of the labels is for {wanted}; there are labels for {shown}; say which with criterion=")
    return rows


def _scale(
    rubric: Rubric | str,
    criterion: str,
    categories: Sequence[Category] | None,
    ends: tuple[float, float] | None,
    sides: Sequence[Values],
) -> Scale:
    if categories is not None and ends is not None:
        raise UserError("categories= and scale= both say what is possible: give one of them")
    if ends is not None:
        return range_scale(*ends)
    if categories is not None:
        return answer_scale(categories)
    return scale_of(rubric, criterion) if isinstance(rubric, Rubric) else observed_scale(sides)


def _foreign(labels: LabelSet, rubric: Rubric | str) -> Mapping[str, int]:
    """Labels under criteria that the rubric does not have: a name that is spelt wrongly would be lost in silence."""
    if not isinstance(rubric, Rubric):
        return MappingProxyType({})
    known = {"", *(one.id for one in rubric.criteria), *(one.id for one in rubric.checks)}
    found = {
        criterion: count
        for (name, criterion), count in labels.tasks.items()
        if name == rubric.name and criterion not in known
    }
    return MappingProxyType(found)


def _read_only(values: Floats) -> Floats:
    values.setflags(write=False)
    return values


def _counted(reasons: Iterable[str]) -> Mapping[str, int]:
    return MappingProxyType(dict(sorted(Counter(reasons).items())))
