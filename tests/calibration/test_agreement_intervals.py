"""The ways to an interval agree where all of them are good, and each says how it was made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.estimate import Estimate

ITEMS, EACH = 400, 8


def grades(seed: int) -> Any:
    """400 items in 50 questions, two raters, five grades; the items of a question are alike."""
    rng = np.random.default_rng(seed)
    quality = np.repeat(rng.normal(size=ITEMS // EACH), EACH) + rng.normal(size=ITEMS)
    seen = quality[:, None] + rng.normal(size=(ITEMS, 2))
    return np.searchsorted([-1.5, -0.5, 0.5, 1.5], seen).astype(float)


FUNCTIONS: dict[str, Callable[..., Estimate]] = {
    "percent_agreement": ag.percent_agreement,
    "cohen_kappa": lambda x, **how: ag.cohen_kappa(x[:, 0], x[:, 1], weights="linear", **how),
    "scott_pi": lambda x, **how: ag.scott_pi(x[:, 0], x[:, 1], **how),
    "fleiss_kappa": ag.fleiss_kappa,
    "conger_kappa": ag.conger_kappa,
    "brennan_prediger": ag.brennan_prediger,
    "gwet_ac": ag.gwet_ac,
    "alpha, nominal": ag.krippendorff_alpha,
    "alpha, ordinal": lambda x, **how: ag.krippendorff_alpha(x, metric="ordinal", **how),
    "alpha, interval": lambda x, **how: ag.krippendorff_alpha(x, metric="interval", **how),
    "alpha, ratio": lambda x, **how: ag.krippendorff_alpha(x, metric="ratio", **how),
    "icc 1": lambda x, **how: ag.intraclass_correlation(x, form="1,1", **how),
    "icc k": lambda x, **how: ag.intraclass_correlation(x, form="3,k", **how),
    "concordance": lambda x, **how: ag.concordance_correlation(x[:, 0], x[:, 1], **how),
    "pearson": lambda x, **how: ag.pearson(x[:, 0], x[:, 1], **how),
    "spearman": lambda x, **how: ag.spearman(x[:, 0], x[:, 1], **how),
    "tau-b": lambda x, **how: ag.kendall_tau(x[:, 0], x[:, 1], **how),
    "tau-c": lambda x, **how: ag.kendall_tau(x[:, 0], x[:, 1], variant="c", **how),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("clustered", [False, True], ids=["items", "clusters"])
def test_all_ways_agree_with_many_units(function: Callable[..., Estimate], clustered: bool) -> None:
    x = grades(2)
    clusters = (
        np.array([f"q{i}" for i in np.repeat(np.arange(ITEMS // EACH), EACH)], dtype=object) if clustered else None
    )
    found = {
        ci: function(x, ci=ci, clusters=clusters, resamples=4000)
        for ci in ("analytic", "jackknife", "bootstrap", "wald")
    }
    width = found["jackknife"].high - found["jackknife"].low
    for ci, e in found.items():
        # The shapes differ by a share of 1/√n of the width; the F interval assumes normal ratings, which five grades
        # are not.
        loose = 0.3 if ci == "analytic" and e.method.startswith("F") else 0.15
        assert (e.low, e.high) == pytest.approx((found["jackknife"].low, found["jackknife"].high), abs=loose * width), (
            ci
        )
        assert e.value == found["jackknife"].value
        assert (e.n, e.n_clusters, e.undefined) == (ITEMS, ITEMS // EACH if clustered else ITEMS, None)
        unit = "50 clusters" if clustered else "400 items"
        assert unit in e.method or e.method.startswith("F, df")


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_higher_level_is_a_longer_interval(function: Callable[..., Estimate]) -> None:
    x = grades(3)
    ends = [function(x, level=level) for level in (0.5, 0.8, 0.95, 0.999)]
    assert all(a.low > b.low and a.high < b.high for a, b in pairwise(ends))
    assert [e.level for e in ends] == [0.5, 0.8, 0.95, 0.999]
    assert all(e.low < e.value < e.high for e in ends)


def test_no_interval_on_request() -> None:
    e = ag.fleiss_kappa(grades(4), ci=None)
    assert (e.method, e.undefined, np.isnan(e.low), np.isnan(e.high)) == ("no interval was asked for", None, True, True)
    assert e.value == ag.fleiss_kappa(grades(4)).value


def test_methods_are_spelled_out() -> None:
    x = grades(5)
    clusters = np.repeat(np.arange(50), EACH)
    assert ag.fleiss_kappa(x).method == "Wilson's interval, delta method over 400 items, Student t, df 399"
    assert ag.spearman(x[:, 0], x[:, 1], ci="jackknife").method == (
        "Fisher's z, jackknife of 400 items, Student t, df 399"
    )
    assert ag.gwet_ac(x, ci="bootstrap", resamples=500, rng=7).method == (
        "BCa bootstrap of 400 items, 500 resamples, seed 7"
    )
    clustered = ag.fleiss_kappa(x, clusters=clusters).method
    assert clustered.startswith("Wilson's interval, jackknife of 50 clusters, Student t, df 49, design effect ")
    effect = float(clustered.rpartition(" ")[2])
    # Var over clusters against Var over items, both by the delta method: the ratio of the squared widths at equal t.
    wald = [ag.fleiss_kappa(x, clusters=c, ci="wald", level=0.95) for c in (clusters, None)]
    t = (2.009575, 1.965927)  # t(49, .975), t(399, .975), tables
    se = [(e.high - e.low) / 2 / q for e, q in zip(wald, t, strict=True)]
    assert effect == pytest.approx((se[0] / se[1]) ** 2, abs=0.006)
