"""Names that nobody has yet."""

from __future__ import annotations

from collections.abc import Container

_LONGEST = 64


def unused(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where it is taken; then of 64 characters at most.

    >>> unused("a", {"a", "a_2"})
    'a_3'
    """
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name[: _LONGEST - 1 - len(str(number))]}_{number}"
    return found
