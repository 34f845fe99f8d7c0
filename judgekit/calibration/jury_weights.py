"""Is a jury of judges better than the best one of them? Weighted votes, compared fairly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import undefined
from judgekit.calibration.estimate import Estimate, mean_estimate
from judgekit.calibration.inputs import check_level, scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.calibration.resample import seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints


@dataclass(frozen=True, slots=True)
class JuryComparison:
    """A jury with learned weights, its best member and the plain majority, on items that none of them learned from."""

    weights: tuple[float, ...]
    """The weight of each judge's vote, from all items: what to use on new ones."""
    best: int
    """The column of the judge that is right most often on all items; -1 where there is none."""
    jury: Estimate
    """How often the weighted vote is right."""
    best_single: Estimate
    """How often the judge is right that was best on the other folds; the interval is the best judge's in truth."""
    majority: Estimate
    """How often the unweighted vote is right."""
    difference: Estimate
    """jury - best_single; the interval is that of the difference to the best judge in truth."""
    each: tuple[Estimate, ...]
    """jury - judge, item by item, for every judge."""
    n_left_out: int
    """Items without a label or without any verdict."""

    def vote(self, verdicts: ArrayLike) -> Floats:
        """The answer (m,) of the jury to new items (m, n_judges); nan where no judge answered.

        Of answers with equal weight the lowest is taken.

        Raises:
            UserError: another number of judges than the jury has.
        """
        x = matrix(verdicts, "vote: verdicts", columns="a judge")
        if x.shape[1] != len(self.weights):
            raise UserError(f"vote: {len(self.weights)} columns, one a judge, were wanted; came {x.shape[1]}")
        scale = np.unique(x[~np.isnan(x)])
        if not scale.size:
            return np.full(len(x), math.nan)
        for_each = _tally(x, np.array(self.weights), scale)
        return np.where(np.isnan(x).all(axis=1), np.nan, scale[for_each.argmax(axis=1)])


