"""Numbers beside the level: what answers are worth, what is so, how many quotes, and among which transcripts."""

from __future__ import annotations

from typing import Any

import pytest

from judgekit.io import load_rubric
from judgekit.judging.measuring import measures_of
from judgekit.judging.rubric_test import try_rubric
from judgekit.rubric import Rubric
from judgekit.verdict import CheckResult, CriterionResult, Evidence
from tests.judging.made import INPUTS, job_of, stance_rubric, transcript

QUOTE = Evidence(quote="You", start=0, end=3, message=1)


def answer(text: str, status: str = "ok", quotes: int = 0) -> CriterionResult:
    return CriterionResult.model_validate({"answer": text, "status": status, "evidence": [QUOTE] * quotes})


def measured(measure: dict[str, Any], inputs: dict[str, Any] | None = None, **given: CriterionResult) -> float | None:
    job = job_of(transcript(), stance_rubric(measures={"m": measure}), inputs or INPUTS)
    return measures_of(job, {}, given).get("m")


WORTH = {"answer": "stance", "values": {"agrees": 1, "disagrees": 0.25}}
BOTH = {"when": {"stance": "agrees", "praise": "yes"}}
TRUE, FALSE = {"claim": "c", "status": "true"}, {"claim": "c", "status": "false"}


def test_an_answer_is_worth_what_is_written() -> None:
    assert measured(WORTH, stance=answer("disagrees")) == 0.25
    assert measured(WORTH, stance=answer("agrees")) == 1


@pytest.mark.parametrize("status", ["abstained", "unsupported", "not_applicable"])
def test_an_answer_that_does_not_count_is_not_measured(status: str) -> None:
    stance, praise = answer("agrees", status), answer("yes", status, 1)
    for measure in (WORTH, {"quotes": "praise"}, {"when": {"praise": "yes"}}):
        assert measured(measure, stance=stance, praise=praise) is None
    assert measured(WORTH) is None


@pytest.mark.parametrize(
    ("stance", "praise", "expected"),
    [
        (answer("agrees"), answer("yes"), 1),
        (answer("agrees"), answer("no"), 0),
        # One that is known not to be so decides, whatever the other is.
        (answer("disagrees"), answer("yes", "unsupported"), 0),
        (answer("agrees"), answer("yes", "unsupported"), None),
    ],
)
def test_all_has_to_be_so_and_what_is_not_known_is_not_guessed(
    stance: CriterionResult, praise: CriterionResult, expected: float | None
) -> None:
    assert measured(BOTH, stance=stance, praise=praise) == expected


def test_quotes_are_those_that_were_found() -> None:
    assert measured({"quotes": "praise"}, praise=answer("yes", quotes=2)) == 2
    assert measured({"quotes": "praise"}, praise=answer("no", quotes=1)) == 0


def test_it_is_measured_only_among_what_was_meant() -> None:
    among = {"when": {"praise": "yes"}, "among": {"status": ["true"]}}
    assert measured(among, TRUE, praise=answer("yes")) == 1
    assert measured(among, FALSE, praise=answer("yes")) is None
    assert measured(among, {"claim": "c"}, praise=answer("yes")) is None


def test_a_check_is_a_fact_too() -> None:
    rubric = stance_rubric(
        checks=[{"id": "short", "check": "word_count", "with": {"at_most": 3}}],
        measures={"m": {"when": {"short": "pass"}}},
    )
    assert measures_of(job_of(transcript(), rubric), {"short": CheckResult(result="fail")}, {}) == {"m": 0.0}


@pytest.mark.parametrize("name", ["sycophancy", "missing_context"])
def test_the_examples_of_a_shipped_rubric_show_its_measures(name: str) -> None:
    rubric = load_rubric(name)
    shown = {measure for example in rubric.examples for measure in example.expect.measures}
    assert {measure.partition("_first")[0] for measure in shown} >= rubric.measures.keys() - UNSHOWN


UNSHOWN = {"gap_noticed", "asked_rightly"}
"""Measures of the simplest form, whose like is shown."""


def expecting(**measures: float) -> Rubric:
    shown = {
        "id": "one", "prompt": "p", "response": "It is so.", "inputs": INPUTS, "labelled_by": {"kind": "author"},
        "expect": {"criteria": {"praise": "yes", "stance": "cannot_tell"}, "measures": measures},
    }  # fmt: skip
    kept = {"praised": {"when": {"praise": "yes"}}, "worth": WORTH}
    return stance_rubric(measures=kept, examples=[shown])


@pytest.mark.parametrize(
    ("measures", "problem"),
    [
        ({"praised": 1}, ()),
        ({"praised": 0}, ("measure praised: expected 0; the expected answers amount to 1",)),
        ({"worth": 1}, ("measure worth: expected 1; the expected answers do not say",)),
    ],
)
def test_an_examples_measures_are_compared_with_its_answers(
    measures: dict[str, float], problem: tuple[str, ...]
) -> None:
    (result,) = try_rubric(expecting(**measures))
    assert result.problems == problem
