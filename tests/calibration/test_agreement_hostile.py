"""Degenerate and hostile input: nan with a reason, one line that names the cure, or the plain value with a note."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.estimate import Estimate
from judgekit.errors import UserError
from tests.calibration.test_agreement_laws import PAIRS, PANELS, each_pair, each_panel

nan = math.nan
ALL: dict[str, Callable[..., Estimate]] = PANELS | {"intraclass_correlation": ag.intraclass_correlation}
ALL |= {name: lambda x, f=f, **how: f(np.asarray(x)[:, 0], np.asarray(x)[:, 1], **how) for name, f in PAIRS.items()}
every = pytest.mark.parametrize("function", ALL.values(), ids=ALL)


@every
@pytest.mark.parametrize(
    "ratings", [np.zeros((0, 2)), np.full((4, 2), nan), [[1.0, nan], [nan, 2.0]]], ids=["none", "missing", "apart"]
)
def test_nothing_to_compare(function: Callable[..., Estimate], ratings: Any) -> None:
    e = function(ratings)
    assert math.isnan(e.value) and math.isnan(e.low) and math.isnan(e.high)
    assert e.n == 0 and e.undefined and "\n" not in e.undefined


@pytest.mark.parametrize("function", [*PANELS.values(), ag.intraclass_correlation], ids=[*PANELS, "icc"])
@pytest.mark.parametrize("ratings", [[[1], [2], [1]], np.zeros((3, 0))], ids=["one", "no"])
def test_one_rater_or_none(function: Callable[..., Estimate], ratings: Any) -> None:
    e = function(ratings)
    assert math.isnan(e.value) and e.undefined in {
        "no item has two ratings",
        "2 raters and 2 complete items are needed; there are 1 and 3",
        "2 raters and 2 complete items are needed; there are 0 and 0",
    }


@every
@pytest.mark.parametrize("ci", ["analytic", "bootstrap", "jackknife", "wald", None])
def test_everybody_says_the_same(function: Callable[..., Estimate], ci: Any) -> None:
    e = function([[2.0, 2.0]] * 30, ci=ci)
    if e.name == "percent agreement":
        assert (e.value, e.note) == (1.0, "every rating is the same label")
    else:
        assert math.isnan(e.value) and e.undefined


def test_one_label_on_a_declared_scale_is_full_agreement_for_those_who_ignore_the_shares() -> None:
    for function in (ag.gwet_ac, ag.brennan_prediger):
        e = function([[2, 2]] * 30, categories=[1, 2])
        assert (e.value, e.high, e.note) == (1.0, 1.0, "every rating is the same label")
        assert 0.7 < e.low < 0.9  # not a point: 30 items do not prove that nobody ever disagrees


def test_perfect_agreement_is_not_certain() -> None:
    # κ = 1, E = 1 - 1/2: ñ = 30 · ½ · 2 = 30, so the low end is 1 - 2 t²/(30 + t²), t(29, .975) = 2.045230 (table).
    e = ag.cohen_kappa([0, 1] * 15, [0, 1] * 15)
    assert (e.value, e.high) == (1.0, 1.0)
    assert e.low == pytest.approx(1 - 2 * 2.04523**2 / (30 + 2.04523**2), abs=1e-6)
    bootstrap = ag.cohen_kappa([0, 1] * 15, [0, 1] * 15, ci="bootstrap", resamples=200)
    assert math.isnan(bootstrap.low)
    assert bootstrap.undefined == "all resamples gave the same value; ci='analytic' may have an interval"
    wald = ag.cohen_kappa([0, 1] * 15, [0, 1] * 15, ci="wald")
    assert math.isnan(wald.low) and wald.undefined and "standard error is 0" in wald.undefined


def test_perfect_disagreement_is_not_certain_either() -> None:
    e = ag.cohen_kappa([0, 1] * 15, [1, 0] * 15)
    assert (e.value, e.low) == (-1.0, -1.0)
    assert -0.8 < e.high < -0.5


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("flipped", [False, True])
def test_a_constant_rater_has_kappa_exactly_zero(weights: Any, flipped: bool) -> None:
    sides = [[1, 1, 2, 3, 1, 2, 3], [2] * 7]
    e = ag.cohen_kappa(*(sides[::-1] if flipped else sides), weights=weights, categories=[1, 2, 3])
    assert e.value == 0.0 and math.isnan(e.low) and math.isnan(e.high)
    assert e.note.startswith(f"rater {'a' if flipped else 'b'} used one label: kappa is 0 whatever the other one said")
    assert e.undefined == "one rater used one label: kappa is 0 for any other items as well"
    ccc = ag.concordance_correlation(*(sides[::-1] if flipped else sides))
    assert ccc.value == 0.0 and ccc.note.startswith(f"rater {'a' if flipped else 'b'} is constant")


def test_a_constant_rater_without_an_interval_is_defined() -> None:
    e = ag.cohen_kappa([1, 2], [1, 1], ci=None)
    assert (e.value, e.undefined) == (0.0, None)


def test_one_item_and_two() -> None:
    e = ag.cohen_kappa([1], [2])
    assert (e.value, e.undefined) == (0.0, "an interval needs 2 independent units; there is 1")
    assert ag.pearson([1], [2]).undefined == "2 items that both rated are needed; there is 1"
    e = ag.spearman([1, 2], [1, 2])
    assert e.value == 1.0 and math.isnan(e.low)
    assert ag.cohen_kappa([1, 2, 1], [1, 2, 2], clusters=[7, 7, 7]).undefined is not None


def test_few_dissenters_are_noted() -> None:
    e = ag.cohen_kappa([1] * 95 + [2] * 5, [1] * 93 + [2] * 7)
    assert e.note == "the interval may be too short: 7 items with a rating beside the commonest label"
    clusters = np.repeat(np.arange(10), 10)
    e = ag.krippendorff_alpha(np.transpose([[1] * 95 + [2] * 5, [1] * 93 + [2] * 7]), clusters=clusters)
    assert e.note == "the interval may be too short: 1 cluster with a rating beside the commonest label"


def test_a_scale_that_is_not_declared_is_noted() -> None:
    told = "scale of the 2 labels that occur: declare categories="
    for function in (ag.percent_agreement, ag.fleiss_kappa, ag.conger_kappa):
        assert function([[1, 2], [1, 1]], weights="linear").note.startswith(told)
        assert told not in function([[1, 2], [1, 1]]).note
    assert ag.gwet_ac([[1, 2], [1, 1]]).note == told
    four, two = (ag.gwet_ac([[1, 2], [1, 1]], categories=c).value for c in ([1, 2, 3, 4], [1, 2]))
    # p_a = 1/2; π = (3/4, 1/4): Σπ(1-π) = 3/8; p_e = (3/8)/3 = 1/8 and 3/8
    assert [four, two] == pytest.approx([(1 / 2 - 1 / 8) / (7 / 8), (1 / 2 - 3 / 8) / (5 / 8)])


def test_text_is_mapped_by_its_categories() -> None:
    words = [["good", "bad"], ["good", "good"], ["bad", "bad"], ["bad", ""], [None, "good"]]
    e = ag.fleiss_kappa(words, categories=["bad", "good"])
    f = ag.fleiss_kappa([[1, 0], [1, 1], [0, 0], [0, nan], [nan, 1]])
    assert (e.value, e.low, e.n, e.note) == (f.value, f.low, 3, f.note)
    assert ag.fleiss_kappa(np.array([[b"x", b"y"], [b"x", b"x"]]), categories=["x", "y"]).n == 2
    ordered = ag.spearman(["lo", "hi", "mid"], ["lo", "hi", "hi"], categories=["lo", "mid", "hi"], ci=None)
    assert ordered.value == pytest.approx(ag.spearman([0, 2, 1], [0, 2, 2], ci=None).value)


def test_nan_among_text_is_missing_and_no_label() -> None:
    # numpy alone would read the text 'nan' here.
    e = ag.cohen_kappa(["x", "y", nan, "x"], ["x", nan, "y", "y"], categories=["x", "y"], ci=None)
    assert e.n == 2 and "2 items without enough ratings left out" in e.note
    with pytest.raises(UserError, match="some are missing"):
        ag.cohen_kappa([1, 2], [1, 2], clusters=["q1", nan])


def test_a_rater_without_any_label_has_the_kind_of_the_other() -> None:
    assert ag.cohen_kappa(["x", "y"], [None, None], categories=["x", "y"]).n == 0
    assert ag.fleiss_kappa([[None, None]], categories=["x", "y"]).n == 0


def test_masked_arrays_hide_what_they_mask() -> None:
    hidden = np.ma.MaskedArray([[1, 9], [2, 2], [1, 2]], mask=[[False, True], [False, False], [False, False]])
    assert ag.krippendorff_alpha(hidden).value == ag.krippendorff_alpha([[1, nan], [2, 2], [1, 2]]).value


def test_decimals_meet_their_category() -> None:
    assert ag.percent_agreement([[0.1 + 0.2, 0.3]], categories=[0.1, 0.2, 0.3], ci=None).value == 1.0


def test_all_observed_values_of_a_measurement_are_too_many_categories() -> None:
    x = np.random.default_rng(0).normal(size=(600, 2))
    for function in (ag.fleiss_kappa, ag.krippendorff_alpha):
        with pytest.raises(UserError, match="interval"):
            function(x)
    with pytest.raises(UserError, match=r"1200 different values are too many for metric='ordinal'"):
        ag.krippendorff_alpha(x, metric="ordinal")


def test_too_many_pairs_to_resample() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 2001))
    with pytest.raises(UserError, match="2001 distinct pairs of ratings are too many to resample; use ci='analytic'"):
        ag.kendall_tau(a, b, ci="bootstrap")
    assert ag.kendall_tau(a, b).undefined is None


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: ag.fleiss_kappa([1, 2, 3]), "ratings of shape (n_items, n_raters) were wanted; came shape (3,)"),
    (lambda: ag.fleiss_kappa([[1, 2], [1]]), "rows of equal length were wanted"),
    (lambda: ag.fleiss_kappa({"a": 1}), "ratings that are numbers or text were wanted; came dict"),  # type: ignore[arg-type]
    (lambda: ag.fleiss_kappa(np.zeros((2, 2), complex)), "numbers or text were wanted; came complex128"),
    (lambda: ag.fleiss_kappa([["good", "bad"]]), "pass categories=[…] with the labels in their order ('bad', 'good')"),
    (lambda: ag.fleiss_kappa([["1", "2"]], categories=[1, 2]), "the numbers 1, 2 were wanted; came text"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=["1", "2"]), "categories= are text and the ratings are numbers"),
    (lambda: ag.fleiss_kappa([["good", "bda"]], categories=["bad", "good"]), "came 'bda' at item 0, rater 1 (from 0)"),
    (lambda: ag.fleiss_kappa(np.array([[1, "a"]], dtype=object)), "came text and other things mixed"),
    (lambda: ag.fleiss_kappa([[1, 2], [7, 8]], categories=[1, 2]), "came 7 at item 1, rater 0 (from 0), and 1 more"),
    (lambda: ag.fleiss_kappa([[1, math.inf]]), "a finite rating or nan was wanted; came inf at item 0, rater 1"),
    (lambda: ag.fleiss_kappa([["a", "b"]], categories={"a", "b"}), "came a set, which has no order: pass a list"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=[1, 2, 2.0]), "each once; came 1, 2, 2"),
    (lambda: ag.fleiss_kappa([["a", "b"]], categories=["a", "a"]), "each once; came 'a', 'a'"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=[]), "came nothing"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories="12"), "came the text '12'"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=[1, "b"]), "all numbers or all text; came 1, 'b'"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=[1, nan]), "all numbers or all text; came 1, nan"),
    (lambda: ag.fleiss_kappa([[1, 2]], categories=[1, [2]]), "all numbers or all text; came 1, [2]"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2, 3]), "came shapes (2,) and (3,)"),
    (lambda: ag.cohen_kappa(["a"], [1], categories=["a"]), "one has text, the other numbers"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], clusters=[1]), "one label for each of 2 items; came shape (1,)"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], clusters=[1, nan]), "some are nan"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], clusters=["a", None]), "some are missing"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], level=95), "such as 0.95; came 95"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], ci="boot"), "wald or None was wanted; came 'boot'"),  # type: ignore[arg-type]
    (lambda: ag.cohen_kappa([1, 2], [1, 2], resamples=9), "a whole number from 100 on was wanted, better 9999; came 9"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], rng=-1), "a seed from 0 on or a numpy Generator was wanted; came -1"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], weights="cubic"), "came 'cubic'"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], weights=[["x"]]), "a matrix of numbers or None"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], weights=np.eye(3)), "each of 2 categories; came (3, 3)"),
    (lambda: ag.cohen_kappa([1, 2], [1, 2], weights=[[1, 0], [0.5, 1]]), "a symmetric matrix from 0 to 1"),
    (lambda: ag.krippendorff_alpha([[1, 2]], metric="cubic"), "ratio; came 'cubic'"),  # type: ignore[arg-type]
    (lambda: ag.krippendorff_alpha([[-1, 2]], metric="ratio"), "numbers from 0 on; came -1"),
    (lambda: ag.krippendorff_alpha([["a", "b"]], metric="interval", categories=["a", "b"]), "the labels are text"),
    (lambda: ag.intraclass_correlation([[1, 2]], form="4,1"), "came '4,1'"),  # type: ignore[arg-type]
    (lambda: ag.kendall_tau([1, 2], [1, 2], variant="a"), "came 'a'"),  # type: ignore[arg-type]
    (lambda: ag.pearson(["a"], ["a"], categories=["a", "b"]), "numbers were wanted, and the labels are text"),
]


@pytest.mark.parametrize(("call", "said"), WRONG, ids=[said for _, said in WRONG])
def test_mistakes_are_told_in_one_line(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(UserError) as raised:
        call()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 250


@each_panel
@pytest.mark.slow
def test_a_million_rows(function: Callable[..., Estimate]) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 5, (1_000_000, 2)).astype(float)
    x[rng.random(1_000_000) < 0.05, 1] = nan
    e = function(x, categories=[1, 2, 3, 4], clusters=np.arange(1_000_000) // 1000)
    # Independent fair answers: p_a = 1/4, chance-corrected 0; the error of p_a is 0.00044.
    assert e.value == pytest.approx(0.25 if function is ag.percent_agreement else 0.0, abs=0.003)
    assert e.n_clusters == 1000 and 0 < e.high - e.low < 0.01


@each_pair
@pytest.mark.slow
def test_a_million_pairs(function: Callable[..., Estimate]) -> None:
    a, b = np.random.default_rng(0).integers(1, 5, (2, 1_000_000)).astype(float)
    e = function(a, b, categories=[1, 2, 3, 4])
    assert e.value == pytest.approx(1.0 if function is ag.bias_correction else 0.0, abs=0.005)


def test_many_raters_do_not_overflow_the_keys_of_their_rows() -> None:
    x = np.random.default_rng(0).integers(1, 6, (50, 80)).astype(float)
    once, twice = ag.conger_kappa(x, ci="wald"), ag.conger_kappa(np.vstack([x, x]), ci="wald")
    assert once.value == pytest.approx(twice.value)
    assert twice.n == 100


def test_an_own_generator_is_drawn_from_and_its_seed_is_told() -> None:
    a, b = [1, 2, 1, 2, 1, 1, 2, 2, 1, 2], [1, 2, 1, 2, 1, 2, 2, 1, 1, 2]
    e = ag.cohen_kappa(a, b, ci="bootstrap", resamples=500, rng=np.random.default_rng(3))
    seed = int(e.method.partition("seed ")[2].partition(",")[0])
    assert ag.cohen_kappa(a, b, ci="bootstrap", resamples=500, rng=seed) == e
    assert ag.cohen_kappa(a, b, ci="bootstrap", resamples=500) == ag.cohen_kappa(
        a, b, ci="bootstrap", resamples=500, rng=0
    )
