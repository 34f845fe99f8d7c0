"""Records and settings of a dataset of Argilla, and labels as its responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from judgekit.errors import UserError
from judgekit.label import Label
from judgekit.labelling.asks import LEVEL, Ask
from judgekit.labelling.items import Item
from judgekit.labelling.screen import item_screen
from judgekit.labelling.tool_words import CONVERSATION, choice_text, known, opaque_id, value_text
from judgekit.rubric import Rubric


def argilla_settings(rubric: Rubric, asks: Sequence[Ask]) -> dict[str, Any]:
    """The settings of an Argilla dataset; the transcript's id is hidden from annotators."""
    fields = [
        {"name": name, "title": title, "required": name != "known", "settings": {"type": "text", "use_markdown": False}}
        for name, title in (
            (CONVERSATION, "What was said before"),
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
                    {"value": str(one.value), "text": choice_text(one), "description": one.text or None}
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


def argilla_record(name: str, item: Item, rubric: Rubric, given: Sequence[Label]) -> dict[str, Any]:
    """The record of a transcript, with the labels that it has as responses.

    Raises:
        UserError: an annotator is no id of a user.
    """
    screen = item_screen(item, rubric)
    *before, judged = screen["messages"]
    responses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in given:
        _check_user(one.annotator)
        responses[one.criterion or LEVEL].append({"value": value_text(one.value), "user_id": one.annotator})
    identity = opaque_id(name, item)
    return {
        "id": identity,
        "fields": {
            CONVERSATION: "\n\n".join(f"{one['who']}: {one['text']}" for one in before) or "(nothing)",
            "response": judged["text"] or "(empty)",
            "known": known(screen) or "(nothing)",
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
