"""Spearman's rank correlation of two raters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, read_pair
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.ranks import Order, Ranked, rank_estimate, ranked
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample.draw import Seed

_MANY_PAIRS = 20_000
"""Resampling ranks costs a pass over the distinct pairs for each resample, and for each pair left out."""


def spearman(
    a: Labels,
    b: Labels,
    *,
    categories: Iterable[Any] | None = None,
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """Spearman's rank correlation of two raters, ties at their middle rank; -1..1.

    ρ = Σ R_i S_i / √(Σ R_i² Σ S_i²), R and S middle ranks less their mean. nan where one rater is constant.

    The interval is Fisher's, with an error by the delta method that counts ties and respects clusters. At 95 % it held
    93 to 97 % in simulations from 60 items or 20 clusters on.

    Args:
        a: (n_items,), at least ordinal, nan = missing.
        b: (n_items,), at least ordinal, nan = missing.
        categories: the answers of the scale in their order; None: any number.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, a rating is off the scale, or there are too many distinct pairs to resample.

    Source: Kendall and Gibbons (1990), Rank correlation methods, 5th ed., chapter 3; error: Göktaş and İşçi (2011),
    Metodološki zvezki 8: 17-37 (the delta method on the table of counts).

    >>> round(spearman([1, 2, 3, 4], [1, 3, 2, 4]).value, 3)         # 1 - 6 · 2 / (4 · 15)
    0.8
    """
    name = "Spearman's rho"
    how = How(level, ci, resamples, rng)
    rated = read_pair(name, a, b, categories, clusters)
    pairs = ranked(rated)
    return rank_estimate(name, rated, how, pairs, _measure, lambda drawn: _rho(pairs, drawn), _MANY_PAIRS)


def _rho(pairs: Ranked, weights: NDArray[Any]) -> NDArray[Any]:
    x, y = pairs.x, pairs.y
    r, s = _middle(x, x.sums(weights)), _middle(y, y.sums(weights))
    below = np.sqrt((weights * r * r).sum(axis=1) * (weights * s * s).sum(axis=1))
    return np.where(below > 0.0, (weights * r * s).sum(axis=1) / below, np.nan)


def _middle(one: Order, often: NDArray[Any]) -> NDArray[Any]:
    """The middle rank (B, P) of each pair's answer, less the mean rank, as a share of n."""
    n = often.sum(axis=1, keepdims=True)
    ranks: NDArray[Any] = ((np.cumsum(often, axis=1) - often / 2.0) / n - 0.5)[:, one.answer]
    return ranks


def _measure(pairs: Ranked) -> tuple[float, NDArray[np.float64]]:
    """With shares p of n: v = Σ p R S, F = Σ p R² = (1 - Σ p_x³)/12, G likewise, ρ = v/√(FG).

    One more pair at (a, b) adds R_a S_b to v, and by lifting the ranks of all above it, half of those beside it, the S
    of the pairs above a and the R of those above b.
    """
    x, y = pairs.x, pairs.y
    p = pairs.sample.counts / pairs.sample.counts.sum()
    of_x, of_y = x.sums(p[None])[0], y.sums(p[None])[0]
    r, s = _middle(x, of_x[None])[0], _middle(y, of_y[None])[0]
    f, g = (1.0 - float((of_x**3).sum())) / 12.0, (1.0 - float((of_y**3).sum())) / 12.0
    v = float((p * r * s).sum())
    moved = r * s + _above(x, p * s) + _above(y, p * r)
    rho = v / (f * g) ** 0.5
    influence = moved / (f * g) ** 0.5 - rho / 8.0 * ((1.0 - of_x**2)[x.answer] / f + (1.0 - of_y**2)[y.answer] / g)
    return rho, (influence - float((p * influence).sum())) / len(pairs.sample.which)


def _above(one: Order, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each pair, the amounts of pairs with a higher answer, and half of those with the same."""
    by_answer = one.sums(amounts[None])[0]
    above: NDArray[np.float64] = (by_answer.sum() - np.cumsum(by_answer) + by_answer / 2.0)[one.answer]
    return above
