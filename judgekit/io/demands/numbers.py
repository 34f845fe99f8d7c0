"""Small numbers in words and digits."""

from __future__ import annotations

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ONES = tuple(_SMALL.split())
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = tuple(_ROUND.split())

NUMBER = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,6}|a single|a hundred|one hundred|two hundred|three hundred|five hundred|"
    + "|".join(sorted((*_ONES[1:], *_TENS), key=len, reverse=True))
    + ")"
)
"""A regular expression of a number that `number` reads."""


def number(text: str) -> int:
    """The number that a text writes.

    >>> [number(text) for text in ("14", "1,000", "twelve", "a single", "Two Hundred")]
    [14, 1000, 12, 1, 200]
    """
    plain = text.lower().replace(",", "")
    if plain.isdigit():
        return int(plain)
    if plain.endswith(" hundred"):
        return 100 * number(plain.removesuffix(" hundred").replace("a", "one") if plain[:2] == "a " else plain[:-8])
    if plain == "a single":
        return 1
    return _ONES.index(plain) if plain in _ONES else 20 + 10 * _TENS.index(plain)
