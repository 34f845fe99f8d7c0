"""Pairwise accuracy with tie calibration: a judge with many digits may tie as people do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import linear_estimate, noted, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, unit_index
from judgekit.calibration.matrices import matrix
from judgekit.calibration.resample import seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from judgekit.calibration.inputs import Floats, Ints

_ENOUGH = 300
"""Units from which the interval's not knowing ε well costs no coverage to speak of."""
_SAME = 1e-9
"""Differences closer than this share of the range are one value: 0.3 - 0.2 is not 0.2 - 0.1 in floats."""


@dataclass(frozen=True, slots=True)
class TieCalibration:
    """The accuracy at the best tie threshold, and the threshold."""

    accuracy: Estimate
    """acc*_eq: the mean over items of the share of pairs that people and judge order, or tie, alike."""
    epsilon: float
    """Scores of the judge that differ by at most this are a tie; the best on all items."""
    folds: int
    """On how many folds ε was cross-fitted; 0: fitted on the items that it is measured on, which flatters."""
    n_pairs: int
    """How many pairs went in."""


def tie_calibrated_accuracy(
    human: ArrayLike,
    judge: ArrayLike,
    *,
    folds: int = 0,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> TieCalibration:
    """How often the judge orders two responses to an item as people do, ties included.

    Of an item's pairs of systems, (C + T_hf)/(C + D + T_h + T_f + T_hf): C ordered alike, D otherwise, T_hf tied by
    both, T_h and T_f tied by one. The judge ties where |difference| <= ε. Averaged over items; ε is the observed
    difference (or 0) with the highest average, the smallest one where several reach it. With `folds`, the ε of an item
    comes from the other folds, clusters kept whole.

    Args:
        human: (n_items, n_systems), scores by people; nan = missing. One item alone may be a vector.
        judge: (n_items, n_systems), scores by the judge.
        folds: on how many folds ε is cross-fitted; 0: not at all, as published.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval. It takes ε as given: with folds, simulated 95 % intervals cover 0.90 with 120
            items of 4 systems and 0.95 with 500; the note says so below 300.
        rng: deals the folds; a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, shapes that differ, or a number of folds that cannot be.

    Source: Deutsch, Foster and Freitag (2023), Ties matter: meta-evaluating modern metrics with pairwise accuracy and
    tie calibration, sections 4 and 5.

    >>> found = tie_calibrated_accuracy([1, 1, 1, 4], [0, 2, 6, 8])
    >>> round(found.accuracy.value, 3), found.epsilon
    (0.667, 4.0)
    """
    name = "tie_calibrated_accuracy"
    check_level(level, name)
    h, f = (np.asarray(x, dtype=object) if not isinstance(x, np.ndarray) else x for x in (human, judge))
    if h.ndim == f.ndim == 1:
        h, f = h[None, :], f[None, :]
    h, f = matrix(h, f"{name}: human", columns="a system"), matrix(f, f"{name}: judge", columns="a system")
    if h.shape != f.shape:
        raise UserError(f"{name}: the same items and systems in both were wanted; came {h.shape} and {f.shape}")
    unit = unit_index(clusters, len(h), name)
    item, gap, tied, untied = _pairs(h, f)
    kept, item = np.unique(item, return_inverse=True)
    unit = np.unique(unit[kept], return_inverse=True)[1].reshape(-1)
    n, units = kept.size, int(unit.max()) + 1 if kept.size else 0
    if not n:
        return TieCalibration(undefined(name, "no item has two systems with both scores", level=level), math.nan, 0, 0)
    if folds and not 2 <= folds <= units:
        raise UserError(f"{name}: 0 folds or 2 to {units} (one an independent unit) were wanted; came {folds}")
    generator, seed = seeded(rng)
    share = 1.0 / np.bincount(item, minlength=n)[item]
    epsilon = _best(gap, tied, untied, share)
    used = np.full(n, epsilon)
    if folds:
        fold = (generator.permutation(units) % folds)[unit]
        for k in range(folds):
            other = fold[item] != k
            used[fold == k] = _best(gap[other], tied[other], untied[other], share[other])
    slack = _SAME * float(gap.max())
    right = np.where(gap <= used[item] + slack, tied, untied)
    score = np.bincount(item, right, n) / np.bincount(item, minlength=n)
    value = float(score.mean())
    how = "Wilson on the effective number" + (
        f", ε from {folds} folds, seed {seed}" if folds else ", ε from the same items"
    )
    accuracy = linear_estimate(name, value, (score - value) / n, unit, level=level, method=how)
    if not folds:
        accuracy = noted(accuracy, "ε was fitted on these items, which flatters: cross-fit it with folds")
    elif units < _ENOUGH:
        accuracy = noted(accuracy, f"ε is taken as given: under {_ENOUGH} units the interval is a little short")
    return TieCalibration(accuracy, epsilon, folds, int(gap.size))


def _pairs(h: Floats, f: Floats) -> tuple[Ints, Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each pair: its item, the judge's |difference|, whether a tie is right, whether no tie is right."""
    there = ~(np.isnan(h) | np.isnan(f))
    slack = _SAME * float(np.ptp(f[there])) if there.any() else 0.0
    items, gaps, ties, orders = [], [], [], []
    for i, j in zip(*np.triu_indices(h.shape[1], 1), strict=True):
        rows = np.flatnonzero(there[:, i] & there[:, j])
        by_people, by_judge = np.sign(h[rows, i] - h[rows, j]), f[rows, i] - f[rows, j]
        gap = np.abs(by_judge)
        items.append(rows)
        gaps.append(np.where(gap <= slack, 0.0, gap))
        ties.append(by_people == 0)
        orders.append((by_people != 0) & (np.sign(by_judge) == by_people))
    if not items:
        none = np.zeros(0)
        return none.astype(np.intp), none, none.astype(bool), none.astype(bool)
    return np.concatenate(items), np.concatenate(gaps), np.concatenate(ties), np.concatenate(orders)


def _best(gap: Floats, tied: NDArray[np.bool_], untied: NDArray[np.bool_], share: Floats) -> float:
    order = np.argsort(gap, kind="stable")
    gap = gap[order]
    # Raising ε past a pair trades what it earns untied for what it earns tied.
    gain = np.cumsum(((tied.astype(float) - untied) * share)[order])
    apart = np.diff(gap) > _SAME * max(float(gap[-1]), 1e-300) if gap.size else np.zeros(0, dtype=bool)
    last = np.flatnonzero(np.append(apart, True)) if gap.size else np.zeros(0, dtype=np.intp)
    # ε = 0 is a candidate as well: it ties the pairs without a difference, and where there are none, nothing.
    if not gap.size or gap[last[0]] > 0.0:
        candidates, gains = np.append(0.0, gap[last]), np.append(0.0, gain[last])
    else:
        candidates, gains = gap[last], gain[last]
    return float(candidates[int(np.argmax(gains >= gains.max() - 1e-12))])
