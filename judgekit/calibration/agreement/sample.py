"""What a statistic sees of the ratings: features of each distinct row, summed over items or clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sample:
    """Items of which equal ones are merged, each adding its features to the sums that a statistic is made of."""

    features: NDArray[np.float64] | None
    """(P, D), what each distinct row adds; None: the identity, the statistic then sees how often each row occurs."""
    counts: NDArray[np.int64]
    """(P,), how often each distinct row occurs."""
    which: NDArray[np.int64]
    """(n,), the distinct row of each item."""
    clusters: NDArray[np.int64] | None
    """(n,), the cluster of each item, numbered from 0; None: each item is its own."""

    @property
    def n_units(self) -> int:
        """How many independent units there are: clusters, or items."""
        if self.clusters is None:
            return len(self.which)
        return int(self.clusters.max()) + 1 if self.clusters.size else 0

    def units(self) -> tuple[NDArray[np.float64] | None, NDArray[np.int64]]:
        """What each distinct unit adds (U, D), None for the identity, and how often it occurs (U,)."""
        if self.clusters is None:
            return self.features, self.counts
        groups, distinct = self.n_units, len(self.counts)
        if self.features is None:
            cells = np.bincount(self.clusters * distinct + self.which, minlength=groups * distinct)
            return cells.reshape(groups, distinct).astype(float), np.ones(groups, dtype=np.int64)
        sums = [np.bincount(self.clusters, weights=column[self.which], minlength=groups) for column in self.features.T]
        return np.column_stack(sums), np.ones(groups, dtype=np.int64)

    def errors(self, influence: NDArray[np.float64]) -> tuple[float, float]:
        """The squared standard errors of a statistic of which (P,) is the influence: by units, and as if by items."""
        items = _square(influence, self.counts)
        if self.clusters is None:
            return items, items
        return _square(
            np.bincount(self.clusters, weights=influence[self.which]).astype(float), np.ones(self.n_units)
        ), items


def _square(influence: NDArray[np.float64], counts: NDArray[Any]) -> float:
    n = float(counts.sum())
    return n / (n - 1.0) * float(influence**2 @ counts) if n > 1.0 else float("nan")
