"""A run's summary as text: 80 columns, no colour needed, nothing cut; on a terminal with emphasis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from judgekit.reporting.columns import filled
from judgekit.reporting.facts import facts, headline
from judgekit.reporting.means import MeanTable, Row, mean_table

if TYPE_CHECKING:
    from judgekit.running.summary import Summary

WIDTH: Final = 80
_FACT: Final = 14
"""Columns for the name of a fact."""
_LEAST: Final = 16
"""Columns for the name of a row."""


class Line(NamedTuple):
    """One line, and how a terminal may show it; what it says does not depend on that."""

    text: str
    style: str = ""
    """A style of rich."""


def summary_text(summary: Summary, *, width: int = WIDTH) -> str:
    """The summary: a sentence, the table of means, its notes, and what else has to be said.

    Args:
        summary: of one run.
        width: columns to fill, at least 80.
    """
    return "\n".join(line.text for line in summary_lines(summary, width=width))


def summary_lines(summary: Summary, *, width: int = WIDTH) -> list[Line]:
    """The same line by line, each with its emphasis."""
    table = mean_table(summary)
    parts = [
        [Line(text, "bold") for text in filled(headline(summary), width)],
        list(_table(table, width)) if table.blocks else [],
        [Line(text, "dim") for note in table.notes for text in filled(note, width)],
        [line for name, text in facts(summary) for line in _fact(name, text, width)],
    ]
    lines: list[Line] = []
    for part in filter(None, parts):
        lines += [*([Line("")] if lines else []), *part]
    return lines


def _table(table: MeanTable, width: int) -> Iterator[Line]:
    head = ["mean", f"{table.level} CI", "scored", "abst.", "failed", "worst–best", "passed"]
    rows = [_cells(row) for block in table.blocks for row in block.rows]
    sizes = [max(cell_len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    if not any(row[-1] for row in rows):
        del head[-1], sizes[-1]
    first = max(_LEAST, width - sum(sizes) - 2 * len(sizes))
    labels = [cell_len(row.label) + 2 for block in table.blocks for row in block.rows]
    first = min(first, max([*labels, _LEAST]))
    yield Line(_line("", head, first, sizes), "dim")
    for block in table.blocks:
        yield Line("")
        for text in filled(f"{block.title} · calibration: {block.calibration}", width):
            yield Line(text, "bold")
        for row in block.rows:
            style = "italic" if row.whole else ""
            if cell_len(row.label) + 2 > first:  # a long label gets a line of its own, and is whole
                yield from (Line(text, style) for text in filled(row.label, width, "  "))
                yield Line(_line("", _cells(row), first, sizes), style)
            else:
                yield Line(_line(f"  {row.label}", _cells(row), first, sizes), style)


def _cells(row: Row) -> list[str]:
    counts = (f"{row.scored:,}", f"{row.abstained:,}", f"{row.failed:,}")
    return [row.mean, row.interval, *counts, row.bounds, row.passed]


def _line(first: str, cells: list[str], first_size: int, sizes: list[int]) -> str:
    label = first + " " * (first_size - cell_len(first))
    rest = (" " * (size - cell_len(cell)) + cell for cell, size in zip(cells, sizes, strict=False))
    return "  ".join([label, *rest]).rstrip()


def _fact(name: str, text: str, width: int) -> Iterator[Line]:
    style = {"failed": "red", "note": "yellow"}.get(name, "")
    if name == "calibration":
        style = "green" if text.startswith("valid") and "do not trust" not in text else "yellow"
    yield from (Line(line, style) for line in filled(text, width, f"{name}:".ljust(_FACT), " " * _FACT))
