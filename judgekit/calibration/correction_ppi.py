"""The true mean from a few labels and many judge scores: prediction-powered inference with power tuning (PPI++).

A judge that is wrong costs nothing here but width: its mean is corrected by what it got wrong where labels exist.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.bounded import bounded_estimate, normal, noted, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints, Values


@dataclass(frozen=True, slots=True)
class Corrected(Estimate):
    """An estimate from labels and judge scores together, and what the judge added."""

    judge_weight: float = math.nan
    """How much of the judge's mean is used: 0 the labels alone, 1 the judge corrected in full."""
    n_labels: int = 0
    """How many labels went in."""
    effective_labels: float = math.nan
    """How many labels alone would have given this variance."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels with their judge scores, and judge scores without labels: checked, with shares and units."""

    y: Floats
    """(n,), labels."""
    f: Floats
    """(n,), judge scores of the labelled items."""
    rest: Floats
    """(N,), judge scores of the others."""
    share: Floats
    """(n,), weight of each labelled item; sums to 1."""
    unit: Ints
    """(n + N,), the independent unit of each item, labelled first."""
    weighted: bool
    """Whether the weights differ."""
    clustered: bool
    """Whether items share units."""


def ppi_mean(
    labelled_y: Values,
    labelled_f: Values,
    unlabelled_f: Values,
    *,
    weights: Values | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
    interval: Literal["wilson", "wald"] = "wilson",
) -> Corrected:
    """The mean of y over all items: λ·mean(f unlabelled) + mean(y - λ f), λ chosen for the smallest variance.

    λ = Cov(y, f) / ((1 + n/N) Var(f)), cut to 0..1; Var = λ² Var(f)/N + Var(y - λ f)/n. With weights or clusters, the
    same from what the items of each cluster add to the two means. Valid where the labelled items are a random sample of
    all, or each has its weight 1/π (the judge's mean is then that over all n + N items, because what was not chosen is
    no random sample); the judge may be wrong in any way.

    Wald's interval (`interval="wald"`, as in the paper) falls short for few labels and shares near 0 or 1: it covers
    0.84 for a share of 0.95 and 60 labels. The default is Wilson's on the effective number with Student's quantile:
    0.94 to 0.97 in simulations of shares from 0.01 to 0.99 with 30 labels and more (2,000 runs each; the table is in
    the documentation). With clusters: 0.93 to 0.95 from 20 labelled clusters on. With weights of 1 : 3: 0.92 for 60
    labels, 0.94 for 100.

    Args:
        labelled_y: (n,), labels, from low to high.
        labelled_f: (n,), the judge's scores of the same items.
        unlabelled_f: (N,), the judge's scores of the items without a label.
        weights: (n,), 1 / the probability with which each item was chosen for labelling; None: all alike.
        clusters: (n,) the independent unit of each labelled item, the others counting as independent, or (n + N,), that
            of the labelled items first and of the others after: a question may stand in both.
        level: confidence of the interval.
        low: the lowest value that a label can have.
        high: the highest.
        interval: "wilson", or "wald" for comparison with other software.

    Raises:
        UserError: a missing value, text, a label off the scale, weights that are not above 0, or different lengths.

    Source: Angelopoulos, Duchi and Zrnic (2023), PPI++: efficient prediction-powered inference, section 6.

    >>> e = ppi_mean([1, 1, 0, 1], [1, 1, 0, 0], [1] * 6 + [0] * 6)
    >>> round(e.value, 4), round(e.judge_weight, 4)
    (0.75, 0.3516)
    """
    s = sample(labelled_y, labelled_f, unlabelled_f, weights, clusters, "ppi_mean", low=low, high=high)
    return ppi(s, "ppi_mean", level=level, low=low, high=high, interval=interval)


def sample(
    labelled_y: Values,
    labelled_f: Values,
    unlabelled_f: Values,
    weights: Values | None,
    clusters: Values | None,
    what: str,
    *,
    low: float,
    high: float,
) -> Sample:
    """The data, checked.

    Raises:
        UserError: see `ppi_mean`.
    """
    y = scores(labelled_y, f"{what}: labelled_y", missing=False)
    f = scores(labelled_f, f"{what}: labelled_f", missing=False)
    rest = scores(unlabelled_f, f"{what}: unlabelled_f", missing=False)
    same_length(what, labelled_y=y, labelled_f=f, weights=weights)
    if not low < high:
        raise UserError(f"{what}: low below high was wanted; came low={low:g}, high={high:g}")
    wrong = y[(y < low) | (y > high)]
    if wrong.size:
        raise UserError(
            f"{what}: labels from {low:g} to {high:g} were wanted, and {wrong[0]:g} came; say low= and high="
        )
    n, total = y.size, y.size + rest.size
    share = np.full(n, 1.0 / n) if n else np.zeros(0)
    if weights is not None:
        w = scores(weights, f"{what}: weights", missing=False)
        if bool((w <= 0.0).any()):
            raise UserError(f"{what}: weights above 0 were wanted (1 / probability of being chosen); came {w.min():g}")
        share = w / w.sum() if n else w
    if clusters is None:
        return Sample(y, f, rest, share, np.arange(total), bool(np.ptp(share) > 0.0) if n else False, False)
    size = np.asarray(clusters).size
    if size == total:
        unit = unit_index(clusters, total, what)
    elif size == n:
        first = unit_index(clusters, n, what)
        unit = np.concatenate([first, (int(first.max()) + 1 if n else 0) + np.arange(rest.size)])
    else:
        raise UserError(
            f"{what}: {n} clusters (labelled) or {total} (labelled, then the others) were wanted; came {size}"
        )
    clustered = np.unique(unit).size < total
    return Sample(y, f, rest, share, unit, bool(np.ptp(share) > 0.0) if n else False, clustered)


