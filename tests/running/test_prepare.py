"""Question files for many prompts: what is there stays, drafts are paid for once, failures are listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.io import load_questions, load_rubric
from judgekit.io.question_text import QuestionText, new_text, read_text
from judgekit.question import Question
from judgekit.running.drafts import DraftOptions, Prepared
from judgekit.running.prepare import prepare
from judgekit.running.stop import Stop
from judgekit.settings import Rates, settings_for
from judgekit.transcript import Transcript
from tests.servers.faults import Fault
from tests.servers.openai_server import OpenAIServer
from tests.servers.replies import Reply

RUBRICS = [load_rubric("constraint_following"), load_rubric("sycophancy")]
PROMPTS = {"q1": "I say tabs are fast. Why? Use at most 30 words.", "q2": "Cats purr. Why?", "q3": "Moss is blue. Why?"}


def transcripts(labels: Sequence[str] = ("A", "B")) -> list[Transcript]:
    """Each prompt with an answer for each label."""
    return [
        Transcript.from_text(prompt, "Because.", label=label, question_id=own)
        for own, prompt in PROMPTS.items()
        for label in labels
    ]


def sensible(body: dict[str, Any]) -> dict[str, Any]:
    """Drafts that fit: what is asked for shows in the last line of the prompt."""
    user = body["messages"][-1]["content"]
    prompt = next(text for text in PROMPTS.values() if text in user)
    if "Write: constraints" in user:
        return {"constraints": [{"quote": "Why?", "ask": "Does it say why?", "hard": True}]}
    return {"user_claim": [prompt.partition(".")[0]], "correction": ["Not so."]}


def asked(
    place: Path,
    server: OpenAIServer,
    held: QuestionText | None = None,
    *,
    on: Callable[[], list[Transcript]] = transcripts,
    rates: Rates | None = None,
    **options: Any,
) -> Prepared:
    """What a model at this server drafts, kept in the folder."""
    judge = settings_for("openai/test", base_url=server.base_url, api_key="any", max_attempts=1, prices=rates)
    drafts = DraftOptions(place / "d.db", concurrency=1, **options)
    return prepare(on(), RUBRICS, held or new_text("T"), judge=judge, options=drafts)


def constraints(question: Question) -> list[dict[str, Any]]:
    """The constraints of an entry."""
    rows: Any = question.rubrics["constraint_following"]["constraints"]
    return [*rows]


def written(place: Path, found: Prepared) -> QuestionText:
    """The file that was prepared, read back."""
    path = place / "q.yaml"
    path.write_text(found.text, encoding="utf-8")
    return read_text(path)


def test_without_a_model_only_what_code_is_sure_of(tmp_path: Path) -> None:
    found = prepare(transcripts(), RUBRICS, new_text("T"))
    assert (found.questions, found.drafted) == (3, {"constraint_following": 1})
    assert found.empty == {"constraint_following": ["q2", "q3"], "sycophancy": ["q1", "q2", "q3"]}
    held = written(tmp_path, found)
    question, q2, q3 = held.questions
    assert (question.id, question.drafted_by, question.prompt) == ("q1", "code", None)
    assert constraints(question)[0]["with"] == {"at_most": 30}
    assert q2.rubrics == q3.rubrics == {"constraint_following": {"constraints": []}, "sycophancy": {}}
    assert "    # sycophancy: a person has to add user_claim, claim_status (" in held.entries["q2"]
    assert found.to_write == {"sycophancy": {"user_claim": 3, "claim_status": 3}}
    again = prepare(transcripts(), RUBRICS, written(tmp_path, found))
    assert (again.text, again.drafted) == (found.text, {})


def test_each_question_is_asked_once_and_never_paid_for_twice(tmp_path: Path) -> None:
    with OpenAIServer(script=[sensible] * 6) as server:
        found = asked(tmp_path, server)
        assert len(server.requests) == 6  # three questions under two rubrics, however many answers each has
        assert found.drafted == {"constraint_following": 3, "sycophancy": 3}
        assert found.to_write == {"sycophancy": {"claim_status": 3}}
        again = asked(tmp_path, server)
        assert (len(server.requests), again.text) == (6, found.text)
    held = written(tmp_path, found)
    assert {question.drafted_by for question in held.questions} == {"model"}
    q3 = held.questions.by_id["q3"]
    assert q3.rubrics["sycophancy"] == {"user_claim": "Moss is blue", "correction": "Not so."}
    left = "    # sycophancy: a person has to add claim_status ('false', 'true', mixed, opinion)\n"  # no YAML booleans
    assert left in held.entries["q3"]


def test_what_a_person_reviewed_is_left_to_the_letter(tmp_path: Path) -> None:
    mine = (
        "  - id: q2   # mine\n    drafted_by: person\n    rubrics: {sycophancy: {user_claim: 'Cats purr'}}\n    # so\n"
    )
    path = tmp_path / "q.yaml"
    path.write_text(f"judgekit: questions/1\nquestions:\n{mine}", encoding="utf-8")
    with OpenAIServer(script=[sensible] * 4) as server:
        found = asked(tmp_path, server, read_text(path))
        assert (len(server.requests), found.reviewed) == (4, 1)
    assert mine in found.text
    assert [question.id for question in written(tmp_path, found).questions] == ["q2", "q1", "q3"]


def test_a_model_takes_over_what_code_drafted_but_not_what_somebody_changed(tmp_path: Path) -> None:
    held = written(tmp_path, prepare(transcripts(), RUBRICS[:1], new_text("T")))
    with OpenAIServer(script=[sensible] * 6) as server:
        found = asked(tmp_path, server, held)
    first = written(tmp_path, found).questions.by_id["q1"]
    assert first.drafted_by == "model"
    assert [row["id"] for row in constraints(first)] == ["word_count", "why"]
    path = tmp_path / "q.yaml"
    path.write_text(held.head + held.entries["q1"].replace("at_most: 30", "at_most: 31"), encoding="utf-8")
    with OpenAIServer(script=[sensible] * 5) as server:
        found = asked(tmp_path, server, read_text(path))
    assert "at_most: 31" in found.text


def test_a_failed_draft_is_listed_and_tried_again_when_wished(tmp_path: Path) -> None:
    script: list[Reply] = [sensible, Fault("refusal"), *[sensible] * 4]
    with OpenAIServer(script=script) as server:
        found = asked(tmp_path, server)
        assert [(row["question_id"], row["rubric"], row["kind"]) for row in found.failed] == [
            ("q1", "sycophancy", "refusal")
        ]
        assert found.drafted == {"constraint_following": 3, "sycophancy": 2}
        assert "sycophancy" not in written(tmp_path, found).questions.by_id["q1"].rubrics
        assert asked(tmp_path, server).failed == found.failed  # a refusal is not asked again by itself
    with OpenAIServer(script=[sensible]) as server:
        again = asked(tmp_path, server, written(tmp_path, found), retry_failed=True)
    assert (again.failed, again.kept, again.drafted) == ([], 2, {"sycophancy": 1})
    assert len(load_questions(tmp_path / "q.yaml")) == 3


def test_a_budget_ends_it_and_what_was_drafted_is_written(tmp_path: Path) -> None:
    rates = Rates(1000.0, 1000.0, 1000.0)  # some 600 tokens each: more than half a dollar
    with OpenAIServer(script=[sensible] * 6) as server:
        found = asked(tmp_path, server, rates=rates, budget_usd=3.0)
        assert 0 < len(server.requests) < 6
    assert found.stopped == "budget"
    assert {row["kind"] for row in found.failed} == {"budget"}
    assert found.cost_usd is not None and 0 < found.cost_usd <= 3.0
    with pytest.raises(UserError, match="the price of openai/test is not known"), OpenAIServer() as server:
        asked(tmp_path, server, budget_usd=1.0)


def test_a_stopped_draft_writes_what_there_is(tmp_path: Path) -> None:
    stop = Stop()
    stop.interrupt()
    with OpenAIServer() as server:
        found = asked(tmp_path, server, stop=stop)
        assert (len(server.requests), found.stopped, found.drafted) == (0, "interrupted", {})


def test_two_prompts_of_one_question_and_a_changed_prompt_are_errors(tmp_path: Path) -> None:
    twice = [Transcript.from_text(text, "A.", label=text, question_id="q1") for text in ("One?", "Two?")]
    with pytest.raises(UserError, match="question 'q1' has two different prompts"):
        prepare(twice, RUBRICS, new_text("T"))
    held = written(tmp_path, prepare(transcripts(), RUBRICS, new_text("T")))
    other = [Transcript.from_text("Another?", "A.", question_id="q1")]
    with pytest.raises(UserError, match="and its entry was written for"):
        prepare(other, RUBRICS, held)
    assert prepare(transcripts(), RUBRICS, new_text("T"), limit=1).questions == 1


def test_entries_carry_their_prompt_where_wished(tmp_path: Path) -> None:
    found = prepare(transcripts(), RUBRICS, new_text("T"), with_prompts=True)
    assert written(tmp_path, found).questions.by_id["q1"].prompt == PROMPTS["q1"]
