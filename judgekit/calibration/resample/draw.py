"""Bootstrap weights: how often each unit comes up in each resample, in blocks that bound the memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Seed = np.random.Generator | int | None

_BLOCK = 1 << 17
"""How many weights or draws are held at once: 1 MB of float64, which stays in the cache."""
_BINOMIAL_COST = 12
"""One cell of a multinomial costs about as much as this many drawn indices (measured: 60-130 ns against 6-9 ns)."""


def seeded(rng: Seed) -> tuple[np.random.Generator, int]:
    """A generator and the seed that makes it again: the seed given, one drawn from a Generator, or 0.

    >>> seeded(7)[1], seeded(None)[1]
    (7, 0)
    """
    if isinstance(rng, np.random.Generator):
        rng = int(rng.integers(1 << 53))  # below 2^53, so that JSON readers keep every digit
    seed = 0 if rng is None else int(rng)
    return np.random.default_rng(seed), seed


def weights(counts: NDArray[np.int64], resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """Blocks (b, U) of resampled counts, `resamples` rows in all; each row sums to `counts.sum()`.

    A row is one draw of n = Σ counts items with replacement, by a multinomial over the units or, where the units are
    nearly as many as the items, by drawing n indices and counting them. Both have the same distribution.
    """
    n, units = int(counts.sum()), len(counts)
    if n <= _BINOMIAL_COST * units:
        yield from _by_index(counts, resamples, rng)
        return
    block = max(1, _BLOCK // units)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        yield rng.multinomial(n, counts / n, size=size).astype(np.float64)


def _by_index(counts: NDArray[np.int64], resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    n, units = int(counts.sum()), len(counts)
    owner = np.repeat(np.arange(units), counts)
    same = bool((counts == 1).all())
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = rng.integers(0, n, size=(size, n))
        flat = drawn if same else owner[drawn]
        flat += (np.arange(size) * units)[:, None]
        yield np.bincount(flat.ravel(), minlength=size * units).reshape(size, units).astype(np.float64)
