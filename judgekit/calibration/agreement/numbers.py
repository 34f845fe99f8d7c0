"""Ratings that are measurements: moments of pairs, and the check that they are numbers."""

from __future__ import annotations

import numpy as np

from judgekit.calibration.agreement.data import Rated, distinct_rows
from judgekit.calibration.agreement.sample import Sample
from judgekit.errors import UserError

NO_VARIANCE = 1e-14
"""A variance below this is rounding, of values scaled to a range of 1. A single other value in a million gives 1e-6."""


def need_numbers(name: str, rated: Rated) -> None:
    """Nothing; text labels have no distances.

    Raises:
        UserError: the labels are text.
    """
    if rated.scale.words is not None:
        raise UserError(f"{name}: numbers were wanted, and the labels are text; give each its number")


def pair_moments(rated: Rated, *, together: bool) -> Sample:
    """Features of each distinct pair: 1, x, y, x², y², xy, moved to the middle and scaled to a range of 1.

    Args:
        rated: complete pairs of numbers.
        together: whether both raters keep one scale; else each is scaled by itself.
    """
    rows, counts, which = distinct_rows(rated.codes, rated.scale.size)
    pairs = rated.scale.values[rows] if rows.size else np.zeros((0, 2))
    if len(pairs):
        axis = None if together else 0
        reach = np.ptp(pairs, axis=axis)
        pairs = (pairs - (pairs.min(axis=axis) + reach / 2.0)) / np.where(reach > 0.0, reach, 1.0)
    x, y = pairs.T
    return Sample(np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y]), counts, which, rated.clusters)


def constant(rated: Rated) -> list[str]:
    """Which of the raters a and b gave one answer to every item."""
    return [side for side, column in zip("ab", rated.codes.T, strict=True) if len(column) and np.ptp(column) == 0]


def too_few_pairs(n: int) -> str:
    """Why n items that both rated give no value."""
    return f"2 items that both rated are needed; there {'is' if n == 1 else 'are'} {n}"
