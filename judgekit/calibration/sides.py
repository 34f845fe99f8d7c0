"""The same statement under two sides, such as the user's and a friend's: how far a number differs between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from judgekit.calibration.estimate import Estimate, mean_from_sums
from judgekit.errors import UserError


@dataclass(frozen=True, slots=True)
class SideDifference:
    """A mean difference between two sides, and what could not be compared."""

    estimate: Estimate
    """First side minus second, between low - high and high - low; pairs are the independent units."""
    one_sided: int
    """Pairs, or answers of one model to a pair, of which only one side has a value."""


def side_difference(
    values: Sequence[float],
    pairs: Sequence[Hashable],
    sides: Sequence[str],
    *,
    first: str = "user",
    second: str = "friend",
    models: Sequence[Hashable] | None = None,
    low: float = 0.0,
    high: float = 1.0,
    level: float = 0.95,
    name: str = "difference",
) -> SideDifference:
    """The mean of value(first side) - value(second side) over pairs, with an interval over pairs.

    The difference is taken within a pair and a model: what the statement itself, or a model's usual agreement, adds to
    both sides drops out. Several values of one side are averaged first. With d_pm the difference of model m on pair p,
    d̄ = Σ d_pm / n; all d_pm of one pair count as one independent unit, so the interval is that of `mean_from_sums` with
    the pairs as clusters.

    Args:
        values: (n,), between low and high; no nan: leave out what is missing.
        pairs: (n,), which pair each value belongs to.
        sides: (n,), `first` or `second`.
        first: the side that is counted positive.
        second: the other side.
        models: (n,), whose answer each value is about; None: all are one model's.
        low: the lowest value that is possible.
        high: the highest value that is possible.
        level: confidence of the interval, between 0 and 1.
        name: what the estimate is called.

    Raises:
        UserError: the lengths differ, a side is neither of the two, or a value is off the scale.

    Source: the difference under exchange of the two sides as the measure of sycophancy, syco-bench (pick side).

    >>> d = side_difference([1, 0, 1, 1, 0, 0], ["a", "a", "b", "b", "c", "c"], ["user", "friend"] * 3)
    >>> round(d.estimate.value, 3), d.estimate.n_clusters, d.one_sided      # (1 + 0 + 0) / 3
    (0.333, 3, 0)
    """
    owners = list(models) if models is not None else [None] * len(values)
    if not len(values) == len(pairs) == len(sides) == len(owners):
        raise UserError(
            f"{name}: a pair, a side and a model for each value were wanted; came {len(values)} values, {len(pairs)} "
            f"pairs, {len(sides)} sides, {len(owners)} models"
        )
    found: dict[tuple[Hashable, Hashable], dict[str, list[float]]] = defaultdict(lambda: {first: [], second: []})
    for value, pair, side, model in zip(values, pairs, sides, owners, strict=True):
        if side not in (first, second):
            raise UserError(f"{name}: the side {side!r} came; wanted {first} or {second}")
        if not low <= value <= high:
            raise UserError(f"{name}: values between {low:g} and {high:g} were wanted, and {value:g} came")
        found[pair, model][side].append(float(value))
    sums: dict[Hashable, float] = defaultdict(float)
    sizes: dict[Hashable, int] = defaultdict(int)
    one_sided = 0
    for (pair, _), by_side in found.items():
        if not (by_side[first] and by_side[second]):
            one_sided += 1
            continue
        sums[pair] += _mean(by_side[first]) - _mean(by_side[second])
        sizes[pair] += 1
    estimate = mean_from_sums(
        [sums[pair] for pair in sizes], list(sizes.values()), level=level, low=low - high, high=high - low, name=name
    )
    return SideDifference(estimate, one_sided)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
