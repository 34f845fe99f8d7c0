"""Do probabilities mean what they say? Reliability curve, expected calibration error, Brier score with its parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.bounded import noted, proportion, undefined
from judgekit.calibration.estimate import Estimate, mean_estimate
from judgekit.calibration.inputs import check_level, left_out, paired
from judgekit.calibration.resample import seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

_DISTINCT = 50
"""Up to so many different predictions are their own bins in the parts of the Brier score, which are then exact."""
_DRAWS = 2_000
"""How many draws of the noise the calibration error is compared with."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of about one size, and how often they came true."""

    low: float
    """The smallest prediction in the bin."""
    high: float
    """The largest."""
    predicted: float
    """The mean prediction."""
    observed: Estimate
    """The share of labels that are 1, with its interval."""


@dataclass(frozen=True, slots=True)
class BrierScore:
    """The mean squared error of probabilities, and what it is made of."""

    score: Estimate
    """(1/n) Σ (p - y)²; less is better."""
    reliability: float
    """Σ (n_b/n) (p̄_b - ȳ_b)²: what a better map would win."""
    resolution: float
    """Σ (n_b/n) (ȳ_b - ȳ)²: what the predictions tell apart."""
    uncertainty: float
    """ȳ (1 - ȳ): what always saying the mean would score."""
    within_bins: float
    """What differing predictions inside a bin add; 0 where each prediction is its own bin."""


def reliability_curve(
    p: ArrayLike, y: ArrayLike, *, bins: int = 10, clusters: ArrayLike | None = None, level: float = 0.95
) -> tuple[ReliabilityBin, ...]:
    """The share of 1 among predictions of about one size, in bins of about equal numbers.

    Equal predictions are never split, so there may be fewer bins than asked for.

    Args:
        p: (n_items,), probabilities; nan = none.
        y: (n_items,), labels 0 or 1; nan = not labelled.
        bins: how many bins at most.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the intervals.

    Raises:
        UserError: p outside 0..1, y not 0 or 1, or lengths that differ.

    >>> [(b.predicted, b.observed.value, b.observed.n) for b in reliability_curve([0.2, 0.2, 0.8], [0, 1, 1], bins=2)]
    [(0.2, 0.5, 2), (0.8, 1.0, 1)]
    """
    q, labels, unit, _ = _read("reliability_curve", p, y, clusters)
    check_level(level, "reliability_curve")
    place = _bins("reliability_curve", q, bins)
    found = []
    for b in range(int(place.max()) + 1 if place.size else 0):
        here = place == b
        share = proportion("observed", labels[here] == 1.0, unit[here], level=level, nothing="the bin is empty")
        found.append(ReliabilityBin(float(q[here].min()), float(q[here].max()), _mean(q[here]), share))
    return tuple(found)


