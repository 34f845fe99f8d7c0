"""A judge card in Markdown, for a paper's appendix: the same sentences and tables, without figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from judgekit.reporting.card_facts import answers, header_facts, subject, trouble
from judgekit.reporting.card_parts import card_sections

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.reporting.card_tables import Section, Table

# A backslash takes the meaning of every ASCII punctuation mark, inside and outside of tables. The last alternatives
# are what becomes a link without any mark: http://…, www.…
_MEANS: Final = re.compile(r"[\\`*_{}\[\]<>#|~$&!@^]|:(?=/)|(?<=[Ww])\.")
_INTERVAL: Final = re.compile(r"\[[−\d., ]+\]")
_STARTS: Final = re.compile(r"\A(\d+(?=[.)](?:\s|\Z)))?([-+=.)])")


def render_markdown(card: JudgeCard) -> str:
    """The card as GitHub-flavoured Markdown; text from labels and transcripts is text, never markup."""
    return "\n".join(_lines(card)).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    r"""One line of text that Markdown shows as it is.

    >>> escaped("a|b <b> [x](http://y)")
    'a\\|b \\<b\\> \\[x\\](http\\://y)'
    >>> escaped("1. no list")
    '1\\. no list'
    """
    if _INTERVAL.fullmatch(text):
        return text  # no link, as nothing on the page gives it a target; and papers are read in the raw, too
    return _STARTS.sub(r"\1\\\2", _MEANS.sub(r"\\\g<0>", text))


def _lines(card: JudgeCard) -> Iterator[str]:
    yield f"# Judge card: {escaped(subject(card))}"
    yield ""
    if warning := trouble(card):
        yield f"**{escaped(warning)}**"
        yield ""
    yield "## Decisions"
    yield ""
    for decision in answers(card):
        yield f"- **{escaped(decision.question)}** ({decision.answer}) {escaped(decision.sentence)}"
    yield ""
    yield "## 1. What this card is about"
    yield ""
    yield from _rows(("What", "Value"), (False, False), header_facts(card))
    for section in card_sections(card):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.number}. {escaped(section.title)}"
    yield ""
    if section.says:
        yield f"**{escaped(section.says)}**"
        yield ""
    if section.missing:
        yield f"*Missing:* {escaped(section.missing)}"
        yield ""
    for table in section.tables:
        yield from _table(table)
    for note in section.notes:
        yield f"- {escaped(note)}"
    if section.notes:
        yield ""


def _table(table: Table) -> Iterator[str]:
    yield f"Table: {escaped(table.caption)}"
    yield ""
    names, numeric = zip(*table.columns, strict=True)
    yield from _rows(names, numeric, table.rows)


def _rows(names: tuple[str, ...], numeric: tuple[bool, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield _row(names)
    yield _row(("---:" if right else "---" for right in numeric), raw=True)
    for row in rows:
        yield _row(row)
    yield ""


def _row(cells: Iterable[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cell if raw else escaped(cell) for cell in cells)} |"
