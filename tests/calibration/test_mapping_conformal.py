"""Conformal intervals: the order statistic by hand, and the guarantee by simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.mapping_conformal import conformal_interval
from judgekit.errors import UserError


def test_the_order_statistic_by_hand() -> None:
    # n = 19, level 0.9: ⌈20 · 0.9⌉ = 18th smallest of 1..19.
    found = conformal_interval(np.zeros(19), np.arange(1, 20), [5.0])
    assert found.half_width == {None: 18.0}
    assert (found.low[0], found.high[0]) == (-13.0, 23.0)
    assert (found.n, found.n_clusters, found.undefined) == (19, 19, None)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_singletons_are_split_conformal(off: list[float], level: float) -> None:
    found = conformal_interval(np.zeros(len(off)), off, [0.0], level=level)
    rank = math.ceil(level * (len(off) + 1) - 1e-9)
    want = sorted(map(abs, off))[rank - 1] if rank <= len(off) else math.inf
    assert found.half_width[None] == want
    assert (found.undefined is None) == math.isfinite(want)


def test_mapie_gives_the_same_width() -> None:
    regression = pytest.importorskip("mapie.regression")
    dummy = pytest.importorskip("sklearn.dummy")
    rng = np.random.default_rng(0)
    y = rng.normal(size=99)
    model = dummy.DummyRegressor(strategy="constant", constant=0.0).fit([[0.0]], [0.0])
    other = regression.SplitConformalRegressor(model, confidence_level=0.9, prefit=True)
    other.conformalize(np.zeros((99, 1)), y)
    ends = other.predict_interval([[0.0]])[1]
    assert conformal_interval(np.zeros(99), y, [0.0]).high[0] == pytest.approx(float(np.ravel(ends)[1]), abs=1e-12)


def test_a_large_cluster_counts_as_one() -> None:
    # 9 small clusters off by 1 and one of 1,000 off by 9 weigh 1/11 each: 0.8 = 8.8/11 is reached with the ninth.
    off = np.concatenate([np.ones(9), np.full(1000, 9.0)])
    cluster = np.concatenate([np.arange(9), np.full(1000, 99)])
    assert conformal_interval(np.zeros(1009), off, [0.0], level=0.8, clusters=cluster).half_width[None] == 1.0
    assert conformal_interval(np.zeros(1009), off, [0.0], level=0.8).half_width[None] == 9.0


def test_groups_have_their_own_width() -> None:
    found = conformal_interval(
        np.zeros(40), [1.0] * 20 + [3.0] * 20, [0, 0, 0], groups=["a"] * 20 + ["b"] * 20, at_groups=["b", "a", "c"]
    )
    assert found.high.tolist() == [3.0, 1.0, math.inf]
    assert "'c'" in str(found.undefined)


def test_too_few_items_give_the_whole_scale_and_say_so() -> None:
    found = conformal_interval([3.0] * 8, [3.0] * 8, [2.0], low=1, high=5)
    assert (found.low.tolist(), found.high.tolist()) == ([1.0], [5.0])
    assert found.undefined == "a finite interval at 0.9 needs 9 independent units"
    assert conformal_interval([3.0] * 9, [3.0] * 9, [2.0]).undefined is None


def test_missing_and_empty() -> None:
    found = conformal_interval([math.nan, 1.0], [1.0, math.nan], [math.nan, 1.0], low=0, high=2)
    assert (found.n, found.n_clusters) == (0, 0)
    assert math.isnan(found.low[0])
    assert (found.low[1], found.high[1]) == (0.0, 2.0)
    assert found.method == "split conformal; 2 incomplete pairs left out"
    assert conformal_interval([], [], []).low.size == 0


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((["a"], [1], [1]), {}, "came as text"),
        (([1], [1, 2], [1]), {}, "came 1 predicted, 2 y"),
        (([1], [1], [1]), {"level": 90}, "level"),
        (([1], [1], [1]), {"groups": ["a"]}, "one of the two"),
        (([1], [1], [1]), {"groups": ["a"], "at_groups": ["a", "b"]}, "at"),
        (([1], [1], [1]), {"clusters": [1, 2]}, "clusters"),
    ],
)
def test_wrong_input_is_one_line(arguments: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        conformal_interval(*arguments, **keywords)
    assert message in str(error.value)


@pytest.mark.slow
def test_a_million_rows() -> None:
    y = np.random.default_rng(0).normal(size=1_000_000)
    assert conformal_interval(np.zeros(y.size), y, [0.0]).half_width[None] == pytest.approx(1.645, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("units", "size"), [(9, 1), (50, 1), (30, 5)])
def test_the_guarantee(units: int, size: int) -> None:
    # Skewed errors, a shared part in each cluster; the new item is from a new cluster.
    rng = np.random.default_rng(units)
    runs, hits = 4000, 0
    for _ in range(runs):
        cluster = np.repeat(np.arange(units + 1), size)
        y = rng.exponential(size=units + 1)[cluster] + rng.exponential(size=cluster.size)
        old = cluster < units
        found = conformal_interval(np.ones(old.sum()), y[old], [1.0], clusters=cluster[old])
        hits += found.low[0] <= y[-1] <= found.high[0]
    # At least 0.9, at most 0.9 + 1/(G+1) (a little more with clusters); 3 standard errors are 0.014.
    assert 0.886 <= hits / runs <= 0.9 + 1 / (units + 1) + 0.02
