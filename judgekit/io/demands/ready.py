"""Ready ways to decide well-known demands by code: a check with its parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue

FIXED_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
"""The answers of `detectable_format:constrained_response`."""


class Way(NamedTuple):
    """How code decides a demand; without a check, what the judge is asked."""

    check: str
    """The name of a check, or '' where it is asked."""
    params: dict[str, JsonValue]
    """The parameters of the check."""
    ask: str = ""
    """The closed question for the judge, where there is no check."""


def bounded(check: str, relation: str, count: int, **more: JsonValue) -> Way | None:
    """The way to decide a count; None where no count could satisfy it.

    Args:
        check: a check that counts.
        relation: `exactly`, `at least`, `at most`, `more than` or `less than`.
        count: how many.
        **more: further parameters of the check.

    >>> bounded("word_count", "less than", 300)
    Way(check='word_count', params={'at_most': 299}, ask='')
    """
    count += {"more than": 1, "less than": -1}.get(relation, 0)
    name = {"exactly": "exactly", "at least": "at_least", "more than": "at_least"}.get(relation, "at_most")
    return Way(check, {name: count, **more}) if count >= 0 else None


def occurring(pattern: str, relation: str, count: int, *, ignore_case: bool = False) -> Way:
    r"""The way to decide how often something occurs.

    Args:
        pattern: a regular expression of one occurrence; `.` matches line ends in it.
        relation: `at least` or `less than`.
        count: how often.
        ignore_case: whether upper and lower case are the same.

    >>> occurring("cat", "at least", 2).params["pattern"]
    '(?s)\\A(?>.*?(?:cat)){2}'
    """
    flags = "(?si)" if ignore_case else "(?s)"
    # Atomic: once an occurrence is found it is not searched again, so the time grows with the text alone.
    often = f"(?>.*?(?:{pattern})){{{count}}}"
    return Way("matches", {"pattern": flags + (rf"\A{often}" if relation == "at least" else rf"\A(?!{often})")})


def keyword(text: str, relation: str, count: int) -> Way:
    """The way to decide how often a text occurs, in any case, also within words."""
    return occurring(re.escape(text), relation, count, ignore_case=True)


def all_of(texts: Sequence[str]) -> Way:
    """The way to decide whether every text occurs, in any case, also within words."""
    return Way("contains", {"all": list(texts), "ignore_case": True})


def none_of(words: Sequence[str]) -> Way:
    """The way to decide whether no word occurs, in any case, as a word of its own."""
    return Way("contains", {"none": list(words), "ignore_case": True, "whole_words": True})


def begins(text: str) -> Way:
    """The way to decide how a response begins, in any case."""
    return Way("starts_with", {"text": [text], "ignore_case": True})


def ends(text: str) -> Way:
    """The way to decide how a response ends, in any case."""
    return Way("ends_with", {"text": [text], "ignore_case": True})


def quoted_whole() -> Way:
    """The way to decide whether a response stands in double quotation marks."""
    return Way("matches", {"pattern": r'(?s)\A\s*".*"\s*\Z'})


def no_commas() -> Way:
    """The way to decide whether a response does without commas."""
    return Way("contains", {"none": [","]})


def angle_title() -> Way:
    """The way to decide whether there is a <<title>> with something in it."""
    return Way("matches", {"pattern": r"<<(?=[^\n]*[^\s<>])[^\n]+>>"})


def postscript(marker: str) -> Way:
    """The way to decide whether there is a postscript; the dots of `P.S.` and `P.P.S` may be followed by a space."""
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return Way("matches", {"pattern": "(?i)" + known.get(marker, re.escape(marker))})


def placeholders(count: int) -> Way:
    """The way to decide whether there are so many [placeholders]."""
    return occurring(r"\[[^\]\n]*\]", "at least", count)


def highlights(count: int) -> Way:
    """The way to decide whether there are so many *highlighted* or **highlighted** passages."""
    return occurring(r"\*\*(?=[^\n*]*[^\s*])[^\n*]*\*\*|\*(?=[^\n*]*[^\s*])[^\n*]*\*", "at least", count)


def sections(splitter: str, count: int) -> Way:
    """The way to decide whether there are so many sections that begin with the word and a number."""
    return occurring(re.escape(splitter) + r"\s?[0-9]+", "at least", count)


def divided(count: int) -> Way:
    """The way to decide whether dividers of three asterisks make so many paragraphs, none of them empty."""
    part, divider = r"\s*(?!\*{3})\S(?>(?:(?!\*{3}).)*)", r"\*{3}"
    whole = rf"(?s)\A\s*(?:{divider})?{part}(?:{divider}{part}){{{count - 1}}}(?:{divider}\s*)?\Z"
    return Way("matches", {"pattern": whole})


def two_answers() -> Way:
    """The way to decide whether six asterisks part two answers that differ."""
    part, divider = r"(?>(?:(?!\*{6}).)*)", r"\*{6}"
    twice = rf"(?:{divider})?\s*((?:(?!\s*{divider}).)+)\s*{divider}\s*\1\s*(?:{divider}\s*)?\Z"
    whole = rf"(?:{divider})?(?=\s*(?!{divider})\S){part}{divider}(?=\s*(?!{divider})\S){part}(?:{divider}\s*)?\Z"
    return Way("matches", {"pattern": rf"(?s)\A\s*(?!{twice}){whole}"})


def capital_words(relation: str, count: int) -> Way:
    """The way to decide how many words have capital letters only; what hyphens join is one word."""
    before, after = r"(?<![\w\p{Pd}'’])", r"(?![\w'’]|\p{Pd}\w)"
    return occurring(
        rf"{before}(?=[\w\p{{Pd}}]*\p{{Lu}})[^\W\p{{Ll}}]+(?:\p{{Pd}}[^\W\p{{Ll}}]+)*{after}", relation, count
    )


def first_word(paragraph: int, count: int, word: str) -> tuple[Way, Way]:
    """The ways to decide how many paragraphs blank lines make, and how one of them begins."""
    part, gap = r"(?>(?:(?!\n\n).)*)", r"\n\n\s*"
    whole = rf"(?s)\A\s*{part}(?:{gap}(?=\S){part}){{{count - 1}}}\s*\Z"
    start = rf"(?si)\A\s*(?:{part}{gap}(?=\S)){{{paragraph - 1}}}'*\"*{re.escape(word)}(?=[\s.,?!'\"]|\Z)"
    return Way("matches", {"pattern": whole}), Way("matches", {"pattern": start})


def json_text() -> Way:
    """The way to decide whether a response is JSON, with or without a fence around it."""
    return Way("json_parses", {"fenced": True})
