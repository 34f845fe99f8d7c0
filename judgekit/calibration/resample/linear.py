"""The delta method with exact derivatives: how much each unit moves a statistic of sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.resample.resampled import Statistic, one_each, total, whole

_STEP = 1e-40
"""A complex step has no cancellation, so the derivative is exact to the last digit however small the step."""


@dataclass(frozen=True, slots=True)
class Linearised:
    """A statistic of sums and its first-order error."""

    value: float
    """The statistic; nan where undefined."""
    se: float
    """Standard error, √(U/(U-1) Σ ψ²); nan with fewer than 2 units."""
    influence: NDArray[np.float64]
    """(U,), ψ: what one more of each distinct unit would add to the value, to first order; their sum is 0."""
    n_units: int
    """How many independent units there are."""


def linearised(sums: NDArray[Any], statistic: Statistic, *, counts: NDArray[Any] | None = None) -> Linearised:
    """The value, its standard error by the delta method, and each unit's influence.

    ψ_u = ∇g(S) · s_u, less its mean, where S = Σ s_u and the statistic is g(S). For kappa of a table this is the
    variance of Fleiss, Cohen and Everitt (1969) with U - 1 for U, for AC1 and its kin that of Gwet (2008); with one row
    of sums a cluster it is the cluster-robust variance.

    Args:
        sums: (U, ...), what each distinct unit adds.
        statistic: sums (B, ...) to values (B,), of + - * / and powers alone: it is called with complex numbers.
        counts: (U,), how often each distinct unit occurs; None: once each.

    Source: Efron and Tibshirani (1993), section 22.5 (the infinitesimal jackknife); Squire and Trapp (1998), SIAM
    Review 40: 110-112 (the complex step).

    >>> import numpy as np
    >>> found = linearised(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 6.0]]), lambda s: s[:, 1] / s[:, 0])
    >>> found.value, round(found.se, 3)                      # the mean's own: √(7 / 3) = 1.528
    (3.0, 1.528)
    """
    often = one_each(sums, counts)
    n = int(often.sum())
    flat = sums.reshape(len(sums), math.prod(sums.shape[1:]))
    steps = total(flat, often) + 1j * _STEP * np.eye(flat.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = statistic(steps.reshape(len(steps), *sums.shape[1:])).imag / _STEP
    influence: NDArray[np.float64] = flat @ slope
    if n:
        influence = influence - float(influence @ often) / n
    se = math.sqrt(n / (n - 1) * float(influence**2 @ often)) if n > 1 else math.nan
    return Linearised(whole(sums, statistic, often), se, influence, n)
