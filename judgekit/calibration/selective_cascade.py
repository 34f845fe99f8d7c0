"""Cheap judges first, strong ones for what is left, people for the rest: a cascade with one guarantee."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import proportion
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import scores, unit_index
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.calibration.resample import seeded
from judgekit.calibration.selective_escalation import Escalation, check_guarantee, escalation_threshold
from judgekit.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Ints

    Seed = np.random.Generator | int | None


@dataclass(frozen=True, slots=True)
class CascadeStage:
    """One judge of a cascade, on the items that the judges before it left."""

    judge: int
    """The column of the judge."""
    n_reached: int
    """Items that came to this judge."""
    escalation: Escalation
    """Its threshold, from these items."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Judges asked one after the other, each passing on what it is not sure of; the last passes on to a person."""

    stages: tuple[CascadeStage, ...]
    """The judges in the order in which they are asked."""
    decided: tuple[float, ...]
    """The share of items that each judge decides."""
    to_person: float
    """The share of items that no judge decides."""
    disagreement: Estimate
    """The share of mistakes among decided items, on the items that set the thresholds."""
    target: float
    """The share of mistakes that is tolerated among decided items."""
    delta: float
    """How likely the guarantee may fail, over all judges together."""
    cost: float
    """The mean cost of an item: every judge that is asked, and the person for what is left."""
    cost_last: float
    """What it would cost to ask the last judge alone, about every item, and nobody else."""

    def route(self, confidence: ArrayLike) -> Ints:
        """Which judge decides each new item (m,), -1 for a person.

        Args:
            confidence: (m, n_judges), nan = not asked or failed: passed on.

        Raises:
            UserError: another number of judges than the cascade has.
        """
        c = matrix(confidence, "route: confidence", columns="a judge")
        if c.shape[1] != len(self.stages):
            raise UserError(f"route: {len(self.stages)} columns, one a judge, were wanted; came {c.shape[1]}")
        limits = np.array([stage.escalation.threshold for stage in self.stages])
        sure = c >= limits  # nan on either side is not sure
        return np.where(sure.any(axis=1), sure.argmax(axis=1), -1)


def cascade(
    confidence: ArrayLike,
    agree: ArrayLike,
    *,
    target: float,
    delta: float = 0.1,
    costs: Sequence[float] | None = None,
    person_cost: float = 0.0,
    clusters: ArrayLike | None = None,
    rng: Seed = None,
) -> Cascade:
    """Thresholds for judges asked in order, cheap ones first, such that decided items hold the target together.

    Each judge gets its threshold (see `escalation_threshold`) from the items that the judges before it passed on: these
    are harder than all items, and a threshold from all items would not hold on them. Each of J judges may fail with
    delta/J, so all of them hold with 1 - delta, and so does the mixture. A judge without a threshold passes all on.

    Args:
        confidence: (n_items, n_judges), judges in the order in which they are asked; nan = failed, passed on.
        agree: (n_items, n_judges), whether each verdict agrees with people; nan = not labelled.
        target: the largest share of mistakes among decided items, such as 0.1.
        delta: how likely the guarantee may fail.
        costs: what one verdict of each judge costs; None: 1 each.
        person_cost: what an item costs that goes to a person.
        clusters: (n_items,), the independent unit: one item of each, drawn at random, sets the thresholds.
        rng: draws that item; a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, shapes that differ, an agreement that is not 0 or 1, target or delta out of range.

    Source: Jung, Brahman and Choi (2025), section 2.3; a share of delta for each judge is added here.

    >>> weak, strong = [0.9] * 60 + [0.5] * 60, [0.9] * 120
    >>> right = [[1, 1]] * 60 + [[0, 1]] * 60
    >>> found = cascade(list(zip(weak, strong)), right, target=0.1, costs=[1, 10])
    >>> found.decided, found.to_person, found.cost                               # 1 + 10/2
    ((0.5, 0.5), 0.0, 6.0)
    """
    what = "cascade"
    check_guarantee(what, target, delta)
    c, yes = (matrix(x, f"{what}: {k}", columns="a judge") for x, k in ((confidence, "confidence"), (agree, "agree")))
    same_rows(what, len(c), agree=len(yes))
    judges = c.shape[1]
    if yes.shape[1] != judges or judges == 0:
        raise UserError(f"{what}: a column a judge in both was wanted; came {judges} and {yes.shape[1]}")
    price = np.ones(judges) if costs is None else scores(list(costs), f"{what}: costs", missing=False)
    if price.size != judges or bool((price < 0).any()) or person_cost < 0:
        raise UserError(f"{what}: a cost of 0 or more for each of {judges} judges was wanted; came {price.tolist()}")
    unit = unit_index(clusters, len(c), what)
    known = ~np.isnan(yes).any(axis=1)
    c, yes, unit = c[known], yes[known], unit[known]
    generator = seeded(rng)[0]
    stages, decided, spent, mistakes = [], [], 0.0, []
    left = np.ones(len(c), dtype=bool)
    for j in range(judges):
        spent += float(left.sum()) * float(price[j])
        e = escalation_threshold(
            c[left, j],
            yes[left, j],
            target=target,
            delta=delta / judges,
            clusters=None if clusters is None else unit[left],
            rng=generator,
        )
        stages.append(CascadeStage(j, int(left.sum()), e))
        here = left & (c[:, j] >= e.threshold)
        decided.append(float(here.mean()) if here.size else math.nan)
        mistakes.append((yes[here, j] == 0.0, unit[here]))
        left &= ~here
    wrong, units = (np.concatenate([pair[k] for pair in mistakes]) for k in (0, 1))
    risk = proportion("disagreement", wrong, units, level=1.0 - delta, nothing="no judge decides an item")
    n = len(c)
    to_person = float(left.mean()) if n else math.nan
    cost = (spent + float(left.sum()) * person_cost) / n if n else math.nan
    return Cascade(tuple(stages), tuple(decided), to_person, risk, target, delta, cost, float(price[-1]))
