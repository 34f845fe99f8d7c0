"""Is the judge lenient, does it squeeze the scale, does it favour its own family or long answers?

Everything is measured against labels of the same items: without them, a bias cannot be told from quality.

severity      the mean of judge - human
compression   the judge's spread against the humans', and how it uses the scale
family_gap    judge - human on its own family's answers, less that on others
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import jackknife_estimate, noted, student, undefined, unit_sums
from judgekit.calibration.error import Scale, mean_bias
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, left_out, paired, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


def severity(
    labels: Values,
    verdicts: Values,
    *,
    scale: Scale | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The mean of judge - human in points: above 0 the judge is lenient, below severe; see `mean_bias`.

    >>> severity([1, 2, 3, 4], [2, 3, 4, 4], scale=(1, 5)).value
    0.75
    """
    return replace(mean_bias(labels, verdicts, scale=scale, clusters=clusters, level=level), name="severity")


@dataclass(frozen=True, slots=True)
class Compression:
    """How the judge uses the scale, beside how the labels use it."""

    sd_ratio: Estimate
    """SD of verdicts / SD of labels: below 1, the judge squeezes the scale; 1 is neutral."""
    slope: Estimate
    """Of verdict on label. Noise in the labels lowers it too, so a slope below 1 alone proves nothing."""
    categories: tuple[float, ...]
    """The levels of the scale."""
    label_shares: tuple[float, ...]
    """Which share of the labels is at each."""
    verdict_shares: tuple[float, ...]
    """Which share of the verdicts is at each."""
    label_entropy: float
    """In bits; log2 of the number of levels where all are used alike."""
    verdict_entropy: float
    """The same of the verdicts."""
    unused: tuple[float, ...]
    """Levels that hold under 5 % of the verdicts and at least 5 % of the labels."""


