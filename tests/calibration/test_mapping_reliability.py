"""Reliability, calibration error and Brier score: by hand, against scikit-learn, and how much noise is left."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from judgekit.calibration.estimate import Estimate
from judgekit.calibration.mapping_reliability import brier_score, expected_calibration_error, reliability_curve
from judgekit.errors import UserError

Floats = NDArray[np.float64]
OF: tuple[Any, ...] = (
    reliability_curve,
    expected_calibration_error,
    lambda p, y, **k: brier_score(p, y, **k).score,
)


def drawn(seed: int, n: int, off: float = 0.0) -> tuple[Floats, Floats]:
    """Probabilities, and labels that come true more (below ½) or less often (above) than they say."""
    rng = np.random.default_rng(seed)
    p = rng.random(n)
    return p, (rng.random(n) < np.clip(p + np.where(p < 0.5, off, -off), 0, 1)).astype(float)


def test_a_curve_by_hand() -> None:
    # 4 items in 2 bins of 2: (0.1, 0.3) with labels 0, 1 and (0.6, 0.8) with 1, 1.
    low, high = reliability_curve([0.8, 0.1, 0.6, 0.3], [1, 0, 1, 1], bins=2)
    assert (low.low, low.high, low.predicted, low.observed.value) == (0.1, 0.3, 0.2, 0.5)
    assert (high.low, high.high, high.observed.value, high.observed.n) == (0.6, 0.8, 1.0, 2)
    assert high.predicted == pytest.approx(0.7)
    assert high.observed.method == "Wilson"


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 12))
def test_bins_hold_all_items_and_never_split_equal_predictions(raw: list[int], bins: int) -> None:
    p = np.array(raw) / 6
    curve = reliability_curve(p, np.zeros(p.size), bins=bins)
    assert sum(b.observed.n for b in curve) == p.size
    assert len(curve) <= bins
    assert all(a.high < b.low for a, b in pairwise(curve))


def test_bins_are_of_equal_numbers_where_predictions_differ() -> None:
    p, y = drawn(0, 1000)
    assert [b.observed.n for b in reliability_curve(p, y)] == [100] * 10


def test_calibration_error_by_hand() -> None:
    # Bins 0.25 and 0.75: gaps 0.25 - 0.5 and 0.75 - 1, both 1/4. With labels 0, 1, 1, 0: gaps -1/4, 1/4 of sizes 2, 2.
    plain = expected_calibration_error([0.25, 0.25, 0.75, 0.75, 0.75], [0, 1, 1, 1, 0], debiased=False)
    # 2/5 · 1/4 + 3/5 · |3/4 - 2/3| = 0.1 + 0.05
    assert plain.value == pytest.approx(0.15)
    square = expected_calibration_error([0.25, 0.25, 0.75, 0.75, 0.75], [0, 1, 1, 1, 0], norm="l2", debiased=False)
    assert square.value == pytest.approx(math.sqrt(0.4 / 16 + 0.6 / 144))


@pytest.mark.slow
def test_debiasing_takes_off_most_of_what_noise_adds() -> None:
    plain, fair = [], []
    for seed in range(40):
        p, y = drawn(seed, 500)
        plain.append(expected_calibration_error(p, y, debiased=False).value)
        fair.append(expected_calibration_error(p, y).value)
    # E|N(0, σ)| = 0.8 σ, σ² ≈ p(1-p)/50, √(p(1-p)) = 0.39 on average: 0.8 · 0.39/√50 = 0.044.
    assert np.mean(plain) == pytest.approx(0.044, abs=0.005)
    assert np.mean(fair) < 0.022


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_a_great_error_is_found_and_perfect_probabilities_are_not_accused(norm: Any) -> None:
    p, y = drawn(1, 4000, off=0.2)
    wrong = expected_calibration_error(p, y, norm=norm)
    assert wrong.low > 0.15
    p, y = drawn(2, 4000)
    assert expected_calibration_error(p, y, norm=norm).low == 0.0


def test_copies_in_clusters_add_no_certainty() -> None:
    p, y = drawn(3, 200, off=0.2)
    once = expected_calibration_error(p, y)
    often = expected_calibration_error(np.repeat(p, 5), np.repeat(y, 5), clusters=np.repeat(np.arange(200), 5))
    assert often.value == pytest.approx(once.value, abs=0.01)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.01)
    assert expected_calibration_error(np.repeat(p, 5), np.repeat(y, 5)).low > once.low + 0.01


def test_less_than_noise_still_has_room_above() -> None:
    # Each bin comes true exactly as often as it says: less than chance would leave. The end is what noise could hide.
    e = expected_calibration_error([0.5] * 40, [0, 1] * 20)
    assert (e.value, e.low) == (0.0, 0.0)
    # One bin, σ = √(¼/40) = 0.079; P(|N| < 2.24 σ) = 0.975: 0.177
    assert e.high == pytest.approx(0.177, abs=0.015)


def test_brier_is_scikit_learns_and_its_parts_add_up() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    for step in (0.1, 1e-9):
        p, y = drawn(4, 300, off=0.1)
        p = np.round(p / step) * step
        b = brier_score(p, y)
        assert b.score.value == pytest.approx(metrics.brier_score_loss(y, np.clip(p, 0, 1)), abs=1e-12)
        assert b.score.value == pytest.approx(b.reliability - b.resolution + b.uncertainty + b.within_bins, abs=1e-12)
        assert (b.within_bins == 0.0) == (step == 0.1)
        assert abs(b.within_bins) < 0.01


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=80))
def test_the_parts_of_few_different_predictions_are_exact(pairs: list[tuple[int, bool]]) -> None:
    p, y = np.array([a / 10 for a, _ in pairs]), np.array([float(b) for _, b in pairs])
    b = brier_score(p, y)
    assert b.score.value == pytest.approx(float(np.mean((p - y) ** 2)), abs=1e-12)
    assert b.score.value == pytest.approx(b.reliability - b.resolution + b.uncertainty, abs=1e-12)
    assert min(b.reliability, b.resolution, b.uncertainty) >= 0.0


def test_incomplete_pairs_are_said_apart_from_the_method() -> None:
    p, y = [0.25, 0.25, math.nan, 0.75], [0, 1, 1, 1]
    for e in (brier_score(p, y).score, expected_calibration_error(p, y, rng=0)):
        assert e.note.endswith("1 incomplete pair left out")
        assert "incomplete" not in e.method


def test_always_saying_the_base_rate_has_neither_part() -> None:
    b = brier_score([0.25] * 8, [1, 0, 0, 0] * 2)
    assert (b.reliability, b.resolution, b.uncertainty, b.score.value) == (0.0, 0.0, 0.1875, 0.1875)


@pytest.mark.parametrize("of", OF)
@pytest.mark.parametrize(("p", "y"), [([], []), ([math.nan], [1]), ([0.5], [math.nan])])
def test_nothing_is_undefined_with_a_reason(of: Any, p: list[float], y: list[float]) -> None:
    e = of(p, y)
    assert e == () or (isinstance(e, Estimate) and math.isnan(e.value) and e.undefined)


def test_one_unit_has_no_interval() -> None:
    e = expected_calibration_error([0.25, 0.75], [0, 1], clusters=["q", "q"])
    assert (math.isnan(e.value), math.isnan(e.low)) == (True, True)
    plain = expected_calibration_error([0.25, 0.75], [0, 1], clusters=["q", "q"], debiased=False)
    assert (plain.value, plain.undefined) == (0.25, "noise and an interval need 2 independent units; there is 1")


@pytest.mark.parametrize("of", OF)
@pytest.mark.parametrize(
    ("p", "y", "keywords", "message"),
    [
        (["0.5"], [1], {}, "came as text"),
        ([1.2], [1], {}, "1.2 came"),
        ([0.5], [2], {}, "labels 0 or 1 were wanted, and 2 came"),
        ([0.5], [1, 0], {}, "1"),
        ([0.5], [1], {"level": 0}, "level"),
    ],
)
def test_wrong_input_is_one_line(of: Any, p: Any, y: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        of(p, y, **keywords)
    assert message in str(error.value)


def test_numbers_that_cannot_be() -> None:
    with pytest.raises(UserError, match="1 bin"):
        reliability_curve([0.5], [1], bins=0)
    with pytest.raises(UserError, match="l1 or l2"):
        expected_calibration_error([0.5], [1], norm="l3")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_million_rows() -> None:
    p, y = drawn(5, 1_000_000, off=0.1)
    # Deciles do not straddle ½, and nothing leaves 0..1: the gap is 0.1 in every bin.
    assert expected_calibration_error(p, y).value == pytest.approx(0.1, abs=0.003)
    assert brier_score(p, y).score.n == 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("off", [0.0, 0.05, 0.2])
@pytest.mark.parametrize(("norm", "least"), [("l1", 0.88), ("l2", 0.92)])
def test_coverage(off: float, norm: Any, least: float) -> None:
    runs, hits = 300, 0
    for seed in range(runs):
        p, y = drawn(1000 + seed, 300, off)
        true = np.clip(p + np.where(p < 0.5, off, -off), 0, 1)
        # The bins as the function makes them: 10 of 30 in the order of p.
        gaps = (p - true)[np.argsort(p)].reshape(10, 30).mean(axis=1)
        truth = np.abs(gaps).mean() if norm == "l1" else np.sqrt((gaps**2).mean())
        e = expected_calibration_error(p, y, norm=norm)
        hits += e.low <= truth <= e.high
    assert hits / runs >= least
