"""Rows in columns: names as places in a table, values as numbers or texts; a million rows take a few bytes each."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.noun import mend_surrogates

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One name a row, or none."""

    names: tuple[str, ...]
    """The different names, in the order in which they first came."""
    codes: NDArray[np.int32]
    """(n,), the place of each row's name in `names`; -1 where there is none."""

    def at(self, row: int) -> str | None:
        """The name of a row.

        >>> maker = ColumnMaker(["q1", None, "q1"])
        >>> column = maker.column()
        >>> column.at(1), column.at(2), column.names
        (None, 'q1', ('q1',))
        """
        code = int(self.codes[row])
        return None if code < 0 else self.names[code]

    def code(self, name: str) -> int:
        """The place of a name; -2, which no row has, where it does not occur."""
        return self.names.index(name) if name in self.names else -2

    def counts(self) -> dict[str, int]:
        """How many rows have each name, by name."""
        often = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        return dict(sorted(zip(self.names, often.tolist(), strict=True)))


class ColumnMaker:
    """Takes one name a row; a name that was seen before costs one look-up."""

    def __init__(self, names: list[str | None] | None = None) -> None:
        self._places = _Places()
        self._codes = array("i")
        for name in names or ():
            self.add(name)

    def add(self, name: str | None) -> None:
        """Take the name of the next row."""
        self._codes.append(-1 if name is None else self._places[name])

    def column(self) -> Column:
        """All that was taken."""
        return Column(tuple(self._places.names), np.array(self._codes, dtype=np.int32))


class _Places(dict[str, int]):
    """The place of each name; a new one gets the next."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def __missing__(self, name: str) -> int:
        # Two names may differ in half characters alone, which cannot be written.
        place = self[name] = self.names.setdefault(str(mend_surrogates(name)), len(self.names))
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One value a row: a number, a text, or none."""

    numbers: NDArray[np.float64]
    """(n,), nan where the value is no number."""
    texts: Column
    """The values that are text."""

    def at(self, row: int) -> float | str | None:
        """The value of a row."""
        text = self.texts.at(row)
        number = float(self.numbers[row])
        return text if text is not None else None if number != number else number


class ValuesMaker:
    """Takes one value a row."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._texts = ColumnMaker()

    def add(self, value: float | str | None) -> None:
        """Take the value of the next row; nan is none."""
        text = isinstance(value, str)
        self._numbers.append(float("nan") if text or value is None else value)  # type: ignore[arg-type]
        self._texts.add(value if text else None)  # type: ignore[arg-type]

    def values(self) -> Values:
        """All that was taken."""
        return Values(np.array(self._numbers, dtype=np.float64), self._texts.column())
