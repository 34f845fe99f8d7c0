"""A noun that is made by hand and wrong is one line that says where, what came and what was wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

import judgekit as jk
from judgekit.errors import UserError
from judgekit.label import Label

LABEL: dict[str, Any] = {"transcript_id": "q1/A", "rubric": "tone", "annotator": "anna", "value": 3}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Label(**{**LABEL, "value": None}), r"Label: value: .*number \(came: None\)"),
        (lambda: Label(**{**LABEL, "level": 3}), r"Label: level: Extra inputs are not permitted \(came: 3\)"),
        (lambda: jk.Transcript.from_text("a", None), r"content: Input should be a valid string \(came: None\)"),  # type: ignore[arg-type]
        (lambda: jk.Transcript.from_text("a", "b", sha256="0"), r"Transcript: .*sha256 is that of another text"),
        (
            lambda: jk.Transcript.from_messages([{"role": "user", "content": "a"}, {"role": "bot", "content": "b"}]),
            r"messages\.1: role: .*'assistant' or 'tool' \(came: 'bot'\)",
        ),
        (lambda: jk.Transcript.from_messages([{"role": "user"}]), "needs at least one assistant message"),
        (lambda: jk.Transcript.from_messages([3]), r"messages\.0: .*\(came: 3\)"),  # type: ignore[list-item]
        (lambda: jk.Transcript.from_messages("hello"), r"messages: wanted a list of mappings .*; came str"),  # type: ignore[arg-type]
        (lambda: jk.Transcript.from_messages({"role": "user"}), r"messages: wanted a list .*; came dict"),  # type: ignore[dict-item]
        (lambda: jk.Transcript.from_messages(None), r"messages: wanted a list .*; came NoneType"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_noun_is_one_line(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_what_is_read_still_says_everything_that_is_wrong() -> None:
    """Readers name file and line themselves, so they get pydantic's own list."""
    with pytest.raises(ValidationError) as caught:
        Label.model_validate({**LABEL, "value": None, "rubric": 3})
    assert {error["loc"][0] for error in caught.value.errors()} == {"value", "rubric"}
