"""The corrected means: by hand, by the paper's software, by law; and the choice between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.bounded import wilson
from judgekit.calibration.correction import corrected_mean
from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.correction_ppi import ppi_mean
from judgekit.calibration.correction_rates import rogan_gladen
from judgekit.calibration.correction_strata import poststratified_mean
from judgekit.errors import UserError

Z = 1.959963984540054
Y = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0]
F = [1, 1, 0, 1, 1, 0.5, 1, 0, 1, 0.5, 1, 0]
REST = [1, 0, 0.5, 1, 1, 1, 0, 1, 0.5, 1, 0, 1, 1, 0.5, 1, 1, 0, 1, 1, 1]
shares = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])), min_size=3, max_size=20
)
others = st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=30)


# ---- prediction-powered


def test_the_papers_software() -> None:
    # ppi-python 0.2.3: ppi_mean_pointestimate(Y, F, REST), ppi_mean_ci(..., alpha=0.05) and alpha=0.1
    e = ppi_mean(Y, F, REST, interval="wald")
    assert e.value == pytest.approx(0.69557687, abs=1e-8)
    assert (e.low, e.high) == pytest.approx((0.47443995, 0.91671379), abs=1e-8)
    e = ppi_mean(Y, F, REST, interval="wald", level=0.9)
    assert (e.low, e.high) == pytest.approx((0.50999292, 0.88116082), abs=1e-8)
    assert (e.n, e.n_labels, e.n_clusters, e.method) == (32, 12, 12, "PPI++, Wald")


def test_the_papers_software_itself_where_it_is_installed() -> None:
    ppi: Any = pytest.importorskip("ppi_py")
    rng = np.random.default_rng(3)
    for _ in range(30):
        n, rest = int(rng.integers(10, 80)), int(rng.integers(10, 300))
        y = rng.random(n + rest)
        f = np.clip(y + rng.normal(0, rng.uniform(0.05, 1.0), n + rest), 0, 1)
        e = ppi_mean(y[:n], f[:n], f[n:], interval="wald")
        low, high = ppi.ppi_mean_ci(y[:n], f[:n], f[n:], alpha=0.05)
        assert e.value == pytest.approx(float(np.squeeze(ppi.ppi_mean_pointestimate(y[:n], f[:n], f[n:]))), abs=1e-9)
        assert (e.low, e.high) == pytest.approx((float(low[0]), float(high[0])), abs=1e-9)


def test_by_hand() -> None:
    # y 1101, f 1100: Cov = 3/8 - 1/16·... = mean(yf) - 3/4·1/2 = 1/2 - 3/8 = 1/8; all f: 6+2 ones of 16, mean 1/2,
    # Var = 16/15 · 1/4 = 4/15; λ = (1/8) / ((1 + 4/12) · 4/15) = 45/128; both f means are 1/2, so θ = 3/4
    e = ppi_mean([1, 1, 0, 1], [1, 1, 0, 0], [1] * 6 + [0] * 6)
    assert (e.value, e.judge_weight) == pytest.approx((0.75, 45 / 128))
    # Var = λ²·(12/11 · 1/4)/12 + (4/3 · Var0(y - λf))/4, Var0 = 3/16 - 2λ/8 + λ²/4; labels alone: (4/3 · 3/16)/4
    w = 45 / 128
    var = w * w / 44 + (3 / 16 - w / 4 + w * w / 4) / 3
    assert e.effective_labels == pytest.approx(4 * (3 / 48) / var)
    t = 3.1824463052837
    assert (e.low, e.high) == pytest.approx(wilson(0.75, 3 / 16 / var, t))


def test_a_judge_that_tells_nothing_leaves_the_labels() -> None:
    for f, rest in (([0.3] * 12, [0.3] * 50), ([1 - y for y in Y], [0, 1] * 30), (F, [])):
        e = ppi_mean(Y, f, rest)
        assert (e.value, e.judge_weight, e.effective_labels) == pytest.approx((8 / 12, 0.0, 12.0))


def test_a_judge_without_a_fault_on_few_labels_counts_no_more_than_the_labels() -> None:
    e = ppi_mean([1] * 9 + [0] * 3, [1] * 9 + [0] * 3, [1, 0] * 500)
    # λ = Cov/((1 + n/N) Var) of the pool is below 1, and y - λf does vary a little
    assert e.effective_labels > 12
    same = ppi_mean([1.0] * 12, [0.8] * 12, [0.8] * 100)
    # nothing varies: P(label = 1) is at least 0.025^(1/12) = 0.735
    assert (same.value, same.low, same.high) == pytest.approx((1.0, 0.025 ** (1 / 12), 1.0))


def test_a_value_off_the_scale_is_cut_and_said() -> None:
    # Almost all labels pass, and the judge is higher on the other items than on these: the formula exceeds 1.
    y = [1] * 29 + [0]
    e = ppi_mean(y, [0.5] * 15 + [0.4] * 14 + [0.0], [0.9] * 500)
    assert (e.value, e.high) == (1.0, 1.0)
    assert e.note.startswith("the formula gives 1.")


def test_weights_undo_a_choice_that_preferred_failures() -> None:
    # 8 items: f = 1 for six (all pass), f = 0 for two (one passes): truth 7/8. Both f = 0 labelled (π = 1), two of the
    # six f = 1 (π = 1/3, weight 3): Σ w y = 3 + 3 + 1 + 0 = 7 over Σ w = 8.
    e = ppi_mean([1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1], weights=[3, 3, 1, 1])
    # Σ w f / Σ w = 6/8 is the judge's mean over all 8 as well, so any λ leaves 7/8
    assert e.value == pytest.approx(7 / 8)
    assert "weighted" in e.method
    assert ppi_mean(Y, F, REST, weights=[2.0] * 12) == ppi_mean(Y, F, REST)


def test_clusters_by_hand_for_the_labels_alone() -> None:
    # Without other items λ = 0 and the estimate is the clustered mean: sums minus size·mean per cluster are
    # a: 2 - 1.0 = 1, b: 1 - 1 = 0, c: 0 - 1 = -1; Var = 3/2 · 2/36 = 1/12; n* = (1/4)/(1/12) = 3, t(2) = 4.302653
    e = ppi_mean([1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0], [], clusters=["a", "a", "b", "b", "c", "c"])
    assert (e.low, e.high) == pytest.approx(wilson(0.5, 3.0, 4.302652729911275))
    assert (e.n_clusters, e.n_labels) == (3, 6)


def test_a_question_on_both_sides_makes_the_interval_longer() -> None:
    rng = np.random.default_rng(8)
    q = np.repeat(np.arange(40), 6)
    f = (rng.random(40)[q] > 0.5).astype(float)
    y = np.where(rng.random(240) < 0.8, f, 1 - f)
    chosen = np.isin(np.arange(240), rng.permutation(240)[:120])
    split = np.concatenate([q[chosen], q[~chosen]])
    apart, together = (ppi_mean(y[chosen], f[chosen], f[~chosen], clusters=c) for c in (q[chosen], split))
    alone = ppi_mean(y[chosen], f[chosen], f[~chosen])
    assert together.high - together.low > alone.high - alone.low
    assert apart.n_clusters == together.n_clusters == len(set(q[chosen]))


@given(shares, others)
def test_ppi_laws(rows: list[tuple[float, float]], rest: list[float]) -> None:
    y, f = [a for a, _ in rows], [b for _, b in rows]
    e = ppi_mean(y, f, rest)
    assert 0.0 <= e.judge_weight <= 1.0
    assert 0.0 <= e.low <= e.high <= 1.0
    assert e.effective_labels >= len(y) - 1e-9 or math.isnan(e.effective_labels)
    turned = ppi_mean([1 - a for a in y], [1 - b for b in f], [1 - b for b in rest])
    assert (turned.value, turned.low, turned.high) == pytest.approx((1 - e.value, 1 - e.high, 1 - e.low), abs=1e-9)
    # The judge's scale does not matter to the labels, nor does that of both.
    points = ppi_mean([1 + 4 * a for a in y], [1 + 4 * b for b in f], [1 + 4 * b for b in rest], low=1, high=5)
    assert (points.value, points.low, points.high) == pytest.approx(
        (1 + 4 * e.value, 1 + 4 * e.low, 1 + 4 * e.high), abs=1e-9
    )


# ---- post-stratified


def test_poststratified_by_hand() -> None:
    # f = 1: 5 labelled (4 pass) + 5 others; f = 0: 5 labelled (1 passes) + 15 others; W = 1/3, 2/3
    e = poststratified_mean([1, 1, 1, 1, 0, 0, 0, 0, 0, 1], [1] * 5 + [0] * 5, [1] * 5 + [0] * 15)
    assert e.value == pytest.approx(0.8 / 3 + 0.4 / 3)
    one, zero = wilson(0.8, 5, Z), wilson(0.2, 5, Z)
    chance = Z * Z * (1 / 3 * 0.4**2 + 2 / 3 * 0.2**2) / 30
    below = math.sqrt(chance + ((0.8 - one[0]) / 3) ** 2 + (2 * (0.2 - zero[0]) / 3) ** 2)
    above = math.sqrt(chance + ((one[1] - 0.8) / 3) ** 2 + (2 * (zero[1] - 0.2) / 3) ** 2)
    assert (e.low, e.high) == pytest.approx((0.4 - below, 0.4 + above))


def test_thin_grades_are_merged_with_their_neighbour() -> None:
    y, f = [0] * 6 + [1] * 7, [0.0] * 6 + [0.5] * 2 + [1.0] * 5
    # 0.5 holds two labels and joins 1.0: two strata
    e = poststratified_mean(y, f, [0.0] * 10 + [0.5] * 5 + [1.0] * 5)
    assert e.method.startswith("post-stratified, 2 strata")
    assert e.value == pytest.approx(17 / 33)
    # grades that only unlabelled items have belong to a neighbour as well
    assert poststratified_mean(y, f, [0.7] * 20).value == pytest.approx(27 / 33)


def test_continuous_scores_are_cut_into_at_most_twenty() -> None:
    rng = np.random.default_rng(2)
    y = rng.random(1000)
    e = poststratified_mean(y, y + rng.normal(0, 0.1, 1000), rng.random(4000))
    assert e.method.startswith("post-stratified, 20 strata")
    assert e.effective_labels > 2000


def test_a_declared_stratum_without_labels_is_a_reason() -> None:
    e = poststratified_mean([1, 0, 1], [1, 0, 1], [1, 1, 1], strata=["a", "a", "a", "b", "b", "a"])
    assert math.isnan(e.value)
    assert e.undefined == "a stratum with 2 of 6 items has 0 labels; 2 are needed"


def test_strata_of_one_labelled_cluster_have_no_interval() -> None:
    e = poststratified_mean(Y, F, REST, clusters=["q"] * 12 + list(range(20)))
    assert math.isnan(e.low)
    assert e.undefined == "an interval needs 2 independent labelled units; there is 1"
    assert not math.isnan(e.value)


def test_strata_without_a_difference_are_the_mean_of_the_labels() -> None:
    e = poststratified_mean(Y, F, REST, strata=["all"] * 32)
    assert (e.value, e.low, e.high) == pytest.approx((8 / 12, *wilson(8 / 12, 12, Z)))
    assert e.effective_labels == pytest.approx(12.0)


# ---- error rates


def test_the_example_of_the_paper() -> None:
    e = rogan_gladen(0.4, 1000, 180, 200, 140, 200)
    # Lee et al. (2025), README of their code: 0.16667, [0.05635, 0.26273]
    assert (e.value, e.low, e.high) == pytest.approx((0.1 / 0.6, 0.05635072484160894, 0.2627330257859588), abs=1e-12)
    assert (e.n, e.method, e.note) == (1400, "Lee et al.", "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((0.4, 1000, 50, 100, 50, 100), "sensitivity 0.5 + specificity 0.5 is not above 1: the judge tells nothing"),
        ((0.4, 1000, 10, 100, 20, 100), "sensitivity 0.1 + specificity 0.2 is not above 1: the judge tells nothing"),
        ((0.4, 0, 90, 100, 90, 100), "there is no judged item"),
        ((0.4, 10, 0, 0, 90, 100), "there is no labelled pass"),
        ((0.4, 10, 90, 100, 0, 0), "there is no labelled failure"),
    ],
)
def test_error_rates_that_tell_nothing(arguments: tuple[float, int, int, int, int, int], reason: str) -> None:
    e = rogan_gladen(*arguments)
    assert math.isnan(e.value)
    assert e.undefined == reason


def test_above_one_by_luck_has_no_interval() -> None:
    # q1 = 1/1 and q0 = 1/20: above 1; smoothed 2/3 + 2/22 = 0.76 is not
    e = rogan_gladen(0.4, 100, 1, 1, 1, 20)
    assert math.isnan(e.low)
    assert e.undefined == "sensitivity + specificity is above 1 only by the luck of few labels"


@given(st.integers(0, 50), st.integers(30, 50), st.integers(30, 50))
def test_a_perfect_judge_is_believed_and_any_other_stays_on_the_scale(k: int, hits: int, rejected: int) -> None:
    assert rogan_gladen(k / 50, 50, 50, 50, 50, 50).value == pytest.approx(k / 50)
    e = rogan_gladen(k / 50, 50, hits, 50, rejected, 50)
    assert 0.0 <= e.low <= e.high <= 1.0
    mirrored = rogan_gladen(1 - k / 50, 50, rejected, 50, hits, 50)
    assert (mirrored.value, mirrored.low, mirrored.high) == pytest.approx(
        (1 - e.value, 1 - e.high, 1 - e.low), abs=1e-9
    )


# ---- the difference of two systems


def test_bonett_and_price_by_hand() -> None:
    # a won 3 of 8, lost none: (4 - 1)/10 ± 1.96 √((0.4 + 0.1 - 0.3²)/10)
    e = paired_difference([1, 1, 1, 0, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1, 0, 1])
    half = Z * math.sqrt(0.041)
    assert (e.value, e.low, e.high) == pytest.approx((0.375, 0.3 - half, 0.3 + half))
    assert e.note == "fewer than 5 questions differ: the interval is longer than it need be"


def test_pairing_helps_where_questions_differ() -> None:
    rng = np.random.default_rng(4)
    hard = rng.random(100)
    a, b = np.clip(hard + 0.05, 0, 1), hard
    e = paired_difference(a, b)
    assert 0.0 < e.low < e.value < e.high < 0.06


def test_systems_swapped_turn_the_sign() -> None:
    a, b = [0.2, 0.4, 0.9, 0.5, math.nan], [0.1, 0.6, 0.3, 0.5, 0.5]
    one, two = paired_difference(a, b), paired_difference(b, a)
    assert (one.value, one.low, one.high) == pytest.approx((-two.value, -two.high, -two.low))
    assert (one.n, one.note) == (4, "1 incomplete pair left out")


def test_labels_correct_a_judge_that_favours_one_system() -> None:
    # The judge gives a half a point more than it deserves; the labels say both are equal. 40 of 400 are labelled.
    rng = np.random.default_rng(6)
    truth = rng.random(400) * 0.5
    f_a, f_b = truth + 0.4, truth + rng.normal(0, 0.02, 400).clip(-0.05, 0.05) + 0.05
    y = np.where(np.arange(400) < 40, truth, math.nan)
    believed = paired_difference(f_a, f_b)
    corrected = paired_difference(f_a, f_b, labels_a=y, labels_b=y)
    assert believed.low > 0.3
    assert corrected.low <= 0.0 <= corrected.high
    clustered = paired_difference(f_a, f_b, labels_a=y, labels_b=y, clusters=np.repeat(np.arange(100), 4))
    assert clustered.n_clusters == 10


def test_no_question_with_both_scores() -> None:
    e = paired_difference([1, math.nan], [math.nan, 1])
    assert (math.isnan(e.value), e.undefined) == (True, "there is no question with both scores")


# ---- the choice


def data(n: int = 60, rest: int = 600, seed: int = 1) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n + rest) < 0.6).astype(float)
    f = np.where(rng.random(n + rest) < 0.85, y, 1 - y)
    return y[:n], f[:n], f[n:]


def test_random_labels_take_ppi_and_show_the_others() -> None:
    y, f, rest = data()
    found = corrected_mean(y, f, rest, labels_are="random")
    assert (found.estimator, found.refused, found.notes) == ("ppi_mean", False, ())
    assert "random sample" in found.reason
    assert [e.name for e in found.others] == ["poststratified_mean", "rogan_gladen"]
    assert found.naive.value == pytest.approx(np.concatenate([f, rest]).mean())
    assert found.labels_only.value == pytest.approx(y.mean())
    assert "PPI" not in found.labels_only.method
    same = ppi_mean(y, f, rest)
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == (same.value, same.low, same.high)
    assert found.worth == pytest.approx(same.effective_labels / 60)
    assert found.worth > 1.0


def test_strata_and_weights_of_chosen_labels() -> None:
    y, f, rest = data()
    strata = np.concatenate([f, rest])
    assert corrected_mean(y, f, rest, labels_are="stratified", strata=strata).estimator == "poststratified_mean"
    found = corrected_mean(y, f, rest, labels_are="stratified", weights=np.where(f == 1, 12.0, 9.0))
    assert found.estimator == "ppi_mean"
    assert "weight" in found.reason


def test_hand_picked_labels_take_error_rates() -> None:
    y, f, rest = data(100)
    found = corrected_mean(y, f, rest, labels_are="hand_picked")
    assert found.estimator == "rogan_gladen"
    assert "errs on other passes and failures as often" in found.reason
    assert math.isnan(found.worth)
    hits = int((f[y == 1] == 1).sum()), int((y == 1).sum()), int((f[y == 0] == 0).sum()), int((y == 0).sum())
    assert found.estimate.value == rogan_gladen(float(rest.mean()), rest.size, *hits).value
    points = corrected_mean(1 + 4 * y, 1 + 4 * f, 1 + 4 * rest, labels_are="hand_picked", low=1, high=5)
    assert points.estimate.value == pytest.approx(1 + 4 * found.estimate.value)


Y40, F40 = [1, 0] * 20, [1, 0] * 18 + [0, 1] * 2


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: corrected_mean([1, 0], [1, 0], [1, 0], labels_are="random"), "too few labels: 2 independent"),
        (lambda: corrected_mean([], [], [1, 0], labels_are="random"), "too few labels: 0 independent"),
        (
            lambda: corrected_mean(Y40, F40, [1, 0] * 50, labels_are="random", clusters=[0, 1, 2, 3] * 10),
            "too few labels: 4 independent",
        ),
        (lambda: corrected_mean(Y40, F40, [1, 0] * 50, labels_are="stratified"), "give the strata of all items"),
        (
            lambda: corrected_mean(Y40, F40, [1, 0] * 2, labels_are="stratified", strata=["a"] * 40 + ["b"] * 4),
            "a stratum with 4 of 44 items has 0 labels",
        ),
        (
            lambda: corrected_mean(Y40, [0.9, 0.8] * 20, [0.1, 0.2] * 50, labels_are="random"),
            "100% of the judge's scores lie outside the labelled range 0.8 to 0.9",
        ),
        (
            lambda: corrected_mean([1] * 38 + [0] * 2, [1] * 40, [1, 0] * 50, labels_are="hand_picked"),
            "too few labels: 38 passes and 2 failures",
        ),
        (
            lambda: corrected_mean(Y40, [1, 1, 0, 0] * 10, [1, 0] * 50, labels_are="hand_picked"),
            "sensitivity 0.50 + specificity 0.50 may be 1",
        ),
        (
            lambda: corrected_mean(Y40, [0.5, 0.2] * 20, [0.5] * 9, labels_are="hand_picked"),
            "need yes/no labels and scores",
        ),
        (lambda: corrected_mean(Y40, F40, [], labels_are="hand_picked"), "no item without a label"),
    ],
)
def test_refusals_are_results_with_a_reason(call: Callable[[], Any], reason: str) -> None:
    found = call()
    assert found.refused
    assert found.estimator == "none"
    assert math.isnan(found.estimate.value)
    assert reason in found.reason
    assert found.estimate.undefined == found.reason


def test_what_to_doubt_is_said() -> None:
    y, f = [1, 1, 1, 0] * 10, [1, 1, 1, 0] * 10
    found = corrected_mean(y, f, [0, 0, 0, 1] * 100, labels_are="random")
    assert any("are the labels a random sample?" in note for note in found.notes)
    found = corrected_mean(Y40, F40, [1, 0] * 50, labels_are="random", clusters=np.repeat(np.arange(20), 2))
    assert any("20 labelled clusters" in note for note in found.notes)
    found = corrected_mean(Y40, F40, [1, 0] * 50, labels_are="hand_picked", clusters=np.repeat(np.arange(20), 2))
    assert any("counts items as independent" in note for note in found.notes)
    constant = corrected_mean(Y40, [1] * 40, [1] * 50, labels_are="random")
    assert constant.naive.undefined == "the judge gave one score throughout"


@pytest.mark.parametrize("labels_are", ["random", "stratified", "hand_picked"])
def test_nothing_at_all_is_refused(labels_are: Literal["random", "stratified", "hand_picked"]) -> None:
    found = corrected_mean([], [], [], labels_are=labels_are)
    assert found.refused
    assert math.isnan(found.naive.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ppi_mean([1, 0], [1], [1]), ["2 labelled_y", "1 labelled_f"]),
        (lambda: ppi_mean([1, math.nan], [1, 0], [1]), ["labelled_y", "1 of 2", "missing"]),
        (lambda: ppi_mean([1, 0], [1, 0], [None]), ["unlabelled_f", "missing"]),
        (lambda: ppi_mean([1, 5], [1, 0], [1]), ["0 to 1", "5", "low="]),
        (lambda: ppi_mean([1, 0], ["1", "0"], [1]), ["labelled_f", "text"]),
        (lambda: ppi_mean([1, 0], [1, 0], [1], weights=[1, 0]), ["weights above 0", "0"]),
        (lambda: ppi_mean([1, 0], [1, 0], [1], weights=[1]), ["1 weights"]),
        (lambda: ppi_mean([1, 0], [1, 0], [1, 1], clusters=[1, 2, 3]), ["2 clusters", "4", "came 3"]),
        (lambda: ppi_mean([1, 0], [1, 0], [1], low=1, high=0), ["low=1", "high=0"]),
        (lambda: ppi_mean([1, 0], [1, 0], [1], level=5), ["level", "5"]),
        (lambda: poststratified_mean([1, 0], [1, 0], [1], strata=["a"]), ["strata", "3", "1"]),
        (lambda: rogan_gladen(1.4, 10, 1, 2, 1, 2), ["judge_rate", "1.4"]),
        (lambda: rogan_gladen(0.4, 10, 3, 2, 1, 2), ["sensitivity_k", "3 of 2"]),
        (lambda: rogan_gladen(0.4, -1, 1, 2, 1, 2), ["n of 0 or more", "-1"]),
        (lambda: paired_difference([1, 0], [1, 0], labels_a=[1, 0]), ["labels of one"]),
        (lambda: paired_difference([1, 0], [1, 0], labels_a=[1], labels_b=[1]), ["2 questions", "1 labels_a"]),
        (lambda: paired_difference([1, 3], [1, 0]), ["0 to 1", "3"]),
        (lambda: paired_difference([1, 0], [1, 0], low=1, high=1), ["low=1"]),
        (lambda: corrected_mean([1], [1], [1], labels_are="convenient"), ["labels_are", "'convenient'"]),  # type: ignore[arg-type]
        (
            lambda: corrected_mean(Y40, F40, [1], labels_are="stratified", strata=["a"] * 40),
            ["strata", "41", "40"],
        ),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == []
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_labels(n: int) -> None:
    e = ppi_mean([1] * n, [1] * n, [1, 0, 1])
    s = poststratified_mean([1] * n, [1] * n, [1, 0, 1])
    if n < 2:
        assert math.isnan(e.low)
        assert e.undefined
        assert math.isnan(s.low)
        assert s.undefined
    else:
        assert e.low < 0.3
        assert s.low < 0.5


@pytest.mark.slow
def test_a_million_judge_scores() -> None:
    import time

    y, f, rest = data(2000, 1_000_000)
    started = time.process_time()
    found = corrected_mean(y, f, rest, labels_are="random", clusters=np.arange(1_002_000) // 3)
    assert time.process_time() - started < 15.0
    assert found.estimate.low < 0.6 < found.estimate.high


def test_a_judge_that_never_varies_counts_its_clusters() -> None:
    # 40 answers to 10 questions are 10 units, whatever the judge says of them.
    y, units = [0.0, 1.0] * 20, [i // 4 for i in range(40)]
    found = corrected_mean(y, [1.0] * 40, [], labels_are="random", clusters=units)
    assert (found.naive.n, found.naive.n_clusters) == (40, 10)
    assert found.naive.undefined == "the judge gave one score throughout"


def test_labels_of_the_easy_questions_are_doubted_with_clusters_and_without() -> None:
    y = np.tile([0.0, 1.0, 1.0, 1.0], 20)
    rest, units = np.tile([0.0, 0.0, 0.0, 1.0], 100), np.repeat(np.arange(120), 4)
    for clusters in (None, units):
        notes = corrected_mean(y, y, rest, labels_are="random", clusters=clusters).notes
        assert any("0.75 on labelled and 0.25 on other items: chance does not explain it" in one for one in notes)
    assert not corrected_mean(y, y, np.tile(y, 5), labels_are="random", clusters=units).notes[1:]
