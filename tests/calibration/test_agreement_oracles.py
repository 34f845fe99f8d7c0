"""Two independent implementations give the same numbers, to 1e-9. The packages are in the `oracle` extra."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import stdtrit

from judgekit.calibration import agreement as ag

CLOSE = 1e-9


def panels() -> Iterator[tuple[NDArray[np.float64], int]]:
    """Forty panels (items, raters) of 2 to 5 categories, from sparse to long."""
    rng = np.random.default_rng(5)
    for _ in range(40):
        n, q, raters = int(rng.integers(4, 70)), int(rng.integers(2, 6)), int(rng.integers(2, 6))
        truth = rng.integers(0, q, n)
        x = np.where(rng.random((n, raters)) < 0.6, truth[:, None], rng.integers(0, q, (n, raters))).astype(float)
        if np.ptp(x[:, 0]) > 0 and np.ptp(x[:, 1]) > 0:
            yield x, q


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_scikit_learn_kappa(weights: Any) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="needs the oracle extra")
    for x, q in panels():
        expected = metrics.cohen_kappa_score(x[:, 0], x[:, 1], labels=list(range(q)), weights=weights)
        found = ag.cohen_kappa(x[:, 0], x[:, 1], categories=range(q), weights=weights, ci=None)
        assert found.value == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_statsmodels_kappa_and_its_error(weights: Any) -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="needs the oracle extra")
    for x, q in panels():
        table = np.zeros((q, q))
        np.add.at(table, (x[:, 0].astype(int), x[:, 1].astype(int)), 1)
        expected = inter_rater.cohens_kappa(table, wt=weights)
        e = ag.cohen_kappa(x[:, 0], x[:, 1], categories=range(q), weights=weights, ci="wald")
        assert e.value == pytest.approx(expected.kappa, abs=CLOSE)
        n = len(x)
        half = stdtrit(n - 1, 0.975) * expected.std_kappa * np.sqrt(n / (n - 1))
        ends = max(-1.0, expected.kappa - half), min(1.0, expected.kappa + half)
        if expected.std_kappa > CLOSE:
            assert (e.low, e.high) == pytest.approx(ends, abs=CLOSE)


def test_statsmodels_fleiss() -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="needs the oracle extra")
    for x, q in panels():
        tally = np.stack([(x == k).sum(axis=1) for k in range(q)], axis=1)
        assert ag.fleiss_kappa(x, ci=None).value == pytest.approx(inter_rater.fleiss_kappa(tally), abs=CLOSE)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorff_with_missing_ratings(metric: Any) -> None:
    krippendorff = pytest.importorskip("krippendorff", reason="needs the oracle extra")
    rng = np.random.default_rng(6)
    compared = 0
    for x, q in panels():
        x[rng.random(x.shape) < 0.25] = np.nan
        found = ag.krippendorff_alpha(x, metric=metric, categories=range(q), ci=None)
        if found.undefined is None:
            expected = krippendorff.alpha(x.T, level_of_measurement=metric, value_domain=list(range(q)))
            assert found.value == pytest.approx(expected, abs=CLOSE)
            compared += 1
    assert compared > 30


@pytest.mark.filterwarnings("ignore")  # pingouin's own imports warn
def test_pingouin_intraclass_correlations() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pingouin = pytest.importorskip("pingouin", reason="needs the oracle extra")
        pandas = pytest.importorskip("pandas", reason="needs the oracle extra")
    for x, _ in panels():
        n, raters = x.shape
        if n < 6:
            continue
        frame = {"item": np.repeat(np.arange(n), raters), "rater": np.tile(np.arange(raters), n), "x": x.ravel()}
        expected = pingouin.intraclass_corr(pandas.DataFrame(frame), "item", "rater", "x")
        for row, form in enumerate(("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")):
            e = ag.intraclass_correlation(x, form=form)  # type: ignore[arg-type]
            assert e.value == pytest.approx(expected["ICC"][row], abs=CLOSE)
            low, high = expected["CI95"][row]
            assert (e.low, e.high) == pytest.approx((low, high), abs=0.00501)  # printed to two digits


def test_scipy_correlations_of_grades_and_of_measurements() -> None:
    rng = np.random.default_rng(7)
    for x, _ in panels():
        smooth = x[:, :2] + rng.normal(size=(len(x), 2))
        for a, b in (x[:, :2].T, smooth.T):
            assert ag.pearson(a, b, ci=None).value == pytest.approx(stats.pearsonr(a, b)[0], abs=CLOSE)
            assert ag.spearman(a, b, ci=None).value == pytest.approx(stats.spearmanr(a, b)[0], abs=CLOSE)
            assert ag.kendall_tau(a, b, ci=None).value == pytest.approx(stats.kendalltau(a, b)[0], abs=CLOSE)
            tau_c = stats.kendalltau(a, b, variant="c")[0]
            assert ag.kendall_tau(a, b, variant="c", ci=None).value == pytest.approx(tau_c, abs=CLOSE)


def test_scipy_bca_interval_of_many_items() -> None:
    # scipy draws items, we draw table cells: the same distribution, so intervals agree within the noise of 20,000
    # resamples (each end scatters by 3 % of the standard error), and our ends are widened by t for 2,000 items:
    # 0.1 %.
    rng = np.random.default_rng(8)
    truth = rng.integers(0, 3, 2000)
    a = np.where(rng.random(2000) < 0.8, truth, rng.integers(0, 3, 2000)).astype(float)
    b = np.where(rng.random(2000) < 0.8, truth, rng.integers(0, 3, 2000)).astype(float)

    def pearson(x: Any, y: Any, axis: int = -1) -> Any:
        x, y = x - x.mean(axis, keepdims=True), y - y.mean(axis, keepdims=True)
        return (x * y).sum(axis) / np.sqrt((x * x).sum(axis) * (y * y).sum(axis))

    expected = stats.bootstrap((a, b), pearson, paired=True, vectorized=True, n_resamples=20_000, rng=1, batch=500)
    found = ag.pearson(a, b, ci="bootstrap", resamples=20_000, rng=2)
    ends = tuple(expected.confidence_interval)
    assert (found.low, found.high) == pytest.approx(ends, abs=0.2 * float(expected.standard_error))
