"""docs/rubrics.md: every example in it is read by the real loaders, and every key of the formats stands in it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from pydantic import BaseModel

from judgekit.io import attach, load_questions, load_rubric
from judgekit.judging.lint import lint_rubric
from judgekit.judging.rubric_test import try_rubric
from judgekit.label import LabelledBy
from judgekit.measure import Measure
from judgekit.question import Constraint, Pair, Question, QuestionSet
from judgekit.rubric import CheckSpec, Criterion, Example, Expect, InputSpec, OnFail, Rubric, Rule
from judgekit.running.judge import Judge
from judgekit.transcript import Transcript
from tests.cli.running import invoke

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "rubrics.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.M | re.S)
WHOLE = [
    block for block in BLOCKS if block.startswith("judgekit: rubric/1") and "\nversion:" in block and "levels:" in block
]
POINTS = [block for block in BLOCKS if "level_from: points" in block]
QUESTIONS = [block for block in BLOCKS if block.startswith("judgekit: questions/1")]
PARTS = [block for block in BLOCKS if block not in (*WHOLE, *POINTS, *QUESTIONS)]


def sections(text: str) -> dict[str, str]:
    """The text of each key at the top level."""
    return {part.partition(":")[0]: part for part in re.split(r"^(?=\w)", text, flags=re.M) if part}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_page_holds_the_blocks_that_are_tested() -> None:
    assert (len(WHOLE), len(POINTS), len(QUESTIONS), len(PARTS)) == (1, 1, 1, 11)


@pytest.mark.parametrize(
    ("name", "text"), [("refund_answer", *WHOLE), ("checklist", *POINTS)], ids=["levels", "points"]
)
def test_a_whole_rubric_loads_lints_and_fits(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path, name, text)
    rubric = load_rubric(path)
    assert rubric.name == name
    assert lint_rubric(path) == []
    assert [result.problems for result in try_rubric(rubric)] == [()] * len(rubric.examples)


@pytest.mark.parametrize("part", PARTS, ids=[part.split(":")[0] for part in PARTS])
def test_a_part_fits_into_the_whole_rubric(tmp_path: Path, part: str) -> None:
    path = write(tmp_path, "refund_answer", "".join((sections(WHOLE[0]) | sections(part)).values()))
    rubric = load_rubric(path)
    assert {finding.level for finding in lint_rubric(path)} <= {"warning"}
    assert [result.problems for result in try_rubric(rubric)] == [()] * len(rubric.examples)


def test_the_points_add_up_as_the_page_says(tmp_path: Path) -> None:
    rubric = load_rubric(write(tmp_path, "checklist", *POINTS))
    assert "the most is 5" in " ".join(TEXT.split())
    assert (
        sum(max(c.points_for(answer) for answer in c.answers) for c in rubric.criteria if c.id != "blames_the_user")
        == 5
    )


def test_the_question_file_loads_and_fits_its_prompt(tmp_path: Path) -> None:
    (text,) = QUESTIONS
    questions = load_questions(write(tmp_path, "questions", text))
    prompt = re.findall(r"# (.+)", text)[0]
    answer = Transcript.from_text(prompt, "Yes.", label="Model2", question_id="q01-shoes")
    ((transcript, question),) = attach([answer], questions)
    assert question is questions.questions[0]
    assert transcript.provenance == "third_party_summary"


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^\$ judgekit (.+)$", TEXT, re.M)
    assert len(commands) == 3
    for command in commands:
        assert invoke(*shlex.split(command)).exit_code == 0, command


MODELS = (Rubric, InputSpec, CheckSpec, OnFail, Criterion, Measure, Rule, Example, Expect, LabelledBy)
MODELS_OF_QUESTIONS = (QuestionSet, Question, Constraint, Pair)


@pytest.mark.parametrize("model", [*MODELS, *MODELS_OF_QUESTIONS])
def test_every_key_is_explained_or_shown(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"\b{field.alias or name}\b", TEXT), name


def test_the_rubric_and_the_question_file_of_the_page_work_together(tmp_path: Path) -> None:
    (rubric,), (questions,) = WHOLE, QUESTIONS
    write(tmp_path, "refund_answer", rubric)
    path = write(tmp_path, "questions", questions)
    prompt = "The shoes do not fit. Can I return them? Answer in one line, and be polite."
    rows = [{"question_id": "q01-shoes", "label": "Model1", "prompt": prompt, "response": "Yes, within 30 days."}]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) for row in rows), encoding="utf-8")
    with Judge("baseline") as judge:
        run = judge.score_many(tmp_path / "answers.jsonl", questions=path)
        assert sorted((v.rubric, v.failure) for v in run.verdicts()) == [
            ("constraint_following", None),
            ("refund_answer", None),
        ]
