"""The cumulative logit: from a judge's score to the probability of each grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.mapping_fits import ScoreMap

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints

_RIDGE = 1e-6
"""Holds the slope finite where scores separate the grades; it moves a regular fit by about 1e-6/n."""


def fit_ordinal(f: Floats, y: Floats) -> ScoreMap:
    """P(y <= k | f) = σ(θ_k - β f) with rising θ, by maximum likelihood; grades that do not occur have probability 0.

    Newton's method on the log-likelihood Σ ln(σ(θ_y - βf) - σ(θ_{y-1} - βf)), which is concave; scores are standardised
    for the iteration. Where scores separate the grades the slope would be infinite: a ridge of 1e-6 holds it.

    Args:
        f: (n,), the scores.
        y: (n,), the grades, numbers.

    Source: McCullagh (1980), Regression models for ordinal data, sections 2 and 3.
    """
    grades, code = np.unique(y, return_inverse=True)
    k = grades.size
    if k == 1:
        return ScoreMap("ordinal", coefficients=(0.0,), values=(float(grades[0]),))
    middle, spread = float(f.mean()), float(f.std())
    spread = spread if spread > 1e-12 * max(1.0, abs(middle)) else 1.0
    x = (f - middle) / spread
    distinct, where = np.unique(x, return_inverse=True)
    cells, counts = np.unique(where.reshape(-1) * k + code.reshape(-1), return_counts=True)
    x, at, often = distinct[cells // k], cells % k, counts.astype(float)
    share = np.cumsum(np.bincount(at, often, k)) / often.sum()
    parameters = np.append(0.0, np.log(share[:-1] / (1.0 - share[:-1])))
    now = _loss(parameters, x, at, often)
    for _ in range(200):
        slope, bend = _derivatives(parameters, x, at, often)
        step = np.linalg.lstsq(bend, slope, rcond=None)[0]
        size = 1.0
        while size > 1e-10 and not _loss(parameters + size * step, x, at, often) <= now:
            size /= 2.0
        after = _loss(parameters + size * step, x, at, often)
        if not after <= now:
            break
        gained = now - after
        parameters, now = parameters + size * step, after
        if gained <= 1e-11 * max(1.0, now):  # Newton squares the error: the next gain is rounding
            break
    beta = parameters[0] / spread
    cuts = parameters[1:] + beta * middle
    return ScoreMap("ordinal", coefficients=(float(beta), *cuts.tolist()), values=tuple(grades.tolist()))


def _edges(parameters: Floats, x: Floats, at: Ints) -> tuple[Floats, Floats]:
    cuts = np.concatenate([[-np.inf], parameters[1:], [np.inf]])
    return cuts[at + 1] - parameters[0] * x, cuts[at] - parameters[0] * x


def _chance(upper: Floats, lower: Floats) -> Floats:
    from scipy.special import expit

    # σ(u) - σ(l) = σ(-l) - σ(-u): the smaller pair keeps its digits.
    swap = lower > 0.0
    u, low = np.where(swap, -lower, upper), np.where(swap, -upper, lower)
    return np.asarray(expit(u) - expit(low))


def _loss(parameters: Floats, x: Floats, at: Ints, often: Floats) -> float:
    if parameters.size > 2 and not bool((np.diff(parameters[1:]) > 0.0).all()):
        return float("inf")
    p = _chance(*_edges(parameters, x, at))
    if not bool((p > 0.0).all()):
        return float("inf")
    return -float(often @ np.log(p)) + 0.5 * _RIDGE * float(parameters[0]) ** 2


def _derivatives(parameters: Floats, x: Floats, at: Ints, often: Floats) -> tuple[Floats, Floats]:
    from scipy.special import expit

    upper, lower = _edges(parameters, x, at)
    p = _chance(upper, lower)
    width = parameters.size
    a, b = np.zeros((x.size, width)), np.zeros((x.size, width))
    a[:, 0] = b[:, 0] = -x
    rows = np.arange(x.size)
    inner, outer = at + 1 < width, at > 0
    a[rows[inner], at[inner] + 1] = 1.0
    b[rows[outer], at[outer]] = 1.0
    su, sl = expit(upper), expit(lower)
    du, dl = su * (1.0 - su), sl * (1.0 - sl)
    first = (du[:, None] * a - dl[:, None] * b) / p[:, None]
    slope = often @ first
    curve = (du * (1.0 - 2.0 * su) / p * often, dl * (1.0 - 2.0 * sl) / p * often)
    bend = (first * often[:, None]).T @ first - (a * curve[0][:, None]).T @ a + (b * curve[1][:, None]).T @ b
    slope[0] -= _RIDGE * parameters[0]
    bend[0, 0] += _RIDGE
    return slope, bend
