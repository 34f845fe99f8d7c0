"""Numbers that textbooks, papers and reference implementations print, and small ones by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.estimate import Estimate

_ = math.nan

# Gwet (2014), tables 2.7 and 3.9 without the subject that one rater rated alone. The numbers are irrCAC 0.4.4 (pandas
# 2.3, scipy 1.12), run once: with every item rated twice, its variance is ours.
FOUR_RATERS = [
    [1, 1, _, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
    [2, 2, 2, 2], [_, 5, 5, 5], [_, _, 1, 1],
]  # fmt: skip
FIVE_OBSERVERS = [
    [1, 1, 2, _, 2], [1, 1, 0, 1, _], [2, 3, 3, 3, _], [_, 0, 0, _, 0], [0, 0, 0, _, 0], [0, 0, 0, _, 0],
    [1, 0, 2, _, 1], [1, _, 2, 0, _], [2, 2, 2, _, 2], [2, 1, 1, 1, _], [_, 1, 0, 0, _], [0, 0, 0, 0, _],
    [1, 2, 2, 2, _], [3, 3, 2, 2, 3], [1, 1, 1, _, 1],
]  # fmt: skip
GENDER = [
    [*row] for row in ("aaac", "aabc", "aabc", "aacc", "abaa", "baaa", "bbbb", "bcbb", "cccc", "aaac", "aabc", "aabc")
]
GENDER += [[*row] for row in ("aacc", "abaa", "baaa")]

IRRCAC = [
    # data, weights, (value, low, high) of AC1 or AC2, Fleiss, Conger, Brennan-Prediger
    (FOUR_RATERS, None, (0.77515, 0.49603, 1), (0.76248, 0.46071, 1), (0.76245, 0.46496, 1), (0.77273, 0.48964, 1)),
    (FOUR_RATERS, "linear", (0.85769, 0.6561, 1), (0.82409, 0.55387, 1), (0.81489, 0.53743, 1), (0.84848, 0.6331, 1)),
    (FOUR_RATERS, "quadratic", (0.9128, 0.76305, 1), (0.87423, 0.63049, 1), (0.85991, 0.59584, 1),
     (0.90152, 0.73437, 1)),
    (FOUR_RATERS, "ordinal", (0.89771, 0.73451, 1), (0.85891, 0.60661, 1), (0.8456, 0.5773, 1), (0.88636, 0.70623, 1)),
    (FIVE_OBSERVERS, None, (0.49662, 0.23502, 0.75823), (0.45762, 0.19928, 0.71596), (0.46927, 0.21906, 0.71949),
     (0.48741, 0.22812, 0.74669)),
    (FIVE_OBSERVERS, "linear", (0.68964, 0.50156, 0.87772), (0.61185, 0.37648, 0.84722), (0.62405, 0.39698, 0.85112),
     (0.66578, 0.48202, 0.84954)),
    (FIVE_OBSERVERS, "quadratic", (0.83043, 0.70551, 0.95536), (0.75072, 0.54199, 0.95945), (0.76179, 0.56338, 0.96019),
     (0.80622, 0.68055, 0.9319)),
    (FIVE_OBSERVERS, "ordinal", (0.78534, 0.63909, 0.93159), (0.70122, 0.48037, 0.92207), (0.71312, 0.50188, 0.92436),
     (0.75941, 0.61525, 0.90357)),
    (GENDER, None, (0.20808, 0.01356, 0.40261), (0.12889, -0.17246, 0.43023), (0.16572, -0.09424, 0.42568),
     (0.18333, -0.03536, 0.40203)),
    (GENDER, "quadratic", (0.14815, -0.18547, 0.48176), (0.07071, -0.29605, 0.43746), (0.12835, -0.1629, 0.4196),
     (0.04167, -0.34962, 0.43296)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "weights", "ac", "fleiss", "conger", "bp"), IRRCAC)
def test_values_and_wald_intervals_of_irrcac(
    data: list[list[Any]], weights: str | None, ac: Any, fleiss: Any, conger: Any, bp: Any
) -> None:
    scale: list[Any] = [1, 2, 3, 4, 5] if data is FOUR_RATERS else [0, 1, 2, 3] if data is FIVE_OBSERVERS else [*"abc"]
    for function, expected in (
        (ag.gwet_ac, ac),
        (ag.fleiss_kappa, fleiss),
        (ag.conger_kappa, conger),
        (ag.brennan_prediger, bp),
    ):
        e = function(data, categories=scale, weights=weights, ci="wald")
        assert (e.value, e.low, e.high) == pytest.approx(expected, abs=6e-6)  # printed to five digits
        assert e.n == len(data)


def test_a_subject_that_one_rater_rated_counts_for_the_shares() -> None:
    # Gwet (2014) prints these for his twelve subjects: AC1 0.77544, Fleiss 0.76117, Conger 0.76282, BP 0.77273, p_a
    # 0.81818.
    twelve = [*FOUR_RATERS, [_, _, 3, _]]
    scale = [1, 2, 3, 4, 5]
    e = ag.gwet_ac(twelve, categories=scale)
    assert e.value == pytest.approx(0.77544, abs=6e-6)
    assert (e.n, e.n_clusters, e.note) == (11, 12, "1 item with one rating for the shares alone")
    assert ag.fleiss_kappa(twelve).value == pytest.approx(0.76117, abs=6e-6)
    assert ag.conger_kappa(twelve).value == pytest.approx(0.76282, abs=6e-6)
    assert ag.brennan_prediger(twelve, categories=scale).value == pytest.approx(0.77273, abs=6e-6)
    assert ag.percent_agreement(twelve).value == pytest.approx(0.81818, abs=6e-6)
    # Gwet's own error is 0.14295: he counts 11 of 12 as fixed. The jackknife and we do not.
    assert ag.gwet_ac(twelve, categories=scale, ci="wald").low > 0.77544 - 2.201 * 0.14295 + 0.03


FOUR_BY_TWELVE = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]


@pytest.mark.parametrize(
    ("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorff_2011_four_observers(metric: Any, alpha: float) -> None:
    # Krippendorff (2011), section C and D: reliability data in canonical form, 12 units, 41 ratings of which 40 pair.
    e = ag.krippendorff_alpha(np.transpose(FOUR_BY_TWELVE), metric=metric)
    assert e.value == pytest.approx(alpha, abs=6e-4)
    assert (e.n, e.name) == (11, f"Krippendorff's alpha ({metric})")


# Shrout and Fleiss (1979), table 2; the estimates table 4; the intervals as R's psych::ICC prints them for the same
# data.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize(
    ("form", "icc", "low", "high"),
    [
        ("1,1", 0.17, -0.13, 0.72),
        ("2,1", 0.29, 0.02, 0.76),
        ("3,1", 0.71, 0.34, 0.95),
        ("1,k", 0.44, -0.88, 0.91),
        ("2,k", 0.62, 0.07, 0.93),
        ("3,k", 0.91, 0.68, 0.99),
    ],
)
def test_shrout_and_fleiss(form: Any, icc: float, low: float, high: float) -> None:
    e = ag.intraclass_correlation(JUDGES, form=form)
    assert (e.value, e.low, e.high) == pytest.approx((icc, low, high), abs=0.0051)
    assert e.method.startswith("F, df 5 and ")


def pairs(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Two raters whose answers make this table."""
    cells = [(k, m) for k, row in enumerate(table) for m, n in enumerate(row) for _ in range(n)]
    return [k for k, _ in cells], [m for _, m in cells]


