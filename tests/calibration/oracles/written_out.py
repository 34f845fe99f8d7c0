"""The formulas once more, written out one item and one pair of ratings at a time: slow, and plainly the definition."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

Rows = Sequence[Sequence[float | None]]
Weight = Callable[[float, float], float]


def given(row: Sequence[float | None]) -> list[float]:
    return [x for x in row if x is not None and x == x]


def weight(kind: str | None, scale: Sequence[float]) -> Weight:
    """How much two answers agree, by their places on the scale."""
    q = len(scale)

    def of(a: float, b: float) -> float:
        gap = abs(scale.index(a) - scale.index(b))
        if kind is None:
            return float(gap == 0)
        if kind == "linear":
            return 1 - gap / (q - 1)
        if kind == "quadratic":
            return 1 - (gap / (q - 1)) ** 2
        return 1 - math.comb(gap + 1, 2) / math.comb(q, 2)

    return of


def observed(rows: Rows, w: Weight) -> float:
    """The mean over items of the agreement of two different raters."""
    shares = []
    for row in map(given, rows):
        if len(row) > 1:
            pairs = list(permutations(row, 2))
            shares.append(sum(w(a, b) for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares)


def shares(rows: Rows, scale: Sequence[float]) -> dict[float, float]:
    """The mean over items of the share of raters that gave each answer."""
    held = [row for row in map(given, rows) if row]
    return {k: sum(row.count(k) / len(row) for row in held) / len(held) for k in scale}


def beyond(seen: float, chance: float) -> float:
    return (seen - chance) / (1 - chance)


def fleiss(rows: Rows, scale: Sequence[float], w: Weight) -> float:
    pi = shares(rows, scale)
    return beyond(observed(rows, w), sum(w(a, b) * pi[a] * pi[b] for a in scale for b in scale))


def brennan_prediger(rows: Rows, scale: Sequence[float], w: Weight) -> float:
    return beyond(observed(rows, w), sum(w(a, b) for a in scale for b in scale) / len(scale) ** 2)


def gwet(rows: Rows, scale: Sequence[float], w: Weight) -> float:
    pi, q = shares(rows, scale), len(scale)
    total = sum(w(a, b) for a in scale for b in scale)
    return beyond(observed(rows, w), total / (q * (q - 1)) * sum(p * (1 - p) for p in pi.values()))


def conger(rows: Rows, scale: Sequence[float], w: Weight) -> float:
    """Chance is the mean over pairs of raters of the chance agreement of their own shares."""
    columns = [given(column) for column in zip(*rows, strict=True)]
    own = [{k: column.count(k) / len(column) for k in scale} for column in columns]
    chances = [
        sum(w(a, b) * own[i][a] * own[j][b] for a in scale for b in scale)
        for i, j in combinations(range(len(columns)), 2)
    ]
    return beyond(observed(rows, w), sum(chances) / len(chances))


def alpha(rows: Rows, distance: Callable[[float, float, dict[float, int]], float]) -> float:
    """1 - the mean distance of two ratings of one item, by that of any two ratings that can be paired."""
    units = [row for row in map(given, rows) if len(row) > 1]
    everything = [x for row in units for x in row]
    often = {k: everything.count(k) for k in sorted(set(everything))}
    n = len(everything)
    inside = sum(distance(a, b, often) / (len(row) - 1) for row in units for a, b in permutations(row, 2)) / n
    overall = sum(distance(a, b, often) for a, b in permutations(everything, 2)) / (n * (n - 1))
    return 1 - inside / overall


def nominal(a: float, b: float, often: dict[float, int]) -> float:
    return float(a != b)


def ordinal(a: float, b: float, often: dict[float, int]) -> float:
    low, high = min(a, b), max(a, b)
    between = sum(n for k, n in often.items() if low <= k <= high)
    return (between - (often[low] + often[high]) / 2) ** 2 if a != b else 0.0


def interval(a: float, b: float, often: dict[float, int]) -> float:
    return (a - b) ** 2


def ratio(a: float, b: float, often: dict[float, int]) -> float:
    return ((a - b) / (a + b)) ** 2 if a + b else 0.0


def concordance(a: Sequence[float], b: Sequence[float]) -> float:
    """1 - the expected square of the distance to the diagonal, by what it were with independent raters."""
    n = len(a)
    apart = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / n
    by_chance = sum((x - y) ** 2 for x in a for y in b) / n**2
    return 1 - apart / by_chance


def kendall_b(a: Sequence[float], b: Sequence[float]) -> float:
    pairs = [((x - u), (y - v)) for (x, y), (u, v) in combinations(list(zip(a, b, strict=True)), 2)]
    signs = [(_sign(x), _sign(y)) for x, y in pairs]
    return sum(x * y for x, y in signs) / math.sqrt(sum(x * x for x, _ in signs) * sum(y * y for _, y in signs))


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)


def gorodkin(pairs: Sequence[tuple[int, int]], k: int) -> float:
    """Matthews' correlation as the correlation of indicator variables, summed over categories."""
    n = len(pairs)

    def cov(first: int, second: int) -> float:
        total = 0.0
        for c in range(k):
            u, v = [float(one[first] == c) for one in pairs], [float(one[second] == c) for one in pairs]
            total += sum(x * y for x, y in zip(u, v, strict=True)) / n - sum(u) * sum(v) / n**2
        return total

    return cov(0, 1) / math.sqrt(cov(0, 0) * cov(1, 1))


def tables(seed: int, how_many: int) -> Iterator[tuple[list[int], list[int], int]]:
    """Labels and verdicts of 2 to 4 categories, all of which occur in both."""
    import random

    rng = random.Random(seed)
    while how_many:
        n, k = rng.randint(10, 80), rng.randint(2, 4)
        y = [rng.randrange(k) for _ in range(n)]
        f = [label if rng.random() < 0.6 else rng.randrange(k) for label in y]
        if len(set(y)) == len(set(f)) == k:
            how_many -= 1
            yield y, f, k
