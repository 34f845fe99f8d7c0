"""Are two means the same, for practical purposes? Two one-sided tests: no difference found is no proof of none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import student, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, left_out, paired
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Values


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether a paired mean difference lies within a margin."""

    difference: Estimate
    """The mean of a - b; its interval has the level 1 - 2(1 - level), such as 90 %: equivalent is inside the margin."""
    margin: float
    """The difference that does not matter."""
    p_value: float
    """The larger of the two one-sided p-values; nan where undefined."""
    equivalent: bool | None
    """Whether it is below 1 - level; None where undefined. False is no proof of a difference."""


def equivalence_test(
    a: Values, b: Values, *, margin: float, clusters: Values | None = None, level: float = 0.95
) -> Equivalence:
    """Whether the mean of a - b lies within -margin..margin, by two one-sided t tests.

    t₋ = (d̄ + margin)/se and t₊ = (d̄ - margin)/se with G - 1 degrees of freedom, se over G clusters as in `mean_test`;
    the p-value is the larger one of P(t > t₋) and P(t < t₊). Take it for a judge beside a person, or for a cheap judge
    beside a costly one: with few items nothing is equivalent, which is as it should be.

    Args:
        a: (n,), numbers; nan is missing.
        b: (n,), the same items.
        margin: the difference that does not matter, in the unit of a and b, above 0; choose it before looking.
        clusters: (n,), the independent unit of each item.
        level: 0.95 tests at 5 %; above 0.5.

    Raises:
        UserError: a margin that is not above 0, a level below 0.5, text, or different lengths.

    Source: Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach.

    >>> found = equivalence_test([3, 4, 4, 5, 2, 3, 4, 1] * 5, [3, 4, 5, 5, 2, 3, 3, 1] * 5, margin=0.25)
    >>> found.equivalent, found.difference.value
    (True, 0.0)
    """
    name = "equivalence_test"
    check_level(level, name)
    if level <= 0.5:
        raise UserError(f"{name}: a level above 0.5 was wanted, such as 0.95; came {level:g}")
    if not (margin > 0.0 and math.isfinite(margin)):
        raise UserError(f"{name}: a margin above 0 was wanted; came {margin:g}")
    x, y, unit, missing = paired(a, b, clusters, name)
    d = x - y
    units = int(unit.max()) + 1 if d.size else 0
    narrow = 2.0 * level - 1.0
    if units < 2:
        why = f"an interval needs 2 independent units; there {'is' if units == 1 else 'are'} {units}"
        value = float(d.mean()) if d.size else math.nan
        bare = undefined("difference", why, level=narrow, n=d.size, units=units, value=value)
        return Equivalence(bare, margin, math.nan, None)
    value = float(d.mean())
    off = np.bincount(unit, weights=d - value, minlength=units)
    error = math.sqrt(units / (units - 1) * float(off @ off)) / d.size
    if error <= 1e-12 * max(1.0, float(np.abs(d).max())):
        why = "the differences do not vary: no test can be made"
        bare = undefined("difference", why, level=narrow, n=d.size, units=units, value=value)
        return Equivalence(bare, margin, math.nan, None)
    from scipy.special import stdtr

    p = max(float(stdtr(units - 1, -(value + margin) / error)), float(stdtr(units - 1, (value - margin) / error)))
    half = student(units - 1, narrow) * error
    method = f"Student t{', clusters' if units < d.size else ''}, df {units - 1}"
    e = Estimate("difference", value, value - half, value + half, narrow, d.size, units, method, note=left_out(missing))
    return Equivalence(e, margin, p, p < 1.0 - level)
