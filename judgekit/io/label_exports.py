"""Labels in what labelling tools export: Label Studio's JSON (one task a record) and Argilla's records.

Who exports names the transcript in each task's data (`transcript_id`, or by mapping), and calls each question after its
rubric: `sycophancy` for the level, `sycophancy.stance` for a criterion. Where the data hold a `rubric`, a question is a
criterion of it, unless it is called `level` or after the rubric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from judgekit.io.cells import date, json_name, json_value
from judgekit.io.chat import kind
from judgekit.io.label_set import LabelMaker
from judgekit.io.mapping import MISSING, find

READ = ("transcript_id", "rubric")
"""What a mapping may say of an export."""
_Record = Mapping[str, Any]


def form_of(record: _Record) -> str | None:
    """`label studio`, `argilla`, or None: one label a record.

    >>> form_of({"id": 1, "data": {}, "annotations": []}), form_of({"transcript_id": "q1/A", "value": 3})
    ('label studio', None)
    """
    if isinstance(record.get("data"), dict) and isinstance(record.get("annotations"), list):
        return "label studio"
    if "annotator" in record:
        return None
    nested = isinstance(record.get("fields"), dict) and isinstance(record.get("responses"), dict | list)
    return "argilla" if nested or any(key.endswith(".responses") for key in record) else None


def label_studio(record: _Record, mapping: Mapping[str, str], maker: LabelMaker) -> None:
    """Take the labels of one task.

    Raises:
        ValueError: the task is not as Label Studio writes it; one line, without the place.
    """
    transcript = _named(record, mapping, "transcript_id", ("data.transcript_id", "data.id"))
    rubric = _named(record, mapping, "rubric", ("data.rubric",), needed=False)
    for number, annotation in enumerate(_get(record, "annotations", list, "the task")):
        where = f"annotations.{number}"
        results = _get(annotation, "result", list, where)
        if annotation.get("was_cancelled"):
            maker.skipped["cancelled annotation"] += 1
            continue
        who, when = _annotator(annotation, where), date(annotation.get("created_at"), f"{where}.created_at")
        answers = [_Answer(*_answer(result, f"{where}.result.{place}")) for place, result in enumerate(results)]
        said = "\n".join(str(answer.value) for answer in answers if answer.problem == _COMMENT) or None
        for answer in answers:
            if answer.problem == _COMMENT:
                continue
            if answer.problem:
                maker.skipped[answer.problem] += 1
                continue
            maker.add(transcript, *_task(answer.question, rubric), who, answer.value, comment=said, created=when)


def argilla(record: _Record, mapping: Mapping[str, str], maker: LabelMaker) -> None:
    """Take the labels of one record: nested as in version 2 or 1, or flat.

    Raises:
        ValueError: the record is not as Argilla writes it; one line, without the place.
    """
    places = ("metadata.transcript_id", "transcript_id", "external_id", "id")
    transcript = _named(record, mapping, "transcript_id", places)
    rubric = _named(record, mapping, "rubric", ("metadata.rubric", "rubric"), needed=False)
    for question, user, status, value in _responses(record):
        if status not in (None, "submitted"):
            maker.skipped[f"{status} response"] += 1
        elif isinstance(value, list | dict):
            maker.skipped["several answers"] += 1
        else:
            who = json_name(user, f"the user of {question}")
            maker.add(transcript, *_task(question, rubric), who, json_value(value, question))


EXPORTS: Mapping[str, Callable[[_Record, Mapping[str, str], LabelMaker], None]] = {
    "label studio": label_studio,
    "argilla": argilla,
}
"""How the records of each tool are read."""
_COMMENT = "comment"


class _Answer(NamedTuple):
    """What one control of a labelling form holds."""

    question: str
    value: float | str | None
    problem: str
    """Why it is no label; `comment` for free text, which goes with the other answers."""


def _answer(result: Any, where: str) -> tuple[str, float | str | None, str]:
    form = str(_get(result, "type", str, where))
    question = str(_get(result, "from_name", str, where)) if "from_name" in result else ""
    value = _get(result, "value", dict, where)
    if form == "textarea":
        text = value.get("text")
        return question, "\n".join(map(str, text)) if isinstance(text, list) else str(text or ""), _COMMENT
    if form not in _HELD or not question:
        return question, None, f"{form} result"
    answer = value.get(_HELD[form])
    if form == "choices" and isinstance(answer, list):
        if len(answer) > 1:
            return question, None, "several choices"
        answer = answer[0] if answer else None
    return question, json_value(answer, f"{where}.value.{_HELD[form]}"), ""


_HELD = {"choices": "choices", "rating": "rating", "number": "number", "pairwise": "selected"}
"""Where the answer stands, by the type of the control."""


def _annotator(annotation: _Record, where: str) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = next((who[key] for key in ("email", "username", "id") if who.get(key)), None)
    if who is None:
        raise ValueError(f"{where}.completed_by is missing; export with the annotators, so that they can be compared")
    return json_name(who, f"{where}.completed_by")


def _responses(record: _Record) -> Iterator[tuple[str, Any, Any, Any]]:
    """Question, user, status and value of each response."""
    held = record.get("responses")
    if isinstance(held, dict):  # version 2
        for question, responses in held.items():
            for response in _list(responses, f"responses.{question}"):
                yield question, response.get("user_id"), response.get("status"), response.get("value")
    elif isinstance(held, list):  # version 1
        for response in _list(held, "responses"):
            values = response.get("values")
            for question, answer in ({} if values is None else _get(response, "values", dict, "responses")).items():
                value = answer.get("value") if isinstance(answer, dict) else answer
                yield question, response.get("user_id"), response.get("status"), value
    else:
        for key in [key for key in record if key.endswith(".responses")]:
            values, users = _column(record, key), _column(record, f"{key}.users")
            states = _column(record, f"{key}.status") or [None] * len(values)
            if not len(values) == len(users) == len(states):
                raise ValueError(f"{key}: wanted a user for each response; came {len(values)} and {len(users)}")
            for value, user, status in zip(values, users, states, strict=True):
                yield key.removesuffix(".responses"), user, status, value


def _column(record: _Record, key: str) -> list[Any]:
    return [] if record.get(key) is None else list(_get(record, key, list, "the record"))


def _task(question: str, rubric: str) -> tuple[str, str]:
    """Rubric and criterion."""
    if rubric:
        return rubric, "" if question in (rubric, "level") else question.removeprefix(f"{rubric}.")
    name, _, criterion = question.partition(".")
    return name, criterion


def _named(
    record: _Record, mapping: Mapping[str, str], field: str, places: tuple[str, ...], *, needed: bool = True
) -> str:
    for place in (mapping[field],) if field in mapping else places:
        value = find(record, place)
        if value is not MISSING and value is not None:
            return json_name(value, place)
    if not needed and field not in mapping:
        return ""
    data = record.get("data", record.get("metadata"))
    there = ", ".join(list(data)[:20]) if isinstance(data, dict) and data else "none"
    wanted = mapping.get(field, places[0])
    raise ValueError(f"no {wanted!r}; its data are {there}; say where with --map {field}=data.NAME")


def _get(value: Any, key: str, wanted: type, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: wanted an object, came {kind(value)}")
    if not isinstance(value.get(key), wanted):
        raise ValueError(f"{where}.{key}: wanted {_NAMES[wanted]}, came {kind(value.get(key))}")
    return value[key]


_NAMES: Mapping[type, str] = {list: "a list", dict: "an object", str: "text"}


def _list(values: Any, where: str) -> list[dict[str, Any]]:
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError(f"{where}: wanted a list of objects, came {kind(values)}")
    return values
