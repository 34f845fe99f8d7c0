"""How often the 95 % intervals hold the truth, in simulated data of which the truth is known.

`python -m tests.calibration.coverage` prints the table of docs/coverage.md; `test_coverage.py` holds it to 93..97 %.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from judgekit.calibration import bias_repeat
from judgekit.calibration.bias_length import length_slope
from judgekit.calibration.bias_position import position_audit
from judgekit.calibration.bias_scores import compression, family_gap, severity
from judgekit.calibration.classification import accuracy, f1, sensitivity
from judgekit.calibration.classification_macro import balanced_accuracy, macro_average, matthews_correlation
from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.correction_ppi import ppi_mean
from judgekit.calibration.correction_rates import rogan_gladen
from judgekit.calibration.correction_strata import poststratified_mean
from judgekit.calibration.error import mean_absolute_error, root_mean_squared_error
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.jury import effective_judges
from judgekit.calibration.planning import next_to_label

Rng = np.random.Generator
Draw = Callable[[Rng], Estimate]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One design: how data are drawn, what the truth is, and what coverage is promised."""

    function: str
    design: str
    truth: float
    draw: Draw
    least: float = 0.93
    most: float = 0.97


@dataclass(frozen=True)
class Found:
    """What a simulation of a row found."""

    coverage: float
    width: float
    undefined: int


def simulate(row: Row, runs: int, seed: int = 20250601) -> Found:
    """The share of intervals that hold the truth; undefined ones are counted apart."""
    rng = np.random.default_rng(seed)
    hits, widths, undefined = 0, [], 0
    for _ in range(runs):
        e = row.draw(rng)
        if math.isnan(e.low):
            undefined += 1
            continue
        hits += e.low - 1e-12 <= row.truth <= e.high + 1e-12
        widths.append(e.high - e.low)
    return Found(hits / max(1, runs - undefined), float(np.median(widths)), undefined)


# ---- correction: a yes/no judge with known error rates, labels on a random sample


def judged(rng: Rng, rate: float, sens: float, spec: float, n: int) -> tuple[Floats, Floats]:
    """Truth and verdict of n items."""
    y = rng.random(n) < rate
    return y.astype(float), np.where(rng.random(n) < np.where(y, sens, 1.0 - spec), 1.0, 0.0)


def ppi_row(
    rate: float,
    sens: float,
    spec: float,
    n: int,
    rest: int,
    interval: Literal["wilson", "wald"] = "wilson",
    **kw: Any,
) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f = judged(rng, rate, sens, spec, n + rest)
        return ppi_mean(y[:n], f[:n], f[n:], interval=interval)

    name = "ppi_mean, Wald" if interval == "wald" else "ppi_mean"
    return Row(name, f"rate {rate}, sens {sens}, spec {spec}, n {n}, N {rest}", rate, draw, **kw)


def strata_row(rate: float, sens: float, spec: float, n: int, rest: int, **kw: Any) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f = judged(rng, rate, sens, spec, n + rest)
        return poststratified_mean(y[:n], f[:n], f[n:])

    return Row("poststratified_mean", f"rate {rate}, sens {sens}, spec {spec}, n {n}, N {rest}", rate, draw, **kw)


def lee_row(rate: float, sens: float, spec: float, n: int, rest: int, **kw: Any) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f = judged(rng, rate, sens, spec, n + rest)
        yes, no, hit = y[:n] == 1, y[:n] == 0, f[:n] == y[:n]
        counts = int((hit & yes).sum()), int(yes.sum()), int((hit & no).sum()), int(no.sum())
        return rogan_gladen(float(f[n:].mean()), rest, *counts)

    return Row("rogan_gladen", f"rate {rate}, sens {sens}, spec {spec}, n {n}, N {rest}", rate, draw, **kw)


def shifted_row() -> Row:
    def draw(rng: Rng) -> Estimate:
        _, passes = judged(rng, 1.0, 0.9, 0.8, 60)
        _, fails = judged(rng, 0.0, 0.9, 0.8, 60)
        _, f = judged(rng, 0.85, 0.9, 0.8, 1000)
        return rogan_gladen(float(f.mean()), 1000, int(passes.sum()), 60, int((1 - fails).sum()), 60)

    return Row("rogan_gladen", "60 + 60 hand-picked, target rate 0.85, sens 0.9, spec 0.8, N 1000", 0.85, draw)


CUTS = np.array([-1.2, -0.4, 0.4, 1.2])


def five_levels(x: Floats) -> Floats:
    """Levels 0, 0.25 … 1 of a latent score."""
    return np.digitize(x, CUTS) / 4.0


