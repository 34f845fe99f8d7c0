"""What every way of resampling gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[[NDArray[Any]], NDArray[Any]]
"""Stacked tables or sums (B, ...) to one value each (B,); nan where undefined."""

FEW_CLUSTERS = 30
"""Below this many clusters a bootstrap over clusters gives intervals that are too short."""


@dataclass(frozen=True, slots=True)
class Resampled:
    """An interval by resampling, and what it rests on."""

    low: float
    """The lower end; nan where undefined."""
    high: float
    """The upper end; nan where undefined."""
    se: float
    """Standard error: the spread of the resampled values; nan where undefined."""
    n_units: int
    """How many independent units were resampled."""
    n_undefined: int
    """In how many resamples the statistic was undefined; they are left out."""
    method: str
    """How the interval was made: kind, number of resamples, seed, undefined ones, too few clusters."""
    undefined: str | None = None
    """Why the interval is nan; None where it is defined."""


def one_each(sums: NDArray[Any] | None, counts: NDArray[Any] | None) -> NDArray[np.int64]:
    """How often each unit occurs, as whole numbers; once each where `counts` is None."""
    assert sums is not None or counts is not None, "units are given by their sums, their counts, or both"
    if counts is None:
        return np.ones(len(sums if sums is not None else ()), dtype=np.int64)
    often = np.asarray(counts).astype(np.int64)
    assert often.ndim == 1 and bool((often >= 0).all()), "a whole count for each unit"
    return often


def total(sums: NDArray[Any] | None, often: NDArray[np.int64]) -> NDArray[Any]:
    """The sums over all units; where `sums` is None, the counts themselves."""
    return often.astype(float) if sums is None else np.tensordot(often.astype(float), sums, axes=1)


def whole(sums: NDArray[Any] | None, statistic: Statistic, often: NDArray[np.int64]) -> float:
    """The statistic of all units; nan where undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(statistic(total(sums, often)[None])[0])


def too_few(n: int) -> str:
    """Why n units give no interval."""
    return f"an interval needs 2 independent units; there {'is' if n == 1 else 'are'} {n}"
