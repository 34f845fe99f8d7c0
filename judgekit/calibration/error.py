"""Judge against reference scores: how far off, in points of the scale.

All are called (labels, verdicts), the reference first; d = verdict - label. Pairs with a missing value are left out,
and the note says how many. Intervals use the scale: give `scale=(lowest, highest)`, else it is the range that occurs.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import linear_estimate, noted, proportion, undefined
from judgekit.calibration.inputs import check_level, left_out, paired
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.calibration.inputs import Floats, Values

Scale = tuple[float, float]
"""The lowest and the highest score that are possible."""


def mean_absolute_error(
    labels: Values,
    verdicts: Values,
    *,
    scale: Scale | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The mean of |d|, in points.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n,), the judge's scores.
        scale: the lowest and the highest possible score; None: what occurs.
        clusters: (n,), the independent unit of each item.
        level: confidence of the interval: Wilson's on the effective number.

    Raises:
        UserError: text for numbers, a score off the scale, or different lengths.

    >>> mean_absolute_error([1, 2, 3, 4], [1, 3, 3, 2], scale=(1, 5)).value            # (0 + 1 + 0 + 2) / 4
    0.75
    """
    return _mean("mean_absolute_error", np.abs, labels, verdicts, scale, clusters, level)


def mean_bias(
    labels: Values,
    verdicts: Values,
    *,
    scale: Scale | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The mean of d = verdict - label, in points: above 0, the judge is lenient; arguments as above.

    Raises:
        UserError: see `mean_absolute_error`.

    >>> mean_bias([1, 2, 3, 4], [1, 3, 3, 2], scale=(1, 5)).value                      # (0 + 1 + 0 - 2) / 4
    -0.25
    """
    return _mean("mean_bias", _itself, labels, verdicts, scale, clusters, level)


def root_mean_squared_error(
    labels: Values,
    verdicts: Values,
    *,
    scale: Scale | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """√(mean of d²), in points; the interval is that of the mean square, its root taken; arguments as above.

    Raises:
        UserError: see `mean_absolute_error`.

    >>> round(root_mean_squared_error([1, 2, 3, 4], [1, 3, 3, 2], scale=(1, 5)).value, 4)      # √(5/4)
    1.118
    """
    e = _mean("root_mean_squared_error", np.square, labels, verdicts, scale, clusters, level)
    value, low, high = (math.sqrt(max(0.0, x)) if x == x else math.nan for x in (e.value, e.low, e.high))
    return replace(e, value=value, low=low, high=high)


def within_one(
    labels: Values,
    verdicts: Values,
    *,
    step: float = 1.0,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The share of items with |d| <= step: at most one level off.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n,), the judge's scores.
        step: the distance of two levels, such as 0.25 for five levels on 0..1.
        clusters: (n,), the independent unit of each item.
        level: confidence of Wilson's interval.

    Raises:
        UserError: text for numbers, a step that is not above 0, or different lengths.

    >>> within_one([1, 2, 3, 4], [1, 3, 3, 2]).value
    0.75
    """
    if not step > 0.0:
        raise UserError(f"within_one: a step above 0 was wanted; came {step:g}")
    y, f, unit, missing = paired(labels, verdicts, clusters, "within_one")
    near = np.abs(f - y) <= step * (1.0 + 1e-9)  # 0.75 - 0.5 and 0.25 differ in their last digits
    return proportion("within_one", near, unit, level=level, nothing="there is no pair", note=left_out(missing))


def scale_of(y: Floats, f: Floats, scale: Scale | None, what: str) -> Scale:
    """The declared scale, checked against the scores; else the range that occurs.

    Raises:
        UserError: the scale is empty, or a score is off it.
    """
    if scale is None:
        return float(min(y.min(), f.min())), float(max(y.max(), f.max()))
    low, high = scale
    if not low < high:
        raise UserError(f"{what}: a scale (lowest, highest) was wanted; came ({low:g}, {high:g})")
    for side, x in (("label", y), ("verdict", f)):
        wrong = x[(x < low) | (x > high)]
        if wrong.size:
            raise UserError(
                f"{what}: scores from {low:g} to {high:g} were wanted, and the {side} {wrong[0]:g} came; "
                "off-scale scores are failures: leave them out, and say how many"
            )
    return low, high


def _mean(
    name: str,
    form: np.ufunc,
    labels: Values,
    verdicts: Values,
    scale: Scale | None,
    clusters: Values | None,
    level: float,
) -> Estimate:
    check_level(level, name)
    y, f, unit, missing = paired(labels, verdicts, clusters, name)
    if not y.size:
        return undefined(name, "there is no pair", level=level)
    low, high = scale_of(y, f, scale, name)
    width = high - low
    d = form(f - y)
    value = float(d.mean())
    if width <= 0.0:
        why = "all scores are the same number: an interval needs the scale (scale=)"
        return undefined(name, why, level=level, n=y.size, units=int(unit.max()) + 1, value=value)
    least, most = (-width, width) if form is _itself else (0.0, float(form(width)))
    e = linear_estimate(name, value, (d - value) / d.size, unit, level=level, low=least, high=most)
    return noted(e, left_out(missing))


_itself: np.ufunc = np.positive
