"""What a page about a judge card is made of: sections with sentences and tables, the same for HTML and Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plain import NOT_AVAILABLE, one_line, signed

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate

MAX_CELL: Final = 300
"""Characters of one text in a table; what is longer says how long it is."""
DIGITS: Final = 3
"""After the point, in tables."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row names it."""

    caption: str
    """What the rows are."""
    head: tuple[str, ...]
    """The column names; one that begins with `#` holds numbers, and is shown without it."""
    rows: tuple[tuple[str, ...], ...]
    """The cells: one line each, hidden characters as tokens, nothing escaped yet."""

    @property
    def columns(self) -> tuple[tuple[str, bool], ...]:
        """Each column's name, and whether it holds numbers."""
        return tuple((name.removeprefix("#"), name.startswith("#")) for name in self.head)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the card, ready to be shown."""

    number: int
    """1..12."""
    key: str
    """The field of the card."""
    title: str
    """What the part asks."""
    says: str
    """Its answer in a sentence."""
    missing: str
    """What could not be computed; empty where nothing is missing."""
    notes: tuple[str, ...]
    """What has to be known beside the numbers."""
    tables: tuple[Table, ...]
    """Its numbers; those without rows are left out."""


def cell(text: str) -> str:
    """Foreign text as it stands in a table; a dash where there is none."""
    return one_line(text, MAX_CELL) or "–"


def num(value: float | None, digits: int = DIGITS) -> str:
    """The number with fixed digits and a true minus sign, or `n/a`.

    >>> num(-0.25), num(-0.0001), num(None)
    ('−0.250', '0.000', 'n/a')
    """
    if value is None or not math.isfinite(value):
        return NOT_AVAILABLE
    return signed(value, digits)


def p_value(value: float) -> str:
    """A probability as papers print it.

    >>> p_value(0.0004), p_value(0.0312)
    ('< 0.001', '0.031')
    """
    return "< 0.001" if 0.0 <= value < 0.001 else num(value)


def percent(share: float) -> str:
    """The share in percent, or `n/a`.

    >>> percent(0.125), percent(float("nan"))
    ('12.5 %', 'n/a')
    """
    return f"{share * 100:.1f} %" if math.isfinite(share) else NOT_AVAILABLE


def part_of(count: int, whole: int) -> str:
    """The share in whole percent, never 0 % for something nor 100 % for less than all.

    >>> part_of(1, 400), part_of(399, 400), part_of(1, 4)
    ('<1%', '>99%', '25%')
    """
    share = count / whole if whole else 0.0
    if 0.0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1.0 else f"{share:.0%}"


def interval(estimate: Estimate) -> str:
    """The interval, or `none`.

    >>> from judgekit.calibration.estimate import Estimate
    >>> interval(Estimate("x", 0.0, -0.5, 0.25, 0.95, 9, 9, "t"))
    '[−0.500, 0.250]'
    """
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return "none"
    return f"[{num(estimate.low)}, {num(estimate.high)}]"


def headed(level: float) -> tuple[str, ...]:
    """The columns of an estimate, as `numbers` fills them."""
    return "#Value", f"#{level * 100:g} % interval", "#n", "#Units", "Method"


def numbers(estimate: Estimate | None) -> tuple[str, ...]:
    """Value, interval, n, independent units, and how it was made or why there is none."""
    if estimate is None:
        return NOT_AVAILABLE, "none", "0", "0", "–"
    method = estimate.undefined or estimate.method
    how = f"{method}; {estimate.note}" if estimate.note else method
    return num(estimate.value), interval(estimate), f"{estimate.n:,}", f"{estimate.n_clusters:,}", cell(how)


def estimates(
    caption: str, named: Iterable[tuple[str, Estimate | None]], level: float, first: str = "Measure"
) -> Table:
    """A table with a row an estimate; those that are None are left out."""
    rows = tuple((cell(name), *numbers(e)) for name, e in named if e is not None)
    return Table(caption, (first, *headed(level)), rows)


def section(
    number: int, key: str, title: str, says: str, missing: str, notes: Sequence[str], *tables: Table
) -> Section:
    """The section, its foreign text made visible and its empty tables left out."""
    return Section(
        number,
        key,
        title,
        one_line(says, 2000),
        one_line(missing, 2000),
        tuple(one_line(note, 2000) for note in notes),
        tuple(replace(table, caption=cell(table.caption)) for table in tables if table.rows),
    )
