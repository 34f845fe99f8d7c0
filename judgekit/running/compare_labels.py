"""Which of two runs is nearer to what people said?"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.data_health import health
from judgekit.calibration.estimate import Bounds, Estimate
from judgekit.calibration.finding import Finding
from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.pairing_none import why_none
from judgekit.calibration.two_judges import JudgeDifference, Measure, judge_difference
from judgekit.errors import UserError
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.io.label_set import LabelSet
    from judgekit.rubric import Rubric
    from judgekit.running.run import Run

_SLICE = 500
_OF_ONE_JUDGE = frozenset({"failures", "one_answer_judge", "unused_by_judge"})
"""Findings that are true of the first judge alone."""
_BODIES = "SELECT body FROM current WHERE rubric = ? AND transcript_id IN ({})"


@dataclass(frozen=True, slots=True)
class Better:
    """One rubric: both judges against the same labels of the same transcripts."""

    rubric: str
    """The rubric."""
    n_items: int
    """Transcripts with a label and both judges' answers."""
    n_labels: int
    """Labels of these."""
    n_annotators: int
    """Who gave them."""
    n_clusters: int
    """Independent units."""
    missing: dict[str, int]
    """Labelled transcripts without an answer of a judge, such as `B failed: timeout`."""
    measures: tuple[JudgeDifference, ...]
    """Each measure that the scale allows, the headline first; differences are B - A."""
    accuracy: Estimate | None
    """B - A of the share of labels that the judge meets; None where the scale is a range."""
    accuracy_bounds: Bounds | None
    """The same if the answers that are missing were all wrong for B and right for A, and the other way round."""
    says: str
    """Which judge is better, in a sentence."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the labels."""


def better_judge(
    a: Run, b: Run, labels: LabelSet, rubric: Rubric | str, *, level: float, resamples: int, seed: int
) -> Better:
    """The judges of two runs against the labels of one rubric's level.

    Raises:
        UserError: there is no label of the rubric for a transcript of both runs.
    """
    name = rubric if isinstance(rubric, str) else rubric.name
    sides = [pair(_rows(run, name, labels), labels, rubric=rubric) for run in (a, b)]
    first, second = sides
    place = {item: row for row, item in enumerate(second.items)}
    rows_a = [row for row, item in enumerate(first.items) if item in place]
    rows_b = [place[first.items[row]] for row in rows_a]
    if not rows_a:
        why = why_none(first) if not first.items else why_none(second) if not second.items else "each run has others"
        raise UserError(f"none of the labels of {name} can be used on a transcript of both runs: {why}")
    ratings, judge_a, judge_b = first.ratings[rows_a], first.judge[rows_a], second.judge[rows_b]
    clusters = np.array([first.clusters[row] for row in rows_a])
    both = ~(np.isnan(judge_a) | np.isnan(judge_b))
    categories = first.categories or None
    measures: list[tuple[Measure, Any]] = [("mean_absolute_error", None), ("concordance_correlation", None)]
    if categories:
        ordinal = first.scale.ordered and len(categories) > 2
        measures = [("cohen_kappa", "quadratic")] if ordinal else []
        measures += [("cohen_kappa", None), ("gwet_ac", None)]
    found = tuple(
        judge_difference(
            ratings,
            judge_a,
            judge_b,
            statistic=statistic,
            categories=categories if statistic in ("cohen_kappa", "gwet_ac") else None,
            weights=weights,
            clusters=clusters,
            level=level,
            resamples=resamples,
            rng=seed,
        )
        for statistic, weights in measures
    )
    right_a, right_b = _right(ratings, judge_a), _right(ratings, judge_b)
    accuracy = None
    if categories:
        accuracy = paired_difference(right_b[both], right_a[both], clusters=clusters[both], level=level)
    return Better(
        rubric=name,
        n_items=int(both.sum()),
        n_labels=int((~np.isnan(ratings[both])).sum()),
        n_annotators=len(first.annotators),
        n_clusters=len(set(clusters[both].tolist())),
        missing=_missing(first, second),
        measures=found,
        accuracy=accuracy,
        accuracy_bounds=difference_bounds(right_a, right_b) if categories else None,
        says=_says(accuracy if accuracy is not None else found[0].difference, accuracy is not None, level),
        findings=tuple(one for one in health(first) if one.kind not in _OF_ONE_JUDGE),
    )


def _rows(run: Run, rubric: str, labels: LabelSet) -> Iterator[dict[str, Any]]:
    """The verdicts on transcripts that have a label, as rows: a run may be large, and its labels few."""
    names = list(labels.transcripts.names)
    with reading(run.path) as db:
        for start in range(0, len(names), _SLICE):
            yield from _some(db, rubric, names[start : start + _SLICE])


def _some(db: sqlite3.Connection, rubric: str, names: list[str]) -> Iterator[dict[str, Any]]:
    for (body,) in db.execute(_BODIES.format(",".join("?" * len(names))), [rubric, *names]):
        yield orjson.loads(body)


def _right(ratings: NDArray[np.float64], judge: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,), the share of an item's labels that the judge meets; nan where it has no answer."""
    there = (~np.isnan(ratings)).sum(axis=1)
    return np.where(np.isnan(judge), np.nan, (ratings == judge[:, None]).sum(axis=1) / there)


def difference_bounds(a: NDArray[np.float64], b: NDArray[np.float64]) -> Bounds:
    """Between what the mean of B - A lies: each missing value may be 0 or 1; lowest where A's are 1 and B's are 0."""
    if not a.size:
        return Bounds(math.nan, math.nan)
    worst = np.nan_to_num(b, nan=0.0) - np.nan_to_num(a, nan=1.0)
    best = np.nan_to_num(b, nan=1.0) - np.nan_to_num(a, nan=0.0)
    return Bounds(float(worst.mean()), float(best.mean()))


def _missing(first: Paired, second: Paired) -> dict[str, int]:
    return {f"{name} {why}": n for name, one in (("A", first), ("B", second)) for why, n in one.missing.items()}


def _says(difference: Estimate, accuracy: bool, level: float) -> str:
    what = "meets more of the labels" if accuracy else "is nearer to the labels"
    shown = f"({difference.value:+.3f}, {level:.0%} CI {difference.low:+.3f} to {difference.high:+.3f})"
    if difference.undefined is not None:
        return f"Which judge is better cannot be said: {difference.undefined}."
    if difference.low <= 0.0 <= difference.high:
        return f"The labels do not tell which judge is better {shown}."
    # Of errors, less is better.
    better = "B" if (difference.value > 0.0) == accuracy else "A"
    return f"Judge {better} {what} {shown}."
