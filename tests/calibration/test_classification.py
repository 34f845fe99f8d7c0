"""Judge against reference, answer by answer: by hand, by other software, and by law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.bounded import wilson
from judgekit.calibration.classification import (
    accuracy,
    confusion_matrix,
    f1,
    per_class,
    precision,
    recall,
    sensitivity,
    specificity,
)
from judgekit.calibration.classification_macro import balanced_accuracy, macro_average, matthews_correlation

# Labels in rows: 7 2 1 / 1 5 2 / 2 3 7.
LABELS = [0] * 10 + [1] * 8 + [2] * 12
VERDICTS = [0] * 7 + [1] * 2 + [2] + [0] + [1] * 5 + [2] * 2 + [0] * 2 + [1] * 3 + [2] * 7
SKLEARN = {
    # scikit-learn 1.9.1 on the data above: accuracy_score, balanced_accuracy_score, matthews_corrcoef, and the
    # averages and single values of f1_score, precision_score and recall_score.
    "accuracy": 0.6333333333333333,
    "balanced": 0.6361111111111111,
    "mcc": 0.4530303372694664,
    "macro_f1": 0.6306397306397306,
    "macro_precision": 0.6333333333333333,
    "f1": [0.7, 0.5555555555555556, 0.6363636363636364],
    "precision": [0.7, 0.5, 0.7],
    "recall": [0.7, 0.625, 0.5833333333333334],
}
answers = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=40)


def test_the_matrix_has_labels_in_rows() -> None:
    assert confusion_matrix(LABELS, VERDICTS).counts == ((7, 2, 1), (1, 5, 2), (2, 3, 7))


def test_values_of_scikit_learn() -> None:
    assert accuracy(LABELS, VERDICTS).value == pytest.approx(SKLEARN["accuracy"], abs=1e-12)
    assert balanced_accuracy(LABELS, VERDICTS).value == pytest.approx(SKLEARN["balanced"], abs=1e-12)
    assert matthews_correlation(LABELS, VERDICTS).value == pytest.approx(SKLEARN["mcc"], abs=1e-12)
    assert macro_average(LABELS, VERDICTS).value == pytest.approx(SKLEARN["macro_f1"], abs=1e-12)
    e = macro_average(LABELS, VERDICTS, measure="precision")
    assert e.name == "macro_precision"
    assert e.value == pytest.approx(SKLEARN["macro_precision"], abs=1e-12)
    classes = per_class(LABELS, VERDICTS)
    assert [m.f1.value for m in classes] == pytest.approx(SKLEARN["f1"], abs=1e-12)
    assert [m.precision.value for m in classes] == pytest.approx(SKLEARN["precision"], abs=1e-12)
    assert [m.recall.value for m in classes] == pytest.approx(SKLEARN["recall"], abs=1e-12)
    assert [(m.n_labels, m.n_verdicts) for m in classes] == [(10, 10), (8, 10), (12, 10)]


@pytest.mark.parametrize(
    ("k", "n", "level", "low", "high"),
    [
        # statsmodels 0.15.0, proportion_confint(k, n, method="wilson")
        (19, 30, 0.95, 0.45513563654794864, 0.7812607919389929),
        (19, 30, 0.90, 0.48326356968012874, 0.7613432814865114),
        (0, 12, 0.95, 0.0, 0.24249400665524096),
        (12, 12, 0.95, 0.7575059933447589, 1.0),
        (1, 200, 0.95, 0.0008831687156009797, 0.027773704397892937),
    ],
)
def test_wilson_intervals_of_statsmodels(k: int, n: int, level: float, low: float, high: float) -> None:
    e = accuracy([1] * n, [1] * k + [0] * (n - k), categories=[0, 1], level=level)
    assert (e.low, e.high) == pytest.approx((low, high), abs=1e-12)
    assert (e.value, e.n, e.n_clusters, e.level, e.method) == (k / n, n, n, level, "Wilson")


@pytest.mark.parametrize("function", ["accuracy", "balanced", "mcc", "f1"])
def test_scikit_learn_itself_where_it_is_installed(function: str) -> None:
    metrics: Any = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(5)
    ours: dict[str, Any] = {
        "accuracy": accuracy,
        "balanced": balanced_accuracy,
        "mcc": matthews_correlation,
        "f1": macro_average,
    }
    theirs: dict[str, Any] = {
        "accuracy": metrics.accuracy_score,
        "balanced": metrics.balanced_accuracy_score,
        "mcc": metrics.matthews_corrcoef,
        "f1": lambda y, f: metrics.f1_score(y, f, average="macro"),
    }
    for _ in range(50):
        k, n = int(rng.integers(2, 7)), int(rng.integers(20, 200))
        y = rng.integers(0, k, n)
        f = np.where(rng.random(n) < 0.6, y, rng.integers(0, k, n))
        assert ours[function](y, f).value == pytest.approx(theirs[function](y, f), abs=1e-9)


def test_one_category_against_the_others_by_hand() -> None:
    # Against category 2: TP 7, FN 5, FP 3, TN 15.
    assert sensitivity(LABELS, VERDICTS, positive=2).value == pytest.approx(7 / 12)
    assert recall(LABELS, VERDICTS, positive=2).value == pytest.approx(7 / 12)
    assert specificity(LABELS, VERDICTS, positive=2).value == pytest.approx(15 / 18)
    assert precision(LABELS, VERDICTS, positive=2).value == pytest.approx(7 / 10)
    e = f1(LABELS, VERDICTS, positive=2)
    # J = 7/15; Wilson for 7 of 15, each end mapped by 2J/(1+J)
    low, high = wilson(7 / 15, 15, 1.959963984540054)
    assert e.value == pytest.approx(14 / 22)
    assert e.n == 15
    assert (e.low, e.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    assert [sensitivity(LABELS, VERDICTS, positive=2).n, specificity(LABELS, VERDICTS, positive=2).n] == [12, 18]


@pytest.mark.parametrize(
    ("measure", "labels", "verdicts", "reason"),
    [
        (precision, [1, 0], [0, 0], "the judge never answered 1"),
        (sensitivity, [0, 0], [1, 0], "no item is labelled 1"),
        (recall, [0, 0], [1, 0], "no item is labelled 1"),
        (specificity, [1, 1], [1, 0], "no item is labelled otherwise than 1"),
        (f1, [0, 0], [0, 0], "no item is labelled or judged 1"),
        (f1, [], [], "there is no pair"),
    ],
)
def test_a_share_of_nothing_is_undefined(measure: Any, labels: list[int], verdicts: list[int], reason: str) -> None:
    e = measure(labels, verdicts)
    assert math.isnan(e.value)
    assert e.undefined == reason


def test_balanced_accuracy_interval_by_hand() -> None:
    # Recalls 3/4 and 1/2 with Wilson ends; below = √(Σ (r - low)²) / 2
    e = balanced_accuracy([1] * 8 + [0] * 4, [1] * 6 + [0] * 2 + [0, 0, 1, 1])
    z = 1.959963984540054
    ends = [wilson(0.75, 8, z), wilson(0.5, 4, z)]
    below = math.hypot(0.75 - ends[0][0], 0.5 - ends[1][0]) / 2
    above = math.hypot(ends[0][1] - 0.75, ends[1][1] - 0.5) / 2
    assert (e.low, e.value, e.high) == pytest.approx((0.625 - below, 0.625, 0.625 + above))


def test_categories_that_never_occur_are_named() -> None:
    e = balanced_accuracy(["a", "b"], ["a", "c"], categories=["a", "b", "c"])
    assert (e.value, e.note) == (0.5, "over 2 of 3 categories, never labelled: 'c'")
    e = macro_average(["a", "b"], ["a", "a"], measure="precision")
    assert (e.value, e.note) == (0.5, "over 1 of 2 categories, never judged: 'b'")
    assert macro_average(["a", "b"], ["a", "b"], measure="recall").name == "macro_recall"
    assert "there is no pair" in str(macro_average([], []).undefined)


def test_matthews_of_a_linear_estimate_by_hand() -> None:
    # TP 3, FN 1, FP 1, TN 1 of 6; 300 copies: the interval shrinks by √300 about the same value 0.25.
    y, f = [1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1]
    once, often = matthews_correlation(y, f), matthews_correlation(y * 300, f * 300)
    assert once.value == often.value == pytest.approx(0.25)
    assert -1.0 < once.low < 0.25 < once.high < 1.0
    # Delta method for phi (Bishop, Fienberg and Holland 1975, 11.3-20): with margins 4/6, 2/6 on both sides,
    # n·Var = 1 - φ² + φ(1 + φ²/2) D_r D_c - 3/4 φ² (D_r² + D_c²), D = (p1 - p2)/√(p1 p2) = (1/3)/√(2/9) = 1/√2
    var = 1 - 1 / 16 + 0.25 * (1 + 1 / 32) * 0.5 - 0.75 / 16 * (0.5 + 0.5)
    assert often.high - often.low == pytest.approx(2 * 1.961 * math.sqrt(var / 1800), rel=0.01)


@given(answers)
def test_intervals_hold_their_value_and_stay_on_the_scale(rows: list[tuple[int, int, int]]) -> None:
    y, f, q = zip(*rows, strict=True)
    for measure, least in (
        (accuracy, 0.0),
        (balanced_accuracy, 0.0),
        (macro_average, 0.0),
        (matthews_correlation, -1.0),
    ):
        for clusters in (None, q):
            e = measure(y, f, clusters=clusters)
            if not math.isnan(e.low):
                assert least <= e.low <= e.value + 1e-12
                assert e.value - 1e-12 <= e.high <= 1.0


@given(answers, st.permutations([0, 1, 2]), st.randoms())
def test_names_and_order_do_not_matter(rows: list[tuple[int, int, int]], names: list[int], random: Any) -> None:
    words = [f"answer {name}" for name in names]
    other = list(rows)
    random.shuffle(other)
    for measure in (accuracy, balanced_accuracy, macro_average, matthews_correlation):
        a = measure([y for y, _, _ in rows], [f for _, f, _ in rows], clusters=[q for *_, q in rows])
        b = measure(
            [words[y] for y, _, _ in other], [words[f] for _, f, _ in other], clusters=[f"q{q}" for *_, q in other]
        )
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=1e-9, nan_ok=True)


@given(answers)
def test_matthews_is_symmetric_and_sensitivity_mirrors_specificity(rows: list[tuple[int, int, int]]) -> None:
    y, f = [int(y > 0) for y, _, _ in rows], [int(f > 0) for _, f, _ in rows]
    one, two = matthews_correlation(y, f), matthews_correlation(f, y)
    assert one.value == pytest.approx(two.value, abs=1e-12, nan_ok=True)
    a = specificity(y, f, positive=1, categories=[0, 1])
    b = sensitivity(y, f, positive=0, categories=[0, 1])
    assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), nan_ok=True)


@given(answers.filter(lambda rows: len({q for *_, q in rows}) > 1), st.integers(2, 4))
def test_asking_again_adds_no_certainty(rows: list[tuple[int, int, int]], copies: int) -> None:
    y, f, q = (list(side) for side in zip(*rows, strict=True))
    once, often = accuracy(y, f, clusters=q), accuracy(y * copies, f * copies, clusters=q * copies)
    if once.n_clusters < once.n:  # without clusters Wilson's has no Student in it
        assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=1e-9)
    else:
        assert often.high - often.low >= once.high - once.low - 1e-9
    assert often.n_clusters == once.n_clusters
