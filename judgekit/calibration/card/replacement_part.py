"""5. May the judge replace the annotators?"""

from __future__ import annotations

import math
from typing import Literal

from judgekit.calibration.card.ceiling_part import busiest
from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import AltTestRow, ReplacementPart
from judgekit.calibration.card.words import number, percent, plural
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.replacement import AltTest, Score, alt_test

_MIN_ITEMS = 30
_POWER = 1.645 + 0.842
"""Normal quantiles: one-sided 5 % and a power of 80 %."""


def replacement_part(data: Data) -> ReplacementPart:
    """The part of the card."""
    if data.paired.kind != "human":
        return ReplacementPart(missing=f"labels of people are needed; these are of kind {data.paired.kind}")
    if data.people < 2:
        return ReplacementPart(
            missing=f"two annotators of the same items are needed, better three; there is {data.people}"
        )
    score: Score = "neg_rmse" if data.categories is None or data.graded else "accuracy"
    people = busiest(data)
    found = alt_test(
        data.paired.ratings[:, people],
        data.judge,
        score=score,
        epsilon=data.asked.epsilon,
        min_items=_MIN_ITEMS,
        clusters=data.units,
        level=data.asked.level,
    )
    names = [data.paired.annotators[place] for place in people]
    more = _more(found)
    answer: Literal["yes", "no", "not enough labels"] = (
        "yes" if found.passed else "no" if found.passed is not None and more is None else "not enough labels"
    )
    notes: tuple[str, ...] = (
        ("two annotators: each is measured by the other alone; three or more say more",) if data.people == 2 else ()
    )
    if len(people) < data.people:
        notes += (f"tested: the {len(people)} annotators with the most labels",)
    return ReplacementPart(
        says=_says(found, answer, more),
        missing=found.undefined or "",
        notes=notes,
        answer=answer,
        winning_rate=found.winning_rate,
        advantage=found.advantage_interval,
        epsilon=found.epsilon,
        score=found.score,
        per_annotator=tuple(
            AltTestRow(
                annotator=names[one.annotator],
                n=one.n,
                judge_wins=one.judge_wins,
                annotator_wins=one.annotator_wins,
                p_value=one.p_value,
                rejected=one.rejected,
                note=one.note or "",
            )
            for one in found.per_annotator
        ),
    )


def _says(found: AltTest, answer: str, more: int | None) -> str:
    margin = f"with a margin of {number(found.epsilon)}"
    if answer == "yes":
        return (
            f"Yes: {margin}, the judge may replace {percent(found.winning_rate)} of the {found.n_tested} tested "
            f"annotators; in {_share(found.advantage_interval)} of answers it is as close to the others as a person."
        )
    if answer == "no":
        return (
            f"No: {margin}, the judge may replace only {percent(found.winning_rate)} of the {found.n_tested} tested "
            "annotators, and half are needed."
        )
    need = ""
    if more is not None:
        need = f": about {plural(more, 'more independent unit')} with a verdict and every annotator's label are needed"
    return f"Not enough labels to tell whether the judge may replace people{need}."


def _share(e: Estimate) -> str:
    between = "" if math.isnan(e.low) else f" ({percent(e.low)} to {percent(e.high)})"
    return f"{percent(e.value)}{between}"


def _more(found: AltTest) -> int | None:
    """How many more items could make it a yes, for the median annotator, by the effect seen; None: no number."""
    needed: list[int | None] = []
    for one in found.per_annotator:
        if one.rejected:
            needed.append(0)
        elif math.isnan(one.p_value):
            needed.append(max(1, _MIN_ITEMS - one.n_clusters))
        else:
            needed.append(_items(one.p_value, one.n_clusters))
    known = sorted(n for n in needed if n is not None)
    half = (len(found.per_annotator) + 1) // 2
    return known[half - 1] if len(known) >= half else None


def _items(p: float, n: int) -> int | None:
    from scipy.special import ndtri

    seen = -float(ndtri(p)) if 0.0 < p < 1.0 else 0.0
    if seen <= 0.25:  # the judge is worse by about the margin or more: no number of labels helps
        return None
    return max(1, math.ceil(n * ((_POWER / seen) ** 2 - 1.0)))
