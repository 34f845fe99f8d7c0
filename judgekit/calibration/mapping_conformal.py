"""Between what will a person's label lie? Intervals that hold whatever the map is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.inputs import check_level, left_out, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ConformalIntervals:
    """An interval for the label of each new item."""

    low: Floats
    """(m,), the lower ends; -inf, or the end of the scale, where too few items were seen."""
    high: Floats
    """(m,), the upper ends."""
    half_width: dict[Any, float]
    """How far each interval reaches from its prediction, by group; one entry, `None`, without groups."""
    level: float
    """In how many of new items (of a group) the label lies inside, at least."""
    n: int
    """Items with a prediction and a label."""
    n_clusters: int
    """How many independent units they come from."""
    method: str
    """How the width was found."""
    undefined: str | None = None
    """Why some interval says nothing; None where all do."""


def conformal_interval(
    predicted: ArrayLike,
    y: ArrayLike,
    at: ArrayLike,
    *,
    level: float = 0.9,
    clusters: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    at_groups: ArrayLike | None = None,
    low: float = -math.inf,
    high: float = math.inf,
) -> ConformalIntervals:
    """The prediction ± the width that covers labels like these with the probability `level`.

    The width is the ⌈(n+1)·level⌉-th smallest |y - prediction| of n items that the map was NOT fitted on (hold items
    out, or use `FittedMap.cross_fitted`, for which it is approximate). For a new item that is exchangeable with these,
    level <= P(label inside) <= level + 1/(n+1): on average over items, not for each kind of item, unless `groups`.
    With clusters, the new item comes from a new cluster: an item of a cluster of m weighs 1/((G+1)·m), the rest 1/(G+1)
    lies at infinity, and the width is the weighted quantile: one item a cluster, without throwing the others away.
    Fewer than level/(1-level) units (9 for 0.9) cannot give a finite width: the ends are then `low` and `high`.

    Args:
        predicted: (n_items,), what the map says of the labelled items; nan = none.
        y: (n_items,), their labels; nan = none.
        at: (m,), what the map says of new items; nan gives nan.
        level: the wanted probability, between 0 and 1.
        clusters: (n_items,), the independent unit of each labelled item.
        groups: (n_items,), such as the judge's grade: a width for each group, and the guarantee within each.
        at_groups: (m,), the groups of the new items.
        low: the lowest label that is possible.
        high: the highest.

    Raises:
        UserError: text for numbers, lengths that differ, or groups on one side only.

    Source: Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world; Lei et al. (2018),
    Distribution-free predictive inference for regression, algorithm 2; with clusters Lee, Barber and Willett (2023),
    Distribution-free inference with hierarchical data, section 3.

    >>> found = conformal_interval([0.0] * 9, [1, 2, 3, 4, 5, 6, 7, 8, 9], [10.0], level=0.8)     # the 8th of 9
    >>> found.low.tolist(), found.high.tolist()
    ([2.0], [18.0])
    """
    what = "conformal_interval"
    check_level(level, what)
    m, labels, new = (scores(x, f"{what}: {k}") for x, k in ((predicted, "predicted"), (y, "y"), (at, "at")))
    same_length(what, predicted=m, y=labels, groups=None if groups is None else np.asarray(groups))
    if (groups is None) != (at_groups is None):
        raise UserError(f"{what}: groups for the labelled and for the new items were wanted; came one of the two")
    unit = unit_index(clusters, m.size, what)
    whole = ~(np.isnan(m) | np.isnan(labels))
    off, unit = np.abs(labels - m)[whole], np.unique(unit[whole], return_inverse=True)[1].reshape(-1)
    ours: list[Any] = [None] * off.size if groups is None else np.asarray(groups, dtype=object)[whole].tolist()
    theirs: list[Any] = [None] * new.size if at_groups is None else np.asarray(at_groups, dtype=object).tolist()
    same_length(what, at=new, at_groups=theirs)
    known: dict[Any, list[int]] = {g: [] for g in dict.fromkeys([*theirs, *ours])}
    for i, g in enumerate(ours):
        known[g].append(i)
    widths = {g: _width(off[rows], unit[rows], level) for g, rows in known.items()}
    half = np.array([widths[g] for g in theirs])
    endless = [g for g, w in widths.items() if math.isinf(w)]
    need = math.ceil(level / (1.0 - level) - 1e-9)
    why = None
    if endless:
        kind = "independent units" if groups is None else f"independent units of each group ({endless[0]!r} has fewer)"
        why = f"a finite interval at {level:g} needs {need} {kind}"
    shared = "" if clusters is None else ", clusters weighted alike"
    missing = int((~whole).sum())
    lost = f"; {left_out(missing)}" if missing else ""
    return ConformalIntervals(
        low=np.maximum(new - half, np.where(np.isnan(new), -math.inf, low)),
        high=np.minimum(new + half, np.where(np.isnan(new), math.inf, high)),
        half_width=widths,
        level=level,
        n=int(off.size),
        n_clusters=int(unit.max()) + 1 if unit.size else 0,
        method=f"split conformal{shared}{lost}",
        undefined=why,
    )


def _width(off: Floats, unit: Ints, level: float) -> float:
    if not off.size:
        return math.inf
    sizes = np.bincount(np.unique(unit, return_inverse=True)[1].reshape(-1))
    order = np.argsort(off, kind="stable")
    weight = 1.0 / np.bincount(unit)[unit[order]]
    reached = np.cumsum(weight)
    first = int(np.searchsorted(reached, level * (sizes.size + 1) - 1e-9))
    return float(off[order][first]) if first < off.size else math.inf
