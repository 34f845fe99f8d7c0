"""What the calibration functions accept: never a guess, always one line that says what came."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from judgekit.calibration.classification import accuracy, confusion_matrix, f1, per_class, sensitivity
from judgekit.calibration.classification_macro import balanced_accuracy, macro_average, matthews_correlation
from judgekit.calibration.error import mean_absolute_error, mean_bias, root_mean_squared_error, within_one
from judgekit.errors import UserError


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: accuracy([1, 0], [1]), ["2 labels", "1 verdicts"]),
        (lambda: accuracy([1, 0], ["1", "0"]), ["labels numbers", "verdicts text", "convert"]),
        (lambda: accuracy(["a", 1], ["a", "b"]), ["labels", "both came"]),
        (lambda: accuracy([object(), object()], [1, 2]), ["labels", "object"]),
        (lambda: accuracy([[1, 0]], [[1, 0]]), ["(1, 2)"]),
        (lambda: accuracy([1, 7], [1, 1], categories=[0, 1]), ["0, 1", "7", "off-scale"]),
        (lambda: accuracy([1, 1], [1, 1], categories=["0", "1"]), ["categories text", "labels numbers"]),
        (lambda: accuracy([1, 1], [1, 1], categories=[1, 1, 0]), ["each category once"]),
        (lambda: accuracy([1], [1], categories=[]), ["categories"]),
        (lambda: accuracy([1, 0], [1, 0], clusters=["q"]), ["2 items", "1 clusters"]),
        (lambda: accuracy([1, 0], [1, 0], clusters=["q", None]), ["cluster", "missing"]),
        (lambda: accuracy([1, 0], [1, 0], level=95), ["level", "95"]),
        (lambda: sensitivity(["yes", "no"], ["no", "no"]), ["positive=", "'no', 'yes'"]),
        (lambda: f1(["yes", "no"], ["no", "no"], positive="Yes"), ["'Yes'", "'no', 'yes'"]),
        (lambda: mean_bias(["3"], [3]), ["labels", "'3'", "text"]),
        (lambda: mean_bias([3.0], [math.inf]), ["verdicts", "infinite"]),
        (lambda: mean_bias([3, 9], [3, 3], scale=(1, 5)), ["1 to 5", "label 9"]),
        (lambda: mean_bias([3, 3], [3, 0.333], scale=(1, 5)), ["verdict 0.333", "failures"]),
        (lambda: mean_bias([3, 3], [3, 3], scale=(5, 1)), ["(5, 1)"]),
        (lambda: mean_bias([3, {}], [3, 3]), ["numbers were wanted"]),
        (lambda: mean_bias([[3, 3]], [[3, 3]]), ["(1, 2)"]),
        (lambda: within_one([1], [1], step=0.0), ["step", "0"]),
    ],
)
def test_wrong_input_is_named_in_one_line(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == []
    assert "\n" not in str(error.value)


ALL: list[Callable[..., Any]] = [
    accuracy,
    balanced_accuracy,
    macro_average,
    matthews_correlation,
    mean_absolute_error,
    mean_bias,
    root_mean_squared_error,
    within_one,
]


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("values", [[], [None, None], [math.nan]])
def test_nothing_gives_nan_with_a_reason(function: Callable[..., Any], values: list[float | None]) -> None:
    e = function(values, values)
    assert math.isnan(e.value)
    assert math.isnan(e.low)
    assert e.n == 0
    assert e.undefined == "there is no pair"


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_items_never_claim_certainty(function: Callable[..., Any], n: int) -> None:
    e = function([1] * n, [1] * n)
    if math.isnan(e.low):
        assert e.undefined
    else:
        assert e.high - e.low > 0.2


@pytest.mark.parametrize("missing", [None, math.nan])
def test_incomplete_pairs_are_left_out_and_counted(missing: float | None) -> None:
    e = accuracy([1, 0, 1, missing], [1, 1, missing, 0])
    assert (e.value, e.n, e.note) == (0.5, 2, "2 incomplete pairs left out")
    assert mean_bias([1, 2, missing], [2, 2, 5]).note == "1 incomplete pair left out"
    m = confusion_matrix(["a", missing], ["a", "b"])
    assert (m.categories, m.n, m.n_missing) == (("a",), 1, 1)


def test_a_missing_text_does_not_become_the_category_nan() -> None:
    assert confusion_matrix(["a", math.nan, "b"], ["a", "a", "b"]).categories == ("a", "b")


def test_the_missing_value_of_pandas_is_missing() -> None:
    class NAType:
        """Like pandas.NA: comparing it gives itself, and that is neither true nor false."""

        def __ne__(self, other: object) -> NAType:  # type: ignore[override]
            return self

        def __bool__(self) -> bool:
            raise TypeError("boolean value of NA is ambiguous")

    assert accuracy(["a", NAType(), "b"], ["a", "b", "b"]).n == 2
    assert mean_bias([1, NAType(), 2], [1, 2, 2]).n == 2


def test_numbers_of_different_types_are_the_same_answers() -> None:
    e = accuracy(np.array([True, False]), np.array([1, 0], dtype=np.int8), categories=[0.0, 1.0])
    assert e.value == 1.0
    assert accuracy(np.array(["a", "b"]), ["a", "b"]).value == 1.0


def test_the_order_of_declared_categories_is_kept_and_the_unused_are_shown() -> None:
    m = confusion_matrix(["low", "high"], ["high", "high"], categories=["low", "mid", "high"])
    assert m.categories == ("low", "mid", "high")
    assert m.counts == ((0, 0, 1), (0, 0, 0), (0, 0, 1))


def test_a_constant_judge_has_values_where_the_formula_gives_them() -> None:
    y, f = [1, 1, 0, 0, 1], [1, 1, 1, 1, 1]
    assert sensitivity(y, f).value == 1.0
    assert balanced_accuracy(y, f).value == 0.5
    mcc = matthews_correlation(y, f)
    assert math.isnan(mcc.value)
    assert mcc.undefined == "all verdicts are the same answer"
    assert matthews_correlation(f, y).undefined == "all labels are the same answer"


def test_two_sided_zero_and_one_without_a_one() -> None:
    # Neither side says 1: nothing is positive, which is a fact and not a mistake.
    e = sensitivity([0, 0], [0, 0])
    assert math.isnan(e.value)
    assert e.undefined == "no item is labelled 1"


@pytest.mark.slow
def test_a_million_rows_take_seconds_at_the_most() -> None:
    import time

    rng = np.random.default_rng(1)
    y, f = rng.integers(0, 5, 1_000_000), rng.integers(0, 5, 1_000_000)
    q = rng.integers(0, 10_000, 1_000_000)
    started = time.process_time()
    e = accuracy(y, f, clusters=q)
    per_class(y, f)
    mean_bias(y, f, scale=(0, 4), clusters=q)
    assert time.process_time() - started < 20.0
    # Guessing among five: 0.2; the standard error of a million is 0.0004.
    assert e.value == pytest.approx(0.2, abs=0.002)
    assert e.n_clusters == 10_000
