"""The same rubric in another order: of its questions, of their answers, or of its levels.

An order is part of the prompt and of the schema, so it is part of every fingerprint: no verdict under another order can
stand for one under the usual one.
"""

from __future__ import annotations

from random import Random
from typing import Literal, TypeVar, get_args

from judgekit.criterion import Criterion
from judgekit.judging.job import Plan, make_plan
from judgekit.rubric import Rubric
from judgekit.settings import Settings

Part = Literal["criteria", "answers", "levels"]
"""What can stand in another order."""
PARTS: tuple[Part, ...] = get_args(Part)
_TRIES = 100
T = TypeVar("T")


def other_orders(rubric: Rubric, settings: Settings, part: Part, n: int, rng: Random) -> list[Plan]:
    """Up to n plans of the rubric in other orders, no two alike; fewer where there are not so many orders.

    Args:
        rubric: in its usual order.
        settings: which judge, and how it is reached.
        part: what is permuted; the rest stays as it is.
        n: how many plans are wanted.
        rng: draws the orders.

    >>> from judgekit.io import load_rubric
    >>> from judgekit.settings import settings_for
    >>> one, = other_orders(load_rubric("brevity"), settings_for("baseline"), "levels", 1, Random(7))
    >>> sorted(one.levels), one.levels == (5, 4, 3, 2, 1)
    ([1, 2, 3, 4, 5], False)
    """
    usual = make_plan(rubric, settings)
    found: dict[str, Plan] = {usual.base + usual.system: usual}
    for _ in range(_TRIES if _can_change(rubric, part) else 0):
        if len(found) > n:
            break
        plan = _drawn(rubric, settings, part, rng)
        found.setdefault(plan.base + plan.system, plan)
    return [plan for plan in found.values() if plan.system != usual.system][:n]


def _can_change(rubric: Rubric, part: Part) -> bool:
    """Whether there is another order that a judge would see."""
    if part == "levels":
        return rubric.level_from == "judge"
    return len(rubric.criteria) > (1 if part == "criteria" else 0)


def _drawn(rubric: Rubric, settings: Settings, part: Part, rng: Random) -> Plan:
    if part == "levels":
        levels = _shuffled(sorted(rubric.levels, reverse=True), rng)
        return make_plan(rubric, settings, levels=tuple(levels))
    if part == "criteria":
        return make_plan(_with(rubric, tuple(_shuffled(list(rubric.criteria), rng))), settings)
    turned = (one.model_copy(update={"answers": tuple(_shuffled(list(one.answers), rng))}) for one in rubric.criteria)
    return make_plan(_with(rubric, tuple(turned)), settings)


def _with(rubric: Rubric, criteria: tuple[Criterion, ...]) -> Rubric:
    # Made anew and not copied: a copy would keep the fingerprint that the rubric has computed of itself.
    parts = {name: getattr(rubric, name) for name in Rubric.model_fields}
    return Rubric.model_validate({**parts, "criteria": criteria, "examples": ()})


def _shuffled(items: list[T], rng: Random) -> list[T]:
    """The items in another order than they came in, where there is one; every other order is as likely."""
    if len(items) < 2:
        return items
    while True:
        order = rng.sample(range(len(items)), len(items))
        if order != sorted(order):
            return [items[i] for i in order]
