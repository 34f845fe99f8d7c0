"""Whether the words before a phrase make it a demand on the response, and how strong it is."""

from __future__ import annotations

import re

from judgekit.io.demands.masks import Clause

_VERBS = (
    "write|use|answer|respond|reply|explain|describe|give|list|provide|produce|create|compose|draft|summari[sz]e|make|"
    "keep|include|add|end|finish|conclude|start|begin|open|close|limit|restrict|ensure|avoid|refrain|never|do not|"
    "don't|"
    "don’t|return|output|print|show|present|structure|format|put|wrap|enclose|surround|separate|highlight|mark|tell|say|"
    "name|compare|discuss|suggest|convert|rewrite|refactor|translate|generate|implement|fix|compute|calculate|parse|"
    "sum|praise|review|state|mention|organi[sz]e|outline|invent|propose|speak|be sure|make sure|remember|repeat|"
    "identify|define|sketch|report|order|arrange|divide|split|construct|design|develop|offer|recommend|prepare|follow|"
    "stick|try to|aim (?:for|to)|only (?:use|write|answer|return|output|reply|respond|give|print|show)|"
    "flatten|code|build|brainstorm|help"
)
_LEAD = (
    r"[\s\-*•\"'”’,.]*(?:[0-9]{1,2}[.)]\s{1,3})?"
    r"(?:(?:please|kindly|now|then|also|and|but|finally|first|next|again|ideally|preferably|if possible|if you can|"
    r"additionally|furthermore|importantly|note|important|explicitly|strictly|just|ok|okay|hey|hi|hello|so|"
    r"in your (?:\w+ ){0,2}"
    r"(?:response|answer|reply|output|essay|letter|story|poem)|"
    r"at the (?:very )?end of your (?:\w+ ){0,2}\w+)[,:]?\s{1,3}){0,4}"
)
_ANSWER = (
    "answer|response|reply|output|result|essay|story|poem|speech|letter|email|message|tweet|post|article|summary|"
    "explanation|description|text|resume|review|report|paragraph|haiku|song|lullaby|ad|advertisement|blog|memo|note|"
    "biography|code|script|headline|slogan|caption|rap|ode|fable|riddle|joke|limerick|ballad|sermon|toast|bio"
)
_FRAME = re.compile(
    rf"{_LEAD}(?:(?:can|could|will|would) you (?:please |kindly |also )?)?(?:{_VERBS})\b"
    r"|.{0,80}?\b(?:your|the|this) (?:\w+ ){0,2}?(?:" + _ANSWER + r")\b.{0,20}?\b(?:must|should|shall|has to|have to|"
    r"needs to|need to|is to|may not|cannot|can't|ought to)\b"
    rf"|{_LEAD}(?:you|it|they|there) (?:are not allowed|must|should|shall|has to|have to|needs? to|may not|cannot|"
    r"are to)\b"
    rf"|{_LEAD}(?:i want|i need|i would like|i'd like|i’d like|your (?:job|task) is to)\b"
    rf"|{_LEAD}(?:the|responses) (?:word|words|letter|keyword|keywords|responses|and only)\b"
    r".{0,60}?\b(?:must|should)\b"
    rf"|{_LEAD}(?:in your|paragraphs are)\b",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_LEAD}(?:(?:in|with|using|use|no|only|all)\s{{1,3}})?", re.IGNORECASE)
_QUESTION = re.compile(
    r"[\s\"'”’]*(?:and |but |so |or )?(?:why|how|what|when|where|which|who|whose|is|are|was|were|do you|does|"
    r"did|should|"
    r"has|have|am|must|may|could (?!you)|can (?!you)|would (?!you)|will (?!you))\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:if|suppose|imagine|whether|unless|until|instead of|rather than|no need|needn't|not have to|n't have to|"
    r"n’t have to|not need|n't need|n’t need|isn't|isn’t|aren't|feel free|allowed to|optional|optionally|might|"
    r"for example|e\.g|such as|said|says|told|asked|asks|wants|used to|called|titled|named|saying|typically|usually)\b",
    re.IGNORECASE,
)
_MAY = re.compile(r"\b(?:you|they|it) (?:may|can|could)\b(?! not)", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:can|could|will|would) you\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|without|cannot|nor)\b|n['’]t\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:who|whom|whose|where|which|in which|that|because|when|players|people|students|pupils|users)\b", re.IGNORECASE
)
_INDIRECT = re.compile(r"\b(?:how|why|what)\b", re.IGNORECASE)
_HAS = re.compile(
    r"\b(?:that|which) (?:is|are|has|have|contains?|uses?|includes?|consists? of|runs?|spans?)\s*$", re.IGNORECASE
)
_ENSURED = re.compile(r"\b(?:ensure|make sure|be sure|make certain)(?: that)?\b", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:each|every|per|title|heading|headings|subject|names?|table|rows?|columns?|first|"
    r"second|third|last|opening|closing sentence|final|intro|introduction|conclusion|chapter|chapters|stanza|stanzas|"
    r"verse|verses|section|sections|footnotes?|docstring|docstrings|comments?|quotes?|dialogue line|some words)\b",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:functions?|methods?|scripts?|programs?|class|classes|regex|parser|validator|generator|passwords?|app|api|"
    r"query|queries|algorithm|loop|test|tests|macro|formula|game|tool|bot|website|page|form|rules?|plan|outline|template|"
    r"rubric|prompt)\b",
    re.IGNORECASE,
)
_SOFT = re.compile(r"\b(?:ideally|preferably|if possible|if you can|try to|aim for|aim to)\b", re.IGNORECASE)


def is_demand(clause: Clause, start: int, *, of_part: bool, of_code: bool, adverbial: bool) -> bool:
    """Whether a phrase in a clause is demanded of the response as a whole.

    Args:
        clause: where it stands.
        start: where it begins in the clause.
        of_part: whether it may be about a part of the response.
        of_code: whether it is about code, and so may stand in a sentence that asks for a function.
        adverbial: whether it begins with `in` or `using`, so that it belongs to the verb of the clause and not to what
            is told about.
    """
    before = _SOFT.sub("", clause.text[_told_before(clause, start) : start])
    if _QUESTION.match(clause.text) or not _framed(clause, start):
        return False
    asked = _ASKED.sub("", before)
    if _UNSURE.search(before) or _MAY.search(asked):
        return False
    if _NOT.search(before) and not _harmless(before):
        return False
    told = _HAS.sub("", before)
    if _WITHIN.search(told) or (_INDIRECT.search(told) and not adverbial):
        return False
    if not of_part and _PART.search(before):
        return False
    return of_code or not _MADE.search(before)


def is_soft(clause: Clause, start: int) -> bool:
    """Whether the words before a phrase make it a wish."""
    return _SOFT.search(clause.text, 0, start) is not None


def _told_before(clause: Clause, start: int) -> int:
    """Where the words begin that a phrase depends on: `make sure` begins anew, whatever was told before."""
    return max((found.end() for found in _ENSURED.finditer(clause.text, 0, start)), default=0)


def _framed(clause: Clause, start: int) -> bool:
    frame = _FRAME.match(clause.text)
    if frame and frame.end() <= max(start, 0) + 40:
        return True
    bare = _BARE.match(clause.text, 0, start)
    return bare is not None and bare.end() >= start


def _harmless(before: str) -> bool:
    """Whether every negation before the phrase belongs to another demand: a comma or an `and` stands between."""
    last = [*_NOT.finditer(before)][-1]
    return re.search(r",|\band\b", before[last.end() :]) is not None
