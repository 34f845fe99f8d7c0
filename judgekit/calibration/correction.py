"""What is the true mean? The estimator that the way of choosing the labels makes valid, or a refusal with its reason.

corrected_mean picks between `ppi_mean`, `poststratified_mean` and `rogan_gladen`, and shows what it did not pick.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.bounded import linear_estimate, proportion, undefined
from judgekit.calibration.correction_ppi import Sample, ppi, sample
from judgekit.calibration.correction_rates import rogan_gladen
from judgekit.calibration.correction_strata import by_strata, grades
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Values

LabelsAre = Literal["random", "stratified", "hand_picked"]
"""How the labelled items were chosen: by chance from all; by chance in strata or with known probability; neither."""

NO_CHANCE = "chance does not explain it"
"""What is said of labels that are no random sample by the judge's scores."""
FEWEST_LABELS = 20
"""Independent labels below which no corrected mean is given."""
FEWEST_OF_EACH = 10
"""Labelled passes, and labelled failures, below which no error rate is used."""


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """The true mean as far as the labels allow it, with the reason for its estimator."""

    estimate: Estimate
    """The answer; nan where it is refused."""
    estimator: str
    """"ppi_mean", "poststratified_mean" or "rogan_gladen"; "none" where it is refused."""
    reason: str
    """Why this estimator is the valid one, or why none is."""
    refused: bool
    """Whether there is no answer."""
    naive: Estimate
    """The judge's own mean over all items: right only for a judge whose errors cancel."""
    labels_only: Estimate
    """The mean of the labels without the judge; valid for random labels."""
    others: tuple[Estimate, ...]
    """What the estimators that were not picked say, for comparison."""
    worth: float
    """How many labels one label is worth thanks to the judge, 1.2 for instance; nan where it does not apply."""
    notes: tuple[str, ...]
    """What to doubt."""


def corrected_mean(
    labelled_y: Values,
    labelled_f: Values,
    unlabelled_f: Values,
    *,
    labels_are: LabelsAre,
    strata: Values | None = None,
    weights: Values | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
) -> CorrectedMean:
    """The true mean over all items, by the estimator that is valid for the way the labels were chosen.

    random: `ppi_mean`. stratified: `ppi_mean` with weights 1/π, or `poststratified_mean` with the strata. hand_picked:
    for yes/no, `rogan_gladen` over the items without a label, which asks that the judge errs on them as often as on the
    labelled passes and failures; for graded scores nothing is valid.

    Refused, with the reason in the result: fewer than 20 independent labels (10 passes and 10 failures for hand-picked
    ones); stratified labels without strata or weights; judge scores that lie outside the labelled range more often than
    chance allows; a judge whose sensitivity + specificity may be 1.

    Args:
        labelled_y: (n,), labels, from low to high.
        labelled_f: (n,), the judge's scores of the same items.
        unlabelled_f: (N,), the judge's scores of the items without a label.
        labels_are: how the labelled items were chosen.
        strata: (n + N,), the stratum of each item, the labelled ones first.
        weights: (n,), 1 / the probability with which each labelled item was chosen.
        clusters: (n,) or (n + N,), as in `ppi_mean`.
        level: confidence of the interval.
        low: the lowest value that a label can have.
        high: the highest.

    Raises:
        UserError: the input itself is wrong: see `ppi_mean`.

    >>> y, f = [1, 1, 0, 0] * 10, [1, 1, 1, 0] * 10
    >>> found = corrected_mean(y, f, [1] * 300 + [0] * 100, labels_are="random")
    >>> found.estimator, round(found.estimate.value, 3), round(found.worth, 2)
    ('ppi_mean', 0.5, 1.44)
    """
    name = "corrected_mean"
    check_level(level, name)
    if labels_are not in ("random", "stratified", "hand_picked"):
        raise UserError(f'{name}: labels_are "random", "stratified" or "hand_picked" was wanted; came {labels_are!r}')
    s = sample(labelled_y, labelled_f, unlabelled_f, weights, clusters, name, low=low, high=high)
    cells = None
    if strata is not None:
        cells = unit_index(strata, s.unit.size, f"{name}: strata")
    plain = sample(s.y, s.f, s.rest, None, s.unit if s.clustered else None, name, low=low, high=high)
    found: dict[str, Estimate] = {}
    if s.y.size:
        found["ppi_mean"] = ppi(s, "ppi_mean", level=level, low=low, high=high)
        by = grades(plain) if cells is None else cells
        found["poststratified_mean"] = by_strata(plain, by, "poststratified_mean", level=level, low=low, high=high)
    if _yes_no(s, low, high):
        found["rogan_gladen"] = _rates(s, low, high, level)
    picked, reason = _pick(s, labels_are, cells is not None, weights is not None, found, low, high, level)
    others = tuple(e for key, e in found.items() if key != picked)
    naive = _mean("judge_mean", np.concatenate([s.f, s.rest]), s.unit, level)
    alone = ppi(_without_judge(plain), "labels_only", level=level, low=low, high=high)
    alone = replace(alone, method=alone.method.removeprefix("PPI++, "))  # there is no judge in it
    notes = tuple(_notes(s, plain, labels_are))
    if picked == "none":
        bare = undefined(name, reason, level=level, n=s.unit.size)
        return CorrectedMean(bare, picked, reason, True, naive, alone, others, math.nan, notes)
    estimate = found[picked]
    effective = getattr(estimate, "effective_labels", math.nan)
    return CorrectedMean(estimate, picked, reason, False, naive, alone, others, effective / s.y.size, notes)


