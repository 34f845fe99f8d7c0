"""What stands in the prompt is not made up, whatever a judge says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given

from judgekit.judging.invention import Prompt
from judgekit.judging.job import Job
from judgekit.transcript import Message, Transcript
from tests.judging.made import INPUTS, PROMPT, RESPONSE, job_of, judge_at, quotable, said, stance_rubric, transcript
from tests.servers.openai_server import OpenAIServer

INVENTION: dict[str, Any] = {
    "criteria": [{"id": "invented", "ask": "Anything made up?", "evidence": "if_yes", "not_in_prompt": True}],
    "rules": [],
    "measures": {"made_up": {"quotes": "invented"}},
}


def job(prompt: str, response: str = RESPONSE, **fields: Any) -> Job:
    return job_of(transcript(response, prompt, **fields))


# prompt, passage → whether it stands there
HELD: dict[str, tuple[str, str, bool]] = {
    "word for word": ("We use Postgres 15 here.", "Postgres 15", True),
    "another case": ("we use postgres 15", "Postgres 15", True),
    "white space and quotation marks": ("the “orders”  table", 'the "orders" table', True),
    "not there": ("We use Postgres.", "MySQL", False),
    "a part of a longer number": ("port 8080", "port 80", False),
    "a part of a longer word": ("the restart", "start", False),
    "a longer word first, then the word": ("restart, then start", "start", True),
    "no borders between words": ("下のコードを直して", "コード", True),
    "two passages joined": ("Postgres is used. It is slow.", "Postgres is slow", False),
    "nothing": ("", "x", False),
}


@pytest.mark.parametrize(("prompt", "passage", "held"), HELD.values(), ids=HELD.keys())
def test_whether_a_passage_stands_in_the_prompt(prompt: str, passage: str, held: bool) -> None:
    assert Prompt(job(prompt)).holds(passage) is held


def test_all_that_was_given_counts_and_nothing_that_the_assistant_said() -> None:
    messages = (
        Message(role="system", content="The server is called alpha."),
        Message(role="user", content="It has disk beta."),
        Message(role="assistant", content="You run gamma on it."),
        Message(role="tool", content="delta"),
        Message(role="user", content="And now?"),
        Message(role="assistant", content="gamma is the cause."),
        Message(role="user", content="epsilon came later"),
    )
    talk = Transcript(id="q1", question_id="q1", messages=messages, context="The manual of zeta.")
    prompt = Prompt(job_of(talk))
    assert [prompt.holds(word) for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")] == [
        True, True, False, True, False, True,
    ]  # fmt: skip


@given(quotable(3, 60), quotable(0, 60), quotable(0, 60))
def test_a_passage_of_the_prompt_is_always_found_in_it(passage: str, before: str, after: str) -> None:
    assume(len("".join(passage.split())) >= 3)
    assert Prompt(job(f"{before} \n{passage}\n {after}")).holds(passage)


@pytest.mark.parametrize(
    ("quotes", "status", "made_up", "calls"),
    [
        (["a reader has to search for it"], "ok", 1.0, 1),
        # The passage is in the response, and in the prompt as well: asked again, and void.
        (["hides its end"], "unsupported", None, 2),
        (["a reader has to search for it", "hides its end"], "unsupported", None, 2),
        (["nowhere at all"], "unsupported", None, 2),
    ],
)
def test_a_quote_from_the_prompt_is_no_invention(
    quotes: list[str], status: str, made_up: float | None, calls: int
) -> None:
    given_reply = {"invented": said("yes", *quotes), "explanation": "e", "level": "3"}
    with OpenAIServer(script=[given_reply] * calls) as server, judge_at(server) as judge:
        asked = transcript(RESPONSE, "They say goto HIDES its end. Is it so?")
        verdict = judge.score(asked, stance_rubric(**INVENTION), inputs=INPUTS)
        assert server.calls == calls
        told = json.dumps(server.requests[-1].body["messages"])
    assert verdict.criteria["invented"].status == status
    assert verdict.measures.get("made_up") == made_up
    if calls == 2:
        assert "or in the prompt as well" in told


def test_nothing_made_up_is_a_count_of_nothing() -> None:
    with (
        OpenAIServer(script=[{"invented": said("no"), "explanation": "e", "level": "3"}]) as server,
        judge_at(server) as judge,
    ):
        verdict = judge.score(transcript(), stance_rubric(**INVENTION), inputs=INPUTS)
    assert verdict.measures["made_up"] == 0


def test_without_the_key_a_passage_of_both_is_evidence() -> None:
    criterion = {"id": "invented", "ask": "Anything made up?", "evidence": "if_yes"}
    rubric = stance_rubric(criteria=[criterion], rules=[])
    given_reply = {"invented": said("yes", "the best loop"), "explanation": "e", "level": "3"}
    with OpenAIServer(script=[given_reply]) as server, judge_at(server) as judge:
        verdict = judge.score(transcript("It is the best loop.", PROMPT), rubric, inputs=INPUTS)
    assert verdict.criteria["invented"].status == "ok"
