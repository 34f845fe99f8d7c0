"""The difference between two sides of a pair: by hand, and what does not count."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.sides import side_difference
from judgekit.errors import UserError

SIDES = ("user", "friend")


def test_the_difference_by_hand() -> None:
    # Pair a: 1 - 0 = 1. Pair b: 0.5 - 0.5 = 0. Pair c: 0 - 1 = -1. Pair d: 1 - 0.5 = 0.5. Mean 0.5/4 = 0.125.
    # Squared deviations 0.765625 + 0.015625 + 1.265625 + 0.140625 = 2.1875; s² = 2.1875/3; se = √(s²/4) = 0.42696.
    # t(3) at 97.5 % is 3.18245: 0.125 ± 1.35877, cut to [-1, 1].
    values = [1, 0, 0.5, 0.5, 0, 1, 1, 0.5]
    found = side_difference(values, [p for p in "abcd" for _ in SIDES], SIDES * 4)
    assert found.estimate.value == pytest.approx(0.125)
    assert (found.estimate.low, found.estimate.high) == (-1.0, 1.0)
    assert (found.estimate.n, found.estimate.n_clusters, found.one_sided) == (4, 4, 0)
    narrow = side_difference(values, [p for p in "abcd" for _ in SIDES], SIDES * 4, level=0.5)
    # t(3) at 75 % is 0.764892: ± 0.326580.
    assert narrow.estimate.low == pytest.approx(0.125 - 0.326580, abs=1e-5)
    assert narrow.estimate.high == pytest.approx(0.125 + 0.326580, abs=1e-5)


def test_answers_of_several_models_to_a_pair_are_one_unit() -> None:
    pairs = [p for p in "ab" for _ in range(4)]
    models = ["m", "m", "n", "n"] * 2
    # Pair a: m 1 - 0, n 1 - 1; pair b: m 0 - 0, n 1 - 0. Mean (1 + 0 + 0 + 1)/4.
    found = side_difference([1, 0, 1, 1, 0, 0, 1, 0], pairs, SIDES * 4, models=models)
    assert (found.estimate.value, found.estimate.n, found.estimate.n_clusters) == (0.5, 4, 2)


def test_several_values_of_a_side_are_averaged_and_one_sided_pairs_are_counted() -> None:
    found = side_difference([1, 0, 0, 1], ["a", "a", "a", "b"], ["user", "user", "friend", "friend"])
    assert (found.estimate.value, found.estimate.n, found.one_sided) == (0.5, 1, 1)
    assert math.isnan(found.estimate.low)
    nothing = side_difference([], [], [])
    assert nothing.estimate.undefined == "there is no value"


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_exchanging_the_sides_turns_the_sign(pairs: list[tuple[float, float]]) -> None:
    values = [value for pair in pairs for value in pair]
    names = [i for i in range(len(pairs)) for _ in SIDES]
    one = side_difference(values, names, SIDES * len(pairs)).estimate
    other = side_difference(values, names, SIDES * len(pairs), first="friend", second="user").estimate
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)
    assert one.high == pytest.approx(-other.low)


def test_a_shift_of_both_sides_changes_nothing() -> None:
    names = ["a", "a", "b", "b"]
    low = side_difference([0.2, 0.1, 0.4, 0.1], names, SIDES * 2).estimate
    high = side_difference([0.7, 0.6, 0.9, 0.6], names, SIDES * 2).estimate
    assert low.value == pytest.approx(high.value)


@pytest.mark.parametrize(
    ("values", "sides", "words"),
    [
        ([1.0], ["neighbour"], "wanted user or friend"),
        ([2.0], ["user"], "between 0 and 1"),
        ([math.nan], ["user"], "between 0 and 1"),
        ([1.0, 1.0], ["user"], "came 2 values, 1 pairs, 1 sides"),
    ],
)
def test_what_cannot_be_compared_is_said(values: list[float], sides: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        side_difference(values, ["a"], sides)
