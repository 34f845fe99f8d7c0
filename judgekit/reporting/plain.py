"""Numbers and foreign text as people may safely see them, in a terminal and in a page alike."""

from __future__ import annotations

import math
import re

from judgekit.judging.hidden import show_hidden

NOT_AVAILABLE = "n/a"
"""What stands where a number is undefined; the reason stands below the table."""


def visible(text: str, limit: int | None = None) -> str:
    r"""The text with every control or hidden character as a token; longer than `limit`, cut, and its length said.

    Tabs and newlines stay. No escape sequence and no change of direction survives.

    >>> visible("\x1b[31mred\r")
    '⟨U+001B⟩[31mred⟨U+000D⟩'
    >>> visible("abcdef", limit=3)
    'abc… (6 characters)'
    """
    if limit is not None and len(text) > limit:
        return f"{visible(text[:limit])}… ({len(text):,} characters)"
    return show_hidden(text).replace("\r", "⟨U+000D⟩")


def one_line(text: str, limit: int | None = None) -> str:
    r"""The text on one line: visible, runs of white space as one space.

    >>> one_line("a\n\tb")
    'a b'
    """
    return re.sub(r"\s+", " ", visible(text, limit)).strip()


def number(value: float | None, digits: int = 2) -> str:
    """The number with fixed digits, or `n/a`.

    >>> number(0.755), number(float("nan"))
    ('0.76', 'n/a')
    """
    return NOT_AVAILABLE if value is None or math.isnan(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int = 2) -> str:
    """The number with a true minus sign, and none before a zero.

    >>> signed(-0.001), signed(-1.5)
    ('0.00', '−1.50')
    """
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text.replace("-", "−")


def span(low: float, high: float) -> str:
    """The range from low to high, or `n/a`.

    >>> span(0.5, 1.0)
    '0.50–1.00'
    """
    return NOT_AVAILABLE if math.isnan(low) or math.isnan(high) else f"{low:.2f}–{high:.2f}"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """The number with its noun.

    >>> count(1, "verdict"), count(1200, "verdict")
    ('1 verdict', '1,200 verdicts')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def dollars(cost_usd: float | None) -> str:
    """The price in US dollars; an unknown price is called so.

    >>> dollars(None), dollars(0.0), dollars(0.00042), dollars(12.5)
    ('unknown', '$0', '$0.0004', '$12.50')
    """
    if cost_usd is None:
        return "unknown"
    if cost_usd == 0:
        return "$0"
    if cost_usd < 0.0001:
        return "under $0.0001"
    return f"${cost_usd:.2f}" if cost_usd >= 1 else f"${cost_usd:.4f}"


def tally(counts: dict[str, int]) -> str:
    """The counts in one line, largest first.

    >>> tally({"timeout": 1, "refusal": 4})
    'refusal 4, timeout 1'
    """
    largest_first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{one_line(name, 60)} {n:,}" for name, n in largest_first)
