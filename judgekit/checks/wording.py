"""Checks on the wording: what a text contains, how it begins and ends, its letter case."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, JsonValue, model_validator

from judgekit.checks.definition import Check, Subject, decided, excerpt, undecided
from judgekit.checks.parameters import SomeTexts, Targeted
from judgekit.verdict import CheckResult


def _visible(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(str.strip, value)):
        raise ValueError("wanted a text with more than white space in it")
    return value


class Contains(Targeted):
    """What has to be in the text, and what must not be."""

    all: SomeTexts | None = None
    """Each of these occurs."""
    any: SomeTexts | None = None
    """At least one of these occurs."""
    none: SomeTexts | None = None
    """None of these occurs."""
    ignore_case: bool = False
    """Whether upper and lower case are the same; by default they are not."""
    whole_words: bool = False
    """Whether a letter, a digit or `_` beside the found text spoils it."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.all is None and self.any is None and self.none is None:
            raise ValueError("one of all, any and none is needed")
        return self


def _contains(subject: Subject, params: Contains) -> CheckResult:
    text = subject.text.casefold() if params.ignore_case else subject.text

    def found(needles: tuple[str, ...] | None) -> list[str]:
        return [needle for needle in needles or () if _occurs(needle, text, params)]

    there, either, unwanted = found(params.all), found(params.any), found(params.none)
    problems = [f"{excerpt(needle)} is missing" for needle in params.all or () if needle not in there]
    if params.any is not None and not either:
        problems.append("none of the alternatives occurs")
    problems += [f"{excerpt(needle)} occurs" for needle in unwanted]
    groups = {"all": params.all, "any": params.any, "none": params.none}
    wanted: dict[str, JsonValue] = {name: list(needles) for name, needles in groups.items() if needles is not None}
    seen: list[JsonValue] = list(dict.fromkeys([*there, *either, *unwanted]))
    return decided(not problems, seen, wanted, "; ".join(problems[:3]))


def _occurs(needle: str, text: str, params: Contains) -> bool:
    needle = needle.casefold() if params.ignore_case else needle
    if not params.whole_words:
        return needle in text
    return re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", text) is not None


class Edge(Targeted):
    """What stands at one end of the text."""

    text: Annotated[SomeTexts, AfterValidator(_visible)]
    """The wanted text, or a list of texts of which one has to stand there."""
    ignore_case: bool = False
    """Whether upper and lower case are the same; by default they are not."""


def _starts_with(subject: Subject, params: Edge) -> CheckResult:
    return _edge(subject.text.lstrip(), params, at_start=True)


def _ends_with(subject: Subject, params: Edge) -> CheckResult:
    return _edge(subject.text.rstrip(), params, at_start=False)


def _edge(text: str, params: Edge, *, at_start: bool) -> CheckResult:
    expected: JsonValue = [*params.text]
    fold = str.casefold if params.ignore_case else str
    needles = tuple(fold(needle.lstrip() if at_start else needle.rstrip()) for needle in params.text)
    ok = fold(text).startswith(needles) if at_start else fold(text).endswith(needles)
    room = max(60, *map(len, needles))
    return decided(ok, text[:room] if at_start else text[-room:], expected)


class LetterCase(Targeted):
    """Which case the letters have."""

    case: Literal["upper", "lower"]
    """Which case every letter that has one must have."""


def _letter_case(subject: Subject, params: LetterCase) -> CheckResult:
    change = str.upper if params.case == "upper" else str.lower
    wrong = cased = 0
    first = ""
    for letter in filter(str.isalpha, subject.text):
        if letter.upper() != letter or letter.lower() != letter:
            cased += 1
            if change(letter) != letter:
                wrong += 1
                first = first or letter
    if not cased:
        return undecided("not_applicable", "there is no letter that has a case", expected=params.case)
    detail = f"{wrong} of {cased} letters are not, the first is {first!r}" if wrong else ""
    return decided(not wrong, wrong, params.case, detail)


CHECKS = (
    Check("contains", "Looks for texts that have to occur, or must not.", Contains, _contains),
    Check("starts_with", "Looks at the beginning, after white space.", Edge, _starts_with),
    Check("ends_with", "Looks at the end, before white space.", Edge, _ends_with),
    Check("letter_case", "Tells whether every letter is upper or lower case.", LetterCase, _letter_case),
)
