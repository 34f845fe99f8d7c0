"""A run's summary as plain text: 80 columns, no colour needed, nothing cut."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from judgekit.reporting.facts import facts, headline
from judgekit.reporting.means import MeanTable, Row, mean_table

if TYPE_CHECKING:
    from judgekit.running.summary import Summary

WIDTH = 80
_FACT = 14
"""Columns for the name of a fact."""


def summary_text(summary: Summary, *, width: int = WIDTH) -> str:
    """The summary: a sentence, the table of means, its notes, and what else has to be said.

    Args:
        summary: of one run.
        width: columns to fill, at least 80.
    """
    parts = [_wrap(headline(summary), width)]
    table = mean_table(summary)
    if table.blocks:
        parts.append("\n".join(_table(table, width)))
    if table.notes:
        parts.append("\n".join(_wrap(note, width) for note in table.notes))
    parts.append("\n".join(_fact(name, text, width) for name, text in facts(summary)))
    return "\n\n".join(parts)


def _table(table: MeanTable, width: int) -> list[str]:
    head = ["mean", f"{table.level} CI", "scored", "abst.", "failed", "worst–best", "passed"]
    rows = [_cells(row) for block in table.blocks for row in block.rows]
    sizes = [max(cell_len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    if not any(row[-1] for row in rows):
        del head[-1], sizes[-1]
    first = max(16, width - sum(sizes) - 2 * len(sizes))
    labels = [cell_len(row.label) + 2 for block in table.blocks for row in block.rows]
    first = min(first, max([*labels, 16]))
    lines = [_line("", head, first, sizes)]
    for block in table.blocks:
        lines += ["", *textwrap.wrap(f"{block.title} · calibration: {block.calibration}", width)]
        for row in block.rows:
            if cell_len(row.label) + 2 > first:  # a long label gets a line of its own, and is whole
                lines += textwrap.wrap(row.label, width - 2, initial_indent="  ", subsequent_indent="  ")
                lines.append(_line("", _cells(row), first, sizes))
            else:
                lines.append(_line(f"  {row.label}", _cells(row), first, sizes))
    return lines


def _cells(row: Row) -> list[str]:
    counts = (f"{row.scored:,}", f"{row.abstained:,}", f"{row.failed:,}")
    return [row.mean, row.interval, *counts, row.bounds, row.passed]


def _line(first: str, cells: list[str], first_size: int, sizes: list[int]) -> str:
    label = first + " " * (first_size - cell_len(first))
    rest = (" " * (size - cell_len(cell)) + cell for cell, size in zip(cells, sizes, strict=False))
    return "  ".join([label, *rest]).rstrip()


def _fact(name: str, text: str, width: int) -> str:
    indent = " " * _FACT
    return textwrap.fill(text, width, initial_indent=f"{name}:".ljust(_FACT), subsequent_indent=indent)


def _wrap(text: str, width: int) -> str:
    return textwrap.fill(text, width)
