"""Gwet's AC1, and AC2 with weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, read_ratings
from judgekit.calibration.agreement.disagreement import coefficient, observe, undeclared
from judgekit.calibration.agreement.fleiss import ONE_CATEGORY
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.weights import Weights, agreement_weights
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample.draw import Seed


def gwet_ac(
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
    """Gwet's AC1, with weights AC2: agreement beyond chance, steady where one label is common; at most 1.

    (p_a - p_e)/(1 - p_e), p_e = T_w/(q(q-1)) Σ_k π_k(1-π_k), T_w = Σ_kl w_kl (q without weights), π_k the mean of
    r_ik/r_i over items with a rating, q the size of the declared scale. Name it in `categories`, else the number moves
    when a rare answer is absent (`note` says so).

    The variance is Gwet's where every item has two ratings. Where some have one, his counts the number of the others as
    fixed and comes out too large; here p_a is a ratio, as it is for the jackknife.

    The 95 % interval held 93 to 97 % in simulations from 60 items or 20 clusters on.

    Args:
        ratings: (n_items, n_raters), nan = missing.
        categories: the answers of the scale in their order; None: those that occur.
        weights: what two different answers are worth, see `agreement_weights`; None: nothing, AC1.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the shape is wrong, or a rating is off the scale.

    Source: Gwet (2008), Br. J. Math. Stat. Psychol. 61: 29-48; AC2: Gwet (2014), chapter 5.

    >>> e = gwet_ac([[1, 1]] * 80 + [[1, 2]] * 10 + [[2, 1]] * 5 + [[2, 2]] * 5)     # Feinstein and Cicchetti 1990
    >>> round(e.value, 3)                                            # p_a .85, π_1 .875, p_e 2 · .875 · .125 = .21875
    0.808
    """
    name = "AC1" if weights is None else "AC2"
    how = How(level, ci, resamples, rng)
    rated = read_ratings(name, ratings, categories, clusters)
    q = rated.scale.size
    alike = agreement_weights(name, weights, q)
    factor = float(alike.sum()) / max(q * (q - 1), 1)

    def parts(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        shares = sums[:, 2:] / sums[:, 2:].sum(axis=1, keepdims=True)
        expected = 1.0 - factor * (shares * (1.0 - shares)).sum(axis=1)
        return sums[:, 1] / sums[:, 0], expected if q > 1 else 0.0 * expected

    seen = observe(name, rated, 1.0 - alike, chance=False)
    return coefficient(name, seen, parts, how, why=ONE_CATEGORY, note=undeclared(rated))
