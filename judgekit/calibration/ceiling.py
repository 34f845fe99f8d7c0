"""How well could any judge agree with these people? The human ceiling, and the judge measured against it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.agreement.weights import Weights, agreement_weights
from judgekit.calibration.bounded import student, undefined
from judgekit.calibration.ceiling_references import Comparison, comparisons, grouped
from judgekit.calibration.ceiling_statistics import MOMENTS, TABLES, OfMoments, OfTable, limits
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.calibration.resample import replicates, seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats

_FEW = 200
"""Under so many units percentiles of a bootstrap are a little too close together; Student's interval stands in."""


@dataclass(frozen=True, slots=True)
class CeilingComparison:
    """People and judge by the same measure, on the same items, against the same references."""

    human: Estimate
    """The ceiling: what a person reaches."""
    judge: Estimate
    """What the judge reaches."""
    difference: Estimate
    """judge - human."""
    ratio: Estimate
    """judge / human; undefined where the ceiling is not clearly above 0."""


@dataclass(frozen=True, slots=True)
class AnnotatorCeiling:
    """One person and the judge, both against the other people."""

    annotator: int
    """The column of the person."""
    n: int
    """Items that this person, the judge and another person answered."""
    human: float
    """The person against the majority (or mean) of the others; nan where undefined."""
    judge: float
    """The judge against the same."""


@dataclass(frozen=True, slots=True)
class HumanCeiling:
    """What people reach among themselves, and what the judge reaches in their place."""

    statistic: str
    """What measures agreement."""
    pairwise: CeilingComparison
    """One against one: a person with another person, and the judge with each of the two."""
    leave_one_out: CeilingComparison
    """One against the others: a person with the majority or mean of the others, and the judge with the same."""
    per_annotator: tuple[AnnotatorCeiling, ...]
    """The parts of `leave_one_out`."""
    n_items: int
    """Items that at least two people and the judge answered."""
    n_left_out: int
    """Items that lacked the judge's answer or a second person's."""


def human_ceiling(
    ratings: ArrayLike,
    judge: ArrayLike,
    *,
    statistic: OfTable | OfMoments = "cohen_kappa",
    categories: Iterable[float] | None = None,
    weights: Weights = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 1999,
    rng: np.random.Generator | int | None = None,
) -> HumanCeiling:
    """The agreement of people with people, of the judge with people, their difference and their ratio.

    Twice, because the reference matters. Pairwise: the mean over pairs (j, k) of people of s(h_j, h_k), against the
    mean of s(f, h_j) and s(f, h_k) on the items of that pair. Leave one out: the mean over people j of s(h_j, o_j), o_j
    the majority (tables) or mean (moments) of the *others*, against s(f, o_j): were the judge held against the majority
    of all, its reference would rest on one more person and be less noisy. A majority that is tied is shared: the item
    counts 1/m for each of the m answers, which is the expectation of a random choice.

    One bootstrap over items (or clusters) gives all four intervals, so the difference and the ratio know how much the
    two share. From 200 units on the interval is the percentile one, below it Student's from leaving one unit out.
    Simulated coverage of 95 % (κ, 1,200 runs each, 20 to 200 units of 1 or 4 items): 0.92 to 0.96; percentiles with 60
    clusters had 0.93. More than 2,000 units are dealt at random into 2,000 groups first: groups of independent units
    are independent units, and the interval then does not cost more for a million items.

    Args:
        ratings: (n_items, n_people), numbers; nan = not labelled.
        judge: (n_items,), numbers; nan = failed.
        statistic: of tables: percent_agreement, cohen_kappa, scott_pi, brennan_prediger, gwet_ac; of moments: pearson,
            concordance_correlation, mean_absolute_error, root_mean_squared_error (errors: less is better).
        categories: the declared scale, for statistics of tables; None: the answers that occur.
        weights: for statistics of tables: linear, quadratic, ordinal, a matrix, or None (equal or not).
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the intervals.
        resamples: how many samples are drawn.
        rng: a seed or a Generator; None: seed 0.

    Raises:
        UserError: text instead of numbers, off-scale answers, lengths that differ, or an unknown statistic.

    >>> people = [[1, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0]] * 10
    >>> found = human_ceiling(people, [1, 0, 1, 0] * 10, statistic="percent_agreement")
    >>> found.pairwise.human.value, round(found.pairwise.judge.value, 3)      # (40+20+20)/120 and (40+40+20)/120
    (0.6666666666666666, 0.833)
    """
    h, f = matrix(ratings, "human_ceiling: ratings"), scores(judge, "human_ceiling: judge")
    same_rows("human_ceiling", len(h), judge=f.size)
    check_level(level, "human_ceiling")
    if statistic not in TABLES + MOMENTS:
        raise UserError(f"human_ceiling: one of {', '.join(TABLES + MOMENTS)} was wanted; came {statistic!r}")
    unit = unit_index(clusters, f.size, "human_ceiling")
    usable = ~np.isnan(f) & ((~np.isnan(h)).sum(axis=1) >= 2)
    h, f = h[usable], f[usable]
    seen, index = np.unique(unit[usable], return_inverse=True)
    counts = (int(f.size), int((~usable).sum()))
    if h.shape[1] < 2 or f.size == 0:
        why = f"the ceiling needs items that 2 people and the judge answered; there are {f.size}"
        none = CeilingComparison(
            *(undefined(part, why, level=level) for part in ("human", "judge", "difference", "ratio"))
        )
        return HumanCeiling(statistic, none, none, (), *counts)
    if statistic in MOMENTS:
        middle = float(np.nanmean(h))  # differences of large numbers lose their digits in sums of squares
        h, f = h - middle, f - middle
    generator, seed = seeded(rng)
    group, groups = grouped(index.reshape(-1), seen.size, generator)
    made = comparisons(
        h, f, statistic, group, groups, scale=_scale(categories, h, f, statistic), weigh=lambda q: _weigh(weights, q)
    )
    ask = _Asked(level, resamples, seed, int(f.size), seen.size, groups, clusters is not None, limits(statistic))
    pairs = _compared(made, [c for c in made.parts if c.kind == "pair"], ask)
    left = [c for c in made.parts if c.kind == "rest"]
    whole = made.values(made.sums.sum(axis=0, keepdims=True))[0]
    people = tuple(
        AnnotatorCeiling(c.annotator, c.n, float(whole[c.human]), float(np.mean(whole[list(c.judge)]))) for c in left
    )
    return HumanCeiling(statistic, pairs, _compared(made, left, ask), people, *counts)


