"""The alternative annotator test: the paper's formulas by hand and by scipy, and the cases it leaves open."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from judgekit.calibration.replacement import Score, alt_test
from judgekit.errors import UserError
from tests.shared_data import SHARED

Floats = NDArray[np.float64]
PANDALM = SHARED / "data" / "pandalm"


def by_hand(h: Floats, f: Floats, score: Score, epsilon: float, q: float) -> tuple[float, float, list[float]]:
    """The paper, one item at a time, with scipy's t-test and Benjamini-Yekutieli."""

    def near(x: float, others: list[float]) -> float:
        if score == "accuracy":
            return sum(x == o for o in others) / len(others)
        return -math.sqrt(sum((x - o) ** 2 for o in others) / len(others))

    p_values, advantages = [], []
    for j in range(h.shape[1]):
        d, wins = [], []
        for i in range(len(h)):
            others = [float(x) for k, x in enumerate(h[i]) if k != j and not math.isnan(x)]
            if math.isnan(h[i, j]) or math.isnan(f[i]) or not others:
                continue
            judge, own = near(float(f[i]), others), near(float(h[i, j]), others)
            d.append((own >= judge) - (judge >= own))
            wins.append(judge >= own)
        p_values.append(float(stats.ttest_1samp(d, epsilon, alternative="less").pvalue))
        advantages.append(float(np.mean(wins)))
    rejected = stats.false_discovery_control(p_values, method="by") <= q
    return float(np.mean(rejected)), float(np.mean(advantages)), p_values


def panel(seed: int, n: int, people: int, noise: float, missing: float = 0.0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 5, n)
    h = np.where(rng.random((n, people)) < noise, rng.integers(1, 5, (n, people)), truth[:, None]).astype(float)
    f = np.where(rng.random(n) < noise, rng.integers(1, 5, n), truth).astype(float)
    h[rng.random(h.shape) < missing] = np.nan
    return h, f


@pytest.mark.parametrize("score", ["accuracy", "neg_rmse"])
@pytest.mark.parametrize(("n", "people", "noise", "missing"), [(40, 3, 0.3, 0.0), (120, 5, 0.5, 0.3), (60, 2, 0.2, 0)])
def test_it_is_the_test_of_the_paper(score: Score, n: int, people: int, noise: float, missing: float) -> None:
    for seed in range(5):
        h, f = panel(seed, n, people, noise, missing)
        mine = alt_test(h, f, score=score, min_items=2)
        rate, advantage, p_values = by_hand(h, f, score, 0.2, 0.05)
        assert [t.p_value for t in mine.per_annotator] == pytest.approx(p_values, abs=1e-12)
        assert (mine.winning_rate, mine.advantage) == pytest.approx((rate, advantage), abs=1e-12)
        assert mine.passed == (rate >= 0.5)


def test_one_annotator_by_hand() -> None:
    # Two people, so each is measured by the other alone. 4 items, person 0: [1, 1, 0, 0], person 1: [1, 0, 0, 1],
    # judge [1, 0, 1, 0]. Against person 0 (the other is person 1): judge right on items 0, 1; person 0 right on 0, 2.
    # Ties (0: both right, 3: both wrong) count for both: judge wins 0, 1, 3 = 3/4, person wins 0, 2, 3 = 3/4.
    # d = (0, -1, 1, 0): mean 0, s² = 2/3, t = (0 - 0.2) / (√(2/3)/2) = -0.489898; P(T3 <= t) from scipy.
    t = alt_test([[1, 1], [1, 0], [0, 0], [0, 1]], [1, 0, 1, 0], min_items=4)
    first = t.per_annotator[0]
    assert (first.n, first.judge_wins, first.annotator_wins) == (4, 0.75, 0.75)
    assert first.p_value == pytest.approx(float(stats.t.cdf(-0.2 / math.sqrt(1 / 6), 3)), abs=1e-12)
    assert not first.rejected


def test_benjamini_yekutieli_decides_over_annotators() -> None:
    # A bad judge and a good one; what is rejected is what scipy's adjusted p-values reject.
    for noise in (0.1, 0.35, 0.6):
        h, f = panel(7, 80, 6, noise)
        tests = alt_test(h, f, epsilon=0.1).per_annotator
        adjusted = stats.false_discovery_control([t.p_value for t in tests], method="by")
        assert [t.rejected for t in tests] == (adjusted <= 0.05).tolist()


