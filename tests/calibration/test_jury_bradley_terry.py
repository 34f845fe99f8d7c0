"""Strengths from comparisons: a textbook season, another implementation, ties, order, and results that break it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from judgekit.calibration.jury_bradley_terry import BradleyTerry, bradley_terry
from judgekit.errors import UserError

Floats = NDArray[np.float64]
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
"""American League East, 1987: wins of the row over the column (Agresti 2002, Categorical data analysis, table 10)."""


def season() -> tuple[list[str], list[str], list[int]]:
    games = [(TEAMS[i], TEAMS[j]) for i in range(7) for j in range(7) for _ in range(WINS[i][j])]
    return [a for a, _ in games], [b for _, b in games], [1] * len(games)


def strengths(found: BradleyTerry) -> dict[Any, float]:
    return {name: e.value for name, e in zip(found.competitors, found.ability, strict=True)}


def test_agrestis_season() -> None:
    # Agresti (2002), table 10.11, column 3: 1.58, 1.44, 1.29, 1.25, 1.11, 0.68 against Baltimore; errors of about 0.3.
    found = bradley_terry(*season(), reference="Baltimore")
    published = dict(zip(TEAMS, (1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0), strict=True))
    assert strengths(found) == pytest.approx(published, abs=0.005)
    for name, e in zip(found.competitors, found.ability, strict=True):
        error = (e.high - e.low) / 2 / 1.959964
        assert round(error, 1) == (0.0 if name == "Baltimore" else 0.3)
    assert (found.ridge, found.notes, found.tie.value) == (0.0, (), 0.0)
    # R's glm on the same table: standard errors 0.3433 to 0.3319.
    assert (found.ability[4].high - found.ability[4].low) / 2 / 1.959964 == pytest.approx(0.3433, abs=2e-4)


def test_choix_finds_the_same() -> None:
    choix = pytest.importorskip("choix")
    first, second, winner = season()
    found = bradley_terry(first, second, winner)
    at = {name: k for k, name in enumerate(found.competitors)}
    other = choix.ilsr_pairwise(7, [(at[a], at[b]) for a, b in zip(first, second, strict=True)])
    assert [e.value for e in found.ability] == pytest.approx(other - other.mean(), abs=1e-7)
    assert sum(e.value for e in found.ability) == pytest.approx(0, abs=1e-9)


def test_two_competitors_by_hand() -> None:
    # 30 to 10: ln 3, standard error √(1/30 + 1/10) = √(4/30); each is ±half of it from the mean.
    found = bradley_terry([1] * 40, [2] * 40, [1] * 30 + [2] * 10, reference=2)
    e = found.ability[0]
    assert e.value == pytest.approx(math.log(3))
    assert (e.high - e.low) / 2 == pytest.approx(1.959964 * math.sqrt(4 / 30), abs=1e-5)
    mean = bradley_terry([1] * 40, [2] * 40, [1] * 30 + [2] * 10).ability[0]
    assert (mean.value, mean.high - mean.low) == pytest.approx((math.log(3) / 2, (e.high - e.low) / 2))
    assert found.log_likelihood == pytest.approx(30 * math.log(0.75) + 10 * math.log(0.25))


def test_ties_by_hand() -> None:
    # Equal strengths, 10 wins each and 20 ties: ν/(2 + ν) = 1/2, ν = 2.
    found = bradley_terry(["a"] * 40, ["b"] * 40, [1] * 10 + [2] * 10 + [0] * 20)
    assert found.tie.value == pytest.approx(2.0)
    assert strengths(found) == pytest.approx({"a": 0.0, "b": 0.0}, abs=1e-9)
    assert found.tie.low < 2 < found.tie.high
    # Unequal: 27 to 3 with 18 ties: e^(a-b) = 9, ν = 18/√(27 · 3) = 2.
    unequal = bradley_terry(["a"] * 48, ["b"] * 48, [1] * 27 + [2] * 3 + [0] * 18, reference="b")
    assert (unequal.ability[0].value, unequal.tie.value) == pytest.approx((math.log(9), 2.0))


def test_the_first_place_by_hand() -> None:
    # Equal competitors, each first in 40: the first wins 30: h = ln 3, strengths 0.
    first, second = ["a"] * 40 + ["b"] * 40, ["b"] * 40 + ["a"] * 40
    winner = ([1] * 30 + [2] * 10) * 2
    found = bradley_terry(first, second, winner, order=True)
    assert found.first.value == pytest.approx(math.log(3))
    assert found.first.low > 0
    assert strengths(found) == pytest.approx({"a": 0.0, "b": 0.0}, abs=1e-9)
    assert "order=True" in str(bradley_terry(first, second, winner).first.undefined)


@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 0.7])
def test_it_is_the_maximum_of_the_likelihood(order: bool, ridge: float) -> None:
    rng = np.random.default_rng(1)
    n, k = 200, 4
    i = rng.integers(0, k, n)
    j = (i + rng.integers(1, k, n)) % k
    winner = rng.integers(0, 3, n)
    found = bradley_terry(i, j, winner, order=order, ridge=ridge)

    def loss(theta: Floats) -> float:
        a, nu, h = theta[:k] - theta[:k].mean(), theta[k], theta[k + 1] * order
        z = np.stack([nu + (a[i] + a[j] + h) / 2, a[i] + h, a[j]])
        chance = z[winner, np.arange(n)] - np.log(np.exp(z).sum(axis=0))
        return float(-chance.sum() + 0.5 * ridge * (a**2).sum())

    best = minimize(loss, np.zeros(k + 2), method="BFGS", options={"gtol": 1e-8})
    a = best.x[:k] - best.x[:k].mean()
    assert [e.value for e in found.ability] == pytest.approx(a.tolist(), abs=1e-5)
    assert math.log(found.tie.value) == pytest.approx(best.x[k], abs=1e-5)
    assert not order or found.first.value == pytest.approx(best.x[k + 1], abs=1e-5)


def test_a_competitor_that_never_loses_stays_finite_and_is_noted() -> None:
    found = bradley_terry(["a", "a", "b"], ["b", "c", "c"], [1, 1, 1])
    assert found.ridge == 0.1
    assert "only ever win" in found.notes[0]
    assert all(math.isfinite(e.value) for e in found.ability)
    a, b, c = (strengths(found)[x] for x in "abc")
    assert a > b > c
    plain = bradley_terry(["a"], ["b"], [1], ridge=0.0)
    assert "there is no ridge" in plain.notes[1]
    assert math.isfinite(plain.ability[0].value)


def test_groups_that_never_meet_are_each_around_0() -> None:
    found = bradley_terry(["a"] * 4 + ["c"] * 4, ["b"] * 4 + ["d"] * 4, [1, 1, 1, 2] * 2)
    assert "2 groups of competitors never meet" in found.notes[0]
    s = strengths(found)
    assert s["a"] + s["b"] == pytest.approx(0, abs=1e-9)
    assert s["a"] == pytest.approx(s["c"])


def test_copies_in_clusters_add_no_certainty() -> None:
    first, second, winner = season()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(first))
    cluster = np.repeat(np.arange(len(first)), 3)
    often = bradley_terry(
        np.repeat(first, 3), np.repeat(second, 3), np.repeat(winner, 3), clusters=cluster, reference="Baltimore"
    )
    once = bradley_terry(first, second, winner, clusters=order, reference="Baltimore")
    for a, b in zip(once.ability, often.ability, strict=True):
        assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high), abs=1e-6)
    assert often.ability[0].n_clusters == len(first)
    assert "sandwich over 273 clusters" in often.ability[0].method
    plain = bradley_terry(first, second, winner, reference="Baltimore").ability[1]
    assert once.ability[1].high - once.ability[1].low == pytest.approx(plain.high - plain.low, rel=0.15)


def test_one_cluster_has_no_interval() -> None:
    found = bradley_terry(["a"] * 4, ["b"] * 4, [1, 1, 2, 0], clusters=["q"] * 4)
    assert found.ability[0].undefined == "a sandwich needs 2 clusters; there is 1"
    assert math.isfinite(found.ability[0].value)
    assert math.isfinite(found.tie.value)


def test_nothing_and_missing() -> None:
    empty = bradley_terry([], [], [])
    assert (empty.competitors, empty.tie.undefined) == ((), "there is no comparison")
    found = bradley_terry(["a"] * 5, ["b"] * 5, [1, 2, math.nan, math.nan, 1])
    assert found.n_left_out == 2
    assert found.win_probability("a", "b") == pytest.approx(2 / 3)
    with pytest.raises(UserError, match="'c'"):
        found.win_probability("a", "c")


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((["a"], ["b"], [3]), {}, "3 came"),
        ((["a"], ["b"], ["a"]), {}, "came as text"),
        ((["a"], ["a"], [1]), {}, "'a' met itself"),
        ((["a"], ["b", "c"], [1]), {}, "2 second"),
        ((["a"], [None], [1]), {}, "one is missing"),
        (([["a"]], ["b"], [1]), {}, "shape"),
        ((["a"], ["b"], [1]), {"reference": "c"}, "'c'"),
        ((["a"], ["b"], [1]), {"ridge": -1.0}, "ridge"),
        ((["a"], ["b"], [1]), {"level": 95}, "level"),
    ],
)
def test_wrong_input_is_one_line(arguments: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        bradley_terry(*arguments, **keywords)
    assert message in str(error.value)


@pytest.mark.parametrize("seed", range(4))
def test_swapping_places_and_order_of_games_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    i = rng.integers(0, 4, 60)
    j = (i + rng.integers(1, 4, 60)) % 4
    winner = rng.integers(0, 3, 60)
    one = bradley_terry(i, j, winner)
    order = rng.permutation(60)
    other = bradley_terry(j[order], i[order], np.array([0, 2, 1])[winner[order]])
    assert [e.value for e in other.ability] == pytest.approx([e.value for e in one.ability], abs=1e-6)
    assert other.tie.value == pytest.approx(one.tie.value, abs=1e-6)


@pytest.mark.slow
def test_a_million_comparisons() -> None:
    rng = np.random.default_rng(0)
    true = np.linspace(-1, 1, 20)
    i = rng.integers(0, 20, 1_000_000)
    j = (i + rng.integers(1, 20, i.size)) % 20
    winner = np.where(rng.random(i.size) < 1 / (1 + np.exp(true[j] - true[i])), 1, 2)
    found = bradley_terry(i, j, winner)
    assert [e.value for e in found.ability] == pytest.approx(true.tolist(), abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3])
def test_coverage(size: int) -> None:
    rng = np.random.default_rng(size)
    true = np.array([-0.8, 0.0, 0.2, 0.6])
    runs, hits = 600, 0
    for _ in range(runs):
        i = rng.integers(0, 4, 300 // size)
        j = (i + rng.integers(1, 4, i.size)) % 4
        z = np.stack([np.log(0.5) + (true[i] + true[j]) / 2, true[i], true[j]])
        winner = (np.exp(z) / np.exp(z).sum(axis=0)).cumsum(axis=0) < rng.random(i.size)
        games = [np.repeat(x, size) for x in (i, j, winner.sum(axis=0))]
        found = bradley_terry(*games, clusters=None if size == 1 else np.repeat(np.arange(i.size), size))
        hits += sum(e.low <= t <= e.high for e, t in zip(found.ability, true, strict=True))
    assert 0.93 <= hits / (4 * runs) <= 0.97
