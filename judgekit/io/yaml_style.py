"""How a text is written in YAML so that it reads back as the same text."""

from __future__ import annotations

import re

_OTHER_ENDS = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""What YAML takes for ends of lines, or drops at the beginning; in quotes each has an escape."""


def text_style(text: str) -> str | None:
    r"""`|` for a text of several lines, `"` where only escapes keep it whole, None where YAML may choose.

    >>> text_style("one\ntwo\n"), text_style("one\u2028two"), text_style("  one\ntwo"), text_style("one")
    ('|', '"', '"', None)
    """
    if _OTHER_ENDS.search(text):
        return '"'
    if "\n" not in text:
        return None
    lines = text.removesuffix("\n")
    # White space at the ends of a block is what its indentation and its chomping are guessed from.
    return "|" if lines and lines == lines.strip() else '"'
