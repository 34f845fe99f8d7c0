"""The bias audits: by hand, on published runs, and where they are undefined. The planted biases have their own file."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration import bias_repeat
from judgekit.calibration.bias_length import length_slope
from judgekit.calibration.bias_position import position_audit
from judgekit.calibration.bias_repeat import drift_test
from judgekit.calibration.bias_scores import compression, family_gap, severity
from judgekit.errors import UserError
from tests.shared_data import SHARED

LLMBAR = SHARED / "data" / "llmbar" / "verdicts.csv"
winners = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=30)


# ---- position


def test_position_by_hand() -> None:
    # pairs: 11 stays, 12 twice to the first place, 21 once to the second, 00 a tie, 10 half a tie, nan failed
    first, second = [1, 1, 1, 2, 0, 1, math.nan], [1, 2, 2, 1, 0, 0, 1]
    audit = position_audit(first, second, gold=[1, 1, 2, 2, 1, 1, 1])
    assert audit.consistency.value == pytest.approx(2 / 6)
    # decided answers: 1 1 1 2 1 of the first order, of which 1 is first: 4; 1 2 2 1 of the second, 2 is first: 2
    assert audit.first_shown.value == pytest.approx(6 / 9)
    assert audit.first_shown.n == 9
    assert (audit.n_first, audit.n_second, audit.n_failed) == (2, 1, 1)
    assert audit.log_odds.value == pytest.approx(0.5 * math.log(2))
    # Exact test of 2 : 1: both tails together are everything
    assert audit.p_value == 1.0
    # right: order 1 pairs 1, 2, 4, 6; order 2 pairs 1, 3 (2 = 2), and pair 4 says 1: 6 of 12
    assert audit.accuracy.value == pytest.approx(6 / 12)
    assert audit.accuracy_decided.value == pytest.approx(1 / 6)


def test_the_push_has_the_exact_interval_of_its_flips() -> None:
    # statsmodels 0.15.0: proportion_confint(14, 20, method="beta") = (0.45721081772371086, 0.8810684095942724)
    first, second = [1] * 14 + [2] * 6 + [1] * 30, [2] * 14 + [1] * 6 + [1] * 30
    e = position_audit(first, second).log_odds
    low, high = 0.45721081772371086, 0.8810684095942724
    assert (e.value, e.low, e.high) == pytest.approx(
        (0.5 * math.log(14 / 6), 0.5 * math.log(low / (1 - low)), 0.5 * math.log(high / (1 - high))), abs=1e-9
    )
    # 2 P(Bin(20, 1/2) <= 6) = 2 · 60460 / 2^20
    assert position_audit(first, second).p_value == pytest.approx(2 * 60460 / 2**20)


@pytest.mark.parametrize(
    ("first", "second", "low", "reason"),
    [
        ([1, 2], [1, 2], math.nan, "no pair flipped: the place decided nothing"),
        ([], [], math.nan, "no pair was judged in both orders"),
        ([math.nan], [1], math.nan, "no pair was judged in both orders"),
        # all 5 to the first place: the share is at least 0.025^(1/5), the push at least its half logit
        ([1] * 5, [2] * 5, 0.5 * math.log(0.025**0.2 / (1 - 0.025**0.2)), "all 5 flips went to the first place"),
    ],
)
def test_a_push_that_cannot_be_told(first: list[float], second: list[float], low: float, reason: str) -> None:
    e = position_audit(first, second).log_odds
    assert math.isnan(e.value)
    assert e.low == pytest.approx(low, nan_ok=True)
    assert math.isnan(e.high)
    assert reason in str(e.undefined)


def test_one_question_with_all_flips_has_no_interval() -> None:
    audit = position_audit([1, 1, 2, 1], [2, 2, 1, 1], clusters=["q", "q", "q", "r"])
    assert math.isnan(audit.p_value)
    assert audit.log_odds.value == pytest.approx(0.5 * math.log(2))
    assert audit.log_odds.undefined == "an interval needs 2 independent units; there is 1"


@given(winners)
def test_swapping_the_orders_turns_the_push(rows: list[tuple[int, int, int]]) -> None:
    a, b, q = zip(*rows, strict=True)
    names = {0: 0, 1: 2, 2: 1}
    for clusters in (None, q):
        one = position_audit(a, b, clusters=clusters)
        # Naming the responses the other way round swaps the orders, and the judge still looks at the first place.
        two = position_audit([names[x] for x in b], [names[x] for x in a], clusters=clusters)
        assert (one.n_first, one.n_second) == (two.n_first, two.n_second)
        assert (one.first_shown.value, one.consistency.value, one.p_value) == pytest.approx(
            (two.first_shown.value, two.consistency.value, two.p_value), nan_ok=True
        )
        # Orders swapped without renaming: what was first is second.
        three = position_audit(b, a, clusters=clusters)
        assert (three.n_first, three.n_second) == (one.n_second, one.n_first)
        assert three.log_odds.value == pytest.approx(-one.log_odds.value, nan_ok=True)
        assert three.log_odds.low == pytest.approx(-one.log_odds.high, nan_ok=True)


@pytest.mark.skipif(not LLMBAR.exists(), reason="the LLMBar verdicts are not here")
@pytest.mark.parametrize(
    ("evaluator", "strategy", "accuracy", "consistency", "first"),
    # Zeng et al. (2024), LLMBar, Natural: accuracy over both orders, agreement of the orders.
    [("ChatGPT", "Vanilla", 0.815, 0.71, 0.605)],
)
def test_published_runs_of_llmbar(
    evaluator: str, strategy: str, accuracy: float, consistency: float, first: float
) -> None:
    with LLMBAR.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if (r["evaluator"], r["strategy"]) == (evaluator, strategy)]

    def column(name: str) -> list[float]:
        return [float(r[name] or "nan") for r in rows]

    audit = position_audit(column("winner_orig"), column("winner_swap"), gold=column("label"))
    assert (len(rows), audit.n_failed) == (100, 0)
    assert (audit.accuracy.value, audit.consistency.value, audit.first_shown.value) == pytest.approx(
        (accuracy, consistency, first)
    )
    # 25 pairs flip to the first place and 4 to the second
    assert (audit.n_first, audit.n_second) == (25, 4)
    assert audit.log_odds.value == pytest.approx(0.5 * math.log(25 / 4))
    assert audit.log_odds.low > 0.0


# ---- scores


def test_severity_is_the_mean_bias_under_its_name() -> None:
    e = severity([1, 2, 3, 4], [2, 3, 4, 4], scale=(1, 5))
    assert (e.name, e.value) == ("severity", 0.75)


def test_compression_by_hand() -> None:
    found = compression([1, 2, 3, 4, 5], [2, 2, 3, 4, 4], categories=[1, 2, 3, 4, 5])
    # sums of squares 10 and 4, products 6
    assert found.sd_ratio.value == pytest.approx(math.sqrt(0.4))
    assert found.slope.value == pytest.approx(0.6)
    assert found.verdict_shares == pytest.approx((0, 0.4, 0.2, 0.4, 0))
    assert found.verdict_entropy == pytest.approx(2 * 0.4 * math.log2(2.5) + 0.2 * math.log2(5))
    assert found.label_entropy == pytest.approx(math.log2(5))
    assert found.unused == (1, 5)


def test_a_three_point_judge_on_five_levels_is_seen() -> None:
    y = [1, 2, 3, 4, 5] * 20
    found = compression(y, [1, 1, 3, 5, 5] * 20, categories=[1, 2, 3, 4, 5])
    assert found.unused == (2, 4)
    assert found.sd_ratio.low > 1.0


@pytest.mark.parametrize(
    ("labels", "verdicts", "reason"),
    [
        ([3, 3, 3], [1, 2, 3], "all labels are the same"),
        ([], [], "there is no value"),
        ([3], [3], "all labels are the same"),
    ],
)
def test_compression_undefined(labels: list[int], verdicts: list[int], reason: str) -> None:
    found = compression(labels, verdicts)
    assert math.isnan(found.sd_ratio.value)
    assert reason in str(found.sd_ratio.undefined)
    assert reason in str(found.slope.undefined) or "needs 2" in str(found.slope.undefined)


def test_a_constant_judge_squeezes_everything() -> None:
    found = compression([1, 2, 3, 4], [3, 3, 3, 3])
    assert (found.sd_ratio.value, found.slope.value) == (0.0, 0.0)
    assert found.sd_ratio.undefined
    assert math.isnan(found.sd_ratio.low)


def test_family_gap_by_hand() -> None:
    y, f, own = [3, 4, 3, 4, 2, 2], [4, 6, 3, 4, 3, math.nan], [1, 1, 0, 0, 0, 0]
    e = family_gap(y, f, own)
    # own 1, 2: mean 1.5, variance 1/2; others 0, 0, 1: mean 1/3, variance 1/3
    # p = 1/4, q = 1/9: df = (13/36)² / (1/16 + 1/162) = 1.9 (the t of a table is not needed for the check of its df)
    assert e.value == pytest.approx(1.5 - 1 / 3)
    assert (e.n, e.note) == (5, "1 incomplete pair left out")
    assert e.method == f"Welch, df {(13 / 36) ** 2 / (1 / 16 + 1 / 162):.1f}"


def test_family_gap_pairs_answers_of_one_question() -> None:
    # The judge is off by anything from question to question, and gives its family one point more on each.
    off = np.repeat(np.random.default_rng(3).normal(0, 3, 20), 2)
    own = np.tile([1, 0], 20)
    y = np.zeros(40)
    f = off + own + np.random.default_rng(4).normal(0, 0.1, 40)
    alone, together = family_gap(y, f, own), family_gap(y, f, own, clusters=np.repeat(np.arange(20), 2))
    assert alone.low < 0 < alone.high
    assert 0.85 < together.low < 1.0 < together.high < 1.1


@pytest.mark.parametrize(
    ("own", "f", "reason"),
    [
        ([0, 0, 0, 0], [1, 2, 3, 4], "there is no answer of the own family"),
        ([1, 1, 1, 1], [1, 2, 3, 4], "there is no answer of the other family"),
        ([1, 0, 0, 0], [1, 2, 3, 4], "2 answers of each family are needed; there are 1 own and 3 others"),
        ([1, 1, 0, 0], [1, 1, 1, 1], "the values vary too little for an interval"),
    ],
)
def test_family_gap_undefined(own: list[int], f: list[int], reason: str) -> None:
    e = family_gap([0, 0, 0, 0], f, own)
    assert math.isnan(e.low)
    assert e.undefined == reason


# ---- length


def test_length_by_hand() -> None:
    # x = 0, 1, 2, 3 (log2): labels slope 0.5, verdicts slope 1.1
    y, f = [0, 0.5, 1.0, 1.5], [0.0, 1.2, 2.0, 3.4]
    found = length_slope(y, f, [1, 2, 4, 8])
    # Σ (x - 1.5) f = -1.5·0 - 0.5·1.2 + 0.5·2 + 1.5·3.4 = 5.5; Σ (x - 1.5)² = 5
    assert found.judge.value == pytest.approx(1.1)
    assert found.human.value == pytest.approx(0.5)
    assert found.excess.value == pytest.approx(0.6)
    assert found.given_label.undefined == "length or label does not vary apart"
    assert found.excess.low < 0.6 < found.excess.high


def test_given_label_is_the_partial_slope_of_least_squares() -> None:
    rng = np.random.default_rng(9)
    x, y = rng.normal(7, 1, 50), rng.normal(3, 1, 50)
    f = 0.3 * x + 0.8 * y + rng.normal(0, 0.2, 50)
    design = np.column_stack([np.ones(50), x, y])
    expected = np.linalg.lstsq(design, f, rcond=None)[0][1]
    assert length_slope(y, f, 2.0**x).given_label.value == pytest.approx(expected, abs=1e-9)


def test_the_jackknife_of_a_slope_is_hc3_but_for_its_centre() -> None:
    # Leaving one out moves a slope by x̃ e / (S (1 - h)), h the leverage: their variance times (n-1)/n·n is HC3's.
    rng = np.random.default_rng(10)
    x, d = rng.normal(size=40), rng.normal(size=40)
    e = length_slope(np.zeros(40), d, 2.0**x).excess
    z = x - x.mean()
    s = float(z @ z)
    slope = float(z @ d) / s
    rest = d - d.mean() - slope * z
    moves = z * rest / (s * (1 - 1 / 40 - z * z / s))
    error = math.sqrt(39 / 40 * float(((moves - moves.mean()) ** 2).sum()))
    assert e.value == pytest.approx(slope)
    assert e.high - e.value == pytest.approx(2.0226909200367604 * error, rel=1e-9)  # t(39, 0.975)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_length_of_hardly_anything(n: int) -> None:
    found = length_slope([1.0, 2.0][:n], [2.0, 2.0][:n], [10, 20][:n])
    assert math.isnan(found.excess.low)
    assert found.excess.undefined


def test_all_of_one_length() -> None:
    found = length_slope([1, 2, 3], [1, 3, 3], [50, 50, 50])
    assert math.isnan(found.excess.value)
    assert found.excess.undefined == "all answers have the same length"


# ---- repeats and drift


def test_repeats_by_hand() -> None:
    found = bias_repeat.test_retest([[1, 1], [2, 3], [4, 4], [5, 5], [3, math.nan]])
    # item means 1, 2.5, 4, 5 about 3.125: MSB = 2 · 9.1875 / 3 = 6.125; MSW = 0.5 / 4 = 0.125
    assert found.within_sd.value == pytest.approx(math.sqrt(0.125))
    assert found.identical.value == 0.75
    assert found.reliability.value == pytest.approx((6.125 - 0.125) / (6.125 + 0.125))
    # one verdict has 0.96: more than 0.9
    assert (found.repeats_for_target, found.n_single) == (1, 1)


def test_repeats_for_a_target_by_spearman_and_brown() -> None:
    # ICC 1/2 needs m/(m + 1) >= 0.9: m = 9
    x = [[0, 2], [2, 0], [3, 5], [5, 3]]
    # item means 1, 1, 4, 4: MSB = 2 · 9 / 3 = 6; MSW = 4 · 2 / 4 = 2: ICC = 4 / 8
    found = bias_repeat.test_retest(x)
    assert found.reliability.value == pytest.approx(0.5)
    assert found.repeats_for_target == 9
    assert bias_repeat.test_retest(x, target=0.5).repeats_for_target == 1


def test_shrout_and_fleiss() -> None:
    # Shrout and Fleiss (1979), table 2: six targets, four judges; ICC(1,1) = 0.17
    x = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert bias_repeat.test_retest(x).reliability.value == pytest.approx(0.1657, abs=1e-4)


@pytest.mark.parametrize(
    ("repeats", "reason"),
    [
        ([[1, math.nan], [2, math.nan]], "there is no value"),
        ([[1, 1], [1, 1], [1, 1]], "neither items nor repeats vary"),
        ([[1, 2]], "2 items with 2 verdicts are needed"),
    ],
)
def test_repeats_undefined(repeats: list[list[float]], reason: str) -> None:
    found = bias_repeat.test_retest(repeats)
    assert math.isnan(found.reliability.value)
    assert found.reliability.undefined == reason
    assert found.repeats_for_target is None


def test_repeats_that_never_differ_have_no_spread_and_no_interval_for_it() -> None:
    found = bias_repeat.test_retest([[1, 1, 1], [2, 2, 2], [5, 5, 5]])
    assert (found.within_sd.value, found.identical.value, found.reliability.value) == (0.0, 1.0, 1.0)
    assert found.within_sd.undefined
    assert found.reliability.undefined
    assert found.repeats_for_target == 1


@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=2, max_size=20), st.randoms())
def test_the_order_of_repeats_does_not_matter(rows: list[list[int]], random: Any) -> None:
    other = [random.sample(row, 3) for row in rows]
    a, b = bias_repeat.test_retest(rows), bias_repeat.test_retest(other)
    assert a.within_sd.value == pytest.approx(b.within_sd.value, nan_ok=True)
    assert a.identical == b.identical
    assert a.reliability.value == pytest.approx(b.reliability.value, nan_ok=True)
    assert a.reliability.value <= 1.0 or math.isnan(a.reliability.value)


def test_drift_and_stability() -> None:
    rng = np.random.default_rng(5)
    old = rng.integers(1, 6, 200)
    same = np.where(rng.random(200) < 0.05, np.clip(old + rng.choice([-1, 1], 200), 1, 5), old)
    found = drift_test(old, same, margin=0.2, scale=(1, 5))
    assert (found.drifted, found.stable) == (False, True)
    assert 0.0 < found.changed.value < 0.1
    harsher = drift_test(old, np.maximum(1, same - 1), margin=0.2, scale=(1, 5))
    assert (harsher.drifted, harsher.stable) == (True, False)
    few = drift_test(old[:8], same[:8][::-1], margin=0.2, scale=(1, 5))
    assert (few.drifted, few.stable) == (False, False)
    assert drift_test(old, same, scale=(1, 5)).stable is None


def test_drift_of_nothing_is_undefined() -> None:
    found = drift_test([], [], margin=0.1)
    assert (found.drifted, found.stable) == (None, None)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: position_audit([1, 3], [1, 1]), ["first_order", "3"]),
        (lambda: position_audit([1, 1], ["A", "B"]), ["second_order", "'A'"]),
        (lambda: position_audit([1, 1], [1]), ["2 first_order", "1 second_order"]),
        (lambda: position_audit([1], [1], gold=[5]), ["gold", "5"]),
        (lambda: position_audit([1], [1], level=2), ["level", "2"]),
        (lambda: compression([1, 2], [1, 2.5], categories=[1, 2]), ["verdict 2.5", "failures"]),
        (lambda: family_gap([1, 2], [1, 2], [1, 2]), ["own", "true or false"]),
        (lambda: family_gap([1, 2], [1, 2], [1]), ["1 own"]),
        (lambda: length_slope([1, 2], [1, 2], [0, 5]), ["lengths above 0", "0"]),
        (lambda: length_slope([1, 2], [1, 2], [5]), ["1 lengths"]),
        (lambda: bias_repeat.test_retest([[1, 2]], target=1.0), ["target", "1"]),
        (lambda: bias_repeat.test_retest([1, 2]), ["a row an item"]),
        (lambda: drift_test([1], [1], margin=0.0), ["margin", "0"]),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == []
    assert "\n" not in str(error.value)


def test_words_are_no_levels() -> None:
    with pytest.raises(UserError, match="compression: categories: numbers were wanted, and 'yes' came as text"):
        compression([1, 0], [0, 1], categories=["yes", "no"])  # type: ignore[list-item]
