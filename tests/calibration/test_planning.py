"""How many labels, which ones, and what a comparison can see."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.correction_ppi import ppi_mean
from judgekit.calibration.planning import labels_needed, next_to_label, plan_labels
from judgekit.calibration.planning_draw import expected_error
from judgekit.calibration.planning_power import minimum_detectable_difference, power_for_difference
from judgekit.errors import UserError


def half_width(n: int, t: float, sd: float, r2: float, items: float, effect: float = 1.0) -> float:
    """Half the interval of PPI++ with the best weight."""
    return t * sd * math.sqrt(effect * (1 / n - r2 * (1 / n - 1 / items)))


def test_labels_needed_are_the_fewest_that_reach_the_width() -> None:
    # t(98, 0.975) = 1.984467, t(97) = 1.984723 (tables): 1.984467 · 0.5 / √99 = 0.09972; with 98 labels 0.10024
    assert labels_needed(0.1).labels_needed == 99
    assert half_width(99, 1.984467, 0.5, 0.0, math.inf) <= 0.1 < half_width(98, 1.984723, 0.5, 0.0, math.inf)
    # t(52) = 2.006647, t(51) = 2.007584; r² = 0.49, 2000 items
    plan = labels_needed(0.1, judge_correlation=0.7, n_items=2000)
    assert plan.labels_needed == 53
    assert half_width(53, 2.006647, 0.5, 0.49, 2000) <= 0.1 < half_width(52, 2.007584, 0.5, 0.49, 2000)
    assert (plan.labels_needed_alone, plan.n_labels, plan.more) == (99, 0, 53)


def test_clusters_cost_their_design_effect() -> None:
    plan = labels_needed(0.1, cluster_size=5, icc=0.25)
    # design effect 1 + 4 · 0.25 = 2: about twice as many; t has fewer degrees of freedom
    assert plan.design_effect == 2.0
    assert plan.labels_needed is not None
    assert 2 * 96 < plan.labels_needed < 2 * 105


def test_a_width_that_all_items_do_not_reach() -> None:
    plan = labels_needed(0.1, n_items=50)
    assert (plan.labels_needed, plan.more) == (None, None)
    assert "50 items are too few even if all are labelled" in plan.reason


def test_a_judge_that_disagrees_is_of_no_use() -> None:
    assert labels_needed(0.1, judge_correlation=-0.9).labels_needed == 99


def test_the_plan_of_a_pilot_holds() -> None:
    rng = np.random.default_rng(11)
    y = (rng.random(5000) < 0.6).astype(float)
    f = np.where(rng.random(5000) < 0.9, y, 1 - y)
    plan = plan_labels(0.03, labelled_y=y[:200], labelled_f=f[:200], unlabelled_f=f[200:])
    assert plan.labels_needed is not None
    assert plan.more == plan.labels_needed - 200
    n = plan.labels_needed
    e = ppi_mean(y[:n], f[:n], f[n:])
    assert (e.high - e.low) / 2 == pytest.approx(0.03, rel=0.15)
    assert plan.labels_needed_alone > 1.5 * n
    done = plan_labels(0.2, labelled_y=y[:200], labelled_f=f[:200], unlabelled_f=f[200:])
    assert done.more == 0


def test_a_clustered_pilot_finds_the_design_effect() -> None:
    rng = np.random.default_rng(12)
    q = np.repeat(np.arange(100), 4)
    y = (rng.random(400) < np.repeat(rng.beta(1, 1, 100), 4)).astype(float)
    plan = plan_labels(0.05, labelled_y=y, labelled_f=np.full(400, 0.5), unlabelled_f=[0.5] * 1000, clusters=q)
    # Beta(1, 1): ICC 1/3, design effect 1 + 3/3 = 2
    assert plan.design_effect == pytest.approx(2.0, abs=0.4)
    assert "judge correlation 0.00" in plan.reason


# ---- which ones


def test_probabilities_by_hand() -> None:
    # s = 0.5, 0.3, 0, 0: shares 0.05 + 0.8 · (0.625, 0.375, 0, 0) = 0.55, 0.35, 0.05, 0.05; 2 · 0.55 is cut to 1,
    # the second draw goes to the others in proportion: 0.35, 0.05, 0.05 of 0.45
    choice = next_to_label([0.5, 0.9, 1.0, 0.0], 2)
    assert choice.probability == pytest.approx((1.0, 7 / 9, 1 / 9, 1 / 9))
    assert choice.chosen[0] == 0
    assert choice.method == "doubt of one judge's score, uniform floor 0.2, seed 0"
    # disagreement of three judges: sd 0, √(1/3)·… of (1, 0, 0) = √(1/3), nothing known: the mean of both
    choice = next_to_label([[1, 1, 1], [1, 0, 0], [math.nan, math.nan, 1]], 1)
    s = np.array([0.0, math.sqrt(1 / 3), math.sqrt(1 / 3) / 2])
    assert choice.probability == pytest.approx(tuple(0.2 / 3 + 0.8 * s / s.sum()))
    assert choice.method.startswith("disagreement")
    choice = next_to_label([1, 2, 5], 1, error_sd=[0.0, 0.0, 1.0])
    assert choice.probability == pytest.approx((0.2 / 3, 0.2 / 3, 0.2 / 3 + 0.8))


def test_expected_error_by_hand() -> None:
    y, f = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0], [1] * 5 + [0] * 5
    # y - f: 0 five times; 0 0 1 1 0 with mean 0.4, sum of squares 1.2; all: mean 0.2, variance 0.2 - 0.04 = 0.16
    found = expected_error(y, f, [0, 1, 0.2])
    assert found == pytest.approx([math.sqrt((1.2 + 0.32) / 7), math.sqrt(0.32 / 7), math.sqrt(0.32 / 7)])
    choice = next_to_label([0, 1, 0, 1], 1, error_sd=expected_error(y, f, [0, 1, 0, 1]))
    assert choice.probability[0] > 1.5 * choice.probability[1]
    with pytest.raises(UserError, match="5 labels or more were wanted; came 4"):
        expected_error(y[:4], f[:4], [1])


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([1.0, 4.0, 5.0, 2.0], "scores off 0..1 tell no doubt"),
        ([math.nan] * 4, "no verdict tells anything"),
        ([0, 1, 1, 0], "doubt"),
    ],
)
def test_without_doubt_the_draw_is_uniform(verdicts: list[float], words: str) -> None:
    choice = next_to_label(verdicts, 2)
    assert choice.probability == pytest.approx((0.5,) * 4)
    assert words in choice.method


def test_each_item_comes_as_often_as_its_probability_says() -> None:
    rng = np.random.default_rng(13)
    f, labelled = np.round(rng.random(12), 2), np.arange(12) < 2
    counts = np.zeros(12)
    for _ in range(4000):
        choice = next_to_label(f, 4, labelled=labelled, rng=rng)
        counts[list(choice.chosen)] += 1
    pi = np.array(choice.probability)
    assert pi[:2].tolist() == [0.0, 0.0]
    # standard error at most √(0.25 / 4000) = 0.008
    assert np.abs(counts / 4000 - pi).max() < 0.032


@given(
    st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=1, max_size=30),
    st.floats(0.2, 1.0),
    st.integers(0, 99),
    st.data(),
)
def test_laws_of_the_draw(verdicts: list[float], floor: float, seed: int, data: st.DataObject) -> None:
    n = len(verdicts)
    k = data.draw(st.integers(1, n))
    choice = next_to_label(verdicts, k, floor=floor, rng=seed)
    assert choice == next_to_label(verdicts, k, floor=floor, rng=seed)
    assert len(set(choice.chosen)) == len(choice.chosen) == k
    assert sum(choice.probability) == pytest.approx(k)
    assert all(floor * k / n - 1e-9 <= p <= 1 + 1e-9 for p in choice.probability)


# ---- what a comparison sees


def test_power_of_statsmodels() -> None:
    # statsmodels 0.15.0, TTestPower().power(effect_size, nobs, alpha); effect = difference / (sd √(2(1 - correlation)))
    assert power_for_difference(0.1, 200) == pytest.approx(0.8036666605857853, abs=1e-9)
    assert power_for_difference(0.25, 20, level=0.9) == pytest.approx(0.6952201757664364, abs=1e-9)
    # solve_power(nobs=200, alpha=0.05, power=0.8) = 0.19906465946973934 standard deviations of 0.5
    assert minimum_detectable_difference(200) == pytest.approx(0.19906465946973934 / 2, abs=1e-6)


def test_power_by_hand_for_many_questions() -> None:
    # sd of the difference 0.4 · √(2 · 0.3) = 0.309839; with clusters of 2 and ICC 0.5 the variance is 1.5 fold:
    # se = 0.309839 · √(1.5 / 4000) = 0.006; a difference of 0.0168 is 2.8 se: Φ(2.8 - 1.96) = 0.7995
    power = power_for_difference(0.0168, 4000, sd=0.4, correlation=0.7, cluster_size=2, icc=0.5)
    assert power == pytest.approx(0.7995, abs=0.002)


@given(st.integers(5, 500), st.floats(0.1, 0.95), st.floats(-0.5, 0.95), st.floats(0.5, 0.99))
def test_the_detectable_difference_has_that_power(n: int, power: float, correlation: float, level: float) -> None:
    if power <= 1 - level + 0.02:
        return
    d = minimum_detectable_difference(n, power=power, correlation=correlation, level=level)
    assert power_for_difference(d, n, correlation=correlation, level=level) == pytest.approx(power, abs=1e-6)
    assert power_for_difference(-d, n, correlation=correlation, level=level) == pytest.approx(power, abs=1e-6)


def test_no_difference_is_found_as_often_as_the_level_says_and_a_huge_one_always() -> None:
    assert power_for_difference(0.0, 50) == pytest.approx(0.05, abs=1e-9)
    assert power_for_difference(1.0, 10_000, sd=0.1) == 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: labels_needed(0.0), ["half width", "0"]),
        (lambda: labels_needed(0.1, sd=-1), ["sd", "-1"]),
        (lambda: labels_needed(0.1, judge_correlation=2), ["judge_correlation", "2"]),
        (lambda: labels_needed(0.1, n_items=1), ["n_items=", "1"]),
        (lambda: labels_needed(0.1, level=1), ["level", "1"]),
        (lambda: plan_labels(0.1, labelled_y=[1] * 3, labelled_f=[1] * 3, unlabelled_f=[]), ["10 labels", "3"]),
        (
            lambda: plan_labels(0.1, labelled_y=[1] * 20, labelled_f=[1] * 20, unlabelled_f=[]),
            ["vary", "without labels"],
        ),
        (lambda: next_to_label([0.5], 2), ["between 1 and the 1 items", "2"]),
        (lambda: next_to_label([0.5], 1, floor=0.1), ["floor", "0.1"]),
        (lambda: next_to_label([0.5, 0.1], 1, labelled=[True]), ["2 items", "1"]),
        (lambda: next_to_label([0.5, 0.1], 1, labelled=[True, True]), ["0 items"]),
        (lambda: next_to_label([0.5, 0.1], 1, error_sd=[1]), ["2 items", "1"]),
        (lambda: next_to_label([0.5, 0.1], 1, error_sd=[1, -1]), ["negative"]),
        (lambda: next_to_label(["yes"], 1), ["numbers", "map answers"]),
        (lambda: next_to_label(np.zeros((1, 1, 1)), 1), ["(1, 1, 1)"]),
        (lambda: next_to_label([], 1), ["0 items"]),
        (lambda: power_for_difference(0.1, 1), ["2 independent", "1"]),
        (lambda: power_for_difference(0.1, 10, correlation=1.0), ["correlation", "1"]),
        (lambda: minimum_detectable_difference(10, power=0.01), ["power", "0.01"]),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == []
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_million_items_are_drawn_in_seconds() -> None:
    import time

    started = time.process_time()
    choice = next_to_label(np.random.default_rng(1).random(1_000_000), 500)
    assert time.process_time() - started < 10.0
    assert len(choice.chosen) == 500
