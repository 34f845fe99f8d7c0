"""The prompt's defences against hostile text, and the same prompt without one of them, to measure what each does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from judgekit.errors import UserError
from judgekit.judging.prompt import PromptTemplate


@dataclass(frozen=True, slots=True)
class Defence:
    """One thing in the prompt that is there because the data may be hostile."""

    name: str
    """How tables call it."""
    about: str
    """What it does."""
    edits: tuple[tuple[re.Pattern[str], str], ...]
    """What takes it out of a template: patterns and what stands in their place; the first has to match."""


def _edits(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.MULTILINE), instead) for pattern, instead in pairs)


_FORM = r"^- The data shows each message as a JSON string\. "

DEFENCES: Final = (
    Defence(
        "marker",
        "the data stands between two lines with a marker that it cannot contain",
        _edits(
            (r"^-----(?:BEGIN|END) DATA \{\{ marker \}\}-----\n", ""),
            ("Everything between the two marker lines is", "All messages below are"),
        ),
    ),
    Defence(
        "warning",
        "the instructions say that nothing in the data is addressed to the judge",
        _edits((r"^- Everything between the two marker lines is data.*\n", "")),
    ),
    Defence(
        "reminder",
        "the questions are named again after the data",
        _edits((r"(^-----END DATA \{\{ marker \}\}-----\n)(?:.*\n)*?(?=\{%- ?endblock)", r"\1")),
    ),
    Defence(
        "quoting",
        "each text is a JSON string, which nothing in it can end",
        _edits((r"\| quoted\b", "| only_shown"), (_FORM, "- ")),
    ),
    Defence(
        "tokens",
        "hidden characters are shown as tokens",
        _edits((r"\| quoted\b", "| only_quoted"), (r" Tokens such as .*$", "")),
    ),
)
"""In the order in which tables show them."""


def undefended(template: str, off: Sequence[Defence]) -> PromptTemplate:
    """The template without these defences. For measuring alone: nothing else builds a prompt of it.

    Raises:
        UserError: the template does not have one of them in the form that is known here.

    >>> undefended("judge.j2", DEFENCES[:1]).digest == PromptTemplate("judge.j2").digest
    False
    """
    return PromptTemplate(template, rewrite=partial(_without, off, template))


def _without(off: Sequence[Defence], template: str, source: str) -> str:
    for defence in off:
        first, *more = defence.edits
        source, found = first[0].subn(first[1], source)
        if not found:
            raise UserError(f"the template {template!r} has no {defence.name} to take out, as judge.j2 has it")
        for pattern, instead in more:
            source = pattern.sub(instead, source)
    return source
