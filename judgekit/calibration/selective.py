"""Which verdicts may stand, and which go to a person? Risk against coverage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import linear_estimate, noted, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.finding import plural
from judgekit.calibration.inputs import check_level, left_out, paired
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

_FEW_MISTAKES = 15
"""Fewer than these, and the interval of the AURC falls short."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """How often the judge is wrong among its most confident verdicts."""

    threshold: Floats
    """(k,), the different confidences, falling: verdicts at least as confident are kept."""
    coverage: Floats
    """(k,), the share of items that is kept."""
    risk: Floats
    """(k,), the share of kept items on which the judge disagrees with people."""
    aurc: Estimate
    """The mean risk over all coverages; less is better."""
    aurc_oracle: float
    """What it would be if all mistakes had the lowest confidence."""
    excess: float
    """aurc - aurc_oracle: what a better confidence could win."""


def risk_coverage(
    confidence: ArrayLike, agree: ArrayLike, *, clusters: ArrayLike | None = None, level: float = 0.95
) -> RiskCoverage:
    """The share of mistakes among the k most confident verdicts, for every k, and its mean (AURC).

    AURC = (1/n) Σ_k (mistakes among the k most confident)/k. Vote shares of a few samples tie often: within a tie every
    order is as likely, so its mistakes count evenly, and the AURC is its expectation. The interval follows from what
    each item adds to the mean, ranks included, summed over clusters. Its simulated coverage (nominal 0.95, clusters of
    1 and 4, ties or none) is 0.90 to 0.96 from 15 mistakes on; with 4 mistakes it is 0.78 to 0.86; the note says so.

    Args:
        confidence: (n_items,), any numbers, higher = more confident; nan = failed.
        agree: (n_items,), whether the verdict agrees with people, 0 or 1; nan = not labelled.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval of the AURC.

    Raises:
        UserError: text for numbers, lengths that differ, or an agreement that is not 0 or 1.

    Source: Geifman, Uziel and El-Yaniv (2019), Bias-reduced uncertainty estimation for deep neural classifiers,
    sections 2 and 4 (AURC and its excess).

    >>> r = risk_coverage([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1])
    >>> round(r.aurc.value, 4), round(r.aurc_oracle, 4)                 # (0 + 0 + 1/3 + 1/4)/4, (1/4)/4
    (0.1458, 0.0625)
    """
    name = "aurc"
    check_level(level, "risk_coverage")
    c, wrong, unit, missing = read_agreement("risk_coverage", confidence, agree, clusters)
    n = c.size
    empty = np.zeros(0)
    if not n:
        none = undefined(name, "no item has both a confidence and a label", level=level)
        return RiskCoverage(empty, empty, empty, none, math.nan, math.nan)
    rising, place, often = np.unique(c, return_inverse=True, return_counts=True)
    threshold, often = rising[::-1], often[::-1]
    place = rising.size - 1 - place.reshape(-1)
    errors = np.bincount(place, wrong, threshold.size)
    kept, lost = np.cumsum(often), np.cumsum(errors)
    start = kept - often
    # A mistake at rank r is in the k most confident for k = r..n: it adds Σ 1/k = H_n - H_{r-1}, H harmonic numbers.
    # The mean over the ranks a+1..b of a tie, from Σ_{j<b} H_j = b·H_b - b: H_n + 1 - (b·H_b - a·H_a)/(b - a).
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, n + 1))])
    adds = harmonic[n] + 1.0 - (kept * harmonic[kept] - start * harmonic[start]) / often
    value = float(errors @ adds) / n
    total = int(lost[-1])
    oracle = (total - (n - total) * float(harmonic[n] - harmonic[n - total])) / n
    # An item counts by its own mistake, and by pushing the mistakes below it down a rank (half of those that it ties).
    each = errors / (start + (often + 1) / 2.0)
    pushed = np.cumsum(each[::-1])[::-1] - each / 2.0
    influence = wrong * adds[place] - pushed[place]
    influence = (influence - influence.mean()) / n
    few = (
        f"{plural(total, 'mistake')}: with fewer than {_FEW_MISTAKES} the interval is short"
        if total < _FEW_MISTAKES
        else ""
    )
    aurc = noted(linear_estimate(name, value, influence, unit, level=level), few, left_out(missing))
    return RiskCoverage(threshold, kept / n, lost / kept, aurc, oracle, value - oracle)


def read_agreement(
    what: str, confidence: ArrayLike, agree: ArrayLike, clusters: ArrayLike | None
) -> tuple[Floats, Floats, Ints, int]:
    """Confidences, mistakes (1 where verdict and label differ), units, and how many items were incomplete.

    Raises:
        UserError: text for numbers, lengths that differ, or an agreement that is not 0 or 1.
    """
    yes, c, unit, missing = paired(agree, confidence, clusters, what)
    if not bool(np.isin(yes, (0.0, 1.0)).all()):
        wrong = yes[~np.isin(yes, (0.0, 1.0))][0]
        raise UserError(f"{what}: agreement 0 or 1 was wanted, and {wrong:g} came; say whether verdict and label agree")
    return c, 1.0 - yes, unit, missing
