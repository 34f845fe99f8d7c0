"""Judge against reference labels, answer by answer: shares of right answers with their intervals.

All are called (labels, verdicts), the reference first. Pairs with a missing value are left out, and the note says how
many. A value outside `categories` is a UserError: what is off the scale is a failure, and its count is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.bounded import proportion
from judgekit.calibration.inputs import Category, Coded, check_level, coded, left_out
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.estimate import Estimate
    from judgekit.calibration.inputs import Values


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How often each label met each verdict."""

    categories: tuple[Category, ...]
    """The scale, in the order of rows and columns."""
    counts: tuple[tuple[int, ...], ...]
    """counts[i][j]: items with label i and verdict j."""
    n: int
    """How many pairs were counted."""
    n_missing: int
    """How many were left out because label or verdict is missing."""


def confusion_matrix(
    labels: Values, verdicts: Values, *, categories: Sequence[Category] | None = None
) -> ConfusionMatrix:
    """How often each label met each verdict; rows are labels.

    Args:
        labels: (n,), the reference: numbers or text; None and nan are missing.
        verdicts: (n,), the judge's answers, of the same kind.
        categories: the declared scale; None: what occurs, sorted.

    Raises:
        UserError: a value outside the categories, text on one side and numbers on the other, or different lengths.

    >>> confusion_matrix(["yes", "no", "yes", None], ["yes", "yes", "no", "no"]).counts
    ((0, 1), (1, 1))
    """
    c = coded(labels, verdicts, categories=categories, what="confusion_matrix")
    rows = tuple(tuple(int(x) for x in row) for row in table(c))
    return ConfusionMatrix(c.categories, rows, len(c.label), c.missing)


def table(c: Coded) -> NDArray[Any]:
    """(K, K), the counts of label by verdict."""
    k = len(c.categories)
    return np.bincount(c.label * k + c.verdict, minlength=k * k).reshape(k, k)


