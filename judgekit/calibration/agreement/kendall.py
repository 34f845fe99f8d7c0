"""Kendall's rank correlations of two raters, tau-b and tau-c."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, read_pair
from judgekit.calibration.agreement.dominance import concordance
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.ranks import Ranked, rank_estimate, ranked
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic
from judgekit.calibration.resample.draw import Seed
from judgekit.errors import UserError

_MANY_PAIRS = 2000
"""Up to this many distinct pairs, resampling costs a product with a matrix of 32 MB."""


def kendall_tau(
    a: Labels,
    b: Labels,
    *,
    variant: Literal["b", "c"] = "b",
    categories: Iterable[Any] | None = None,
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """Kendall's tau of two raters: concordant less discordant pairs of items, as a share; -1..1.

    tau-b: (C - D)/√((C+D+T_a)(C+D+T_b)), T tied in one rater alone; tau-c, for scales of unequal length:
    2 (C - D) m/(n² (m - 1)), m the smaller number of answers: those declared in `categories`, else those that occur.
    They differ: say which one you report. nan where one rater is constant.

    The interval is Fisher's, with an error by the delta method that counts ties and respects clusters. At 95 % it held
    93 to 97 % in simulations from 60 items or 20 clusters on.

    Args:
        a: (n_items,), at least ordinal, nan = missing.
        b: (n_items,), at least ordinal, nan = missing.
        variant: `b` or `c`.
        categories: the answers of the scale in their order; None: any number.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, a rating is off the scale, or there are too many distinct pairs to resample.

    Source: Kendall (1945), Biometrika 33: 239-251; Stuart (1953), Biometrika 40: 105-110; error: Brown and Benedetti
    (1977), JASA 72: 309-315.

    >>> round(kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]).value, 3)      # 5 concordant, 1 discordant of 6
    0.667
    """
    if variant not in ("b", "c"):
        raise UserError(f"Kendall's tau: variant= wants 'b' or 'c'; came {variant!r}")
    name = f"Kendall's tau-{variant}"
    how = How(level, ci, resamples, rng)
    rated = read_pair(name, a, b, categories, clusters)
    pairs = ranked(rated)
    smaller = 0
    if variant == "c":
        smaller = rated.scale.size if rated.scale.declared else min(len(pairs.x.starts), len(pairs.y.starts))
    statistic = _statistic(pairs, smaller)
    return rank_estimate(name, rated, how, pairs, lambda one: _measure(one, smaller), statistic, _MANY_PAIRS)


def _statistic(pairs: Ranked, smaller: int) -> Statistic:
    x, y = pairs.x, pairs.y

    def statistic(weights: NDArray[Any]) -> NDArray[Any]:
        signs = np.sign(np.subtract.outer(x.answer, x.answer)) * np.sign(np.subtract.outer(y.answer, y.answer))
        surplus = ((weights @ signs.astype(float)) * weights).sum(axis=1)
        square = weights.sum(axis=1) ** 2
        if smaller:
            tau_c: NDArray[Any] = surplus * smaller / (square * (smaller - 1))
            return tau_c
        below = np.sqrt((square - (x.sums(weights) ** 2).sum(axis=1)) * (square - (y.sums(weights) ** 2).sum(axis=1)))
        return np.where(below > 0.0, surplus / below, np.nan)

    return statistic


def _measure(pairs: Ranked, smaller: int) -> tuple[float, NDArray[np.float64]]:
    """With shares p of n: T = Σ p c, c concordant less discordant; X = 1 - Σ p_x², Y likewise; τ_b = T/√(XY).

    One more pair adds 2c to T, 2(1 - p_x) to X.
    """
    x, y = pairs.x, pairs.y
    p = pairs.sample.counts / pairs.sample.counts.sum()
    c = concordance(x, y, p)
    surplus = float((p * c).sum())
    if smaller:
        factor = smaller / (smaller - 1)
        tau, influence = surplus * factor, 2.0 * c * factor
    else:
        of_x, of_y = x.sums(p[None])[0], y.sums(p[None])[0]
        untied_x, untied_y = 1.0 - float((of_x**2).sum()), 1.0 - float((of_y**2).sum())
        tau = surplus / (untied_x * untied_y) ** 0.5
        lost = (1.0 - of_x)[x.answer] / untied_x + (1.0 - of_y)[y.answer] / untied_y
        influence = 2.0 * c / (untied_x * untied_y) ** 0.5 - tau * lost
    return tau, (influence - float((p * influence).sum())) / len(pairs.sample.which)
