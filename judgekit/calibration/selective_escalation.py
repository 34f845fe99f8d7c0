"""From which confidence on may a verdict stand without a person? A threshold with a guarantee."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.inputs import left_out, scores
from judgekit.calibration.resample import seeded
from judgekit.calibration.selective import read_agreement
from judgekit.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

    Seed = np.random.Generator | int | None

_AT_ONCE = 256
"""How many thresholds are tried at once: the search mostly ends early."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """From which confidence on the judge decides; below it a person does."""

    threshold: float
    """Verdicts with at least this confidence stand; nan where none may."""
    coverage: float
    """The share of items whose verdict stands."""
    disagreement: float
    """The share of mistakes among them, on these items; nan where none stands."""
    bound: float
    """What the share of mistakes does not exceed, with the confidence 1 - delta; nan where none stands."""
    target: float
    """The share of mistakes that is tolerated."""
    delta: float
    """How likely the guarantee may fail."""
    n: int
    """Items that decided (one a cluster)."""
    n_accepted: int
    """How many of them stand."""
    method: str
    """How it was found."""
    undefined: str | None = None
    """Why no verdict may stand."""


def escalation_threshold(
    confidence: ArrayLike,
    agree: ArrayLike,
    *,
    target: float,
    delta: float = 0.1,
    thresholds: Sequence[float] | None = None,
    clusters: ArrayLike | None = None,
    rng: Seed = None,
) -> Escalation:
    """The lowest confidence at which the share of mistakes is at most `target`, with the confidence 1 - delta.

    With n verdicts at least as confident as λ, k of them mistakes, the bound is sup{R: P(Bin(n, R) <= k) >= delta}.
    Thresholds are tried from the highest down, and the first whose bound exceeds the target ends the search: fixed
    sequence testing, so trying many costs nothing, and P(the true share of mistakes > target) <= delta. Thresholds that
    keep fewer verdicts than could ever pass (ln delta / ln(1 - target), 22 for 0.1 and 0.1) are not tried. Nor, so that
    one early mistake does not end it all, are those that keep fewer than would pass with 9 in 10 where a third of the
    target is true, or than a quarter of the items, whichever is less.

    Exact for `thresholds` fixed beforehand and for confidences with few values; for observed continuous ones where
    mistakes do not get rarer as the confidence falls. The guarantee is about new items like these, not about drift.

    Args:
        confidence: (n_items,), higher = more confident; nan = failed.
        agree: (n_items,), whether the verdict agrees with people, 0 or 1; nan = not labelled.
        target: the largest share of mistakes that is tolerated, such as 0.1.
        delta: how likely the guarantee may fail.
        thresholds: which to try; None: those that were observed.
        clusters: (n_items,), the independent unit: one item of each, drawn at random, takes part (a binomial needs
            independent items).
        rng: draws that item; a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, lengths that differ, an agreement that is not 0 or 1, target or delta out of range.

    Source: Jung, Brahman and Choi (2025), Trust or escalate: LLM judges with provable guarantees for human agreement,
    section 2.1; Bauer (1991), Multiple testing in clinical trials (fixed sequence).

    >>> e = escalation_threshold([0.9] * 60 + [0.6] * 40, [1] * 60 + [1, 0] * 20, target=0.1)
    >>> e.threshold, e.coverage, round(e.bound, 4)                               # 1 - 0.1^(1/60)
    (0.9, 0.6, 0.0376)
    """
    what = "escalation_threshold"
    check_guarantee(what, target, delta)
    c, wrong, unit, missing = read_agreement(what, confidence, agree, clusters)
    note = f"; {left_out(missing)}" if missing else ""
    if clusters is not None and c.size:
        c, wrong, drawn = _one_each(c, wrong, unit, rng)
        note = f", {drawn}{note}"
    limits = None if thresholds is None else scores(list(thresholds), f"{what}: thresholds", missing=False)
    return _search(c, wrong, target, delta, limits, note)


def check_guarantee(what: str, target: float, delta: float) -> None:
    """Refuse a target or a delta that is no share.

    Raises:
        UserError: one of them is not between 0 and 1.
    """
    if not 0.0 < target < 1.0 or not 0.0 < delta < 1.0:
        raise UserError(
            f"{what}: target and delta between 0 and 1 were wanted, such as 0.1; came {target:g}, {delta:g}"
        )


def _one_each(c: Floats, wrong: Floats, unit: Ints, rng: Seed) -> tuple[Floats, Floats, str]:
    generator, seed = seeded(rng)
    order = generator.permutation(c.size)
    first = order[np.unique(unit[order], return_index=True)[1]]
    return c[first], wrong[first], f"one item of each of {first.size} clusters (seed {seed})"


def _search(c: Floats, wrong: Floats, target: float, delta: float, limits: Floats | None, note: str) -> Escalation:
    n = c.size
    order = np.argsort(-c, kind="stable")
    falling, lost = c[order], np.cumsum(wrong[order])
    tried = np.unique(c)[::-1] if limits is None else np.unique(limits)[::-1]
    kept = n - np.searchsorted(falling[::-1], tried, side="left")
    mistakes = np.where(kept > 0, lost[np.maximum(kept - 1, 0)], 0.0) if n else np.zeros(tried.size)
    fewest = _fewest(target, delta, n)
    method = f"fixed sequence from {fewest} verdicts on, binomial bound{note}"
    last, at, bound = -1, int(np.searchsorted(kept, fewest)), math.nan
    while at < tried.size:
        some = slice(at, at + _AT_ONCE)
        bounds = _upper(mistakes[some], kept[some], delta)
        over = np.flatnonzero(bounds > target)
        passed = int(over[0]) if over.size else bounds.size
        if passed:
            last, bound = at + passed - 1, float(bounds[passed - 1])
        at += passed
        if over.size:
            break
    if last >= 0:
        k, m = int(mistakes[last]), int(kept[last])
        limit = float(tried[last])
        return Escalation(limit, m / n, k / m, bound, target, delta, n, m, method)
    smallest = math.ceil(math.log(delta) / math.log1p(-target) - 1e-9)
    if n < smallest:
        why = f"{smallest} labelled verdicts are needed even without a mistake; there are {n}"
    elif at < tried.size:
        found = float(_upper(mistakes[at : at + 1], kept[at : at + 1], delta)[0])
        why = (
            f"{int(mistakes[at])} mistakes among the {int(kept[at])} most confident verdicts: the bound is {found:.3f}"
        )
    else:
        why = f"no threshold keeps {fewest} verdicts"
    return Escalation(math.nan, 0.0, math.nan, math.nan, target, delta, n, 0, method, why)


def _upper(k: Floats, n: Ints, delta: float) -> Floats:
    """sup{R: P(Bin(n, R) <= k) >= delta}: Clopper and Pearson's upper end, 1 where all are mistakes."""
    from scipy.special import betaincinv

    return np.where(k >= n, 1.0, betaincinv(k + 1.0, np.maximum(n - k, 1e-9), 1.0 - delta))


def _fewest(target: float, delta: float, n: int) -> int:
    """How many verdicts the first threshold keeps: enough to pass with 9 in 10 where a third of the target is true.

    At most a quarter of the items, so that there is something to find, and never fewer than could pass at all. It
    depends on the number of items alone, not on mistakes, which the guarantee needs.
    """
    from scipy.special import bdtr

    smallest = math.ceil(math.log(delta) / math.log1p(-target) - 1e-9)
    sizes = np.arange(smallest, 10 * smallest)
    mistakes = np.arange(0.0, 10.0 * smallest * target + 2.0)
    passes = _upper(mistakes[None, :], sizes[:, None], delta) <= target
    most = passes.sum(axis=1) - 1.0  # the most mistakes with which this size passes
    likely = np.flatnonzero(bdtr(most, sizes, target / 3.0) >= 0.9)
    enough = int(sizes[likely[0]]) if likely.size else 10 * smallest
    return max(smallest, min(enough, n // 4))
