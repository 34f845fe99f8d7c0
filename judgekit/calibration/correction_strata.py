"""The true mean by strata: the mean of the labels in each, weighted by how many items each has."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.bounded import bounded_estimate, normal, undefined, wilson
from judgekit.calibration.correction_ppi import Corrected, Sample, corrected, sample, variance_of
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, unit_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats, Ints, Values

_FEWEST = 2
"""Labels in a stratum below which its spread cannot be told."""
_CELL = 5
"""Labels in a cell of judge grades below which it is merged with a neighbour."""
_CELLS = 20
"""Cells that a judge's scores are cut into at the most: beyond, they cost width and gain nothing."""


def poststratified_mean(
    labelled_y: Values,
    labelled_f: Values,
    unlabelled_f: Values,
    *,
    strata: Values | None = None,
    clusters: Values | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
) -> Corrected:
    """Σ_s W_s ȳ_s: the mean label in each stratum s, weighted by the share W_s of all n + N items in it.

    Without `strata` these are the judge's grades, neighbours merged until each holds 5 labels: then the labelled items
    must be a random sample of all. With `strata` they may be a random sample within each stratum, taken at any rate.

    For yes/no labels without clusters, the Wilson intervals of the ȳ_s are combined, and the chance of W_s is added:
    θ ∓ √(Σ W_s² (ȳ_s - end_s)² + z² Var_W), Var_W = Σ W_s (ȳ_s - θ)² / (n + N). For graded labels and with clusters,
    Wilson's on the effective number. Simulated coverage of 95 % (2,000 runs): 0.945 to 0.96 from 100 labels on; 0.97
    for 30 to 60, where it is longer than it need be.

    Args:
        labelled_y: (n,), labels, from low to high.
        labelled_f: (n,), the judge's scores of the same items.
        unlabelled_f: (N,), the judge's scores of the items without a label.
        strata: (n + N,), the stratum of each item, the labelled ones first; None: the judge's grades.
        clusters: as in `ppi_mean`.
        level: confidence of the interval.
        low: the lowest value that a label can have.
        high: the highest.

    Returns:
        The estimate; nan with a reason where a stratum has items and fewer than 2 labels.

    Raises:
        UserError: see `ppi_mean`.

    Source: Holt and Smith (1979), Post stratification; Zou and Donner (2008) for the combination.

    >>> poststratified_mean([1, 1, 1, 1, 0, 0, 0, 0, 0, 1], [1] * 5 + [0] * 5, [1] * 5 + [0] * 15).value
    0.4
    """
    name = "poststratified_mean"
    check_level(level, name)
    s = sample(labelled_y, labelled_f, unlabelled_f, None, clusters, name, low=low, high=high)
    cells = grades(s) if strata is None else _declared(strata, s)
    return by_strata(s, cells, name, level=level, low=low, high=high)


def grades(s: Sample) -> Ints:
    """(n + N,), the cell of each item by its judge score: neighbours merged until each cell holds 5 labels."""
    everything = np.concatenate([s.f, s.rest])
    values, place = np.unique(everything, return_inverse=True)
    place = place.reshape(-1)
    labelled = np.bincount(place[: s.y.size], minlength=values.size)
    cell, held, cells = np.zeros(values.size, dtype=np.intp), 0, 0
    enough = max(_CELL, math.ceil(s.y.size / _CELLS)) if values.size > _CELLS else _CELL
    for i, count in enumerate(labelled):
        cell[i] = cells
        held += int(count)
        if held >= enough:
            cells, held = cells + 1, 0
    # What is left above the last full cell belongs to it.
    return np.minimum(cell, max(0, cells - 1))[place]


def _declared(strata: Values, s: Sample) -> Ints:
    return unit_index(strata, s.unit.size, "poststratified_mean: strata")


