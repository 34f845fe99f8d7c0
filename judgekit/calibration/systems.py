"""Does the judge rank systems as people do? Pairs of systems by their means.

Both matrices hold one row an item (a prompt) and one column a system (a model under test). A pair of systems is ordered
by the two means over the items that both answered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, unit_index
from judgekit.calibration.matrices import matrix
from judgekit.calibration.resample import replicates, seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

    Seed = np.random.Generator | int | None

_SAME = 1e-9
"""Mean differences closer to 0 than this share of the range are ties: sums of floats differ in their last digits."""
MOST_UNITS = 2_000
"""More units than this are dealt at random into so many groups before they are resampled."""


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
    slack = tuple(_SAME * float(np.ptp(x[there])) if there.any() else 0.0 for x in (h, f))
    return Pairs(sums[0], sums[1], sums[2], int(used.sum()), units, h.shape[1], (slack[0], slack[1]))


def pairwise_system_accuracy(
    human: ArrayLike,
    judge: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 1999,
    rng: Seed = None,
) -> Estimate:
    """The share of pairs of systems that the judge orders as people do.

    (1/P) Σ_{i<j} 1[sign(h̄_i - h̄_j) = sign(f̄_i - f̄_j)]; a tie of both counts as alike, a tie of one does not. The
    interval is the bootstrap's over items: about these systems and other items, not about other systems. With few
    systems the share takes few values, and the interval holds the truth more often than its level says.

    Args:
        human: (n_items, n_systems), scores by people; nan = missing.
        judge: (n_items, n_systems), scores by the judge.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval.
        resamples: how many samples of items are drawn.
        rng: a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, or shapes that differ.

    Source: Kocmi et al. (2021), To ship or not to ship, section 4.

    >>> pairwise_system_accuracy([[3, 2, 1], [3, 2, 1]], [[3, 1, 2], [3, 1, 2]]).value     # 2 of 3 pairs
    0.6666666666666666
    """
    return _over_systems("pairwise_system_accuracy", _alike, human, judge, clusters, level, resamples, rng)


def system_kendall_tau(
    human: ArrayLike,
    judge: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 1999,
    rng: Seed = None,
) -> Estimate:
    """Kendall's τ-b between the human and the judge's means of the systems.

    (C - D)/√((C + D + T_h)(C + D + T_f)), T_h and T_f the pairs that only people or only the judge tie. Args and
    interval as in `pairwise_system_accuracy`.

    Source: Kendall (1945), The treatment of ties in ranking problems.

    >>> system_kendall_tau([[3, 2, 1], [3, 2, 1]], [[3, 1, 2], [3, 1, 2]]).value           # (2 - 1)/3
    0.3333333333333333
    """
    return _over_systems("system_kendall_tau", _tau_b, human, judge, clusters, level, resamples, rng)


def _alike(h: Ints, f: Ints) -> Floats:
    return np.asarray((h == f).mean(axis=1))


def _tau_b(h: Ints, f: Ints) -> Floats:
    product = (h * f).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(product / np.sqrt((h != 0).sum(axis=1) * (f != 0).sum(axis=1)))


def _over_systems(
    name: str,
    statistic: object,
    human: ArrayLike,
    judge: ArrayLike,
    clusters: ArrayLike | None,
    level: float,
    resamples: int,
    rng: Seed,
) -> Estimate:
    check_level(level, name)
    pairs = read_pairs(human, judge, clusters, name)
    why = no_pairs(pairs)
    if why:
        return undefined(name, why, level=level, n=pairs.n_items, units=pairs.n_units)
    width = pairs.human.shape[1]

    def value(sums: Floats) -> Floats:
        h, f, n = sums[:, :width], sums[:, width : 2 * width], sums[:, 2 * width :]
        # A pair without a common item is a tie of both in that sample: it says nothing about the order.
        signs = [np.where(np.abs(x) <= s * n, 0.0, np.sign(x)) for x, s in zip((h, f), pairs.slack, strict=True)]
        return np.asarray(statistic(*signs))  # type: ignore[operator]

    generator, seed = seeded(rng)
    columns = np.concatenate([pairs.human, pairs.judge, pairs.counts], axis=1)
    units = dealt(columns, generator)
    point = float(value(columns.sum(axis=0, keepdims=True))[0])
    if math.isnan(point):
        why = "people or the judge tie all systems: there is no order to compare"
        return undefined(name, why, level=level, n=pairs.n_items, units=pairs.n_units)
    if pairs.n_units < 2:
        why = f"an interval needs 2 independent units; there is {pairs.n_units}"
        return undefined(name, why, level=level, n=pairs.n_items, units=pairs.n_units, value=point)
    drawn = replicates(units, value, resamples=resamples, rng=np.random.default_rng(seed))
    kept = drawn[np.isfinite(drawn)]
    method = f"percentile bootstrap of {pairs.n_units} units, {resamples} resamples, seed {seed}"
    if kept.size < 2 or float(np.ptp(kept)) == 0.0:
        why = "all resamples gave the same value: an interval would be a point"
        return Estimate(name, point, math.nan, math.nan, level, pairs.n_items, pairs.n_units, method, why)
    low, high = np.quantile(kept, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    ends = min(float(low), point), max(float(high), point)
    return Estimate(name, point, *ends, level, pairs.n_items, pairs.n_units, method)


def no_pairs(pairs: Pairs) -> str | None:
    """Why no pair can be compared, or None."""
    if pairs.n_systems < 2:
        return f"2 systems are needed; there is {pairs.n_systems}"
    lonely = int((pairs.counts.sum(axis=0) == 0).sum())
    if lonely:
        return f"{lonely} of {pairs.counts.shape[1]} pairs of systems share no item that people and the judge scored"
    return None


def dealt(columns: Floats, rng: np.random.Generator) -> Floats:
    """The sums of the units, or of 2,000 random groups of them where they are more."""
    if len(columns) <= MOST_UNITS:
        return columns
    deal = rng.permutation(len(columns)) % MOST_UNITS
    return np.stack([np.bincount(deal, c, MOST_UNITS) for c in columns.T], axis=1)
