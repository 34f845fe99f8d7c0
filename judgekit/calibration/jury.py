"""How many judges are several judges worth? Judges that err alike are fewer than they look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.bounded import jackknife_estimate, undefined, unit_sums
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


@dataclass(frozen=True, slots=True)
class EffectiveJudges:
    """What a panel is worth, and the correlation of errors that it comes from."""

    judges: Estimate
    """r / (1 + (r - 1) ρ): so many judges with independent errors would average as well."""
    error_correlation: Estimate
    """ρ, the mean over pairs of judges of the correlation of their errors."""
    n_judges: int
    """r, how many judges there are."""
    n_incomplete: int
    """Items that were left out because a verdict or the label is missing."""


def effective_judges(
    labels: Values, verdicts: Values, *, clusters: Values | None = None, level: float = 0.95
) -> EffectiveJudges:
    """How many judges with independent errors the panel is worth: r / (1 + (r - 1) ρ).

    The error of a judge on an item is verdict - label (for classes without an order, give labels of 0 and verdicts of 1
    where wrong); ρ is the mean correlation of these over the pairs of judges. The interval is the jackknife's on
    Fisher's z of ρ, over items or clusters.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n, r), the scores of r >= 2 judges.
        clusters: (n,), the independent unit of each item.
        level: confidence of the intervals.

    Returns:
        The estimates; nan with a reason for one judge, or a judge whose error is always the same.

    Raises:
        UserError: text for numbers, or shapes that do not fit.

    Source: Kish (1965), the design effect, with judges for clusters.

    >>> y = [0.0] * 4
    >>> found = effective_judges(y, [[1, 1], [1, 1], [0, 0], [0, 0]])                # the same errors twice
    >>> found.judges.value, round(effective_judges(y, [[1, 1], [1, 0], [0, 1], [0, 0]]).judges.value, 6)
    (1.0, 2.0)
    """
    name = "effective_judges"
    check_level(level, name)
    y, f = scores(labels, f"{name}: labels"), matrix(verdicts, f"{name}: verdicts", columns="a judge")
    same_rows(name, len(f), labels=y.size)
    unit = unit_index(clusters, y.size, name)
    whole = ~(np.isnan(y) | np.isnan(f).any(axis=1))
    d = f[whole] - y[whole, None]
    r, n = f.shape[1], int(whole.sum())
    gone = y.size - n
    if r < 2 or n < 2:
        why = f"2 judges and 2 complete items are needed; there are {r} and {n}"
        bare = undefined("error_correlation", why, level=level, n=n)
        return EffectiveJudges(undefined("effective_judges", why, level=level, n=n), bare, r, gone)
    d = d - d.mean(axis=0)  # the correlation is the same, and sums of squares keep their digits
    index = np.unique(unit[whole], return_inverse=True)[1].reshape(-1)
    pairs = [(i, j) for i in range(r) for j in range(i, r)]
    sums = unit_sums(index, np.ones(n), *d.T, *(d[:, i] * d[:, j] for i, j in pairs))

    def correlation(s: Floats) -> Floats:
        mean, at = s[:, 1 : r + 1] / s[:, :1], {pair: r + 1 + place for place, pair in enumerate(pairs)}
        var = [s[:, at[i, i]] / s[:, 0] - mean[:, i] ** 2 for i in range(r)]
        total: Any = 0.0
        for i, j in pairs:
            if i < j:
                cov = s[:, at[i, j]] / s[:, 0] - mean[:, i] * mean[:, j]
                # Below this, an error that never changes leaves nothing but rounding.
                flat = np.minimum(var[i], var[j]) <= 1e-12 * np.maximum(1e-300, np.maximum(var[i], var[j]))
                total = total + np.where(flat, np.nan, cov / np.sqrt(var[i] * var[j]))
        return np.asarray(total / (r * (r - 1) / 2))

    rho = jackknife_estimate(
        "error_correlation",
        correlation,
        sums,
        n=n,
        level=level,
        transform=_z,
        back=math.tanh,
        low=-1.0,
        high=1.0,
        nothing="a judge's error is the same on every item: it has no correlation",
    )
    return EffectiveJudges(_worth(rho, r), rho, r, gone)


def _z(rho: Floats) -> Floats:
    return np.arctanh(np.clip(rho, -1.0 + 1e-12, 1.0 - 1e-12))


def _worth(rho: Estimate, r: int) -> Estimate:
    def judges(x: float) -> float:
        spread = 1.0 + (r - 1) * x
        return r / spread if spread > 0.0 else math.inf

    why = rho.undefined
    if math.isnan(rho.value):
        return undefined("effective_judges", why or "", level=rho.level, n=rho.n, units=rho.n_clusters)
    value = judges(rho.value)
    if math.isinf(value):
        why = f"errors so opposed (ρ = {rho.value:.2f}) that they cancel: no number of independent judges does that"
        return undefined("effective_judges", why, level=rho.level, n=rho.n, units=rho.n_clusters)
    low, high = (judges(x) if x == x else math.nan for x in (rho.high, rho.low))
    return Estimate("effective_judges", value, low, high, rho.level, rho.n, rho.n_clusters, rho.method, why)
