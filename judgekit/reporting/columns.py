"""Lines for a terminal, measured in its columns: a Chinese character or an emoji takes two."""

from __future__ import annotations

import re
import textwrap


def filled(text: str, columns: int, first: str = "", further: str | None = None) -> list[str]:
    """The text in lines no wider than the columns; a word that is wider is broken.

    Args:
        text: one paragraph.
        columns: how wide lines may be.
        first: what the first line begins with.
        further: what the others begin with; None: as many spaces.

    >>> filled("names such as 模型一号测试版本", 16, "- ")
    ['- names such as', '  模型一号测试版', '  本']
    """
    from rich.cells import cell_len, chop_cells

    further = " " * cell_len(first) if further is None else further
    if (first + text + further).isascii():
        return textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=further)
    lines, line, empty = [], first, True
    for word in text.split():
        gap = "" if empty else " "
        if cell_len(line + gap + word) <= columns:
            line, empty = line + gap + word, False
            continue
        room = max(columns - cell_len(further), 2)
        pieces = [word] if cell_len(word) <= room else chop_cells(word, room)
        if not empty:
            lines.append(line)
            line = further
        *whole, last = pieces
        for piece in whole:
            lines.append(line + piece)
            line = further
        line, empty = line + last, False
    return lines if empty else [*lines, line]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which Model2 comes before Model10.

    >>> sorted(["Model10", "Model2", "a"], key=natural)
    ['a', 'Model2', 'Model10']
    """
    parts = re.split(r"(\d{1,18})", text.casefold())
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part)