def by_strata(s: Sample, cells: NDArray[Any], name: str, *, level: float, low: float, high: float) -> Corrected:
    """The estimate of `poststratified_mean` from data that are checked."""
    n, total = s.y.size, s.unit.size
    units = int(np.unique(s.unit[:n]).size)
    if n == 0:
        return corrected(undefined(name, "there is no label", level=level, n=total), math.nan, 0, math.nan)
    held = np.bincount(cells, minlength=int(cells.max()) + 1)
    labelled = np.bincount(cells[:n], minlength=held.size)
    empty = (held > 0) & (labelled < _FEWEST)
    if bool(empty.any()):
        where = int(np.flatnonzero(empty)[0])
        few = f"{int(labelled[where])} labels; {_FEWEST} are needed"
        why = f"a stratum with {int(held[where])} of {total} items has {few}"
        return corrected(undefined(name, why, level=level, n=total, units=units), math.nan, n, math.nan)
    share = held / total
    mean = np.divide(
        np.bincount(cells[:n], weights=s.y, minlength=held.size), labelled, where=labelled > 0, out=share * 0
    )
    value = float(share @ mean)
    spread = (mean[cells] - value) / total
    method = f"post-stratified, {int((held > 0).sum())} strata"
    if s.clustered:
        e, variance = _in_clusters(
            s, cells, share / np.maximum(labelled, 1), mean, spread, name, value, level, low, high
        )
    else:
        parts = np.split(s.y[np.argsort(cells[:n], kind="stable")], np.cumsum(labelled)[:-1])
        inside = [(float(share[k]), parts[k]) for k in np.flatnonzero(held)]
        variance = float(spread @ spread) + sum(w * w * float(np.var(y, ddof=1)) / y.size for w, y in inside)
        if bool(np.all((s.y == low) | (s.y == high))):
            e = _of_shares(name, value, inside, float(spread @ spread), total, level, low, high)
        else:
            df = max(1, n - len(inside))
            e = bounded_estimate(name, value, variance, df=df, n=total, units=n, level=level, low=low, high=high)
    worth = n * variance_of(s, 0.0) / variance if variance > 0.0 else math.nan
    return corrected(replace(e, method=f"{method}, {e.method}"), math.nan, n, worth)


def _of_shares(
    name: str,
    value: float,
    inside: list[tuple[float, Floats]],
    spread: float,
    total: int,
    level: float,
    low: float,
    high: float,
) -> Estimate:
    """The Wilson intervals of yes/no labels in each stratum, combined, with the chance of W_s."""
    below = above = normal(level) ** 2 * spread
    for share, y in inside:
        mean = float(y.mean())
        bottom, top = wilson(mean, y.size, normal(level), low, high)
        below += (share * (mean - bottom)) ** 2
        above += (share * (top - mean)) ** 2
    ends = max(low, value - math.sqrt(below)), min(high, value + math.sqrt(above))
    n = sum(y.size for _, y in inside)
    note = "under 100 labels: the interval may be longer than it need be" if n < 100 else ""
    return Estimate(name, value, *ends, level, total, n, "Wilson intervals combined", note=note)


def _in_clusters(
    s: Sample,
    cells: Ints,
    weight: Floats,
    mean: Floats,
    spread: Floats,
    name: str,
    value: float,
    level: float,
    low: float,
    high: float,
) -> tuple[Estimate, float]:
    n, units = s.y.size, int(np.unique(s.unit[: s.y.size]).size)
    if units < 2:
        why = "an interval needs 2 independent labelled units; there is 1"
        return undefined(name, why, level=level, n=cells.size, units=units, value=value), math.nan
    whole = spread.copy()
    whole[:n] += weight[cells[:n]] * (s.y - mean[cells[:n]])
    sums = np.bincount(s.unit, weights=whole)
    variance = units / (units - 1) * float(sums @ sums)
    e = bounded_estimate(
        name, value, variance, df=units - 1, n=cells.size, units=units, level=level, low=low, high=high
    )
    return replace(e, method=f"{e.method}, clusters"), variance