def mean_level(shift: float) -> float:
    """The mean level of a latent normal with this mean and variance 1: the sum over cuts of P(above) / 4."""
    return float(sum(1.0 - ndtr(CUTS - shift)) / 4.0)


def graded_row(function: Callable[..., Estimate], shift: float, n: int, rest: int, **kw: Any) -> Row:
    def draw(rng: Rng) -> Estimate:
        latent = shift + rng.normal(size=n + rest)
        y, f = five_levels(latent), five_levels(latent + 0.5 + 0.6 * rng.normal(size=n + rest))
        return function(y[:n], f[:n], f[n:])

    name = function.__name__
    return Row(name, f"five levels, mean {mean_level(shift):.2f}, n {n}, N {rest}", mean_level(shift), draw, **kw)


def clustered(rng: Rng, rate: float, icc: float, groups: int, size: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Questions with `size` answers; the judge waves through a whole question now and then."""
    odds = (1.0 - icc) / icc
    p = rng.beta(rate * odds, (1.0 - rate) * odds, groups)
    y = (rng.random((groups, size)) < p[:, None]).astype(float)
    f = np.where(rng.random((groups, size)) < 0.85, y, 1.0 - y)
    f = np.where(rng.random((groups, 1)) < 0.15, 1.0, f)
    return y.ravel(), f.ravel(), np.repeat(np.arange(groups), size)


def clustered_row(function: Callable[..., Estimate], rate: float, groups: int, labelled: int, whole: bool) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f, q = clustered(rng, rate, 0.3, groups, 4)
        chosen = q < labelled if whole else np.isin(np.arange(q.size), rng.permutation(q.size)[: 4 * labelled])
        return function(y[chosen], f[chosen], f[~chosen], clusters=np.concatenate([q[chosen], q[~chosen]]))

    how = f"{labelled} questions labelled whole" if whole else f"{4 * labelled} answers labelled at random"
    design = f"clusters: {groups} questions × 4, rate {rate}, ICC 0.3, {how}"
    return Row(function.__name__, design, rate, draw)


def chosen_row(n: int, total: int, rate: float, **kw: Any) -> Row:
    def draw(rng: Rng) -> Estimate:
        y, f = judged(rng, rate, 0.9, 0.8, total)
        error = np.where(f == 1.0, 0.25, 0.45)
        choice = next_to_label(f, n, error_sd=error, rng=rng)
        taken = np.isin(np.arange(total), choice.chosen)
        return ppi_mean(y[taken], f[taken], f[~taken], weights=1.0 / np.array(choice.probability)[taken])

    return Row(
        "ppi_mean, weights of next_to_label", f"rate {rate}, sens 0.9, spec 0.8, n {n} of {total}", rate, draw, **kw
    )


def paired_row(n: int, better: float, worse: float, **kw: Any) -> Row:
    def draw(rng: Rng) -> Estimate:
        kind = rng.choice(3, n, p=[better, worse, 1.0 - better - worse])
        same = (rng.random(n) < 0.6).astype(float)
        a, b = (
            np.where(kind == 0, 1.0, np.where(kind == 1, 0.0, same)),
            np.where(kind == 1, 1.0, np.where(kind == 0, 0.0, same)),
        )
        return paired_difference(a, b)

    return Row(
        "paired_difference", f"yes/no, {n} questions, {better:.0%} won, {worse:.0%} lost", better - worse, draw, **kw
    )


def paired_clusters_row() -> Row:
    def draw(rng: Rng) -> Estimate:
        gap = np.repeat(rng.normal(0.1, 0.3, 40), 5)
        level = rng.normal(size=200)
        a, b = five_levels(level + gap + 0.5 * rng.normal(size=200)), five_levels(level + 0.5 * rng.normal(size=200))
        return paired_difference(a, b, clusters=np.repeat(np.arange(40), 5))

    # Latent variances: 1 + 0.09 + 0.25 with mean 0.1, and 1 + 0.25.
    truth = float(sum(ndtr(CUTS / math.sqrt(1.25)) - ndtr((CUTS - 0.1) / math.sqrt(1.34))) / 4.0)
    return Row("paired_difference", "clusters: five levels, 40 texts × 5 questions", truth, draw)


def paired_labels_row() -> Row:
    def draw(rng: Rng) -> Estimate:
        y_a, f_a = judged(rng, 0.7, 0.9, 0.7, 600)
        y_b, f_b = judged(rng, 0.55, 0.85, 0.8, 600)
        unknown = np.arange(600) >= 120
        y_a[unknown], y_b[unknown] = math.nan, math.nan
        return paired_difference(f_a, f_b, labels_a=y_a, labels_b=y_b)

    return Row("paired_difference", "with labels: 120 of 600 questions, rates 0.7 and 0.55", 0.15, draw)


# ---- classification: a population table of shares


def table_of(prior: list[float], right: list[float]) -> Floats:
    """Labels in rows; wrong verdicts spread evenly over the other categories."""
    k = len(prior)
    table = np.array([[(1.0 - r) / (k - 1)] * k for r in right]) * np.array(prior)[:, None]
    table[np.diag_indices(k)] = np.array(prior) * np.array(right)
    return np.asarray(table)


def true_mcc(t: Floats) -> float:
    """From the covariance form of Gorodkin, by indicator columns."""
    k = len(t)
    rows, cols = t.sum(axis=1), t.sum(axis=0)
    cov = sum(t[i, i] - rows[i] * cols[i] for i in range(k))
    return float(cov / math.sqrt((1.0 - sum(rows**2)) * (1.0 - sum(cols**2))))


def true_f1(t: Floats) -> float:
    """The mean of 2 t_kk / (row + column)."""
    return float(np.mean([2.0 * t[k, k] / (t[k].sum() + t[:, k].sum()) for k in range(len(t))]))


def class_row(function: Callable[..., Estimate], prior: list[float], right: list[float], n: int, **kw: Any) -> Row:
    table = table_of(prior, right)
    k = len(prior)
    truth = {
        accuracy: float(np.trace(table)),
        balanced_accuracy: float(np.mean(right)),
        matthews_correlation: true_mcc(table),
        macro_average: true_f1(table),
        sensitivity: right[-1],
        f1: float(2.0 * table[-1, -1] / (table[-1].sum() + table[:, -1].sum())),
    }[function]
    scale = {"categories": list(range(k))}

    def draw(rng: Rng) -> Estimate:
        cell = rng.choice(k * k, n, p=table.ravel() / table.sum())
        return function(cell // k, cell % k, **scale)

    return Row(function.__name__, f"classes {prior}, right {right}, n {n}", truth, draw, **kw)


def class_clusters_row(function: Callable[..., Estimate], groups: int, rate: float, **kw: Any) -> Row:
    """Questions on which the judge is right with a Beta share; labels half and half: accuracy is balanced accuracy."""

    def draw(rng: Rng) -> Estimate:
        sizes = rng.integers(1, 9, groups)
        q = np.repeat(np.arange(groups), sizes)
        odds = 0.7 / 0.3
        right = rng.random(q.size) < rng.beta(rate * odds, (1 - rate) * odds, groups)[q]
        y = rng.integers(0, 2, q.size)
        return function(y, np.where(right, y, 1 - y), categories=[0, 1], clusters=q)

    truth = 2.0 * rate - 1.0 if function is matthews_correlation else rate
    return Row(function.__name__, f"clusters: {groups} × 1..8, {rate:.0%} right, ICC 0.3", truth, draw, **kw)


def error_row(function: Callable[..., Estimate], n: int) -> Row:
    """d = -1, 0, 1, 2 with chances 0.2, 0.5, 0.2, 0.1: E|d| = 0.6, E d² = 0.8."""

    def draw(rng: Rng) -> Estimate:
        y = rng.integers(2, 4, n)
        return function(y, y + rng.choice([-1, 0, 1, 2], n, p=[0.2, 0.5, 0.2, 0.1]), scale=(1, 5))

    truth = 0.6 if function is mean_absolute_error else math.sqrt(0.8)
    return Row(function.__name__, f"five levels, n {n}", truth, draw)


def jury_row(n: int) -> Row:
    """Three judges, error correlation 0.5: 3 / (1 + 2 · 0.5) = 1.5 judges."""

    def draw(rng: Rng) -> Estimate:
        shared = rng.normal(size=(n, 1))
        return effective_judges(np.zeros(n), shared + rng.normal(size=(n, 3))).judges

    return Row("effective_judges", f"3 judges, error correlation 0.5, n {n}", 1.5, draw)


def repeat_row(what: str, n: int, k: int, truth: float) -> Row:
    """Items with variance 1, repeats with variance 0.25: ICC 0.8, within SD 0.5."""

    def draw(rng: Rng) -> Estimate:
        found = bias_repeat.test_retest(rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, k)))
        estimate: Estimate = getattr(found, what)
        return estimate

    return Row(f"test_retest: {what}", f"{n} items × {k} repeats", truth, draw)


# ---- biases that are planted: see test_planted_bias.py


def sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def position_row(push: float, n: int, groups: int | None = None) -> Row:
    def draw(rng: Rng) -> Estimate:
        q = None if groups is None else rng.integers(0, groups, n)
        gap = rng.normal(0.0, 1.5, n) if q is None else rng.normal(0.0, 1.5, groups)[q] + 0.5 * rng.normal(size=n)
        first = np.where(rng.random(n) < sigmoid(gap + push), 1, 2)
        second = np.where(rng.random(n) < sigmoid(push - gap), 2, 1)
        return position_audit(first, second, clusters=q).log_odds

    kind = f"{n} pairs" if groups is None else f"clusters: {n} pairs in {groups} questions"
    return Row("position_audit: log_odds", f"{kind}, push {push}", push, draw, most=0.98)


def quality(rng: Rng, n: int, groups: int | None) -> tuple[Floats, NDArray[np.int64] | None]:
    """Latent quality of variance 1, half of it shared within groups where there are any."""
    if groups is None:
        return rng.normal(size=n), None
    q = np.repeat(np.arange(groups), n // groups)
    return math.sqrt(0.5) * (rng.normal(size=groups)[q] + rng.normal(size=n)), q


def lenient_row(bias: float, n: int, groups: int | None = None) -> Row:
    """Judge and human see quality with noise of SD 0.5; the judge's latent score is higher by `bias`."""

    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, n, groups)
        y, f = five_levels(x + 0.5 * rng.normal(size=n)), five_levels(x + bias + 0.5 * rng.normal(size=n))
        return severity(y, f, scale=(0.0, 1.0), clusters=q)

    s = math.sqrt(1.25)
    truth = float(sum(ndtr(CUTS / s) - ndtr((CUTS - bias) / s)) / 4.0)
    return Row("severity", f"{_items(n, groups)}, latent bias {bias}", truth, draw)


