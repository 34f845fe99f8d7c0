"""How many labels, and which ones next?

labels_needed   from assumptions
plan_labels     from a pilot: labels that are there already
next_to_label   draws the next items, with the probability of each
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import student
from judgekit.calibration.correction_ppi import sample, variance_of
from judgekit.calibration.inputs import check_level
from judgekit.calibration.planning_draw import doubt, inclusion, systematic
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Values

_MOST = 10**9


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """How many labels an interval of a wanted width needs."""

    target_half_width: float
    """Half the width of the interval that is wanted, in points of the scale."""
    labels_needed: int | None
    """Labels, together with the judge's scores of all items; None: not reached with any number."""
    labels_needed_alone: int
    """Labels without the judge."""
    n_labels: int
    """Labels that are there already."""
    design_effect: float
    """By how much clusters raise the variance, 1 where there are none."""
    reason: str
    """What the numbers rest on."""

    @property
    def more(self) -> int | None:
        """How many labels are still missing; None where no number is enough."""
        return None if self.labels_needed is None else max(0, self.labels_needed - self.n_labels)


def labels_needed(
    target_half_width: float,
    *,
    sd: float = 0.5,
    judge_correlation: float = 0.0,
    n_items: int | None = None,
    cluster_size: float = 1.0,
    icc: float = 0.0,
    level: float = 0.95,
) -> LabelPlan:
    """The least n with t · √(design effect · sd² · v) <= target, v the variance of a unit label mean with a judge.

    With correlation r of judge and label, and N = n_items - n items without a label, the best judge weight leaves
    v = (1/n)(1 - r² N/(n + N)) = 1/n - r²(1/n - 1/n_items); design effect = 1 + (cluster_size - 1) · icc.

    Args:
        target_half_width: half the width that is wanted, in points of the scale.
        sd: the standard deviation of the labels; 0.5 is the worst case of yes/no, √(p(1-p)) for a pass rate p.
        judge_correlation: of judge and label over items, -1..1; a negative one is of no use and counts as 0.
        n_items: all items that the judge scored, labelled or not; None: as many as one likes.
        cluster_size: labelled items a cluster.
        icc: correlation of two items of one cluster, 0..1.
        level: confidence of the interval.

    Raises:
        UserError: a target or sd that is not above 0, or a correlation out of range.

    Source: Angelopoulos, Duchi and Zrnic (2023), equation for the tuned variance; Kish (1965) for the design effect.

    >>> plan = labels_needed(0.1)                     # 0.25 · 1.96² / 0.01 = 96, and Student's t asks for 3 more
    >>> plan.labels_needed_alone, plan.labels_needed
    (99, 99)
    >>> labels_needed(0.1, judge_correlation=0.7, n_items=2000).labels_needed
    53
    """
    check_level(level, "labels_needed")
    for value, word in ((target_half_width, "half width"), (sd, "spread (sd)")):
        if not (value > 0.0 and math.isfinite(value)):
            raise UserError(f"labels_needed: a {word} above 0 was wanted; came {value:g}")
    if not -1.0 <= judge_correlation <= 1.0 or not 0.0 <= icc <= 1.0 or not cluster_size >= 1.0:
        raise UserError(
            "labels_needed: -1..1 was wanted for judge_correlation=, 0..1 for icc= and 1 or more for cluster_size=; "
            f"came {judge_correlation:g}, {icc:g}, {cluster_size:g}"
        )
    if n_items is not None and n_items < 2:
        raise UserError(f"labels_needed: 2 or more was wanted for n_items=; came {n_items}")
    effect = 1.0 + (cluster_size - 1.0) * icc
    r2 = max(0.0, judge_correlation) ** 2
    alone = _least(target_half_width, sd, 0.0, None, effect, cluster_size, level)
    with_judge = _least(target_half_width, sd, r2, n_items, effect, cluster_size, level)
    assert alone is not None, "labels alone reach any width"
    why = f"sd {sd:.3g}, judge correlation {judge_correlation:.2f}, design effect {effect:.2f}"
    if with_judge is None:
        why += f"; {n_items} items are too few even if all are labelled"
    return LabelPlan(target_half_width, with_judge, alone, 0, effect, why)


def _least(
    target: float, sd: float, r2: float, items: int | None, effect: float, cluster_size: float, level: float
) -> int | None:
    def half(n: int) -> float:
        rest = 1.0 if items is None else max(0.0, 1.0 - n / items)
        df = max(1.0, n / cluster_size - 1.0)
        return student(df, level) * sd * math.sqrt(effect * (1.0 - r2 * rest) / n)

    most = _MOST if items is None else items
    if half(most) > target:
        return None if items is not None else most
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if half(middle) <= target else (middle, high)
    return max(2, high)


