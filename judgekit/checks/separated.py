"""The check on parts: how many pieces does a separator make?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, StrictInt

from judgekit.checks.definition import Check, Subject, decided
from judgekit.checks.fences import find_fences, find_spans
from judgekit.checks.parameters import Targeted
from judgekit.noun import Text
from judgekit.verdict import CheckResult


class Separated(Targeted):
    """What stands between the parts, and how many there are."""

    separator: Annotated[Text, Field(min_length=1)]
    """The text between two parts."""
    parts: Annotated[StrictInt, Field(ge=1)] | None = None
    """This many; without it, two or more. Empty parts count."""
    outside_code: bool = False
    """Whether separators inside fenced blocks and inline code do not count."""


def _separated_by(subject: Subject, params: Separated) -> CheckResult:
    parts = 1 + count_separators(subject.text, params.separator, outside_code=params.outside_code)
    right = parts == params.parts if params.parts is not None else parts >= 2
    expected: JsonValue = params.parts if params.parts is not None else {"at_least": 2}
    return decided(right, parts, expected, f"parts: {parts}")


def count_separators(text: str, separator: str, *, outside_code: bool = False) -> int:
    """How often the separator occurs, from left to right without overlap.

    >>> count_separators("`a; b`; c", ";", outside_code=True)
    1
    """
    if not outside_code:
        return text.count(separator)
    fences = find_fences(text)
    code = [(fence.start, fence.end) for fence in fences]
    code += [(span.start, span.end) for span in find_spans(text, fences)]
    found = at = 0
    for start, end in [*sorted(code), (len(text), len(text))]:
        found += text.count(separator, at, start)
        at = end
    return found


CHECKS = (Check("separated_by", "Counts the parts that a separator makes.", Separated, _separated_by),)
