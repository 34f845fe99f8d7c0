"""Ratings as users have them, read into positions on a scale; equal rows merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from judgekit.calibration.agreement.scale import MISSING, Scale, declared, positions
from judgekit.errors import UserError

Labels = ArrayLike | Sequence[Any]
"""Ratings or cluster labels as users have them: arrays, frames, lists of numbers or text with None."""

_SMALL_KEYS = 1 << 20
"""Up to this many possible rows, counting is faster than sorting."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings as positions on a scale, rows of nothing left out."""

    codes: NDArray[np.int64]
    """(n, r), positions on the scale; MISSING where there is none."""
    scale: Scale
    """The answers, in order."""
    clusters: NDArray[np.int64] | None
    """(n,), the number of each item's cluster; None: each item is its own."""
    n_dropped: int
    """How many items were left out because they lack ratings."""

    def keep(self, rows: NDArray[np.bool_]) -> Rated:
        """The same with these rows alone; the clusters are numbered anew."""
        if rows.all():
            return self
        clusters = None
        if self.clusters is not None:
            clusters = np.unique(self.clusters[rows], return_inverse=True)[1].reshape(-1)
        return Rated(self.codes[rows], self.scale, clusters, self.n_dropped + int((~rows).sum()))


def read_ratings(name: str, ratings: Labels, categories: Iterable[Any] | None, clusters: Labels | None) -> Rated:
    """The ratings (n_items, n_raters) of any kind, as positions.

    Raises:
        UserError: the shape is wrong, a label is off the scale or of the wrong kind, a cluster is missing.
    """
    grid = _grid(name, ratings)
    if grid.ndim != 2:
        raise UserError(f"{name}: ratings of shape (n_items, n_raters) were wanted; came shape {grid.shape}")
    codes, scale = positions(name, grid, declared(name, categories))
    rated = Rated(codes, scale, _cluster_numbers(name, clusters, len(codes)), 0)
    return rated.keep((codes != MISSING).any(axis=1))


def read_pair(name: str, a: Labels, b: Labels, categories: Iterable[Any] | None, clusters: Labels | None) -> Rated:
    """The items (n, 2) that both raters rated.

    Raises:
        UserError: the lengths differ, or as in `read_ratings`.
    """
    left, right = _grid(name, a), _grid(name, b)
    if left.ndim != 1 or right.ndim != 1 or len(left) != len(right):
        came = f"shapes {left.shape} and {right.shape}"
        raise UserError(f"{name}: two ratings of each item, both of shape (n_items,), were wanted; came {came}")
    left, right = _of_one_kind(left, right), _of_one_kind(right, left)
    if left.dtype != right.dtype:
        raise UserError(f"{name}: two raters with labels of one kind were wanted; one has text, the other numbers")
    codes, scale = positions(name, np.column_stack([left, right]), declared(name, categories))
    rated = Rated(codes, scale, _cluster_numbers(name, clusters, len(codes)), 0)
    return rated.keep((codes != MISSING).all(axis=1))


def distinct_rows(
    codes: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The distinct rows (P, r), how often each occurs (P,), and which of them each item is (n,).

    Args:
        codes: (n, r), whole numbers from MISSING to width - 1.
        width: how many positions there are.
    """
    n = len(codes)
    key = np.zeros(n, dtype=np.int64)
    possible = 1
    for column in codes.T:
        if possible * (width + 1) >= 1 << 62:  # the key would overflow: number the rows so far anew
            key = np.unique(key, return_inverse=True)[1].reshape(-1)
            possible = n
        key = key * (width + 1) + (column - MISSING)
        possible *= width + 1
    if possible <= _SMALL_KEYS:
        often = np.bincount(key, minlength=possible)
        present = np.flatnonzero(often)
        number = np.zeros(possible, dtype=np.int64)
        number[present] = np.arange(len(present))
        which, counts = number[key], often[present]
    else:
        _, which, counts = np.unique(key, return_inverse=True, return_counts=True)
        which = which.reshape(-1)
    example = np.zeros(len(counts), dtype=np.int64)
    example[which] = np.arange(n)
    return codes[example], counts, which


def _grid(name: str, ratings: Labels) -> NDArray[Any]:
    """The ratings as float with nan, or as objects: text with None for what is missing."""
    grid: NDArray[Any]
    if isinstance(ratings, np.ma.MaskedArray):
        hidden, ratings = np.ma.getmaskarray(ratings), ratings.data.astype(object)
        ratings[hidden] = None
    try:
        grid = _array(ratings)
    except ValueError:
        wanted = "rows of equal length were wanted, nan where a rating is missing"
        raise UserError(f"{name}: {wanted}; they differ") from None
    if grid.dtype.kind in "biuf":
        return grid.astype(float)
    if grid.dtype.kind == "S":
        grid = grid.astype(str)
    if grid.dtype.kind not in "OUT":
        raise UserError(f"{name}: ratings that are numbers or text were wanted; came {grid.dtype}")
    flat = [None if _absent(one) else one for one in grid.reshape(-1).tolist()]
    given = [one for one in flat if one is not None]
    if all(isinstance(one, str) for one in given) and given:
        out = np.empty(len(flat), dtype=object)
        out[:] = flat
        return out.reshape(grid.shape)
    if any(isinstance(one, (str, bytes)) for one in given):
        raise UserError(f"{name}: ratings of one kind were wanted; came text and other things mixed")
    try:
        return np.array([np.nan if one is None else float(one) for one in flat]).reshape(grid.shape)
    except (TypeError, ValueError):
        came = type(given[0]).__name__
        raise UserError(f"{name}: ratings that are numbers or text were wanted; came {came}") from None


def _array(given: Labels) -> NDArray[Any]:
    """The same as an array; a list of text keeps its None and nan, which numpy would turn into the text 'nan'."""
    found: NDArray[Any] = np.asarray(given)
    if found.dtype.kind in "US" and not hasattr(given, "dtype"):
        return np.asarray(given, dtype=object)
    return found


def _of_one_kind(side: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """A rater without any rating has labels of the other's kind."""
    if side.dtype != other.dtype and side.dtype != object and bool(np.isnan(side).all()):
        return np.full(side.shape, None, dtype=object)
    return side


def _absent(one: object) -> bool:
    if isinstance(one, str):
        return not one.strip()  # an empty cell of a CSV file
    return one is None or type(one).__name__ == "NAType" or (isinstance(one, float) and one != one)


def _cluster_numbers(name: str, clusters: Labels | None, n: int) -> NDArray[np.int64] | None:
    if clusters is None:
        return None
    labels = _array(clusters)
    if labels.shape != (n,):
        raise UserError(f"{name}: clusters= wants one label for each of {n} items; came shape {labels.shape}")
    if labels.dtype.kind == "O":
        if any(_absent(one) for one in labels.tolist()):
            raise UserError(f"{name}: clusters= wants a label for every item; some are missing")
        labels = labels.astype(str)
    elif labels.dtype.kind == "f" and np.isnan(labels).any():
        raise UserError(f"{name}: clusters= wants a label for every item; some are nan")
    return np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