def test_feinstein_and_cicchetti_paradox() -> None:
    balanced, skewed = pairs([[40, 9], [6, 45]]), pairs([[80, 10], [5, 5]])
    # Both agree in 85 of 100. Balanced: p_e = .49·.46 + .51·.54 = .5008; skewed: .9·.85 + .1·.15 = .78.
    assert ag.cohen_kappa(*balanced).value == pytest.approx((0.85 - 0.5008) / 0.4992)
    assert ag.cohen_kappa(*skewed).value == pytest.approx(0.07 / 0.22)
    # AC1: π = (.475, .525), p_e = 2·.475·.525; π = (.875, .125), p_e = .21875
    assert ag.gwet_ac(np.transpose(balanced)).value == pytest.approx((0.85 - 0.49875) / 0.50125)
    assert ag.gwet_ac(np.transpose(skewed)).value == pytest.approx((0.85 - 0.21875) / 0.78125)
    # PABAK = 2·.85 - 1
    assert ag.brennan_prediger(np.transpose(skewed)).value == pytest.approx(0.7)


def test_fleiss_cohen_and_everitt_error_by_hand() -> None:
    # Equation 13 for the skewed table, p_o = .85, p_e = .78, κ = .31818:
    # var = [Σ p_ii (1 - (p_i· + p_·i)(1-κ))² + (1-κ)² Σ_{i≠j} p_ij (p_·i + p_j·)² - (κ - p_e(1-κ))²] / (n (1-p_e)²)
    p = np.array([[0.80, 0.10], [0.05, 0.05]])
    k, rows, columns = 0.07 / 0.22, p.sum(axis=1), p.sum(axis=0)
    diagonal = sum(p[i, i] * (1 - (rows[i] + columns[i]) * (1 - k)) ** 2 for i in (0, 1))
    others = (1 - k) ** 2 * (p[0, 1] * (columns[0] + rows[1]) ** 2 + p[1, 0] * (columns[1] + rows[0]) ** 2)
    variance = (diagonal + others - (k - 0.78 * (1 - k)) ** 2) / (100 * 0.22**2)
    assert math.sqrt(variance) == pytest.approx(0.13345652, abs=1e-8)  # as statsmodels prints it
    e = ag.cohen_kappa(*pairs([[80, 10], [5, 5]]), ci="wald")
    # We divide by n - 1 = 99; t(99, .975) = 1.984217 (table)
    assert e.high - e.value == pytest.approx(1.984217 * math.sqrt(variance * 100 / 99), abs=1e-6)
    assert e.value - e.low == pytest.approx(e.high - e.value)