def plan_labels(
    target_half_width: float,
    *,
    labelled_y: Values,
    labelled_f: Values,
    unlabelled_f: Values,
    clusters: Values | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
) -> LabelPlan:
    """How many labels an interval of the wanted width needs, from a random pilot of labels.

    The sd of the labels, their correlation with the judge and the design effect come from the pilot, so the plan is as
    uncertain as they are: with 30 labels, take it as good to a third. Labels are added in clusters like the pilot's.

    Args:
        target_half_width: half the width that is wanted, in points of the scale.
        labelled_y: (n,), labels, a random sample.
        labelled_f: (n,), the judge's scores of the same items.
        unlabelled_f: (N,), the judge's scores of the others.
        clusters: (n,) or (n + N,), as in `ppi_mean`.
        level: confidence of the interval.
        low: the lowest value that a label can have.
        high: the highest.

    Raises:
        UserError: fewer than 10 labels, labels that do not vary, or see `ppi_mean`.

    >>> y, f = [1, 1, 0, 0] * 10, [1, 1, 1, 0] * 10
    >>> plan = plan_labels(0.1, labelled_y=y, labelled_f=f, unlabelled_f=[1] * 300 + [0] * 100)
    >>> plan.labels_needed, plan.labels_needed_alone, plan.more
    (74, 101, 34)
    """
    s = sample(labelled_y, labelled_f, unlabelled_f, None, clusters, "plan_labels", low=low, high=high)
    n = s.y.size
    if n < 10:
        raise UserError(f"plan_labels: a pilot of 10 labels or more was wanted; came {n}; plan without labels first")
    sd = float(s.y.std(ddof=1))
    if sd <= 0.0:
        raise UserError("plan_labels: labels that vary were wanted; all are the same; plan without labels, with an sd")
    spread = float(s.f.std(ddof=1))
    r = float(np.corrcoef(s.y, s.f)[0, 1]) if spread > 0.0 else 0.0
    units = int(np.unique(s.unit[:n]).size)
    effect = 1.0
    if s.clustered and 1 < units < n:
        effect = max(1.0, variance_of(s, 0.0) / (sd * sd / n))
    plan = labels_needed(
        target_half_width,
        sd=sd,
        judge_correlation=r,
        n_items=n + s.rest.size,
        cluster_size=n / units,
        icc=min(1.0, (effect - 1.0) / (n / units - 1.0)) if units < n else 0.0,
        level=level,
    )
    return LabelPlan(
        target_half_width,
        plan.labels_needed,
        plan.labels_needed_alone,
        n,
        plan.design_effect,
        f"from {n} labels in {units} units: {plan.reason}",
    )


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """The items to label next, and with which probability each item had to be chosen."""

    chosen: tuple[int, ...]
    """Their places in the input, the most doubtful first."""
    probability: tuple[float, ...]
    """(n,), π of every item; its weight in `ppi_mean` is 1 / π. 0 for items that were excluded."""
    method: str
    """What the probabilities rest on, and the seed."""


def next_to_label(
    verdicts: Values,
    k: int,
    *,
    error_sd: Values | None = None,
    labelled: Values | None = None,
    floor: float = 0.2,
    rng: int | np.random.Generator = 0,
) -> LabelChoice:
    """The k items to label next, drawn with a known probability that grows with the doubt about their verdict.

    π_i = k · (floor/n + (1 - floor) · s_i / Σ s), at most 1: a share `floor` of the draw is uniform, the rest goes
    where the judge is expected to be wrong (Neyman: s = sd of label minus judge). s is `error_sd`; else, with several
    judges or repeats, their disagreement on the item; else, for one judge's scores between 0 and 1, √(f (1 - f)). Where
    s is 0 throughout, the draw is uniform. An item without a verdict gets the mean s. The draw is systematic over a
    random order, so that exactly k come and each π is exact.

    Args:
        verdicts: (n,) scores of one judge, or (n, r) of several judges or repeats; nan is missing.
        k: how many to choose.
        error_sd: (n,), the expected sd of label minus judge, as `expected_error` finds it from labels.
        labelled: (n,), true for items that have a label: they are not chosen again. Weights of two rounds do not add
            up: treat each round as its own sample.
        floor: the share that is drawn uniformly, 0.2..1.
        rng: a seed, or a generator.

    Raises:
        UserError: k below 1 or above the number of items, a floor out of range, or a negative error_sd.

    Source: Neyman (1934); Madow (1949), On the theory of systematic sampling; Zrnic and Candès (2024), Active
    statistical inference.

    >>> choice = next_to_label([0.5, 0.9, 1.0, 0.0], 2)
    >>> [round(p, 2) for p in choice.probability]                # s 0.5, 0.3, 0, 0: shares .55, .35, .05, .05
    [1.0, 0.78, 0.11, 0.11]
    """
    if not 0.2 <= floor <= 1.0:
        raise UserError(f"next_to_label: a floor between 0.2 and 1 was wanted; came {floor:g}")
    s, basis = doubt(verdicts, error_sd)
    free = np.ones(s.size, dtype=bool)
    if labelled is not None:
        taken = np.asarray(labelled)
        if taken.shape != s.shape:
            raise UserError(f"next_to_label: labelled for each of {s.size} items was wanted; came {taken.size}")
        free = ~taken.astype(bool)
    n = int(free.sum())
    if not 1 <= k <= n:
        raise UserError(f"next_to_label: k between 1 and the {n} items without a label was wanted; came {k}")
    pi = np.zeros(s.size)
    pi[free] = inclusion(s[free], k, floor)
    seed = f", seed {rng}" if isinstance(rng, int) else ""
    generator = np.random.default_rng(rng)
    chosen = np.flatnonzero(free)[systematic(pi[free], generator)]
    chosen = chosen[np.argsort(-s[chosen], kind="stable")]
    return LabelChoice(tuple(map(int, chosen)), tuple(map(float, pi)), f"{basis}, uniform floor {floor:g}{seed}")
