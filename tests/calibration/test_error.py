"""Judge against reference scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.error import mean_absolute_error, mean_bias, root_mean_squared_error, within_one

levels = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40)


def test_values_by_hand() -> None:
    y, f = [1, 2, 3, 4, 5], [2, 2, 5, 4, 4]
    # d = 1, 0, 2, 0, -1
    assert mean_bias(y, f).value == pytest.approx(2 / 5)
    assert mean_absolute_error(y, f).value == pytest.approx(4 / 5)
    assert root_mean_squared_error(y, f).value == pytest.approx(math.sqrt(6 / 5))
    assert within_one(y, f).value == pytest.approx(4 / 5)


def test_interval_of_the_bias_by_hand() -> None:
    # d = 0, 1, 0, -2 on 1..5: mean -1/4; u = (-1/4 + 4)/8 = 15/32; sample variance (Σd² - n·mean²)/3 = (5 - 1/4)/3
    # = 19/12, Var = 19/48; n* = u(1-u)·64/Var = (15·17/1024)·64·48/19 = 765/19; t(3, 0.975) = 3.182446
    e = mean_bias([1, 2, 3, 4], [1, 3, 3, 2], scale=(1, 5))
    n, t, u = 765 / 19, 3.1824463052837, 15 / 32
    half = t / (1 + t * t / n) * math.sqrt(u * (1 - u) / n + t * t / (4 * n * n))
    middle = (u + t * t / (2 * n)) / (1 + t * t / n)
    assert (e.low, e.high) == pytest.approx((8 * (middle - half) - 4, 8 * (middle + half) - 4))


def test_levels_on_the_unit_scale_are_one_step_apart_in_spite_of_floats() -> None:
    assert within_one([0.1, 0.7], [0.2, 0.6], step=0.1).value == 1.0  # 0.7 - 0.6 = 0.09999999999999998


def test_scores_that_never_differ_do_not_claim_certainty() -> None:
    e = mean_bias([3] * 30, [3] * 30, scale=(1, 5))
    # P(equal) is at least 0.025^(1/30) = 0.884297: the bias is at most 0.115703 · 4 = 0.462812 either way
    assert e.value == 0.0
    assert (e.low, e.high) == pytest.approx((-0.462812, 0.462812), abs=1e-5)
    e = mean_bias([3] * 30, [3] * 30)
    assert e.undefined == "all scores are the same number: an interval needs the scale (scale=)"
    assert (e.value, math.isnan(e.low)) == (0.0, True)


def test_clusters_widen_the_interval_of_scores_that_hang_together() -> None:
    y = np.zeros(40)
    f = np.repeat([0.0, 1.0] * 5, 4)
    alone, together = mean_bias(y, f, scale=(0, 1)), mean_bias(y, f, scale=(0, 1), clusters=np.repeat(range(10), 4))
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert (together.n, together.n_clusters) == (40, 10)


@given(levels)
def test_laws(rows: list[tuple[int, int]]) -> None:
    y, f = [a for a, _ in rows], [b for _, b in rows]
    bias, mae, rmse = (g(y, f, scale=(1, 5)) for g in (mean_bias, mean_absolute_error, root_mean_squared_error))
    assert abs(bias.value) <= mae.value + 1e-12
    assert mae.value <= rmse.value + 1e-12
    back = mean_bias(f, y, scale=(1, 5))
    assert (back.value, back.low, back.high) == pytest.approx((-bias.value, -bias.high, -bias.low), abs=1e-9)
    for e in (bias, mae, rmse):
        assert e.low - 1e-9 <= e.value <= e.high + 1e-9
    # Another unit for the scale changes the numbers and nothing else.
    tenth = mean_bias([a / 10 for a in y], [b / 10 for b in f], scale=(0.1, 0.5))
    assert (10 * tenth.low, 10 * tenth.high) == pytest.approx((bias.low, bias.high), abs=1e-6)
