"""Which of two judges is better, on the same labels?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.agreement.weights import Weights, agreement_weights
from judgekit.calibration.bounded import undefined
from judgekit.calibration.ceiling_references import grouped
from judgekit.calibration.ceiling_statistics import MOMENTS, TABLES, moments, of_moments, of_table, tables
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.calibration.resample import jackknife, unit_bootstrap
from judgekit.calibration.resample.draw import seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints
    from judgekit.calibration.resample.resampled import Resampled

Measure = Literal[
    "percent_agreement",
    "cohen_kappa",
    "scott_pi",
    "brennan_prediger",
    "gwet_ac",
    "pearson",
    "concordance_correlation",
    "mean_absolute_error",
    "root_mean_squared_error",
]
_FEW = 100
"""Below this many units the jackknife's interval stands in for the bootstrap's."""


@dataclass(frozen=True, slots=True)
class JudgeDifference:
    """Two judges measured against the same labels of the same items."""

    statistic: str
    """What measures them; of errors, less is better."""
    a: Estimate
    """The first judge."""
    b: Estimate
    """The second."""
    difference: Estimate
    """b - a, of one joint resampling: what the two share does not count as doubt."""
    n_left_out: int
    """Items that lacked a label or the answer of a judge."""


def judge_difference(
    ratings: ArrayLike,
    judge_a: ArrayLike,
    judge_b: ArrayLike,
    *,
    statistic: Measure = "cohen_kappa",
    categories: Iterable[float] | None = None,
    weights: Weights = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 1999,
    rng: np.random.Generator | int | None = None,
) -> JudgeDifference:
    """The agreement of each of two judges with people, and the difference, b - a.

    The reference of an item is one of its labels at random, so that its table is the mean over its labels: with one
    label an item, that is the label; and a judge is not rewarded for a majority that only few labels make. Measures of
    moments take the mean of the labels. percent_agreement is then the accuracy against a random annotator.

    From 100 units on the interval is BCa, from one joint bootstrap; below it Student's from leaving one unit out, and
    also where the bootstrap cannot make one. More than 2,000 units are dealt at random into 2,000 groups first.

    Args:
        ratings: (n_items, n_people) or (n_items,), numbers; nan = not labelled.
        judge_a: (n_items,), numbers; nan = failed.
        judge_b: (n_items,), numbers; nan = failed.
        statistic: what measures agreement.
        categories: the declared scale, for statistics of tables; None: the answers that occur.
        weights: for statistics of tables: linear, quadratic, ordinal, a matrix, or None (equal or not).
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the intervals.
        resamples: how many the bootstrap draws.
        rng: seed or Generator; None: seed 0.

    Raises:
        UserError: an unknown statistic, text, different lengths, or an answer off the scale.

    >>> people = [[1, 1], [0, 0], [1, 0], [0, 0]] * 20
    >>> found = judge_difference(people, [1, 0, 1, 1] * 20, [1, 0, 1, 0] * 20, statistic="percent_agreement")
    >>> found.a.value, found.b.value, found.difference.value     # (1 + 1 + 1/2 + 0) / 4, and the last one right
    (0.625, 0.875, 0.25)
    """
    name = "judge_difference"
    check_level(level, name)
    if statistic not in (*TABLES, *MOMENTS):
        raise UserError(f"{name}: statistic {', '.join((*TABLES, *MOMENTS))} was wanted; came {statistic!r}")
    given = np.asarray(ratings, dtype=object) if not isinstance(ratings, np.ndarray) else ratings
    h = matrix(given[:, None] if given.ndim == 1 else given, f"{name}: ratings")
    a, b = scores(judge_a, f"{name}: judge_a"), scores(judge_b, f"{name}: judge_b")
    same_rows(name, len(h), judge_a=a.size, judge_b=b.size)
    unit = unit_index(clusters, a.size, name)
    usable = ~(np.isnan(a) | np.isnan(b)) & ~np.isnan(h).all(axis=1)
    left_out = int((~usable).sum())
    h, a, b = h[usable], a[usable], b[usable]
    seen, index = np.unique(unit[usable], return_inverse=True)
    if not a.size:
        none = [undefined(what, "no item has a label and both judges' answers", level=level) for what in "abd"]
        return JudgeDifference(statistic, none[0], none[1], none[2], left_out)
    generator, seed = seeded(rng)
    group, groups = grouped(index.reshape(-1), seen.size, generator)
    sums, of, width = _sums(h, (a, b), statistic, categories, weights, group, groups)
    parts: dict[str, Callable[[Floats], Floats]] = {
        "a": lambda s: of(s[:, :width]),
        "b": lambda s: of(s[:, width:]),
        "difference": lambda s: of(s[:, width:]) - of(s[:, :width]),
    }
    what = "clusters" if seen.size < a.size else "items"
    made = [
        _estimate(part, call, sums, a.size, seen.size, what, level, resamples, seed) for part, call in parts.items()
    ]
    return JudgeDifference(statistic, made[0], made[1], made[2], left_out)


def _sums(
    h: Floats,
    judges: tuple[Floats, Floats],
    statistic: str,
    categories: Iterable[float] | None,
    weights: Weights,
    group: Ints,
    groups: int,
) -> tuple[Floats, Callable[[Floats], Floats], int]:
    """(groups, 2 · width), the sums of both judges, the statistic of one of them, and the width of one."""
    there = ~np.isnan(h)
    if statistic in MOMENTS:
        reference = np.where(there, h, 0.0).sum(axis=1) / there.sum(axis=1)
        middle = float(reference.mean())  # differences of large numbers lose their digits in sums of squares
        made = [moments(f - middle, reference - middle, group, groups) for f in judges]
        return np.concatenate(made, axis=1), of_moments(statistic), 7
    seen = np.unique(np.concatenate([h[there], *judges]))
    scale = seen if categories is None else np.unique(scores(list(categories), "judge_difference: categories"))
    off = seen[~np.isin(seen, scale)]
    if off.size:
        raise UserError(f"judge_difference: answers on the scale were wanted, and {off[0]:g} came; leave it out")
    shares = np.stack([(h == answer).sum(axis=1) for answer in scale], axis=1) / there.sum(axis=1, keepdims=True)
    made = [tables(np.searchsorted(scale, f), shares, group, groups) for f in judges]
    q = scale.size
    of = of_table(statistic, agreement_weights("judge_difference", weights, q))
    return np.concatenate(made, axis=1), (lambda s: of(s.reshape(-1, q, q))), q * q


def _estimate(
    part: str,
    call: Callable[[Floats], Floats],
    sums: Floats,
    n: int,
    units: int,
    what: str,
    level: float,
    resamples: int,
    seed: int,
) -> Estimate:
    value = float(call(sums.sum(axis=0, keepdims=True))[0])
    if math.isnan(value):
        return undefined(part, "the statistic is 0/0: all answers are the same", level=level, n=n, units=units)
    found: Resampled | None = None
    if len(sums) >= _FEW:
        found = unit_bootstrap(sums, call, level=level, resamples=resamples, rng=seed, what=what)
    if found is None or found.undefined is not None:
        found = jackknife(sums, call, level=level, what=what)
    why = found.undefined
    if why is None and found.high - found.low <= 1e-12:
        why = "leaving out any unit changes nothing: an interval would be a point"
    if why is not None:
        return undefined(part, why, level=level, n=n, units=units, value=value)
    method = found.method.replace(f" {len(sums)} {what}", f" {units} {what}")
    dealt = f" in {len(sums)} groups" if len(sums) < units else ""
    return Estimate(part, value, found.low, found.high, level, n, units, method + dealt)
