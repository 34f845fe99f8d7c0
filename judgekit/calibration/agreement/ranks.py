"""Pairs of ratings seen as ranks, and the estimate of a rank correlation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Rated, distinct_rows
from judgekit.calibration.agreement.disagreement import dropped
from judgekit.calibration.agreement.how import How
from judgekit.calibration.agreement.interval import Asked, estimated
from judgekit.calibration.agreement.numbers import constant, too_few_pairs
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.shape import FISHER
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic
from judgekit.errors import UserError

_MANY_CELLS = 1 << 25
"""A cluster bootstrap of ranks holds one weight for each cluster and distinct pair: 256 MB."""


@dataclass(frozen=True, slots=True)
class Order:
    """Distinct pairs sorted by one rater's answers."""

    order: NDArray[np.int64]
    """(P,), the pairs from the lowest answer to the highest."""
    starts: NDArray[np.int64]
    """(K,), where each answer begins in that order."""
    answer: NDArray[np.int64]
    """(P,), which of the K answers each pair has, 0 the lowest."""

    def sums(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights (B, P) of the pairs, added up over each answer: (B, K)."""
        found: NDArray[np.float64] = np.add.reduceat(weights[:, self.order], self.starts, axis=1)
        return found


@dataclass(frozen=True, slots=True)
class Ranked:
    """The distinct pairs of ratings, and their order by either rater."""

    sample: Sample
    """One unit for each distinct pair."""
    x: Order
    """By rater a."""
    y: Order
    """By rater b."""


Measure = Callable[[Ranked], tuple[float, NDArray[np.float64]]]
"""Pairs to the value and the influence (P,) of each distinct pair."""


def ranked(rated: Rated) -> Ranked:
    """The distinct pairs and their two orders."""
    rows, counts, which = distinct_rows(rated.codes, rated.scale.size)
    sample = Sample(None, counts, which, rated.clusters)
    return Ranked(sample, _by_answer(rows[:, 0]), _by_answer(rows[:, 1]))


def _by_answer(codes: NDArray[np.int64]) -> Order:
    answer = np.unique(codes, return_inverse=True)[1].reshape(-1)
    order = np.argsort(answer, kind="stable")
    return Order(order, np.flatnonzero(np.diff(answer[order], prepend=-1)), answer)


def rank_estimate(
    name: str, rated: Rated, how: How, pairs: Ranked, measure: Measure, statistic: Statistic, most: int
) -> Estimate:
    """The estimate of a rank correlation.

    Args:
        name: what is estimated.
        rated: the complete pairs.
        how: which interval.
        pairs: the distinct ones.
        measure: to value and influence.
        statistic: weights of the distinct pairs (B, P) to values (B,), for resampling.
        most: how many distinct pairs can be resampled.

    Raises:
        UserError: there are too many distinct pairs to resample.
    """
    n, distinct = len(rated.codes), len(pairs.sample.counts)
    cells = distinct * (1 if rated.clusters is None else pairs.sample.n_units)
    if how.ci in ("bootstrap", "jackknife") and (distinct > most or cells > _MANY_CELLS):
        raise UserError(f"{name}: {distinct} distinct pairs of ratings are too many to resample; use ci='analytic'")
    fixed = constant(rated)
    why = too_few_pairs(n) if n < 2 else f"rater {' and '.join(fixed)} is constant: 0/0"
    value, influence = math.nan, np.zeros(0)
    if n > 1 and not fixed:
        value, influence = measure(pairs)
    asked = Asked(name, value, n, why, FISHER, -1.0, dropped(rated))
    return estimated(asked, how, pairs.sample, statistic, influence)
