"""Phrases about the form: letter case, language, marks around the response, sections, JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from judgekit.io.demands import ready
from judgekit.io.demands.numbers import NUMBER, number
from judgekit.io.demands.ready import Way
from judgekit.io.demands.rule import Hit, Rule, rule

_CODES = (
    "english:en german:de french:fr spanish:es italian:it portuguese:pt dutch:nl russian:ru polish:pl japanese:ja "
    "korean:ko chinese:zh arabic:ar hindi:hi turkish:tr swedish:sv finnish:fi greek:el hebrew:he vietnamese:vi thai:th "
    "bengali:bn tamil:ta telugu:te marathi:mr gujarati:gu punjabi:pa kannada:kn urdu:ur persian:fa ukrainian:uk "
    "czech:cs hungarian:hu romanian:ro bulgarian:bg swahili:sw nepali:ne catalan:ca"
)
LANGUAGES: Mapping[str, str] = MappingProxyType(dict(pair.split(":") for pair in _CODES.split()))
"""ISO 639 codes by the English name of the language."""
_LANGUAGE = rf"(?P<language>{'|'.join(LANGUAGES)})"
_SEPARATORS: Mapping[str, str] = MappingProxyType(
    {"semicolon": ";", "comma": ",", "pipe": "|", "slash": "/", "hyphen": "-", "tab": "\t"}
)
_WHOLE = r"(?:it|(?:your|the)(?: (?:entire|whole|full|complete))? (?:response|answer|reply|output))"
_SOME_WORDS = re.compile(r"\b(?:words?|letters?)(?: with| in)?\s*$", re.IGNORECASE)
_ENDS = r"(?=\s*(?:$|[,!]|please\b|and\b|in\b|with\b|using\b|without\b|no\b|only\b))"


def _lower(hit: Hit) -> Way:
    return Way("letter_case", {"case": "lower"})


def _upper(hit: Hit) -> Way | None:
    some = _SOME_WORDS.search(hit.match.string, 0, hit.match.start())
    return None if some else Way("letter_case", {"case": "upper"})


def _language(hit: Hit) -> Way | None:
    if hit.behind.lstrip(" ,").lower().startswith(("or ", "and in ", "and english")) and "and in all" not in hit.behind:
        return None
    return Way("language", {"code": LANGUAGES[hit["language"]]})


def _separated(hit: Hit) -> Way | None:
    if "paragraph" in hit.match[0].lower():
        return None
    return Way("separated_by", {"separator": next(mark for name, mark in _SEPARATORS.items() if name in hit["mark"])})


def _highlights(hit: Hit) -> Way | None:
    return ready.highlights(number(hit["number"])) if "markdown" in hit.behind.lower() or "*" in hit.behind else None


def _placeholders(hit: Hit) -> Way | None:
    return ready.placeholders(number(hit["number"])) if "bracket" in hit.behind.lower() else None


def _postscript(hit: Hit) -> Way:
    return ready.postscript("P.P.S" if hit["marker"].startswith("p.p") else "P.S.")


def _order(hit: Hit) -> Way:
    return Way("", {}, "Do the parts of the response stand in the order that the prompt gives?")


FORM: tuple[Rule, ...] = (
    rule(
        "lowercase",
        r"\b(?:(?:in )?all[- ]?lower[- ]?case(?: letters)?|in lower[- ]?case(?: letters)?|only lower[- ]?case letters|"
        r"lower[- ]?case letters only|(?:no|without(?: using)?(?: any)?) capital letters)\b",
        _lower,
    ),
    rule(
        "uppercase",
        r"\b(?:in )?(?:all[- ](?:caps|capitals|capital letters|upper[- ]?case(?: letters)?)|(?:upper[- ]?case|capital) "
        r"letters only|only (?:upper[- ]?case|capital) letters)\b",
        _upper,
    ),
    rule(
        "language",
        r"(?P<adv>\b(?:answer|respond|reply|write|written|summari[sz]e|be)(?: back)?"
        r"(?: only| entirely| completely| exclusively)?"
        rf"|,(?: and)?) (?:only )?in (?:the )?{_LANGUAGE}(?: language)?(?: only)?\b{_ENDS}",
        _language,
    ),
    rule(
        "language",
        rf"\b(?:write|compose|draft) (?:me )?(?:(?!(?:about|on|of|how|for)\b)\w+ ){{1,4}}in {_LANGUAGE}\b{_ENDS}",
        _language,
    ),
    rule(
        "language",
        rf"\b(?:use only|using only|only using|only use) (?:the )?{_LANGUAGE}(?: language)?\b{_ENDS}",
        _language,
    ),
    rule(
        "double_quotes",
        rf"\b(?:wrap|put|enclose|surround) {_WHOLE} (?:with|in|within|inside) double quot(?:ation marks|es)\b",
        lambda _: ready.quoted_whole(),
    ),
    rule("title", r"\btitle\b.{0,30}\bdouble angular brackets\b", lambda _: ready.angle_title(), of_part=True),
    rule(
        "postscript",
        r"\b(?:postscript|post script)\b.{0,20}?\b(?:starting|beginning|starts|begins) with "
        r"(?P<marker>P\.(?: ?P\.)? ?S)\b",
        _postscript,
        of_part=True,
    ),
    rule("placeholders", rf"\bat least (?P<number>{NUMBER}) placeholders?\b", _placeholders),
    rule(
        "highlights",
        rf"\bhighlight at least (?P<number>{NUMBER}) (?:sections?|parts?|phrases?|passages?)\b",
        _highlights,
    ),
    rule(
        "json",
        r"\b(?:in|as) (?:valid )?json(?: format)?\b|\b(?:return|output|respond with|reply with|print) (?:only )?"
        r"(?:valid )?json\b(?: only)?",
        lambda _: ready.json_text(),
    ),
    rule(
        "separated",
        r"\bseparate(?:d)?\b(?: \w+){0,4}? (?:with|by) (?:an? |the )?"
        r"(?P<mark>semicolons?|commas?|pipes?(?: characters?| symbols?)?|slash(?:es)?|hyphens?|tabs?)\b",
        _separated,
    ),
    rule("order", r"\b(?:strictly |exactly )?in (?:exactly )?(?:this|the following) (?:exact )?order\b", _order),
)
