"""Two judges against the same labels: each measured as alone, the difference from one joint resampling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.error import mean_absolute_error
from judgekit.calibration.two_judges import judge_difference
from judgekit.errors import UserError

Rng = np.random.Generator


def judged(rng: Rng, n: int, right: float) -> tuple[Any, Any]:
    """Labels 0, 1, 2 and a judge who is right that often."""
    y = rng.integers(0, 3, n)
    return y.astype(float), np.where(rng.random(n) < right, y, rng.integers(0, 3, n)).astype(float)


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_with_one_label_an_item_each_judge_has_cohens_kappa(weights: Any) -> None:
    rng = np.random.default_rng(1)
    y, a = judged(rng, 150, 0.6)
    b = np.where(rng.random(150) < 0.8, y, 2.0)
    found = judge_difference(y, a, b, categories=[0, 1, 2], weights=weights)
    expected = [ag.cohen_kappa(f, y, categories=[0, 1, 2], weights=weights, ci=None).value for f in (a, b)]
    assert [found.a.value, found.b.value] == pytest.approx(expected, abs=1e-12)
    assert found.difference.value == pytest.approx(expected[1] - expected[0], abs=1e-12)
    assert "BCa bootstrap of 150 items, 1999 resamples, seed 0" in found.a.method


def test_several_labels_are_a_random_one_of_them() -> None:
    # Items with labels (1, 1) and (1, 0): a judge that says 1 meets 2 + 1 of 4.
    found = judge_difference([[1, 1], [1, 0]], [1, 1], [0, 0], statistic="percent_agreement", categories=[0, 1])
    assert (found.a.value, found.b.value) == (0.75, 0.25)


def test_errors_and_correlations_take_the_mean_of_the_labels() -> None:
    rng = np.random.default_rng(2)
    h = rng.normal(size=(80, 3))
    h[::5, 2] = math.nan
    a, b = rng.normal(size=80), h[:, 0] + 0.1
    mean = np.nanmean(h, axis=1)
    found = judge_difference(h, a, b, statistic="mean_absolute_error")
    assert found.b.value == pytest.approx(mean_absolute_error(mean, b).value, abs=1e-12)
    found = judge_difference(h, a, b, statistic="concordance_correlation")
    assert found.a.value == pytest.approx(ag.concordance_correlation(a, mean, ci=None).value, abs=1e-9)
    assert "jackknife of 80 items" in found.a.method


def test_the_joint_interval_is_shorter_than_two_apart() -> None:
    rng = np.random.default_rng(3)
    y, a = judged(rng, 400, 0.7)
    b = np.where(rng.random(400) < 0.95, a, y)  # nearly the same answers, a little better
    found = judge_difference(y, a, b, categories=[0, 1, 2])
    apart = math.hypot(found.a.high - found.a.low, found.b.high - found.b.low)
    assert found.difference.high - found.difference.low < 0.5 * apart


def test_clusters_make_it_longer() -> None:
    rng = np.random.default_rng(4)
    y, a = judged(rng, 150, 0.7)
    _, b = judged(rng, 150, 0.7)
    twice = [np.concatenate([x, x]) for x in (y, a, b)]
    plain = judge_difference(*twice, categories=[0, 1, 2], rng=1).difference
    clustered = judge_difference(*twice, categories=[0, 1, 2], clusters=np.tile(np.arange(150), 2), rng=1).difference
    assert clustered.n_clusters == 150
    # Every item twice is no new information: longer by √2, but for the noise of 1,999 resamples.
    assert (clustered.high - clustered.low) / (plain.high - plain.low) == pytest.approx(math.sqrt(2), rel=0.1)


def test_what_is_missing_is_left_out_and_counted() -> None:
    nan = math.nan
    found = judge_difference([1, 0, nan, 1, 0], [1, 0, 1, nan, 0], [1, 1, 1, 1, 0], statistic="percent_agreement")
    assert (found.n_left_out, found.a.n, found.a.value, found.b.value) == (2, 3, 1.0, 2 / 3)


@pytest.mark.parametrize(
    ("ratings", "a", "b", "why"),
    [
        ([math.nan], [1], [1], "no item has a label and both judges' answers"),
        ([], [], [], "no item has a label"),
        ([1, 1, 1], [1, 1, 1], [1, 1, 1], "0/0"),
        ([1], [1], [0], "0/0"),
    ],
)
def test_undefined_is_nan_with_a_reason(ratings: list[float], a: list[float], b: list[float], why: str) -> None:
    found = judge_difference(ratings, a, b)
    assert math.isnan(found.difference.value) or why == "0/0"
    assert why in (found.a.undefined or "") + (found.difference.undefined or "")


def test_two_equal_judges_differ_by_0_and_the_interval_says_that_it_cannot_know() -> None:
    y, a = judged(np.random.default_rng(5), 200, 0.8)
    found = judge_difference(y, a, a, categories=[0, 1, 2])
    assert found.difference.value == 0.0
    assert found.difference.undefined == "leaving out any unit changes nothing: an interval would be a point"


def test_wrong_input_is_one_line() -> None:
    with pytest.raises(UserError, match=r"statistic percent_agreement, .* was wanted; came 'f1'"):
        judge_difference([1], [1], [1], statistic="f1")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="answers on the scale were wanted, and 3 came"):
        judge_difference([1, 2], [1, 3], [1, 2], categories=[1, 2])
    with pytest.raises(UserError, match="one row an item was wanted in each"):
        judge_difference([1, 2], [1], [1, 2])


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "each"), [(60, 1), (150, 1), (30, 4), (120, 4)])
def test_the_interval_of_the_difference_holds_the_truth(groups: int, each: int) -> None:
    # Kappa of judges that know the label of an item with probability s, 3 equal answers, is s: 0.7 - 0.5.
    rng = np.random.default_rng(6)
    held, runs = 0, 1000
    for _ in range(runs):
        q = np.repeat(np.arange(groups), each)
        n = q.size
        y = rng.integers(0, 3, n)
        easy = rng.beta(3.0, 3.0, groups)[q] if each > 1 else rng.random(n)
        guess = rng.integers(0, 3, (2, n))
        know = [easy < share for share in (0.5, 0.7)] if each == 1 else [rng.random(n) < p for p in (easy, easy**0.5)]
        a, b = (np.where(k, y, g).astype(float) for k, g in zip(know, guess, strict=True))
        # E[√x] of Beta(3, 3) is B(3.5, 3) / B(3, 3) = 0.6926.
        truth = 0.2 if each == 1 else math.gamma(3.5) * math.gamma(6) / (math.gamma(6.5) * math.gamma(3)) - 0.5
        e = judge_difference(
            y, a, b, categories=[0, 1, 2], clusters=q if each > 1 else None, resamples=499, rng=rng
        ).difference
        held += e.low <= truth <= e.high
    assert 0.93 - 2.5 * 0.0081 <= held / runs <= 0.97 + 2.5 * 0.0054