def test_weighted_kappa_by_hand() -> None:
    # Cells (0,0) 2, (0,2) 1, (1,1) 1, (2,1) 1 of 5; linear disagreement 0, 1, 0, 1/2: D = (1 + 1/2)/5 = 0.3.
    # Margins (3,1,1)/5 and (2,2,1)/5: E = [3·(2·½ + 1·1) + 1·(2·½ + 1·½) + 1·(2·1 + 2·½)]/25 = (6 + 1.5 + 3)/25 = 0.42.
    e = ag.cohen_kappa([0, 0, 0, 1, 2], [0, 0, 2, 1, 1], weights="linear")
    assert e.value == pytest.approx(1 - 0.3 / 0.42)
    as_matrix = ag.cohen_kappa([0, 0, 0, 1, 2], [0, 0, 2, 1, 1], weights=[[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]])
    assert (as_matrix.value, as_matrix.low, as_matrix.high) == (e.value, e.low, e.high)


def test_wilson_interval_by_hand() -> None:
    # 15 of 20 pairs agree: p = .25, n - 1 = 19 for n, t(19, .975) = 2.093024 for z:
    # (p + t²/38 ± t√(p(1-p)/19 + t²/1444)) / (1 + t²/19)
    t = 2.093024
    middle, half = 0.25 + t * t / 38, t * math.sqrt(0.1875 / 19 + t * t / 1444)
    e = ag.percent_agreement([[1, 1]] * 15 + [[1, 2]] * 5)
    assert (1 - e.high, 1 - e.low) == pytest.approx(
        ((middle - half) / (1 + t * t / 19), (middle + half) / (1 + t * t / 19)), abs=1e-6
    )
    assert e.method == "Wilson's interval, delta method over 20 items, Student t, df 19"


