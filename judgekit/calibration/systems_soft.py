"""Soft pairwise accuracy: is the judge as sure about each pair of systems as people are?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import student, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level
from judgekit.calibration.resample import seeded
from judgekit.calibration.systems_pairs import no_pairs, read_pairs
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats

_GROUPS = 40
"""How many groups of units are left out in turn for the interval."""
_CAUTIOUS = "cautious: the interval holds the truth a little more often than its level says"
_BLOCK = 1 << 20
"""How many signs are held at once."""


def soft_pairwise_accuracy(
    human: ArrayLike,
    judge: ArrayLike,
    *,
    permutations: int = 1000,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Estimate:
    """How closely the judge's certainty about each pair of systems follows the human one.

    1 - (1/P) Σ_{i<j} |p^h_ij - p^f_ij|, p_ij the one-sided p-value that system i is not better than j: the share of
    random sign flips of the paired differences whose sum exceeds the observed one, equal sums counting a half (so that
    p_ij = 1 - p_ji, and the order of systems does not matter). All pairs, people and the judge share the same flips;
    items of one cluster flip together. The interval leaves out 40 groups of units in turn (Student's of the log-odds,
    39 degrees of freedom); under 40 units, one unit. It is about what the estimate is on average with so many items,
    and cautious: simulated 95 % intervals cover 0.97 to 0.99 (4 systems, 40 to 300 items, means of 0.76 to 0.985);
    Student's without the log-odds had 0.89 near 1.

    Args:
        human: (n_items, n_systems), scores by people; nan = missing.
        judge: (n_items, n_systems), scores by the judge.
        permutations: how many sign flips.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval.
        rng: a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, shapes that differ, or no permutation.

    Source: Thompson, Mathur, Deutsch and Khayrallah (2024), Improving statistical significance in human evaluation of
    automatic metrics via soft pairwise accuracy, section 3.

    >>> soft_pairwise_accuracy([[2, 1], [3, 1], [2, 2]], [[2, 1], [3, 1], [2, 2]]).value
    1.0
    """
    name = "soft_pairwise_accuracy"
    check_level(level, name)
    if permutations < 1:
        raise UserError(f"{name}: at least 1 permutation was wanted; came {permutations}")
    pairs = read_pairs(human, judge, clusters, name)
    why = no_pairs(pairs)
    n, units = pairs.n_items, pairs.n_units
    if why:
        return undefined(name, why, level=level, n=n, units=units)
    generator, seed = seeded(rng)
    groups = min(units, _GROUPS)
    group = generator.permutation(units) % groups
    both = np.concatenate([pairs.human, pairs.judge], axis=1)
    flipped = np.zeros((groups, permutations, both.shape[1]))
    seen = np.zeros((groups, both.shape[1]))
    for g in range(groups):
        part = both[group == g]
        seen[g] = part.sum(axis=0)
        for start in range(0, len(part), max(1, _BLOCK // permutations)):
            some = part[start : start + max(1, _BLOCK // permutations)]
            flipped[g] += _signs(permutations, len(some), generator) @ some
    slack = 1e-9 * np.abs(both).sum(axis=0)
    value = _accuracy(flipped.sum(axis=0), seen.sum(axis=0), slack)
    method = f"{permutations} sign flips, seed {seed}"
    if units < 2:
        why = f"an interval needs 2 independent units; there is {units}"
        return Estimate(name, value, math.nan, math.nan, level, n, units, method, why)
    everything, observed = flipped.sum(axis=0), seen.sum(axis=0)
    left = np.array([_accuracy(everything - flipped[g], observed - seen[g], slack) for g in range(groups)])
    error = math.sqrt((groups - 1) / groups * float(((left - left.mean()) ** 2).sum()))
    half = student(groups - 1, level) * error
    method += f"; jackknife over {groups} groups of {units} units, df {groups - 1}"
    if error == 0.0:
        why = "no group of items changes the value: an interval would be a point"
        return Estimate(name, value, math.nan, math.nan, level, n, units, method, why)
    inside = min(1.0 - 0.5 / permutations, max(0.5 / permutations, value))
    middle, reach = math.log(inside / (1.0 - inside)), min(half / (inside * (1.0 - inside)), 500.0)
    low, high = (1.0 / (1.0 + math.exp(-end)) for end in (middle - reach, middle + reach))
    return Estimate(name, value, min(low, value), max(high, value), level, n, units, method, note=_CAUTIOUS)


def _signs(rows: int, columns: int, rng: np.random.Generator) -> Floats:
    bits = np.unpackbits(rng.integers(0, 256, (rows, (columns + 7) // 8), dtype=np.uint8), axis=1)[:, :columns]
    return np.asarray(bits * 2.0 - 1.0, dtype=float)


def _accuracy(flipped: Floats, seen: Floats, slack: Floats) -> float:
    above = (flipped > seen + slack).mean(axis=0)
    equal = (np.abs(flipped - seen) <= slack).mean(axis=0)
    p = above + equal / 2.0
    width = p.size // 2
    return 1.0 - float(np.abs(p[:width] - p[width:]).mean())
