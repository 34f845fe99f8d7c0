"""What the page is told of one transcript: its words and what is known of its prompt, and nothing of whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import JsonValue

from judgekit.labelling.asks import Ask
from judgekit.labelling.items import Item
from judgekit.labelling.shown import Shown
from judgekit.reporting.plain import visible
from judgekit.rubric import Rubric


def item_screen(item: Item, rubric: Rubric) -> dict[str, Any]:
    """The words of a transcript, with every hidden character as a token; neither its id nor its label is there."""
    messages = []
    last = len(item.messages) - 1
    for place, one in enumerate(item.messages):
        text = Shown.of(one.content).text
        if one.tool_calls:
            calls = orjson.dumps(list(one.tool_calls), option=orjson.OPT_INDENT_2).decode()
            text = f"{text}\n\n{visible(calls)}".strip()
        messages.append({"who": one.role.capitalize(), "text": text, "judged": place == last})
    beside = [("Material that the assistant was given", item.transcript.context)]
    beside.append(("A reference answer", item.transcript.reference))
    return {
        "messages": messages,
        "inputs": input_rows(item.inputs, rubric),
        "beside": [{"title": title, "text": visible(text)} for title, text in beside if text],
    }


def input_rows(inputs: Mapping[str, JsonValue], rubric: Rubric) -> list[dict[str, Any]]:
    """What is known of the prompt, in the rubric's order: name, what it is, and its lines.

    >>> input_rows({"user_claim": "Tea is blue."}, Rubric.from_text("It is short."))
    [{'name': 'user claim', 'about': '', 'lines': ['Tea is blue.']}]
    """
    order = {name: place for place, name in enumerate(rubric.inputs)}
    rows = []
    for name in sorted(inputs, key=lambda one: order.get(one, len(order))):
        spec = rubric.inputs.get(name)
        lines = [visible(line) for line in _lines(inputs[name])]
        if lines:
            rows.append({"name": name.replace("_", " "), "about": spec.about if spec else "", "lines": lines})
    return rows


def ask_screen(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """What is asked, as the page shows it."""
    return [
        {
            "criterion": one.criterion,
            "title": one.title,
            "text": one.text,
            "choices": [{"value": made.value, "text": made.text, "keys": made.keys} for made in one.choices],
        }
        for one in asks
    ]


def _lines(value: JsonValue) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [_line(one) for one in value]
    return [_line(value)]


def _line(value: JsonValue) -> str:
    if isinstance(value, dict) and isinstance(value.get("quote"), str):  # a constraint
        how = "asked" if value.get("ask") else "decided by code"
        hard = "" if value.get("hard", True) else ", a wish"
        return f"“{value['quote']}” ({how}{hard})" + (f": {value['ask']}" if value.get("ask") else "")
    return value if isinstance(value, str) else orjson.dumps(value).decode()
