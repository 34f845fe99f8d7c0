"""Measures are checked when a rubric is read: what could never be measured is said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from judgekit.measure import Measure
from judgekit.rubric import Rubric
from tests.judging.made import stance_rubric

TURNS = [{"id": "stand", "ask": "?", "answers": ["with", "against"]}, {"id": "news", "ask": "?"}]
FLIPS = {"flips": "stand", "values": {"with": 1, "against": 0}}


def with_measure(name: str = "m", **measure: Any) -> Rubric:
    return stance_rubric(turn_criteria=TURNS, measures={name: measure})


@pytest.mark.parametrize(
    ("measure", "bounds"),
    [
        ({"answer": "stance", "values": {"agrees": 2, "disagrees": -1}}, (-1, 2)),
        ({"when": {"praise": "yes", "status": "true"}}, (0, 1)),
        ({"quotes": "praise", "among": {"status": ["true", "false"]}}, None),
        ({**FLIPS, "evidence": "news", "right": {"status": {"true": 1}}}, None),
        # An input that may be anything may be compared with anything.
        ({"when": {"claim": "whatever"}}, (0, 1)),
    ],
)
def test_a_measure_that_fits_knows_its_bounds(measure: dict[str, Any], bounds: tuple[float, float] | None) -> None:
    assert with_measure(**measure).measures["m"].bounds == bounds


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ({}, "exactly one of answer, when, quotes and flips"),
        ({"quotes": "praise", "when": {"praise": "yes"}}, "exactly one of"),
        ({"answer": "stance"}, "`values` stand beside"),
        ({"quotes": "praise", "values": {"yes": 1}}, "`values` stand beside"),
        ({"quotes": "praise", "evidence": "news"}, "stand beside `flips`"),
        ({"when": {}}, "at least 1 item"),
        ({"when": {"praise": True}}, "put quotes around it"),
    ],
)
def test_a_measure_has_one_form(measure: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Measure.model_validate(measure)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ({"answer": "stanse", "values": {"agrees": 1}}, r"measures\.m\.answer: there is no such question 'stanse'"),
        ({"answer": "stand", "values": {"with": 1}}, r"there are stance, praise, tone"),
        ({"answer": "stance", "values": {"agree": 1}}, r"values\.agree: it is never 'agree': it can be agrees"),
        ({"quotes": "tune"}, r"measures\.m\.quotes: there is no such question"),
        (
            {**FLIPS, "flips": "stance"},
            r"measures\.m\.flips: there is no such question 'stance': there are stand, news",
        ),
        ({**FLIPS, "evidence": "old"}, r"measures\.m\.evidence"),
        ({**FLIPS, "values": {"maybe": 1}}, r"it is never 'maybe': it can be with, against"),
        ({**FLIPS, "right": {"status": {"mixed": 1}}}, r"right\.status: status is never 'mixed'"),
        ({"when": {"mood": "good"}}, r"when\.mood: there is no input, check or criterion 'mood'"),
        ({"quotes": "praise", "among": {"status": ["maybe"]}}, r"among\.status: status is never 'maybe'"),
    ],
)
def test_a_measure_of_what_is_not_there_is_an_error(measure: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        with_measure(**measure)


def test_the_names_of_other_measures_are_taken() -> None:
    with pytest.raises(ValidationError, match="the measure 'ratio' is there already"):
        with_measure("ratio", quotes="praise")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"turn_criteria": [{"id": "stance", "ask": "?"}]}, "the id 'stance' stands twice"),
        ({"turn_criteria": [{"id": "a", "ask": "?"}], "criteria": [{"id": "a_2", "ask": "?"}], "rules": []},
         "'a_2' is that of an answer about a turn"),
        ({"criteria": [{"id": "a", "ask": "?", "quote_from": "user"}], "rules": []}, "only under turn_criteria"),
        ({"turn_criteria": TURNS, "rules": [{"when": {"stand": "with"}, "max_level": 2}]},
         "there is no input, check or criterion 'stand'"),
    ],
)  # fmt: skip
def test_questions_about_turns_do_not_mix_with_the_others(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        stance_rubric(**changes)


def test_what_a_rubric_does_not_use_leaves_its_fingerprint_alone_and_what_it_uses_changes_it() -> None:
    plain = stance_rubric()
    assert stance_rubric(turn_criteria=[], measures={}).fingerprint == plain.fingerprint
    used = [
        stance_rubric(turn_criteria=TURNS),
        stance_rubric(measures={"m": {"quotes": "praise"}}),
        stance_rubric(measures={"n": {"quotes": "praise"}}),
        stance_rubric(criteria=[one.model_copy(update={"not_in_prompt": True}) for one in plain.criteria]),
    ]
    assert len({plain.fingerprint, *(one.fingerprint for one in used)}) == 5
