"""Does the judge prefer what it is shown first?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import proportion, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats, Ints, Values


@dataclass(frozen=True, slots=True)
class PositionAudit:
    """What swapping the two responses changes."""

    consistency: Estimate
    """P(the same answer in both orders), ties counting as an answer, over pairs judged in both."""
    first_shown: Estimate
    """P(the response shown first wins), over all answers that are no tie; 0.5 is neutral."""
    log_odds: Estimate
    """The push of the first place on the log-odds of winning; 0 is neutral, whatever the responses are."""
    p_value: float
    """Of "no preference", two-sided: the exact test of McNemar, or of clusters' totals; nan where nothing flipped."""
    accuracy: Estimate
    """Against gold, over both orders; undefined without gold."""
    accuracy_decided: Estimate
    """Against gold, deciding from both orders, where a flip counts as no answer: right pairs among all."""
    n_first: int
    """Pairs that flipped to whatever was shown first."""
    n_second: int
    """Pairs that flipped to whatever was shown second."""
    n_failed: int
    """Pairs that were left out because an order has no answer."""


def position_audit(
    first_order: Values,
    second_order: Values,
    *,
    gold: Values | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> PositionAudit:
    """What the order of presentation changes, from pairs that were judged in both orders.

    Winners are mapped back to the response: 1 or 2, 0 for a tie, nan for a failed call. In the first order response 1
    is shown first, in the second order response 2.

    log_odds: let logit P(first shown wins) = quality gap of the pair + β. Whatever the gaps, a pair goes to the first
    place in both orders e^(2β) times as often as to the second in both, so β = ½ log(n_first / n_second), and its
    interval is the exact one of n_first of n_first + n_second (with clusters, Wilson's on the effective number). It
    says how hard the place pushes; `consistency` says how often that decides. Where all flips go one way, the value
    and one end are nan, and the other end bounds the push.

    Args:
        first_order: (n,), winners with response 1 shown first.
        second_order: (n,), winners with response 2 shown first.
        gold: (n,), the better response, 1 or 2 (0 where they are equal); nan where unknown.
        clusters: (n,), the independent unit of each pair, such as its question.
        level: confidence of the intervals.

    Raises:
        UserError: an answer that is none of 0, 1, 2, or different lengths.

    Source: the conditional likelihood of Bradley and Terry's model with an order term (Davidson and Beaver, 1977);
    Clopper and Pearson (1934); McNemar (1947).

    >>> audit = position_audit([1, 1, 1, 2, 1], [1, 2, 2, 1, 1])
    >>> audit.consistency.value, audit.first_shown.value, audit.n_first, audit.n_second
    (0.4, 0.6, 2, 1)
    """
    name = "position_audit"
    check_level(level, name)
    one, two = _winners(first_order, "first_order"), _winners(second_order, "second_order")
    best = np.full(one.size, np.nan) if gold is None else _winners(gold, "gold")
    same_length(name, first_order=one, second_order=two, gold=best)
    unit = unit_index(clusters, one.size, name)
    both = ~(np.isnan(one) | np.isnan(two))
    failed = int((~both).sum())
    one, two, best, unit = one[both], two[both], best[both], unit[both]
    none = "no pair was judged in both orders"
    consistency = proportion("position_consistency", one == two, unit, level=level, nothing=none)
    picks = np.concatenate([one == 1, two == 2])[np.concatenate([one, two]) > 0]
    whose = np.concatenate([unit, unit])[np.concatenate([one, two]) > 0]
    first = proportion("first_shown", picks, whose, level=level, nothing="every answer is a tie, or failed")
    n_first, n_second = int(((one == 1) & (two == 2)).sum()), int(((one == 2) & (two == 1)).sum())
    log_odds, p = _push(one, two, unit, level)
    known = best > 0
    nothing = "no gold answer is known" if gold is not None else "no gold answers were given"
    right = np.concatenate([(one == best)[known], (two == best)[known]])
    accuracy = proportion(
        "pair_accuracy", right, np.concatenate([unit[known], unit[known]]), level=level, nothing=nothing
    )
    sure = ((one == best) & (two == best))[known]
    decided = proportion("pair_accuracy_decided", sure, unit[known], level=level, nothing=nothing)
    return PositionAudit(consistency, first, log_odds, p, accuracy, decided, n_first, n_second, failed)


def _winners(values: Values, what: str) -> Floats:
    x = scores(values, f"position_audit: {what}")
    wrong = x[~(np.isnan(x) | np.isin(x, (0.0, 1.0, 2.0)))]
    if wrong.size:
        raise UserError(f"position_audit: winners 0, 1, 2 or nan were wanted in {what}; came {wrong[0]:g}")
    return x


def _push(one: Floats, two: Floats, unit: Ints, level: float) -> tuple[Estimate, float]:
    """Half the log of the odds of the two kinds of flip, and the p-value of even odds."""
    from scipy.special import bdtr, betaincinv, stdtr

    to_first, to_second = (one == 1) & (two == 2), (one == 2) & (two == 1)
    flipped: NDArray[np.bool_] = to_first | to_second
    k, m, n = int(to_first.sum()), int(flipped.sum()), one.size
    units = int(np.unique(unit).size)
    if m == 0:
        why = "no pair flipped: the place decided nothing" if n else "no pair was judged in both orders"
        return undefined("position_log_odds", why, level=level, n=n, units=units), math.nan
    share = proportion("", to_first[flipped], unit[flipped], level=level, nothing="")
    if share.n_clusters == m:
        tail = (1.0 - level) / 2.0
        low = 0.0 if k == 0 else float(betaincinv(k, m - k + 1, tail))
        high = 1.0 if k == m else float(betaincinv(k + 1, m - k, 1.0 - tail))
        share = replace(share, low=low, high=high, method="Clopper and Pearson of the flips")
        p = min(1.0, 2.0 * float(bdtr(min(k, m - k), m, 0.5)))
    else:
        sums = np.bincount(
            np.unique(unit[flipped], return_inverse=True)[1].reshape(-1), (to_first * 2.0 - 1.0)[flipped]
        )
        spread = math.sqrt(float(sums @ sums))  # 0 in expectation without a preference, so not centred
        p = 2.0 * float(stdtr(share.n_clusters - 1, -abs(float(sums.sum())) / spread)) if spread > 0.0 else 1.0
        if share.n_clusters < 2:
            p = math.nan
    value, low, high = (_half_logit(x) for x in (k / m, share.low, share.high))
    reason = share.undefined
    if k in (0, m):
        side = "first" if k else "second"
        reason = f"all {m} flips went to the {side} place: the push is bounded from one side only"
    return Estimate("position_log_odds", value, low, high, level, n, units, share.method, reason), p


def _half_logit(x: float) -> float:
    return 0.5 * math.log(x / (1.0 - x)) if 0.0 < x < 1.0 else math.nan
