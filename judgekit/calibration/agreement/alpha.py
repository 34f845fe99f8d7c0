"""Krippendorff's alpha for nominal, ordinal, interval and ratio scales, with missing ratings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Labels, Rated, distinct_rows, read_ratings
from judgekit.calibration.agreement.disagreement import (
    MANY_CATEGORIES,
    Observed,
    Parts,
    coefficient,
    dropped,
    few_dissenters,
    joined,
    paired,
)
from judgekit.calibration.agreement.how import Ci, How
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.scale import MISSING
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample.draw import Seed
from judgekit.errors import UserError

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(
    ratings: Labels,
    *,
    metric: Metric = "nominal",
    categories: Iterable[Any] | None = None,
    level: float = 0.95,
    ci: Ci | None = "analytic",
    resamples: int = 9999,
    clusters: Labels | None = None,
    rng: Seed = None,
) -> Estimate:
    """Krippendorff's alpha, 1 - observed/expected disagreement, any raters, missing ratings allowed; at most 1.

    α = 1 - (N-1) Σ_ck o_ck δ²_ck / Σ_ck n_c n_k δ²_ck, o_ck = Σ_u (pairs of c with k in u)/(m_u - 1) over items u with
    m_u ≥ 2 ratings, n_c = Σ_k o_ck, N = Σ_c n_c. δ²: nominal 1[c ≠ k]; ordinal (Σ_{g=c..k} n_g - (n_c + n_k)/2)²;
    interval (c - k)²; ratio ((c - k)/(c + k))². Items with one rating do not count at all. Of two raters without
    missing ratings the nominal alpha is Scott's pi + (1 - pi)/(2n).

    nan only where all ratings that can be paired are equal. `categories` checks the scale; the value does not depend on
    answers that nobody gave.

    The 95 % interval held 93 to 97 % in simulations from 60 items or 20 clusters on, unless few items have anything but
    the commonest label: then it is too short, and `note` says so.

    Args:
        ratings: (n_items, n_raters), nan = missing.
        metric: how far apart two answers are; the last three need an order, the last two numbers, the last no negative.
        categories: the answers of the scale in their order; None: those that occur.
        level: confidence of the interval, between 0 and 1.
        ci: `analytic`, `bootstrap` (BCa), `jackknife`, `wald` (± t·se) or None; see `judgekit.calibration.agreement`.
        resamples: how many the bootstrap draws.
        clusters: (n_items,), which items belong together, such as their question; None: each is its own.
        rng: seed or Generator of the bootstrap; None: seed 0.

    Raises:
        UserError: the shape is wrong, a rating is off the scale, or it has no place in the metric.

    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability, sections C and D.

    >>> round(krippendorff_alpha([[1, 1], [1, 2], [2, 2], [2, 2]]).value, 3)     # 1 - 7 · 2 / (2 · 3 · 5)
    0.533
    """
    name = "Krippendorff's alpha"
    how = How(level, ci, resamples, rng)
    if metric not in get_args(Metric):
        raise UserError(f"{name}: metric= wants {', '.join(get_args(Metric))}; came {metric!r}")
    rated = read_ratings(name, ratings, categories, clusters)
    if metric in ("interval", "ratio") and rated.scale.words is not None:
        raise UserError(f"{name}: metric='{metric}' wants numbers, and the labels are text; use 'ordinal' or 'nominal'")
    if metric == "ratio" and (rated.scale.values < 0).any():
        raise UserError(f"{name}: metric='ratio' wants numbers from 0 on; came {rated.scale.values.min():g}")
    rated = paired(rated)
    rows, counts, which = distinct_rows(np.sort(rated.codes, axis=1), rated.scale.size)
    features, parts = _interval(rows, rated) if metric == "interval" else _table(name, rows, rated, metric)
    sample = Sample(features, counts, which, rated.clusters)
    notes = [dropped(rated)]
    if len(rows):
        notes.append(few_dissenters(sample, _dissent(rows, counts, rated.scale.size)))
    why = "all ratings that can be paired are the same: 0/0"
    return coefficient(f"{name} ({metric})", Observed(sample, len(which), joined(notes)), parts, how, why=why)


def _interval(rows: NDArray[np.int64], rated: Rated) -> tuple[NDArray[np.float64], Parts]:
    """From moments, whatever the number of values: Σ_ck r_c r_k (c-k)² = 2 (m Σx² - (Σx)²)."""
    values = rated.scale.values
    middle, reach = (float(values.mean()), float(np.ptp(values)) or 1.0) if values.size else (0.0, 1.0)
    scaled = np.append((values - middle) / reach, 0.0)  # position MISSING is the last: adds nothing
    x = scaled[rows]
    m = (rows != MISSING).sum(axis=1).astype(float)
    first, second = x.sum(axis=1), (x**2).sum(axis=1)
    own = 2.0 * (m * second - first**2) / np.maximum(m - 1.0, 1.0)

    def parts(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        number = sums[:, 0]
        expected = 2.0 * (number * sums[:, 2] - sums[:, 1] ** 2) / (number * (number - 1.0))
        return sums[:, 3] / number, expected

    return np.column_stack([m, first, second, np.maximum(own, 0.0)]), parts


def _table(name: str, rows: NDArray[np.int64], rated: Rated, metric: Metric) -> tuple[NDArray[np.float64], Parts]:
    """From the tally of each row: how often each value, and how far its pairs are apart."""
    q = rated.scale.size
    if q > MANY_CATEGORIES or (metric == "ordinal" and len(rows) * q * q > 1 << 27):
        raise UserError(
            f"{name}: {q} different values are too many for metric='{metric}'; use 'interval', or round them"
        )
    tally = np.zeros((len(rows), q))
    for column in rows.T:
        there = np.flatnonzero(column != MISSING)
        tally[there, column[there]] += 1.0
    others = np.maximum(tally.sum(axis=1) - 1.0, 1.0)
    if metric == "ordinal":
        met = (tally[:, :, None] * tally[:, None, :]) / others[:, None, None]
        return np.column_stack([tally, met.reshape(len(rows), q * q)]), _ordinal(q)
    apart = _apart(rated.scale.values, metric)
    own = ((tally @ apart) * tally).sum(axis=1) / others

    def parts(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        often = sums[:, :q]
        number = often.sum(axis=1)
        expected = ((often @ apart) * often).sum(axis=1) / (number * (number - 1.0))
        return sums[:, q] / number, expected

    return np.column_stack([tally, own]), parts


def _ordinal(q: int) -> Parts:
    """δ_ck is the distance of the middle ranks of c and k, which move with the sample."""

    def parts(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        often, met = sums[:, :q], sums[:, q:].reshape(len(sums), q, q)
        number = often.sum(axis=1)
        rank = (np.cumsum(often, axis=1) - often / 2.0) / number[:, None]
        apart = (rank[:, :, None] - rank[:, None, :]) ** 2
        observed = (met * apart).sum(axis=(1, 2)) / number
        expected = ((apart @ often[:, :, None])[:, :, 0] * often).sum(axis=1) / (number * (number - 1.0))
        return observed, expected

    return parts


def _apart(values: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    if metric == "nominal":
        return 1.0 - np.eye(len(values))
    both = np.add.outer(values, values)
    return (np.subtract.outer(values, values) / np.where(both > 0.0, both, 1.0)) ** 2


def _dissent(rows: NDArray[np.int64], counts: NDArray[np.int64], q: int) -> NDArray[np.bool_]:
    """Which rows have anything but the commonest label."""
    there = rows != MISSING
    often = np.bincount(rows[there], weights=np.broadcast_to(counts[:, None], rows.shape)[there], minlength=q)
    found: NDArray[np.bool_] = (there & (rows != int(often.argmax()))).any(axis=1)
    return found