def _pick(
    s: Sample,
    labels_are: LabelsAre,
    strata: bool,
    weights: bool,
    found: dict[str, Estimate],
    low: float,
    high: float,
    level: float,
) -> tuple[str, str]:
    n = int(np.unique(s.unit[: s.y.size]).size)
    if n < FEWEST_LABELS:
        return "none", f"too few labels: {n} independent ones, and {FEWEST_LABELS} are needed"
    if labels_are == "hand_picked":
        return _hand_picked(s, found, low, high, level)
    outside = _outside(s)
    if outside is not None:
        return "none", outside
    if labels_are == "random":
        return "ppi_mean", "the labels are a random sample: the judge's mean is corrected by its errors on them"
    if weights:
        return (
            "ppi_mean",
            "each label has its weight 1/probability: the judge's mean is corrected by its weighted errors",
        )
    if strata:
        e = found["poststratified_mean"]
        if e.undefined is not None:
            return "none", e.undefined
        return (
            "poststratified_mean",
            "the labels are random within strata: each stratum counts by its share of all items",
        )
    return (
        "none",
        "stratified labels were said: give the strata of all items, or the weights 1/probability of the labels",
    )


def _hand_picked(s: Sample, found: dict[str, Estimate], low: float, high: float, level: float) -> tuple[str, str]:
    if "rogan_gladen" not in found:
        return (
            "none",
            "hand-picked labels correct a mean only through error rates, and these need yes/no labels and scores",
        )
    if s.rest.size == 0:
        return "none", "hand-picked labels say nothing of other items, and there is no item without a label"
    passes, fails = s.f[s.y == high], s.f[s.y == low]
    if min(passes.size, fails.size) < FEWEST_OF_EACH:
        return "none", (
            f"too few labels: {passes.size} passes and {fails.size} failures, and {FEWEST_OF_EACH} of each are needed"
        )
    split = s.y == high
    unit = s.unit[: s.y.size]
    q1 = proportion("sensitivity", passes == high, unit[split], level=level, nothing="")
    q0 = proportion("specificity", fails == low, unit[~split], level=level, nothing="")
    told = q1.value + q0.value - 1.0
    least = told - math.hypot(q1.value - q1.low, q0.value - q0.low)
    if not least > 0.0:
        return "none", (
            f"sensitivity {q1.value:.2f} + specificity {q0.value:.2f} may be 1 (difference at least {least:.2f}): "
            "the judge may tell nothing"
        )
    return "rogan_gladen", (
        "the labels are hand-picked, so only the judge's error rates carry over: valid if it errs on other passes and "
        "failures as often as on these"
    )


