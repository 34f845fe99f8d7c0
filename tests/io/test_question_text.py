"""Question files as text: what is there stays as it is written, and what is new reads back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import load_questions
from judgekit.io.question_text import entry_text, new_text, read_text, whole_text
from judgekit.question import Question

DEMO = Path(__file__).resolve().parents[2] / "judgekit" / "cli" / "demo_data" / "questions.yaml"
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "yes",
            "no",
            "1:30",
            "1.10",
            "- a",
            "{x}",
            "a: b",
            "# c",
            "",
            "2026-01-01",
            "null",
            "~",
            "\x85",
            "\u2028a",
            "a\n b\n",
            "\r",
            "\ufeff",
        ]
    ),
)


def test_the_shipped_file_is_written_as_it_is_read() -> None:
    held = read_text(DEMO)
    assert len(held.entries) == 30
    assert whole_text(held.head, [*held.entries.values()]) == DEMO.read_text(encoding="utf-8")


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.one_of(TEXTS, st.lists(TEXTS, min_size=1)), min_size=1))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, inputs: dict[str, object]) -> None:
    question = Question.model_validate({"id": "q1", "drafted_by": "model", "rubrics": {"kind": inputs}, "note": "x"})
    path = tmp_path_factory.mktemp("q") / "q.yaml"
    head = new_text("T")
    path.write_bytes(whole_text(head.head, [entry_text(question, {"kind": ["d (yes, no)"]})]).encode())
    (back,) = load_questions(path)
    assert back == question
    assert "    # kind: a person has to add d (yes, no)\n" in path.read_text(encoding="utf-8")


def test_a_new_entry_takes_the_indent_of_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(
        "judgekit: questions/1\nquestions:\n- id: a   # mine\n  note: x\n# between\n- id: b", encoding="utf-8"
    )
    held = read_text(path)
    assert (held.indent, held.entries["a"]) == (0, "- id: a   # mine\n  note: x\n# between\n")
    more = entry_text(Question(id="c"), {}, held.indent)
    path.write_text(whole_text(held.head, [*held.entries.values(), more]), encoding="utf-8")
    assert [question.id for question in load_questions(path)] == ["a", "b", "c"]
    assert "- id: a   # mine\n  note: x\n# between\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["questions: [{id: a}, {id: b}]\n", "questions:\n  -\n    id: a\n"])
def test_entries_without_lines_of_their_own_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(f"judgekit: questions/1\n{text}", encoding="utf-8")
    with pytest.raises(UserError, match="each question on lines of its own"):
        read_text(path)
