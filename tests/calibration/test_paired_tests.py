"""Tests of paired differences and their correction, against scipy, statsmodels and numbers made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from judgekit.calibration.paired_tests import benjamini_hochberg, holm, mcnemar_test, mean_test
from judgekit.errors import UserError


def test_the_mean_test_is_students_where_items_are_independent() -> None:
    d = np.random.default_rng(1).normal(0.2, 1.0, 40)
    assert mean_test(d) == pytest.approx(stats.ttest_1samp(d, 0.0).pvalue, abs=1e-12)


def test_equal_clusters_are_tested_by_their_means() -> None:
    # With m items in each, the cluster-robust t is Student's t of the cluster means.
    d = np.random.default_rng(2).normal(0.3, 1.0, (12, 5))
    expected = stats.ttest_1samp(d.mean(axis=1), 0.0).pvalue
    assert mean_test(d.ravel(), clusters=np.repeat(np.arange(12), 5)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("d", "clusters", "p"),
    [
        ([0.0] * 9, None, 1.0),
        ([0.25] * 6, None, 2 * 0.5**6),  # no spread: the sign test
        ([0.25] * 6, [1, 1, 2, 2, 3, 3], 2 * 0.5**3),
        ([0.5], None, math.nan),
        ([0.5, 0.1], ["q", "q"], math.nan),
        ([], None, math.nan),
    ],
)
def test_the_mean_test_at_its_edges(d: list[float], clusters: list[object] | None, p: float) -> None:
    assert mean_test(d, clusters=clusters) == pytest.approx(p, nan_ok=True)


def test_mcnemar_is_the_binomial_test_of_the_changes() -> None:
    before, after = [0] * 12 + [1] * 5 + [1] * 20, [1] * 12 + [0] * 5 + [1] * 20
    assert mcnemar_test(before, after) == pytest.approx(stats.binomtest(12, 17).pvalue, abs=1e-12)
    assert mcnemar_test([1, 0], [1, 0]) == 1.0


def test_mcnemar_with_clusters_is_durkalskis() -> None:
    # Clusters gain 2, 1, -1 and 0: χ² = (2 + 1 - 1)² / (4 + 1 + 1) = 2/3.
    before, after = [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 0, 1]
    clusters = [1, 1, 2, 2, 3, 4]
    assert mcnemar_test(before, after, clusters=clusters) == pytest.approx(stats.chi2.sf(2 / 3, 1), abs=1e-12)
    assert mcnemar_test([1, 1], [1, 1], clusters=[1, 1]) == 1.0


def test_what_is_no_answer_is_an_error() -> None:
    with pytest.raises(UserError, match="mcnemar_test: 0 or 1 were wanted, and 2 came"):
        mcnemar_test([0, 2], [1, 1])
    with pytest.raises(UserError, match="came 2 before, 1 after"):
        mcnemar_test([0, 1], [1])
    with pytest.raises(UserError, match="p-values from 0 to 1 were wanted"):
        holm([0.5, 1.5])


P = st.lists(st.floats(0.0, 1.0), max_size=12)


@given(P)
def test_corrections_never_lower_a_p_value_and_keep_their_order(p: list[float]) -> None:
    found = {"holm": holm(p), "bh": benjamini_hochberg(p)}
    for adjusted in found.values():
        assert bool((adjusted >= np.array(p) - 1e-12).all())
        assert bool((adjusted <= 1.0).all())
        assert bool((np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all())
    assert bool((found["bh"] <= found["holm"] + 1e-12).all())


@given(P)
def test_benjamini_hochberg_is_scipys(p: list[float]) -> None:
    expected = stats.false_discovery_control(p) if p else []
    assert benjamini_hochberg(p).tolist() == pytest.approx(list(expected), abs=1e-12)


def test_an_undefined_p_value_is_no_test() -> None:
    # Two tests, not three: 2 · 0.02 = 0.04.
    assert holm([math.nan, 0.02, 0.5]).tolist() == pytest.approx([math.nan, 0.04, 0.5], nan_ok=True)
    assert benjamini_hochberg([0.02, math.nan, 0.5]).tolist() == pytest.approx([0.04, math.nan, 0.5], nan_ok=True)