def accuracy(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The share of items on which verdict and label are the same.

    Args:
        labels: (n,), the reference.
        verdicts: (n,), the judge's answers.
        categories: the declared scale; None: what occurs.
        clusters: (n,), the independent unit of each item; None: each item is its own.
        level: confidence of the interval: Wilson's; with clusters on the effective number (see `bounded.proportion`).

    Raises:
        UserError: see `confusion_matrix`.

    >>> e = accuracy([1, 1, 0, 0, 1, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 1, 1, 1, 1])
    >>> round(e.value, 2), round(e.low, 4), round(e.high, 4)          # Wilson for 8 of 10
    (0.8, 0.4902, 0.9433)
    """
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what="accuracy")
    return proportion(
        "accuracy", c.label == c.verdict, c.unit, level=level, nothing="there is no pair", note=left_out(c.missing)
    )


def sensitivity(
    labels: Values,
    verdicts: Values,
    *,
    positive: Category | None = None,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """P(verdict positive | label positive): the share of the positive items that the judge calls so.

    Args:
        labels: (n,), the reference.
        verdicts: (n,), the judge's answers.
        positive: the category that counts as positive, against all others; None: 1, where the categories are 0 and 1.
        categories: the declared scale.
        clusters: (n,), the independent unit of each item.
        level: confidence of Wilson's interval.

    Raises:
        UserError: no positive category can be told, or see `confusion_matrix`.

    >>> e = sensitivity([1, 1, 1, 1, 0], [1, 1, 1, 0, 1])
    >>> e.value, e.n
    (0.75, 4)
    """
    return _one("sensitivity", labels, verdicts, positive, categories, clusters, level)


def recall(
    labels: Values,
    verdicts: Values,
    *,
    positive: Category | None = None,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """The same number as `sensitivity`, under the name that goes with precision.

    >>> recall([1, 1, 1, 1, 0], [1, 1, 1, 0, 1]).value
    0.75
    """
    return _one("recall", labels, verdicts, positive, categories, clusters, level)


def specificity(
    labels: Values,
    verdicts: Values,
    *,
    positive: Category | None = None,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """P(verdict not positive | label not positive); arguments as for `sensitivity`.

    >>> specificity([1, 0, 0, 0, 0], [1, 0, 0, 1, 1]).value
    0.5
    """
    return _one("specificity", labels, verdicts, positive, categories, clusters, level)


def precision(
    labels: Values,
    verdicts: Values,
    *,
    positive: Category | None = None,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """P(label positive | verdict positive); arguments as for `sensitivity`.

    >>> precision([1, 0, 0, 1], [0, 0, 0, 0]).undefined
    'the judge never answered 1'
    """
    return _one("precision", labels, verdicts, positive, categories, clusters, level)


def f1(
    labels: Values,
    verdicts: Values,
    *,
    positive: Category | None = None,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> Estimate:
    """2TP / (2TP + FP + FN), the harmonic mean of precision and recall; arguments as for `sensitivity`.

    The interval comes from J = TP / (TP + FP + FN), a plain share of the items that either side calls positive:
    F1 = 2J/(1+J) rises with J, so Wilson's ends for J map to ends for F1. n counts these items.

    Source: Hand, Christen and Kirielle (2021), F*: an interpretable transformation of the F-measure.

    >>> e = f1([1, 1, 1, 0, 0], [1, 1, 0, 1, 0])
    >>> round(e.value, 4), e.n                       # 4 / (4 + 1 + 1)
    (0.6667, 4)
    """
    return _one("f1", labels, verdicts, positive, categories, clusters, level)


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """One category against all others."""

    category: Category
    """The category."""
    n_labels: int
    """How many items carry it as label."""
    n_verdicts: int
    """How many items carry it as verdict."""
    precision: Estimate
    """P(label = category | verdict = category)."""
    recall: Estimate
    """P(verdict = category | label = category)."""
    specificity: Estimate
    """P(verdict is another | label is another)."""
    f1: Estimate
    """2TP / (2TP + FP + FN)."""


def per_class(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
) -> tuple[ClassMeasures, ...]:
    """Precision, recall, specificity and F1 of every category against all others.

    Raises:
        UserError: see `confusion_matrix`.

    >>> [(m.category, m.recall.value) for m in per_class(["a", "b", "b"], ["a", "b", "a"])]
    [('a', 1.0), ('b', 0.5)]
    """
    check_level(level, "per_class")
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what="per_class")
    found = []
    for place, category in enumerate(c.categories):
        counts = int((c.label == place).sum()), int((c.verdict == place).sum())
        p, r, s, f = (_share(m, c, place, level) for m in ("precision", "recall", "specificity", "f1"))
        found.append(ClassMeasures(category, *counts, p, r, s, f))
    return tuple(found)


def _one(
    name: str,
    labels: Values,
    verdicts: Values,
    positive: Category | None,
    categories: Sequence[Category] | None,
    clusters: Values | None,
    level: float,
) -> Estimate:
    c = coded(labels, verdicts, categories=categories, clusters=clusters, what=name)
    if not len(c.label) and positive is None:
        return proportion(name, np.zeros(0, bool), c.unit, level=level, nothing="there is no pair")
    return _share(name, c, _positive(c.categories, positive, name), level)


def _share(name: str, c: Coded, place: int, level: float) -> Estimate:
    category = c.categories[place] if place >= 0 else 1
    y, f = c.label == place, c.verdict == place
    if name == "precision":
        base, hit, nothing = f, y, f"the judge never answered {category!r}"
    elif name == "specificity":
        base, hit, nothing = ~y, ~f, f"no item is labelled otherwise than {category!r}"
    elif name == "f1":
        base, hit, nothing = y | f, y & f, f"no item is labelled or judged {category!r}"
    else:
        base, hit, nothing = y, f, f"no item is labelled {category!r}"
    e = proportion(name, hit[base], c.unit[base], level=level, nothing=nothing, note=left_out(c.missing))
    if name != "f1":
        return e
    value, low, high = (2.0 * j / (1.0 + j) for j in (e.value, e.low, e.high))
    return replace(e, value=value, low=low, high=high, method=f"{e.method}, mapped from TP/(TP+FP+FN)")


def _positive(categories: tuple[Category, ...], positive: Category | None, what: str) -> int:
    if positive is None:
        if not set(categories) <= {0, 1}:
            came = ", ".join(repr(c) for c in categories[:8])
            raise UserError(f"{what}: which category is positive? Say positive=...; the categories are {came}")
        positive = 1
    if positive in categories:
        return categories.index(positive)
    # Neither side used 1: nothing is positive, which is no mistake.
    if positive == 1 and set(categories) <= {0, 1}:
        return -1
    came = ", ".join(repr(c) for c in categories[:8])
    raise UserError(f"{what}: a positive category was wanted; {positive!r} is none of {came}")
