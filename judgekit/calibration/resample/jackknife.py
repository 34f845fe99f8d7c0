"""Leave one unit out: the values, and Student's interval from them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.resample.resampled import Resampled, Statistic, one_each, too_few, total, whole

_BLOCK = 1 << 21


def leave_one_out(
    sums: NDArray[Any] | None, statistic: Statistic, *, counts: NDArray[Any] | None = None
) -> NDArray[np.float64]:
    """The statistic (U,) with one of each distinct unit left out.

    Equal units give equal values: a K × K table needs K² of them, whatever the number of items.

    Args:
        sums: (U, ...), what each distinct unit adds; None: the identity.
        statistic: sums (B, ...) to values (B,).
        counts: (U,), how often each distinct unit occurs; None: once each.

    >>> import numpy as np
    >>> leave_one_out(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 6.0]]), lambda s: s[:, 1] / s[:, 0])
    array([4. , 3.5, 1.5])
    """
    often = one_each(sums, counts)
    everything = total(sums, often)
    block = max(1, _BLOCK // max(1, everything.size))
    values = [np.zeros(0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, len(often), block):
            size = min(block, len(often) - start)
            part = np.eye(size, len(often), start) if sums is None else sums[start : start + size]
            values.append(statistic(everything - part))
    return np.concatenate(values)


def jackknife(
    sums: NDArray[Any] | None,
    statistic: Statistic,
    *,
    counts: NDArray[Any] | None = None,
    level: float = 0.95,
    what: str = "items",
) -> Resampled:
    """Student's interval from the values with one unit left out.

    se² = (U-1)/U Σ (θ₍ᵤ₎ - θ̄)², interval θ ± t(U-1) se. With few clusters it is longer, and covers better, than the
    bootstrap. Units without which the statistic is undefined are left out of the sum, and `method` counts them.

    Args:
        sums: (U, ...), what each distinct unit adds; None: the identity.
        statistic: sums (B, ...) to values (B,).
        counts: (U,), how often each distinct unit occurs; None: once each.
        level: confidence, between 0 and 1.
        what: what a unit is called in `method`.

    Source: Efron and Tibshirani (1993), An introduction to the bootstrap, equation 11.5.

    >>> import numpy as np
    >>> found = jackknife(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 6.0]]), lambda s: s[:, 1] / s[:, 0])
    >>> round(found.se, 3), found.method                     # the mean's own: √(7 / 3) = 1.528
    (1.528, 'jackknife of 3 items, Student t, df 2')
    """
    from scipy.special import stdtrit

    often = one_each(sums, counts)
    n = int(often.sum())
    if n < 2:
        return Resampled(math.nan, math.nan, math.nan, n, 0, "none", too_few(n))
    value = whole(sums, statistic, often)
    values = leave_one_out(sums, statistic, counts=often)
    fine = np.isfinite(values) & (often > 0)
    size = int(often[fine].sum())
    method = f"jackknife of {n} {what}, Student t, df {n - 1}"
    if size < n:
        method += f", undefined without {n - size} of them"
    if size < 2 or not math.isfinite(value):
        why = "the statistic is undefined as soon as one unit is left out"
        return Resampled(math.nan, math.nan, math.nan, n, n - size, method, why)
    mean = float(values[fine] @ often[fine]) / size
    se = math.sqrt((size - 1) / size * float((values[fine] - mean) ** 2 @ often[fine]))
    half = float(stdtrit(n - 1, (1.0 + level) / 2.0)) * se
    return Resampled(value - half, value + half, se, n, n - size, method)
