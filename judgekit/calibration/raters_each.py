"""One rater at a time, and two at a time: who stands apart from the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.agreement import cohen_kappa, concordance_correlation
from judgekit.calibration.agreement.weights import Weights
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.pairing import Paired

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

MOST_RATERS = 40
"""From so many raters on, pairs and leaving one out are not computed: nobody reads 780 pairs."""


@dataclass(frozen=True, slots=True)
class RaterRow:
    """One rater beside the others."""

    rater: str
    """The name."""
    n: int
    """Transcripts that this rater labelled."""
    shared: int
    """Those of them that another rater labelled too."""
    shares: tuple[float, ...]
    """The share of each answer of the scale, in its order; empty where the scale is a range."""
    mean: float
    """The mean of the labels, as numbers; nan where the answers have no order."""
    above_others: float
    """The mean of label minus the mean of the others on the same transcripts: severity; nan without an order."""
    without: float
    """The headline coefficient of the others, this rater left out; nan where undefined."""


@dataclass(frozen=True, slots=True)
class PairOfRaters:
    """Two raters on the transcripts that both labelled."""

    a: str
    """The first."""
    b: str
    """The second."""
    n: int
    """Transcripts that both labelled."""
    percent_agreement: float
    """The share of equal labels; nan where there is none."""
    coefficient: float
    """Cohen's kappa, weighted for ordinal labels; Lin's concordance for a range; nan where undefined."""


def rows_of(paired: Paired, coefficient: Callable[..., Estimate]) -> tuple[RaterRow, ...]:
    """Each rater of a pairing beside the others; the coefficient maps ratings to an estimate."""
    ratings, names = paired.ratings, paired.annotators
    there = ~np.isnan(ratings)
    many = there.sum(axis=1)
    total = np.where(there, ratings, 0.0).sum(axis=1)
    ordered = paired.scale.ordered
    found = []
    for place, name in enumerate(names):
        mine = there[:, place]
        shared = mine & (many > 1)
        values = ratings[mine, place]
        off = ratings[shared, place] - (total[shared] - ratings[shared, place]) / (many[shared] - 1)
        shares = tuple(float((values == code).mean()) for code in paired.categories)
        rest = coefficient(np.delete(ratings, place, axis=1), ci=None) if 2 < len(names) < MOST_RATERS else None
        found.append(
            RaterRow(
                rater=name,
                n=int(mine.sum()),
                shared=int(shared.sum()),
                shares=shares,
                mean=float(values.mean()) if ordered else math.nan,
                above_others=float(off.mean()) if ordered and off.size else math.nan,
                without=math.nan if rest is None else rest.value,
            )
        )
    return tuple(found)


def pairs_of(paired: Paired, *, interval: bool, weights: Weights) -> tuple[PairOfRaters, ...]:
    """Each two raters, in the order of their names; none where there are more than 40 raters."""
    names = paired.annotators
    if len(names) >= MOST_RATERS:
        return ()
    return tuple(
        _pair_of(paired, first, second, interval, weights)
        for first in range(len(names))
        for second in range(first + 1, len(names))
    )


def _pair_of(paired: Paired, first: int, second: int, interval: bool, weights: Weights) -> PairOfRaters:
    a, b = paired.ratings[:, first], paired.ratings[:, second]
    both = ~(np.isnan(a) | np.isnan(b))
    n = int(both.sum())
    same, value = math.nan, math.nan
    if n:
        same = float((a[both] == b[both]).mean())
        value = _coefficient(a[both], b[both], paired, interval, weights)
    return PairOfRaters(paired.annotators[first], paired.annotators[second], n, same, value)


def _coefficient(a: Floats, b: Floats, paired: Paired, interval: bool, weights: Weights) -> float:
    if interval:
        return concordance_correlation(a, b, ci=None).value
    return cohen_kappa(a, b, categories=paired.categories, weights=weights, ci=None).value
