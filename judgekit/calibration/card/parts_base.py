"""What all parts of a judge card have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from judgekit.noun import MisfitError, Noun, Text


def need_lengths(wanted: int, **columns: Sequence[Any]) -> None:
    """Nothing.

    Raises:
        MisfitError: one of the columns has another length.
    """
    wrong = [
        ((name,), f"{wanted} values were wanted; there are {len(x)}") for name, x in columns.items() if len(x) != wanted
    ]
    if wrong:
        raise MisfitError(wrong)


def need_table(rows: Sequence[Sequence[Any]], height: int, width: int, name: str) -> None:
    """Nothing.

    Raises:
        MisfitError: it has another number of rows, or a row has another length.
    """
    need_lengths(height, **{name: rows})
    for place, row in enumerate(rows):
        if len(row) != width:
            raise MisfitError([((name, place), f"{width} values were wanted; there are {len(row)}")])


class Part(Noun):
    """What all parts have."""

    says: Text = ""
    """One plain sentence for the part's decision."""
    missing: Text = ""
    """What could not be computed, and what is needed for it; empty where nothing is missing."""
    notes: tuple[Text, ...] = ()
    """What has to be known beside the numbers."""
