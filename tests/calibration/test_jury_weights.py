"""A weighted jury against its best member: by hand, and without the flattery of choosing and measuring at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from judgekit.calibration.jury_weights import weighted_jury
from judgekit.errors import UserError

Floats = NDArray[np.float64]


def panel(seed: int, n: int, accuracies: list[float], answers: int = 2) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, answers, n).astype(float)
    wrong = (y[:, None] + rng.integers(1, answers, (n, len(accuracies)))) % answers
    return y, np.where(rng.random(wrong.shape) < accuracies, y[:, None], wrong)


def test_weights_by_hand() -> None:
    # 40 items: 30, 20 and 10 right: a = 30.5/41, 20.5/41, 10.5/41, mean ½, variance s² = (10/41)² = 0.059488.
    # Chance: v = (2 · 30.5 · 10.5/41² + ¼)/3/40 = 0.005259, B = 1 - v/s² = 0.911602; a = ½ ± 0.911602 · 10/41.
    y = np.array([0, 1] * 20)
    x = np.column_stack([np.where(np.arange(40) < k, y, 1 - y) for k in (30, 20, 10)])
    found = weighted_jury(y, x)
    a = 0.5 + 0.911602 * 10 / 41
    assert found.weights == pytest.approx((math.log(a / (1 - a)), 0.0, -math.log(a / (1 - a))), abs=1e-5)
    assert found.best == 0
    assert found.best_single.value == 0.75


def test_three_answers_change_the_weight() -> None:
    y, x = panel(1, 300, [0.8, 0.6, 0.4], answers=3)
    right = (x == y[:, None]).sum(axis=0)
    for k, categories in ((3, None), (5, 5)):
        a = (right + 1 / k) / 301
        a = a.mean() + (1 - (a * (1 - a)).mean() / 300 / a.var(ddof=1)) * (a - a.mean())
        assert weighted_jury(y, x, categories=categories).weights == pytest.approx(np.log(a * (k - 1) / (1 - a)))


def test_a_jury_of_many_equals_beats_each() -> None:
    # 5 judges of accuracy 0.7: a majority is right with Σ_{k>=3} C(5,k) 0.7^k 0.3^(5-k) = 0.83692.
    y, x = panel(2, 6000, [0.7] * 5)
    found = weighted_jury(y, x)
    assert found.majority.value == pytest.approx(0.837, abs=0.015)
    assert found.jury.value == pytest.approx(found.majority.value, abs=0.01)
    assert found.difference.low > 0.1
    assert found.difference.low == min(e.low for e in found.each)
    assert min(e.high for e in found.each) < found.difference.high < 0.16  # wider than any one of them says
    assert found.difference.value == pytest.approx(found.jury.value - found.best_single.value)


def test_judges_that_differ_by_chance_alone_get_the_same_weight() -> None:
    # 3 alike on 100 items: the spread of their shares is mostly below what chance makes, √(0.75 · 0.25/100).
    same = [len(set(np.round(weighted_jury(*panel(seed, 100, [0.75] * 3)).weights, 9))) == 1 for seed in range(60)]
    assert np.mean(same) > 0.5


def test_one_good_judge_among_coins_is_followed() -> None:
    # Its weight, ln 19, is more than the others' together: the jury is that judge, and the plain majority is not.
    y, x = panel(3, 2000, [0.95, 0.5, 0.5])
    found = weighted_jury(y, x)
    assert found.jury.value == pytest.approx(found.best_single.value, abs=0.01)
    assert found.majority.value < found.jury.value - 0.1
    assert found.best == 0


@pytest.mark.slow
def test_the_best_of_many_coins_is_no_better_than_a_coin() -> None:
    # Chosen and measured on the same 30 items, the best of 8 coins is right on about 63 %.
    fair, flattered = [], []
    for seed in range(200):
        y, x = panel(seed, 30, [0.5] * 8)
        fair.append(weighted_jury(y, x, rng=seed).best_single.value)
        flattered.append((x == y[:, None]).mean(axis=0).max())
    assert np.mean(flattered) > 0.6
    assert np.mean(fair) < 0.52


def test_ties_count_in_parts() -> None:
    # Two judges that always contradict each other, both right half of the time: every majority is a tie.
    y = np.array([0.0, 1.0] * 20)
    x = np.column_stack([np.zeros(40), np.ones(40)])
    assert weighted_jury(y, x).majority.value == 0.5


def test_missing_verdicts_are_lost_votes_and_misses() -> None:
    y, x = panel(4, 100, [1.0, 1.0, 1.0])
    x[:50, 0] = np.nan
    found = weighted_jury(y, x)
    assert found.jury.value == 1.0
    assert found.best != 0
    x[:10] = np.nan
    y[20] = np.nan
    assert weighted_jury(y, x).n_left_out == 11


def test_votes_on_new_items() -> None:
    y, x = panel(5, 400, [0.95, 0.6, 0.6])
    found = weighted_jury(y, x)
    votes = found.vote(np.array([[1, 0, 0], [0, 1, 1], [math.nan, 1, 1], [math.nan] * 3]))
    assert votes[:3].tolist() == [1.0, 0.0, 1.0]
    assert math.isnan(votes[3])
    assert np.isnan(found.vote(np.full((2, 3), np.nan))).all()
    with pytest.raises(UserError, match="3 columns"):
        found.vote([[1, 2]])


def test_copies_in_clusters_add_no_certainty() -> None:
    y, x = panel(6, 200, [0.8, 0.7, 0.7])
    cluster = np.repeat(np.arange(200), 4)
    once = weighted_jury(y, x).difference
    often = weighted_jury(np.repeat(y, 4), np.repeat(x, 4, axis=0), clusters=cluster).difference
    assert often.n_clusters == 200
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.2)


@pytest.mark.parametrize(
    ("y", "x"), [(np.empty(0), np.empty((0, 2))), (np.ones(1), np.ones((1, 2))), (np.full(3, np.nan), np.ones((3, 2)))]
)
def test_too_little_is_undefined_with_a_reason(y: Floats, x: Floats) -> None:
    found = weighted_jury(y, x)
    assert found.best == -1
    assert math.isnan(found.jury.value)
    assert "2 independent units" in str(found.difference.undefined)


@pytest.mark.parametrize(
    ("y", "x", "keywords", "message"),
    [
        (["a"], [[1]], {}, "came as text"),
        ([1], [["a"]], {}, "came as text"),
        ([1, 0], [[1]], {}, "2 in labels"),
        ([1], np.empty((1, 0)), {}, "1 judge and 2 folds"),
        ([1, 0], [[1], [0]], {"folds": 1}, "1 judge and 2 folds"),
        ([1, 0, 2], [[1], [0], [3]], {"categories": 2}, "at most 2"),
        ([1, 0], [[1], [0]], {"level": 5}, "level"),
    ],
)
def test_wrong_input_is_one_line(y: Any, x: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        weighted_jury(y, x, **keywords)
    assert message in str(error.value)


@given(st.integers(0, 1000), st.floats(0.3, 1.0))
def test_the_names_of_answers_do_not_matter(seed: int, accuracy: float) -> None:
    y, x = panel(seed, 40, [accuracy, 0.6, 0.5], answers=3)
    one, other = weighted_jury(y, x, categories=3), weighted_jury(2 - y, 2 - x, categories=3)
    assert other.weights == pytest.approx(one.weights)
    assert (other.jury.value, other.majority.value) == pytest.approx((one.jury.value, one.majority.value))
    assert 0 <= one.jury.low <= one.jury.value <= one.jury.high <= 1


@pytest.mark.slow
def test_a_million_rows() -> None:
    y, x = panel(7, 1_000_000, [0.8, 0.7, 0.7])
    assert weighted_jury(y, x, folds=2).jury.value > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 4])
def test_coverage_of_the_difference(size: int) -> None:
    # Three judges of 0.75: the majority is right with 0.84375, 0.09375 more than one of them.
    runs, hits, rng = 600, 0, np.random.default_rng(size)
    for run in range(runs):
        units = 240 // size
        y, x = (np.repeat(part, size, axis=0) for part in panel(run, units, [0.75] * 3))
        flip = rng.random(y.size) < 0.5  # the answers of a cluster differ, who is right does not
        y, x = np.where(flip, 1 - y, y), np.where(flip[:, None], 1 - x, x)
        e = weighted_jury(y, x, clusters=np.repeat(np.arange(units), size)).difference
        hits += e.low <= 0.09375 <= e.high
    assert hits / runs >= 0.94
