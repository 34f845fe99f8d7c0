"""Characters that a reader does not see and a model does: shown as tokens, and flagged."""

from __future__ import annotations

import re

# Controls but tab, newline and carriage return; soft hyphen; zero-width and bidirectional marks; line separators;
# invisible operators; byte-order mark; interlinear marks; tag characters. A joiner between two non-ASCII characters
# is ordinary writing (emoji, Indic and Arabic scripts) and stays.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    "|(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|\\Z)|\\A[\u200c\u200d]"
)
TOKEN = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")
"""How a hidden character is shown."""


def has_hidden(text: str) -> bool:
    """Whether the text holds characters that a reader does not see."""
    return HIDDEN.search(text) is not None


def show_hidden(text: str) -> str:
    r"""The text with each hidden character as a visible token.

    >>> show_hidden("a\u200bb")
    'a⟨U+200B⟩b'
    """
    return HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)
