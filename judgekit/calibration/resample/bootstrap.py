"""The bootstrap over units, tables or clusters, with BCa or percentile intervals."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from judgekit.calibration.resample.draw import Seed, seeded, weights
from judgekit.calibration.resample.jackknife import leave_one_out
from judgekit.calibration.resample.resampled import FEW_CLUSTERS, Resampled, Statistic, one_each, too_few, whole

Kind = Literal["bca", "percentile"]


def table_bootstrap(
    counts: ArrayLike,
    statistic: Statistic,
    *,
    level: float = 0.95,
    resamples: int = 9999,
    kind: Kind = "bca",
    rng: Seed = None,
) -> Resampled:
    """The interval of a statistic of a table of counts, the items resampled with replacement.

    Exact item bootstrap in O(resamples · cells), whatever the number of items.

    Args:
        counts: whole numbers of any shape, such as (K, K): how many items fell into each cell.
        statistic: tables (B, K, K) to values (B,).
        level: confidence, between 0 and 1.
        resamples: how many tables are drawn.
        kind: `bca` (bias-corrected, accelerated) or `percentile`.
        rng: a seed or a Generator; None: seed 0.

    >>> import numpy as np
    >>> share = lambda tables: tables[:, 0] / tables.sum(axis=1)
    >>> found = table_bootstrap([30, 70], share, rng=1)
    >>> 0.20 < found.low < 0.23, 0.38 < found.high < 0.41, found.method
    (True, True, 'BCa bootstrap of 100 items, 9999 resamples, seed 1')
    """
    table = np.asarray(counts)
    flat = table.reshape(-1)
    cells = np.flatnonzero(flat)  # an empty cell is never drawn

    def of_cells(drawn: NDArray[Any]) -> NDArray[Any]:
        full = np.zeros((len(drawn), flat.size))
        full[:, cells] = drawn
        return statistic(full.reshape(len(drawn), *table.shape))

    return unit_bootstrap(None, of_cells, counts=flat[cells], level=level, resamples=resamples, kind=kind, rng=rng)


def cluster_bootstrap(
    cluster_counts: ArrayLike,
    statistic: Statistic,
    *,
    level: float = 0.95,
    resamples: int = 9999,
    kind: Kind = "bca",
    rng: Seed = None,
) -> Resampled:
    """The interval of a statistic of a sum of tables, whole clusters resampled with replacement.

    Args:
        cluster_counts: (G, ...), such as (G, K, K): each cluster's own table, or any sums that add up over clusters.
        statistic: tables (B, ...) to values (B,).
        level: confidence, between 0 and 1.
        resamples: how many times G clusters are drawn.
        kind: `bca` or `percentile`.
        rng: a seed or a Generator; None: seed 0.

    >>> import numpy as np
    >>> share = lambda tables: tables[:, 0] / tables.sum(axis=1)
    >>> cluster_bootstrap([[3, 1]] * 4 + [[1, 3]] * 4, share, rng=1).method
    'BCa bootstrap of 8 clusters, 9999 resamples, seed 1; under 30 clusters it is too short: prefer the jackknife'
    """
    return unit_bootstrap(
        np.asarray(cluster_counts, dtype=float),
        statistic,
        level=level,
        resamples=resamples,
        kind=kind,
        rng=rng,
        what="clusters",
    )


def unit_bootstrap(
    sums: NDArray[Any] | None,
    statistic: Statistic,
    *,
    counts: NDArray[Any] | None = None,
    level: float = 0.95,
    resamples: int = 9999,
    kind: Kind = "bca",
    rng: Seed = None,
    what: str = "items",
) -> Resampled:
    """The interval of a statistic of sums over independent units.

    Args:
        sums: (U, ...), what each distinct unit adds; None: the identity, the statistic then sees the counts (B, U).
        statistic: sums (B, ...) to values (B,).
        counts: (U,), how often each distinct unit occurs; None: once each.
        level: confidence, between 0 and 1.
        resamples: how many samples are drawn.
        kind: `bca` or `percentile`.
        rng: a seed or a Generator; None: seed 0.
        what: what a unit is called in `method`.

    The ends are widened for a small number of units, so that they cover as Student's t does.

    Source: Efron (1987), Better bootstrap confidence intervals, JASA 82: equations 2.3 and 6.6; Hesterberg (2015), What
    teachers should know about the bootstrap, American Statistician 69: 371-386, section 5.3 (expanded ends).

    >>> import numpy as np
    >>> x = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 4.0]])           # each unit adds (1, value)
    >>> found = unit_bootstrap(x, lambda s: s[:, 1] / s[:, 0], counts=np.array([50, 30, 20]), rng=1)
    >>> round(found.se, 2)                                           # √(1.29 / 100) = 0.11
    0.11
    """
    from scipy.special import ndtr

    often = one_each(sums, counts)
    n = int(often.sum())
    generator, seed = seeded(rng)
    title = "BCa" if kind == "bca" else "percentile"
    method = f"{title} bootstrap of {n} {what}, {resamples} resamples, seed {seed}"
    if n < 2:
        return _none(n, 0, "none", too_few(n))
    values = replicates(sums, statistic, counts=often, resamples=resamples, rng=generator)
    kept = np.sort(values[np.isfinite(values)])
    lost = values.size - kept.size
    if lost:
        method += f", {lost} of them undefined and left out"
    if what == "clusters" and n < FEW_CLUSTERS:
        method += f"; under {FEW_CLUSTERS} clusters it is too short: prefer the jackknife"
    if kept.size < 2 or kept[-1] - kept[0] <= 1e-12 * max(1.0, abs(kept[0])):
        why = "the statistic is undefined in all resamples" if kept.size < 2 else "all resamples gave the same value"
        return _none(n, lost, method, why)
    ends = _expanded(level, n)
    if kind == "bca":
        value = whole(sums, statistic, often)
        ends = _corrected(ends, kept, value, leave_one_out(sums, statistic, counts=often), often)
    low, high = np.quantile(kept, ndtr(ends))
    return Resampled(float(low), float(high), float(kept.std(ddof=1)), n, lost, method)


def replicates(
    sums: NDArray[Any] | None,
    statistic: Statistic,
    *,
    counts: NDArray[Any] | None = None,
    resamples: int = 9999,
    rng: Seed = None,
) -> NDArray[np.float64]:
    """The bootstrap values (resamples,) of a statistic of sums over independent units; nan where it is undefined.

    Args as in `unit_bootstrap`. Memory is bounded: weights are drawn in blocks of about 1 MB.

    >>> import numpy as np
    >>> replicates(np.array([[1.0], [1.0]]), lambda s: s[:, 0], resamples=3)
    array([2., 2., 2.])
    """
    often = one_each(sums, counts)
    generator = rng if isinstance(rng, np.random.Generator) else seeded(rng)[0]
    values = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for block in weights(often, resamples, generator):
            values += [statistic(block if sums is None else np.tensordot(block, sums, axes=1))]
    return np.concatenate(values)


def _expanded(level: float, n: int) -> NDArray[np.float64]:
    """The normal quantiles of both ends, ±√(n/(n-1)) t(n-1): the bootstrap's own spread is too small for n units.

    Source: Hesterberg (2015), What teachers should know about the bootstrap, American Statistician 69, section 5.3.
    """
    from scipy.special import stdtrit

    reach = math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, (1.0 + level) / 2.0))
    return np.array([-reach, reach])


def _corrected(
    ends: NDArray[np.float64],
    ordered: NDArray[np.float64],
    value: float,
    left_out: NDArray[np.float64],
    often: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The normal quantiles of both ends, corrected for bias z0 and acceleration a."""
    from scipy.special import ndtri

    # Discrete statistics tie with the estimate often: half of the ties count as below.
    below = (np.searchsorted(ordered, value, "left") + np.searchsorted(ordered, value, "right")) / 2.0
    z0 = ndtri(min(max(below, 0.5), ordered.size - 0.5) / ordered.size)
    fine = np.isfinite(left_out)
    size = often[fine].sum()
    off = (left_out[fine] @ often[fine]) / size - left_out[fine] if size else np.zeros(0)
    spread = float(off**2 @ often[fine]) ** 1.5
    a = float(off**3 @ often[fine]) / (6.0 * spread) if spread > 0.0 else 0.0
    z = z0 + ends
    # Beyond the pole 1 = a·z the formula turns back: there the end is the last replicate.
    before = a * z < 1.0
    found: NDArray[np.float64] = np.where(before, z0 + z / np.where(before, 1.0 - a * z, 1.0), np.sign(z) * math.inf)
    return found


def _none(n: int, lost: int, method: str, why: str) -> Resampled:
    return Resampled(math.nan, math.nan, math.nan, n, lost, method, why)
