"""From a standard error to an interval: which scale it is symmetric on.

score     1 - p·span with Wilson's interval for p: for coefficients 1 - observed/expected disagreement and for shares
fisher    symmetric in artanh: for correlations
intraclass    Fisher's z of k raters; ratio: the same for the mean of k raters, symmetric in log(1 - v)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Ends = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A way from a standard error to an interval."""

    title: str
    """What it is called in `method`."""
    ends: Callable[[float, float, float, int], Ends]
    """Value, standard error, quantile of Student's t and number of units, to the interval; None: there is none."""


NO_ERROR = 1e-12
"""A standard error below this is rounding."""


def score(span: float, expected: float) -> Shape:
    """Wilson's interval for the disagreement p = (1 - v)/span, as if p were a share of ñ = p(1-p)/se² items.

    For the share of agreeing pairs of two raters (span 1) ñ = n - 1, and with the normal quantile for t it would be
    Wilson's own interval. For a coefficient (span 2: from -1 to 1) it bends the interval away from 1, where ± t·se
    covers 0.90 or less instead of 0.95. With no disagreement at all se is 0 and ñ is what it tends to: units ·
    expected · span.

    Args:
        span: the length of the statistic's range below 1.
        expected: the disagreement expected by chance, 1 - p_e; 1 for a share.

    Source: Wilson (1927), JASA 22: 209-212; ñ as in Korn and Graubard (1998), Survey Methodology 24: 193-201.
    """

    def interval(value: float, se: float, t: float, units: int) -> Ends:
        p = (1.0 - value) / span
        if se <= NO_ERROR:
            if min(abs(p), abs(1.0 - p)) > NO_ERROR:
                return None
            p = float(round(p))
            size = units * expected * span
        elif not 0.0 < p < 1.0:
            return wald(1.0 - span).ends(value, se, t, units)
        else:
            size = p * (1.0 - p) / (se / span) ** 2
        middle = (p + t * t / (2.0 * size)) / (1.0 + t * t / size)
        half = t * math.sqrt(p * (1.0 - p) / size + (t / (2.0 * size)) ** 2) / (1.0 + t * t / size)
        # At the ends the two terms are equal but for rounding.
        return 1.0 - span * min(1.0, middle + half), 1.0 - span * max(0.0, middle - half)

    return Shape("Wilson's interval", interval)


def _fisher(value: float, se: float, t: float, units: int) -> Ends:
    """tanh(artanh v ± t·se/(1 - v²)); none where the correlation is perfect.

    Source: Fisher (1921), Metron 1: 3-32, with a standard error that does not assume the normal distribution.
    """
    if se <= NO_ERROR or abs(value) >= 1.0 - NO_ERROR:
        return None
    z, half = math.atanh(value), t * se / (1.0 - value * value)
    return math.tanh(z - half), math.tanh(z + half)


FISHER = Shape("Fisher's z", _fisher)


def intraclass(raters: int) -> Shape:
    """Symmetric in ½ log((1 + (k-1) v)/(1 - v)), for the correlation of k exchangeable ratings; none at its ends.

    Source: Fisher (1925), Statistical methods for research workers, section 39.
    """

    def interval(value: float, se: float, t: float, units: int) -> Ends:
        up, down = 1.0 + (raters - 1) * value, 1.0 - value
        if se <= NO_ERROR or up <= NO_ERROR or down <= NO_ERROR:
            return None
        factor = math.exp(min(t * se * raters / (up * down), 700.0))
        low, high = up / down / factor, up / down * factor
        return (low - 1.0) / (low + raters - 1.0), (high - 1.0) / (high + raters - 1.0)

    return Shape("Fisher's z", interval)


def ratio(floor: float) -> Shape:
    """1 - (1-v)·exp(±t·se/(1-v)), not below the floor; none where v is 1."""

    def interval(value: float, se: float, t: float, units: int) -> Ends:
        if se <= NO_ERROR or value >= 1.0 - NO_ERROR:
            return None
        factor = math.exp(min(t * se / (1.0 - value), 700.0))
        return max(floor, 1.0 - (1.0 - value) * factor), 1.0 - (1.0 - value) / factor

    return Shape("log ratio", interval)


def wald(floor: float) -> Shape:
    """Value ± t·se, cut to [floor, 1]: as textbooks and papers print it; it falls short near 1."""

    def interval(value: float, se: float, t: float, units: int) -> Ends:
        if se <= NO_ERROR:
            return None
        return max(min(floor, value), value - t * se), min(1.0, value + t * se)

    return Shape("value ± t·se", interval)