def squeezed_row(factor: float, n: int, groups: int | None = None) -> Row:
    """The judge's latent score is `factor` times a human's: as noisy, but squeezed."""

    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, n, groups)
        y, f = five_levels(x + 0.5 * rng.normal(size=n)), five_levels(factor * (x + 0.5 * rng.normal(size=n)))
        return compression(y, f, categories=[0, 0.25, 0.5, 0.75, 1], clusters=q).sd_ratio

    truth = math.sqrt(_variance(factor * math.sqrt(1.25)) / _variance(math.sqrt(1.25)))
    return Row("compression: sd_ratio", f"{_items(n, groups)}, factor {factor}", truth, draw)


def _variance(sd: float) -> float:
    """Of the five levels of a latent normal with mean 0: from the exact shares."""
    shares = np.diff(np.concatenate([[0.0], ndtr(CUTS / sd), [1.0]]))
    levels = np.arange(5) / 4.0
    return float(shares @ levels**2 - (shares @ levels) ** 2)


def wordy_row(slope: float, n: int, groups: int | None = None) -> Row:
    """Better answers are longer, and the judge adds `slope` points a doubling; its noise grows with quality."""

    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, n, groups)
        doublings = 7.0 + 0.7 * x + 0.9 * rng.normal(size=n)
        y = x + 0.4 * rng.normal(size=n)
        f = x + slope * doublings + (0.2 + 0.3 * (x > 0)) * rng.normal(size=n)
        return length_slope(y, f, 2.0**doublings, clusters=q).excess

    return Row("length_slope: excess", f"{_items(n, groups)}, slope {slope}", slope, draw)


