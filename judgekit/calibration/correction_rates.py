"""The true pass rate from a judge's error rates: Rogan and Gladen's estimator."""

from __future__ import annotations

import math

from judgekit.calibration.bounded import normal, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level
from judgekit.errors import UserError

_FEW = 20
"""Labelled passes, or failures, below which the interval is longer than it need be."""


def rogan_gladen(
    judge_rate: float,
    n: int,
    sensitivity_k: int,
    sensitivity_n: int,
    specificity_k: int,
    specificity_n: int,
    *,
    level: float = 0.95,
) -> Estimate:
    """θ = (p + q0 - 1) / (q0 + q1 - 1), cut to 0..1: the pass rate that makes such a judge pass a share p.

    p is the judge's pass rate on n items without labels; q1 = sensitivity_k / sensitivity_n is how many of the true
    passes it passed, q0 = specificity_k / specificity_n how many of the true failures it failed, on labelled items. It
    asks that P(verdict | truth) is the same in both sets, and holds where the pass rate differs between them; it is
    often wider than labels alone, so where the labels are a random sample use `ppi_mean`.

    Interval: p̃ = (np + z²/2)/(n + z²), q̃ = (mq + 1)/(m + 2), ñ = n + z², m̃ = m + 2, θ̃ from these;
    θ̃ + d ∓ z se, d = 2z²(θ̃ q̃1(1-q̃1)/m̃1 - (1-θ̃) q̃0(1-q̃0)/m̃0),
    se = √(p̃(1-p̃)/ñ + (1-θ̃)² q̃0(1-q̃0)/m̃0 + θ̃² q̃1(1-q̃1)/m̃1) / (q̃0 + q̃1 - 1), cut to 0..1. Simulated coverage of
    95 % (2,000 runs): 0.945 to 0.96 from 20 labelled passes and 20 failures on, 0.97 with 10. It explodes where q0 + q1
    is near 1.

    Args:
        judge_rate: p, 0..1.
        n: how many items p is taken over.
        sensitivity_k: labelled passes that the judge passed.
        sensitivity_n: labelled passes.
        specificity_k: labelled failures that the judge failed.
        specificity_n: labelled failures.
        level: confidence of the interval.

    Returns:
        The estimate; nan with a reason where q0 + q1 <= 1 (the judge tells nothing), or a count is 0. `n` counts all
        items, labelled or not.

    Raises:
        UserError: a rate outside 0..1, a count below 0, or more hits than items.

    Source: Rogan and Gladen (1978); Lee et al. (2025), arXiv 2511.21140 (the interval).

    >>> e = rogan_gladen(0.4, 1000, 180, 200, 140, 200)
    >>> round(e.value, 5), round(e.low, 5), round(e.high, 5)
    (0.16667, 0.05635, 0.26273)
    """
    name = "rogan_gladen"
    check_level(level, name)
    if not 0.0 <= judge_rate <= 1.0:
        raise UserError(f"{name}: a judge_rate between 0 and 1 was wanted; came {judge_rate:g}")
    for k, m, side in ((sensitivity_k, sensitivity_n, "sensitivity"), (specificity_k, specificity_n, "specificity")):
        if not 0 <= k <= m:
            raise UserError(f"{name}: 0 <= {side}_k <= {side}_n was wanted; came {k} of {m}")
    if n < 0:
        raise UserError(f"{name}: n of 0 or more was wanted; came {n}")
    everything = n + sensitivity_n + specificity_n
    for m, side in ((n, "judged item"), (sensitivity_n, "labelled pass"), (specificity_n, "labelled failure")):
        if m == 0:
            return undefined(name, f"there is no {side}", level=level, n=everything, units=everything)
    q1, q0 = sensitivity_k / sensitivity_n, specificity_k / specificity_n
    if q0 + q1 <= 1.0:
        why = f"sensitivity {q1:.3g} + specificity {q0:.3g} is not above 1: the judge tells nothing"
        return undefined(name, why, level=level, n=everything, units=everything)
    value = min(1.0, max(0.0, (judge_rate + q0 - 1.0) / (q0 + q1 - 1.0)))
    low, high = _lee(judge_rate, n, q1, sensitivity_n, q0, specificity_n, normal(level))
    if math.isnan(low):
        why = "sensitivity + specificity is above 1 only by the luck of few labels"
        return undefined(name, why, level=level, n=everything, units=everything, value=value)
    note = "fewer than 20 labelled passes or failures: the interval may be longer than it need be"
    few = min(sensitivity_n, specificity_n) < _FEW
    return Estimate(name, value, low, high, level, everything, everything, "Lee et al.", note=note if few else "")


def _lee(p: float, n: int, q1: float, m1: int, q0: float, m0: int, z: float) -> tuple[float, float]:
    z2 = z * z
    p, size = (n * p + z2 / 2.0) / (n + z2), n + z2
    q0, m0 = (m0 * q0 + 1.0) / (m0 + 2.0), m0 + 2
    q1, m1 = (m1 * q1 + 1.0) / (m1 + 2.0), m1 + 2
    told = q0 + q1 - 1.0
    if told <= 0.0:
        return math.nan, math.nan
    t = (p + q0 - 1.0) / told
    s0, s1 = q0 * (1.0 - q0) / m0, q1 * (1.0 - q1) / m1
    d = 2.0 * z2 * (t * s1 - (1.0 - t) * s0)
    half = z * math.sqrt(p * (1.0 - p) / size + (1.0 - t) ** 2 * s0 + t * t * s1) / told
    low, high = (min(1.0, max(0.0, end)) for end in (t + d - half, t + d + half))
    return low, high
