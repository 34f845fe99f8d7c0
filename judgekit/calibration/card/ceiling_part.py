"""3. How far do people agree with each other, and what does the judge reach beside them?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration import agreement as ag
from judgekit.calibration.card.data import Data, attempt
from judgekit.calibration.card.parts import AnnotatorRow, CeilingPart, ComparisonRows, MatrixTable
from judgekit.calibration.card.words import measure_name, plural, spoken
from judgekit.calibration.ceiling import CeilingComparison, human_ceiling
from judgekit.calibration.estimate import Estimate

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

MOST_PEOPLE = 12
"""Beyond so many annotators, those with the most labels are compared: pairs grow with the square."""


def ceiling_part(data: Data) -> CeilingPart:
    """The part of the card."""
    if data.people < 2:
        return CeilingPart(missing=f"two annotators of the same items are needed; there is {data.people}")
    among = _among(data)
    people = busiest(data)
    ratings = data.paired.ratings[:, people]
    measure, options = _measure(data)
    found = human_ceiling(
        ratings, data.judge, clusters=data.units, level=data.asked.level, rng=data.asked.seed, **options
    )
    names = [data.paired.annotators[place] for place in people]
    notes: tuple[str, ...] = (
        () if len(people) == data.people else (f"compared: the {len(people)} annotators with the most labels",)
    )
    if found.n_left_out:
        notes += (f"{plural(found.n_left_out, 'item')} left out, without the judge or a second person",)
    return CeilingPart(
        says=_says(found.leave_one_out, measure),
        missing=found.leave_one_out.difference.undefined or "",
        notes=notes,
        among_people=among,
        measure=measure,
        pairwise=_rows(found.pairwise),
        leave_one_out=_rows(found.leave_one_out),
        per_annotator=tuple(
            AnnotatorRow(annotator=names[one.annotator], n=one.n, human=one.human, judge=one.judge)
            for one in found.per_annotator
        ),
        matrix=_matrix(data, people),
    )


def busiest(data: Data) -> list[int]:
    """The columns of the annotators with the most labels, in their order."""
    size = (~np.isnan(data.paired.ratings)).sum(axis=0)
    order = sorted(range(data.people), key=lambda place: (-int(size[place]), place))
    return sorted(order[:MOST_PEOPLE])


def _says(found: CeilingComparison, measure: str) -> str:
    if np.isnan(found.difference.value):
        return f"People and judge cannot be compared: {found.difference.undefined}."
    gap = found.difference
    if gap.low > 0.0:
        said = "the judge agrees with the others more than a person does"
    elif gap.high < 0.0:
        said = "the judge stays below what a person reaches"
    elif np.isnan(gap.low):
        said = "whether the judge differs from a person cannot be told"
    else:
        said = "a difference between judge and person is not shown"
    what = measure_name(measure)
    return f"{what}, one against the others: people {spoken(found.human)}, judge {spoken(found.judge)}; {said}."


def _rows(found: CeilingComparison) -> ComparisonRows:
    return ComparisonRows(human=found.human, judge=found.judge, difference=found.difference, ratio=found.ratio)


def _measure(data: Data) -> tuple[str, dict[str, Any]]:
    if data.categories is None:
        return "concordance_correlation", {"statistic": "concordance_correlation"}
    weights = "quadratic" if data.graded else None
    name = "cohen_kappa (quadratic)" if weights else "cohen_kappa"
    return name, {"statistic": "cohen_kappa", "categories": data.categories, "weights": weights}


def _among(data: Data) -> tuple[Estimate, ...]:
    """Agreement of the annotators alone."""
    h, level = data.paired.ratings, data.asked.level
    bare: dict[str, Any] = {"clusters": data.units, "level": level}
    if data.categories is None:
        rows = [
            ("krippendorff_alpha (interval)", lambda: ag.krippendorff_alpha(h, metric="interval", **bare)),
            ("intraclass_correlation (1,1)", lambda: ag.intraclass_correlation(h, form="1,1", **bare)),
        ]
    else:
        scale = {"categories": data.categories, **bare}
        weights: Any = "quadratic" if data.graded else None
        metric: Any = "ordinal" if data.graded else "nominal"
        ac = "gwet_ac2 (quadratic)" if weights else "gwet_ac1"
        rows = [
            ("percent_agreement", lambda: ag.percent_agreement(h, **scale)),
            (f"krippendorff_alpha ({metric})", lambda: ag.krippendorff_alpha(h, metric=metric, **scale)),
            (ac, lambda: ag.gwet_ac(h, weights=weights, **scale)),
            (
                "conger_kappa (quadratic)" if weights else "conger_kappa",
                lambda: ag.conger_kappa(h, weights=weights, **scale),
            ),
        ]
    return tuple(replace(attempt(name, compute, level), name=name) for name, compute in rows)


def _matrix(data: Data, people: list[int]) -> MatrixTable:
    """Everybody with each other, without intervals."""
    columns = [*(data.paired.ratings[:, place] for place in people), data.judge]
    names = (*(data.paired.annotators[place] for place in people), "judge")
    values = [[_pair(a, b, data) if i != j else 1.0 for j, b in enumerate(columns)] for i, a in enumerate(columns)]
    return MatrixTable(names=names, values=tuple(map(tuple, values)), measure=_measure(data)[0])


def _pair(a: Floats, b: Floats, data: Data) -> float:
    def compute() -> Estimate:
        if data.categories is None:
            return ag.concordance_correlation(a, b, ci=None)
        return ag.cohen_kappa(a, b, categories=data.categories, weights="quadratic" if data.graded else None, ci=None)

    return attempt("pair", compute, data.asked.level).value
