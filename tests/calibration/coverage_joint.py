"""How often the 95 % intervals hold the truth: means, calibration, ceiling, replacement, systems, juries, two judges.

`python -m tests.calibration.coverage_joint` prints their table of docs/coverage.md.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from judgekit.calibration.attenuation import disattenuated_correlation
from judgekit.calibration.bias_repeat import drift_test
from judgekit.calibration.ceiling import human_ceiling
from judgekit.calibration.classification import precision, specificity
from judgekit.calibration.correction import corrected_mean
from judgekit.calibration.error import mean_bias, within_one
from judgekit.calibration.estimate import Estimate, mean_estimate
from judgekit.calibration.jury_bradley_terry import bradley_terry
from judgekit.calibration.jury_weights import weighted_jury
from judgekit.calibration.mapping_reliability import brier_score, expected_calibration_error
from judgekit.calibration.replacement import alt_test
from judgekit.calibration.selective import risk_coverage
from judgekit.calibration.systems import pairwise_system_accuracy, system_kendall_tau
from judgekit.calibration.two_judges import judge_difference
from tests.calibration.coverage import Floats, Rng, Row, clustered, five_levels, judged, mean_level, quality, table

Ints = NDArray[np.int64]
Size = tuple[int, int]
"""Units, and items a unit."""


def units(size: Size) -> Ints | None:
    """The unit of each item; None where each is its own."""
    return None if size[1] == 1 else np.repeat(np.arange(size[0]), size[1])


def named(size: Size) -> str:
    return f"{size[0]} items" if size[1] == 1 else f"clusters: {size[0]} × {size[1]} items"


def mean_row(shift: float, size: Size) -> Row:
    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, size[0] * size[1], None if size[1] == 1 else size[0])
        return mean_estimate(five_levels(x + shift), q)

    return Row("mean_estimate", f"{named(size)}, five levels, mean {mean_level(shift):.2f}", mean_level(shift), draw)


def gap_row(function: Callable[..., Estimate], truth: float, size: Size) -> Row:
    """d = -1, 0, 1, 2 with chances 0.2, 0.5, 0.2, 0.1: mean 0.2, within one 0.9; half of a cluster shares its d."""

    def draw(rng: Rng) -> Estimate:
        n = size[0] * size[1]
        d = rng.choice([-1, 0, 1, 2], n, p=[0.2, 0.5, 0.2, 0.1])
        if size[1] > 1:
            common = np.repeat(rng.choice([-1, 0, 1, 2], size[0], p=[0.2, 0.5, 0.2, 0.1]), size[1])
            d = np.where(rng.random(n) < 0.5, common, d)
        y = rng.integers(2, 4, n)
        more = {} if function is within_one else {"scale": (1, 5)}
        return function(y, y + d, clusters=units(size), **more)

    return Row(function.__name__, f"{named(size)}, five levels", truth, draw)


def share_row(function: Callable[..., Estimate], n: int) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f = judged(rng, 0.5, 0.8, 0.8, n)
        return function(y, f, categories=[0, 1])

    return Row(function.__name__, f"{n} items, rate 0.5, sens 0.8, spec 0.8", 0.8, draw)


def probable(rng: Rng, size: Size, off: float) -> tuple[Floats, Floats, Floats]:
    """Predictions, true probabilities, labels; labels of a cluster hang together, and each keeps its probability."""
    n = size[0] * size[1]
    p = rng.random(n)
    true = np.clip(p + np.where(p < 0.5, off, -off), 0.0, 1.0)
    z = rng.normal(size=n)
    if size[1] > 1:
        z = math.sqrt(0.5) * (np.repeat(rng.normal(size=size[0]), size[1]) + z)
    return p, true, (ndtr(z) < true).astype(float)


def brier_row(size: Size) -> Row:
    """p uniform and right: the mean of p (1 - p) is 1/6."""

    def draw(rng: Rng) -> Estimate:
        p, _, y = probable(rng, size, 0.0)
        return brier_score(p, y, clusters=units(size)).score

    return Row("brier_score", named(size), 1 / 6, draw)


def ece_row(norm: Any, off: float, size: Size, **kw: Any) -> Row:
    """The truth is that of the bins that were made, so each draw has its own: what is left is the distance to it."""

    def draw(rng: Rng) -> Estimate:
        p, true, y = probable(rng, size, off)
        order = np.argsort(p)
        gaps = (p - true)[order].reshape(10, -1).mean(axis=1)
        truth = float(np.abs(gaps).mean() if norm == "l1" else math.sqrt((gaps**2).mean()))
        e = expected_calibration_error(p, y, norm=norm, clusters=units(size))
        return replace(e, low=e.low - truth, high=e.high - truth)

    return Row(f"expected_calibration_error, {norm}", f"{named(size)}, off by {off}", 0.0, draw, **kw)


def panel(rng: Rng, size: Size, know: tuple[float, ...]) -> Floats:
    """Raters that know the answer of 4 with these chances, and else guess; half of a cluster is known as one.

    Kappa of two of them is the product of their chances.
    """
    n, r = size[0] * size[1], len(know)
    truth = rng.integers(0, 4, n)
    knows = rng.random((n, r)) < know
    if size[1] > 1:
        common = np.repeat(rng.random((size[0], r)) < know, size[1], axis=0)
        knows = np.where(rng.random((n, r)) < 0.5, common, knows)
    return np.where(knows, truth[:, None], rng.integers(0, 4, (n, r))).astype(float)


def ceiling_row(what: str, truth: float, size: Size) -> Row:
    def draw(rng: Rng) -> Estimate:
        x = panel(rng, size, (0.8, 0.8, 0.8, 0.6))
        how: dict[str, Any] = {"categories": range(4), "clusters": units(size), "resamples": 499, "rng": rng}
        found: Estimate = getattr(human_ceiling(x[:, :3], x[:, 3], **how).pairwise, what)
        return found

    return Row(f"human_ceiling: {what}", f"{named(size)}, 3 people, kappa", truth, draw)


def replacement_row(size: Size) -> Row:
    """A person or the judge is as near to the two others, where it does not meet fewer of them: the truth by counting.

    Each rater says the answer with chance 0.8 + 0.05, another of 4 with 0.05 each; the judge the same.
    """

    def draw(rng: Rng) -> Estimate:
        x = panel(rng, size, (0.8, 0.8, 0.8, 0.8))
        return alt_test(x[:, :3], x[:, 3], min_items=10, clusters=units(size)).advantage_interval

    chance = [0.85, 0.05, 0.05, 0.05]
    truth = 0.0
    for j, f, a, b in np.ndindex(4, 4, 4, 4):
        weight = chance[j] * chance[f] * chance[a] * chance[b]
        truth += weight * ((f == a) + (f == b) >= (j == a) + (j == b))
    return Row("alt_test: advantage", f"{named(size)}, 3 people", truth, draw)


def judges_row(size: Size) -> Row:
    def draw(rng: Rng) -> Estimate:
        x = panel(rng, size, (0.9, 0.8, 0.5, 0.7))
        how: dict[str, Any] = {"categories": range(4), "clusters": units(size), "resamples": 499, "rng": rng}
        return judge_difference(x[:, :2], x[:, 2], x[:, 3], **how).difference

    # A random label of one who knows 0.9 and one who knows 0.8: kappa is the judge's chance times 0.85.
    return Row("judge_difference", f"{named(size)}, 2 people, kappa", 0.85 * (0.7 - 0.5), draw)


def systems_row(function: Callable[..., Estimate], truth: float, size: Size, gap: float) -> Row:
    """Six systems, 0.5 / gap points apart for people; the judge scatters, and with a gap of 0.5 turns two around.

    With a gap near 0 for the judge nothing but the level keeps the interval from claiming a wrong order.
    """
    order = [1, 0, 2, 3, 4, 5] if gap == 0.5 else range(6)

    def draw(rng: Rng) -> Estimate:
        n = size[0] * size[1]
        x, _ = quality(rng, n, None if size[1] == 1 else size[0])
        step = np.arange(6.0)
        h = x[:, None] + 0.5 / gap * step + rng.normal(size=(n, 6))
        f = x[:, None] + gap * step[order] + rng.normal(size=(n, 6))
        return function(h, f, clusters=units(size), resamples=299, rng=rng)

    return Row(function.__name__, f"{named(size)}, 6 systems, judge's gaps {gap}", truth, draw, most=1.0)


def noisy_row(size: Size) -> Row:
    """Three raters of reliability 0.5, 15 % missing; the judge's correlation with the quality itself is 0.8."""

    def draw(rng: Rng) -> Estimate:
        n = size[0] * size[1]
        x = rng.normal(size=n)
        if size[1] > 1:
            x = math.sqrt(0.5) * (np.repeat(rng.normal(size=size[0]), size[1]) + x)
        h = x[:, None] + rng.normal(size=(n, 3))
        h[rng.random((n, 3)) < 0.15] = np.nan
        return disattenuated_correlation(h, 0.8 * x + 0.6 * rng.normal(size=n), clusters=units(size))

    return Row("disattenuated_correlation", f"{named(size)}, 3 raters, r 0.8", 0.8, draw)