def test_kendall_by_hand() -> None:
    a, b = [1, 1, 2, 3], [1, 2, 2, 1]
    # Pairs of items: 12 tied in a; 13 concordant; 14 tied in b; 23 tied in b; 24 discordant; 34 discordant.
    # C - D = 1 - 2 = -1; τ_b = -1/√((6-1)(6-2)) ; τ_c = 2·(-1)·m/(n²(m-1)), m = min(3, 2) = 2, n = 4
    assert ag.kendall_tau(a, b).value == pytest.approx(-1 / math.sqrt(20))
    assert ag.kendall_tau(a, b, variant="c").value == pytest.approx(-2 * 2 / 16)
    # With the scale 1, 2, 3 declared for both, m = 3
    assert ag.kendall_tau(a, b, variant="c", categories=[1, 2, 3]).value == pytest.approx(-2 * 3 / (16 * 2))


def test_concordance_and_its_factors_by_hand() -> None:
    # a: mean 2, variance 2/3; b: mean 4, variance 8/3; covariance 4/3. ρ_c = (8/3)/(2/3 + 8/3 + 4) = 4/11;
    # Pearson 1; C_b = 2·√(16/9)/(22/3) = 4/11
    a, b = [1, 2, 3], [2, 4, 6]
    e = ag.concordance_correlation(a, b)
    assert e.value == pytest.approx(4 / 11)
    assert e.note == "Pearson 1.0000 x bias correction 0.3636"
    assert ag.bias_correction(a, b).value == pytest.approx(4 / 11)
    assert ag.pearson(a, b).value == pytest.approx(1)


def test_fisher_interval_with_the_jackknifes_error() -> None:
    # Pearson of (0,0), (0,1), (1,1), (1,1): s_ab = 1/8, variances 1/4 and 3/16: r = (1/8)/√(3/64) = 1/√3. Leaving out
    # (0,0): b constant, undefined. (0,1): 1. Either (1,1): (0,0), (0,1), (1,1): s_ab 1/9, variances 2/9: 1/2. Three
    # defined values 1, 1/2, 1/2: mean 2/3, squares 1/9 + 1/36 + 1/36 = 1/6; se² = 2/3 · 1/6 = 1/9; t(3, .75) = .764892
    e = ag.pearson([0, 0, 1, 1], [0, 1, 1, 1], level=0.5)
    r, half = 1 / math.sqrt(3), 0.764892 * (1 / 3) / (1 - 1 / 3)
    assert (e.low, e.high) == pytest.approx(
        (math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)), abs=1e-6
    )
    assert e.method == "Fisher's z, jackknife of 4 items, Student t, df 3, undefined without 1 of them"


def test_clusters_by_hand() -> None:
    # Three clusters of two items, of which 2, 1 and 1 agree: p = 4/6. A cluster's influence is (agreeing - 2p)/6 =
    # (2/3, -1/3, -1/3)/6; se² = 3/2 · (4/9 + 1/9 + 1/9)/36 = 1/36. As if of items: four with (1/3)/6, two with
    # (-2/3)/6: 6/5 · (4/9 + 8/9)/36 = 2/45. Design effect (1/36)/(2/45) = 0.625.
    ratings = [[1, 1], [2, 2], [1, 1], [1, 2], [2, 2], [2, 1]]
    e = ag.percent_agreement(ratings, clusters=["x", "x", "y", "y", "z", "z"], ci="wald", level=0.5)
    # t(2, .75) = √(2/3)
    assert e.value - e.low == pytest.approx(math.sqrt(2 / 3) / 6, abs=1e-12)
    assert (e.n, e.n_clusters) == (6, 3)
    assert e.method == (
        "value ± t·se, delta method over 3 clusters, Student t, df 2, design effect 0.62; "
        "under 10 clusters it is a guess"
    )


def test_alpha_of_continuous_values_needs_no_table() -> None:
    # Two raters, units (0, 1), (10, 12): pairs 1 and 4: D = (2·1 + 2·4)/4 = 2.5; N = 4, Σx = 23, Σx² = 245:
    # E = 2 (4·245 - 529)/(4·3) = 902/12
    e: Estimate = ag.krippendorff_alpha([[0.0, 1.0], [10.0, 12.0]], metric="interval")
    assert e.value == pytest.approx(1 - 2.5 / (902 / 12))
