"""Does the judge say the same again: at once (test-retest), and after a change of model or prompt (drift)?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import jackknife_estimate, proportion, unit_sums
from judgekit.calibration.error import Scale, mean_bias
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, left_out, paired, unit_index
from judgekit.calibration.matrices import matrix
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


@dataclass(frozen=True, slots=True)
class Repeatability:
    """How far repeats of one judge on the same items agree."""

    within_sd: Estimate
    """The standard deviation of repeats of one item, in points."""
    identical: Estimate
    """The share of items on which all repeats are the same."""
    reliability: Estimate
    """ICC(1,1): the share of the variance of one verdict that is between items."""
    repeats_for_target: int | None
    """Repeats whose mean has the target reliability, by Spearman and Brown; None where that cannot be told."""
    target: float
    """The reliability that is wanted."""
    n_single: int
    """Items that were left out because they have fewer than 2 verdicts."""


def test_retest(
    repeats: Values, *, target: float = 0.9, clusters: Values | None = None, level: float = 0.95
) -> Repeatability:
    """How far repeats of one judge on the same items agree, at the temperature that is used.

    One-way analysis of variance: within_sd = √MSW; ICC(1,1) = (MSB - MSW) / (MSB + (k0 - 1) MSW), k0 the repeats an
    item (where they differ, (N - Σk²/N)/(n - 1)); the mean of m repeats has reliability m ρ / (1 + (m - 1) ρ), so
    m = target (1 - ρ) / ((1 - target) ρ). Intervals: jackknife over items or clusters, the SD on its log and ρ on the
    log of MSB / MSW; Wilson for the share. The order of repeats does not matter.

    Args:
        repeats: (n, k), verdicts, nan where one is missing.
        target: the reliability that is wanted, between 0 and 1.
        clusters: (n,), the independent unit of each item.
        level: confidence of the intervals.

    Raises:
        UserError: text for numbers, or a target that is not between 0 and 1.

    Source: Shrout and Fleiss (1979); Spearman (1910), Brown (1910).

    >>> found = test_retest([[1, 1], [2, 3], [4, 4], [5, 5]])
    >>> round(found.within_sd.value, 4), found.identical.value, round(found.reliability.value, 4)
    (0.3536, 0.75, 0.96)
    """
    name = "test_retest"
    check_level(level, name)
    if not 0.0 < target < 1.0:
        raise UserError(f"{name}: a target between 0 and 1 was wanted; came {target:g}")
    x = matrix(repeats, f"{name}: repeats", columns="a repeat")
    unit = unit_index(clusters, len(x), name)
    known = ~np.isnan(x)
    enough = known.sum(axis=1) >= 2
    x, known, unit = x[enough], known[enough], np.unique(unit[enough], return_inverse=True)[1].reshape(-1)
    n = len(x)
    nothing = "no item has 2 verdicts"
    count = known.sum(axis=1).astype(float)
    centre = float(x[known].mean()) if n else 0.0
    total = np.where(known, x - centre, 0.0).sum(axis=1)
    item = total / np.maximum(count, 1.0)
    within = (np.where(known, x - centre - item[:, None], 0.0) ** 2).sum(axis=1)
    within[within < 1e-18] = 0.0
    sums = unit_sums(unit, np.ones(n), count, count**2, total, count * item**2, within)
    sd = jackknife_estimate(
        "within_sd", _within, sums, n=n, level=level, transform=np.log, back=_exp, low=0.0, nothing=nothing
    )
    lowest, highest = (
        np.where(known, x, fill).min(axis=1) if fill > 0 else np.where(known, x, fill).max(axis=1)
        for fill in (np.inf, -np.inf)
    )
    same = proportion("identical", lowest == highest, unit, level=level, nothing=nothing)
    k0 = float((count.sum() - (count**2).sum() / count.sum()) / (n - 1)) if n > 1 else math.nan
    rho = jackknife_estimate(
        "reliability",
        _icc,
        sums,
        n=n,
        level=level,
        transform=lambda r: np.log((1.0 + (k0 - 1.0) * r) / (1.0 - r)),
        back=lambda z: (_exp(z) - 1.0) / (_exp(z) + k0 - 1.0),
        low=-1.0,
        high=1.0,
        nothing="neither items nor repeats vary" if n > 1 else "2 items with 2 verdicts are needed",
    )
    return Repeatability(sd, same, rho, _repeats(rho.value, target), target, int((~enough).sum()))


test_retest.__test__ = False  # type: ignore[attr-defined]  # a user's pytest would collect it as a test


def _within(s: Floats) -> Floats:
    return np.sqrt(s[:, 5] / (s[:, 1] - s[:, 0]))


def _icc(s: Floats) -> Floats:
    n, size, squares, total, between, within = s.T
    msb = (between - total**2 / size) / (n - 1.0)
    msw = within / (size - n)
    k0 = (size - squares / size) / (n - 1.0)
    return np.asarray((msb - msw) / (msb + (k0 - 1.0) * msw))


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def _repeats(rho: float, target: float) -> int | None:
    if not rho > 0.0:
        return None
    return max(1, math.ceil(target * (1.0 - rho) / ((1.0 - target) * rho) - 1e-9))


@dataclass(frozen=True, slots=True)
class DriftTest:
    """Whether a judge answers fixed anchor items as it did before."""

    shift: Estimate
    """The mean of new - old, in points."""
    changed: Estimate
    """The share of anchors with another answer than before."""
    drifted: bool | None
    """Whether the interval of the shift lies outside -margin..margin, without a margin outside 0; None: undefined."""
    stable: bool | None
    """Whether the interval of the shift lies inside -margin..margin; None without a margin."""
    margin: float | None
    """The shift that does not matter, in points."""


def drift_test(
    old: Values,
    new: Values,
    *,
    margin: float | None = None,
    scale: Scale | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> DriftTest:
    """Whether the judge answers the same anchor items as it did before, from a paired comparison.

    Neither drifted nor stable means too few anchors to tell. A judge at a temperature changes some answers without any
    drift: hold `changed` against `identical` of `test_retest`.

    Args:
        old: (n,), scores of the anchors before; nan is missing.
        new: (n,), scores of the same anchors now.
        margin: the shift that does not matter, in points.
        scale: the lowest and the highest possible score; None: what occurs.
        clusters: (n,), the independent unit of each anchor.
        level: confidence of the intervals.

    Raises:
        UserError: a margin that is not above 0, or see `mean_bias`.

    Source: two one-sided tests at (1 - level)/2 each (Schuirmann, 1987) for `stable`.

    >>> drift_test([3, 4, 5, 2] * 10, [2, 3, 4, 1] * 10, scale=(1, 5)).drifted
    True
    """
    if margin is not None and not margin > 0.0:
        raise UserError(f"drift_test: a margin above 0 was wanted; came {margin:g}")
    shift = replace(mean_bias(old, new, scale=scale, clusters=clusters, level=level), name="drift")
    a, b, unit, missing = paired(old, new, clusters, "drift_test")
    changed = proportion("changed", a != b, unit, level=level, nothing="there is no pair", note=left_out(missing))
    if math.isnan(shift.low):
        return DriftTest(shift, changed, None, None, margin)
    edge = margin or 0.0
    drifted = shift.low > edge or shift.high < -edge
    stable = None if margin is None else -margin < shift.low and shift.high < margin
    return DriftTest(shift, changed, drifted, stable, margin)