def family_row(gap: float, n: int, groups: int | None = None) -> Row:
    """A third of the answers are of the judge's family; it is lenient to all, and by `gap` more to its own."""

    def draw(rng: Rng) -> Estimate:
        x, q = quality(rng, n, groups)
        own = rng.random(n) < 1.0 / 3.0
        f = five_levels(x + 0.2 + gap * own + 0.5 * rng.normal(size=n))
        return family_gap(five_levels(x + 0.5 * rng.normal(size=n)), f, own, clusters=q)

    s = math.sqrt(1.25)
    truth = float(sum(ndtr((CUTS - 0.2) / s) - ndtr((CUTS - 0.2 - gap) / s)) / 4.0)
    return Row("family_gap", f"{_items(n, groups)}, latent gap {gap}", truth, draw)


def _items(n: int, groups: int | None) -> str:
    return f"{n} items" if groups is None else f"clusters: {groups} × {n // groups} items"


SIX = [
    (0.7, 0.9, 0.8, 100, 1000),
    (0.7, 0.9, 0.8, 100, 200),
    (0.7, 0.9, 0.8, 300, 300),
    (0.9, 0.95, 0.6, 100, 1000),
    (0.5, 0.75, 0.75, 200, 500),
    (0.95, 0.95, 0.7, 60, 2000),
]

