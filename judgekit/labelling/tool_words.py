"""What every labelling tool is given in the same words: ids that say nothing, what is known, answers."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from judgekit.labelling.asks import Choice
from judgekit.labelling.items import Item

CONVERSATION: Final = "conversation"
"""What the field is called that holds what was said."""


def opaque_id(transcript_id: str, item: Item) -> str:
    """What stands for a transcript in another tool: neither its id nor its label can be read from it."""
    return f"item-{sha256(f'{item.digest} {transcript_id}'.encode()).hexdigest()[:16]}"


def known(screen: Mapping[str, Any]) -> str:
    """What people have to know about the prompt, a line each; empty where there is nothing."""
    rows = [f"{one['name']}: {'; '.join(one['lines'])}" for one in screen["inputs"]]
    return "\n".join([*rows, *(f"{one['title']}: {one['text']}" for one in screen["beside"])])


def choice_text(choice: Choice) -> str:
    """An answer with what it means."""
    name = str(choice.value).replace("_", " ")
    return f"{name}: {choice.text}" if choice.text else name


def value_text(value: str | float) -> str:
    """The value of a label as the tools hold it: they know texts alone."""
    return f"{value:g}" if isinstance(value, float) else value
