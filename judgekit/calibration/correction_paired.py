"""Is one system better than another? The mean difference on the same questions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import linear_estimate, normal, noted, undefined
from judgekit.calibration.correction_ppi import Corrected, ppi, sample
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, left_out, paired, scores
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


def paired_difference(
    a: Values,
    b: Values,
    *,
    labels_a: Values | None = None,
    labels_b: Values | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
) -> Estimate:
    """The mean of a - b over the questions that both systems answered: above 0, a is better.

    Without labels, d = a - b of judge scores, so the result is what the judge believes. With labels of both answers for
    some of the questions (a random sample), PPI++ on d: the judge's difference, corrected by y_a - y_b (a `Corrected`).

    Interval: for yes/no scores of independent questions Bonett and Price's (a pair of discordant pseudo-questions
    added); else Wilson's on the effective number on low - high .. high - low, with Student's quantile. Simulated
    coverage of 95 % (8,000 runs): 0.94 to 0.975 for 30 to 400 questions; up to 0.995 with fewer than 5 discordant ones.

    Args:
        a: (n,), scores of one system, nan where it has none.
        b: (n,), scores of the other on the same questions.
        labels_a: (n,), labels of a's answers, nan where there is none; a random sample of the questions.
        labels_b: (n,), labels of b's answers.
        clusters: (n,), the independent unit of each question, such as its source text, or the question itself where it
            was answered several times.
        level: confidence of the interval.
        low: the lowest possible score.
        high: the highest.

    Raises:
        UserError: a score off the scale, labels for one system only, text, or different lengths.

    Source: Miller (2024), Adding error bars to evals; Bonett and Price (2012), Adjusted Wald confidence interval for a
    difference of binomial proportions based on paired data.

    >>> e = paired_difference([1, 1, 1, 0, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1, 0, 1])
    >>> e.value, round(e.low, 3), round(e.high, 3)                                    # (4 - 1) / 10 ± 1.96 √(0.041)
    (0.375, -0.097, 0.697)
    """
    name = "paired_difference"
    check_level(level, name)
    if (labels_a is None) != (labels_b is None):
        raise UserError(f"{name}: labels of both systems or of neither were wanted; came labels of one")
    x, y, unit, missing = paired(a, b, clusters, name)
    width = high - low
    _on_scale(name, low, high, x, y)
    if labels_a is not None and labels_b is not None:
        return _with_labels(a, b, labels_a, labels_b, clusters, level, low, high)
    d = x - y
    if not d.size:
        return undefined(name, "there is no question with both scores", level=level)
    units = int(unit.max()) + 1
    value = float(d.mean())
    if units == d.size and units > 1 and bool(np.all((x == low) | (x == high)) and np.all((y == low) | (y == high))):
        ends = _bonett_price(int((d > 0).sum()), int((d < 0).sum()), units, normal(level))
        few = "fewer than 5 questions differ: the interval is longer than it need be" if int(np.sum(d != 0)) < 5 else ""
        e = Estimate(name, value, ends[0] * width, ends[1] * width, level, units, units, "Bonett and Price")
        return noted(e, few, left_out(missing))
    e = linear_estimate(name, value, (d - value) / d.size, unit, level=level, low=-width, high=width)
    return noted(e, left_out(missing))


def _bonett_price(wins: int, losses: int, n: int, z: float) -> tuple[float, float]:
    first, second = (wins + 1.0) / (n + 2.0), (losses + 1.0) / (n + 2.0)
    half = z * math.sqrt((first + second - (first - second) ** 2) / (n + 2.0))
    return max(-1.0, first - second - half), min(1.0, first - second + half)


def _with_labels(
    a: Values,
    b: Values,
    labels_a: Values,
    labels_b: Values,
    clusters: Values | None,
    level: float,
    low: float,
    high: float,
) -> Corrected:
    name = "paired_difference"
    f = scores(a, f"{name}: a") - scores(b, f"{name}: b")
    y_a, y_b = scores(labels_a, f"{name}: labels_a"), scores(labels_b, f"{name}: labels_b")
    if not f.size == y_a.size == y_b.size:
        raise UserError(
            f"{name}: a label (or nan) a question was wanted; "
            f"came {f.size} questions, {y_a.size} labels_a, {y_b.size} labels_b"
        )
    _on_scale(name, low, high, y_a[~np.isnan(y_a)], y_b[~np.isnan(y_b)])
    y = y_a - y_b
    there = ~np.isnan(f)
    known, rest = there & ~np.isnan(y), there & np.isnan(y)
    units = None
    if clusters is not None:
        names = np.asarray(clusters)
        units = np.concatenate([names[known], names[rest]])
    width = high - low
    s = sample(y[known], f[known], f[rest], None, units, name, low=-width, high=width)
    found = ppi(s, name, level=level, low=-width, high=width)
    return noted(found, left_out(int((~there).sum())))


def _on_scale(name: str, low: float, high: float, *sides: Floats) -> None:
    if not low < high:
        raise UserError(f"{name}: low below high was wanted; came low={low:g}, high={high:g}")
    for x in sides:
        wrong = x[(x < low) | (x > high)]
        if wrong.size:
            raise UserError(
                f"{name}: scores from {low:g} to {high:g} were wanted, and {wrong[0]:g} came; say low= and high="
            )
