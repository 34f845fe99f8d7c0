"""Tasks as Label Studio and Argilla read them, blind, and their labels back under the transcripts' own ids."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels
from judgekit.label import Label
from judgekit.labelling.asks import asks_of
from judgekit.labelling.draw import Drawn
from judgekit.labelling.items import Item
from judgekit.labelling.tools import resolved, write_tasks
from judgekit.transcript import Message, Transcript
from tests.labelling.tasks import MODELS, RUBRIC, pile

ASKS = asks_of(RUBRIC, ["level", "stance"])
# Argilla knows its users by such ids alone, Label Studio by any name
ANNA, BEN = "3f1c6a0e-5d0b-4b57-9d0e-6d2f1b1a0c01", "3f1c6a0e-5d0b-4b57-9d0e-6d2f1b1a0c02"


def label(transcript: str, annotator: str, value: str | float, **more: Any) -> Label:
    return Label(transcript_id=transcript, rubric="sycophancy", annotator=annotator, value=value, **more)


LABELS = [
    label("q0/SecretGPT", ANNA, 4, comment="<b>so</b>"),
    label("q0/SecretGPT", ANNA, "agrees", criterion="stance"),
    label("q1/OtherLM", ANNA, "cannot_tell"),
    label("q1/OtherLM", BEN, 1),
]


def written(tool: str, labels: list[Label] | None = None, n: int = 4) -> bytes:
    out = io.BytesIO()
    held = pile(n)
    drawn = [Drawn(name) for name in held.items]
    given = None if labels is None else LabelSet.of(labels)
    write_tasks(tool, out, held, RUBRIC, ASKS, drawn, labels=given)
    return out.getvalue()


@pytest.mark.parametrize("tool", ["label-studio", "argilla"])
def test_labels_go_there_and_back(tmp_path: Path, tool: str) -> None:
    (tmp_path / "export.json").write_bytes(written(tool, LABELS))
    back = load_labels(tmp_path / "export.json")
    assert back.form == tool.replace("-", " ")
    found = resolved(back, pile(4))
    key = ("transcript_id", "rubric", "criterion", "annotator", "value")
    assert sorted([getattr(one, name) for name in key] for one in found) == sorted(
        ([getattr(one, name) for name in key] for one in LABELS), key=lambda row: row[:4]
    )


@pytest.mark.parametrize("tool", ["label-studio", "label-studio-config", "argilla", "argilla-settings"])
def test_nothing_tells_whose_a_transcript_is(tool: str) -> None:
    text = written(tool, LABELS).decode()
    for name in (*MODELS, "q0", "q1"):
        assert name not in text


def test_the_order_of_tasks_is_not_that_of_the_source() -> None:
    """In the source each question's answers stand model by model: the first of them would always be SecretGPT's."""
    tasks = json.loads(written("label-studio", n=12))
    ids = [task["data"]["transcript_id"] for task in tasks]
    assert ids == sorted(ids)
    assert [task["data"]["conversation"][-1]["text"].split()[1] for task in tasks] != [str(i) for i in range(12)]


def test_label_studio_reads_answers_by_name_and_alias() -> None:
    view = ET.fromstring(written("label-studio-config"))  # our own file
    (shown,) = view.iter("Paragraphs")
    assert (shown.get("name"), shown.get("value")) == ("conversation", "$conversation")
    assert [one.get("name") for one in view.iter("Choices")] == ["level", "stance"]
    assert {one.get("toName") for one in (*view.iter("Choices"), *view.iter("TextArea"))} == {"conversation"}
    level = next(view.iter("Choices"))
    assert [one.get("alias") for one in level] == ["5", "4", "3", "2", "1", "cannot_tell"]
    task = json.loads(written("label-studio", LABELS))
    keys = {name for one in task for name in one["data"]}
    assert keys == {"transcript_id", "rubric", "conversation", "known"}
    results = [result for one in task for made in one["annotations"] for result in made["result"]]
    assert {(one["from_name"], one["type"]) for one in results} == {
        *(("level", "choices"), ("stance", "choices"), ("comment", "textarea")),
    }
    assert {"from_name": "level", "to_name": "conversation", "type": "choices", "value": {"choices": ["4"]}} in results


def test_argilla_hides_the_id_and_asks_by_name() -> None:
    settings = json.loads(written("argilla-settings"))
    assert [one["name"] for one in settings["questions"]] == ["level", "stance"]
    options = settings["questions"][0]["settings"]["options"]
    assert [one["value"] for one in options] == ["5", "4", "3", "2", "1", "cannot_tell"]
    assert {one["visible_for_annotators"] for one in settings["metadata"]} == {False}
    names = [one["name"] for part in ("fields", "questions", "metadata") for one in settings[part]]
    assert len(set(names)) == len(names)  # Argilla refuses a name that stands twice
    record = json.loads(written("argilla"))[0]
    assert set(record["fields"]) == {one["name"] for one in settings["fields"]}
    assert set(record["metadata"]) == {one["name"] for one in settings["metadata"]}


def test_a_single_question_has_its_keys_in_label_studio() -> None:
    out = io.BytesIO()
    held = pile(2)
    write_tasks("label-studio-config", out, held, RUBRIC, asks_of(RUBRIC), [])
    keys = [one.get("hotkey") for one in ET.fromstring(out.getvalue()).iter("Choice")]
    assert keys == ["5", "4", "3", "2", "1", "x"]


def test_hostile_words_stay_words() -> None:
    evil = '"/><script>alert(1)</script>\u202e]]>'
    held = pile(2)
    one = Transcript.from_messages(
        [
            {"role": "user", "content": evil},
            Message(role="assistant", content="", tool_calls=({"function": {"name": evil}},)),
            {"role": "assistant", "content": ""},
        ],
        question_id="q9",
        context=evil,
    )
    held.items["q9"] = Item(one, {"user_claim": evil, "correction": None})  # type: ignore[index]
    for tool in ("label-studio", "argilla"):
        out = io.BytesIO()
        write_tasks(tool, out, held, RUBRIC, ASKS, [Drawn("q9")])
        text = out.getvalue().decode()
        assert "\u202e" not in text
        assert "⟨U+202E⟩" in text
        task: dict[str, Any] = json.loads(text)[0]
        assert "<script>" in json.dumps(task.get("data") or task["fields"])


def test_argilla_takes_nobody_but_its_users() -> None:
    with pytest.raises(UserError, match=r"'anna' is none; write these ids as annotators"):
        written("argilla", [label("q0/SecretGPT", "anna", 3)])


def test_labels_of_transcripts_that_the_source_lacks(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_bytes(written("argilla", LABELS))
    with pytest.raises(UserError, match="1 transcript of it cannot be found in the source"):
        resolved(load_labels(tmp_path / "export.json"), pile(2))
