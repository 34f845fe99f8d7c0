"""Which parts of a prompt are its own words: quoted, pasted and code passages are covered, character for character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

QUOTED = "\ue000"
"""Stands for each character between quotation marks, or between backticks."""
ENDED = "\ue002"
"""Stands for the last character between quotation marks, where it ends a sentence."""
COVERED = "\ue001"
"""Stands for each character that is not the prompt's own words."""

_LONGEST = 20_000
"""Characters of a prompt that are read: what is behind them is left to a person."""
_LONGEST_CLAUSE = 1_000
"""Characters of a clause that are read: what is longer is no sentence, and looking back from each phrase takes time."""
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_CITED = re.compile(r"^ {0,3}>[^\n]*$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]{1,200})`(?!`)")
_DOUBLE = re.compile(r'(?<!\w)"([^"\n]{1,2000})"(?!\w)|“([^“”\n]{1,2000})”|«([^«»\n]{1,2000})»')
_SINGLE = re.compile(
    r"(?<![\w'])'(?=\S)([^'\n]{1,200}(?:(?<=\w)'\w[^'\n]{0,100}){0,5})(?<=\S)'(?!\w)|‘([^‘’\n]{1,200})’(?!\w)"
)
_KINDS = (
    r"text|passage|paragraph|email|e-mail|message|letter|article|essay|sentence|prompt|poem|story|abstract|document|"
    r"note|review|instructions?|code|snippet|function|conversation|dialogue|speech|tweet|comment|question"
)
_WORKED_ON = (
    r"translate|summari[sz]e|proofread|rewrite|rephrase|paraphrase|edit|correct|improve|fix|check|analy[sz]e|classify|"
    r"explain|shorten|review|evaluate"
)
_TOLD_TO_OTHERS = r"prompt|instructions?|rules?|guidelines|quiz|exam|test|worksheet|sign|assignment|task"
_PASTED = re.compile(
    rf"\b(?:following|this|these|the|my|our)\b[^.:\n]{{0,40}}\b(?:{_KINDS})\b(?: below)?[^.:\n]{{0,30}}:(?=\s)"
    rf"|\b(?:{_KINDS})\b below\b[^\n]{{0,80}}\n[ \t]*\n"
    rf"|\b(?:{_WORKED_ON})\b[^.:\n]{{0,60}}\b(?:following|this|these|below)\b[^.:\n]{{0,60}}:(?=\s)"
    rf"|\b(?:write|create|draft|give me|design) (?:an?|the|some) (?:\w+ ){{0,2}}(?:{_TOLD_TO_OTHERS})\b"
    r"[^.:\n]{0,60}:(?=\s)"
    r"|\bhere(?:['’]s| is| are) (?:my|the|our|an?)\b[^.:\n]{0,60}[.:](?=\s)"
    r"|\b(?:says|said|reads|wrote|states|told me)\b[^.:\n]{0,20}:(?=\s)",
    re.IGNORECASE,
)
_ABOVE = re.compile(rf"\b(?:{_KINDS}) above\b", re.IGNORECASE)
_WORD = re.compile(r"\w")
_END = re.compile(rf"[.!?](?=[\s\"'”’)\]]|$)|[;()]|:(?=\s)|\n+|(?<={ENDED}[\"”'’»`])(?=\s{{1,3}}[A-Z])")
_CONTINUES = re.compile(r"\s{1,3}[\"'“‘«`*<]")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a prompt between two stops."""

    start: int
    """Where it begins in the prompt."""
    text: str
    """Its words; what is not its own is covered."""
    stop: str
    """The mark that ends it, or ''."""


def clauses(prompt: str) -> Iterator[Clause]:
    """The clauses of a prompt, in order; those that are all covered are left out.

    >>> [clause.text for clause in clauses("Be brief. Do not say `no`: why not?")][0]
    'Be brief'
    """
    text = _covered(prompt[:_LONGEST])
    at = 0
    for mark in _END.finditer(text):
        if mark[0] == ":" and _CONTINUES.match(text, mark.end()):
            continue  # what is quoted behind a colon belongs to the words before it
        yield from _clause(text, at, mark.start(), mark[0])
        at = mark.end()
    yield from _clause(text, at, len(text), "")


def _clause(text: str, start: int, end: int, stop: str) -> Iterator[Clause]:
    words = text[start : min(end, start + _LONGEST_CLAUSE)]
    if words.strip(f" \t\n\"'“”‘’«»`{COVERED}{QUOTED}{ENDED}"):
        yield Clause(start, words, stop[:1])


def _covered(prompt: str) -> str:
    """The prompt, of the same length, with what is not its own words covered."""
    text = prompt
    for start, end in _fenced(text):
        text = _cover(text, start, end, COVERED)
    text = _CITED.sub(lambda line: COVERED * len(line[0]), text)
    bare = text
    for marks in (_SPAN, _DOUBLE, _SINGLE):
        for found in [*marks.finditer(text)]:
            text = _quoted(text, found)
    if not _WORD.search(text):  # a prompt that stands in quotation marks as a whole
        text = bare
    if above := _ABOVE.search(text):
        start = text.rfind("\n\n", 0, above.start())
        text = _cover(text, 0, max(start, 0), COVERED)
    pasted = _PASTED.search(text)
    # A pasted text in quotation marks is covered already, and the prompt goes on behind it.
    if pasted and not _CONTINUES.match(text, pasted.end()):
        text = _cover(text, pasted.end(), len(text), COVERED)
    return text


def _cover(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by * (end - start) + text[end:]


def _quoted(text: str, found: re.Match[str]) -> str:
    """The text with the inside of a quotation covered."""
    start, end = found.start() + 1, found.end() - 1
    ended = text[end - 1] in ".!?"
    text = _cover(text, start, end, QUOTED)
    return _cover(text, end - 1, end, ENDED) if ended else text


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    opening: re.Match[str] | None = None
    for line in _FENCE.finditer(text):
        if opening is None:
            opening = line
        elif line[1].startswith(opening[1]) and line[0].strip() == line[1]:
            yield opening.start(), line.end()
            opening = None
    if opening is not None:
        yield opening.start(), len(text)
