"""Is a difference more than chance? p-values of paired differences, and their correction where there are several.

mean_test            the mean of d is 0, items of one cluster dependent
mcnemar_test         as many changed from no to yes as from yes to no
holm, benjamini_hochberg    adjusted p-values
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.inputs import scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints, Values


def mean_test(differences: Values, *, clusters: Values | None = None) -> float:
    """The two-sided p-value of mean(d) = 0: t = d̄ / se with G - 1 degrees of freedom, se over G clusters.

    se² = G/(G-1) Σ_g (Σ_{i in g} (d_i - d̄))² / n². Where all d are 0, p is 1; where all clusters have one other mean, t
    is x/0 and p that of the sign test, 2 · 0.5^G. With fewer than 2 clusters p is nan.

    Args:
        differences: (n,), none missing.
        clusters: (n,), the independent unit of each; None: each is its own.

    Raises:
        UserError: a value is missing or no number, or the lengths differ.

    >>> round(mean_test([1.0, 0.0, 1.0, 2.0]), 4)                         # t = 1 / (√(2/3) / 2) = 2.449, df 3
    0.0917
    """
    d = scores(differences, "mean_test", missing=False)
    unit = unit_index(clusters, d.size, "mean_test")
    units = int(unit.max()) + 1 if d.size else 0
    if units < 2:
        return math.nan
    mean = float(d.mean())
    off = np.bincount(unit, weights=d - mean, minlength=units)
    error = math.sqrt(units / (units - 1) * float(off @ off)) / d.size
    if error <= 1e-12 * max(1.0, float(np.abs(d).max())):
        return 1.0 if abs(mean) <= 1e-12 else min(1.0, 2.0 * 0.5**units)
    from scipy.special import stdtr

    return float(2.0 * stdtr(units - 1, -abs(mean) / error))


def mcnemar_test(before: Values, after: Values, *, clusters: Values | None = None) -> float:
    """The two-sided p-value of as many changes from 0 to 1 as from 1 to 0.

    Exact for independent items: of m that changed, the number that gained is Binomial(m, 1/2); with no change p is 1.
    With clusters Durkalski's: Σ_g (gained - lost) squared, by Σ_g (gained - lost)², is χ² with 1 degree of freedom.

    Args:
        before: (n,), 0 or 1, none missing.
        after: (n,), 0 or 1, none missing.
        clusters: (n,), the independent unit of each; None: each is its own.

    Raises:
        UserError: a value is not 0 or 1, or the lengths differ.

    Source: McNemar (1947); Durkalski, Palesch, Lipsitz and Rust (2003), Analysis of clustered matched-pair data.

    >>> round(mcnemar_test([0] * 8 + [1] * 2, [1] * 8 + [0] * 2), 6)       # 2 (1 + 10 + 45) / 2^10
    0.109375
    """
    name = "mcnemar_test"
    a, b = scores(before, name, missing=False), scores(after, name, missing=False)
    if a.size != b.size:
        raise UserError(f"{name}: one value an item was wanted in each; came {a.size} before, {b.size} after")
    wrong = [x for x in np.unique(np.concatenate([a, b])).tolist() if x not in (0.0, 1.0)]
    if wrong:
        raise UserError(f"{name}: 0 or 1 were wanted, and {wrong[0]:g} came")
    unit = unit_index(clusters, a.size, name)
    change = b - a
    units = int(unit.max()) + 1 if a.size else 0
    if units == a.size:
        return _exact(int((change > 0).sum()), int((change < 0).sum()))
    from scipy.special import chdtrc

    net = np.bincount(unit, weights=change, minlength=units)
    square = float(net @ net)
    return float(chdtrc(1, float(net.sum()) ** 2 / square)) if square > 0.0 else 1.0


def _exact(gained: int, lost: int) -> float:
    from scipy.special import bdtr

    changed = gained + lost
    return min(1.0, 2.0 * float(bdtr(min(gained, lost), changed, 0.5))) if changed else 1.0


def holm(p_values: Values) -> Floats:
    """(k,), p adjusted so that the chance of any false alarm stays below the level, whatever depends on what.

    In ascending order, p_(i) becomes the largest (k - j + 1) p_(j), j <= i, at most 1. nan stays nan, and is no test.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _p_values(p_values, "holm")
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return _put_back(p_values, order, np.minimum(1.0, steps))


def benjamini_hochberg(p_values: Values) -> Floats:
    """(k,), p adjusted so that the expected share of false alarms among the alarms stays below the level.

    In ascending order, p_(i) becomes the smallest k p_(j) / j for j >= i. It holds for tests that are independent or
    depend positively. nan stays nan, and is no test.

    Source: Benjamini and Hochberg (1995), Controlling the false discovery rate.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = _p_values(p_values, "benjamini_hochberg")
    order = np.argsort(p, kind="stable")
    steps = np.minimum.accumulate((p[order] * p.size / np.arange(1, p.size + 1))[::-1])[::-1]
    return _put_back(p_values, order, np.minimum(1.0, steps))


def _p_values(values: Values, name: str) -> Floats:
    p = scores(values, name)
    p = p[~np.isnan(p)]
    if p.size and not bool(((p >= 0.0) & (p <= 1.0)).all()):
        raise UserError(f"{name}: p-values from 0 to 1 were wanted; came {p.min():g} to {p.max():g}")
    return p


def _put_back(values: Values, order: Ints, adjusted: Floats) -> Floats:
    found = scores(values, "p-values").copy()
    place = np.flatnonzero(~np.isnan(found))
    found[place[order]] = adjusted
    return found
