"""Pairs of systems: their differences, for people and for the judge, added up within each independent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from judgekit.calibration.inputs import unit_index
from judgekit.calibration.matrices import matrix
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats

SAME: Final = 1e-9
"""Mean differences closer to 0 than this share of the range are ties: sums of floats differ in their last digits."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The differences between systems, added up within each unit."""

    human: Floats
    """(units, pairs), Σ of the human difference over items that both systems have from both sources."""
    judge: Floats
    """(units, pairs), the same for the judge."""
    counts: Floats
    """(units, pairs), how many items that are."""
    n_items: int
    """Items that add to at least one pair."""
    n_units: int
    """How many independent units they come from."""
    n_systems: int
    """How many systems there are."""
    slack: tuple[float, float]
    """Below this a mean difference is 0, human and judge."""


def read_pairs(human: ArrayLike, judge: ArrayLike, clusters: ArrayLike | None, what: str) -> Pairs:
    """The pairs of systems, from two matrices (n_items, n_systems) with nan for what is missing.

    Raises:
        UserError: text, shapes that differ, or clusters that do not fit.
    """
    h = matrix(human, f"{what}: human", columns="a system")
    f = matrix(judge, f"{what}: judge", columns="a system")
    if h.shape != f.shape:
        raise UserError(f"{what}: the same items and systems in both were wanted; came {h.shape} and {f.shape}")
    there = ~(np.isnan(h) | np.isnan(f))
    used = there.sum(axis=1) >= 2
    unit = np.unique(unit_index(clusters, len(h), what)[used], return_inverse=True)[1].reshape(-1)
    h, f, there = h[used], f[used], there[used]
    first, second = np.triu_indices(h.shape[1], 1)
    units = int(unit.max()) + 1 if unit.size else 0
    sums = [np.zeros((units, first.size)) for _ in range(3)]
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        both = there[:, i] & there[:, j]
        at = unit[both]
        for out, x in zip(sums, (h[both, i] - h[both, j], f[both, i] - f[both, j], np.ones(at.size)), strict=True):
            out[:, p] = np.bincount(at, x, units)
    slack = tuple(SAME * float(np.ptp(x[there])) if there.any() else 0.0 for x in (h, f))
    return Pairs(sums[0], sums[1], sums[2], int(used.sum()), units, h.shape[1], (slack[0], slack[1]))


def no_pairs(pairs: Pairs) -> str | None:
    """Why no pair can be compared, or None."""
    if pairs.n_systems < 2:
        return f"2 systems are needed; there is {pairs.n_systems}"
    lonely = int((pairs.counts.sum(axis=0) == 0).sum())
    if lonely:
        return f"{lonely} of {pairs.counts.shape[1]} pairs of systems share no item that people and the judge scored"
    return None
