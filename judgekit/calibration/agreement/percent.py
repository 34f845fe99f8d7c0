"""The share of agreeing pairs of ratings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from judgekit.calibration.agreement.data import Labels, read_ratings
from judgekit.calibration.agreement.disagreement import coefficient, observe, paired, undeclared
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.weights import Weights, agreement_weights
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample.draw import Seed


def percent_agreement(
    ratings: Labels,
    *,
    categories: Iterable[Any] | None = None,
    weights: Weights = None,
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """The share of pairs of ratings of one item that agree, averaged over items; 0..1.

    p_a = (1/n') Σ_i Σ_kl w_kl r_ik (r_il - 1[k = l]) / (r_i (r_i - 1)), over the n' items with r_i ≥ 2 ratings. Not
    corrected for chance: where one label is common it is high whatever the raters know.

    For two raters without weights or clusters the analytic interval is Wilson's, with n - 1 for n and Student's t for
    the normal quantile.

    Args:
        ratings: (n_items, n_raters), nan = missing.
        categories: the answers of the scale in their order; None: those that occur.
        weights: what two different answers are worth, see `agreement_weights`; None: nothing.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the shape is wrong, or a rating is off the scale.

    Source: Gwet (2014), Handbook of inter-rater reliability, 4th ed., chapter 2.

    >>> e = percent_agreement([[1, 1], [1, 2], [2, 2], [2, 2]])
    >>> e.value, round(e.low, 2), round(e.high, 2)
    (0.75, 0.13, 0.98)
    """
    name = "percent agreement"
    how = How(level, ci, resamples, rng)
    rated = paired(read_ratings(name, ratings, categories, clusters))
    apart = 1.0 - agreement_weights(name, weights, rated.scale.size)
    seen = observe(name, rated, apart, chance=False)
    return coefficient(
        name,
        seen,
        lambda sums: (sums[:, 1] / sums[:, 0], np.ones(len(sums))),
        how,
        span=1.0,
        why="no item has two ratings",
        note=undeclared(rated) if isinstance(weights, str) else "",
    )
