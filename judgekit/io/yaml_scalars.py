"""What a scalar without quotes means in YAML, and where that is not what it looks like."""

from __future__ import annotations

import math

_SHOWN = 60
_TRUE = frozenset({"yes", "true", "on"})
_WORDS = frozenset({"yes", "no", "on", "off"})


def short(text: str) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(text[: 4 * _SHOWN].split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"


def meaning(text: str, kind: str) -> tuple[object, str]:
    """The value of a plain scalar, and what is misleading about it: '' for nothing.

    Args:
        text: the scalar as it is written.
        kind: what YAML 1.1 takes it for: `bool`, `int`, `float`, `null`, `timestamp`, `merge`, or anything else
            for a text.

    >>> meaning("5", "int")
    (5, '')
    >>> meaning("no", "bool")
    (False, '`no` without quotes is false in YAML; write "no" for the word, false for the truth value')
    """
    if kind == "null":
        return None, ""
    if kind == "bool":
        value = text.lower() in _TRUE
        return value, _word_trap(text, value) if text.lower() in _WORDS else ""
    if kind == "timestamp":
        return text, f"`{short(text)}` without quotes is a date in YAML; {_cure(text)}"
    if kind == "merge":
        return text, "merge keys (<<) are not read: write the keys out"
    if kind in ("int", "float"):
        return _number(text)
    return text, ""


def taken_for(text: str, value: object) -> str | None:
    """What YAML took a plain scalar for where a text was wanted, with the cure; None where it is a text.

    >>> taken_for("1.10", 1.1)
    '`1.10` without quotes is the number 1.1 in YAML; put quotes around it: "1.10"'
    """
    if isinstance(value, str):
        return None
    if value is None:
        return f"`{text}` without quotes is nothing in YAML; {_cure(text)}" if text else "a value is missing here"
    what = str(value).lower() if isinstance(value, bool) else f"the number {value}"
    return f"`{short(text)}` without quotes is {what} in YAML; {_cure(text)}"


def _word_trap(text: str, value: bool) -> str:
    truth = str(value).lower()
    return f'`{text}` without quotes is {truth} in YAML; write "{text}" for the word, {truth} for the truth value'


def _cure(text: str) -> str:
    return f'put quotes around it: "{short(text)}"'


def _number(text: str) -> tuple[object, str]:
    digits = text.replace("_", "")
    bare = digits.lstrip("+-")
    if ":" in bare:
        total = 0.0
        for part in bare.split(":"):
            total = total * 60 + float(part)
        return text, f"`{short(text)}` without quotes is the number {total:g} in YAML (base 60); {_cure(text)}"
    if bare.isdigit() and bare[0] == "0" and len(bare) > 1:
        return text, f"`{short(text)}` without quotes is a number in base 8 in YAML; {_cure(text)}"
    # JSON carries whole numbers of 64 bits and no infinities, and every value here ends in JSON.
    value = _whole(digits) if bare.isdigit() or bare[:2] in ("0x", "0b") else _real(digits)
    if value is None:
        return text, f"`{short(text)}` is not a number that can be used here; {_cure(text)}"
    return value, ""


def _whole(digits: str) -> int | None:
    try:
        value = int(digits, 0) if len(digits) <= 66 else 2**63
    except ValueError:
        return None
    return value if -(2**63) <= value < 2**63 else None


def _real(digits: str) -> float | None:
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