def compression(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[float] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Compression:
    """How the judge uses the scale: its spread against that of the labels, its slope, its unused levels.

    The ratio asks that labels and verdicts are equally noisy: averaged labels have less noise than one judge.
    Intervals: jackknife over items or clusters, the ratio on its log.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n,), the judge's scores.
        categories: the levels of the scale; None: what occurs.
        clusters: (n,), the independent unit of each item.
        level: confidence of the intervals.

    Raises:
        UserError: a score that is no level of the scale, text, or different lengths.

    >>> found = compression([1, 2, 3, 4, 5], [2, 2, 3, 4, 4], categories=[1, 2, 3, 4, 5])
    >>> round(found.sd_ratio.value, 4), round(found.slope.value, 4), found.unused
    (0.6325, 0.6, (1, 5))
    """
    name = "compression"
    check_level(level, name)
    y, f, unit, missing = paired(labels, verdicts, clusters, name)
    levels = (
        np.unique(np.concatenate([y, f]))
        if categories is None
        else np.sort(scores(list(categories), f"{name}: categories", missing=False))
    )
    for side, x in (("label", y), ("verdict", f)):
        wrong = x[~np.isin(x, levels)]
        if wrong.size:
            raise UserError(
                f"{name}: levels of the scale were wanted, and the {side} {wrong[0]:g} came; "
                "off-scale scores are failures: leave them out, and say how many"
            )
    n = y.size
    centre = float(y.mean()) if n else 0.0, float(f.mean()) if n else 0.0
    a, b = y - centre[0], f - centre[1]
    sums = unit_sums(unit, np.ones(n), a, b, a * a, b * b, a * b)
    flat = [f"all {side} are the same" for side, x in (("labels", y), ("verdicts", f)) if n and float(np.ptp(x)) == 0.0]
    why = flat[0] if flat else "there is no pair"
    ratio = jackknife_estimate(
        "sd_ratio", _ratio, sums, n=n, level=level, transform=np.log, back=_exp, low=0.0, nothing=why
    )
    if flat and flat[0].startswith("all labels"):
        ratio = undefined("sd_ratio", why, level=level, n=n, units=len(sums))
    slope = jackknife_estimate("slope", _slope, sums, n=n, level=level, nothing=why)
    shares = [tuple(float(c) / n for c in (x[:, None] == levels).sum(axis=0)) if n else () for x in (y, f)]
    rare = (
        tuple(
            float(v) if not float(v).is_integer() else int(v)
            for v, p, q in zip(levels, *shares, strict=True)
            if q < 0.05 <= p
        )
        if n
        else ()
    )
    note = left_out(missing)
    return Compression(
        noted(ratio, note),
        noted(slope, note),
        tuple(map(float, levels)),
        shares[0],
        shares[1],
        _entropy(shares[0]),
        _entropy(shares[1]),
        rare,
    )


def _ratio(s: Floats) -> Floats:
    return np.sqrt((s[:, 4] - s[:, 2] ** 2 / s[:, 0]) / (s[:, 3] - s[:, 1] ** 2 / s[:, 0]))


def _slope(s: Floats) -> Floats:
    return (s[:, 5] - s[:, 1] * s[:, 2] / s[:, 0]) / (s[:, 3] - s[:, 1] ** 2 / s[:, 0])


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def _entropy(shares: Sequence[float]) -> float:
    return -sum(p * math.log2(p) for p in shares if p > 0.0) if shares else math.nan


def family_gap(
    labels: Values,
    verdicts: Values,
    own: Values,
    *,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """Self-preference: mean(judge - human) on the own family's answers less that on the others', in points.

    Above 0, the judge favours its family beyond what the labels grant. A judge that is lenient to all has 0. Interval:
    Welch's; with clusters Student's over leaving one cluster out, so questions that both families answered count once.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n,), the judge's scores.
        own: (n,), true where the answer is from the judge's own family.
        clusters: (n,), the independent unit of each item, such as its question.
        level: confidence of the interval.

    Raises:
        UserError: text for numbers, or different lengths.

    Source: the difference in differences; Welch (1947).

    >>> family_gap([3, 4, 3, 4], [4, 5, 3, 4], [True, True, False, False]).value
    1.0
    """
    name = "family_gap"
    check_level(level, name)
    y, f = scores(labels, f"{name}: labels"), scores(verdicts, f"{name}: verdicts")
    mine = scores(own, f"{name}: own")
    same_length(name, labels=y, verdicts=f, own=mine)
    if bool((~np.isin(mine, (0.0, 1.0))).any()):
        raise UserError(f"{name}: own as true or false for each item was wanted; another value came")
    unit = unit_index(clusters, y.size, name)
    there = ~(np.isnan(y) | np.isnan(f))
    d, m = (f - y)[there], mine[there] == 1.0
    index = np.unique(unit[there], return_inverse=True)[1].reshape(-1)
    n, missing = d.size, int((~there).sum())
    units = int(index.max()) + 1 if n else 0
    if not m.any() or m.all():
        side = "own" if not m.any() else "other"
        return undefined(name, f"there is no answer of the {side} family", level=level, n=n, units=units)
    if units < n:
        sums = unit_sums(index, m * 1.0, ~m * 1.0, d * m, d * ~m)
        e = jackknife_estimate(name, _gap, sums, n=n, level=level, nothing="one family has no answer")
        return noted(e, left_out(missing))
    return noted(_welch(name, d[m], d[~m], level), left_out(missing))


def _gap(s: Floats) -> Floats:
    return s[:, 2] / s[:, 0] - s[:, 3] / s[:, 1]


def _welch(name: str, a: Floats, b: Floats, level: float) -> Estimate:
    value, n = float(a.mean() - b.mean()), a.size + b.size
    if min(a.size, b.size) < 2:
        why = f"2 answers of each family are needed; there are {a.size} own and {b.size} others"
        return undefined(name, why, level=level, n=n, units=n, value=value)
    p, q = float(a.var(ddof=1)) / a.size, float(b.var(ddof=1)) / b.size
    if p + q <= 0.0:
        why = "the values vary too little for an interval"
        return undefined(name, why, level=level, n=n, units=n, value=value)
    df = (p + q) ** 2 / (p * p / (a.size - 1) + q * q / (b.size - 1))
    half = student(df, level) * math.sqrt(p + q)
    return Estimate(name, value, value - half, value + half, level, n, n, f"Welch, df {df:.1f}")
