"""Intraclass correlations of Shrout and Fleiss, from the two-way table of items and raters."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, Rated, distinct_rows, read_ratings
from judgekit.calibration.agreement.disagreement import dropped, joined
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.interval import Asked, estimated
from judgekit.calibration.agreement.numbers import need_numbers
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.scale import MISSING
from judgekit.calibration.agreement.shape import intraclass, ratio
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic
from judgekit.calibration.resample.draw import Seed
from judgekit.calibration.resample.resampled import total, whole
from judgekit.errors import UserError

Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


def intraclass_correlation(
    ratings: Labels,
    *,
    form: Form = "2,1",
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """The share of the variance of ratings that is the items', for one rater or the mean of all k; at most 1.

    With mean squares of items MSR, of raters MSC, of error MSE, within items MSW, for n items and k raters:
    1,1: (MSR-MSW)/(MSR+(k-1)MSW), each item rated by other raters; 2,1: (MSR-MSE)/(MSR+(k-1)MSE+k(MSC-MSE)/n), absolute
    agreement: a lenient rater counts as error; 3,1: (MSR-MSE)/(MSR+(k-1)MSE), consistency: it hides leniency. 1,k:
    (MSR-MSW)/MSR; 2,k: (MSR-MSE)/(MSR+(MSC-MSE)/n); 3,k: (MSR-MSE)/MSR. Items with a missing rating are left out, and
    `note` counts them.

    The analytic interval is Shrout and Fleiss's, from F: it assumes normal ratings, and for 2,· raters drawn at random.
    With clusters it is Fisher's z with the jackknife's error, the raters fixed, as for bootstrap and jackknife.

    Args:
        ratings: (n_items, n_raters) on an interval scale, nan = missing.
        form: model 1, 2 or 3 and the unit: one rater (1) or the mean of all (k).
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the shape is wrong, the ratings are text, or the form is unknown.

    Source: Shrout and Fleiss (1979), Psychological Bulletin 86: 420-428; McGraw and Wong (1996), Psychological Methods
    1: 30-46.

    >>> four = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(intraclass_correlation(four, form=form).value, 2) for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")]
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    if form not in get_args(Form):
        raise UserError(f"intraclass correlation: form= wants {' '.join(get_args(Form))}; came {form!r}")
    name = f"ICC({form})"
    how = How(level, ci, resamples, rng)
    rated = read_ratings(name, ratings, None, clusters)
    need_numbers(name, rated)
    raters = rated.codes.shape[1]
    rated = rated.keep((rated.codes != MISSING).all(axis=1))
    sample = _moments(rated)
    statistic = _statistic(form, raters)
    n = len(rated.codes)
    value = whole(sample.features, statistic, sample.counts) if n > 1 and raters > 1 else math.nan
    note = joined([dropped(rated), "only complete ones count"]) if rated.n_dropped else ""
    why = _why(n, raters)
    shape = intraclass(raters) if form[2] == "1" else ratio(-math.inf)
    found = estimated(Asked(name, value, n, why, shape, -math.inf, note, small=True), how, sample, statistic)
    if ci == "analytic" and clusters is None and not math.isnan(value):
        squares = _mean_squares(total(sample.features, sample.counts)[None], raters)
        return _by_f(found, form, [float(one[0]) for one in squares], n, raters)
    return found


def _why(n: int, raters: int) -> str:
    if raters < 2 or n < 2:
        return f"2 raters and 2 complete items are needed; there are {raters} and {n}"
    return "there is no variance: 0/0"


def _moments(rated: Rated) -> Sample:
    """Features of each row: 1, Σx², (Σx)², x_1 … x_k, of values moved to their middle and scaled to 0.5 around it."""
    values = rated.scale.values
    middle, reach = (float(values.mean()), float(np.ptp(values)) or 1.0) if values.size else (0.0, 1.0)
    rows, counts, which = distinct_rows(rated.codes, rated.scale.size)
    x = (values[rows] - middle) / reach if rows.size else np.zeros(rows.shape)
    features = np.column_stack([np.ones(len(x)), (x**2).sum(axis=1), x.sum(axis=1) ** 2, x])
    return Sample(features, counts, which, rated.clusters)


def _mean_squares(sums: NDArray[Any], k: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    n, columns = sums[:, 0], sums[:, 3:]
    correction = columns.sum(axis=1) ** 2 / (n * k)
    whole_square, rows, cols = (
        sums[:, 1] - correction,
        sums[:, 2] / k - correction,
        (columns**2).sum(axis=1) / n - correction,
    )
    error = whole_square - rows - cols
    return rows / (n - 1), cols / (k - 1), error / ((n - 1) * (k - 1)), (whole_square - rows) / (n * (k - 1))


def _statistic(form: str, k: int) -> Statistic:
    def statistic(sums: NDArray[Any]) -> NDArray[Any]:
        n = sums[:, 0]
        msr, msc, mse, msw = _mean_squares(sums, k)
        noise = msw if form[0] == "1" else mse
        below = msr + (k - 1) * noise if form[2] == "1" else msr
        if form[0] == "2":
            below = below + (k if form[2] == "1" else 1) * (msc - mse) / n
        return np.where(np.abs(below) > 1e-12, (msr - noise) / below, np.nan)

    return statistic


def _by_f(found: Estimate, form: str, squares: list[float], n: int, k: int) -> Estimate:
    """The interval of Shrout and Fleiss, in place of the one that was found."""
    from dataclasses import replace

    from scipy.special import fdtri

    msr, msc, mse, msw = squares
    noise = msw if form[0] == "1" else mse
    if noise <= 1e-12 * msr or msr <= 1e-12 * noise:
        why = "there is no spread of ratings within items, or none between items, to judge other items by"
        return replace(found, low=math.nan, high=math.nan, method="F", undefined=why)
    tail = (1.0 + found.level) / 2.0
    if form[0] == "2":
        low, high, df = _absolute(msr, msc, mse, n, k, tail)
    else:
        df = n * (k - 1) if form[0] == "1" else (n - 1) * (k - 1)
        f = msr / noise
        low_f, high_f = f / fdtri(n - 1, df, tail), f * fdtri(df, n - 1, tail)
        low, high = (low_f - 1) / (low_f + k - 1), (high_f - 1) / (high_f + k - 1)
    if form[2] == "k":
        if 1 + (k - 1) * low <= 1e-9:
            why = "too few items: the interval has no lower end"
            return replace(found, low=math.nan, high=math.nan, method="F", undefined=why)
        low, high = (k * one / (1 + (k - 1) * one) for one in (low, high))
    return replace(found, low=float(low), high=float(high), method=f"F, df {n - 1} and {df:.4g}", undefined=None)


def _absolute(msr: float, msc: float, mse: float, n: int, k: int, tail: float) -> tuple[float, float, float]:
    """Ends for one rater and Satterthwaite's degrees of freedom; Shrout and Fleiss (1979), p. 424."""
    from scipy.special import fdtri

    rho = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    fj = msc / mse
    other = n * (1 + (k - 1) * rho) - k * rho
    df = (n - 1) * (k - 1) * (k * rho * fj + other) ** 2 / ((n - 1) * (k * rho * fj) ** 2 + other**2)
    up, down = fdtri(n - 1, df, tail), fdtri(df, n - 1, tail)
    rest = k * msc + (k * n - k - n) * mse
    return n * (msr - up * mse) / (up * rest + n * msr), n * (down * msr - mse) / (rest + n * down * msr), float(df)
