"""Cells of labels and scores: a number where a number is written, else the text; and cells that read back exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from judgekit.io.chat import kind
from judgekit.io.export import guard, unguard

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_COMMA_NUMBER = re.compile(r"[+-]?[0-9]+,[0-9]+")
_LONGEST = 60
"""Characters above which a cell is no number: converting digits takes quadratic time."""
_KEPT = 4096
"""Cells of which a reader remembers what they mean: labels repeat."""


def is_number(text: str) -> bool:
    """Whether the text is a number and nothing else; blanks around it do not count.

    >>> [is_number(text) for text in ("3", " -0.5 ", "1e3", "nan", "3,5", "٣", "")]
    [True, True, True, False, False, False, False]
    """
    text = text.strip()
    return len(text) <= _LONGEST and _NUMBER.fullmatch(text) is not None


def cell_value(cell: str, *, decimal_comma: bool = False) -> float | str:
    """What a cell says: a number, or the text as it stands.

    An apostrophe before a number or a formula is how spreadsheets mark text: it is taken off.

    Args:
        cell: the text of the cell.
        decimal_comma: whether `3,5` is a number, as in tables that are parted by semicolons.

    >>> cell_value(" 3 "), cell_value("yes"), cell_value("'3"), cell_value("3,5", decimal_comma=True)
    (3.0, 'yes', '3', 3.5)
    """
    if cell.startswith("'"):
        return cell[1:] if is_number(cell.lstrip("'")) else unguard(cell)
    if is_number(cell):
        return float(cell)
    if decimal_comma and len(cell) <= _LONGEST and _COMMA_NUMBER.fullmatch(cell.strip()):
        return float(cell.strip().replace(",", "."))
    return cell


def value_cell(value: float | str) -> str:
    """The cell that `cell_value` reads back as this value.

    >>> [value_cell(value) for value in (3.0, 0.1, "yes", "3", "=1+1")]
    ['3', '0.1', 'yes', "'3", "'=1+1"]
    """
    if isinstance(value, str):
        return f"'{value}" if is_number(value.lstrip("'")) else guard(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def cell_reader(*, decimal_comma: bool) -> Callable[[str], float | str]:
    """`cell_value`, remembering the cells that it has seen."""
    known: dict[str, float | str] = {}

    def read(cell: str) -> float | str:
        found = known.get(cell)
        if found is None:
            found = cell_value(cell, decimal_comma=decimal_comma)
            if len(known) < _KEPT and len(cell) <= _LONGEST:
                known[cell] = found
        return found

    return read


def json_value(value: Any, name: str) -> float | str | None:
    """What stands in JSON: a number, a text as it stands, `true` or `false` as text; None is no value.

    Raises:
        ValueError: it is an object or a list, or too large a number.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{name} is too large a number") from None
    raise ValueError(f"{name}: wanted a number or text, came {kind(value)}")


def json_name(value: Any, name: str) -> str:
    """A name or an id in JSON: text, or a whole number as text; null is empty.

    Raises:
        ValueError: it is something else.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer():
        return str(int(value))
    raise ValueError(f"{name}: wanted text or a whole number, came {kind(value)}")


def date(text: Any, name: str = "created") -> datetime | None:
    """The date and time, where one is given.

    Raises:
        ValueError: it is not written as ISO 8601 says.

    >>> date("2026-01-31T09:30:00Z").year, date("")
    (2026, None)
    """
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except (ValueError, TypeError, AttributeError):
        came = repr(text) if len(repr(text)) <= 40 else repr(text)[:39] + "…"
        wanted = "wanted a date such as 2026-01-31T09:30:00Z"
        raise ValueError(f"{name}: {wanted}, came {came}; mend it, or rename the column") from None
