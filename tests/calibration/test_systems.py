"""Judges that rank systems: published numbers, slow second implementations, and data without an order."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from judgekit.calibration.systems import pairwise_system_accuracy, system_kendall_tau
from judgekit.calibration.systems_soft import soft_pairwise_accuracy
from judgekit.calibration.systems_ties import tie_calibrated_accuracy
from judgekit.errors import UserError

Floats = NDArray[np.float64]
ALL: tuple[Any, ...] = (
    pairwise_system_accuracy,
    system_kendall_tau,
    soft_pairwise_accuracy,
    lambda h, f, **k: tie_calibrated_accuracy(h, f, **k).accuracy,
)


def scores(seed: int, n: int, systems: int, noise: float = 1.0, gap: float = 0.3) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(n, systems)) + gap * np.arange(systems)
    return np.round(truth).astype(float), truth + noise * rng.normal(size=(n, systems))


def test_means_by_hand() -> None:
    # Human means 2, 2, 1, 3; judge means 1, 2, 0, 3. Of 6 pairs only (0, 1), tied by people alone, is not alike.
    h, f = [[2, 2, 1, 3], [2, 2, 1, 3]], [[1, 2, 0, 3], [1, 2, 0, 3]]
    assert pairwise_system_accuracy(h, f).value == pytest.approx(5 / 6)
    # C - D = 5; people tie 1 of 6 pairs: 5/√(5 · 6)
    assert system_kendall_tau(h, f).value == pytest.approx(5 / math.sqrt(30))


def test_kendall_is_scipys_on_the_means() -> None:
    for seed in range(20):
        h, f = scores(seed, 30, 6, gap=0.1)
        want = stats.kendalltau(np.round(h.mean(axis=0), 9), np.round(f.mean(axis=0), 9)).statistic
        assert system_kendall_tau(h, f, resamples=10).value == pytest.approx(want, abs=1e-12)


def test_a_pair_is_compared_where_both_have_scores() -> None:
    # System 1 was only run on the easy item: on that item system 0 is better, though its mean over all is lower.
    h = [[5.0, 4.0], [1.0, np.nan]]
    assert pairwise_system_accuracy(h, h).value == 1.0
    assert pairwise_system_accuracy(h, [[4.0, 5.0], [9.0, np.nan]]).value == 0.0


@pytest.mark.parametrize("case", [0, 1])
def test_published_tie_calibration(case: int) -> None:
    # Deutsch et al. (2023), the examples of mt-metrics-eval's tests: the best threshold and its accuracy.
    human, epsilon, accuracy = [([1, 2, 3, 4], 0.0, 1.0), ([1, 1, 1, 4], 4.0, 2 / 3)][case]
    found = tie_calibrated_accuracy(human, [0, 2, 6, 8])
    assert (found.epsilon, found.n_pairs) == (epsilon, 6)
    assert found.accuracy.value == pytest.approx(accuracy)
    assert found.accuracy.undefined == "an interval needs 2 independent units; there is 1"


def eq_slowly(h: Floats, f: Floats, epsilon: float) -> float:
    shares = []
    for a, b in zip(h, f, strict=True):
        right = [
            (x == 0) if abs(y) <= epsilon + 1e-9 else (np.sign(x) == np.sign(y))
            for x, y in ((a[i] - a[j], b[i] - b[j]) for i, j in combinations(range(len(a)), 2))
            if not math.isnan(x + y)
        ]
        if right:
            shares.append(np.mean(right))
    return float(np.mean(shares))


@given(st.integers(0, 500), st.floats(0.0, 0.4))
def test_no_threshold_beats_the_one_found(seed: int, missing: float) -> None:
    h, f = scores(seed, 8, 4)
    f = np.round(f, 1)  # with 0.1 as step, differences meet their threshold only but for rounding
    f[np.random.default_rng(seed).random(f.shape) < missing] = np.nan
    found = tie_calibrated_accuracy(h, f)
    if not found.n_pairs:
        assert found.accuracy.undefined
        return
    gaps = {0.0} | {abs(float(x[i] - x[j])) for x in f for i, j in combinations(range(4), 2)} - {math.nan}
    every = {g: eq_slowly(h, f, g) for g in gaps if not math.isnan(g)}
    assert found.accuracy.value == pytest.approx(max(every.values()), abs=1e-12)
    assert found.epsilon == pytest.approx(min(g for g, a in every.items() if a >= max(every.values()) - 1e-9), abs=1e-9)


def test_cross_fitting_takes_the_flattery_off() -> None:
    # Scores of a judge that knows nothing: no threshold is better than another in truth.
    rng = np.random.default_rng(0)
    flattered, fair = [], []
    for seed in range(200):
        h, f = rng.integers(0, 2, (12, 3)).astype(float), rng.normal(size=(12, 3))
        flattered.append(tie_calibrated_accuracy(h, f).accuracy.value)
        fair.append(tie_calibrated_accuracy(h, f, folds=4, rng=seed).accuracy.value)
    # P(tie of two coins) = 1/2: to tie all is right with 1/2, to tie none with 1/4.
    # So the best in truth is 1/2; 200 means of 12 items have a standard error of about 0.006.
    assert np.mean(flattered) > 0.515
    assert np.mean(fair) <= 0.506


def spa_slowly(h: Floats, f: Floats, signs: Floats) -> float:
    off = []
    for i, j in combinations(range(h.shape[1]), 2):
        p = []
        for x in (h[:, i] - h[:, j], f[:, i] - f[:, j]):
            null = signs @ x
            p.append(np.mean(null > x.sum() + 1e-9) + np.mean(np.abs(null - x.sum()) <= 1e-9) / 2)
        off.append(abs(p[0] - p[1]))
    return 1 - float(np.mean(off))


def test_soft_accuracy_tends_to_all_sign_flips() -> None:
    # 10 items: all 1,024 flips can be written out; 20,000 random ones come near, standard error about 0.003.
    h, f = scores(1, 10, 3)
    every = np.array(np.meshgrid(*[[-1.0, 1.0]] * 10)).reshape(10, -1).T
    assert soft_pairwise_accuracy(h, f, permutations=20_000).value == pytest.approx(spa_slowly(h, f, every), abs=0.01)


def test_soft_accuracy_by_hand() -> None:
    # 2 items, human differences (1, 1), judge (1, -1). Flips of the human sum: 2, 0, 0, -2 against 2: p = ½ · ¼ = 1/8.
    # Judge: 0, 2, -2, 0 against 0: p = ¼ + ½ · ½ = 1/2. 1 - 3/8.
    found = soft_pairwise_accuracy([[1, 0], [1, 0]], [[1, 0], [0, 1]], permutations=100_000)
    assert found.value == pytest.approx(0.625, abs=0.01)


def test_soft_accuracy_does_not_depend_on_the_order_of_systems() -> None:
    h, f = scores(2, 40, 4)
    one, other = soft_pairwise_accuracy(h, f), soft_pairwise_accuracy(h[:, ::-1], f[:, ::-1])
    assert one.value == pytest.approx(other.value, abs=1e-12)


def test_equal_certainty_is_1_and_opposite_is_0() -> None:
    h, _ = scores(3, 200, 3, gap=2.0)
    assert soft_pairwise_accuracy(h, 3 * h + 1).value == 1.0
    assert soft_pairwise_accuracy(h, -h).value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("of", ALL)
def test_copies_in_clusters_add_no_certainty(of: Any) -> None:
    h, f = scores(4, 50, 4, noise=2.0, gap=0.1)
    once = of(h, f, rng=3)
    often = of(np.repeat(h, 4, axis=0), np.repeat(f, 4, axis=0), clusters=np.repeat(np.arange(50), 4), rng=3)
    assert often.value == pytest.approx(once.value, abs=1e-9)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.02)
    assert (often.n, often.n_clusters) == (200, 50)


@pytest.mark.parametrize("of", ALL)
@pytest.mark.parametrize(
    ("h", "f"),
    [
        (np.empty((0, 3)), np.empty((0, 3))),
        (np.ones((4, 1)), np.ones((4, 1))),
        (np.full((4, 3), np.nan), np.ones((4, 3))),
        (np.ones((1, 3)), np.ones((1, 3))),
        (np.ones((5, 3)), np.ones((5, 3))),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[2.0, 1.0], [1.0, 2.0]])),
        (np.array([[1.0, 2.0, np.nan], [np.nan, 1.0, 2.0]]), np.ones((2, 3))),
    ],
)
def test_where_nothing_can_be_said_a_reason_stands(of: Any, h: Floats, f: Floats) -> None:
    e = of(h, f)
    assert not math.isnan(e.value) or e.undefined
    assert not math.isnan(e.low) or e.undefined


@pytest.mark.parametrize("of", ALL)
@pytest.mark.parametrize(
    ("h", "f", "keywords", "message"),
    [
        ([["a", "b"]], [[1, 2]], {}, "came as text"),
        ([[1, 2]], [[1, 2, 3]], {}, "the same items and systems"),
        ([[1, 2]], [[1, 2]], {"level": 1.5}, "level"),
        ([[1, 2]], [[1, 2]], {"clusters": [1, 2]}, "clusters"),
    ],
)
def test_wrong_input_is_one_line(of: Any, h: Any, f: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        of(h, f, **keywords)
    assert message in str(error.value)


def test_numbers_that_cannot_be() -> None:
    with pytest.raises(UserError, match="at least 1 permutation"):
        soft_pairwise_accuracy([[1, 2]], [[1, 2]], permutations=0)
    with pytest.raises(UserError, match="2 to 3"):
        tie_calibrated_accuracy([[1, 2]] * 3, [[1, 2]] * 3, folds=4)


@pytest.mark.slow
def test_a_million_rows() -> None:
    rng = np.random.default_rng(0)
    h = rng.integers(1, 6, (1_000_000, 3)).astype(float) + np.array([0.0, 0.1, 0.2])
    f = h + rng.integers(-1, 2, h.shape)
    assert pairwise_system_accuracy(h, f, resamples=99).value == 1.0
    assert soft_pairwise_accuracy(h, f, permutations=50).value > 0.95
    assert tie_calibrated_accuracy(h, f).n_pairs == 3_000_000


@pytest.mark.slow
def test_coverage_of_soft_and_tie_calibrated_accuracy() -> None:
    # The target is what the estimator gives on average: for soft accuracy it depends on n, for the other on ε alone.
    runs, n = 400, 120
    for items, noise, gap in ((n, 2.0, 0.1), (300, 1.0, 0.3)):
        drawn = [soft_pairwise_accuracy(*scores(10_000 + s, items, 4, noise=noise, gap=gap)) for s in range(runs)]
        centre = np.mean([e.value for e in drawn])
        soft = [e for e in drawn if not math.isnan(e.low)]
        assert 0.95 <= np.mean([e.low <= centre <= e.high for e in soft]) <= 1.0
        assert all(e.note.startswith("cautious") for e in soft)
    truth = tie_calibrated_accuracy(*scores(1, 200_000, 4)).accuracy.value
    for n, least in ((120, 0.87), (500, 0.91)):
        fair = [tie_calibrated_accuracy(*scores(20_000 + s, n, 4), folds=5).accuracy for s in range(runs)]
        assert least <= np.mean([e.low <= truth <= e.high for e in fair]) <= 0.98


@pytest.mark.parametrize(
    ("of", "low", "high"), [(pairwise_system_accuracy, 1 / 3, 2 / 3), (system_kendall_tau, -1 / 3, 1 / 3)]
)
def test_a_pair_that_is_not_sure_counts_either_way(of: Any, low: float, high: float) -> None:
    # People surely have 0 > 2 > 1, the judge 2 > 0 (not alike) and 2 > 1 (alike); its differences of 0 and 1 are 0.99
    # and -1.01 in turn, which says nothing: 1 or 2 of 3 pairs are alike, τ = (1 - 2)/3 or (2 - 1)/3.
    wobble, small = np.tile([0.5, -0.5], 20), np.linspace(-0.1, 0.1, 40)
    h = np.column_stack([9.0 + small, 5.0 - small, 7.0 + 0.0 * small])
    f = np.column_stack([5.0 + wobble, 5.01 - wobble, 7.0 + small])
    e = of(h, f)
    assert (e.low, e.high) == pytest.approx((low, high))
    assert "of 3 pairs of systems 1 are not surely ordered" in e.note


def test_where_every_pair_is_sure_the_interval_is_a_point_and_the_note_says_so() -> None:
    h, f = scores(3, 200, 3, gap=2.0)
    e = pairwise_system_accuracy(h, f)
    assert (e.value, e.low, e.high) == (1.0, 1.0, 1.0)
    assert "of 3 pairs of systems 0 are not surely ordered" in e.note


@pytest.mark.parametrize(("n", "low"), [(2, 0.0), (40, 1.0)])
def test_what_never_varied_is_sure_only_where_it_was_seen_often(n: int, low: float) -> None:
    # Differences 1, 1 and 2 of a range of 2: the rest of the units may be 2 away. With p0 = 0.025^(1/n) the smallest is
    # sure where p0 > 2 (1 - p0): 0.158 of 2 units is not, 0.912 of 40 is.
    x = np.tile([3.0, 2.0, 1.0], (n, 1))
    e = pairwise_system_accuracy(x, x)
    assert (e.value, e.low, e.high) == (1.0, low, 1.0)
