"""A quote as plain text: 80 columns, a line a rubric, and below it what the ranges rest on."""

from __future__ import annotations

import textwrap
from math import floor, log10
from typing import TYPE_CHECKING

from judgekit.reporting.plain import count, one_line

if TYPE_CHECKING:
    from judgekit.running.guess import Range
    from judgekit.running.quote import Quote, RubricQuote

_NAME = 24
_FACT = 14
_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_HEAD = ("calls", "tokens in", "tokens out", "price")


def quote_text(quote: Quote, *, width: int = 80) -> str:
    """The quote: a sentence, the table, and what else to know.

    Args:
        quote: of one batch.
        width: columns to fill, at least 80.
    """
    rows = [one for one in quote.rubrics if one.ask]
    rows += [quote.total] if len(rows) > 1 else []
    parts = [textwrap.fill(_headline(quote), width)]
    if rows:
        parts.append("\n".join(_table(rows)))
    parts.append("\n".join(_fact(name, text, width) for name, text in quote_facts(quote)))
    return "\n\n".join(parts)


def quote_facts(quote: Quote) -> list[tuple[str, str]]:
    """Name and text of each thing to know, those that are silent left out."""
    total = quote.total
    found = [("price", quote.prices or f"unknown for {_judge(quote)}: give it with --prices FILE")]
    if quote.budget_usd is not None:
        found.append(("budget", _budget(quote)))
    if total.kept:
        found.append(("kept", f"{count(total.kept, 'verdict')} of {one_line(quote.run or '', 200)}: paid for already"))
    if total.copies:
        found.append(("copies", f"{count(total.copies, 'job')} with the text and inputs of another one"))
    if total.by_code:
        found.append(("by code", f"{count(total.by_code, 'job')} that no call is made for"))
    if total.missing_input:
        jobs = count(total.missing_input, "job")
        found.append(("missing", f"{jobs} will fail with missing_input: complete the question file (--questions)"))
    if total.ask:
        found.append(("tokens", _tokens(quote)))
        found.append(("calls", _calls(quote)))
        if total.cached_tokens.high:
            cached = f"{_short(total.cached_tokens)} of the tokens in, if the provider keeps the beginnings of prompts"
            found.append(("cached", f"{cached}; the low price counts on the most, the high one on the fewest"))
    return found


def _headline(quote: Quote) -> str:
    total = quote.total
    jobs = (
        f"Dry run, nothing was asked or written. {count(total.jobs, 'job')}: "
        f"{count(quote.transcripts, 'transcript')} under {count(len(quote.rubrics), 'rubric')}."
    )
    if not total.ask:
        return f"{jobs} None of them needs a call."
    price = "an unknown price" if total.cost_usd is None else _usd(total.cost_usd)
    return (
        f"{jobs} {_judge(quote)} would be asked for {total.ask:,} of them, in {_span(total.calls)} calls, for {price}."
    )


def _judge(quote: Quote) -> str:
    return one_line(quote.judge, 80) + (f" at {one_line(quote.endpoint, 120)}" if quote.endpoint else "")


def _table(rows: list[RubricQuote]) -> list[str]:
    cells = [
        (
            _short(row.calls),
            _short(row.prompt_tokens),
            _short(row.completion_tokens),
            "unknown" if row.cost_usd is None else _usd(row.cost_usd),
        )
        for row in rows
    ]
    sizes = [max(len(line[i]) for line in (_HEAD, *cells)) for i in range(len(_HEAD))]
    lines = [_line("", _HEAD, sizes)]
    for row, line in zip(rows, cells, strict=True):
        name = one_line(row.rubric, 120) or "in all"
        if len(name) > _NAME:
            lines += textwrap.wrap(name, 78)
            name = ""
        lines.append(_line(name, line, sizes))
    return lines


def _line(name: str, cells: tuple[str, ...], sizes: list[int]) -> str:
    return "  ".join([name.ljust(_NAME), *(cell.rjust(size) for cell, size in zip(cells, sizes, strict=True))]).rstrip()


def _budget(quote: Quote) -> str:
    assert quote.budget_usd is not None
    asked = _given(quote.budget_usd)
    if quote.budget == "unknown" or quote.left_usd is None:
        return f"{asked} cannot be kept while the price is unknown"
    spent = f", {_given(quote.spent_usd)} of it spent before" if quote.spent_usd else ""
    said = {
        "enough": "is enough",
        "perhaps": "may be too little: what it does not reach is recorded as failed with kind budget",
        "too little": "is too little: what it does not reach is recorded as failed with kind budget",
    }
    return f"{asked}{spent} {said[quote.budget or 'perhaps']}"


def _tokens(quote: Quote) -> str:
    rendered = f"{count(quote.rendered, 'request')} rendered"
    if quote.sampled:
        rendered += ", a sample beyond the first 500 of a rubric"
    if quote.observed:
        return f"{rendered}; by what {count(quote.observed, 'verdict')} of this run took, a tenth or more around it"
    return (
        f"{rendered} and measured in bytes, 0.18 to 0.35 tokens each in English and code; replies without hidden "
        "reasoning, which can be many times as long. To know better: score some with --limit 20, then quote again"
    )


def _calls(quote: Quote) -> str:
    if quote.observed:
        return "re-asks and retries as often as in this run so far"
    return "one for each, to every fourth asked again"


def _usd(cost: Range) -> str:
    """The price with two digits and more, as few more are known."""
    low, high = (_digits(value) for value in (cost.low, cost.high))
    return f"${low}" if low == high else f"${low}–{high}"


def _given(value: float) -> str:
    return f"${value:,.2f}" if value >= 0.01 else f"${value:.2g}"


def _digits(value: float) -> str:
    if value == 0 or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(2, 1 - floor(log10(value)))}f}"


def _span(found: Range) -> str:
    return f"{found.low:,.0f}" if found.low == found.high else f"{found.low:,.0f}–{found.high:,.0f}"


def _short(found: Range) -> str:
    """The range with two or three digits and one unit, as that many are known."""
    unit, name = next((one for one in _UNITS if found.high >= one[0]), _UNITS[-1])
    low, high = (
        f"{value / unit:.{0 if value / unit >= 100 or unit == 1 else 1}f}" for value in (found.low, found.high)
    )
    return f"{low}{name}" if low == high else f"{low}–{high}{name}"


def _fact(name: str, text: str, width: int) -> str:
    return textwrap.fill(text, width, initial_indent=f"{name}:".ljust(_FACT), subsequent_indent=" " * _FACT)
