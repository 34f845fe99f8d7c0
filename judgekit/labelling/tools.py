"""Tasks for other labelling tools, and their labels back: blind there too, under ids that only the source can resolve.

    label-studio          tasks as its JSON import takes them      label-studio-config   the labelling interface (XML)
    argilla               records as `records.from_json` reads     argilla-settings      what `Settings.from_json` reads

Questions are called after their criterion, the level `level`, and each task names its rubric: that is how
`judgekit.io.label_exports` finds them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID
from xml.sax.saxutils import quoteattr

import orjson

from judgekit.errors import UserError
from judgekit.io.cells import is_number
from judgekit.io.label_set import LabelSet
from judgekit.label import Label
from judgekit.labelling.asks import LEVEL, Ask, Choice
from judgekit.labelling.draw import Drawn
from judgekit.labelling.items import Item, Pile
from judgekit.labelling.screen import item_screen
from judgekit.reporting.plain import count
from judgekit.rubric import Rubric

_SHOWN = "conversation"
_Given = Mapping[str, Sequence[Label]]


def opaque_id(transcript_id: str, item: Item) -> str:
    """What stands for a transcript in another tool: neither its id nor its label can be read from it."""
    return f"item-{sha256(f'{item.digest} {transcript_id}'.encode()).hexdigest()[:16]}"


def write_tasks(
    tool: str,
    stream: BinaryIO,
    pile: Pile,
    rubric: Rubric,
    asks: Sequence[Ask],
    drawn: Iterable[Drawn],
    *,
    labels: LabelSet | None = None,
) -> str:
    """How much was written, such as `24 tasks`.

    Args:
        tool: one of those above.
        stream: open for bytes.
        pile: the source.
        rubric: what is labelled.
        asks: what is asked.
        drawn: the transcripts that are to be labelled.
        labels: of people, written beside their tasks.

    Raises:
        UserError: labels for Argilla whose annotators are no ids of its users.
    """
    if tool == "label-studio-config":
        stream.write(studio_config(rubric, asks).encode())
        return "the labelling interface"
    if tool == "argilla-settings":
        stream.write(orjson.dumps(argilla_settings(rubric, asks), option=orjson.OPT_INDENT_2))
        return "the settings of a dataset"
    given: dict[str, list[Label]] = defaultdict(list)
    for label in labels or ():
        if label.rubric in ("", rubric.name) and any(one.criterion == label.criterion for one in asks):
            given[label.transcript_id].append(label)
    make = _studio_task if tool == "label-studio" else _argilla_record
    names = sorted((opaque_id(one.transcript_id, pile.items[one.transcript_id]), one.transcript_id) for one in drawn)
    # by what stands for them: in the order of the source, the first answer to each question would be the same model's
    tasks = [make(name, pile.items[name], rubric, given.get(name, ())) for _, name in names]
    stream.write(orjson.dumps(tasks, option=orjson.OPT_INDENT_2))
    return count(len(tasks), "task")


def resolved(labels: LabelSet, pile: Pile) -> list[Label]:
    """The labels of another tool under the transcripts' own ids; those that have these ids already keep them.

    Raises:
        UserError: a label is for a transcript that the source does not hold, or that reads otherwise now.
    """
    own = {opaque_id(name, item): name for name, item in pile.items.items()}
    found, lost = [], dict[str, None]()
    for label in labels:
        name = own.get(label.transcript_id, label.transcript_id)
        if name not in pile.items:
            lost[name] = None
        level = label.criterion == "" and isinstance(label.value, str) and is_number(label.value)
        value = float(label.value) if level else label.value  # these tools give every choice back as text
        found.append(label.model_copy(update={"transcript_id": name, "value": value}))
    if lost:
        raise UserError(
            f"{labels.source}: {count(len(lost), 'transcript')} of it cannot be found in the source, such as "
            f"{next(iter(lost))!r}; name the files, the --rubric and the --questions that the tasks were made from"
        )
    return found


def studio_config(rubric: Rubric, asks: Sequence[Ask]) -> str:
    """The labelling interface of a Label Studio project; an annotation holds the answer alone, by `alias`."""
    lines = [
        "<View>",
        f"  <Header value={quoteattr(rubric.title or rubric.name)}/>",
        f'  <Paragraphs name="{_SHOWN}" value="${_SHOWN}" layout="dialogue" nameKey="author" textKey="text"/>',
        '  <Text name="known" value="$known"/>',
    ]
    for ask in asks:
        lines.append(f"  <Header value={quoteattr(ask.text)}/>")
        lines.append(f'  <Choices name={quoteattr(ask.criterion or LEVEL)} toName="{_SHOWN}" choice="single-radio">')
        lines += [
            f"    <Choice value={quoteattr(_choice_text(one))} alias={quoteattr(str(one.value))} "
            f"hotkey={quoteattr(one.keys[0])}/>"
            if len(asks) == 1 and one.keys
            else f"    <Choice value={quoteattr(_choice_text(one))} alias={quoteattr(str(one.value))}/>"
            for one in ask.choices
        ]
        lines.append("  </Choices>")
    lines += [f'  <TextArea name="comment" toName="{_SHOWN}" placeholder="Comment"/>', "</View>", ""]
    return "\n".join(lines)


def argilla_settings(rubric: Rubric, asks: Sequence[Ask]) -> dict[str, Any]:
    """The settings of an Argilla dataset; the transcript's id is hidden from annotators."""
    fields = [
        {"name": name, "title": title, "required": name != "known", "settings": {"type": "text", "use_markdown": False}}
        for name, title in (
            (_SHOWN, "What was said before"),
            ("response", "The response to label"),
            ("known", "Known about the prompt"),
        )
    ]
    questions = [
        {
            "name": ask.criterion or LEVEL,
            "title": ask.title,
            "description": ask.text,
            "required": True,
            "settings": {
                "type": "label_selection",
                "options": [
                    {"value": str(one.value), "text": _choice_text(one), "description": one.text or None}
                    for one in ask.choices
                ],
            },
        }
        for ask in asks
    ]
    metadata = [
        {
            "name": name,
            "title": name,
            "visible_for_annotators": False,
            "settings": {"type": "terms", "visible_for_annotators": False},
        }
        for name in ("transcript_id", "rubric")
    ]
    return {
        "guidelines": rubric.summary or rubric.title or rubric.name,
        "allow_extra_metadata": True,
        "fields": fields,
        "questions": questions,
        "metadata": metadata,
        "vectors": [],
    }


