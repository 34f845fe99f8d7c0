"""Characters that a reader does not see and a model does: shown as tokens, and flagged."""

from __future__ import annotations

import re

# Controls but tab, newline and carriage return; soft hyphen; fillers; zero-width and bidirectional marks; line
# separators; invisible operators; byte-order mark; interlinear marks; shorthand and musical controls; tag characters.
_ALWAYS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINERS, _SELECTORS = "\u200c\u200d", "\ufe00-\ufe0f"
INVISIBLE = re.compile(f"[{_ALWAYS}{_JOINERS}{_SELECTORS}]")
"""Every character without a shape of its own, whether it is hidden here or ordinary writing."""
# One joiner between two non-ASCII characters is ordinary writing (emoji, Indic and Arabic scripts), and so is one
# variation selector after such a character or a keycap; a run of either spells out text that nobody sees.
HIDDEN = re.compile(
    f"[{_ALWAYS}]"
    rf"|(?<=[\x00-\x7f{_JOINERS}])[{_JOINERS}]|\A[{_JOINERS}]|[{_JOINERS}](?=[\x00-\x7f{_JOINERS}]|\Z)"
    rf"|(?<=[\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f{_SELECTORS}])[{_SELECTORS}]|\A[{_SELECTORS}]"
)
_PLAIN_ASCII = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
TOKEN = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
"""How a hidden character is shown, with its code."""


def has_hidden(text: str) -> bool:
    """Whether the text holds characters that a reader does not see."""
    return may_hide(text) and HIDDEN.search(text) is not None


def show_hidden(text: str) -> str:
    r"""The text with each hidden character as a visible token.

    >>> show_hidden("a\u200bb")
    'a⟨U+200B⟩b'
    """
    return HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text) if may_hide(text) else text


def may_hide(text: str) -> bool:
    """Whether there is anything to look at closely; most texts are plain, and this is ten times faster."""
    rest = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN_ASCII)
    return bool(rest) and INVISIBLE.search(rest.decode("utf-8", "surrogatepass")) is not None
