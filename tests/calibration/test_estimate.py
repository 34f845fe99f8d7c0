"""The mean and its interval: numbers first, their derivation in the comment."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from judgekit.calibration.estimate import bounds_from_sum, mean_estimate, mean_from_sums, missing_bounds
from judgekit.errors import UserError

Sample = tuple[NDArray[np.float64], NDArray[np.int64]]
unit = st.floats(0.0, 1.0)


def test_student_interval_of_four_values() -> None:
    e = mean_estimate([0.2, 0.4, 0.6, 0.8])
    # s² = (0.09 + 0.01 + 0.01 + 0.09) / 3 = 1/15, se = √(1/60) = 0.129099; t(3, 0.975) = 3.182446 (table)
    # half = 0.410852
    assert (e.value, e.n, e.n_clusters, e.level) == (0.5, 4, 4, 0.95)
    assert (e.low, e.high) == pytest.approx((0.089148, 0.910852), abs=1e-6)
    assert e.method == "Student t, df 3"
    assert e.undefined is None


def test_cluster_interval_by_hand() -> None:
    e = mean_estimate([1, 1, 0, 1, 0, 0], ["a", "a", "b", "b", "c", "c"], level=0.5)
    # mean 1/2; cluster sums minus size × mean: 1, 0, -1; var = 3/2 · (1 + 0 + 1) / 36 = 1/12
    # t(2, 0.75) = √(2/3), from its closed form; half = √(1/12 · 2/3) = √(1/18)
    assert (e.value, e.n, e.n_clusters) == (0.5, 6, 3)
    assert (e.low, e.high) == pytest.approx((0.5 - math.sqrt(1 / 18), 0.5 + math.sqrt(1 / 18)), abs=1e-12)
    assert e.method == "Student t, cluster-robust, df 2"


def test_clusters_of_unequal_size_by_hand() -> None:
    e = mean_estimate([1, 1, 1, 0, 0.5], [7, 7, 7, 8, 9], level=0.5)
    # mean 3.5/5 = 0.7; sums - size × mean: 3 - 2.1 = 0.9, 0 - 0.7 = -0.7, 0.5 - 0.7 = -0.2
    # var = 3/2 · (0.81 + 0.49 + 0.04) / 25 = 0.0804; half = √(0.0804 · 2/3) = √0.0536
    assert (e.low, e.high) == pytest.approx((0.7 - math.sqrt(0.0536), 0.7 + math.sqrt(0.0536)), abs=1e-12)


def test_the_interval_is_cut_to_the_scale() -> None:
    # t(1, 0.975) = 12.7: the raw interval of two values leaves any scale.
    e = mean_estimate([2.0, 4.0], low=1.0, high=5.0)
    assert (e.value, e.low, e.high) == (3.0, 1.0, 5.0)


@given(st.lists(unit, min_size=2, max_size=40).filter(lambda x: np.std(x) > 1e-3), st.sampled_from([0.5, 0.9, 0.99]))
def test_singletons_agree_with_scipy_stats(values: list[float], level: float) -> None:
    low, high = stats.t.interval(level, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    e = mean_estimate(values, list(range(len(values))), level=level)
    assert e.value == pytest.approx(mean(values), abs=1e-12)
    assert (e.low, e.high) == pytest.approx((max(0.0, low), min(1.0, high)), abs=1e-9)


@given(st.lists(unit, min_size=2, max_size=20), st.integers(2, 5))
def test_asking_a_question_more_often_adds_no_certainty(values: list[float], copies: int) -> None:
    once = mean_estimate(values, list(range(len(values))))
    often = mean_estimate(np.repeat(values, copies), np.repeat(np.arange(len(values)), copies))
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=1e-9)
    assert (often.n, often.n_clusters) == (copies * once.n, once.n_clusters)


@given(st.lists(st.tuples(unit, st.integers(0, 4)), min_size=1, max_size=30), st.randoms())
def test_the_order_of_values_and_the_names_of_clusters_do_not_matter(
    pairs: list[tuple[float, int]], random: object
) -> None:
    one = mean_estimate([x for x, _ in pairs], [c for _, c in pairs])
    random.shuffle(pairs)  # type: ignore[attr-defined]
    other = mean_estimate([x for x, _ in pairs], [f"question {c}" for _, c in pairs])
    assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), abs=1e-9, nan_ok=True)
    assert (other.n, other.n_clusters) == (one.n, one.n_clusters)


@pytest.mark.parametrize(
    ("values", "clusters", "low", "high"),
    [
        # p0 = 0.025^(1/2) = 0.158114: [c·p0, c·p0 + 1 - p0]
        ([1.0, 1.0], None, 0.158114, 1.0),
        ([0.0, 0.0], None, 0.0, 0.841886),
        ([0.5, 0.5], None, 0.079057, 0.920943),
        # 30 equal values: p0 = 0.025^(1/30) = exp(ln(0.025)/30) = exp(-0.122963) = 0.884297
        ([1.0] * 30, None, 0.884297, 1.0),
        # three responses a question are one unit each: G = 2, as in the first row
        ([1.0] * 6, [0, 0, 0, 1, 1, 1], 0.158114, 1.0),
        # values differ, but both questions have the same mean 0.5: the standard error is 0 all the same
        ([0.0, 1.0, 0.5], ["a", "a", "b"], 0.079057, 0.920943),
    ],
)
def test_equal_units_get_a_bound_and_not_a_point(
    values: list[float], clusters: list[int] | list[str] | None, low: float, high: float
) -> None:
    e = mean_estimate(values, clusters)
    assert (e.low, e.high) == pytest.approx((low, high), abs=1e-6)
    assert "units equal" in e.method


def test_rounding_errors_do_not_hide_that_values_are_equal() -> None:
    # 0.1 + 0.2 is not 0.3 in floats: the sum of 0.1 ten times is 0.9999999999999999
    e = mean_estimate([0.1] * 10)
    assert "all 10 units equal" in e.method
    assert e.high - e.low > 0.2


@pytest.mark.parametrize("n", range(2, 31))
def test_the_bound_for_equal_units_is_missed_in_at_most_5_of_100_samples(n: int) -> None:
    # Two-valued units with mean p: all n are 1 with probability p^n, all 0 with (1-p)^n. An interval that misses p in
    # both cases is missed with their sum: with 0.05^(1/n) in place of 0.025^(1/n), that is 2/2^5 = 0.0625 for n = 5,
    # p = 0.5.
    ones, zeros = mean_estimate([1.0] * n), mean_estimate([0.0] * n)
    for p in np.linspace(0.001, 0.999, 999):
        missed = (p**n) * (not ones.low <= p <= ones.high) + ((1 - p) ** n) * (not zeros.low <= p <= zeros.high)
        assert missed <= 0.05 + 1e-12


@pytest.mark.parametrize(
    ("values", "clusters", "value", "reason"),
    [
        ([], None, math.nan, "there is no value"),
        ([0.25], None, 0.25, "an interval needs 2 independent units; there is 1"),
        ([0.0, 0.5, 1.0], ["q", "q", "q"], 0.5, "an interval needs 2 independent units; there is 1"),
    ],
)
def test_undefined_is_nan_with_a_reason(
    values: list[float], clusters: list[str] | None, value: float, reason: str
) -> None:
    e = mean_estimate(values, clusters)
    assert e.value == pytest.approx(value, nan_ok=True)
    assert math.isnan(e.low)
    assert math.isnan(e.high)
    assert e.undefined == reason


def test_clusters_without_a_value_are_not_units() -> None:
    e = mean_from_sums([0.5, 0.0, 1.0], [1, 0, 1])
    assert (e.n, e.n_clusters, e.value) == (2, 2, 0.75)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean_estimate([0.5, 1.5]), ["between 0 and 1", "1.5"]),
        (lambda: mean_estimate([0.5, math.nan]), ["between 0 and 1", "nan"]),
        (lambda: mean_estimate([0.5, 0.6], ["a"]), ["2 values", "1 clusters"]),
        (lambda: mean_estimate([0.5, 0.6], level=95), ["between 0 and 1", "95"]),
        (lambda: mean_from_sums([1.0], [2.0], level=0.0), ["between 0 and 1", "0"]),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


@given(st.lists(unit, max_size=20), st.lists(unit, max_size=20))
def test_whatever_the_missing_values_are_the_mean_is_within_its_bounds(
    known: list[float], missing: list[float]
) -> None:
    bounds = missing_bounds(known, len(missing))
    if not known and not missing:
        assert math.isnan(bounds.worst)
        assert math.isnan(bounds.best)
    else:
        assert bounds.worst - 1e-9 <= mean(known + missing) <= bounds.best + 1e-9


def test_bounds_by_hand() -> None:
    # 8 scored that sum to 6, 2 missing: (6 + 0) / 10 and (6 + 2) / 10; on a scale 1..5: (30 + 2) / 10, (30 + 10) / 10
    assert bounds_from_sum(6.0, 8, 2).worst == pytest.approx(0.6)
    assert bounds_from_sum(6.0, 8, 2).best == pytest.approx(0.8)
    assert missing_bounds([3.75] * 8, 2, low=1.0, high=5.0).worst == pytest.approx(3.2)
    assert missing_bounds([3.75] * 8, 2, low=1.0, high=5.0).best == pytest.approx(4.0)
    assert bounds_from_sum(0.5, 1, 0) == missing_bounds([0.5], 0)


def _shares(questions: int, share: float) -> Callable[[np.random.Generator], Sample]:
    """Three yes/no responses a question; questions differ (Beta, correlation 0.3 within a question)."""

    def draw(rng: np.random.Generator) -> Sample:
        spread = 0.7 / 0.3
        p = rng.beta(share * spread, (1 - share) * spread, questions)
        values = (rng.random((questions, 3)) < p[:, None]).astype(float).ravel()
        return values, np.repeat(np.arange(questions), 3)

    return draw


def _levels(questions: int) -> Callable[[np.random.Generator], Sample]:
    """Three responses a question on five levels, symmetric around the middle, correlation 0.4 within a question."""

    def draw(rng: np.random.Generator) -> Sample:
        latent = rng.normal(0, math.sqrt(0.4), questions)[:, None] + rng.normal(0, math.sqrt(0.6), (questions, 3))
        return np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]).ravel() / 4, np.repeat(np.arange(questions), 3)

    return draw


def _coverage(draw: Callable[[np.random.Generator], Sample], truth: float, runs: int) -> float:
    rng = np.random.default_rng(20250101)
    estimates = (mean_estimate(*draw(rng)) for _ in range(runs))
    return mean(e.low <= truth <= e.high for e in estimates)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (_levels(5), 0.5),
        (_levels(30), 0.5),
        (_shares(10, 0.5), 0.5),
        (_shares(30, 0.5), 0.5),
        (_shares(30, 0.8), 0.8),
        (_shares(100, 0.2), 0.2),
    ],
    ids=["levels-5", "levels-30", "half-10", "half-30", "0.8-30", "0.2-100"],
)
def test_coverage_is_near_95_percent_where_the_docstring_says_so(
    draw: Callable[[np.random.Generator], Sample], truth: float
) -> None:
    # The standard error of a coverage from 4,000 runs is 0.0034.
    assert 0.93 - 0.007 <= _coverage(draw, truth, 4000) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "truth", "at_most"), [(_shares(100, 0.99), 0.99, 0.9), (_shares(30, 0.9), 0.9, 0.93)])
def test_coverage_falls_short_where_the_docstring_says_so(
    draw: Callable[[np.random.Generator], Sample], truth: float, at_most: float
) -> None:
    assert _coverage(draw, truth, 4000) < at_most


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: mean_estimate(["1", "0"]), "mean: numbers were wanted, and '1' came as text"),
        (lambda: missing_bounds(["yes"], 1), "missing_bounds: numbers were wanted, and 'yes' came as text"),
        (lambda: missing_bounds([0.5, math.nan], 1), "1 of 2 values are missing"),
        (lambda: missing_bounds([0.5], -1), "0 missing values or more were wanted; came -1"),
    ],
)
def test_what_is_no_number_is_one_line(call: Callable[[], object], said: str) -> None:
    with pytest.raises(UserError) as caught:
        call()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("ones", "noted"), [(28, True), (15, False)])
def test_near_an_end_the_note_says_that_the_interval_is_short(ones: int, noted: bool) -> None:
    # 30 values: 2 of them away from the nearer end are fewer than 10, 15 are not.
    e = mean_estimate([1.0] * ones + [0.0] * (30 - ones))
    assert (e.note == "near an end of the scale the interval is short") is noted