def _studio_task(name: str, item: Item, rubric: Rubric, given: Sequence[Label]) -> dict[str, Any]:
    screen = item_screen(item, rubric)
    said = [
        {"author": "The response to label" if one["judged"] else one["who"], "text": one["text"]}
        for one in screen["messages"]
    ]
    data = {"transcript_id": opaque_id(name, item), "rubric": rubric.name, _SHOWN: said, "known": _known(screen)}
    annotations = []
    for annotator, labels in _by_annotator(given).items():
        results = [_studio_result(one.criterion or LEVEL, "choices", [_written(one.value)]) for one in labels]
        comments = list(dict.fromkeys(one.comment for one in labels if one.comment))
        if comments:
            results.append(_studio_result("comment", "textarea", comments))
        made: dict[str, Any] = {"completed_by": {"email": annotator}, "was_cancelled": False, "result": results}
        if labels[-1].created is not None:
            made["created_at"] = labels[-1].created.isoformat()
        annotations.append(made)
    return {"data": data, "annotations": annotations}


def _studio_result(name: str, form: str, value: list[str]) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": _SHOWN,
        "type": form,
        "value": {"text" if form == "textarea" else form: value},
    }


def _argilla_record(name: str, item: Item, rubric: Rubric, given: Sequence[Label]) -> dict[str, Any]:
    screen = item_screen(item, rubric)
    *before, judged = screen["messages"]
    responses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in given:
        _check_user(one.annotator)
        responses[one.criterion or LEVEL].append({"value": _written(one.value), "user_id": one.annotator})
    identity = opaque_id(name, item)
    return {
        "id": identity,
        "fields": {
            _SHOWN: "\n\n".join(f"{one['who']}: {one['text']}" for one in before) or "(nothing)",
            "response": judged["text"] or "(empty)",
            "known": _known(screen) or "(nothing)",
        },
        "metadata": {"transcript_id": identity, "rubric": rubric.name},
        "suggestions": {},
        "responses": responses,
        "vectors": {},
    }


def _check_user(annotator: str) -> None:
    try:
        UUID(annotator)
    except ValueError:
        raise UserError(
            f"--labels: Argilla takes answers of its own users alone, by their ids (UUIDs), and {annotator!r} is none; "
            "write these ids as annotators into a copy of the labels, or leave --labels out"
        ) from None


def _by_annotator(given: Sequence[Label]) -> Mapping[str, list[Label]]:
    found: dict[str, list[Label]] = defaultdict(list)
    for one in given:
        found[one.annotator].append(one)
    return found


def _known(screen: Mapping[str, Any]) -> str:
    rows = [f"{one['name']}: {'; '.join(one['lines'])}" for one in screen["inputs"]]
    return "\n".join([*rows, *(f"{one['title']}: {one['text']}" for one in screen["beside"])])


def _choice_text(choice: Choice) -> str:
    name = str(choice.value).replace("_", " ")
    return f"{name}: {choice.text}" if choice.text else name


def _written(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value
