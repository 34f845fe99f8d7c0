"""How small a difference of two systems can a comparison on the same questions see?"""

from __future__ import annotations

import math

from judgekit.calibration.bounded import student
from judgekit.calibration.inputs import check_level
from judgekit.errors import UserError


def power_for_difference(
    difference: float,
    n: int,
    *,
    sd: float = 0.5,
    correlation: float = 0.5,
    cluster_size: float = 1.0,
    icc: float = 0.0,
    level: float = 0.95,
) -> float:
    """The probability, 0..1, that a paired comparison on n questions tells a difference of this size from 0.

    The difference of a question has sd √(2(1 - correlation)) · sd; Student's t test with noncentral power, two-sided.

    Args:
        difference: the true difference of the two means, in points of the scale.
        n: questions, each answered by both systems.
        sd: the standard deviation of one system's scores over questions.
        correlation: of the two systems' scores over questions.
        cluster_size: questions a cluster.
        icc: correlation of the differences of two questions of one cluster, 0..1.
        level: confidence: 0.95 tests at 5 %.

    Raises:
        UserError: fewer than 2 independent questions, an sd that is not above 0, or a correlation out of range.

    Source: Miller (2024), Adding error bars to evals, section 5; the noncentral t as in Cohen (1988).

    >>> round(power_for_difference(0.1, 200), 3)                 # sd of d 0.5, noncentrality 0.1 · √200 / 0.5 = 2.83
    0.804
    """
    from scipy.special import nctdtr

    error, df = _error_of_difference("power_for_difference", n, sd, correlation, cluster_size, icc, level)
    t, shift = student(df, level), abs(difference) / error
    # The tail on the wrong side is below Φ(-shift), and nctdtr fails where its result would underflow.
    wrong_side = float(nctdtr(df, shift, -t)) if shift < 6.0 else 0.0
    missed = float(nctdtr(df, shift, t))
    return 1.0 - (0.0 if math.isnan(missed) and shift > t else missed) + wrong_side


def minimum_detectable_difference(
    n: int,
    *,
    power: float = 0.8,
    sd: float = 0.5,
    correlation: float = 0.5,
    cluster_size: float = 1.0,
    icc: float = 0.0,
    level: float = 0.95,
) -> float:
    """The smallest true difference, in points, that `power_for_difference` gives this power; arguments as there.

    Raises:
        UserError: a power that is not between 1 - level and 1, or see `power_for_difference`.

    >>> round(minimum_detectable_difference(200), 4)
    0.0995
    """
    name = "minimum_detectable_difference"
    error, _ = _error_of_difference(name, n, sd, correlation, cluster_size, icc, level)
    if not 1.0 - level < power < 1.0:
        raise UserError(f"{name}: a power between {1.0 - level:.2g} and 1 was wanted; came {power:g}")
    low, high = 0.0, error * 40.0
    while high - low > 1e-12 * error:
        middle = (low + high) / 2.0
        reached = power_for_difference(
            middle, n, sd=sd, correlation=correlation, cluster_size=cluster_size, icc=icc, level=level
        )
        low, high = (low, middle) if reached >= power else (middle, high)
    return high


def _error_of_difference(
    name: str, n: int, sd: float, correlation: float, cluster_size: float, icc: float, level: float
) -> tuple[float, float]:
    check_level(level, name)
    if not (sd > 0.0 and -1.0 <= correlation < 1.0 and 0.0 <= icc <= 1.0 and cluster_size >= 1.0):
        raise UserError(
            f"{name}: above 0 was wanted for sd=, -1 to below 1 for the correlation of the systems, 0..1 for icc= and "
            f"1 or more for cluster_size=; came {sd:g}, {correlation:g}, {icc:g}, {cluster_size:g}"
        )
    units = n / cluster_size
    if units < 2:
        raise UserError(f"{name}: 2 independent questions or more were wanted; came {units:g}")
    effect = 1.0 + (cluster_size - 1.0) * icc
    return sd * math.sqrt(2.0 * (1.0 - correlation) * effect / n), units - 1.0