@pytest.mark.parametrize(
    ("own", "judge", "epsilon", "p"),
    [
        # All agree: d = 0 everywhere, p = (1 - ε)^n.
        (1.0, 1.0, 0.2, 0.8**40),
        # The judge always wins: d = -1 everywhere, p = ((1 - ε)/2)^n.
        (0.0, 1.0, 0.2, 0.4**40),
        # The judge always loses: d = 1 >= ε.
        (1.0, 0.0, 0.2, 1.0),
        # d = 0 = ε: H0 holds at its border.
        (1.0, 1.0, 0.0, 1.0),
    ],
)
def test_constant_differences_have_an_answer(own: float, judge: float, epsilon: float, p: float) -> None:
    # Person 0 always says `own`, the two others 1.
    h = np.tile([own, 1.0, 1.0], (40, 1))
    first = alt_test(h, np.full(40, judge), epsilon=epsilon).per_annotator[0]
    assert first.p_value == pytest.approx(p, rel=1e-12)
    assert "in all 40 units" in str(first.note)


def test_a_perfect_panel_passes() -> None:
    t = alt_test(np.ones((30, 3)), np.ones(30))
    assert (t.winning_rate, t.advantage, t.passed) == (1.0, 1.0, True)


def test_rounding_makes_no_winner() -> None:
    # (0.3 - 0.2)² and (0.1 - 0.2)² differ in their last digit in floats: that is a tie.
    t = alt_test([[0.3, 0.2], [0.1, 0.2]] * 20, [0.1, 0.3] * 20, score="neg_rmse")
    assert (t.per_annotator[0].judge_wins, t.per_annotator[0].annotator_wins) == (1.0, 1.0)


def test_clusters_of_equal_items_count_once() -> None:
    h, f = panel(3, 50, 3, 0.4)
    once = alt_test(h, f)
    often = alt_test(np.repeat(h, 4, axis=0), np.repeat(f, 4), clusters=np.repeat(np.arange(50), 4))
    assert [t.p_value for t in often.per_annotator] == pytest.approx([t.p_value for t in once.per_annotator], abs=1e-12)
    assert often.per_annotator[0].n_clusters == 50
    assert (often.advantage_interval.low, often.advantage_interval.high) == pytest.approx(
        (once.advantage_interval.low, once.advantage_interval.high), abs=1e-9
    )
    naive = alt_test(np.repeat(h, 4, axis=0), np.repeat(f, 4))
    assert naive.per_annotator[0].p_value != pytest.approx(once.per_annotator[0].p_value, abs=1e-3)


def test_cluster_robust_t_by_hand() -> None:
    # Person 0 against judge; the other two always say 1, so a win is to say 1. Clusters of 2 items:
    # d per item (person - judge): A (1, 0), B (0, 0), C (-1, 0) -> sums 1, 0, -1, mean 0.
    # var = 3/2 · (1 + 0 + 1)/36 = 1/12, t = -0.2/√(1/12) with 2 degrees of freedom.
    h = [[1, 1, 1], [1, 1, 1], [0, 1, 1], [0, 1, 1], [0, 1, 1], [0, 1, 1]]
    f = [0, 1, 0, 0, 1, 0]
    first = alt_test(h, f, clusters=list("AABBCC"), min_items=3).per_annotator[0]
    assert first.p_value == pytest.approx(float(stats.t.cdf(-0.2 * math.sqrt(12), 2)), abs=1e-12)


def test_few_items_leave_the_annotator_out_and_say_so() -> None:
    h, f = panel(1, 40, 3, 0.2)
    h[10:, 2] = np.nan
    t = alt_test(h, f)
    left = t.per_annotator[2]
    assert math.isnan(left.p_value)
    assert left.note == "left out: 10 items with another person's answer; 30 wanted"
    assert t.n_tested == 2
    assert t.advantage == pytest.approx(np.mean([x.judge_wins for x in t.per_annotator[:2]]))


@pytest.mark.parametrize(
    ("h", "f", "why"),
    [
        (
            np.ones((20, 3)),
            np.ones(20),
            "no annotator shares 30 items with the judge and another person; the most is 20",
        ),
        (np.ones((40, 1)), np.ones(40), "the test needs 2 annotators; there is 1"),
        (np.ones((40, 0)), np.ones(40), "the test needs 2 annotators; there is 0"),
        (np.full((40, 3), np.nan), np.ones(40), "the most is 0"),
        (np.ones((40, 3)), np.full(40, np.nan), "the most is 0"),
        (np.empty((0, 3)), np.empty(0), "the most is 0"),
        (np.ones((1, 2)), np.ones(1), "the most is 1"),
        (np.ones((2, 2)), np.ones(2), "the most is 2"),
    ],
)
def test_nobody_to_test_is_undefined_with_a_reason(h: Floats, f: Floats, why: str) -> None:
    t = alt_test(h, f)
    assert math.isnan(t.winning_rate)
    assert math.isnan(t.advantage)
    assert t.passed is None
    assert why in str(t.undefined)
    assert t.advantage_interval.undefined == "no annotator was tested"


def test_items_without_the_judge_are_counted() -> None:
    h, f = panel(1, 50, 3, 0.2)
    f[:7] = np.nan
    h[10, 1:] = np.nan
    t = alt_test(h, f)
    assert (t.n_items, t.n_left_out) == (42, 8)


