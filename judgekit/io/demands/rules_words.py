"""Phrases about words: which have to occur, how often, and how the response begins and ends."""

from __future__ import annotations

import re

from judgekit.io.demands import ready
from judgekit.io.demands.numbers import NUMBER, number
from judgekit.io.demands.ready import Way
from judgekit.io.demands.rule import QUOTE, QUOTES, Hit, Rule, rule

_NO = (
    r"(?:do not|don['’]t|must not|mustn['’]t|should not|shouldn['’]t|may not|cannot|never|without|avoid|refrain from|"
    r"(?:is|are) not allowed to)"
)
_DOING = (
    r"(?: (?:ever |even )?(?:use|using|mention|mentioning|include|including|say|saying|write|writing|contain|"
    r"containing))?"
)
_WORDS = (
    r"(?:the |any of the |all of the |all |these |following ){0,4}(?:exact )?(?:key ?words?|words?|phrases?|terms?)"
)
_RESPONSE = (
    r"(?:it|(?:your|the|this)(?: (?:entire|whole|final|short))? (?:response|answer|reply|output|essay|story|poem|"
    r"speech|"
    r"letter|email|message|article|text|review|post|song|note))"
)
_OFTEN = (
    r"(?:for )?(?P<relation>at least|less than|fewer than|more than|at most|no more than) "
    rf"(?:(?P<number>{NUMBER}) times?|(?P<few>once|twice))\b"
)


_COUNTED = re.compile(r"\s*(?:for )?(?:at|less|fewer|more|no|exactly|once|twice|[0-9]+)\b", re.IGNORECASE)


def _often(hit: Hit) -> tuple[str, int]:
    """`at least` or `less than`, and how often."""
    relation = hit["relation"]
    count = {"once": 1, "twice": 2}[hit["few"]] if hit["few"] else number(hit["number"])
    if relation in ("at least", "more than"):
        return "at least", count + (relation == "more than")
    return "less than", count + (relation in ("at most", "no more than"))


def _with_all(hit: Hit) -> Way | None:
    return None if _COUNTED.match(hit.behind) or " or " in hit.match[0].lower() else ready.all_of(hit.quoted())


def _keyword(hit: Hit) -> Way | None:
    relation, count = _often(hit)
    return ready.keyword(hit.quoted()[0], relation, count) if count else None


def _letter(hit: Hit) -> Way | None:
    relation, count = _often(hit)
    return ready.occurring(hit.quoted()[0] if hit.quoted() else hit["letter"], relation, count, ignore_case=True)


def _capital_words(hit: Hit) -> Way | None:
    return ready.capital_words(*_often(hit))


WORDS: tuple[Rule, ...] = (
    rule(
        "keyword_frequency",
        rf"\bthe (?:key ?)?word {QUOTE} (?:should|must|has to|needs to) (?:appear|occur|be used|be mentioned) {_OFTEN}",
        _keyword,
    ),
    rule("keyword_frequency", rf"\b(?:use|mention|include) the (?:key ?)?word {QUOTE} {_OFTEN}", _keyword),
    rule(
        "letter_frequency",
        rf"\bthe letter (?:{QUOTE}|(?P<letter>[a-z])) (?:should|must|has to) (?:appear|occur) {_OFTEN}",
        _letter,
    ),
    rule(
        "capital_words",
        rf"\bwords (?:with|in) all capital letters (?:should|must) (?:appear|occur) {_OFTEN}",
        _capital_words,
    ),
    rule("forbidden_words", rf"\b{_NO}{_DOING} {_WORDS}:? ?{QUOTES}", lambda h: ready.none_of(h.quoted())),
    rule(
        "forbidden_words",
        rf"\bthe (?:key ?)?words? {QUOTES} (?:should|must|may|can)(?: not|n['’]t) "
        r"(?:appear|occur|be used|be mentioned)\b",
        lambda h: ready.none_of(h.quoted()),
    ),
    rule(
        "keywords",
        rf"\b(?:include|use|mention|contain|containing|including|incorporate) {_WORDS}:? ?{QUOTES}",
        _with_all,
    ),
    rule(
        "ends",
        rf"\b(?:end|finish|conclude|close)(?: {_RESPONSE})? with (?:the |this |these )?(?:exact |very )?"
        rf"(?:phrase|words?|sentence|line|text)?:? ?{QUOTE}",
        lambda h: ready.ends(h.quoted()[0]),
    ),
    rule(
        "starts",
        rf"\b(?:start|begin|open)(?: {_RESPONSE})? with (?:the |this |these )?(?:exact |very )?"
        rf"(?:phrase|words?|sentence|line|text|greeting)?:? ?{QUOTE}",
        lambda h: ready.begins(h.quoted()[0]),
    ),
    rule(
        "no_commas",
        rf"\b(?:{_NO}(?: (?:use|using|the use of|include|including|contain|containing|put))?(?: any)?|"
        r"no|zero) commas?\b"
        r"(?! (?:after|before|between|splice|to))",
        lambda _: ready.no_commas(),
    ),
)
