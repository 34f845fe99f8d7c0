"""Tasks and the labelling interface of Label Studio, and labels as its annotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from judgekit.label import Label
from judgekit.labelling.asks import LEVEL, Ask, Choice
from judgekit.labelling.items import Item
from judgekit.labelling.screen import item_screen
from judgekit.labelling.tool_words import CONVERSATION, choice_text, known, opaque_id, value_text
from judgekit.rubric import Rubric


def studio_config(rubric: Rubric, asks: Sequence[Ask]) -> str:
    """The labelling interface of a Label Studio project; an annotation holds the answer alone, by `alias`."""
    field = CONVERSATION
    lines = [
        "<View>",
        f"  <Header value={quoteattr(rubric.title or rubric.name)}/>",
        f'  <Paragraphs name="{field}" value="${field}" layout="dialogue" nameKey="author" textKey="text"/>',
        '  <Text name="known" value="$known"/>',
    ]
    for ask in asks:
        lines.append(f"  <Header value={quoteattr(ask.text)}/>")
        lines.append(f'  <Choices name={quoteattr(ask.criterion or LEVEL)} toName="{field}" choice="single-radio">')
        lines += [_choice(one, with_key=len(asks) == 1) for one in ask.choices]
        lines.append("  </Choices>")
    lines += [f'  <TextArea name="comment" toName="{field}" placeholder="Comment"/>', "</View>", ""]
    return "\n".join(lines)


def studio_task(name: str, item: Item, rubric: Rubric, given: Sequence[Label]) -> dict[str, Any]:
    """The task of a transcript, with the labels that it has as annotations."""
    screen = item_screen(item, rubric)
    said = [
        {"author": "The response to label" if one["judged"] else one["who"], "text": one["text"]}
        for one in screen["messages"]
    ]
    data = {"transcript_id": opaque_id(name, item), "rubric": rubric.name, CONVERSATION: said, "known": known(screen)}
    annotations = []
    for annotator, labels in _by_annotator(given).items():
        results = [_result(one.criterion or LEVEL, "choices", [value_text(one.value)]) for one in labels]
        comments = list(dict.fromkeys(one.comment for one in labels if one.comment))
        if comments:
            results.append(_result("comment", "textarea", comments))
        made: dict[str, Any] = {"completed_by": {"email": annotator}, "was_cancelled": False, "result": results}
        if labels[-1].created is not None:
            made["created_at"] = labels[-1].created.isoformat()
        annotations.append(made)
    return {"data": data, "annotations": annotations}


def _choice(choice: Choice, *, with_key: bool) -> str:
    """An answer; a key gives one answer alone, so that only a single question can have keys."""
    key = f" hotkey={quoteattr(choice.keys[0])}" if with_key and choice.keys else ""
    return f"    <Choice value={quoteattr(choice_text(choice))} alias={quoteattr(str(choice.value))}{key}/>"


def _result(name: str, form: str, value: list[str]) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": CONVERSATION,
        "type": form,
        "value": {"text" if form == "textarea" else form: value},
    }


def _by_annotator(given: Sequence[Label]) -> Mapping[str, list[Label]]:
    found: dict[str, list[Label]] = defaultdict(list)
    for one in given:
        found[one.annotator].append(one)
    return found