@pytest.mark.parametrize(
    ("h", "f", "keywords", "message"),
    [
        ([["yes", "no"]], [1], {}, "'yes' came as text"),
        ([[1, 2]], ["yes"], {}, "'yes' came as text"),
        ([[1, 2]], [1, 2], {}, "1 items, 2 in judge"),
        ([1, 2], [1, 2], {}, "a row an item and a column rater"),
        ([[1, 2], [1]], [1, 2], {}, "came"),
        ([np.ones((2, 2)), np.ones((2, 3))], [1, 2], {}, "rows of one length"),
        ([[1, math.inf]], [1], {}, "finite"),
        ([[1, object()]], [1], {}, "numbers were wanted"),
        ([[1, 2]], [1], {"score": "kappa"}, "accuracy or neg_rmse"),
        ([[1, 2]], [1], {"epsilon": 1.0}, "epsilon in [0, 1)"),
        ([[1, 2]], [1], {"q": 0.0}, "q in (0, 1)"),
        ([[1, 2]], [1], {"clusters": [1, 2]}, "2 clusters"),
    ],
)
def test_wrong_input_is_one_line(h: object, f: object, keywords: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        alt_test(h, f, **keywords)  # type: ignore[arg-type]
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@given(st.integers(0, 10_000), st.floats(0.0, 0.9), st.floats(0.0, 0.5), st.sampled_from(["accuracy", "neg_rmse"]))
def test_names_of_answers_and_the_order_of_items_do_not_matter(
    seed: int, noise: float, missing: float, score: Score
) -> None:
    h, f = panel(seed, 45, 4, noise, missing)
    t = alt_test(h, f, score=score, min_items=5)
    order = np.random.default_rng(seed).permutation(45)
    # Accuracy knows only equal and not equal; squared errors are the same on a mirrored, shifted scale.
    renamed = ((h * 7) % 5, (f * 7) % 5) if score == "accuracy" else (11 - 2 * h, 11 - 2 * f)
    other = alt_test(renamed[0][order], renamed[1][order], score=score, min_items=5)
    assert [x.p_value for x in other.per_annotator] == pytest.approx([x.p_value for x in t.per_annotator], nan_ok=True)
    assert other.advantage == pytest.approx(t.advantage, nan_ok=True)
    for x in t.per_annotator:
        assert math.isnan(x.p_value) or 0.0 <= x.p_value <= 1.0
        assert x.n == 0 or x.judge_wins + x.annotator_wins >= 1.0 - 1e-12  # a tie counts for both


def test_a_judge_that_copies_an_annotator_never_loses_to_that_one() -> None:
    h, _ = panel(2, 60, 3, 0.5)
    first = alt_test(h, h[:, 0]).per_annotator[0]
    assert (first.judge_wins, first.annotator_wins) == (1.0, 1.0)


@pytest.mark.slow
def test_a_million_rows() -> None:
    h, f = panel(1, 1_000_000, 3, 0.3)
    t = alt_test(h, f)
    assert t.n_items == 1_000_000
    assert t.passed


@pytest.mark.skipif(not PANDALM.exists(), reason="needs the PandaLM labels, which are not shipped")
def test_pandalm_against_the_formulas_one_item_at_a_time() -> None:
    people = json.loads((PANDALM / "testset-v1.json").read_text())
    h = np.array([[float(row[f"annotator{k}"]) for k in (1, 2, 3)] for row in people])
    judge = json.loads((PANDALM / "pandalm-7b-testset-v1.json").read_text())
    by_id = {row["idx"]: row.get("pandalm_result") for row in judge}
    f = np.array([float(by_id[row["idx"]]) if str(by_id[row["idx"]]) in "012" else math.nan for row in people])
    mine = alt_test(h, f)
    rate, advantage, p_values = by_hand(h, f, "accuracy", 0.2, 0.05)
    assert (mine.winning_rate, mine.advantage) == pytest.approx((rate, advantage), abs=1e-12)
    assert [t.p_value for t in mine.per_annotator] == pytest.approx(p_values, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("units", [40, 100])
def test_the_clustered_test_holds_its_level_where_the_plain_one_does_not(units: int) -> None:
    rng = np.random.default_rng(units)
    runs, size = 2_000, 4
    clustered = plain = 0
    for _ in range(runs):
        u = np.repeat(rng.random(units), size)
        h = np.column_stack([u >= 0.1, np.ones(u.size), np.ones(u.size)]).astype(float)
        f = (u < 0.7).astype(float)
        clustered += alt_test(h, f, clusters=np.repeat(np.arange(units), size)).per_annotator[0].p_value <= 0.05
        plain += alt_test(h, f).per_annotator[0].p_value <= 0.05
    # 0.05 ± 3 √(0.05 · 0.95 / 2000) = 0.035..0.065; four copies of one item give the plain test half the error.
    assert 0.03 <= clustered / runs <= 0.065
    assert plain / runs > 0.15
