"""Labels in exports of Label Studio and Argilla, in the shapes that their documentation and sources give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels

Row = tuple[str, str, str, str, float | str]


def load(folder: Path, records: Any, mapping: dict[str, str] | None = None) -> LabelSet:
    path = folder / "export.json"
    path.write_text(json.dumps(records, indent=1), encoding="utf-8")
    return load_labels(path, mapping=mapping)


def rows(labels: LabelSet) -> list[Row]:
    return [(one.transcript_id, one.rubric, one.criterion, one.annotator, one.value) for one in labels]


def result(name: str, form: str, **value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": form, "value": value}


def task(*annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"transcript_id": "q1/A", **data}, "annotations": list(annotations), "predictions": [{}]}


def by(who: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "completed_by": who, "was_cancelled": False, "result": list(results), **more}


def test_controls_of_label_studio(tmp_path: Path) -> None:
    one = by(
        {"id": 3, "email": "anna@example.org"},
        result("tone", "rating", rating=4),
        result("tone.stance", "choices", choices=["keeps"]),
        result("tone.words", "number", number=12.5),
        result("better", "pairwise", selected="left"),
        result("why", "textarea", text=["one", "two"]),
        result("many", "choices", choices=["a", "b"]),
        result("spot", "labels", start=0, end=4, labels=["x"]),
        result("empty", "choices", choices=[]),
        {"type": "relation", "value": {}},
        created_at="2026-01-31T09:30:00.123Z",
    )
    labels = load(tmp_path, [task(one, by(4, was_cancelled=True), by(5, result("tone", "rating", rating=2)))])
    assert rows(labels) == [
        ("q1/A", "tone", "", "anna@example.org", 4.0),
        ("q1/A", "tone", "stance", "anna@example.org", "keeps"),
        ("q1/A", "tone", "words", "anna@example.org", 12.5),
        ("q1/A", "better", "", "anna@example.org", "left"),
        ("q1/A", "tone", "", "5", 2.0),
    ]
    first = next(iter(labels))
    assert first.comment == "one\ntwo"
    assert first.created is not None
    assert first.created.isoformat() == "2026-01-31T09:30:00.123000+00:00"
    assert labels.form == "label studio"
    assert dict(labels.skipped) == {
        "cancelled annotation": 1,
        "labels result": 1,
        "no value": 1,
        "relation result": 1,
        "several choices": 1,
    }


@pytest.mark.parametrize(
    ("question", "wanted"),
    [("level", ""), ("tone", ""), ("stance", "stance"), ("tone.stance", "stance")],
)
def test_a_rubric_in_the_data(tmp_path: Path, question: str, wanted: str) -> None:
    labels = load(tmp_path, [task(by(1, result(question, "rating", rating=1)), rubric="tone")])
    assert [(one.rubric, one.criterion) for one in labels] == [("tone", wanted)]


def test_where_the_transcript_is_named(tmp_path: Path) -> None:
    record = {"id": 7, "data": {"id": 12, "n": {"x": "q9"}}, "annotations": [by(1, result("t", "rating", rating=1))]}
    assert rows(load(tmp_path, [record]))[0][0] == "12"
    assert rows(load(tmp_path, [record], {"transcript_id": "data.n.x"}))[0][0] == "q9"
    assert rows(load(tmp_path, [record], {"transcript_id": "id", "rubric": "data.id"}))[0][:2] == ("7", "12")


@pytest.mark.parametrize(
    ("record", "mapping", "said"),
    [
        (
            {"data": {"text": "x"}, "annotations": []},
            {},
            "no 'data.transcript_id'; its data are text; say where with --map transcript_id=data.NAME",
        ),
        (
            {"data": {}, "annotations": []},
            {"transcript_id": "data.item"},
            "no 'data.item'; its data are none; say where with --map transcript_id=data.NAME",
        ),
        (
            task(),
            {"rubric": "data.x"},
            "no 'data.x'; its data are transcript_id; say where with --map rubric=data.NAME",
        ),
        (
            task(),
            {"value": "x"},
            "--map value has no use here: the file is an export of label studio; transcript_id, rubric have",
        ),
        (task({"result": "x"}), {}, "annotations.0.result: wanted a list, came text"),
        ({"data": {"id": 1}, "annotations": [3]}, {}, "annotations.0: wanted an object, came a number"),
        (
            task({"result": []}),
            {},
            "annotations.0.completed_by is missing; export with the annotators, so that they can be compared",
        ),
        (task(by(1, {"value": {}})), {}, "annotations.0.result.0.type: wanted text, came null"),
        (
            task(by(1, {"type": "rating", "from_name": "x"})),
            {},
            "annotations.0.result.0.value: wanted an object, came null",
        ),
        (
            task(by(1, result("x", "rating", rating={}))),
            {},
            "annotations.0.result.0.value.rating: wanted a number or text, came an empty object",
        ),
        (
            task(by(1, created_at="now")),
            {},
            "annotations.0.created_at: wanted a date such as 2026-01-31T09:30:00Z, came 'now'; mend it, or "
            "rename the column",
        ),
        (
            {"id": "q", "fields": {}, "responses": {"tone": 3}},
            {},
            "responses.tone: wanted a list of objects, came a number",
        ),
        (
            {"id": "q", "tone.responses": [1, 2], "tone.responses.users": ["a"]},
            {},
            "tone.responses: wanted a user for each response; came 2 and 1",
        ),
    ],
)
def test_what_is_wrong(tmp_path: Path, record: Any, mapping: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as error:
        load(tmp_path, [record], mapping)
    assert str(error.value).replace(f"{tmp_path}/", "") == f"export.json, line 2: {said}"


NESTED = {
    "id": "q1/A",
    "fields": {"text": "x"},
    "metadata": {},
    "suggestions": {"tone": {"value": 1, "agent": "model"}},
    "responses": {
        "tone": [{"value": 4, "user_id": "anna"}, {"value": "5", "user_id": "ben"}],
        "tone.stance": [{"value": "keeps", "user_id": "anna"}, {"value": ["a", "b"], "user_id": "ben"}],
        "nobody": None,
    },
}
FLAT = {
    "id": "record-1",
    "transcript_id": "q1/A",
    "tone.responses": [4, "5", 1],
    "tone.responses.users": ["anna", "ben", "cy"],
    "tone.responses.status": ["submitted", "submitted", "discarded"],
    "tone.suggestion": 2,
    "stance.responses": None,
}
FIRST = {
    "fields": {"text": "x"},
    "external_id": "q1/A",
    "metadata": {"rubric": "tone"},
    "responses": [
        {"user_id": "anna", "status": "submitted", "values": {"level": {"value": 4}}},
        {"user_id": "ben", "status": "submitted", "values": {"level": {"value": "5"}}},
        {"user_id": "cy", "status": "draft", "values": {"level": {"value": 1}}},
        {"user_id": "di", "status": "discarded", "values": None},
    ],
}


@pytest.mark.parametrize(
    ("record", "skipped"),
    [(NESTED, {"several answers": 1}), (FLAT, {"discarded response": 1}), (FIRST, {"draft response": 1})],
)
def test_records_of_argilla(tmp_path: Path, record: Any, skipped: dict[str, int]) -> None:
    labels = load(tmp_path, [record])
    assert [row for row in rows(labels) if row[2] == ""] == [
        ("q1/A", "tone", "", "anna", 4.0),
        ("q1/A", "tone", "", "ben", "5"),
    ]
    assert (labels.form, dict(labels.skipped)) == ("argilla", skipped)


def test_a_record_of_argilla_by_mapping(tmp_path: Path) -> None:
    record = {**NESTED, "metadata": {"item": "q2", "r": "tone"}}
    found = rows(load(tmp_path, [record], {"transcript_id": "metadata.item", "rubric": "metadata.r"}))
    assert found[0] == ("q2", "tone", "", "anna", 4.0)
    assert found[2] == ("q2", "tone", "stance", "anna", "keeps")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "value", "choices", "rating", "user_id", "status", "text", "x"]), inner
        )
    ),
    max_leaves=6,
)
ONE = st.fixed_dictionaries(
    {"type": JSON | st.sampled_from(["choices", "rating", "textarea"]), "from_name": JSON, "value": JSON}
)
ANNOTATION = st.fixed_dictionaries({}, optional={"completed_by": JSON, "result": JSON | st.lists(ONE, max_size=2)})
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "data": JSON | st.just({"transcript_id": "q"}),
        "annotations": JSON | st.lists(ANNOTATION | JSON, max_size=2),
        "fields": JSON,
        "metadata": JSON,
        "responses": JSON | st.lists(st.fixed_dictionaries({"values": JSON}), max_size=2),
        "tone.responses": JSON,
        "tone.responses.users": JSON,
        "tone.responses.status": JSON,
    },
)


@settings(deadline=None, max_examples=300)
@given(records=st.lists(RECORD, min_size=1, max_size=3))
@pytest.mark.slow
def test_whatever_stands_there_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for first in (task(), {"id": "q", "fields": {}, "responses": {}}):
        try:
            labels = load(folder, [first, *records])
        except UserError as error:
            assert "\n" not in str(error)
        else:
            assert all(one.transcript_id and one.annotator for one in labels)
