"""Who is compared with whom for the human ceiling, and the sums of each comparison within each unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.ceiling_statistics import moments, of_moments, of_table, tables

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints

MOST_UNITS = 2_000
"""More units than this are dealt into so many groups: the error of a standard error is then 1/√4000 = 1.6 %."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A person against a reference, and the judge in the person's place."""

    kind: Literal["pair", "rest"]
    """Against one other person, or against the rest."""
    annotator: int
    """The column of the (first) person."""
    n: int
    """How many items are compared."""
    human: int
    """The column of the value of people."""
    judge: tuple[int, ...]
    """The columns of the values of the judge, to be averaged."""


@dataclass(frozen=True, slots=True)
class Compared:
    """All comparisons as sums of units."""

    sums: Floats
    """(units, columns), what each unit adds."""
    width: int
    """How many columns one comparison takes."""
    statistic: Callable[[Floats], Floats]
    """Sums (B, width) to values (B,)."""
    parts: tuple[Comparison, ...]
    """Who is compared with whom."""

    def values(self, sums: Floats) -> Floats:
        """(B, comparisons), the statistic of each comparison."""
        blocks = sums.reshape(len(sums), -1, self.width)
        return self.statistic(blocks.reshape(-1, self.width)).reshape(len(sums), -1)


def grouped(index: Ints, units: int, rng: np.random.Generator) -> tuple[Ints, int]:
    """The group of each item and the number of groups: the units themselves, or 2,000 random groups of them."""
    if units <= MOST_UNITS:
        return index, units
    deal = rng.permutation(units) % MOST_UNITS
    return deal[index], MOST_UNITS


def comparisons(
    h: Floats,
    f: Floats,
    statistic: str,
    unit: Ints,
    units: int,
    *,
    scale: Floats | None,
    weigh: Callable[[int], Floats],
) -> Compared:
    """The sums of every comparison: all pairs of people, and each person against the rest.

    Args:
        h: (n, r), nan = missing; each row has two answers at least.
        f: (n,), none missing.
        statistic: its name.
        unit: (n,), the unit of each item.
        units: how many units there are.
        scale: the answers, for statistics of tables; None for statistics of moments.
        weigh: the weights (q, q) for q answers.
    """
    blocks: list[Floats] = []
    known: dict[tuple[object, ...], int] = {}
    people = h.shape[1]
    there = ~np.isnan(h)
    if scale is None:
        make: Callable[[Floats, Floats, Ints, int], Floats] = _moment_sums
        of, width = of_moments(statistic), 7
    else:
        make = _table_sums(scale)
        of_q, q = of_table(statistic, weigh(scale.size)), scale.size
        of, width = (lambda sums: of_q(sums.reshape(-1, q, q))), q * q

    def place(key: tuple[object, ...], a: Floats, others: Floats, rows: Ints) -> int:
        # With complete ratings the judge meets the same person on the same items in every pair: once is enough.
        if key not in known:
            known[key] = len(blocks)
            blocks.append(make(a[rows], others[rows], unit[rows], units))
        return known[key]

    parts: list[Comparison] = []
    for j in range(people):
        for k in range(j + 1, people):
            rows = np.flatnonzero(there[:, j] & there[:, k])
            if rows.size:
                which = "all" if rows.size == len(h) else rows.tobytes()
                human = place(("pair", j, k), h[:, j], h[:, [k]], rows)
                judge = tuple(place(("judge", x, which), f, h[:, [x]], rows) for x in (j, k))
                parts.append(Comparison("pair", j, int(rows.size), human, judge))
    for j in range(people):
        rest = np.delete(h, j, axis=1)
        rows = np.flatnonzero(there[:, j])  # each row has another answer
        if rows.size:
            own = place(("rest", j), h[:, j], rest, rows)
            parts.append(Comparison("rest", j, int(rows.size), own, (place(("judge rest", j), f, rest, rows),)))
    return Compared(np.concatenate(blocks, axis=1), width, of, tuple(parts))


def _moment_sums(a: Floats, others: Floats, unit: Ints, units: int) -> Floats:
    there = ~np.isnan(others)
    return moments(a, np.where(there, others, 0.0).sum(axis=1) / there.sum(axis=1), unit, units)


def _table_sums(scale: Floats) -> Callable[[Floats, Floats, Ints, int], Floats]:
    def sums(a: Floats, others: Floats, unit: Ints, units: int) -> Floats:
        votes = (others[:, :, None] == scale).sum(axis=1) if others.shape[1] > 1 else others == scale
        most = votes == votes.max(axis=1, keepdims=True)
        return tables(np.searchsorted(scale, a), most / most.sum(axis=1, keepdims=True), unit, units)

    return sums
