"""Two raters who measure: Lin's concordance, its factor for bias, and Pearson's correlation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, Rated, read_pair
from judgekit.calibration.agreement.disagreement import dropped, joined
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.interval import Asked, estimated
from judgekit.calibration.agreement.numbers import NO_VARIANCE, constant, need_numbers, pair_moments, too_few_pairs
from judgekit.calibration.agreement.shape import FISHER, Shape, ratio
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic
from judgekit.calibration.resample.draw import Seed
from judgekit.calibration.resample.resampled import whole


def concordance_correlation(
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
    """Lin's concordance correlation of two raters: how close the pairs lie to the line a = b; -1..1.

    ρ_c = 2 s_ab / (s_a² + s_b² + (ā - b̄)²), variances with 1/n. It is `pearson` times `bias_correction`, the noise
    and the severity; `note` gives both. Of ratings at whole numbers it is kappa with quadratic weights. nan only where
    all ratings are equal; 0 with a note where one rater is constant.

    The interval is Fisher's, with the jackknife's error, which needs no normal distribution and respects clusters. At
    95 % it held 93 to 97 % in simulations from 60 items or 20 clusters on.

    Args:
        a: (n_items,) on an interval scale, nan = missing.
        b: (n_items,) on the same scale, nan = missing.
        categories: the answers of the scale, which are then checked; None: any number.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, the ratings are text, or one is off the scale.

    Source: Lin (1989), Biometrics 45: 255-268, equation 2.1; error: King and Chinchilli (2001), Stat. Med. 20:
    2131-2147.

    >>> e = concordance_correlation([1, 2, 3], [2, 3, 4])            # s = 2/3 each, bias 1: (4/3) / (4/3 + 1)
    >>> round(e.value, 4), e.note
    (0.5714, 'Pearson 1.0000 x bias correction 0.5714')
    """
    name = "concordance correlation"
    how = How(level, ci, resamples, rng)
    rated = _measured(name, a, b, categories, clusters)
    fixed = constant(rated)
    found = _of_moments(name, rated, how, _concordance, FISHER, -1.0, together=True)
    if math.isnan(found.value):
        return found
    if fixed:
        return replace(
            found, value=0.0, note=joined([f"rater {fixed[0]} is constant: the concordance is 0", found.note])
        )
    of = {
        part: whole(sample.features, statistic, sample.counts)
        for part, statistic, sample in (
            ("Pearson", _pearson, pair_moments(rated, together=False)),
            ("bias correction", _correction, pair_moments(rated, together=True)),
        )
    }
    factors = " x ".join(f"{part} {value:.4f}" for part, value in of.items())
    return replace(found, note=joined([factors, found.note]))


def bias_correction(
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
    """Lin's C_b, the factor by which another mean or spread keeps the concordance below Pearson's correlation; 0..1.

    C_b = 2 s_a s_b / (s_a² + s_b² + (ā - b̄)²). 1 where both raters have the same mean and spread. At the
    end of its range no interval covers at its level: in simulations that of 95 % held 92 to 94 % with 60 items and 95 %
    with 200, for C_b from 0.5 to 0.97.

    Args:
        a: (n_items,) on an interval scale, nan = missing.
        b: (n_items,) on the same scale, nan = missing.
        categories: the answers of the scale, which are then checked; None: any number.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, the ratings are text, or one is off the scale.

    Source: Lin (1989), Biometrics 45: 255-268, equation 2.2.

    >>> round(bias_correction([1, 2, 3], [2, 3, 4]).value, 4)        # (4/3) / (4/3 + 1)
    0.5714
    """
    name = "bias correction"
    how = How(level, ci, resamples, rng)
    return _of_moments(
        name, _measured(name, a, b, categories, clusters), how, _correction, ratio(0.0), 0.0, together=True
    )


def pearson(
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
    """Pearson's correlation of two raters: how close the pairs lie to any straight line; -1..1.

    It sees neither severity nor spread, and needs an interval scale. nan where one rater is constant.

    The interval is Fisher's, with the jackknife's error in place of 1/√(n-3): it needs no normal distribution and
    respects clusters. At 95 % it held 93 to 97 % in simulations from 60 items or 20 clusters on.

    Args:
        a: (n_items,), nan = missing.
        b: (n_items,), nan = missing.
        categories: the answers of the scale, which are then checked; None: any number.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the lengths differ, the ratings are text, or one is off the scale.

    Source: Fisher (1921), Metron 1: 3-32; error: Efron and Tibshirani (1993), equation 11.5.

    >>> round(pearson([1, 2, 3, 4], [1, 3, 2, 4]).value, 3)          # s_ab = 1, s² = 1.25
    0.8
    """
    name = "Pearson correlation"
    how = How(level, ci, resamples, rng)
    rated = _measured(name, a, b, categories, clusters)
    return _of_moments(name, rated, how, _pearson, FISHER, -1.0, together=False)


def _measured(name: str, a: Labels, b: Labels, categories: Iterable[Any] | None, clusters: Labels | None) -> Rated:
    rated = read_pair(name, a, b, categories, clusters)
    need_numbers(name, rated)
    return rated


def _of_moments(
    name: str, rated: Rated, how: How, statistic: Statistic, shape: Shape, floor: float, *, together: bool
) -> Estimate:
    sample = pair_moments(rated, together=together)
    n = len(rated.codes)
    value = whole(sample.features, statistic, sample.counts) if n > 1 else math.nan
    fixed = constant(rated)
    why = too_few_pairs(n) if n < 2 else f"rater {' and '.join(fixed)} is constant: 0/0"
    return estimated(Asked(name, value, n, why, shape, floor, dropped(rated), small=True), how, sample, statistic)


def _spread(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Variances of a and b, their covariance and the difference of their means."""
    n = sums[:, 0]
    x, y = sums[:, 1] / n, sums[:, 2] / n
    return sums[:, 3] / n - x * x, sums[:, 4] / n - y * y, sums[:, 5] / n - x * y, x - y


def _concordance(sums: NDArray[Any]) -> NDArray[Any]:
    of_a, of_b, both, apart = _spread(sums)
    below = of_a + of_b + apart**2
    return np.where(np.abs(below) > NO_VARIANCE, 2.0 * both / below, np.nan)


def _pearson(sums: NDArray[Any]) -> NDArray[Any]:
    of_a, of_b, both, _ = _spread(sums)
    fine = (np.abs(of_a) > NO_VARIANCE) & (np.abs(of_b) > NO_VARIANCE)
    return np.where(fine, both / np.sqrt(np.where(fine, of_a * of_b, 1.0)), np.nan)


def _correction(sums: NDArray[Any]) -> NDArray[Any]:
    of_a, of_b, _, apart = _spread(sums)
    fine = (np.abs(of_a) > NO_VARIANCE) & (np.abs(of_b) > NO_VARIANCE)
    return np.where(fine, 2.0 * np.sqrt(np.where(fine, of_a * of_b, 1.0)) / (of_a + of_b + apart**2), np.nan)
