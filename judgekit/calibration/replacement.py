"""May the judge stand in for a person? The alternative annotator test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.bounded import linear_estimate, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

Score = Literal["accuracy", "neg_rmse"]

_SAME = 1e-9
"""Mean squared errors closer than this share of the squared range are a tie: 0.3 - 0.2 is not 0.1 in floats."""


@dataclass(frozen=True, slots=True)
class AnnotatorTest:
    """The judge against one annotator, measured by the other annotators."""

    annotator: int
    """The column of the annotator in `human_ratings`."""
    n: int
    """Items that this annotator, the judge and at least one other person answered."""
    n_clusters: int
    """How many independent units they come from."""
    judge_wins: float
    """Share of items where the judge is at least as close to the others as the annotator; ties count."""
    annotator_wins: float
    """Share of items where the annotator is at least as close as the judge; ties count."""
    p_value: float
    """Of the hypothesis annotator_wins - judge_wins >= epsilon; nan where the annotator was left out."""
    rejected: bool
    """Whether the hypothesis is rejected: the judge may replace this annotator."""
    note: str | None = None
    """Why the annotator was left out, or how an unusual p-value was found."""


@dataclass(frozen=True, slots=True)
class AltTest:
    """The answer of the alternative annotator test."""

    winning_rate: float
    """ω, the share of tested annotators whom the judge may replace; nan where none could be tested."""
    advantage: float
    """ρ, how often the judge is at least as close to the others as a person, averaged over annotators."""
    passed: bool | None
    """Whether ω >= 0.5; None where none could be tested."""
    per_annotator: tuple[AnnotatorTest, ...]
    """One row an annotator, in the order of the columns."""
    advantage_interval: Estimate
    """ρ with its interval: what two judges are compared by."""
    score: Score
    """How closeness was measured."""
    epsilon: float
    """How much worse than a person the judge may be."""
    q: float
    """The false discovery rate over annotators."""
    n_items: int
    """Items that at least two people and the judge answered."""
    n_left_out: int
    """Items that lacked the judge's answer or a second person's."""
    n_tested: int
    """Annotators who were tested."""
    method: str
    """How the p-values were found."""
    undefined: str | None = None
    """Why nothing could be tested; None where something was."""


def alt_test(
    human_ratings: ArrayLike,
    judge: ArrayLike,
    *,
    score: Score = "accuracy",
    epsilon: float = 0.2,
    q: float = 0.05,
    min_items: int = 30,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> AltTest:
    """Whether the judge may replace the annotators, each of them left out in turn.

    For annotator j and item i: S(x) = mean_{k≠j} 1[x = h_ik] (accuracy) or -√mean_{k≠j} (x - h_ik)² (neg_rmse). The
    judge f wins where S(f_i) >= S(h_ij), the annotator where S(h_ij) >= S(f_i): a tie counts for both. With d_i = (the
    annotator wins) - (the judge wins), t = (d̄ - ε) / (s/√n) tests H0: E[d] >= ε from below, n - 1 degrees of freedom.
    Benjamini and Yekutieli's rule at q over the annotators; ω = the share rejected; the judge passes from ω = 0.5 on.

    Three cases that the paper leaves open:
    - Items of one cluster are dependent (four aspects of one text are not four items): with `clusters` the error of d̄
      is the cluster-robust one, with G - 1 degrees of freedom, and `min_items` counts clusters. Without it the test
      is wrong: with 40 clusters of 4 equal items an ε that holds is rejected in 20 % of simulations instead of 5 %.
    - Where all units have the same mean difference c, s = 0 and t is 0/0. As no unit's mean exceeds 1, under H0
      P(a unit's mean <= c) <= (1-ε)/(1-c), so p = ((1-ε)/(1-c))^G is a valid p-value (1 where c >= ε).
    - An annotator with fewer than `min_items` is left out and said so. Wilcoxon's signed ranks, which the paper
      offers, test a median and not the mean of d: where E[d] = ε = 0.2, they reject at 20 items in 9 to 41 % of
      simulations instead of 5 %, depending on the share of ties.

    Args:
        human_ratings: (n_items, n_annotators), numbers; nan = not labelled.
        judge: (n_items,), numbers; nan = failed, and the item is left out and counted.
        score: `accuracy` for categories, `neg_rmse` for numbers.
        epsilon: 0.2 where experts are replaced, 0.15 for skilled annotators, 0.1 for a crowd.
        q: the false discovery rate.
        min_items: the fewest items (or clusters) of an annotator who is tested.
        clusters: (n_items,), the independent unit of each item, such as its text.
        level: confidence of the interval of the advantage.

    Raises:
        UserError: text instead of numbers, lengths that differ, or epsilon, q or score out of range.

    Source: Calderon, Reichart and Dror (2025), The alternative annotator test for LLM-as-a-judge, section 3;
    Benjamini and Yekutieli (2001), The control of the false discovery rate under dependency, theorem 1.3.

    >>> people = [[1, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0]] * 10
    >>> test = alt_test(people, [1, 0, 1, 0] * 10)
    >>> test.winning_rate, test.advantage, test.passed
    (1.0, 1.0, True)
    """
    h = matrix(human_ratings, "alt_test: human_ratings")
    f = scores(judge, "alt_test: judge")
    same_rows("alt_test", len(h), judge=f.size)
    if score not in ("accuracy", "neg_rmse"):
        raise UserError(f"alt_test: score accuracy or neg_rmse was wanted; came {score!r}")
    if not 0.0 <= epsilon < 1.0 or not 0.0 < q < 1.0:
        raise UserError(f"alt_test: epsilon in [0, 1) and q in (0, 1) were wanted; came {epsilon:g} and {q:g}")
    unit = unit_index(clusters, f.size, "alt_test")
    usable = ~np.isnan(f) & ((~np.isnan(h)).sum(axis=1) >= 2)
    h, f, unit = h[usable], f[usable], unit[usable]
    wins = [_wins(h, f, j, score) for j in range(h.shape[1])]
    tests = _decided([_one(j, w, unit[rows], epsilon, min_items) for j, (rows, *w) in enumerate(wins)], q)
    tested = [t for t in tests if not math.isnan(t.p_value)]
    advantage = _advantage([(w, unit[rows]) for rows, w, _ in wins], tested, unit, level)
    rate = sum(t.rejected for t in tested) / len(tested) if tested else math.nan
    how = "one-sided t against epsilon" + ("" if clusters is None else ", cluster-robust") + "; Benjamini-Yekutieli"
    return AltTest(
        winning_rate=rate,
        advantage=advantage.value,
        passed=rate >= 0.5 if tested else None,
        per_annotator=tests,
        advantage_interval=advantage,
        score=score,
        epsilon=epsilon,
        q=q,
        n_items=int(f.size),
        n_left_out=int((~usable).sum()),
        n_tested=len(tested),
        method=how,
        undefined=None if tested else _nobody(tests, min_items, clusters is not None),
    )


def _wins(h: Floats, f: Floats, j: int, score: Score) -> tuple[Ints, Floats, Floats]:
    rows = np.flatnonzero(~np.isnan(h[:, j]))
    own, judge = h[rows, j], f[rows]
    others = np.delete(h[rows], j, axis=1)
    if score == "accuracy":
        close_judge = (others == judge[:, None]).sum(axis=1)
        close_own = (others == own[:, None]).sum(axis=1)
        slack = 0.0
    else:
        # The root keeps the order, and the number of references is the same on both sides: sums of squares decide.
        close_judge = -np.nansum((others - judge[:, None]) ** 2, axis=1)
        close_own = -np.nansum((others - own[:, None]) ** 2, axis=1)
        values = np.concatenate([h[~np.isnan(h)], f])
        slack = _SAME * float(np.ptp(values)) ** 2 if values.size else 0.0
    return rows, (close_judge >= close_own - slack).astype(float), (close_own >= close_judge - slack).astype(float)


def _one(j: int, wins: list[Floats], unit: Ints, epsilon: float, min_items: int) -> AnnotatorTest:
    judge, own = wins
    d = own - judge
    _, index = np.unique(unit, return_inverse=True)
    sizes = np.bincount(index.reshape(-1)).astype(float)
    units = sizes.size
    shares = (float(judge.mean()), float(own.mean())) if d.size else (math.nan, math.nan)
    if units < max(min_items, 1):
        what = "item" if units == d.size else "cluster"
        note = f"left out: {units} {what}{'' if units == 1 else 's'} with another person's answer; {min_items} wanted"
        return AnnotatorTest(j, int(d.size), units, *shares, math.nan, False, note)
    p, note_or_none = _p_value(np.bincount(index.reshape(-1), weights=d).astype(float), sizes, epsilon)
    return AnnotatorTest(j, int(d.size), units, *shares, p, False, note_or_none)


def _p_value(sums: Floats, sizes: Floats, epsilon: float) -> tuple[float, str | None]:
    from scipy.special import stdtr

    units, n = sizes.size, float(sizes.sum())
    mean = float(sums.sum()) / n
    off = sums - sizes * mean
    if units < 2 or float(np.abs(off / sizes).max()) <= _SAME:
        p = 1.0 if mean >= epsilon else ((1.0 - epsilon) / (1.0 - mean)) ** units
        return p, f"the difference is {mean:g} in all {units} units: p = ((1-ε)/(1-c))^{units}"
    error = math.sqrt(units / (units - 1) * float(off @ off)) / n
    return float(stdtr(units - 1, (mean - epsilon) / error)), None


def _decided(tests: list[AnnotatorTest], q: float) -> tuple[AnnotatorTest, ...]:
    p = np.array([t.p_value for t in tests])
    order = np.argsort(p)[: int((~np.isnan(p)).sum())]
    m = order.size
    ranks = np.arange(1, m + 1)
    small = np.flatnonzero(p[order] <= ranks * q / (m * np.sum(1.0 / ranks)))
    rejected = set(order[: small[-1] + 1].tolist()) if small.size else set()
    return tuple(
        AnnotatorTest(t.annotator, t.n, t.n_clusters, t.judge_wins, t.annotator_wins, t.p_value, i in rejected, t.note)
        for i, t in enumerate(tests)
    )


def _advantage(wins: list[tuple[Floats, Ints]], tested: list[AnnotatorTest], unit: Ints, level: float) -> Estimate:
    if not tested:
        return undefined("advantage", "no annotator was tested", level=level)
    value = float(np.mean([t.judge_wins for t in tested]))
    parts = [((w - t.judge_wins) / (t.n * len(tested)), u) for t in tested for w, u in [wins[t.annotator]]]
    # What an item adds is spread over the annotators who labelled it: items are counted once, as units.
    where = np.concatenate([u for _, u in parts])
    kept, index = np.unique(where, return_inverse=True)
    sums = np.bincount(index.reshape(-1), weights=np.concatenate([x for x, _ in parts])).astype(float)
    e = linear_estimate("advantage", value, sums, np.arange(kept.size), level=level)
    items = int(np.isin(unit, kept).sum())
    return Estimate(e.name, e.value, e.low, e.high, level, items, kept.size, e.method, e.undefined)


def _nobody(tests: tuple[AnnotatorTest, ...], min_items: int, clustered: bool) -> str:
    if len(tests) < 2:
        return f"the test needs 2 annotators; there is {len(tests)}"
    most = max(t.n_clusters for t in tests)
    what = "clusters" if clustered else "items"
    return f"no annotator shares {min_items} {what} with the judge and another person; the most is {most}"
