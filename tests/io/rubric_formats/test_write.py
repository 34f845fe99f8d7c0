"""What is written as YAML reads back the same, whatever its texts hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from judgekit.io import load_questions, load_rubric
from judgekit.io.rubric_formats.write import questions_text, rubric_text, yaml_text
from judgekit.question import Question, QuestionSet
from judgekit.rubric import Rubric

TRICKY = [
    *"ab \n\t\r:#-'\"|>{[%&*!?~",
    "\x85",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\x00",
    "\x07",
    "\x7f",
    "\x9f",
    "\U0001f600",
]
TEXTS = st.text(st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=12)


@given(TEXTS, TEXTS)
def test_a_rubric_and_its_questions_read_back_the_same(one: str, other: str) -> None:
    assume("{%" not in one and "{{" not in one)  # template syntax is refused in a rubric
    rubric = Rubric.from_text("It is polite.").model_copy(update={"summary": one})
    questions = QuestionSet(questions=(Question(id="q1", note=other, rubrics={"tone": {"wanted": [other, one]}}),))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "r.yaml").write_text(rubric_text(rubric), encoding="utf-8")
        assert load_rubric(place / "r.yaml").model_dump() == rubric.model_dump()
        (place / "q.yaml").write_text(questions_text(questions), encoding="utf-8")
        assert load_questions(place / "q.yaml").model_dump() == questions.model_dump()


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b\nc", "\ufeffa", "\n", " a\nb", "a\nb\n\n", "a\rb", "a\nb \n"])
def test_ends_of_lines_that_yaml_reads_otherwise_are_escaped(text: str) -> None:
    written = yaml_text({"text": text})
    assert yaml.safe_load(written) == {"text": text}
    assert not set("\u2028\x85\ufeff\r") & set(written)


def test_lines_stay_lines_for_people() -> None:
    assert yaml_text({"text": "one\n  two\n"}) == "text: |\n  one\n    two\n"