def _scale(categories: Iterable[float] | None, h: Floats, f: Floats, statistic: str) -> Floats | None:
    if statistic in MOMENTS:
        return None
    seen = np.unique(np.concatenate([h[~np.isnan(h)], f]))
    if categories is None:
        if seen.size > 100:
            raise UserError(f"human_ceiling: {statistic} is for categories; came {seen.size} different answers")
        return seen
    declared = np.unique(scores(list(categories), "human_ceiling: categories", missing=False))
    off = seen[~np.isin(seen, declared)]
    if off.size:
        raise UserError(
            f"human_ceiling: answers on the scale were wanted, and {off[0]:g} came; leave it out, and say so"
        )
    return declared


def _weigh(weights: Weights, q: int) -> Floats:
    return agreement_weights("human_ceiling", weights, q)


@dataclass(frozen=True, slots=True)
class _Asked:
    level: float
    resamples: int
    seed: int
    n: int
    units: int
    groups: int
    clustered: bool
    limits: tuple[float, float]


def _compared(made: Any, parts: list[Comparison], ask: _Asked) -> CeilingComparison:
    def both(sums: Floats) -> Floats:
        values = made.values(sums)
        people = _mean(values[:, [c.human for c in parts]])
        judge = _mean(np.stack([_mean(values[:, list(c.judge)]) for c in parts], axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.column_stack([people, judge, judge - people, judge / people])

    point = both(made.sums.sum(axis=0, keepdims=True))[0]
    ends, method = _ends(both, made.sums, point, ask)
    names = ("human", "judge", "difference", "ratio")
    found = [_estimate(name, float(v), e, method, ask) for name, v, e in zip(names, point, ends.T, strict=True)]
    human, ratio = found[0], found[3]
    if not math.isnan(human.value) and (human.value <= 0.0 or human.low <= 0.0):
        why = "the ceiling is not clearly above 0: a ratio to it says nothing"
        found[3] = undefined("ratio", why, level=ask.level, n=ratio.n, units=ratio.n_clusters)
    return CeilingComparison(*found)


def _ends(both: Callable[[Floats], Floats], sums: Floats, point: Floats, ask: _Asked) -> tuple[Floats, str]:
    what = "clusters" if ask.clustered else "items"
    dealt = "" if ask.groups == ask.units else f" in {ask.groups} groups"
    if ask.units < 2:
        return np.full((2, 4), np.nan), "none"
    if ask.units < _FEW:
        left = both(sums.sum(axis=0) - sums)
        fine = np.isfinite(left)
        gap = np.where(fine, left - np.where(fine, left, 0.0).sum(axis=0) / np.maximum(fine.sum(axis=0), 1), 0.0)
        error = np.sqrt((ask.units - 1) / ask.units * (gap**2).sum(axis=0))
        half = student(ask.units - 1, ask.level) * error
        # Student's interval knows no ends: a kappa above 1 is none, and a difference of two kappas is at most 2.
        low, high = ask.limits
        ends = np.clip(
            [point - half, point + half],
            np.minimum([low, low, low - high, -np.inf], point),
            np.maximum([high, high, high - low, np.inf], point),
        )
        return ends, f"jackknife over {ask.units} {what}, df {ask.units - 1}"
    values = replicates(sums, both, resamples=ask.resamples, rng=np.random.default_rng(ask.seed))
    values[~np.isfinite(values)] = np.nan
    lost = int(np.isnan(values[:, :2]).any(axis=1).sum())
    tails = [(1.0 - ask.level) / 2.0, (1.0 + ask.level) / 2.0]
    ends = np.full((2, 4), np.nan)
    for k in range(4):
        kept = values[~np.isnan(values[:, k]), k]
        if kept.size >= 2:
            ends[:, k] = np.quantile(kept, tails)
    note = f", {lost} of them undefined and left out" if lost else ""
    return ends, f"joint bootstrap of {ask.units} {what}{dealt}, {ask.resamples} resamples{note}, seed {ask.seed}"


def _estimate(name: str, value: float, ends: Floats, method: str, ask: _Asked) -> Estimate:
    if math.isnan(value):
        nothing = "the statistic is 0/0: all answers are the same"
        return undefined(name, nothing, level=ask.level, n=ask.n, units=ask.units)
    why = None
    if ask.units < 2:
        why = f"an interval needs 2 independent units; there is {ask.units}"
    elif not np.isfinite(ends).all():
        why = "no resample has a value"
    elif ends[1] - ends[0] <= 1e-12:
        why = "all resamples give the same value: an interval would be a point"
    if why:
        return undefined(name, why, level=ask.level, n=ask.n, units=ask.units, value=value)
    return Estimate(name, value, float(ends[0]), float(ends[1]), ask.level, ask.n, ask.units, method)


def _mean(values: Floats) -> Floats:
    # Pairs that share too few items are undefined in some resamples: the mean of the others stands for them.
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    return np.where(count > 0, np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
