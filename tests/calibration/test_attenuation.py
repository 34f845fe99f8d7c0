"""The correction for attenuation: by hand, by a second way, and where it cannot be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from judgekit.calibration.agreement import intraclass_correlation, pearson
from judgekit.calibration.attenuation import disattenuated_correlation
from judgekit.errors import UserError

PEOPLE = np.array([[0.0, 1.0], [2.0, 2.0], [3.0, 4.0], [5.0, 4.0], [6.0, 6.0], [8.0, 7.0]])
JUDGE = np.array([0.0, 3.0, 3.0, 5.0, 5.0, 8.0])


def test_by_hand() -> None:
    # Two items more than a line can have: h̄ = 1, 3, 5 with noise σ² = (2 + 2 + 2)/3 = 2, f = 0, 1, 3.
    # cov = Σ(f - 4/3)(h̄ - 3)/2 = (8/3 + 0 + 10/3)/2 = 3; var f = (16 + 1 + 25)/9/2 = 7/3; var h̄ - σ²/2 = 4 - 1 = 3.
    e = disattenuated_correlation([[0, 2], [2, 4], [4, 6]], [0, 1, 3])
    assert e.value == pytest.approx(3 / math.sqrt(7 / 3 * 3), abs=1e-12)  # 1.134: above 1 by chance
    assert e.high == e.value
    assert "beyond ±1 by chance" in e.note
    assert e.note.startswith("model-based")


def test_it_is_the_correlation_over_the_root_of_the_reliability() -> None:
    r = pearson(PEOPLE.mean(axis=1), JUDGE).value
    reliability = intraclass_correlation(PEOPLE, form="1,k").value
    assert disattenuated_correlation(PEOPLE, JUDGE).value == pytest.approx(r / math.sqrt(reliability), abs=1e-12)


def test_scales_and_the_order_of_items_and_raters_do_not_matter() -> None:
    e = disattenuated_correlation(PEOPLE, JUDGE)
    other = disattenuated_correlation(1e6 + 3.0 * PEOPLE[::-1, ::-1], 7.0 - 0.5 * JUDGE[::-1])
    assert (other.value, other.low, other.high) == pytest.approx((-e.value, -e.high, -e.low), abs=1e-6)


def test_an_item_with_one_rating_is_left_out_and_a_missing_one_counts_less() -> None:
    more = np.vstack([np.column_stack([PEOPLE, np.full(6, np.nan)]), [[9.0, np.nan, np.nan]]])
    assert disattenuated_correlation(more, [*JUDGE, 0.0]).value == disattenuated_correlation(PEOPLE, JUDGE).value


@pytest.mark.parametrize(
    ("people", "judge", "why"),
    [
        (np.empty((0, 2)), [], "3 items with the judge and 2 raters are needed; there are 0"),
        ([[1, 1], [2, 2]], [1, 2], "there are 2"),
        (PEOPLE, np.full(6, np.nan), "there are 0"),
        (PEOPLE, np.ones(6), "the judge does not vary"),
        ([[1, 2], [2, 1], [1, 2], [2, 1]], [1, 2, 3, 4], "as much as their means"),
    ],
)
def test_undefined_is_nan_with_a_reason(people: Any, judge: Any, why: str) -> None:
    e = disattenuated_correlation(people, judge)
    assert math.isnan(e.value)
    assert why in (e.undefined or "")


def test_copies_in_clusters_add_no_certainty() -> None:
    once = disattenuated_correlation(PEOPLE, JUDGE)
    often = disattenuated_correlation(
        np.repeat(PEOPLE, 3, axis=0), np.repeat(JUDGE, 3), clusters=np.repeat(range(6), 3)
    )
    # n - 1 in the variances is 5 and 17: the values differ by that alone.
    assert (often.n, often.n_clusters) == (18, 6)
    assert (often.value, often.low) == pytest.approx((once.value, once.low), abs=0.02)


def test_wrong_input_is_one_line() -> None:
    with pytest.raises(UserError, match="came as text"):
        disattenuated_correlation([["a", "b"]], [1])
    with pytest.raises(UserError, match="one row an item"):
        disattenuated_correlation(PEOPLE, [1, 2])


def test_below_minus_1_the_interval_holds_the_value_too() -> None:
    e = disattenuated_correlation([[0, 2], [2, 4], [4, 6]], [0, -1, -3])
    assert e.low <= e.value < -1.0 <= e.high
    assert "beyond ±1 by chance" in e.note