def jury_row(size: Size) -> Row:
    """Three judges of 0.75: the majority is right with 0.84375, 0.09375 more than one of them."""

    def draw(rng: Rng) -> Estimate:
        y = np.repeat(rng.integers(0, 2, size[0]), size[1])
        right = np.repeat(rng.random((size[0], 3)) < 0.75, size[1], axis=0)
        return weighted_jury(y, np.where(right, y[:, None], 1 - y[:, None]), clusters=units(size)).difference

    return Row("weighted_jury: difference", f"{named(size)}, 3 judges of 0.75", 0.09375, draw, least=0.93, most=1.0)


def strength_row(size: Size) -> Row:
    true = np.array([-0.8, 0.0, 0.2, 0.6])

    def draw(rng: Rng) -> Estimate:
        i = rng.integers(0, 4, size[0])
        j = (i + rng.integers(1, 4, i.size)) % 4
        z = np.stack([np.log(0.5) + (true[i] + true[j]) / 2, true[i], true[j]])
        winner = ((np.exp(z) / np.exp(z).sum(axis=0)).cumsum(axis=0) < rng.random(i.size)).sum(axis=0)
        games = [np.repeat(x, size[1]) for x in (i, j, winner)]
        return bradley_terry(*games, clusters=units(size)).ability[3]

    return Row("bradley_terry: ability", f"{named(size)}, 4 competitors", 0.6, draw)


