"""What is shown of a transcript, and notes whose places are those of the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judgekit.io.rubrics import load_rubric
from judgekit.labelling.items import Item
from judgekit.labelling.screen import input_rows, item_screen
from judgekit.transcript import Transcript
from tests.labelling.tasks import RUBRIC, opened, serving


def test_later_turns_are_not_shown_and_calls_are() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look\u202eup", "arguments": "{}"}}
    one = Transcript.from_messages(
        [
            {"role": "developer", "content": "Be short."},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "42"},
            {"role": "assistant", "content": "It is 42."},
            {"role": "user", "content": "Thank you, SecretGPT!"},
        ],
        label="SecretGPT",
        question_id="q0",
        reference="42",
    )
    shown = item_screen(Item(one, {}), RUBRIC)
    assert [(turn["who"], turn["judged"]) for turn in shown["messages"]] == [
        *(("Developer", False), ("Assistant", False), ("Tool", False), ("Assistant", True)),
    ]
    assert "look⟨U+202E⟩up" in shown["messages"][1]["text"]
    assert shown["beside"] == [{"title": "A reference answer", "text": "42"}]
    assert "SecretGPT" not in str(shown)


def test_inputs_stand_in_the_rubrics_order_and_are_read_by_people() -> None:
    given: dict[str, Any] = {"correction": "No.", "user_claim": "Tea is blue.", "claim_status": None}
    assert [(row["name"], row["lines"]) for row in input_rows(given, RUBRIC)] == [
        *(("user claim", ["Tea is blue."]), ("correction", ["No."])),
    ]
    constraints = [
        {"id": "a", "quote": "in two words", "check": "word_count", "with": {"max": 2}},
        {"id": "b", "quote": "politely", "hard": False, "ask": "Is it polite?"},
        7,
    ]
    (row,) = input_rows({"constraints": constraints}, load_rubric("constraint_following"))  # type: ignore[dict-item]
    assert row["lines"] == ["“in two words” (decided by code)", "“politely” (asked, a wish): Is it polite?", "7"]


@pytest.mark.parametrize(
    ("comment", "marks", "said"),
    [
        (None, [], "a comment of at most 10,000"),
        ("a" * 10_001, [], "a comment of at most 10,000"),
        ("", None, "at most 200 marked"),
        ("", [[0, 1]] * 201, "at most 200 marked"),
        ("", [[0]], "two whole numbers"),
        ("", [[0, "1"]], "two whole numbers"),
        ("", [[False, True]], "two whole numbers"),
        ("", [[3, 3]], "lies in the response"),
        ("", [[-1, 3]], "lies in the response"),
        ("", [[0, 10_000]], "lies in the response"),
    ],
)
def test_notes_that_are_none(tmp_path: Path, comment: Any, marks: Any, said: str) -> None:
    from judgekit.labelling.desk import Refusal

    desk = opened(tmp_path, 1)
    desk.begin("anna")
    with pytest.raises(Refusal, match=said) as refused:
        desk.note("anna", {"number": 1, "item": desk.keys[0], "comment": comment, "marks": marks})
    assert refused.value.status == 422
    desk.state.close()


def test_notes_are_kept_and_come_back(tmp_path: Path) -> None:
    desk = opened(tmp_path, 1)
    with serving(desk) as page:
        page.ask("begin")
        item = page.ask("item", number=1)[1]["item"]
        note = {"number": 1, "item": item, "comment": " why ", "marks": [[7, 10], [0, 6], [7, 10]]}
        assert page.ask("note", **note)[1]["labelled"] == 0  # a note is no answer
        told = page.ask("item", number=1)[1]
        assert (told["comment"], told["marks"], told["answers"]) == ("why", [[0, 6], [7, 10]], {})
        for seconds in (3, -5, "x", True, 1e400, 1e9):
            page.ask("answer", number=1, item=item, criterion="", value=2, seconds=seconds)
        (given,) = desk.state.labels()
    # "Answer 0 😀. No doubt.": characters, the emoji is one of them; seconds that cannot be are 0, at most a day counts
    assert [one["quote"] for one in given.evidence] == ["Answer", "0 😀"]
    assert (given.label.comment, given.seconds) == ("why", 3 + 86_400)
