"""What did not become a pair: how many, why, and which, whatever the order of the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.pairing_scale import BETWEEN, OFF_SCALE, REASONS, UNKNOWN

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Ints
    from judgekit.io.columns import Column, Values

Side = Literal["label", "verdict"]
SAME, OTHER, OLDER = "duplicate, same answer", "duplicate, other answer", "replaced by a newer label"
"""Of several answers of one rater for one transcript: one was enough; none holds; an earlier one."""
NO_VERDICT, NO_LABEL = "no verdict", "no label"
"""The transcript has none."""
EXAMPLES = 5
"""How many ids of a kind are named."""
_MANY = 100
_SHOWN = 200
_PARTS = re.compile(r"([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Lost:
    """Labels or verdicts that did not become part of a pair, for one reason."""

    side: Side
    """Which of the two."""
    reason: str
    """Why: `no verdict`, `no label`, `abstained`, `failed: timeout`, `off the scale`, `not an answer`, …"""
    count: int
    """How many rows."""
    examples: tuple[str, ...]
    """Some of them: transcripts, for labels with their annotator."""


@dataclass(frozen=True, slots=True)
class Stray:
    """One value that is not on the scale, and how often one rater gave it."""

    rater: str | None
    """The annotator; None for the judge."""
    value: float | str
    """As it was written; a long text is cut."""
    reason: str
    """`off the scale`, `between two categories` or `not an answer`."""
    count: int
    """How often."""
    items: tuple[str, ...]
    """Some of the transcripts."""


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """What sorts names as people do: q2 before q10.

    >>> sorted(["q10", "q2", "q"], key=natural)
    ['q', 'q2', 'q10']
    """
    parts = _PARTS.split(name)
    return tuple((int(part), part) if place % 2 else (-1, part) for place, part in enumerate(parts) if part)


def some(names: Iterable[str], limit: int = EXAMPLES) -> tuple[str, ...]:
    """A few of the names: the first in natural order, each once."""
    return tuple(nsmallest(limit, set(names), key=natural))


def lost(side: Side, reason: str, rows: Ints, transcripts: Column, raters: Column | None = None) -> Iterator[Lost]:
    """The rows as one entry, if there are any."""
    if not len(rows):
        return
    codes = np.unique(transcripts.codes[rows])
    examples = some(transcripts.names[code] for code in codes)
    if raters is not None:
        few = rows[np.isin(transcripts.codes[rows], [transcripts.code(name) for name in examples])]
        pairs = np.unique(np.column_stack([transcripts.codes[few], raters.codes[few]]), axis=0).tolist()
        examples = some(f"{transcripts.names[item]} ({raters.names[rater]})" for item, rater in pairs)
    yield Lost(side, reason, len(rows), examples)


def strays(values: Values, why: Ints, transcripts: Column, raters: Column | None = None) -> list[Stray]:
    """The values that are not on the scale, the most frequent first; at most a hundred of them.

    Args:
        values: (n,), as they were written.
        why: (n,), the places in REASONS.
        transcripts: (n,), what was answered.
        raters: (n,), who answered; None for the judge.
    """
    wrong = np.flatnonzero(np.isin(why, [REASONS.index(reason) for reason in (OFF_SCALE, BETWEEN, UNKNOWN)]))
    often = Counter[tuple[str | None, str, float | str]]()
    where: dict[tuple[str | None, str, float | str], list[int]] = {}
    for row in wrong.tolist():
        value = values.at(row)
        assert value is not None
        shown = value if not isinstance(value, str) or len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        key = (raters.at(row) if raters is not None else None, REASONS[why[row]], shown)
        often[key] += 1
        where.setdefault(key, []).append(row)
    most = sorted(often, key=lambda key: (-often[key], key[0] or "", str(key[2])))[:_MANY]
    return [
        Stray(rater, value, reason, often[rater, reason, value], _named(transcripts, where[rater, reason, value]))
        for rater, reason, value in most
    ]


def _named(transcripts: Column, rows: list[int]) -> tuple[str, ...]:
    return some(transcripts.at(row) or "" for row in rows)