def drift_row(size: Size) -> Row:
    """Latent scores fall by 0.2: levels by the sum over cuts of what passes each one less often, by 4."""

    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, size[0] * size[1], None if size[1] == 1 else size[0])
        old, new = (five_levels(x + shift + 0.5 * rng.normal(size=x.size)) for shift in (0.0, -0.2))
        return drift_test(old, new, scale=(0, 1), clusters=q).shift

    s = math.sqrt(1.25)
    cuts = np.array([-1.2, -0.4, 0.4, 1.2])
    truth = float(sum(ndtr(cuts / s) - ndtr((cuts + 0.2) / s)) / 4.0)
    return Row("drift_test: shift", named(size), truth, draw)


def risk_row(size: Size) -> Row:
    """A judge that is wrong with 1 - c: the risk at coverage v is v/2, and its mean over all of them 1/4."""

    def draw(rng: Rng) -> Estimate:
        c, _, right = probable(rng, size, 0.0)
        return risk_coverage(c, right, clusters=units(size)).aurc

    return Row("risk_coverage: aurc", named(size), 0.25, draw, least=0.90)


def picked_row() -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f, q = clustered(rng, 0.7, 0.3, 200, 4)
        chosen = q < 50
        both = np.concatenate([q[chosen], q[~chosen]])
        return corrected_mean(y[chosen], f[chosen], f[~chosen], labels_are="random", clusters=both).estimate

    return Row("corrected_mean, random", "clusters: 200 questions × 4, rate 0.7, 50 labelled whole", 0.7, draw)


COSTLY = frozenset({"expected_calibration_error, l1", "expected_calibration_error, l2", "bradley_terry: ability"})
"""Functions that take 20 ms and more: the test simulates them 500 times, the table 2,000 times."""

JOINT = [
    mean_row(0.0, (20, 1)),
    mean_row(0.8, (60, 1)),
    mean_row(0.0, (20, 4)),
    gap_row(mean_bias, 0.2, (40, 1)),
    gap_row(mean_bias, 0.2, (30, 4)),
    gap_row(within_one, 0.9, (60, 1)),
    gap_row(within_one, 0.9, (30, 4)),
    share_row(specificity, 120),
    share_row(precision, 120),
    brier_row((60, 1)),
    brier_row((40, 4)),
    ece_row("l2", 0.2, (300, 1), least=0.92, most=1.0),
    ece_row("l2", 0.2, (100, 3), least=0.92, most=1.0),
    ece_row("l1", 0.05, (300, 1), least=0.88, most=1.0),
    *(ceiling_row(what, truth, (60, 1)) for what, truth in (("human", 0.64), ("judge", 0.48), ("difference", -0.16))),
    ceiling_row("ratio", 0.75, (150, 1)),
    ceiling_row("difference", -0.16, (40, 4)),
    replacement_row((60, 1)),
    replacement_row((40, 4)),
    judges_row((60, 1)),
    judges_row((120, 1)),
    judges_row((40, 4)),
    systems_row(pairwise_system_accuracy, 14 / 15, (60, 1), 0.5),
    systems_row(pairwise_system_accuracy, 1.0, (60, 1), 0.01),
    systems_row(pairwise_system_accuracy, 1.0, (60, 4), 0.01),
    systems_row(system_kendall_tau, 13 / 15, (40, 3), 0.5),
    systems_row(system_kendall_tau, 1.0, (60, 1), 0.01),
    noisy_row((60, 1)),
    noisy_row((40, 4)),
    jury_row((240, 1)),
    jury_row((60, 4)),
    strength_row((300, 1)),
    strength_row((100, 3)),
    drift_row((60, 1)),
    drift_row((30, 4)),
    risk_row((200, 1)),
    risk_row((60, 4)),
    picked_row(),
]


if __name__ == "__main__":
    sys.stdout.write(table(JOINT))