def expected_calibration_error(
    p: ArrayLike,
    y: ArrayLike,
    *,
    norm: Literal["l1", "l2"] = "l1",
    bins: int = 10,
    debiased: bool = True,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Estimate:
    """How far probabilities are from what comes true, on average over bins of equal numbers.

    With Δ_b = p̄_b - ȳ_b: l1 Σ (n_b/n) |Δ_b|, l2 √(Σ (n_b/n) Δ_b²). Noise alone makes both positive: for perfect
    probabilities, 500 items and 10 bins the plain l1 is 0.045 on average. So value and interval come from asking which
    truths make the plain number likely: with the true gaps c·Δ, c >= 0, the plain number would be that of cΔ + N(0, C),
    C the covariance of the gaps over units. The debiased value is that of the c at which the observed number is the
    median of 2,000 draws, the ends those at which it is a tail quantile (0 where even c = 0 makes it likely). Simulated
    with 200 and 1,000 items, clusters of 1 and 4, true errors 0, 0.05 and 0.2: the debiased l1 is on average 0.02, 0.04
    and 0.19; 95 % intervals cover 0.90 to 0.98 (l1, which the note says) and 0.94 to 0.99 (l2).
    Bins hide what cancels inside them: the ECE is a lower bound of the true error.

    Args:
        p: (n_items,), probabilities; nan = none.
        y: (n_items,), labels 0 or 1; nan = not labelled.
        norm: `l1` (what ECE usually means) or `l2` (the root mean square).
        bins: how many bins at most; equal predictions are never split.
        debiased: whether what noise adds is taken off the value; the interval always does.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval.
        rng: a seed or a Generator; None: seed 0.

    Raises:
        UserError: p outside 0..1, y not 0 or 1, or lengths that differ.

    Source: Bröcker (2012), Estimating reliability and resolution of probability forecasts (the bias); Kumar, Liang and
    Ma (2019), Verified uncertainty calibration, section 4 (bins of equal numbers, debiasing).

    >>> e = expected_calibration_error([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1], debiased=False)   # (0.25 + 0.25)/2
    >>> e.value, e.low
    (0.25, 0.0)
    """
    name = "expected_calibration_error"
    check_level(level, name)
    if norm not in ("l1", "l2"):
        raise UserError(f"{name}: norm l1 or l2 was wanted; came {norm!r}")
    q, labels, unit, missing = _read(name, p, y, clusters)
    n, units = q.size, int(unit.max()) + 1 if unit.size else 0
    if not n:
        return undefined(name, "no item has both a probability and a label", level=level)
    place = _bins(name, q, bins)
    count = np.bincount(place).astype(float)
    gap, share = np.bincount(place, q - labels) / count, count / n
    plain = float(_norm(norm, gap, share))
    if units < 2:
        why = f"noise and an interval need 2 independent units; there is {units}"
        return undefined(name, why, level=level, n=n, units=units, value=math.nan if debiased else plain)
    generator, seed = seeded(rng)
    noise = generator.standard_normal((_DRAWS, gap.size)) @ _root(_covariance(q, labels, gap, place, unit))
    wanted = np.array([0.5, (1.0 + level) / 2.0, (1.0 - level) / 2.0])
    value, low, high = (_inverted(norm, gap, share, noise, plain, w) for w in wanted)
    value = value if debiased else plain
    if high == 0.0:  # less than noise alone makes likely: then what noise can hide bounds it
        high = float(np.quantile(_norm(norm, noise, share), wanted[1]))
    how = f"{norm}, {gap.size} bins{', debiased' if debiased else ''}; inverted over {_DRAWS} draws of the gaps"
    ends = min(low, value), max(high, value)
    e = Estimate(name, value, *ends, level, n, units, f"{how}, seed {seed}")
    return noted(e, "of l1 the interval may be a little short" if norm == "l1" else "", left_out(missing))


def brier_score(
    p: ArrayLike, y: ArrayLike, *, bins: int = 10, clusters: ArrayLike | None = None, level: float = 0.95
) -> BrierScore:
    """The mean squared error of probabilities: reliability - resolution + uncertainty (+ what bins hide).

    Up to 50 different predictions are their own bins, and `within_bins` is 0; more are put into bins of equal numbers.

    Args:
        p: (n_items,), probabilities; nan = none.
        y: (n_items,), labels 0 or 1; nan = not labelled.
        bins: how many bins at most, where there are more than 50 different predictions.
        clusters: (n_items,), the independent unit of each item.
        level: confidence of the interval of the score.

    Raises:
        UserError: p outside 0..1, y not 0 or 1, or lengths that differ.

    Source: Murphy (1973), A new vector partition of the probability score; Stephenson, Coelho and Jolliffe (2008), Two
    extra components in the Brier score decomposition.

    >>> b = brier_score([0.5, 0.5, 1.0, 1.0], [0, 1, 1, 1])
    >>> b.score.value, b.reliability, b.resolution, b.uncertainty        # 0 - 0.0625 + 0.1875 = 0.125
    (0.125, 0.0, 0.0625, 0.1875)
    """
    q, labels, unit, missing = _read("brier_score", p, y, clusters)
    score = mean_estimate((q - labels) ** 2, unit, level=level, name="brier_score")
    if not q.size:
        return BrierScore(score, math.nan, math.nan, math.nan, math.nan)
    distinct, place = np.unique(q, return_inverse=True)
    place = place.reshape(-1) if distinct.size <= _DISTINCT else _bins("brier_score", q, bins)
    count = np.bincount(place)
    said, seen = np.bincount(place, q) / count, np.bincount(place, labels) / count
    base = _mean(labels)
    reliability = float(count @ (said - seen) ** 2) / q.size
    resolution = float(count @ (seen - base) ** 2) / q.size
    uncertainty = base * (1.0 - base)
    within = score.value - (reliability - resolution + uncertainty) if distinct.size > _DISTINCT else 0.0
    return BrierScore(noted(score, left_out(missing)), reliability, resolution, uncertainty, within)


def _read(what: str, p: ArrayLike, y: ArrayLike, clusters: ArrayLike | None) -> tuple[Floats, Floats, Ints, int]:
    labels, q, unit, missing = paired(y, p, clusters, what)
    for x, wanted, fine in (
        (q, "probabilities between 0 and 1", (q >= 0.0) & (q <= 1.0)),
        (labels, "labels 0 or 1", np.isin(labels, (0.0, 1.0))),
    ):
        if not bool(fine.all()):
            raise UserError(f"{what}: {wanted} were wanted, and {x[~fine][0]:g} came; map them first (fit_map)")
    return q, labels, unit, missing


def _bins(what: str, q: Floats, bins: int) -> Ints:
    if bins < 1:
        raise UserError(f"{what}: at least 1 bin was wanted; came {bins}")
    _, place, often = np.unique(q, return_inverse=True, return_counts=True)
    middle = np.cumsum(often) - often / 2.0  # of the ranks that a value takes
    wanted = np.minimum((middle * bins / max(q.size, 1)).astype(int), bins - 1)
    return np.unique(wanted, return_inverse=True)[1].reshape(-1)[place.reshape(-1)]


def _norm(norm: str, gap: Floats, share: Floats) -> Floats:
    if norm == "l1":
        return np.asarray((np.abs(gap) * share).sum(axis=-1))
    return np.asarray(np.sqrt((gap**2 * share).sum(axis=-1)))


def _covariance(q: Floats, labels: Floats, gap: Floats, place: Ints, unit: Ints) -> Floats:
    """(bins, bins), of the gaps over units; no variance is below that of a share with half a yes and half a no more."""
    units, width = int(unit.max()) + 1, gap.size
    count = np.bincount(place).astype(float)
    cells, at = np.unique(unit * width + place, return_inverse=True)
    sums = np.bincount(at.reshape(-1), q - labels - gap[place]) / count[cells % width]
    from scipy.sparse import csr_matrix

    table = csr_matrix((sums, (cells // width, cells % width)), shape=(units, width))
    square = np.asarray((table.T @ table).toarray(), dtype=float) * (units / (units - 1))
    yes = (np.bincount(place, labels, width) + 0.5) / (count + 1.0)
    return np.asarray(square + np.diag(np.maximum(0.0, yes * (1.0 - yes) / count - np.diag(square))))


def _root(square: Floats) -> Floats:
    values, vectors = np.linalg.eigh(square)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)


def _inverted(norm: str, gap: Floats, share: Floats, noise: Floats, plain: float, tail: float) -> float:
    """The size of the true gaps at which the plain number is the given quantile of what noise makes of it."""

    def excess(c: float) -> float:
        return float(np.quantile(_norm(norm, c * gap + noise, share), tail)) - plain

    if excess(0.0) >= 0.0:
        return 0.0
    lower, upper = 0.0, 1.0
    while excess(upper) < 0.0 and upper < 1e3:
        upper *= 2.0
    for _ in range(40):
        middle = (lower + upper) / 2.0
        lower, upper = (middle, upper) if excess(middle) < 0.0 else (lower, middle)
    return min(1.0, upper * plain)


def _mean(x: Floats) -> float:
    return float(x.mean())
