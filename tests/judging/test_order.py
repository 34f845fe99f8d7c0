"""Another order is another prompt, another schema and another fingerprint, and the same rubric otherwise."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from judgekit.judging.ask import questions_of, request_of
from judgekit.judging.decide import checks_of
from judgekit.judging.job import Plan, make_job, make_plan
from judgekit.judging.order import PARTS, Part, other_orders
from judgekit.rubric import Rubric
from tests.judging.made import INPUTS, LEVELS, baseline_settings, constraint_rubric, stance_rubric, transcript

SETTINGS = baseline_settings()


def plans(part: Part, n: int = 3, rubric: Rubric | None = None) -> list[Plan]:
    return other_orders(rubric or stance_rubric(), SETTINGS, part, n, Random(1))


def asked(plan: Plan) -> tuple[str, dict[str, Any]]:
    """The system part and the schema of a job."""
    job = make_job(transcript(), plan, inputs=INPUTS)
    checks = checks_of(job)
    request = request_of(job, questions_of(job, checks), checks)
    return request.system, request.schema.model.model_json_schema()


@pytest.mark.parametrize("part", PARTS)
def test_every_order_has_a_fingerprint_of_its_own(part: Part) -> None:
    usual = make_plan(stance_rubric(), SETTINGS)
    # Three questions and five levels have other orders enough; the answers, two a question, have one.
    others = plans(part)
    assert len(others) == (1 if part == "answers" else 3)
    every = [usual, *others]
    assert len({make_job(transcript(), plan, inputs=INPUTS).fingerprint for plan in every}) == len(every)
    assert len({asked(plan)[0] for plan in every}) == len(every)
    again = make_plan(stance_rubric(), SETTINGS)
    assert (again.base, again.system) == (usual.base, usual.system)


def test_only_the_questions_change_their_order() -> None:
    usual = make_plan(stance_rubric(), SETTINGS)
    for plan in plans("criteria"):
        names = [criterion.id for criterion in plan.rubric.criteria]
        assert sorted(names) == ["praise", "stance", "tone"]
        assert names != ["stance", "praise", "tone"]
        assert sorted(asked(plan)[0].split("\n")) == sorted(asked(usual)[0].split("\n"))
        assert list(asked(plan)[1]["properties"]) == [*names, "explanation", "level"]


def test_only_the_answers_change_their_order() -> None:
    (plan,) = plans("answers", 1)
    # Every question has two answers, and so one other order.
    assert [criterion.answers for criterion in plan.rubric.criteria] == [
        ("disagrees", "agrees"), ("no", "yes"), ("cold", "warm"),
    ]  # fmt: skip
    system, schema = asked(plan)
    assert "Answers: disagrees, agrees, cannot_tell." in system
    assert schema["$defs"]["Answer_tone"]["properties"]["answer"]["enum"] == ["cold", "warm", "cannot_tell"]


def test_the_schema_does_not_depend_on_what_was_asked_before() -> None:
    # Two rubrics with the same answers in another order, in one process: typing calls their Literals equal.
    for answers in (["left", "right"], ["right", "left"], ["left", "right"]):
        rubric = stance_rubric(criteria=[{"id": "side", "ask": "?", "answers": answers}], rules=[])
        schema = asked(make_plan(rubric, SETTINGS))[1]
        assert schema["$defs"]["Answer_side"]["properties"]["answer"]["enum"] == [*answers, "cannot_tell"]


def test_only_the_levels_change_their_order() -> None:
    for plan in plans("levels"):
        assert sorted(plan.levels) == [1, 2, 3, 4, 5]
        assert plan.levels != (5, 4, 3, 2, 1)
        system, schema = asked(plan)
        lines = [line for line in system.split("\n") if line[2:3].isdigit()]
        assert lines == [f"- {level}: {LEVELS[level]}" for level in plan.levels]
        assert schema["properties"]["level"]["enum"] == [*map(str, plan.levels), "cannot_tell"]


def test_there_are_no_more_orders_than_there_are() -> None:
    one = stance_rubric(criteria=[{"id": "praise", "ask": "?"}], rules=[])
    assert [len(plans(part, 9, one)) for part in PARTS] == [0, 1, 9]
    # Two levels have one other order.
    two = stance_rubric(levels={2: "good", 1: "bad"}, pass_at=2, rules=[])
    assert [plan.levels for plan in plans("levels", 9, two)] == [(1, 2)]
    assert [plans(part, 9, constraint_rubric()) for part in PARTS] == [[], [], []]


def test_the_orders_are_those_of_the_seed() -> None:
    def drawn(seed: int) -> list[tuple[int, ...]]:
        return [p.levels for p in other_orders(stance_rubric(), SETTINGS, "levels", 5, Random(seed))]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
