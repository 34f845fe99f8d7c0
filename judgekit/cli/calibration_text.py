"""Estimates and findings as plain text of 80 columns and more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from judgekit.reporting.columns import filled
from judgekit.reporting.plain import number, one_line, span

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.calibration.finding import Finding


def block(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """Columns as wide as their content, the first to the left, the others to the right; a long first one has lines of
    its own, and is whole.
    """
    from rich.cells import cell_len, set_cell_size

    sizes = [max(cell_len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    sizes[0] = max(8, min(sizes[0], columns - sum(sizes[1:]) - 2 * len(sizes)))
    lines = []
    for row in (head, *rows):
        name = row[0]
        if cell_len(name) > sizes[0]:
            indent = " " * (2 + len(name) - len(name.lstrip()))
            lines += filled(name.strip(), columns, indent)
            name = ""
        first = set_cell_size(name, sizes[0])
        rest = (" " * (size - cell_len(cell)) + cell for cell, size in zip(row[1:], sizes[1:], strict=True))
        lines.append("  " + "  ".join([first, *rest]).rstrip())
    return lines


def estimates(rows: Sequence[tuple[str, Estimate]], columns: int, *, digits: int = 2) -> list[str]:
    """One line an estimate, and below them their notes and why something is undefined."""
    if not rows:
        return []
    level = f"{rows[0][1].level * 100:g} % CI"
    cells = [
        (name, number(e.value, digits), _span(e.low, e.high, digits), f"{e.n:,}", f"{e.n_clusters:,}")
        for name, e in rows
    ]
    lines = block(("", "value", level, "items", "units"), cells, columns)
    for name, e in rows:
        lacks = "n/a" if e.value != e.value else "no interval"
        for said in (e.undefined and f"{lacks}: {e.undefined}", e.note):
            if said:
                lines += paragraph(f"{name}: {one_line(said, 400)}", columns)
    return lines


def _span(low: float, high: float, digits: int) -> str:
    return span(low, high) if digits == 2 or low != low else f"{low:.{digits}f}–{high:.{digits}f}"


def findings(found: Iterable[Finding], columns: int) -> list[str]:
    """A paragraph each, with how much it matters before it."""
    return [line for one in found for line in paragraph(f"{one.severity}: {one_line(one.detail, 600)}", columns)]


def paragraph(text: str, columns: int, indent: int = 2) -> list[str]:
    """The text in lines of that width, the further ones set in."""
    return filled(text, columns, " " * indent, " " * (indent + 2))
