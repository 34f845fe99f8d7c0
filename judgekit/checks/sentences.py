"""Sentences and paragraphs of Markdown prose: small fixed rules, in linear time, no language model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from judgekit.checks.fences import prose

_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_ITEM = re.compile(r"[ \t>]*+(?:[-*+•]|[0-9]{1,9}[.)])(?=[ \t])")
# The look-behind lets a run of marks be tried once, from its first mark; possessive repeats never give back.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_`]*+(?=\s|\Z)|[。！？]++[」』”’）]*+")

_NEVER_LAST = frozenset({"e.g", "i.e", "cf", "vs", "mr", "mrs", "ms", "dr", "prof", "st", "viz", "z.b", "bzw", "d.h"})
_MAY_BE_LAST = frozenset({"etc", "inc", "ltd", "co", "corp", "jr", "sr", "a.m", "p.m", "u.s", "u.k", "approx", "usw"})


def count_paragraphs(text: str) -> int:
    r"""How many paragraphs: runs of non-blank lines outside fenced blocks, headings alone not counted.

    >>> count_paragraphs("# Title\n\nOne.\nStill one.\n\nTwo.")
    2
    """
    return sum(1 for lines in _paragraphs(text) if any(_speaks(line) and not _HEADING.match(line) for line in lines))


def count_sentences(text: str) -> int:
    """How many sentences: stretches of prose that end at `.`, `!`, `?` or `…` before white space, or with their block.

    A list item and a paragraph end a sentence, a heading is none, and common abbreviations do not end one.

    >>> count_sentences("Use e.g. a list. Is it 3.14? - Yes")
    3
    """
    return sum(_sentences(chunk) for lines in _paragraphs(text) for chunk in _chunks(lines))


def _speaks(text: str) -> bool:
    return any(map(str.isalnum, text))


def _paragraphs(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in prose(text).split("\n"):
        if line.strip():
            lines.append(line)
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _chunks(lines: list[str]) -> Iterator[str]:
    """The pieces of a paragraph that no sentence crosses: list items, and what stands around headings."""
    chunk: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item or _HEADING.match(line):
            yield " ".join(chunk)
            chunk = [line[item.end() :]] if item else []
        else:
            chunk.append(line)
    yield " ".join(chunk)


def _sentences(chunk: str) -> int:
    found, begin = 0, 0
    for end in _END.finditer(chunk):
        if _goes_on(chunk, end):
            continue
        found += _speaks(chunk[begin : end.end()])
        begin = end.end()
    return found + _speaks(chunk[begin:])


def _goes_on(chunk: str, end: re.Match[str]) -> bool:
    """Whether the mark belongs to an abbreviation, an initial, or a pause inside the sentence."""
    mark = end[0].rstrip("\"'”’»)]*_`")
    if mark in ("...", "…"):
        return _lower_next(chunk, end.end())
    if mark != ".":
        return False
    # Twelve characters hold every abbreviation of the lists; a longer look back would cost quadratic time.
    before = chunk[max(0, end.start() - 12) : end.start()].split(" ")[-1].lstrip("([\"'*_")
    if before.lower() in _NEVER_LAST:
        return True
    if before.lower() in _MAY_BE_LAST:
        return _lower_next(chunk, end.end())
    return len(before) == 1 and before.isupper() and before != "I" and end.end() < len(chunk)


def _lower_next(chunk: str, at: int) -> bool:
    return chunk[at : at + 12].lstrip()[:1].islower()