def weighted_jury(
    labels: ArrayLike,
    verdicts: ArrayLike,
    *,
    categories: int | None = None,
    folds: int = 5,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> JuryComparison:
    """How often a weighted vote is right, against the best single judge and the plain majority.

    Judge j with accuracy a_j weighs ln(a (K-1)/(1-a)), K the number of answers: the best vote where errors are
    independent and fall evenly on the wrong answers. With (right + 1/K)/(n + 1) for a, no weight is infinite; a judge
    worse than chance weighs below 0. Judges that differ by no more than chance would make them get about the same
    weight: each a_j is drawn to the mean ā, ā + B(a_j - ā), B = max(0, 1 - v/s²), s² the variance between judges and v
    that of chance, the mean a_j(1-a_j)/G (G independent units). Where answers tie, the item counts 1/m for m of them.

    Weights, and which judge is best, come from the other folds, dealt by cluster: chosen and measured on the same
    items, the best of several looks better than it is. Which one is best in truth stays unknown. With L_j, U_j the ends
    of the paired difference to judge j, the difference to the best lies in [min_j L_j, min_j U_j], the U_j at the level
    that Bonferroni's rule asks of J judges; the best judge's accuracy likewise. Simulated coverage of 95 % with three
    equal judges: 0.94, 0.95 and 0.97 at 60, 240 and 1,000 items.

    Args:
        labels: (n_items,), the reference answers; nan = not labelled.
        verdicts: (n_items, n_judges), numbers; nan = failed: a lost vote for the jury, and a miss for a single judge.
        categories: K; None: how many answers occur.
        folds: how many folds, at most one an independent unit.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the intervals.
        rng: deals the folds; a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, lengths that differ, or no judge.

    Source: Nitzan and Paroush (1982), Optimal decision rules in uncertain dichotomous choice situations.

    >>> y = [0, 1] * 20
    >>> found = weighted_jury(y, [[t, t, 1 - t] for t in y])
    >>> found.jury.value, found.best_single.value, found.weights[2] < 0
    (1.0, 1.0, True)
    """
    what = "weighted_jury"
    check_level(level, what)
    y, x = scores(labels, f"{what}: labels"), matrix(verdicts, f"{what}: verdicts", columns="a judge")
    same_rows(what, len(x), labels=y.size)
    judges = x.shape[1]
    if judges == 0 or folds < 2:
        raise UserError(f"{what}: 1 judge and 2 folds, or more, were wanted; came {judges} and {folds}")
    whole = ~np.isnan(y) & ~np.isnan(x).all(axis=1)
    unit = np.unique(unit_index(clusters, y.size, what)[whole], return_inverse=True)[1].reshape(-1)
    lost = int((~whole).sum())
    y, x = y[whole], x[whole]
    scale = np.unique(np.concatenate([y, x[~np.isnan(x)]]))
    k = max(scale.size if categories is None else categories, 2)
    if scale.size > k:
        raise UserError(f"{what}: at most {k} different answers were wanted; came {scale.size}")
    units = int(unit.max()) + 1 if unit.size else 0
    if units < 2:
        why = f"out-of-fold answers need 2 independent units; there is {units}"
        none = [undefined(part, why, level=level, n=y.size, units=units) for part in _PARTS]
        return JuryComparison((math.nan,) * judges, -1, none[0], none[1], none[2], none[3], (), lost)
    right = (x == y[:, None]).astype(float)
    answered = (~np.isnan(x)).astype(float)
    used = min(folds, units)
    generator, seed = seeded(rng)
    fold = (generator.permutation(units) % used)[unit]
    score = np.empty((3, y.size))  # of the jury, the best single judge, the majority
    for f in range(used):
        out, rest = fold == f, fold != f
        weights = _weights(right[rest], answered[rest], k, units / y.size)
        best = int(right[rest].sum(axis=0).argmax())
        score[0, out] = _credit(x[out], y[out], weights, scale)
        score[1, out] = right[out, best]
        score[2, out] = _credit(x[out], y[out], np.ones(judges), scale)
    note = f", {used} folds, seed {seed}"
    strict = 1.0 - (1.0 - level) / judges
    jury, majority = (_mean(name, score[k], unit, level, note) for name, k in (("jury", 0), ("majority", 2)))
    each, wide = (
        [_mean(f"jury - judge {j}", score[0] - right[:, j], unit, at, note, low=-1.0) for j in range(judges)]
        for at in (level, strict)
    )
    alone, alone_wide = ([_mean("judge", right[:, j], unit, at, note) for j in range(judges)] for at in (level, strict))
    value = float(score[1].mean())
    single = _of_the_best("best_single", value, max(e.low for e in alone_wide), max(e.high for e in alone), jury)
    ends = min(e.low for e in each), min(e.high for e in wide)
    difference = _of_the_best("difference", jury.value - value, *ends, jury)
    weights = _weights(right, answered, k, units / y.size)
    best = int(right.sum(axis=0).argmax())
    return JuryComparison(tuple(weights.tolist()), best, jury, single, majority, difference, tuple(each), lost)


def _of_the_best(name: str, value: float, low: float, high: float, like: Estimate) -> Estimate:
    method = f"best judge by Bonferroni's rule; {like.method}"
    ends = min(low, value), max(high, value)
    unsure = "cautious: which judge is best stays unknown, and the interval counts that doubt too"
    return Estimate(name, value, *ends, like.level, like.n, like.n_clusters, method, like.undefined, unsure)


_PARTS = ("jury", "best_single", "majority", "difference")


def _weights(right: Floats, answered: Floats, k: int, share: float) -> Floats:
    """The weight of each judge; `share` is how many independent units an item is."""
    accuracy = (right.sum(axis=0) + 1.0 / k) / (answered.sum(axis=0) + 1.0)
    if accuracy.size > 1:
        mean, between = float(accuracy.mean()), float(accuracy.var(ddof=1))
        chance = float(np.mean(accuracy * (1.0 - accuracy) / np.maximum(answered.sum(axis=0) * share, 1.0)))
        kept = max(0.0, 1.0 - chance / between) if between > 0.0 else 0.0
        accuracy = mean + kept * (accuracy - mean)
    return np.asarray(np.log(accuracy * (k - 1) / (1.0 - accuracy)))


def _tally(x: Floats, weights: Floats, scale: Floats) -> Floats:
    return np.stack([(x == answer) @ weights for answer in scale], axis=1)


def _credit(x: Floats, y: Floats, weights: Floats, scale: Floats) -> Floats:
    """1 where the jury is right, 1/m where m answers tie and one of them is right, else 0."""
    total = _tally(x, weights, scale)
    slack = 1e-9 * float(np.abs(weights).sum())
    most = total >= total.max(axis=1, keepdims=True) - slack
    hit = most[np.arange(y.size), np.searchsorted(scale, y)]
    return np.asarray(hit / most.sum(axis=1))


def _mean(name: str, x: Floats, unit: Ints, level: float, note: str, low: float = 0.0) -> Estimate:
    e = mean_estimate(x, unit, level=level, low=low, high=1.0, name=name)
    return Estimate(e.name, e.value, e.low, e.high, e.level, e.n, e.n_clusters, e.method + note, e.undefined)
