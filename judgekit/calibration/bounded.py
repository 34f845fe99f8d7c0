"""Intervals for a mean on a bounded scale: Wilson's, on the effective number of values.

wilson              the interval itself
noted               an estimate with a remark
bounded_estimate    from a value and its variance
linear_estimate     from what each item adds to the estimate, items of one cluster counted together
proportion          a share of yes, with or without clusters
jackknife_estimate  any smooth function of sums, leaving out one unit at a time
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from judgekit.calibration.estimate import Estimate, mean_from_sums
from judgekit.calibration.inputs import check_level
from judgekit.calibration.resample.jackknife import jackknife

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats, Ints

_NOTHING = 1e-14
"""A variance below this share of the squared scale is rounding: the values do not vary."""


E = TypeVar("E", bound=Estimate)


def normal(level: float) -> float:
    """The two-sided normal quantile: 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1.0 + level) / 2.0))


def student(df: float, level: float) -> float:
    """The two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1.0 + level) / 2.0))


def wilson(value: float, n: float, quantile: float, low: float = 0.0, high: float = 1.0) -> tuple[float, float]:
    """Wilson's interval for a mean on [low, high] that is worth n independent yes/no values.

    With u = (value - low)/(high - low), z the quantile: (u + z²/2n ± z √(u(1-u)/n + z²/4n²)) / (1 + z²/n).

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> [round(x, 4) for x in wilson(0.8, 10, 1.959964)]      # 8 of 10
    [0.4902, 0.9433]
    """
    u = min(1.0, max(0.0, (value - low) / (high - low)))
    z2 = quantile * quantile
    middle = (u + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = quantile / (1.0 + z2 / n) * math.sqrt(u * (1.0 - u) / n + z2 / (4.0 * n * n))
    # The ends meet the value exactly at 0 and 1; rounding may not lift them past it.
    bottom, top = max(0.0, min(u, middle - half)), min(1.0, max(u, middle + half))
    return low + bottom * (high - low), low + top * (high - low)


def noted(e: E, *notes: str) -> E:
    """The estimate with what has to be known beside its value."""
    return replace(e, note="; ".join(x for x in (e.note, *notes) if x))


def undefined(name: str, why: str, *, level: float, n: int = 0, units: int = 0, value: float = math.nan) -> Estimate:
    """An estimate without an interval, and perhaps without a value, that says why."""
    return Estimate(name, value, math.nan, math.nan, level, n, units, "none", why)


def bounded_estimate(
    name: str,
    value: float,
    variance: float,
    *,
    df: float,
    n: int,
    units: int,
    level: float,
    low: float = 0.0,
    high: float = 1.0,
    method: str = "Wilson on the effective number",
) -> Estimate:
    """The estimate with Wilson's interval for n* = u(1-u)/Var(u) yes/no values, u the value mapped to 0..1.

    n* is how many independent yes/no values would have this variance: the design effect of clusters, the gain of a
    judge and the smaller spread of graded scores all enter through it. The quantile is Student's, because the variance
    is estimated. Wald's interval with the same variance covers 0.83 where this covers 0.95 (share 0.95, 60 labels).
    Where the values do not vary, the bound of `mean_from_sums` for equal units stands in.
    """
    if variance <= _NOTHING * (high - low) ** 2:
        flat = mean_from_sums(np.full(units, value), np.ones(units), level=level, low=low, high=high, name=name)
        return replace(flat, value=value, n=n)
    u = min(1.0, max(0.0, (value - low) / (high - low)))
    # A corrected mean may lie outside the scale; one pseudo-value at the other end keeps n* above 0 there.
    u_inside = min(1.0 - 0.5 / units, max(0.5 / units, u))
    worth = u_inside * (1.0 - u_inside) * (high - low) ** 2 / variance
    ends = wilson(value, worth, student(df, level), low, high)
    return Estimate(name, value, *ends, level, n, units, f"{method}, df {df:.0f}")


def linear_estimate(
    name: str,
    value: float,
    influence: Floats,
    unit: Ints,
    *,
    level: float,
    low: float = 0.0,
    high: float = 1.0,
    method: str = "Wilson on the effective number",
) -> Estimate:
    """The estimate whose error is about the sum of what the items add; items of a unit are added first.

    Var = G/(G-1) Σ_g (Σ_{i in g} ψ_i)², ψ the influence of an item divided by n, G the number of units.

    Args:
        name: what is estimated.
        value: its point estimate.
        influence: (n,), ψ; sums to 0.
        unit: (n,), the unit of each item, 0..G-1.
        level: confidence of the interval.
        low: the lowest value that is possible.
        high: the highest.
        method: how the interval is called.
    """
    n, units = influence.size, int(unit.max()) + 1 if unit.size else 0
    if units < 2:
        why = f"an interval needs 2 independent units; there is {units}"
        return undefined(name, why, level=level, n=n, units=units, value=value)
    sums = np.bincount(unit, weights=influence, minlength=units)
    variance = units / (units - 1) * float(sums @ sums)
    if units < n:
        method = f"{method}, clusters"
    return bounded_estimate(
        name, value, variance, df=units - 1, n=n, units=units, level=level, low=low, high=high, method=method
    )


def proportion(
    name: str, yes: NDArray[np.bool_], unit: Ints, *, level: float, nothing: str, note: str = ""
) -> Estimate:
    """The share of yes: Wilson's interval; with clusters, Wilson's on the effective number of values.

    Simulated coverage of 95 % with clusters (8,000 runs each): 0.93 to 0.96 from 20 clusters on, for shares of 0.5 to
    0.99 and a correlation within clusters up to 0.6; 0.97 to 0.98 with 10 clusters.

    Args:
        name: what is estimated.
        yes: (n,), one value an item.
        unit: (n,), the independent unit of each item; any whole numbers.
        level: confidence of the interval.
        nothing: the reason to give where there is no item.
        note: what has to be known beside the value.

    Source: Wilson (1927); Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data (the effective number).
    """
    check_level(level, name)
    n = int(yes.size)
    if n == 0:
        return undefined(name, nothing, level=level)
    share = float(yes.mean())
    _, index = np.unique(unit, return_inverse=True)
    index = index.reshape(-1)
    units = int(index.max()) + 1
    if units == n:
        return Estimate(name, share, *wilson(share, n, normal(level)), level, n, n, "Wilson", note=note)
    e = linear_estimate(name, share, (yes - share) / n, index, level=level)
    return noted(e, note)


def jackknife_estimate(
    name: str,
    statistic: Callable[[Floats], Floats],
    sums: Floats,
    *,
    n: int,
    level: float,
    transform: Callable[[Floats], Floats] | None = None,
    back: Callable[[float], float] | None = None,
    low: float = -math.inf,
    high: float = math.inf,
    nothing: str = "the statistic is 0/0",
) -> Estimate:
    """The statistic of the total of the sums, with Student's interval from leaving out one unit at a time.

    Args:
        name: what is estimated.
        statistic: maps sums (B, k) to values (B,).
        sums: (G, k), the sums of each unit.
        n: how many items went in.
        level: confidence of the interval.
        transform: to the scale on which the statistic is about normal, such as log.
        back: the inverse of `transform`.
        low: where the interval is cut.
        high: where the interval is cut.
        nothing: the reason to give where the statistic is undefined.
    """
    check_level(level, name)
    units = len(sums)
    if not units:
        return undefined(name, "there is no value", level=level)
    with np.errstate(all="ignore"):
        value = float(statistic(sums.sum(axis=0)[None])[0])
        if not math.isfinite(value):
            return undefined(name, nothing, level=level, n=n, units=units)
        bent = statistic if transform is None else lambda s: transform(statistic(s))
        found = jackknife(sums, bent, level=level, what="clusters" if units < n else "items")
    if found.undefined is not None:
        return undefined(name, found.undefined, level=level, n=n, units=units, value=value)
    if found.se <= _NOTHING:
        why = "the values vary too little for an interval: nothing changes without one of them"
        return undefined(name, why, level=level, n=n, units=units, value=value)
    ends = [found.low, found.high] if back is None else [back(found.low), back(found.high)]
    return Estimate(name, value, max(low, ends[0]), min(high, ends[1]), level, n, units, found.method)


def unit_sums(unit: Ints, *columns: Floats) -> Floats:
    """(G, k), the sum of each column within each unit."""
    units = int(unit.max()) + 1 if unit.size else 0
    sums = [np.bincount(unit, weights=c, minlength=units).astype(float) for c in columns]
    return np.column_stack(sums)
