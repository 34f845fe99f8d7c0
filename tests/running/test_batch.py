"""Which rubrics a batch judges under: those given, or each question's own, shipped or from a file of one's own."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from judgekit.transcript import Transcript

POLITE = """\
judgekit: rubric/1
name: polite
version: "1.0.0"
inputs:
  policy: {required: true, about: "the rule"}
checks:
  - {id: short, check: word_count, with: {at_most: 3}}
criteria:
  - {id: insults, ask: "Does it insult?", evidence: if_yes}
levels: {1: "rude", 2: "civil"}
"""
ROWS = [{"question_id": f"q{i}", "label": "m", "prompt": "Hi?", "response": f"Hello {i}."} for i in (1, 2)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "polite.yaml").write_text(POLITE)
    return tmp_path


def questions(folder: Path, first: str, second: str = "") -> Path:
    path = folder / "q.yaml"
    path.write_text(
        "judgekit: questions/1\nquestions:\n"
        f'  - {{id: q1, rubrics: {{{first}: {{policy: "Be kind."}}}}}}\n'
        f'  - {{id: q2, rubrics: {{{second or first}: {{policy: "Be kind."}}}}}}\n'
    )
    return path


@pytest.mark.parametrize("key", ["polite", "polite.yaml", "./polite.yaml"])
def test_a_rubric_of_ones_own_is_found_beside_the_question_file(
    folder: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = questions(folder, key)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with Judge("baseline") as judge:
        verdicts = [*judge.score_many(folder / "t.jsonl", questions=path).verdicts()]
    assert [(v.transcript_id, v.rubric, v.failure) for v in verdicts] == [
        ("q1/m", "polite", None),
        ("q2/m", "polite", None),
    ]


def test_one_rubric_may_be_called_by_its_name_and_by_its_file(folder: Path) -> None:
    with Judge("baseline") as judge:
        run = judge.score_many(folder / "t.jsonl", questions=questions(folder, "polite", "polite.yaml"))
        assert run.summary().rubrics == {"polite": "1.0.0"}


def test_given_rubrics_take_their_inputs_under_any_of_their_names(folder: Path) -> None:
    path = questions(folder, "polite.yaml", "polite")
    with Judge("baseline") as judge:
        run = judge.score_many(folder / "t.jsonl", folder / "polite.yaml", questions=path)  # one, not in a list
        assert [v.failure for v in run.verdicts()] == [None, None]


def test_two_rubrics_of_one_name_are_refused(folder: Path) -> None:
    (folder / "other.yaml").write_text(POLITE.replace("Does it insult?", "Does it shout?"))
    path = questions(folder, "polite", "other.yaml")
    with Judge("baseline") as judge, pytest.raises(UserError, match=r"two different rubrics 'polite' \('other\.yaml'"):
        judge.score_many(folder / "t.jsonl", questions=path)


def test_a_rubric_that_is_nowhere_is_a_user_error(folder: Path) -> None:
    with Judge("baseline") as judge, pytest.raises(UserError, match="there is no rubric 'polit'"):
        judge.score_many(folder / "t.jsonl", questions=questions(folder, "polit"))


def test_a_transcript_without_a_question_says_what_to_do(folder: Path) -> None:
    (folder / "more.jsonl").write_text(json.dumps({**ROWS[0], "question_id": "q9", "prompt": "Who?"}) + "\n")
    with Judge("baseline") as judge, pytest.raises(UserError, match="'q9' is not in the question file"):
        judge.score_many(folder / "more.jsonl", questions=questions(folder, "polite"))


def test_a_run_that_takes_in_another_source_says_so(folder: Path) -> None:
    (folder / "more.jsonl").write_text(json.dumps({**ROWS[0], "question_id": "q9"}) + "\n")
    said: list[str] = []
    with Judge("baseline") as judge:
        for name in ("t.jsonl", "t.jsonl", "more.jsonl"):
            judge.score_many(folder / name, ["brevity"], store=folder / "run.db", on_warning=said.append)
    assert len(said) == 1
    assert "also holds verdicts on " in said[0]
    assert "t.jsonl, and all are counted" in said[0]


def test_a_question_without_a_rubric_is_not_left_out_in_silence(folder: Path) -> None:
    path = folder / "q.yaml"
    path.write_text("judgekit: questions/1\nquestions:\n  - {id: q1, rubrics: {}}\n")
    with Judge("baseline") as judge:
        with pytest.raises(UserError, match="question 'q1' names no rubric"):
            judge.score_many(folder / "t.jsonl", questions=path)
        with pytest.raises(UserError, match="no rubric was given"):
            judge.score_many(folder / "t.jsonl", [])


def test_a_rubric_given_twice_is_judged_once(folder: Path) -> None:
    with Judge("baseline") as judge:
        assert judge.score_many(folder / "t.jsonl", ["brevity", "brevity"]).summary().verdicts == 2


def test_two_texts_of_one_id_are_refused_when_the_run_is_resumed_too(folder: Path) -> None:
    same = [Transcript.from_text("Hi?", text) for text in ("Hello.", "Hey.")]
    with Judge("baseline") as judge:
        for _ in range(2):
            with pytest.raises(UserError, match=r"two different transcripts have the id .* another label \(label=\)"):
                judge.score_many(same, [Rubric.from_text("It is kind.")], store=folder / "run.db", concurrency=1)


def test_a_sync_call_in_a_callback_is_refused_and_does_not_hang(folder: Path) -> None:
    with Judge("baseline") as judge:

        def progress(_: object) -> None:
            judge.score(Transcript.from_text("Hi?", "Hello."), "brevity", inputs={"wanted": "w", "enough": "e"})

        with pytest.raises(UserError, match="await the async one"):
            judge.score_many(folder / "t.jsonl", ["brevity"], progress=progress)


def test_a_temporary_run_leaves_nothing_behind_when_it_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    (folder / "tmp").mkdir()
    same = [Transcript.from_text("Hi?", text) for text in ("Hello.", "Hey.")]
    with Judge("baseline") as judge, pytest.raises(UserError, match="two different transcripts"):
        judge.score_many(same, [Rubric.from_text("It is kind.")])
    assert [*(folder / "tmp").iterdir()] == []
