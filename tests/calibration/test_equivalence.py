"""Two one-sided tests, against scipy's, and what they must never claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from judgekit.calibration.equivalence import equivalence_test
from judgekit.errors import UserError


@pytest.mark.parametrize(("shift", "margin"), [(0.0, 0.3), (0.2, 0.3), (0.4, 0.3), (-0.1, 0.5)])
def test_it_is_two_t_tests(shift: float, margin: float) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=40), rng.normal(size=40)
    a += shift
    above = stats.ttest_1samp(a - b, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(a - b, margin, alternative="less").pvalue
    found = equivalence_test(a, b, margin=margin)
    assert found.p_value == pytest.approx(max(above, below), abs=1e-12)
    # Rejecting at 5 % is the same as a 90 % interval inside the margin.
    low, high = stats.ttest_1samp(a - b, 0.0).confidence_interval(0.9)
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high), abs=1e-12)
    assert found.equivalent == (-margin < low and high < margin)


def test_equal_clusters_count_as_their_means() -> None:
    d = np.random.default_rng(2).normal(0.0, 1.0, (15, 4))
    found = equivalence_test(d.ravel(), np.zeros(60), margin=0.4, clusters=np.repeat(np.arange(15), 4))
    means = d.mean(axis=1)
    expected = max(
        stats.ttest_1samp(means, -0.4, alternative="greater").pvalue,
        stats.ttest_1samp(means, 0.4, alternative="less").pvalue,
    )
    assert found.p_value == pytest.approx(expected, abs=1e-12)
    assert found.difference.n_clusters == 15


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ([], [], "there are 0"),
        ([1.0], [1.0], "there is 1"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "the differences do not vary"),
    ],
)
def test_too_little_is_undefined_and_never_equivalent(a: list[float], b: list[float], why: str) -> None:
    found = equivalence_test(a, b, margin=0.5)
    assert found.equivalent is None
    assert math.isnan(found.p_value)
    assert why in (found.difference.undefined or "")


def test_missing_pairs_are_counted_and_wrong_margins_refused() -> None:
    found = equivalence_test([1.0, math.nan, 2.0, 4.0], [1.0, 1.0, 3.0, 4.0], margin=1.0)
    assert (found.difference.n, found.difference.note) == (3, "1 incomplete pair left out")
    for margin in (0.0, -1.0, math.inf):
        with pytest.raises(UserError, match="a margin above 0 was wanted"):
            equivalence_test([1, 2], [1, 2], margin=margin)
    with pytest.raises(UserError, match=r"a level above 0\.5 was wanted"):
        equivalence_test([1, 2], [1, 2], margin=1.0, level=0.05)
