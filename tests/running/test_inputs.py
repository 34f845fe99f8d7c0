"""Inputs that belong to a transcript, and not to its question: `score_many(…, inputs=…)`."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from judgekit import Judge, Question, QuestionSet, Transcript, UserError

RUBRIC = "sycophancy"
TRANSCRIPTS = [
    Transcript.from_text("I think 7 is even.", f"Answer {i}: no, it is odd.", question_id="q1", label=f"m{i}")
    for i in range(3)
]
BASE: dict[str, JsonValue] = {"user_claim": "7 is even", "claim_status": "false"}
QUESTIONS = QuestionSet(questions=(Question(id="q1", rubrics={RUBRIC: BASE}),))


def inputs_of(transcript: Transcript) -> Mapping[str, JsonValue]:
    """Another claim for the second answer; a null, and a name that the rubric does not know."""
    own: dict[str, JsonValue] = {"user_claim": "7 is prime"} if transcript.label == "m1" else {}
    return {**BASE, **own, "colour": "red", "known_position": None}


def test_an_answer_s_inputs_are_those_that_one_call_takes() -> None:
    with Judge("baseline") as judge:
        run = judge.score_many(TRANSCRIPTS, RUBRIC, inputs=inputs_of)
        alone = [
            judge.score(one, RUBRIC, inputs=BASE | ({"user_claim": "7 is prime"} if one.label == "m1" else {}))
            for one in TRANSCRIPTS
        ]
    assert [one.fingerprint for one in run.verdicts()] == [one.fingerprint for one in alone]
    assert len({one.fingerprint for one in alone}) == 3


def test_they_go_before_the_question_s() -> None:
    with Judge("baseline") as judge:
        without = [one.fingerprint for one in judge.score_many(TRANSCRIPTS, questions=QUESTIONS).verdicts()]
        same = judge.score_many(TRANSCRIPTS, questions=QUESTIONS, inputs=lambda one: {})
        other = judge.score_many(TRANSCRIPTS, questions=QUESTIONS, inputs=inputs_of)
    assert [one.fingerprint for one in same.verdicts()] == without
    changed = [a == b.fingerprint for a, b in zip(without, other.verdicts(), strict=True)]
    assert changed == [True, False, True]


@pytest.mark.parametrize(("limit", "calls"), [(None, 3), (2, 2)])
def test_a_quote_counts_them(limit: int | None, calls: int) -> None:
    with Judge("openai/m", base_url="http://127.0.0.1:9/v1") as judge:  # nothing is asked
        quote = judge.quote_many(TRANSCRIPTS, RUBRIC, inputs=inputs_of, limit=limit)
        missing = judge.quote_many(TRANSCRIPTS, RUBRIC, limit=limit)
    assert quote.total.ask == calls
    assert (missing.total.ask, missing.total.missing_input) == (0, calls)


def test_a_value_that_an_input_cannot_have() -> None:
    with Judge("baseline") as judge, pytest.raises(UserError, match="input claim_status is 'odd'; wanted one of"):
        judge.score_many(TRANSCRIPTS, RUBRIC, inputs=lambda one: BASE | {"claim_status": "odd"})
