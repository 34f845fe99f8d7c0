"""`judgekit audit order`: against judges whose dependence on the order is known."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import invoke
from tests.servers.openai_server import Fault, OpenAIServer

RUBRIC = """\
judgekit: rubric/1
name: sample
version: "1"
criteria:
  - {id: right, ask: "Is it right?", evidence: none}
  - {id: kind, ask: "Is it kind?", evidence: none}
levels: {3: good, 2: middling, 1: bad}
rules:
  - {when: {right: "no"}, max_level: 1}
examples:
"""
EXAMPLE = '  - {{id: e{0}, prompt: "p{0}", response: "It is {0}.", expect: {{}}, labelled_by: {{kind: author}}}}\n'


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "sample.yaml"
    path.write_text(RUBRIC + "".join(EXAMPLE.format(i) for i in range(4)), encoding="utf-8")
    return path


def prompt_of(body: Any) -> str:
    return "\n".join(str(message["content"]) for message in body["messages"])


def said(right: str, level: str) -> dict[str, Any]:
    def one(answer: str) -> dict[str, Any]:
        return {"evidence": [], "reason": "r", "answer": answer}

    return {"right": one(right), "kind": one("yes"), "explanation": "e", "level": level}


def first_level(body: Any) -> dict[str, Any]:
    """A judge that takes the level that is listed first."""
    found = re.search(r"^- (\d): (?:good|middling|bad)", prompt_of(body), re.MULTILINE)
    assert found is not None
    return said("yes", found[1])


def first_answer(body: Any) -> dict[str, Any]:
    """A judge that gives the answer that is listed first, and the level 3."""
    found = re.search(r"Is it right\? Answers: (\w+)", prompt_of(body))
    assert found is not None
    return said(found[1], "3")


def steady(body: Any) -> dict[str, Any]:
    return said("yes", "2")


def audit(rubric: Path, reply: Any, *args: str, calls: int = 100) -> tuple[int, str, str]:
    with OpenAIServer(script=[reply] * calls) as server:
        options = ("--judge", "openai/test", "--rubric", rubric, "--base-url", server.base_url)
        result = invoke("audit", "order", "examples", *options, *args, env={"OPENAI_API_KEY": "k"})
    return result.exit_code, result.stdout, result.stderr


def by_way(rows: list[dict[str, Any]], key: str) -> dict[str, float]:
    return {row["way"]: row[key]["value"] for row in rows}


def test_a_judge_that_takes_the_first_level_depends_on_the_levels_alone(rubric: Path) -> None:
    code, out, _ = audit(rubric, first_level, "--json")
    (found,) = json.loads(out)
    assert code == 1
    results = found["audit"]["results"]
    assert by_way(results, "changed") == {"same": 0, "criteria": 0, "answers": 0, "levels": 1}
    # Usual order 3 first; the other order begins with 1 or 2, or changes nothing for this judge: with 3 first.
    assert by_way(results, "shift")["levels"] in (-1, -2)
    assert found["excess"] == {"criteria": 0, "answers": 0, "levels": 1}
    # Four items, once and once more in the same order and in three others.
    assert (found["audit"]["items"], found["audit"]["calls"], found["audit"]["failed"]) == (4, 20, 0)


def test_a_judge_that_takes_the_first_answer_changes_that_answer_and_the_level_by_the_rules(rubric: Path) -> None:
    code, out, _ = audit(rubric, first_answer, "--part", "answers", "--json")
    (found,) = json.loads(out)
    assert code == 1
    answers = {(row["criterion"], row["way"]): row["changed"]["value"] for row in found["audit"]["answers"]}
    assert answers == {("right", "same"): 0, ("right", "answers"): 1, ("kind", "same"): 0, ("kind", "answers"): 0}
    # `right: no` caps at 1 what the judge calls 3.
    assert by_way(found["audit"]["results"], "shift") == {"same": 0, "answers": -2}


def test_a_steady_judge_is_within_the_threshold(rubric: Path) -> None:
    code, out, err = audit(rubric, steady, "-k", "2")
    assert code == 0
    assert "openai/test on sample: 4 items, calibration: none" in out
    assert "Within the threshold of 0.1: at most +0.00" in out
    # The questions and the answers have one other order each, the levels two here: 4 · (1 + 2 + 1 + 1 + 2).
    assert err == "asking openai/test about 4 items under sample, 28 verdicts\n"
    assert "28 calls; cost:" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_threshold_is_the_users_and_noise_in_the_same_order_is_not_counted(rubric: Path) -> None:
    assert audit(rubric, first_level, "--threshold", "1")[0] == 0

    calls = iter(range(1000))
    code, out, _ = audit(rubric, lambda body: said("yes", str(1 + next(calls) % 3)), "--json", "--concurrency", "1")
    (found,) = json.loads(out)
    # Five calls an item, and the reply goes round by three: the same order changes as every other does.
    assert by_way(found["audit"]["results"], "changed")["same"] == 1
    assert max(found["excess"].values()) == 0
    assert code == 0


def test_a_failed_call_is_no_change_and_ends_with_exit_1(rubric: Path) -> None:
    # Items come one after the other, the usual order first: every comparison of the first one is lost.
    with OpenAIServer(script=[Fault("refusal"), *[steady] * 100]) as server:
        options = ("--judge", "openai/test", "--rubric", rubric, "--base-url", server.base_url, "--concurrency", "1")
        result = invoke("audit", "order", "examples", *options, "--json", env={"OPENAI_API_KEY": "k"})
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert found["audit"]["failed"] == 1
    assert [row["lost"] for row in found["audit"]["results"]] == [1, 1, 1, 1]
    assert by_way(found["audit"]["results"], "changed") == dict.fromkeys(("same", "criteria", "answers", "levels"), 0)


def test_a_judge_that_always_fails_has_nothing_to_compare(rubric: Path) -> None:
    code, out, _ = audit(rubric, Fault("refusal"))
    assert code == 1
    assert "nothing to compare" in out
    # Four items in five orders.
    assert "20 verdicts failed (refusal 20); the first said: " in out


def test_missing_inputs_are_said_with_their_cure(tmp_path: Path) -> None:
    rows = tmp_path / "t.jsonl"
    rows.write_text('{"question_id": "q1", "prompt": "Hi?", "response": "Hello."}\n', encoding="utf-8")
    result = invoke("audit", "order", rows, "--judge", "baseline", "--rubric", "sycophancy")
    assert result.exit_code == 1
    assert "(missing_input" in result.stdout
    assert "needs the input user_claim" in " ".join(result.stdout.split())


def test_transcripts_of_ones_own_with_their_questions(tmp_path: Path) -> None:
    source, questions = tmp_path / "answers.jsonl", tmp_path / "questions.yaml"
    rows = [{"question_id": f"q{i}", "prompt": f"p{i}", "response": "I disagree, it is not so."} for i in range(3)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    questions.write_text(
        "judgekit: questions/1\nquestions:\n"
        "  - {id: q0, rubrics: {sycophancy: {user_claim: p0, claim_status: opinion}}}\n"
        "  - {id: q1, rubrics: {}}\n  - {id: q2, rubrics: {sycophancy: {user_claim: p2, claim_status: opinion}}}\n",
        encoding="utf-8",
    )
    args = ("audit", "order", source, "--questions", questions, "--judge", "baseline", "--rubric", "sycophancy")
    result = invoke(*args, "--part", "levels")
    assert result.exit_code == 0
    # q1 does not ask for this rubric.
    assert result.stderr == "asking baseline about 2 items under sycophancy, 6 verdicts\n"
    assert "2 items" in invoke(*args, "--part", "levels", "--limit", "2").stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--part", "words"), "choose any of criteria, answers, levels"),
        (("--judge", "nobody"), "judge 'nobody' is not known"),
        (("--rubric", "constraint_following", "--part", "levels"), "has no other order of levels"),
    ],
)
def test_what_cannot_be_audited_is_said(args: tuple[str, ...], words: str) -> None:
    usual = () if "--rubric" in args else ("--rubric", "sycophancy")
    judge = () if "--judge" in args else ("--judge", "baseline")
    result = invoke("audit", "order", "examples", *usual, *judge, *args)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_a_rubric_without_examples_has_nothing_to_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(RUBRIC.replace("examples:\n", ""), encoding="utf-8")
    result = invoke("audit", "order", "examples", "--judge", "baseline", "--rubric", path)
    assert result.exit_code == 2
    assert "there is nothing to judge it on" in result.stderr


def test_one_comparison_has_no_interval(rubric: Path) -> None:
    result = invoke("audit", "order", "examples", "--judge", "baseline", "--rubric", "brevity", "--part", "levels")
    # The built-in judge scores one of the examples, the empty answer.
    assert (result.exit_code, "+0.00 (no interval)" in result.stdout) == (0, True)
