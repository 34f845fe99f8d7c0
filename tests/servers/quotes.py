"""Quotations that a judge could give: verbatim slices of the text that the prompt carries as JSON strings."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

JSON_STRING = re.compile(r'(?<![\w.!?"\\])(?="((?:[^"\\\x00-\x1f]++|\\.)*+)"(?!\w))')
"""A JSON string where one can begin: the look-ahead lets a stray quotation mark spoil one match and not the next."""
SURROGATES = re.compile("[\ud800-\udfff]+")
WORD_START = re.compile(r"(?<!\S)\S")
USUAL = 80
"""Characters of a quote, where the schema allows as many."""


def json_strings(text: str) -> list[str]:
    """Return the decoded JSON string literals in a text, in order; one with lone surrogates comes in pieces.

    >>> json_strings('say "no" to {"a": "one\\\\ntwo"}')
    ['no', 'a', 'one\\ntwo']
    """
    found: list[str] = []
    for match in JSON_STRING.finditer(text):
        try:
            found += SURROGATES.split(json.loads(f'"{match[1]}"'))
        except ValueError:
            continue
    return found


def longest_json_string(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return [the longest JSON string in the user's messages], or [] where they hold none.

    All of them, because a re-ask ends with a user message that quotes only what was wrong.
    Not done: it cannot know which string is the response under judgement; give OpenAIServer another `quotes` for that.
    """
    texts = [message_text(message) for message in messages if message.get("role") == "user"]
    longest = max((found for text in texts for found in json_strings(text)), key=len, default="")
    return [longest] if longest.strip() else []


def message_text(message: Mapping[str, Any]) -> str:
    """Return the text of a chat message, the parts of a multi-part one joined by line ends."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def slice_of(text: str, rng: random.Random, *, shortest: int = 0, longest: int | None = None) -> str:
    """Return a verbatim slice of a text, from word to word where there are words, without white space at its ends."""
    most = USUAL if longest is None else min(USUAL, longest)
    most = max(most, shortest)
    text = text.strip()
    if len(text) <= most:
        return text
    last = len(text) - most
    word = WORD_START.search(text, rng.randint(0, last))
    piece = text[word.start() if word and word.start() <= last else 0 :][:most]
    whole = piece.rsplit(maxsplit=1)[0]
    return whole if len(whole) >= max(shortest, 1) else piece.strip()
