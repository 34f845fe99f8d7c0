"""How a card says numbers: short, with the interval, in plain words."""

from __future__ import annotations

import math
from dataclasses import replace

from judgekit.calibration.estimate import Estimate
from judgekit.calibration.finding import plural as plural
from judgekit.calibration.names import statistic


def number(value: float) -> str:
    """Three digits at most after the point of small numbers; `n/a` where there is none.

    >>> number(0.7134), number(12.345), number(float("nan"))
    ('0.71', '12.3', 'n/a')
    """
    if not math.isfinite(value):
        return "n/a"
    if abs(value) >= 100.0:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


def spoken(estimate: Estimate) -> str:
    """The value with its interval.

    >>> spoken(Estimate("kappa", 0.713, 0.634, 0.781, 0.95, 300, 300, "none"))
    '0.71 [0.63, 0.78]'
    """
    if math.isnan(estimate.low):
        return number(estimate.value)
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def turned(estimate: Estimate) -> Estimate:
    """A difference the other way round."""
    return replace(estimate, value=-estimate.value, low=-estimate.high, high=-estimate.low)


def percent(share: float) -> str:
    """A share as a percentage.

    >>> percent(0.123), percent(1.0)
    ('12 %', '100 %')
    """
    return f"{100.0 * share:.0f} %" if math.isfinite(share) else "n/a"


def why(estimate: Estimate) -> str:
    """Why there is no value or no interval; empty where there is."""
    return estimate.undefined or ""


def measure_name(name: str) -> str:
    """A measure's name at the head of a sentence.

    >>> measure_name("cohen_kappa (quadratic)"), measure_name("percent_agreement")
    ("Cohen's kappa (quadratic)", 'Percent agreement')
    """
    text = statistic(name)
    return text[:1].upper() + text[1:]
