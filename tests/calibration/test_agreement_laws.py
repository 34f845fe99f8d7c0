"""What holds for any ratings: invariance, bounds, symmetry, limits, and the definitions by brute force."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from judgekit.calibration import agreement as ag
from judgekit.calibration.estimate import Estimate

Ratings = NDArray[np.float64]
SCALE = [1, 2, 3, 4]

PANELS: dict[str, Callable[..., Estimate]] = {
    "percent_agreement": ag.percent_agreement,
    "fleiss_kappa": ag.fleiss_kappa,
    "conger_kappa": ag.conger_kappa,
    "brennan_prediger": ag.brennan_prediger,
    "gwet_ac": ag.gwet_ac,
    "krippendorff_alpha": ag.krippendorff_alpha,
}
PAIRS: dict[str, Callable[..., Estimate]] = {
    "cohen_kappa": ag.cohen_kappa,
    "scott_pi": ag.scott_pi,
    "concordance_correlation": ag.concordance_correlation,
    "bias_correction": ag.bias_correction,
    "pearson": ag.pearson,
    "spearman": ag.spearman,
    "kendall_tau": ag.kendall_tau,
}
few = settings(max_examples=30)  # for each of six or seven functions
each_panel = pytest.mark.parametrize("function", PANELS.values(), ids=PANELS)
each_pair = pytest.mark.parametrize("function", PAIRS.values(), ids=PAIRS)


@st.composite
def panels(draw: st.DrawFn, missing: bool = True) -> Ratings:
    items, raters = draw(st.integers(2, 25)), draw(st.integers(2, 5))
    one = st.sampled_from([1.0, 2.0, 3.0, 4.0, *([math.nan] if missing else [])])
    return np.array(draw(st.lists(one, min_size=items * raters, max_size=items * raters))).reshape(items, raters)


@st.composite
def pairs(draw: st.DrawFn) -> Ratings:
    items = draw(st.integers(3, 30))
    one = st.sampled_from([1.0, 2.0, 3.0, 4.0])
    return np.array(draw(st.lists(one, min_size=items * 2, max_size=items * 2))).reshape(items, 2)


def same(left: Estimate, right: Estimate) -> None:
    for a, b in ((left.value, right.value), (left.low, right.low), (left.high, right.high)):
        assert a == pytest.approx(b, abs=1e-9, nan_ok=True)
    assert (left.n, left.undefined) == (right.n, right.undefined)


def held(e: Estimate, floor: float) -> None:
    if e.undefined is None:
        assert floor - 1e-12 <= e.low <= e.value + 1e-12
        assert e.value <= e.high + 1e-12 and e.high <= 1.0 + 1e-12
    elif not math.isnan(e.value):
        assert floor - 1e-12 <= e.value <= 1.0 + 1e-12
        assert math.isnan(e.low) and math.isnan(e.high)


@each_panel
@few
@given(x=panels(), seed=st.integers(0, 99))
def test_the_order_of_items_and_of_raters_does_not_matter(
    function: Callable[..., Estimate], x: Ratings, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(rng.permutation(x, axis=0), axis=1)
    same(function(x, categories=SCALE), function(shuffled, categories=SCALE))


@each_panel
@few
@given(x=panels(), names=st.permutations(["bad", "fair", "good", "best"]))
def test_the_names_of_nominal_labels_do_not_matter(
    function: Callable[..., Estimate], x: Ratings, names: list[str]
) -> None:
    words = [[None if math.isnan(one) else names[int(one) - 1] for one in row] for row in x]
    same(function(x, categories=SCALE), function(words, categories=["bad", "best", "fair", "good"]))


@each_panel
@few
@given(x=panels(), ci=st.sampled_from(["analytic", "jackknife", "wald", "bootstrap"]))
def test_values_and_intervals_stay_in_their_range(function: Callable[..., Estimate], x: Ratings, ci: str) -> None:
    e = function(x, categories=SCALE, ci=ci, resamples=100)
    # With missing ratings the shares may come from other items than the pairs: a coefficient may then lie below -1.
    floor = 0.0 if function is ag.percent_agreement else -math.inf if np.isnan(x).any() else -1.0
    if ci == "bootstrap":  # a bootstrap interval may leave the value out
        assert e.undefined or floor - 1e-12 <= e.low <= e.high <= 1.0 + 1e-12
    else:
        held(e, floor)


@each_pair
@few
@given(x=pairs(), ci=st.sampled_from(["analytic", "jackknife", "wald"]))
def test_values_and_intervals_of_pairs_stay_in_their_range(
    function: Callable[..., Estimate], x: Ratings, ci: str
) -> None:
    held(function(x[:, 0], x[:, 1], ci=ci), 0.0 if function is ag.bias_correction else -1.0)


@each_pair
@few
@given(x=pairs())
def test_two_raters_may_change_places(function: Callable[..., Estimate], x: Ratings) -> None:
    left, right = function(x[:, 0], x[:, 1]), function(x[:, 1], x[:, 0])
    for a, b in ((left.value, right.value), (left.low, right.low), (left.high, right.high)):
        assert a == pytest.approx(b, abs=1e-9, nan_ok=True)


@each_panel
@few
@given(x=panels())
def test_items_that_nobody_rated_change_nothing_but_the_note(function: Callable[..., Estimate], x: Ratings) -> None:
    more = np.vstack([x, np.full((2, x.shape[1]), math.nan)])
    same(function(x, categories=SCALE), function(more, categories=SCALE))
    assert "left out" in function(more, categories=SCALE).note


@each_panel
@few
@given(x=panels(), ci=st.sampled_from(["wald", "jackknife"]))
def test_clusters_of_one_item_are_items(function: Callable[..., Estimate], x: Ratings, ci: str) -> None:
    single = np.arange(len(x))[::-1]
    same(function(x, categories=SCALE, ci=ci), function(x, categories=SCALE, ci=ci, clusters=single))


@pytest.mark.parametrize("function", [f for f in PANELS.values() if f is not ag.krippendorff_alpha])
@few
@given(x=panels(missing=False))
def test_items_given_twice_as_one_cluster_count_once(function: Callable[..., Estimate], x: Ratings) -> None:
    # Not so alpha: its N - 1 sees twice the ratings.
    twice = function(np.repeat(x, 2, axis=0), categories=SCALE, clusters=np.repeat(np.arange(len(x)), 2), ci="wald")
    once = function(x, categories=SCALE, ci="wald")
    for a, b in ((twice.value, once.value), (twice.low, once.low), (twice.high, once.high)):
        assert a == pytest.approx(b, abs=1e-9, nan_ok=True)


@given(pairs())
def test_two_raters_of_a_panel_are_a_pair(x: Ratings) -> None:
    same(ag.scott_pi(x[:, 0], x[:, 1]), ag.fleiss_kappa(x))
    kappa, conger = ag.cohen_kappa(x[:, 0], x[:, 1]), ag.conger_kappa(x)
    assert kappa.value == pytest.approx(conger.value, abs=1e-9, nan_ok=True)


@given(pairs())
def test_alpha_is_pi_with_a_correction_that_vanishes(x: Ratings) -> None:
    pi, alpha = ag.scott_pi(x[:, 0], x[:, 1], ci=None).value, ag.krippendorff_alpha(x, ci=None).value
    assert alpha == pytest.approx(pi + (1 - pi) / (2 * len(x)), abs=1e-9, nan_ok=True)
    many = ag.krippendorff_alpha(np.tile(x, (3000, 1)), ci=None).value
    assert many == pytest.approx(pi, abs=2e-4, nan_ok=True)


@given(pairs())
def test_concordance_of_whole_grades_is_quadratic_kappa(x: Ratings) -> None:
    kappa = ag.cohen_kappa(x[:, 0], x[:, 1], weights="quadratic", categories=SCALE, ci=None).value
    ccc = ag.concordance_correlation(x[:, 0], x[:, 1], ci=None).value
    assert ccc == pytest.approx(kappa, abs=1e-9, nan_ok=True)
    parts = [f(x[:, 0], x[:, 1], ci=None).value for f in (ag.pearson, ag.bias_correction)]
    assert math.isnan(parts[0]) or ccc == pytest.approx(parts[0] * parts[1], abs=1e-9)


@given(pairs(), st.sampled_from([ag.spearman, ag.kendall_tau]))
def test_ranks_see_order_alone(x: Ratings, function: Callable[..., Estimate]) -> None:
    same(function(x[:, 0], x[:, 1]), function(np.exp(x[:, 0]), x[:, 1] ** 3))
    mirrored = function(x[:, 0], -x[:, 1])
    assert mirrored.value == pytest.approx(-function(x[:, 0], x[:, 1]).value, abs=1e-9, nan_ok=True)


@few
@given(panels(), st.floats(-100, 100), st.floats(0.01, 100))
def test_interval_scales_have_no_zero_and_no_unit(x: Ratings, shift: float, factor: float) -> None:
    moved = shift + factor * x
    for left, right in (
        (ag.krippendorff_alpha(x, metric="interval"), ag.krippendorff_alpha(moved, metric="interval")),
        (ag.krippendorff_alpha(x, metric="ordinal"), ag.krippendorff_alpha(moved, metric="ordinal")),
        (ag.krippendorff_alpha(x, metric="ratio"), ag.krippendorff_alpha(factor * x, metric="ratio")),
        (ag.intraclass_correlation(x), ag.intraclass_correlation(moved)),
    ):
        assert left.value == pytest.approx(right.value, abs=1e-6, nan_ok=True)


@few
@given(panels(missing=False), st.permutations(range(5)))
def test_intraclass_correlations_know_no_order(x: Ratings, order: list[int]) -> None:
    shuffled = x[:, [i for i in order if i < x.shape[1]]]
    for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k"):
        same(ag.intraclass_correlation(x, form=form), ag.intraclass_correlation(shuffled, form=form))


def weights_of(kind: str | None, k: int, m: int, q: int) -> float:
    far = abs(k - m)
    return {
        None: float(k == m),
        "linear": 1 - far / (q - 1),
        "quadratic": 1 - far**2 / (q - 1) ** 2,
        "ordinal": 1 - math.comb(far + 1, 2) / math.comb(q, 2),
    }[kind]


@given(panels(), st.sampled_from([None, "linear", "quadratic", "ordinal"]))
def test_chance_corrected_coefficients_by_their_definition(x: Ratings, kind: Any) -> None:
    q = len(SCALE)
    w = [[weights_of(kind, k, m, q) for m in range(q)] for k in range(q)]
    rows = [[int(one) - 1 for one in row if not math.isnan(one)] for row in x]
    agreeing = [np.mean([w[a][b] for a, b in permutations(row, 2)]) for row in rows if len(row) > 1]
    assume(agreeing)
    p_a = float(np.mean(agreeing))
    shares = np.mean([np.bincount(row, minlength=q) / len(row) for row in rows if row], axis=0)
    raters = [[int(one) - 1 for one in column if not math.isnan(one)] for column in x.T]
    own = [np.bincount(one, minlength=q) / len(one) for one in raters if one]
    expected = {
        ag.percent_agreement: 0.0,
        ag.fleiss_kappa: float(shares @ w @ shares),
        ag.gwet_ac: float(np.sum(w)) / (q * (q - 1)) * float((shares * (1 - shares)).sum()),
        ag.brennan_prediger: float(np.sum(w)) / q**2,
        ag.conger_kappa: float(np.mean([g @ w @ h for g, h in permutations(own, 2)])),
    }
    for function, p_e in expected.items():
        e = function(x, categories=SCALE, weights=kind, ci=None)
        if 1 - p_e > 1e-9:
            assert e.value == pytest.approx((p_a - p_e) / (1 - p_e), abs=1e-9)
        else:
            assert math.isnan(e.value) and "0/0" in str(e.undefined)


@given(panels(), st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_by_its_definition(x: Ratings, metric: Any) -> None:
    rows = [[one for one in row if not math.isnan(one)] for row in x]
    rows = [row for row in rows if len(row) > 1]
    values = sorted({one for row in rows for one in row})
    often = {c: sum(row.count(c) for row in rows) for c in values}

    def apart(c: float, k: float) -> float:
        between = sum(often[g] for g in values if min(c, k) <= g <= max(c, k)) - (often[c] + often[k]) / 2
        far = {"nominal": float(c != k), "ordinal": between, "interval": c - k, "ratio": (c - k) / (c + k)}
        return float(far[metric] ** 2)

    observed = sum(apart(c, k) / (len(row) - 1) for row in rows for c, k in permutations(row, 2))
    expected = sum(often[c] * often[k] * apart(c, k) for c in values for k in values)
    e = ag.krippendorff_alpha(x, metric=metric, ci=None)
    if expected:
        assert e.value == pytest.approx(1 - (sum(often.values()) - 1) * observed / expected, abs=1e-9)
    else:
        assert math.isnan(e.value)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40))
def test_errors_of_rank_correlations_are_their_derivatives(cells: list[tuple[int, int]]) -> None:
    # The influence of an item is n/(n-1) times what leaving it out changes, to first order in 1/n: with every item
    # given 400 times, delta method and jackknife agree.
    x = np.repeat(np.array(cells, dtype=float), 400, axis=0)
    assume(min(np.ptp(x[:, 0]), np.ptp(x[:, 1])) > 0)
    for function in (ag.spearman, ag.kendall_tau):
        delta, left = (function(x[:, 0], x[:, 1], ci=ci) for ci in ("analytic", "jackknife"))
        if delta.undefined is None and left.undefined is None:
            assert (delta.low, delta.high) == pytest.approx((left.low, left.high), abs=2e-3)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=60))
def test_tau_of_many_pairs_by_counting(cells: list[tuple[int, int]]) -> None:
    x = np.array(cells, dtype=float)
    assume(min(np.ptp(x[:, 0]), np.ptp(x[:, 1])) > 0)
    signs = [np.sign(np.subtract.outer(one, one)) for one in x.T]
    tau = (signs[0] * signs[1]).sum() / math.sqrt((signs[0] ** 2).sum() * (signs[1] ** 2).sum())
    assert ag.kendall_tau(x[:, 0], x[:, 1], ci=None).value == pytest.approx(tau, abs=1e-12)
