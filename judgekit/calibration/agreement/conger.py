"""Kappas of raters with their own shares: Cohen's for two, Conger's for any number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, Rated, distinct_rows, read_pair, read_ratings
from judgekit.calibration.agreement.disagreement import Observed, coefficient, observe, undeclared
from judgekit.calibration.agreement.fleiss import ONE_LABEL
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.scale import MISSING
from judgekit.calibration.agreement.weights import Weights, agreement_weights
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample.draw import Seed


def cohen_kappa(
    a: Labels,
    b: Labels,
    *,
    categories: Iterable[Any] | None = None,
    weights: Weights = None,
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """Agreement of two raters beyond chance, chance from each one's own shares; -1..1.

    κ = (p_o - p_e)/(1 - p_e), p_o = Σ_kl w_kl p_kl, p_e = Σ_kl w_kl p_k· p_·l. Items that one of them did not rate are
    left out, and `note` counts them. nan only where both used one and the same label; if only one rater used a single
    label, κ is exactly 0 whatever the other said, has no interval, and `note` says so.

    The error is that of Fleiss, Cohen and Everitt (1969) with n - 1 for n. The 95 % interval held 93 to 97 % in
    simulations from 60 items or 20 clusters on, unless few items have anything but the commonest label: then it is too
    short, and `note` says so.

    Args:
        a: (n_items,), nan = missing.
        b: (n_items,), nan = missing.
        categories: the answers of the scale in their order; None: those that occur.
        weights: what two different answers are worth, see `agreement_weights`; None: nothing.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, or a rating is off the scale.

    Source: Cohen (1960), Educational and Psychological Measurement 20: 37-46; Cohen (1968), Psychological Bulletin 70:
    213-220; Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72: 323-327, equation 13.

    >>> a, b = [1] * 45 + [2] * 15 + [1] * 25 + [2] * 15, [1] * 45 + [1] * 15 + [2] * 25 + [2] * 15
    >>> round(cohen_kappa(a, b).value, 4)                            # p_o = .6, p_e = .7 · .6 + .3 · .4 = .54
    0.1304
    """
    name = "Cohen's kappa"
    how = How(level, ci, resamples, rng)
    rated = read_pair(name, a, b, categories, clusters)
    found = _own_shares(name, rated, weights, how)
    constant = [side for side, column in zip("ab", rated.codes.T, strict=True) if len(column) and np.ptp(column) == 0]
    if len(constant) == 1:
        note = f"rater {constant[0]} used one label: kappa is 0 whatever the other one said"
        why = None if ci is None else "one rater used one label: kappa is 0 for any other items as well"
        nan = float("nan")
        return replace(found, value=0.0, low=nan, high=nan, method="none", undefined=why, note=_with(note, found.note))
    return found


def conger_kappa(
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
    """Cohen's kappa for any number of raters, chance being the mean over their pairs; at most 1.

    κ = (p_a - p_e)/(1 - p_e), p_e = 1/(r(r-1)) Σ_{g≠h} Σ_kl w_kl p_gk p_hl, p_gk the share of k among what rater g
    rated. A column is a rater: for slots that different people fill use `fleiss_kappa`. nan only where every rating is
    the same label; raters without any rating are left out.

    The 95 % interval held 93 to 97 % in simulations from 60 items or 20 clusters on, unless few items have anything but
    the commonest label: then it is too short, and `note` says so.

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

    Source: Conger (1980), Psychological Bulletin 88: 322-328; missing ratings, weights: Gwet (2014), chapters 2 and 3.

    >>> round(conger_kappa([[1, 1, 2], [2, 2, 2], [1, 2, 2]]).value, 3)      # p_a = 5/9, p_e = (4 + 3 + 6)/27
    0.143
    """
    name = "Conger's kappa"
    how = How(level, ci, resamples, rng)
    return _own_shares(name, read_ratings(name, ratings, categories, clusters), weights, how)


def _own_shares(name: str, rated: Rated, weights: Weights, how: How) -> Estimate:
    q = rated.scale.size
    apart = 1.0 - agreement_weights(name, weights, q)
    alike = observe(name, rated, apart)
    active = (rated.codes != MISSING).any(axis=0)
    rows, counts, which = distinct_rows(rated.codes[:, active], q)
    raters = int(active.sum())
    # The own disagreement of a row does not depend on who said what: take it from the merged rows.
    merged = np.zeros(len(counts), dtype=np.int64)
    merged[which] = alike.sample.which
    told = np.zeros((len(rows), raters, q))
    for g, column in enumerate(rows.T):
        there = np.flatnonzero(column != MISSING)
        told[there, g, column[there]] = 1.0
    merged_features = alike.sample.features
    assert merged_features is not None
    features = np.column_stack([merged_features[merged, :2], told.reshape(len(rows), raters * q)])

    def parts(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        each = sums[:, 2:].reshape(-1, q)
        each = each / each.sum(axis=1, keepdims=True)
        everyone = each.reshape(len(sums), raters, q).sum(axis=1)
        # Σ_{g≠h} x_g'V x_h = (Σ x_g)'V(Σ x_h) - Σ x_g'V x_g
        own = np.einsum("rk,rk->r", each @ apart, each).reshape(len(sums), raters).sum(axis=1)
        pairs = np.einsum("bk,bk->b", everyone @ apart, everyone) - own
        return sums[:, 1] / sums[:, 0], pairs / max(raters * (raters - 1), 1)

    seen = Observed(Sample(features, counts, which, rated.clusters), alike.n, alike.note)
    note = undeclared(rated) if isinstance(weights, str) else ""
    return coefficient(name, seen, parts, how, why=ONE_LABEL, note=note)


def _with(first: str, rest: str) -> str:
    return f"{first}; {rest}" if rest else first
