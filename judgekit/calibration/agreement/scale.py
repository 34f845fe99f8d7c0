"""The declared scale, and labels of any kind as positions on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.errors import UserError

MISSING = -1
"""The position of a rating that is missing."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers that a rater may give, in order."""

    values: NDArray[np.float64]
    """(q,), rising; for text, the positions 0..q-1."""
    words: tuple[str, ...] | None
    """The labels where they are text; None where they are numbers."""
    declared: bool
    """Whether the caller named the categories; else they are those that occur."""

    @property
    def size(self) -> int:
        """How many answers there are, q."""
        return len(self.values)


def declared(name: str, categories: Iterable[Any] | None) -> Scale | None:
    """The scale that `categories` names: text keeps its order, numbers are sorted; None where none is named.

    Raises:
        UserError: no category, one twice, a missing one, text and numbers mixed, or a set of text, which has no order.
    """
    if categories is None:
        return None
    wanted = f"{name}: categories= wants the answers of the scale in their order, such as [1, 2, 3]"
    if isinstance(categories, (str, bytes)):
        raise UserError(f"{wanted}; came the text {categories!r}")
    listed = list(categories)
    text = all(isinstance(one, str) for one in listed)
    if not listed or (text and len(set(listed)) < len(listed)):
        raise UserError(f"{wanted}, each once; came {_some(listed)}")
    if text and isinstance(categories, Set):
        raise UserError(f"{wanted}; came a set, which has no order: pass a list")
    if text:
        return Scale(np.arange(len(listed), dtype=float), tuple(listed), declared=True)
    try:
        values = np.array([float(one) for one in listed if not isinstance(one, str)])
    except (TypeError, ValueError):
        values = np.zeros(0)
    if len(values) < len(listed) or not np.isfinite(values).all():
        raise UserError(f"{wanted}, all numbers or all text; came {_some(listed)}")
    if len(np.unique(values)) < len(values):
        raise UserError(f"{wanted}, each once; came {_some(listed)}")
    return Scale(np.sort(values), None, declared=True)


def positions(name: str, grid: NDArray[Any], scale: Scale | None) -> tuple[NDArray[np.int64], Scale]:
    """Each label's position on the scale, `MISSING` where there is none; without a scale, on that of what occurs.

    Args:
        name: the function, for messages.
        grid: float with nan, or objects: text with None.
        scale: the declared one, or None.

    Raises:
        UserError: a label is off the scale, infinite, or of another kind than the scale.
    """
    if grid.dtype != object and bool(np.isnan(grid).all()):
        nothing = Scale(np.zeros(0), None, declared=False)
        return np.full(grid.shape, MISSING, dtype=np.int64), scale or nothing
    if grid.dtype == object:
        return _text_positions(name, grid, scale)
    if scale is not None and scale.words is not None:
        raise UserError(f"{name}: categories= are text and the ratings are numbers; make both the same kind")
    there = ~np.isnan(grid)
    if np.isinf(grid).any():
        raise UserError(f"{name}: a finite rating or nan was wanted; came {_place(grid, np.isinf(grid))}")
    if scale is None:
        scale = Scale(np.unique(grid[there]), None, declared=False)
    codes = np.full(grid.shape, MISSING, dtype=np.int64)
    if scale.size:
        between = (scale.values[1:] + scale.values[:-1]) / 2.0
        at = np.searchsorted(between, np.where(there, grid, 0.0))
        # 0.1 + 0.2 is 0.3 for whoever wrote it.
        off = there & (np.abs(scale.values[at] - grid) > 1e-9 * np.maximum(1.0, np.abs(scale.values[at])))
        if off.any():
            raise UserError(f"{name}: ratings on the scale {_some(scale.values)} were wanted; came {_place(grid, off)}")
        codes[there] = at[there]
    return codes, scale


def _text_positions(name: str, grid: NDArray[Any], scale: Scale | None) -> tuple[NDArray[np.int64], Scale]:
    there = np.array([one is not None for one in grid.reshape(-1)], dtype=bool).reshape(grid.shape)
    if scale is None or scale.words is None:
        kind = "numbers" if scale is None else f"the numbers {_some(scale.values)}"
        words = _some(np.unique(grid[there].astype(str)))
        cure = f"pass categories=[…] with the labels in their order ({words}), or convert the ratings to float"
        raise UserError(f"{name}: {kind} were wanted; came text; {cure}")
    at = {word: i for i, word in enumerate(scale.words)}
    off = np.array([one is not None and one not in at for one in grid.reshape(-1)]).reshape(grid.shape)
    if off.any():
        raise UserError(f"{name}: labels among {_some(scale.words)} were wanted; came {_place(grid, off)}")
    flat = [MISSING if one is None else at[one] for one in grid.reshape(-1)]
    return np.array(flat, dtype=np.int64).reshape(grid.shape), scale


def _some(listed: Iterable[Any], most: int = 8) -> str:
    shown = [f"{one:g}" if isinstance(one, float) and math.isfinite(one) else repr(one) for one in _plain(listed)]
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "") if shown else "nothing"


def _plain(listed: Iterable[Any]) -> list[Any]:
    return [one.item() if isinstance(one, np.generic) else one for one in listed]


def _place(grid: NDArray[Any], wrong: NDArray[np.bool_]) -> str:
    """The first wrong value and where it is, and how many there are."""
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    spot = f"item {where[0]}" + (f", rater {where[1]}" if len(where) > 1 else "") + " (from 0)"
    number = int(wrong.sum())
    return f"{_some([grid[where]])} at {spot}" + (f", and {number - 1} more" if number > 1 else "")