def ppi(
    s: Sample, name: str, *, level: float, low: float, high: float, interval: Literal["wilson", "wald"] = "wilson"
) -> Corrected:
    """The estimate of `ppi_mean` from data that are checked."""
    check_level(level, name)
    n, rest = s.y.size, s.rest.size
    units = int(np.unique(s.unit[:n]).size)
    if n == 0:
        return corrected(undefined(name, "there is no label", level=level, n=rest), 0.0, 0, math.nan)
    mean_y = float(s.share @ s.y)
    if units < 2:
        why = f"an interval needs 2 independent labelled units; there is {units}"
        bare = undefined(name, why, level=level, n=n + rest, units=units, value=mean_y)
        return corrected(bare, 0.0, n, math.nan)
    weight = _tuned(s)
    value = mean_y + weight * (_judge_mean(s) - float(s.share @ s.f) if rest else 0.0)
    variance, alone = variance_of(s, weight), variance_of(s, 0.0)
    residual = s.y - weight * s.f
    if variance >= alone or float(np.ptp(residual)) <= 1e-12 * (high - low):
        # A judge without a fault on few labels may still have faults: count no more than the labels.
        variance = alone
    if interval == "wald":
        error = math.sqrt(variance_of(s, weight, wald=True))
        ends = value - normal(level) * error, value + normal(level) * error
        short = "Wald's interval is short with few labels, and near the ends of the scale"
        e = Estimate(name, value, *ends, level, n + rest, units, "PPI++, Wald", note=short)
    else:
        e = bounded_estimate(
            name,
            value,
            variance,
            df=units - 1,
            n=n + rest,
            units=units,
            level=level,
            low=low,
            high=high,
            method=f"PPI++, Wilson on the effective number{', weighted' * s.weighted}{', clusters' * s.clustered}",
        )
        if not low <= value <= high:
            e = replace(noted(e, f"the formula gives {value:.4g}, off the scale"), value=min(high, max(low, value)))
    worth = n * alone / variance if variance > 0.0 else math.nan
    return corrected(e, weight, n, worth)


def _tuned(s: Sample) -> float:
    n, rest = s.y.size, s.rest.size
    everything = np.concatenate([s.f, s.rest])
    # Sums of one number that repeats differ in their last digits, and 0/0 of these is any weight.
    if rest == 0 or float(np.ptp(everything)) <= 1e-12 * float(np.abs(everything).max()):
        return 0.0
    if not s.weighted and not s.clustered:
        spread = (1.0 + n / rest) * float(np.var(everything, ddof=1))
        both = float(np.mean((s.y - s.y.mean()) * (s.f - s.f.mean())))
    else:
        label, judge = _parts(s)
        both, spread = float(label @ judge), float(judge @ judge)
    return min(1.0, max(0.0, both / spread)) if spread > 0.0 else 0.0


def variance_of(s: Sample, weight: float, *, wald: bool = False) -> float:
    """The variance of the corrected mean for a judge weight; 0: of the labels alone."""
    n, rest = s.y.size, s.rest.size
    if not s.clustered and not s.weighted:
        less = 0 if wald else 1
        judge = weight**2 * float(np.var(s.rest, ddof=min(less, rest - 1))) / rest if rest else 0.0
        return judge + float(np.var(s.y - weight * s.f, ddof=less)) / n
    label, judge_part = _parts(s)
    units = int(np.unique(s.unit[:n]).size)
    sums = label - weight * judge_part
    return units / (units - 1) * float(sums @ sums)


def _judge_mean(s: Sample) -> float:
    # Items chosen with unequal probability leave a rest that is no random sample: then the mean is that over all.
    return float(np.concatenate([s.f, s.rest]).mean()) if s.weighted else float(s.rest.mean())


def _parts(s: Sample) -> tuple[Floats, Floats]:
    """What each unit adds to the mean of the labels, and to the labelled minus the whole judge mean."""
    n, rest = s.y.size, s.rest.size
    units = int(s.unit.max()) + 1
    label: Floats = np.bincount(s.unit[:n], weights=s.share * (s.y - s.share @ s.y), minlength=units).astype(float)
    judge: Floats = np.bincount(s.unit[:n], weights=s.share * (s.f - s.share @ s.f), minlength=units).astype(float)
    if rest:
        judged = np.concatenate([s.f, s.rest]) if s.weighted else s.rest
        where = s.unit if s.weighted else s.unit[n:]
        judge = judge - np.bincount(where, weights=(judged - judged.mean()) / judged.size, minlength=units)
    return label, judge


def corrected(e: Estimate, weight: float, n_labels: int, effective_labels: float) -> Corrected:
    """The estimate with what the judge added."""
    plain = {field.name: getattr(e, field.name) for field in fields(Estimate)}
    return Corrected(**plain, judge_weight=weight, n_labels=n_labels, effective_labels=effective_labels)
