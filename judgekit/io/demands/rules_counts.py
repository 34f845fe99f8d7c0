"""Phrases about how many: words, sentences, paragraphs, lines, characters, bullet points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from judgekit.io.demands.numbers import NUMBER, number
from judgekit.io.demands.ready import Way, bounded, divided
from judgekit.io.demands.rule import Hit, Rule, rule

_CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "word": "word_count",
        "sentence": "sentence_count",
        "paragraph": "paragraph_count",
        "line": "line_count",
        "character": "char_count",
        "bullet": "bullet_count",
    }
)
_UNIT = r"(?P<unit>(?P<kind>word|sentence|paragraph|line|character)s?|(?:bullet[- ]points?|bullets))"
_WHOLE = r"(?P<unit>(?P<kind>sentence|paragraph|line)s?|(?:bullet[- ]points?|bullets))"
_RELATIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("exactly", "precisely"), "exactly"),
        **dict.fromkeys(("at least", "no fewer than", "no less than", "not less than"), "at least"),
        **dict.fromkeys(("a minimum of", "minimum of", "minimum", "min", "min."), "at least"),
        **dict.fromkeys(("at most", "no more than", "not more than", "up to", "no longer than"), "at most"),
        **dict.fromkeys(("a maximum of", "maximum of", "maximum", "max", "max."), "at most"),
        **dict.fromkeys(("not exceed", "n't exceed", "not be longer than", "not be more than"), "at most"),
        **dict.fromkeys(("fewer than", "less than", "under", "below"), "less than"),
        **dict.fromkeys(("more than", "over", "longer than"), "more than"),
    }
)
_RELATION = "|".join(sorted(map(re.escape, _RELATIONS), key=len, reverse=True))
# What may stand before "at least 3 words" where the whole response has to have them.
_OPENERS = (
    "with in using use uses contain contains containing have has having be is are keep it of write give me provide to "
    "answer response reply output story essay poem and only list within under must should shall may does can"
)
_BEFORE = frozenset(_OPENERS.split())
# "words a day", "words from this list", "one word or two": another count.
_OTHER = re.compile(
    r"\s*(?:of|from|per|each|every|or|to|away|before|after|apart)\b|\s*an? (?:day|week|minute|second|hour|page|line)\b"
    r"|\s*(?:in|with) (?:all|only|bold|caps|capital|upper|lower|italics|quot)|\s*(?:-|–|/)",
    re.IGNORECASE,
)
_LEAST_CHARACTERS = 40
"""Fewer characters are more often people in a story, or the length of a password."""


def _way(hit: Hit, relation: str, *, more: bool = False) -> Way | None:
    if not more and _OTHER.match(hit.behind):
        return None
    kind, count = hit["kind"] or "bullet", number(hit["number"])
    if kind == "character" and count < _LEAST_CHARACTERS:
        return None
    if kind == "paragraph" and ("***" in hit.prompt or "divider" in hit.prompt):
        return divided(count) if relation == "exactly" and count else None
    return bounded(_CHECKS[kind], relation, count)


def _related(hit: Hit) -> Way | None:
    if hit["adv"] == "" and hit.last_word not in _BEFORE | {""}:
        return None
    return _way(hit, _RELATIONS[hit["relation"].replace("’", "'")])


def _or_more(hit: Hit) -> Way | None:
    if hit["adv"] == "" and hit.last_word not in _BEFORE | {""}:
        return None
    return _way(hit, "at least" if hit["or"].endswith(("more", "least", "minimum", "min")) else "at most", more=True)


def _no_more(hit: Hit) -> Way | None:
    return _way(hit, "at least" if hit["relation"] in ("less than", "fewer than") else "at most")


def _exactly(hit: Hit) -> Way | None:
    return _way(hit, "exactly")


def _at_most(hit: Hit) -> Way | None:
    return _way(hit, "at most", more=True)


_ADV = r"(?P<adv>\b(?:in|using|within|with) (?:just |only )?)"
_NUMBER = rf"(?P<number>{NUMBER})"

COUNTS: tuple[Rule, ...] = (
    rule(
        "count",
        rf"{_ADV}?\b{_NUMBER} {_UNIT} (?P<or>or more|or fewer|or less|at most|at least|maximum|minimum|max|min)\b",
        _or_more,
    ),
    rule("count", rf"{_ADV}?\b{_NUMBER} (?P<or>or more|or fewer|or less) {_UNIT}\b", _or_more),
    rule("count", rf"{_ADV}?(?<![\w])(?P<relation>{_RELATION}) {_NUMBER} {_UNIT}\b(?!')", _related),
    rule(
        "count",
        r"\b(?:do not|don['’]t|never|must not|should not|may not|cannot) (?:(?:exceed|go over)|(?:use|write|answer in|"
        r"respond in|reply with|be|have|contain|take) (?P<relation>more than|longer than|less than|fewer than)) "
        rf"{_NUMBER} {_UNIT}\b",
        _no_more,
    ),
    rule(
        "count",
        rf"\b(?:limit|restrict) (?:your|the|it|yourself)(?: \w+){{0,3}}? to (?:at most |a maximum of |no more than )?"
        rf"{_NUMBER} {_UNIT}\b(?: at most| or less| or fewer| maximum)?",
        _at_most,
    ),
    rule("count", rf"{_ADV}{_NUMBER}(?: short| simple| brief| long)? {_WHOLE}\b(?! long)", _exactly),
    rule("count", rf"(?P<adv>\b(?:in|with|using) (?:just |only )?){_NUMBER} (?P<kind>word)\b", _exactly),
    rule("count", rf"\b{_NUMBER} (?P<kind>word|sentence|paragraph|line)s? only\b", _exactly),
    rule(
        "count",
        rf"\b(?:there|response|answer|reply) (?:should|must) (?:be|have|contain) {_NUMBER} {_WHOLE}\b",
        _exactly,
    ),
    rule("count", r"\ba (?P<number>one|single)[- ](?P<kind>sentence|paragraph)\b", lambda hit: _exactly_one(hit)),
)


def _exactly_one(hit: Hit) -> Way | None:
    return bounded(_CHECKS[hit["kind"]], "exactly", 1)
