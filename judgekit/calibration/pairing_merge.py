"""Several answers of one rater for one transcript become one, or none where they contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """One answer a key."""

    keys: Ints
    """(m,), ascending, each once."""
    values: Floats
    """(m,), nan where the answers contradict each other."""
    same: Ints
    """Rows that only repeat another."""
    other: Ints
    """Rows that contradict another, with no date to tell which one holds."""
    older: Ints
    """Rows that a newer one replaces."""


def merge(keys: Ints, values: Floats, rows: Ints, created: Mapping[int, datetime]) -> Merged:
    """One answer for each key, whatever the order of the rows.

    Equal answers are one. Of different ones the newest holds, where each has a date and the newest are equal; else
    there is no answer: to take the first would let the order of a file decide.

    Args:
        keys: (n,), what is answered and by whom.
        values: (n,), none of them nan.
        rows: (n,), the row that each answer stands in.
        created: when the answer of a row was given, where that is known.

    >>> found = merge(np.array([7, 4, 7, 4]), np.array([1.0, 2.0, 1.0, 3.0]), np.arange(4), {})
    >>> found.keys.tolist(), found.values.tolist(), len(found.same), sorted(found.other.tolist())
    ([4, 7], [nan, 1.0], 1, [1, 3])
    """
    order = np.argsort(keys, kind="stable")
    sorted_keys, sorted_values = keys[order], values[order]
    first = np.ones(len(keys), dtype=bool)
    first[1:] = sorted_keys[1:] != sorted_keys[:-1]
    starts = np.flatnonzero(first)
    if not len(starts):
        none = np.empty(0, dtype=np.intp)
        return Merged(none, np.empty(0), none, none, none)
    lowest, highest = np.minimum.reduceat(sorted_values, starts), np.maximum.reduceat(sorted_values, starts)
    agree = lowest == highest
    group = np.cumsum(first) - 1
    merged = np.where(agree, lowest, np.nan)
    same, other, older = [order[~first & agree[group]]], [], []
    ends = np.append(starts[1:], len(keys))
    for place in np.flatnonzero(~agree).tolist():
        places = order[starts[place] : ends[place]]
        newest = places[_newest(rows[places], created)]
        held = values[newest]
        if len(held) and held.min() == held.max():
            merged[place] = held[0]
            same.append(newest[1:])
            older.append(np.setdiff1d(places, newest))
        else:
            other.append(places)
    return Merged(sorted_keys[starts], merged, *(rows[_joined(parts)] for parts in (same, other, older)))


def _newest(rows: Ints, created: Mapping[int, datetime]) -> NDArray[np.bool_]:
    """(n,), which rows have the last date; none where one has no date."""
    dates = [created.get(row) for row in rows.tolist()]
    known = [_utc(one) for one in dates if one is not None]
    last = max(known, default=None) if len(known) == len(dates) else None
    return np.array([one == last for one in known] if last else [False] * len(dates), dtype=bool)


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)
