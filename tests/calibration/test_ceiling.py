"""The human ceiling: by hand, against other implementations, and where there is nothing to compare."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from judgekit.calibration.ceiling import HumanCeiling, human_ceiling
from judgekit.calibration.ceiling_statistics import MOMENTS, TABLES
from judgekit.errors import UserError

Floats = NDArray[np.float64]

PEOPLE = [[1, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0]]
JUDGE = [1, 0, 1, 0]


def panel(
    seed: int, n: int, people: int, noise: float = 0.4, missing: float = 0.0, q: int = 4
) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, q + 1, n)
    h = np.where(rng.random((n, people)) < noise, rng.integers(1, q + 1, (n, people)), truth[:, None]).astype(float)
    f = np.where(rng.random(n) < noise, rng.integers(1, q + 1, n), truth).astype(float)
    h[rng.random(h.shape) < missing] = np.nan
    return h, f


def test_pairs_by_hand() -> None:
    # People: pairs agree on 4, 2, 2 of 4 items: 2/3. Judge: with person 0, 1, 2 on 4, 4, 2 of 4; the pairs (0, 1),
    # (0, 2), (1, 2) give 1, 3/4, 3/4: 5/6. Difference 1/6, ratio 5/4.
    found = human_ceiling(PEOPLE * 5, JUDGE * 5, statistic="percent_agreement").pairwise
    values = [found.human.value, found.judge.value, found.difference.value, found.ratio.value]
    assert values == pytest.approx([2 / 3, 5 / 6, 1 / 6, 5 / 4])


def test_the_rest_by_hand_with_shared_majorities() -> None:
    # Person 0 against 1 and 2: they say 1, tie, tie, 0: 1 + ½ + ½ + 1 = 3/4; so does person 1. Person 2 against 0 and
    # 1, who say 1, 0, 1, 0: 2/4. The judge against the same: 3/4, 3/4, 1.
    found = human_ceiling(PEOPLE * 5, JUDGE * 5, statistic="percent_agreement")
    assert [(a.annotator, a.n, a.human, a.judge) for a in found.per_annotator] == [
        (0, 20, 0.75, 0.75),
        (1, 20, 0.75, 0.75),
        (2, 20, 0.5, 1.0),
    ]
    assert found.leave_one_out.human.value == pytest.approx(2 / 3)
    assert found.leave_one_out.judge.value == pytest.approx(5 / 6)


def ccc(a: Floats, b: Floats) -> float:
    return float(2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2))


PLAIN: dict[str, Callable[[Floats, Floats], float]] = {
    "percent_agreement": lambda a, b: float((a == b).mean()),
    "pearson": lambda a, b: float(stats.pearsonr(a, b).statistic),
    "concordance_correlation": ccc,
    "mean_absolute_error": lambda a, b: float(np.abs(a - b).mean()),
    "root_mean_squared_error": lambda a, b: float(np.sqrt(((a - b) ** 2).mean())),
}


def slowly(h: Floats, f: Floats, plain: Callable[[Floats, Floats], float]) -> tuple[float, float]:
    """Pairwise, one pair at a time, each on its own items."""
    people, judge = [], []
    usable = ~np.isnan(f) & ((~np.isnan(h)).sum(axis=1) >= 2)
    h, f = h[usable], f[usable]
    for j in range(h.shape[1]):
        for k in range(j + 1, h.shape[1]):
            both = ~np.isnan(h[:, j]) & ~np.isnan(h[:, k])
            people.append(plain(h[both, j], h[both, k]))
            judge.append((plain(f[both], h[both, j]) + plain(f[both], h[both, k])) / 2)
    return float(np.mean(people)), float(np.mean(judge))


@pytest.mark.parametrize("name", sorted(PLAIN))
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_pairs_agree_with_the_plain_formulas(name: Any, missing: float) -> None:
    h, f = panel(3, 90, 4, missing=missing)
    found = human_ceiling(h, f, statistic=name, resamples=20).pairwise
    assert (found.human.value, found.judge.value) == pytest.approx(slowly(h, f, PLAIN[name]), abs=1e-12)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_agrees_with_scikit_learn(weights: Any) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    h, f = panel(4, 80, 3, missing=0.2)

    def kappa(a: Floats, b: Floats) -> float:
        return float(metrics.cohen_kappa_score(a, b, weights=weights, labels=[1, 2, 3, 4]))

    found = human_ceiling(h, f, weights=weights, resamples=20).pairwise
    assert (found.human.value, found.judge.value) == pytest.approx(slowly(h, f, kappa), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Two people, table (40, 9; 6, 45), Feinstein and Cicchetti (1990): κ 0.70, AC1 0.701, agreement 0.85.
        ("percent_agreement", 0.85),
        ("cohen_kappa", 0.70),
        ("gwet_ac", 0.701),
        # 2·0.85 - 1 for two answers.
        ("brennan_prediger", 0.70),
        # π = (95/200, 105/200): p_e = 0.50125, (0.85 - 0.50125)/0.49875 = 0.69925
        ("scott_pi", 0.69925),
    ],
)
def test_textbook_tables(name: Any, value: float) -> None:
    pairs = [[1, 1]] * 40 + [[1, 0]] * 9 + [[0, 1]] * 6 + [[0, 0]] * 45
    found = human_ceiling(pairs, [p[0] for p in pairs], statistic=name, resamples=20)
    assert found.pairwise.human.value == pytest.approx(value, abs=5e-4)
    # With two people the rest is the other one.
    assert found.leave_one_out.human.value == pytest.approx(found.pairwise.human.value, abs=1e-12)


def test_the_declared_scale_counts() -> None:
    # Gwet's p_e is Σ π(1-π)/(q-1): with a third answer that nobody gave, chance agreement falls.
    pairs = [[1, 1]] * 8 + [[1, 0]] * 2
    two = human_ceiling(pairs, [1] * 10, statistic="gwet_ac").pairwise.human.value
    three = human_ceiling(pairs, [1] * 10, statistic="gwet_ac", categories=[0, 1, 2]).pairwise.human.value
    # π = 0.9, 0.1: Σ π(1-π) = 0.18; (0.8 - 0.18)/0.82 and (0.8 - 0.09)/0.91
    assert (two, three) == pytest.approx((0.62 / 0.82, 0.71 / 0.91))


def test_a_mean_of_the_others_leaves_missing_people_out() -> None:
    # Person 0 against the mean of who is there: items (2 and 4 -> 3), (4), (nan and 5 -> 5): off by 1, 0, 1.
    h = [[2.0, 2.0, 4.0], [4.0, 4.0, np.nan], [4.0, np.nan, 5.0]]
    found = human_ceiling(h, [3.0, 4.0, 5.0], statistic="mean_absolute_error").per_annotator[0]
    assert (found.human, found.judge) == pytest.approx((2 / 3, 0.0))


def test_large_offsets_do_not_cost_digits() -> None:
    h, f = panel(5, 60, 3)
    near = human_ceiling(h, f, statistic="pearson", resamples=20).pairwise.human.value
    far = human_ceiling(h + 1e8, f + 1e8, statistic="pearson", resamples=20).pairwise.human.value
    assert far == pytest.approx(near, abs=1e-9)


def test_the_interval_is_joint() -> None:
    # A judge that copies person 0 differs from the ceiling by little and always together with it.
    h, _ = panel(6, 200, 3)
    found = human_ceiling(h, h[:, 0], statistic="percent_agreement").pairwise
    alone = (found.human.high - found.human.low) + (found.judge.high - found.judge.low)
    assert found.difference.high - found.difference.low < alone / 2
    assert found.difference.low <= found.difference.value <= found.difference.high
    assert found.human.method == "joint bootstrap of 200 items, 1999 resamples, seed 0"


def test_copies_in_clusters_add_no_certainty() -> None:
    h, f = panel(7, 60, 3)
    once = human_ceiling(h, f, rng=5).pairwise.difference
    often = human_ceiling(np.repeat(h, 3, axis=0), np.repeat(f, 3), clusters=np.repeat(np.arange(60), 3), rng=5)
    assert (often.pairwise.difference.low, often.pairwise.difference.high) == pytest.approx((once.low, once.high))
    assert often.pairwise.difference.n_clusters == 60
    naive = human_ceiling(np.repeat(h, 3, axis=0), np.repeat(f, 3), rng=5).pairwise.difference
    assert naive.high - naive.low < 0.75 * (once.high - once.low)  # about 1/√3


def test_many_units_are_dealt_into_groups_and_few_get_student() -> None:
    h, f = panel(8, 6000, 3)
    many = human_ceiling(h, f, statistic="percent_agreement", resamples=999).pairwise.human
    assert "6000 items in 2000 groups" in many.method
    # The mean over pairs of a share: its standard error from the items themselves.
    each = ((h[:, 0] == h[:, 1]).astype(float) + (h[:, 0] == h[:, 2]) + (h[:, 1] == h[:, 2])) / 3
    assert many.high - many.low == pytest.approx(2 * 1.96 * each.std() / math.sqrt(6000), rel=0.1)
    few = human_ceiling(h[:20], f[:20], statistic="percent_agreement").pairwise.human
    assert few.method == "jackknife over 20 items, df 19"
    half = float(stats.t.ppf(0.975, 19)) * each[:20].std(ddof=1) / math.sqrt(20)
    assert (few.low, few.high) == pytest.approx((few.value - half, few.value + half))


def undefined_parts(found: HumanCeiling) -> set[str]:
    parts = (found.pairwise.human, found.pairwise.judge, found.pairwise.difference, found.pairwise.ratio)
    return {str(p.undefined) for p in parts if math.isnan(p.value)}


@pytest.mark.parametrize(
    ("h", "f", "why"),
    [
        (np.empty((0, 3)), np.empty(0), "there are 0"),
        (np.ones((5, 1)), np.ones(5), "items that 2 people and the judge answered"),
        (np.full((5, 3), np.nan), np.ones(5), "there are 0"),
        (np.ones((5, 3)), np.full(5, np.nan), "there are 0"),
        (np.ones((40, 3)), np.ones(40), "all answers are the same"),
    ],
)
def test_nothing_to_compare_is_undefined_with_a_reason(h: Floats, f: Floats, why: str) -> None:
    found = human_ceiling(h, f)
    assert len(undefined_parts(found)) > 0
    assert all(why in reason for reason in undefined_parts(found))


@pytest.mark.parametrize("name", TABLES + MOMENTS)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_items_never_make_a_bare_warning(name: Any, n: int) -> None:
    h, f = panel(9, n, 3)
    found = human_ceiling(h, f, statistic=name)
    for part in (found.pairwise.human, found.leave_one_out.difference):
        assert not math.isnan(part.value) or part.undefined
        assert not math.isnan(part.low) or part.undefined


def test_a_ceiling_at_chance_has_no_ratio() -> None:
    rng = np.random.default_rng(1)
    found = human_ceiling(rng.integers(0, 2, (60, 3)), rng.integers(0, 2, 60)).pairwise
    assert found.human.low < 0
    assert "not clearly above 0" in str(found.ratio.undefined)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"statistic": "spearman"}, "percent_agreement"),
        ({"level": 95}, "between 0 and 1"),
        ({"categories": [0, 2]}, "1 came"),
        ({"clusters": [1]}, "clusters"),
        ({"weights": "cubic"}, "cubic"),
    ],
)
def test_wrong_input_is_one_line(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        human_ceiling(PEOPLE, JUDGE, **keywords)
    assert message in str(error.value)


def test_numbers_without_end_are_no_categories() -> None:
    with pytest.raises(UserError, match="different answers"):
        human_ceiling(np.random.default_rng(0).random((60, 3)), np.ones(60))


@given(st.integers(0, 1000), st.sampled_from(TABLES), st.floats(0.0, 0.5))
def test_the_order_of_people_and_items_and_the_names_do_not_matter(seed: int, name: Any, missing: float) -> None:
    h, f = panel(seed, 25, 3, missing=missing)
    one = human_ceiling(h, f, statistic=name, categories=[1, 2, 3, 4]).leave_one_out
    order = np.random.default_rng(seed).permutation(25)
    renamed = human_ceiling(6 - h[order][:, ::-1], 6 - f[order], statistic=name, categories=[2, 3, 4, 5]).leave_one_out
    for a, b in ((one.human, renamed.human), (one.judge, renamed.judge), (one.difference, renamed.difference)):
        assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", [*TABLES, *MOMENTS])
def test_an_interval_of_few_units_stays_in_what_is_possible(name: Any) -> None:
    # Eight items, two of which leave the line: Student's interval of the jackknife is wider than the statistic's range.
    people = np.array([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [1, 1], [5, 1], [5, 5]], dtype=float)
    found = human_ceiling(people, [1, 2, 3, 4, 5, 1, 5, 1], statistic=name)
    low, high = (0.0, math.inf) if "error" in name else (0.0 if name == "percent_agreement" else -1.0, 1.0)
    for part in (found.pairwise, found.leave_one_out):
        for e in (part.human, part.judge):
            assert low <= e.low <= e.value <= e.high <= high
        assert part.difference.low >= low - high
        assert part.difference.high <= high - low


@pytest.mark.slow
def test_a_million_rows() -> None:
    h, f = panel(1, 1_000_000, 3)
    found = human_ceiling(h, f, resamples=199)
    assert found.n_items == 1_000_000
    # With 40 % random answers of 4, two people agree on 0.6² + (1 - 0.6²)/4 = 0.52: κ = (0.52 - 0.25)/0.75 = 0.36.
    assert found.pairwise.human.value == pytest.approx(0.36, abs=0.005)


@pytest.mark.slow
@pytest.mark.parametrize(("units", "size"), [(20, 1), (100, 1), (60, 4)])
def test_coverage(units: int, size: int) -> None:
    # People are right with 0.75, the judge with 0.65, of 3 answers; items of a cluster share how hard they are.
    def draw(rng: np.random.Generator, units: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
        cluster = np.repeat(np.arange(units), size)
        hard = np.repeat(rng.random(units) * 0.5, size)[:, None]
        truth = rng.integers(0, 3, cluster.size)
        wrong = rng.random((cluster.size, 4)) < hard + np.array([0.0, 0.0, 0.0, 0.1])
        x = np.where(wrong, (truth[:, None] + rng.integers(1, 3, wrong.shape)) % 3, truth[:, None]).astype(float)
        return x[:, :3], x[:, 3], cluster

    rng = np.random.default_rng(units)
    truth = human_ceiling(*draw(rng, 300_000 // size)[:2], resamples=10).leave_one_out
    runs, hits = 800, np.zeros(3)
    for run in range(runs):
        h, f, cluster = draw(rng, units)
        found = human_ceiling(h, f, clusters=cluster, resamples=499, rng=run).leave_one_out
        for k, (a, b) in enumerate(zip(parts(found), parts(truth), strict=True)):
            hits[k] += a.low <= b.value <= a.high
    # 3 standard errors of a share of 0.95 in 800 runs are 0.023.
    assert (hits / runs > 0.915).all(), hits / runs
    assert (hits / runs < 0.98).all(), hits / runs


def parts(found: Any) -> tuple[Any, Any, Any]:
    return found.human, found.judge, found.difference
