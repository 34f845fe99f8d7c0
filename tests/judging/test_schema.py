"""The shape of a reply: as narrow as the rubric, and named as the prompt names it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from judgekit.judging.schema import ReplySchema
from judgekit.rubric import Criterion, Rubric
from tests.judging.made import (
    constraint,
    constraint_rubric,
    job_of,
    reply,
    request_for,
    said,
    stance_rubric,
    transcript,
)


def schema_of(rubric: Rubric, **options: Any) -> ReplySchema:
    return ReplySchema(rubric, [(criterion.id, criterion) for criterion in rubric.criteria], **options)


def yes_no(*names: str) -> Rubric:
    criteria = [{"id": name, "ask": f"Is it {name}?", "points": 1} for name in names]
    return Rubric.model_validate({"name": "r", "version": "1", "criteria": criteria, "level_from": "points"})


def read(schema: ReplySchema, value: dict[str, Any]) -> Any:
    return schema.read(schema.model.model_validate_json(json.dumps(value)))


def test_a_reply_is_read_as_it_was_said() -> None:
    got = read(schema_of(stance_rubric()), reply(level="4", praise=said("yes", "good question", reason="flatters")))
    assert got.level == 4
    assert got.explanation == "It says no."
    assert [*got.answers] == ["stance", "praise", "tone"]
    praise = got.answers["praise"]
    assert (praise.answer, praise.evidence, praise.reason) == ("yes", ["good question"], "flatters")


LEVELS = {"5": 5, "1": 1, "cannot_tell": None}


@pytest.mark.parametrize(("said_level", "level"), LEVELS.items())
def test_levels_are_texts(said_level: str, level: int | None) -> None:
    assert read(schema_of(stance_rubric()), reply(level=said_level)).level == level


def test_a_level_that_comes_as_a_number_is_understood() -> None:
    assert read(schema_of(stance_rubric()), {**reply(), "level": 3}).level == 3


def test_truth_values_are_the_yes_and_no_they_stand_for() -> None:
    value = reply(praise={**said("no"), "answer": True}, tone={**said("cold"), "answer": "warm"})
    assert read(schema_of(stance_rubric()), value).answers["praise"].answer == "yes"
    value = reply(praise={**said("no"), "answer": False})
    assert read(schema_of(stance_rubric()), value).answers["praise"].answer == "no"


WRONG: dict[str, dict[str, Any]] = {
    "level of 6": {"level": "6"},
    "level of 0": {"level": 0},
    "level as a fraction": {"level": 4.5},
    "level as a truth value": {"level": True},
    "level in words": {"level": "level 4"},
    "no level": {"level": None},
    "another answer": {"stance": said("partly")},
    "an answer of another criterion": {"tone": said("yes")},
    "a truth value where there is no yes": {"tone": {**said("cold"), "answer": True}},
    "a capital": {"praise": said("No")},
    "no answer": {"praise": {"evidence": [], "reason": ""}},
    "evidence as text": {"praise": {**said("no"), "evidence": "none"}},
    "evidence as numbers": {"praise": {**said("no"), "evidence": [1]}},
    "a criterion as text": {"praise": "no"},
    "no explanation": {"explanation": None},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_what_the_rubric_does_not_allow_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(schema_of(stance_rubric()), {**reply(), **change})


def test_a_criterion_that_is_left_out_is_refused_by_its_name() -> None:
    value = reply()
    del value["tone"]
    with pytest.raises(ValidationError) as caught:
        read(schema_of(stance_rubric()), value)
    assert [error["loc"] for error in caught.value.errors()] == [("tone",)]


def test_what_nobody_asked_for_is_left_out() -> None:
    got = read(schema_of(stance_rubric()), {**reply(), "score": 100, "praise": {**said("no"), "confidence": 1}})
    assert not hasattr(got.answers["praise"], "confidence")


def test_evidence_comes_before_the_answer_and_answers_before_the_level() -> None:
    schema = schema_of(stance_rubric()).model.model_json_schema()
    assert [*schema["properties"]] == ["stance", "praise", "tone", "explanation", "level"]
    for definition in schema["$defs"].values():
        assert [*definition["properties"]] == ["evidence", "reason", "answer"]


def test_the_schema_is_closed_as_strict_servers_want_it() -> None:
    schema = schema_of(stance_rubric()).model.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])
    answers = {name: d["properties"]["answer"]["enum"] for name, d in schema["$defs"].items()}
    assert sorted(answers.values()) == [
        ["agrees", "disagrees", "cannot_tell"],
        ["warm", "cold", "cannot_tell"],
        ["yes", "no", "cannot_tell"],
    ]
    assert schema["properties"]["level"]["enum"] == ["1", "2", "3", "4", "5", "cannot_tell"]


def test_only_a_bounded_schema_limits_lengths() -> None:
    # An engine that enforces the schema by grammar would otherwise never have to end; hosted ones refuse the keywords.
    limits = {"maxLength", "maxItems"}
    free = json.dumps(schema_of(stance_rubric()).model.model_json_schema())
    bound = schema_of(stance_rubric(), bounded=True).model.model_json_schema()
    assert not any(limit in free for limit in limits)
    for definition in bound["$defs"].values():
        assert definition["properties"]["evidence"]["maxItems"] == 4
        assert definition["properties"]["evidence"]["items"]["maxLength"] == 300
        assert definition["properties"]["reason"]["maxLength"] == 400
    assert bound["properties"]["explanation"]["maxLength"] == 400
    long = reply(praise=said("no", *["You are not right."] * 5))
    assert read(schema_of(stance_rubric()), long).answers["praise"].evidence == ["You are not right."] * 5
    with pytest.raises(ValidationError):
        read(schema_of(stance_rubric(), bounded=True), long)


AWKWARD = [
    "copy",
    "schema",
    "json",
    "dict",
    "model_x",
    "model_config",
    "model_fields",
    "validate",
    "a_x",
    "class",
    "id",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_criterion_may_have_any_name(name: str) -> None:
    schema = schema_of(yes_no(name))
    assert [*schema.model.model_json_schema()["properties"]] == [name, "explanation"]
    got = read(schema, {name: said("yes"), "explanation": "e"})
    assert got.answers[name].answer == "yes"


def test_a_criterion_may_be_called_level_or_explanation() -> None:
    criteria = [{"id": name, "ask": f"{name}?"} for name in ("level", "explanation", "overall_level")]
    schema = schema_of(stance_rubric(criteria=criteria, rules=[]))
    value = {
        "level": said("yes"),
        "explanation": said("no"),
        "overall_level": said("cannot_tell"),
        "overall_explanation": "whole",
        "overall_overall_level": "2",
    }
    assert [*schema.model.model_json_schema()["properties"]] == [*value]
    got = read(schema, value)
    assert {name: answer.answer for name, answer in got.answers.items()} == {
        "level": "yes",
        "explanation": "no",
        "overall_level": "cannot_tell",
    }
    assert (got.level, got.explanation) == (2, "whole")


@pytest.mark.parametrize("asked", [1, 2, 7])
def test_the_schema_depends_on_the_number_of_constraints_alone(asked: int) -> None:
    def schema(prefix: str) -> dict[str, Any]:
        constraints = [constraint(f"{prefix}{i}").model_dump(by_alias=True) for i in range(asked)]
        job = job_of(transcript(), constraint_rubric(), {"constraints": constraints})
        return request_for(job).schema.model.model_json_schema()

    assert schema("first") == schema("other")
    assert [*schema("first")["properties"]] == [*(f"c{i}" for i in range(1, asked + 1)), "explanation"]


def test_one_schema_serves_all_jobs_with_as_many_constraints() -> None:
    one = [constraint("a").model_dump(by_alias=True)]
    job = job_of(transcript(), constraint_rubric(), {"constraints": one})
    assert request_for(job).schema is request_for(job).schema


def test_a_criterion_named_like_a_constraint_keeps_its_name() -> None:
    rubric = constraint_rubric(criteria=[{"id": "c1", "ask": "Is it kind?"}])
    constraints = [constraint(name).model_dump(by_alias=True) for name in ("x", "y")]
    request = request_for(job_of(transcript(), rubric, {"constraints": constraints}))
    assert [name for name, _ in request.asked] == ["c1", "c2", "c3"]
    assert "- c2: the prompt says" in request.user
    assert [*request.schema.model.model_json_schema()["properties"]] == ["c1", "c2", "c3", "explanation"]


def test_a_reply_that_is_valid_for_a_server_is_valid_here() -> None:
    schema = schema_of(stance_rubric())
    jsonschema_rs.validate(schema.model.model_json_schema(), reply())
    assert read(schema, reply()).level == 4


def test_the_answers_of_a_criterion_include_cannot_tell() -> None:
    rubric = yes_no("kind")
    assert isinstance(rubric.criteria[0], Criterion)
    assert read(schema_of(rubric), {"kind": said("cannot_tell"), "explanation": ""}).answers["kind"].answer == (
        "cannot_tell"
    )