def _outside(s: Sample) -> str | None:
    # The share of new draws beyond the smallest and largest of n is Beta(2, n-1) distributed, whatever the scores are;
    # ties only make it smaller. Beyond its 0.999 quantile, the labelled items are no random sample.
    from scipy.special import betaincinv

    n = s.y.size
    if not s.rest.size or s.weighted:
        return None
    share = float(((s.rest < s.f.min()) | (s.rest > s.f.max())).mean())
    most = float(betaincinv(2.0, n - 1.0, 0.999)) + 3.0 * math.sqrt(0.25 / s.rest.size)
    if share <= most:
        return None
    return (
        f"{share:.0%} of the judge's scores lie outside the labelled range {s.f.min():g} to {s.f.max():g}: "
        "nothing is known there; label some of these items"
    )


def _notes(s: Sample, plain: Sample, labels_are: LabelsAre) -> list[str]:
    n = s.y.size
    notes = []
    units = int(np.unique(s.unit[:n]).size)
    if s.clustered and units < 30:
        notes.append(f"{units} labelled clusters: with fewer than 30 an interval may be short")
    if labels_are == "random" and n > 1 and s.rest.size > 1:
        gap = float(s.f.mean() - s.rest.mean())
        off = np.concatenate([(s.f - s.f.mean()) / n, -(s.rest - s.rest.mean()) / s.rest.size])
        error = math.sqrt(float((np.bincount(s.unit, off) ** 2).sum()))
        if abs(gap) > 3.5 * error and abs(gap) > 1e-9 and units >= FEWEST_LABELS:
            notes.append(
                f"the judge's mean is {s.f.mean():.3g} on labelled and {s.rest.mean():.3g} on other items: "
                f"{NO_CHANCE}; are the labels a random sample?"
            )
    if labels_are == "hand_picked":
        notes.append("hand-picked labels: the interval does not hold the doubt about how they were picked")
        if s.clustered:
            notes.append("clusters: this interval counts items as independent, and is short")
    return notes


def _yes_no(s: Sample, low: float, high: float) -> bool:
    return all(bool(np.all((x == low) | (x == high))) for x in (s.y, s.f, s.rest))


def _rates(s: Sample, low: float, high: float, level: float) -> Estimate:
    passes, fails = s.f[s.y == high], s.f[s.y == low]
    rate = float((s.rest == high).mean()) if s.rest.size else 0.0
    e = rogan_gladen(
        rate, s.rest.size, int((passes == high).sum()), passes.size, int((fails == low).sum()), fails.size, level=level
    )
    width = high - low
    return replace(e, value=low + width * e.value, low=low + width * e.low, high=low + width * e.high)


def _mean(name: str, x: np.ndarray[tuple[int, ...], np.dtype[np.float64]], unit: object, level: float) -> Estimate:
    if not x.size:
        return undefined(name, "there is no value", level=level)
    value, low, high = float(x.mean()), float(x.min()), float(x.max())
    index = np.unique(np.asarray(unit), return_inverse=True)[1].reshape(-1)
    if low == high:
        units, why = int(index.max()) + 1, "the judge gave one score throughout"
        return undefined(name, why, level=level, n=x.size, units=units, value=value)
    return linear_estimate(name, value, (x - value) / x.size, index, level=level, low=low, high=high)


def _without_judge(s: Sample) -> Sample:
    n = s.y.size
    return Sample(s.y, np.zeros(n), np.zeros(0), s.share, s.unit[:n], False, s.clustered)
