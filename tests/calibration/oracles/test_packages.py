"""Two packages that others wrote give the same numbers as ours, to 1e-9. They are in the extra `oracle`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

from judgekit.calibration import agreement as ag
from judgekit.calibration.classification import accuracy, f1, per_class, precision, recall, sensitivity, specificity
from judgekit.calibration.classification_macro import balanced_accuracy, macro_average, matthews_correlation
from judgekit.calibration.error import mean_absolute_error, mean_bias, root_mean_squared_error
from judgekit.calibration.estimate import mean_estimate
from judgekit.calibration.mapping_reliability import brier_score
from judgekit.calibration.paired_tests import benjamini_hochberg, holm, mcnemar_test, mean_test
from judgekit.calibration.planning_power import power_for_difference
from judgekit.calibration.systems import system_kendall_tau
from tests.calibration.oracles.written_out import tables

pytestmark = pytest.mark.slow  # these packages alone take seconds to load; the same numbers stand by hand elsewhere

CLOSE = 1e-9
WHY = "needs the extra oracle"


def package(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their own imports warn
        return pytest.importorskip(name, reason=WHY)


def same(found: float, *expected: float) -> None:
    for other in expected:
        assert found == pytest.approx(other, abs=CLOSE)


@pytest.fixture(scope="module")
def metrics() -> Any:
    return package("sklearn.metrics")


@pytest.fixture(scope="module")
def inter_rater() -> Any:
    return package("statsmodels.stats.inter_rater")


def panel(seed: int, raters: int = 4, q: int = 4) -> Any:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, q, 50)
    return np.where(rng.random((50, raters)) < 0.6, truth[:, None], rng.integers(0, q, (50, raters))).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_agreement_of_raters(metrics: Any, inter_rater: Any, seed: int) -> None:
    x = panel(seed)
    counts = np.stack([(x == k).sum(axis=1) for k in range(4)], axis=1)
    same(ag.fleiss_kappa(x, ci=None).value, inter_rater.fleiss_kappa(counts))
    same(ag.brennan_prediger(x, categories=range(4), ci=None).value, inter_rater.fleiss_kappa(counts, "randolph"))
    a, b = x[:, 0], x[:, 1]
    two = np.stack([(x[:, :2] == k).sum(axis=1) for k in range(4)], axis=1)
    same(ag.scott_pi(a, b, ci=None).value, inter_rater.fleiss_kappa(two))
    same(ag.percent_agreement(x[:, :2], ci=None).value, metrics.accuracy_score(a, b))
    table = metrics.confusion_matrix(a, b)
    same(ag.cohen_kappa(a, b, ci=None).value, metrics.cohen_kappa_score(a, b), inter_rater.cohens_kappa(table).kappa)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_of_two_raters_is_pi_with_its_small_sample_correction(inter_rater: Any, seed: int) -> None:
    # 1 - alpha = (1 - pi) (2n - 1) / 2n.
    krippendorff = package("krippendorff")
    x = panel(seed, raters=2)
    pi = inter_rater.fleiss_kappa(np.stack([(x == k).sum(axis=1) for k in range(4)], axis=1))
    found = ag.krippendorff_alpha(x, ci=None).value
    same(found, 1 - (1 - pi) * (2 * len(x) - 1) / (2 * len(x)))
    same(found, krippendorff.alpha(x.T, level_of_measurement="nominal"))


@pytest.mark.parametrize("seed", range(5))
def test_intraclass_correlations_are_those_of_an_analysis_of_variance(seed: int) -> None:
    package("statsmodels.api")
    formula, anova = package("statsmodels.formula.api"), package("statsmodels.stats.anova")
    pandas = package("pandas")
    x = panel(seed, q=5)
    n, k = x.shape
    frame = pandas.DataFrame({"item": np.repeat(range(n), k), "rater": np.tile(range(k), n), "x": x.ravel()})
    two = anova.anova_lm(formula.ols("x ~ C(item) + C(rater)", frame).fit())["mean_sq"].to_numpy()
    one = anova.anova_lm(formula.ols("x ~ C(item)", frame).fit())["mean_sq"].to_numpy()
    r, c, e, w = two[0], two[1], two[2], one[1]
    expected = {
        "1,1": (r - w) / (r + (k - 1) * w),
        "2,1": (r - e) / (r + (k - 1) * e + k * (c - e) / n),
        "3,1": (r - e) / (r + (k - 1) * e),
        "1,k": (r - w) / r,
        "2,k": (r - e) / (r + (c - e) / n),
        "3,k": (r - e) / r,
    }
    for form, value in expected.items():
        same(ag.intraclass_correlation(x, form=form, ci=None).value, float(value))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_correlations(seed: int) -> None:
    pandas = package("pandas")
    x = panel(seed)
    a, b = x[:, 0], x[:, 1]
    first, second = pandas.Series(a), pandas.Series(b)
    for ours, method, theirs in (
        (ag.pearson, "pearson", stats.pearsonr),
        (ag.spearman, "spearman", stats.spearmanr),
        (ag.kendall_tau, "kendall", stats.kendalltau),
    ):
        same(ours(a, b, ci=None).value, first.corr(second, method=method), theirs(a, b)[0])


def test_classification(metrics: Any) -> None:
    multiclass = package("sklearn.metrics")
    for y, f, k in tables(3, 12):
        same(accuracy(y, f).value, metrics.accuracy_score(y, f), float(np.mean(np.array(y) == f)))
        same(balanced_accuracy(y, f).value, metrics.balanced_accuracy_score(y, f))
        same(balanced_accuracy(y, f).value, metrics.recall_score(y, f, average="macro"))
        same(matthews_correlation(y, f).value, metrics.matthews_corrcoef(y, f))
        same(macro_average(y, f).value, metrics.f1_score(y, f, average="macro"))
        p, r, one, _ = multiclass.precision_recall_fscore_support(y, f)
        for place, found in enumerate(per_class(y, f)):
            same(found.precision.value, p[place])
            same(found.recall.value, r[place])
            same(found.f1.value, one[place])
        if k == 2:
            both = metrics.confusion_matrix(y, f)
            same(sensitivity(y, f).value, both[1, 1] / both[1].sum(), metrics.recall_score(y, f))
            same(recall(y, f).value, metrics.recall_score(y, f))
            same(specificity(y, f).value, both[0, 0] / both[0].sum(), metrics.recall_score(y, f, pos_label=0))
            same(precision(y, f).value, both[1, 1] / both[:, 1].sum(), metrics.precision_score(y, f))
            same(f1(y, f).value, metrics.f1_score(y, f))
            # For two categories Matthews' correlation is Pearson's, of 0 and 1.
            same(matthews_correlation(y, f).value, stats.pearsonr(y, f)[0])


@pytest.mark.parametrize(("k", "n"), [(0, 12), (12, 12), (19, 30), (1, 200), (499, 1000)])
def test_wilson_intervals(k: int, n: int) -> None:
    proportion = package("statsmodels.stats.proportion")
    y, f = [1] * n, [1] * k + [0] * (n - k)
    e = accuracy(y, f, categories=[0, 1])
    low, high = proportion.proportion_confint(k, n, method="wilson")
    exact = stats.binomtest(k, n).proportion_ci(method="wilson")
    same(e.low, low, exact.low)
    same(e.high, high, exact.high)


def test_errors(metrics: Any) -> None:
    measures = package("statsmodels.tools.eval_measures")
    rng = np.random.default_rng(5)
    y, f = rng.normal(size=60), rng.normal(size=60)
    same(mean_absolute_error(y, f).value, metrics.mean_absolute_error(y, f), measures.meanabs(y, f))
    same(root_mean_squared_error(y, f).value, metrics.root_mean_squared_error(y, f), measures.rmse(y, f))
    same(mean_bias(y, f).value, measures.bias(f, y), float(np.mean(f) - np.mean(y)))


def test_brier(metrics: Any) -> None:
    rng = np.random.default_rng(6)
    p, y = rng.random(80), rng.integers(0, 2, 80)
    same(brier_score(p, y).score.value, metrics.brier_score_loss(y, p), metrics.mean_squared_error(y, p))


def test_the_error_of_a_clustered_mean_is_the_sandwich() -> None:
    api = package("statsmodels.api")
    rng = np.random.default_rng(7)
    q = rng.integers(0, 25, 120)
    x = np.clip(0.5 + 0.1 * rng.normal(size=25)[q] + 0.1 * rng.normal(size=120), 0, 1)
    e = mean_estimate(x, q)
    how: dict[str, Any] = {"groups": q, "use_correction": True}  # G/(G-1) (n-1)/(n-k), with k = 1
    fitted = api.OLS(x, np.ones(120)).fit(cov_type="cluster", cov_kwds=how, use_t=True)
    low, high = fitted.conf_int()[0]
    same(e.value, float(fitted.params[0]))
    same(e.low, low)
    same(e.high, high)
    same(mean_test(x - 0.48, clusters=q), float(fitted.t_test("const = 0.48").pvalue))


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (3, 9), (20, 20), (1, 30)])
def test_mcnemar(gained: int, lost: int) -> None:
    contingency = package("statsmodels.stats.contingency_tables")
    before, after = [0] * gained + [1] * lost + [1] * 15, [1] * gained + [0] * lost + [1] * 15
    expected = contingency.mcnemar([[15, lost], [gained, 0]], exact=True).pvalue if gained + lost else 1.0
    same(mcnemar_test(before, after), float(expected))


def test_corrections_for_several_tests() -> None:
    multipletests = package("statsmodels.stats.multitest").multipletests
    rng = np.random.default_rng(8)
    for k in (1, 2, 10, 40):
        p = rng.random(k) ** 3
        assert holm(p).tolist() == pytest.approx(multipletests(p, method="holm")[1].tolist(), abs=CLOSE)
        expected = multipletests(p, method="fdr_bh")[1].tolist()
        assert benjamini_hochberg(p).tolist() == pytest.approx(expected, abs=CLOSE)
        assert stats.false_discovery_control(p).tolist() == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize(("d", "n"), [(0.1, 200), (0.05, 100), (0.3, 20), (0.2, 60)])
def test_power(d: float, n: int) -> None:
    power = package("statsmodels.stats.power")
    # Scores with sd 0.5 that correlate by 0.5 have differences with sd 0.5.
    expected = power.TTestPower().power(effect_size=d / 0.5, nobs=n, alpha=0.05)
    t = stats.t.ppf(0.975, n - 1)
    shift = d / 0.5 * np.sqrt(n)
    found = power_for_difference(d, n)
    same(found, float(stats.nct.sf(t, n - 1, shift) + stats.nct.cdf(-t, n - 1, shift)))
    assert found == pytest.approx(float(expected), abs=1e-7)  # theirs leaves out digits of the noncentral t


def test_the_order_of_systems() -> None:
    pandas = package("pandas")
    rng = np.random.default_rng(9)
    h, f = rng.integers(1, 6, (30, 8)).astype(float), rng.integers(1, 6, (30, 8)).astype(float)
    found = system_kendall_tau(h, f, resamples=100).value
    means = pandas.DataFrame({"h": h.mean(axis=0), "f": f.mean(axis=0)})
    same(found, stats.kendalltau(means["h"], means["f"])[0], means.corr(method="kendall").loc["h", "f"])
