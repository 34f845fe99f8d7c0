"""Checks with regular expressions: patterns come from files and texts from models, so every search has a time limit."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from pydantic import AfterValidator

from judgekit.checks.definition import Check, Subject, decided, excerpt, undecided
from judgekit.checks.guard import quiet
from judgekit.checks.parameters import SomeTexts, Targeted
from judgekit.noun import Text
from judgekit.verdict import CheckResult

TIME_LIMIT_S = 1.0
"""Seconds that one check may search."""

MAX_REGEX = 10_000
"""Characters of a regular expression that are compiled: longer ones are no answer to a question."""

MAX_WIDE_SETS = 100
"""Character sets in a pattern that names non-ASCII characters: each may cost 10 ms to compile."""

_WIDE = re.compile(r"\\[uUN]")


def _compiles(pattern: str) -> str:
    if not pattern:
        raise ValueError("the pattern is empty")
    compiled(pattern)
    return pattern


def _all_compile(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        _compiles(pattern)
    return patterns


def compiled(pattern: str) -> Any:
    """The compiled pattern, of the `regex` package, whose searches take a time limit.

    Raises:
        ValueError: it does not compile; says why.
    """
    import regex

    with quiet():
        try:
            return regex.compile(pattern)
        except (regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{excerpt(pattern)} does not compile: {error}") from error


class Matches(Targeted):
    """The pattern to find."""

    pattern: Annotated[Text, AfterValidator(_compiles)]
    """A regular expression, searched anywhere in the text."""


def _matches(subject: Subject, params: Matches) -> CheckResult:
    try:
        found = compiled(params.pattern).search(subject.text, timeout=TIME_LIMIT_S)
    except TimeoutError:
        return _too_slow(params.pattern)
    return decided(found is not None, found and excerpt(found[0]), params.pattern)


class SectionOrder(Targeted):
    """The patterns, in order."""

    patterns: Annotated[SomeTexts, AfterValidator(_all_compile)]
    """Regular expressions; each is searched behind the match of the one before."""


def _section_order(subject: Subject, params: SectionOrder) -> CheckResult:
    at, deadline = 0, time.monotonic() + TIME_LIMIT_S
    for count, pattern in enumerate(params.patterns):
        try:
            # A timeout of 0 would mean none.
            left = max(deadline - time.monotonic(), 0.001)
            found = compiled(pattern).search(subject.text, at, timeout=left)
        except TimeoutError:
            return _too_slow(pattern)
        if found is None:
            detail = f"pattern {count + 1} ({excerpt(pattern)}) does not occur from character {at} on"
            return decided(False, count, len(params.patterns), detail)
        at = found.end()
    return decided(True, len(params.patterns), len(params.patterns))


def _too_slow(pattern: str) -> CheckResult:
    return undecided("error", f"the search took longer than {TIME_LIMIT_S:g} s: simplify the pattern", expected=pattern)


class RegexCompiles(Targeted):
    """Which part is the regular expression."""


def _regex_compiles(subject: Subject, params: RegexCompiles) -> CheckResult:
    pattern = subject.text
    if len(pattern) > MAX_REGEX:
        return undecided("error", f"longer than {MAX_REGEX} characters: not compiled")
    if pattern.count("[") > MAX_WIDE_SETS and not (pattern.isascii() and _WIDE.search(pattern) is None):
        return undecided("error", f"more than {MAX_WIDE_SETS} sets of non-ASCII characters: not compiled")
    with quiet():
        try:
            re.compile(pattern)
        except (re.error, OverflowError, ValueError) as error:
            return decided(False, excerpt(pattern), "a regular expression", str(error))
    return decided(True, excerpt(pattern), "a regular expression")


CHECKS = (
    Check("matches", "Searches a regular expression.", Matches, _matches),
    Check("section_order", "Searches regular expressions one behind the other.", SectionOrder, _section_order),
    Check("regex_compiles", "Tells whether the text is a regular expression.", RegexCompiles, _regex_compiles),
)
