"""Judge against reference labels over all categories at once: balanced accuracy, macro averages, Matthews correlation.

Each is a smooth function of the table of shares P (labels in rows); an item in cell (i, j) adds the gradient there,
less its mean. Items of one cluster are added first. Wilson's interval on the effective number, on 0..1 or -1..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.bounded import linear_estimate, normal, noted, undefined, wilson
from judgekit.calibration.classification import table
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import Category, Coded, check_level, coded, left_out

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


def balanced_accuracy(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The mean over categories of the recall: what accuracy would be if all categories were equally frequent.

    The mean is over the categories that occur as a label; the note names those that do not. Without clusters the
    Wilson intervals of the K recalls are combined: r̄ ∓ √Σ(r_k - end_k)² / K. Simulated coverage of 95 % (6,000 runs):
    0.94 to 0.96 for 40 to 300 items and 2 to 5 categories, also with 10 positives, where the linear one covers 0.82.
    With clusters it is linear, and falls short likewise where a category has fewer than about 20 items.

    Args:
        labels: (n,), the reference.
        verdicts: (n,), the judge's answers.
        categories: the declared scale; None: what occurs.
        clusters: (n,), the independent unit of each item.
        level: confidence of the interval.

    Raises:
        UserError: see `confusion_matrix`.

    Source: Zou and Donner (2008), Construction of confidence limits about effect measures (the combination).

    >>> round(balanced_accuracy([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1]).value, 4)      # (3/4 + 1/2) / 2
    0.625
    """
    name = "balanced_accuracy"
    check_level(level, name)
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what=name)
    counts = table(c)
    rows = counts.sum(axis=1)
    used = rows > 0
    if not used.any():
        return undefined(name, "there is no pair", level=level)
    note = _notes(c, used, "labelled")
    recalls = np.diag(counts)[used] / rows[used]
    value, n, k = float(recalls.mean()), len(c.label), int(used.sum())
    if len(np.unique(c.unit)) == n:
        ends = np.array([wilson(r, m, normal(level)) for r, m in zip(recalls, rows[used], strict=True)])
        below, above = np.sqrt(((ends - recalls[:, None]) ** 2).sum(axis=0)) / k
        low, high = max(0.0, value - float(below)), min(1.0, value + float(above))
        return Estimate(name, value, low, high, level, n, n, "Wilson intervals combined", note=note)
    gradient = np.zeros(counts.shape)
    gradient[used] = (np.eye(len(rows))[used] - recalls[:, None]) * (n / (k * rows[used]))[:, None]
    return _from_gradient(name, value, gradient, c, level, 0.0, note)


def macro_average(
    labels: Values,
    verdicts: Values,
    *,
    measure: Literal["f1", "precision", "recall"] = "f1",
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The plain mean over categories of F1, precision or recall.

    The mean is over the categories for which the measure is defined; the note names the others. It is not F1 of mean
    precision and mean recall. Macro recall is `balanced_accuracy`.

    Args:
        labels: (n,), the reference.
        verdicts: (n,), the judge's answers.
        measure: what is averaged.
        categories: the declared scale; None: what occurs.
        clusters: (n,), the independent unit of each item.
        level: confidence of the interval: linear, Wilson on the effective number.

    Raises:
        UserError: see `confusion_matrix`.

    >>> round(macro_average([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1]).value, 4)          # F1: 6/8 and 2/4
    0.625
    """
    name = f"macro_{measure}"
    check_level(level, name)
    if measure == "recall":
        e = balanced_accuracy(labels, verdicts, categories=categories, clusters=clusters, level=level)
        return replace(e, name=name)
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what=name)
    counts = table(c).astype(float)
    n = len(c.label)
    hits, rows, columns = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    size = columns if measure == "precision" else (rows + columns) / 2.0
    used = size > 0
    if not used.any():
        return undefined(name, "there is no pair", level=level)
    k = int(used.sum())
    per = np.divide(hits, size, out=np.zeros(len(size)), where=used)
    scale = np.divide(n / k, size, out=np.zeros(len(size)), where=used)
    lost = per * scale
    gradient = np.diag(scale) - lost[None, :]
    if measure == "f1":
        gradient = np.diag(scale) - (lost[None, :] + lost[:, None]) / 2.0
    note = _notes(c, used, "judged" if measure == "precision" else "labelled nor judged")
    return _from_gradient(name, float(per[used].mean()), gradient, c, level, 0.0, note)


def matthews_correlation(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The correlation of two classifications, -1..1; 0 for a judge that guesses.

    With shares P of the table, t and p its row and column sums: (Σ P_kk - Σ t_k p_k) / √((1 - Σ t_k²)(1 - Σ p_k²)); for
    two categories (TP·TN - FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)). Undefined where one side has one answer only.

    Args:
        labels: (n,), the reference.
        verdicts: (n,), the judge's answers.
        categories: the declared scale; unused categories do not change the value.
        clusters: (n,), the independent unit of each item.
        level: confidence of the interval. Simulated coverage of 95 % (6,000 runs): 0.945 to 0.96 for 40 to 300 items.

    Raises:
        UserError: see `confusion_matrix`.

    Source: Matthews (1975); Gorodkin (2004), Comparing two K-category assignments by a K-category correlation.

    >>> round(matthews_correlation([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1]).value, 4)   # (3·1 - 1·1) / √(4·4·2·2)
    0.25
    """
    name = "matthews_correlation"
    check_level(level, name)
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what=name)
    n = len(c.label)
    if not n:
        return undefined(name, "there is no pair", level=level)
    shares = table(c) / n
    t, p = shares.sum(axis=1), shares.sum(axis=0)
    spread_t, spread_p = 1.0 - float(t @ t), 1.0 - float(p @ p)
    units = len(np.unique(c.unit))
    for side, spread in (("labels", spread_t), ("verdicts", spread_p)):
        if spread <= 1e-12:
            return undefined(name, f"all {side} are the same answer", level=level, n=n, units=units)
    root = float(np.sqrt(spread_t * spread_p))
    value = (float(np.trace(shares)) - float(t @ p)) / root
    above = np.eye(len(t)) - t[None, :] - p[:, None]
    gradient = above / root + value * (t[:, None] / spread_t + p[None, :] / spread_p)
    return _from_gradient(name, value, gradient, c, level, -1.0, left_out(c.missing))


def _from_gradient(
    name: str, value: float, gradient: Floats, c: Coded, level: float, low: float, note: str
) -> Estimate:
    at = gradient[c.label, c.verdict]
    e = linear_estimate(name, value, (at - at.mean()) / len(at), c.unit, level=level, low=low)
    return noted(e, note)


def _notes(c: Coded, used: Floats, word: str) -> str:
    gone = [repr(name) for name, there in zip(c.categories, used, strict=True) if not there]
    k = len(c.categories)
    absent = f"over {k - len(gone)} of {k} categories, never {word}: {', '.join(gone)}" if gone else ""
    return "; ".join(x for x in (absent, left_out(c.missing)) if x)