ROWS = [
    *(ppi_row(*six) for six in SIX),
    ppi_row(0.8, 0.9, 0.9, 30, 300),
    ppi_row(0.99, 0.9, 0.9, 100, 1000),
    ppi_row(0.05, 0.7, 0.95, 60, 2000),
    ppi_row(*SIX[3], "wald", least=0.80, most=0.93),
    ppi_row(*SIX[5], "wald", least=0.75, most=0.90),
    graded_row(ppi_mean, 0.0, 30, 300),
    graded_row(ppi_mean, 1.5, 60, 1000),
    clustered_row(ppi_mean, 0.7, 200, 20, whole=True),
    clustered_row(ppi_mean, 0.9, 200, 50, whole=True),
    clustered_row(ppi_mean, 0.7, 100, 30, whole=False),
    chosen_row(100, 1000, 0.7),
    chosen_row(200, 2000, 0.9),
    *(strata_row(*six) for six in SIX[:5]),
    strata_row(*SIX[5], most=0.98),
    strata_row(0.8, 0.9, 0.9, 30, 300, most=0.98),
    graded_row(poststratified_mean, 0.0, 100, 1000),
    graded_row(poststratified_mean, 1.5, 100, 1000),
    clustered_row(poststratified_mean, 0.7, 200, 50, whole=True),
    clustered_row(poststratified_mean, 0.7, 100, 30, whole=False),
    *(lee_row(*six) for six in (*SIX[:3], *SIX[4:])),
    lee_row(*SIX[3], most=0.98),
    shifted_row(),
    paired_row(30, 0.2, 0.1),
    paired_row(100, 0.1, 0.05),
    paired_row(400, 0.02, 0.0),
    paired_row(100, 0.02, 0.02, most=1.0),
    paired_clusters_row(),
    paired_labels_row(),
    class_row(accuracy, [0.2, 0.3, 0.5], [0.6, 0.7, 0.8], 60),
    class_row(sensitivity, [0.5, 0.5], [0.8, 0.8], 120),
    class_row(f1, [0.7, 0.3], [0.9, 0.7], 100),
    class_row(balanced_accuracy, [0.9, 0.1], [0.95, 0.8], 100),
    class_row(balanced_accuracy, [0.2, 0.3, 0.5], [0.6, 0.7, 0.8], 60),
    class_row(macro_average, [0.2, 0.3, 0.5], [0.6, 0.7, 0.8], 60),
    class_row(macro_average, [0.9, 0.1], [0.95, 0.8], 100),
    class_row(matthews_correlation, [0.8, 0.2], [0.9, 0.7], 60),
    class_row(matthews_correlation, [0.2, 0.3, 0.5], [0.6, 0.7, 0.8], 60),
    class_clusters_row(accuracy, 20, 0.8),
    class_clusters_row(accuracy, 30, 0.5),
    class_clusters_row(accuracy, 60, 0.9),
    class_clusters_row(balanced_accuracy, 40, 0.8),
    class_clusters_row(matthews_correlation, 40, 0.8),
    error_row(mean_absolute_error, 40),
    error_row(root_mean_squared_error, 60),
    jury_row(60),
    repeat_row("within_sd", 30, 3, 0.5),
    repeat_row("reliability", 30, 2, 0.8),
]

PLANTED = [
    position_row(0.5, 200),
    position_row(0.5, 300, 60),
    lenient_row(0.3, 100),
    lenient_row(0.3, 120, 30),
    squeezed_row(0.6, 100),
    squeezed_row(0.6, 120, 30),
    wordy_row(0.3, 60),
    wordy_row(0.3, 120, 30),
    family_row(0.5, 90),
    family_row(0.5, 120, 30),
]

UNBIASED = [
    position_row(0.0, 200),
    position_row(0.0, 300, 60),
    lenient_row(0.0, 100),
    lenient_row(0.0, 120, 30),
    squeezed_row(1.0, 100),
    squeezed_row(1.0, 120, 30),
    wordy_row(0.0, 60),
    wordy_row(0.0, 120, 30),
    family_row(0.0, 90),
    family_row(0.0, 120, 30),
]


def table(rows: list[Row], runs: int = 2000) -> str:
    """A table of docs/coverage.md."""
    lines = ["| function | design | coverage | median width | simulations |", "|---|---|---|---|---|"]
    for row in rows:
        found = simulate(row, runs)
        apart = f" ({found.undefined} undefined)" if found.undefined else ""
        coverage, width = f"{found.coverage:.3f}{apart}", f"{found.width:.3f}"
        lines.append(f"| {row.function} | {row.design} | {coverage} | {width} | {runs:,} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table([*ROWS, *PLANTED, *UNBIASED]))
