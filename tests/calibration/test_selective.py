"""Risk against coverage, thresholds with a guarantee, cascades: by hand, by slow loops, by simulation."""

from __future__ import annotations

import math
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from judgekit.calibration.selective import risk_coverage
from judgekit.calibration.selective_cascade import cascade
from judgekit.calibration.selective_escalation import escalation_threshold
from judgekit.errors import UserError

Floats = NDArray[np.float64]


def test_a_curve_by_hand() -> None:
    r = risk_coverage([0.6, 0.9, 0.7, 0.8], [1, 1, 0, 1])
    assert r.threshold.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert r.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert r.risk == pytest.approx([0, 0, 1 / 3, 1 / 4])
    assert r.aurc.value == pytest.approx((1 / 3 + 1 / 4) / 4)
    assert r.aurc_oracle == pytest.approx(1 / 16)
    assert r.excess == pytest.approx((1 / 3) / 4)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=6))
def test_ties_are_averaged_over_all_orders(items: list[tuple[int, int]]) -> None:
    # Every order of the items that respects the confidences, written out.
    areas = []
    for order in permutations(items):
        if all(a[0] >= b[0] for a, b in pairwise(order)):
            wrong = np.cumsum([1 - a for _, a in order])
            areas.append(float(np.mean(wrong / np.arange(1, len(order) + 1))))
    r = risk_coverage([c for c, _ in items], [a for _, a in items])
    assert r.aurc.value == pytest.approx(np.mean(areas), abs=1e-12)
    best = sorted((1 - a for _, a in items))
    assert r.aurc_oracle == pytest.approx(float(np.mean(np.cumsum(best) / np.arange(1, len(best) + 1))), abs=1e-12)
    assert r.excess >= -1e-12


def test_a_useless_confidence_has_the_overall_risk() -> None:
    # All tie: every k has the same expected risk.
    r = risk_coverage([0.5] * 10, [1] * 7 + [0] * 3)
    assert r.aurc.value == pytest.approx(0.3)
    assert len(r.threshold) == 1


def test_the_interval_is_the_bootstraps() -> None:
    rng = np.random.default_rng(0)
    c = rng.random(400)
    agree = (rng.random(400) < 0.5 + c / 2).astype(float)
    e = risk_coverage(c, agree).aurc
    values = [risk_coverage(c[i], agree[i]).aurc.value for i in (rng.integers(0, 400, 400) for _ in range(500))]
    assert e.high - e.low == pytest.approx(2 * 1.96 * np.std(values), rel=0.12)


def test_copies_in_clusters_add_no_certainty() -> None:
    rng = np.random.default_rng(1)
    c = rng.random(100)
    agree = (rng.random(100) < 0.5 + c / 2).astype(float)
    once = risk_coverage(c, agree).aurc
    often = risk_coverage(np.repeat(c, 5), np.repeat(agree, 5), clusters=np.repeat(np.arange(100), 5)).aurc
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.02)
    assert often.n_clusters == 100


@pytest.mark.parametrize("c", [[], [math.nan], [0.5]])
def test_too_little_for_an_interval(c: list[float]) -> None:
    e = risk_coverage(c, [1.0] * len(c)).aurc
    assert math.isnan(e.low)
    assert e.undefined


def bound(k: int, n: int, delta: float) -> float:
    """sup{R: P(Bin(n, R) <= k) >= delta}, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if stats.binom.cdf(k, n, middle) >= delta else (low, middle)
    return low


def test_the_bound_is_the_binomials() -> None:
    c = [0.9] * 100 + [0.1] * 100
    e = escalation_threshold(c, [0] * 3 + [1] * 97 + [0] * 100, target=0.1, delta=0.05)
    assert (e.threshold, e.coverage, e.disagreement, e.n_accepted) == (0.9, 0.5, 0.03, 100)
    assert e.bound == pytest.approx(bound(3, 100, 0.05), abs=1e-9)


def test_the_search_ends_at_the_first_threshold_that_fails() -> None:
    # 60 right, then 30 wrong (fails), then 1,000 right: pooled, 30 of 1,090 would pass, but it is behind a failure.
    c = [0.9] * 60 + [0.8] * 30 + [0.7] * 1000
    agree = [1] * 60 + [0] * 30 + [1] * 1000
    e = escalation_threshold(c, agree, target=0.1, thresholds=[0.9, 0.8, 0.7])
    # 60 verdicts are fewer than the search starts with (91 at these settings), and 90 as well: it starts at 1,090.
    assert e.threshold == 0.7
    e = escalation_threshold([0.9] * 200 + c[60:], [1] * 200 + agree[60:], target=0.1)
    assert e.threshold == 0.9
    assert e.coverage == pytest.approx(200 / 1230)


def test_where_the_search_starts() -> None:
    # With 92 items a quarter is 23; ln 0.1/ln 0.9 = 21.85: at least 22 verdicts, all right, can pass.
    assert "from 23 verdicts" in escalation_threshold(np.ones(92), np.ones(92), target=0.1).method
    assert "from 22 verdicts" in escalation_threshold(np.ones(30), np.ones(30), target=0.1).method
    few = escalation_threshold(np.ones(21), np.ones(21), target=0.1)
    assert math.isnan(few.threshold)
    assert few.undefined == "22 labelled verdicts are needed even without a mistake; there are 21"


def test_why_no_verdict_may_stand() -> None:
    e = escalation_threshold(np.ones(100), [0, 1] * 50, target=0.1)
    # 50 of 100: the upper end at 0.9 is a little above 0.57
    assert e.undefined == f"50 mistakes among the 100 most confident verdicts: the bound is {bound(50, 100, 0.1):.3f}"
    assert (e.coverage, e.n_accepted) == (0.0, 0)
    assert "no threshold keeps 25" in str(
        escalation_threshold(np.zeros(100), np.ones(100), target=0.1, thresholds=[0.5]).undefined
    )
    assert escalation_threshold([], [], target=0.1).undefined
    wrong = escalation_threshold(np.ones(30), np.zeros(30), target=0.1)
    assert "the bound is 1.000" in str(wrong.undefined)


def test_many_thresholds_are_the_same_as_a_slow_search() -> None:
    rng = np.random.default_rng(2)
    for _ in range(10):
        c = rng.random(900)
        agree = (rng.random(900) < 0.8 + 0.2 * c).astype(float)
        e = escalation_threshold(c, agree, target=0.12, delta=0.2)
        start = int(e.method.split("from ")[1].split(" ")[0])
        order = np.argsort(-c)
        wrong, last = np.cumsum(1 - agree[order]), None
        # The bound is at most the target where P(Bin(n, target) <= k) <= delta.
        passes = stats.binom.cdf(wrong, np.arange(1, 901), 0.12) <= 0.2
        for n in range(start, 901):
            if not passes[n - 1]:
                break
            last = n
        assert e.n_accepted == (last or 0)
        assert last is None or e.threshold == c[order[last - 1]]


def test_incomplete_pairs_are_said_apart_from_the_method() -> None:
    c, agree, cluster = [0.9] * 60 + [math.nan], [1.0] * 61, [*range(60), 0]
    aurc = risk_coverage(c, [0.0, *agree[1:]]).aurc
    assert aurc.method == "Wilson on the effective number, df 59"
    assert aurc.note == "1 mistake: with fewer than 15 the interval is short; 1 incomplete pair left out"
    assert escalation_threshold(c, agree, target=0.1).method.endswith("binomial bound; 1 incomplete pair left out")
    drawn = escalation_threshold(c, agree, target=0.1, clusters=cluster, rng=4)
    assert drawn.method.endswith("(seed 4); 1 incomplete pair left out")


def test_one_item_of_each_cluster_takes_part() -> None:
    c, agree, cluster = np.ones(300), np.ones(300), np.repeat(np.arange(30), 10)
    e = escalation_threshold(c, agree, target=0.1, clusters=cluster, rng=4)
    assert e.n == 30
    assert e.bound == pytest.approx(1 - 0.1 ** (1 / 30))
    assert "one item of each of 30 clusters (seed 4)" in e.method


def test_a_cascade_by_hand() -> None:
    # The weak judge is sure and right on 60 items; the strong one decides 40 of the other 60 and leaves 20 to a person.
    weak = [0.9] * 60 + [0.2] * 60
    strong = [0.9] * 100 + [0.1] * 20
    right = [[1, 1]] * 60 + [[0, 1]] * 40 + [[0, 0]] * 20
    found = cascade(np.column_stack([weak, strong]), right, target=0.1, costs=[1, 10], person_cost=100)
    assert found.decided == pytest.approx((1 / 2, 1 / 3))
    assert found.to_person == pytest.approx(1 / 6)
    assert found.cost == pytest.approx(1 + 10 / 2 + 100 / 6)
    assert found.cost_last == 10
    assert [s.n_reached for s in found.stages] == [120, 60]
    # Two judges share delta = 0.1: bounds at 0.05, 1 - 0.05^(1/60).
    assert found.stages[0].escalation.bound == pytest.approx(1 - 0.05 ** (1 / 60))
    assert found.disagreement.value == 0.0
    assert found.route([[0.95, 0.0], [0.5, 0.95], [0.5, 0.5], [math.nan, 0.95], [math.nan, math.nan]]).tolist() == [
        0,
        1,
        -1,
        1,
        -1,
    ]


def test_later_judges_are_set_on_what_is_left() -> None:
    # The second judge errs on 80 of 1,100 items and alone would pass; behind the first it meets 200, and errs on 40 %.
    confidence = np.column_stack([[0.9] * 900 + [0.1] * 200, [0.9] * 1100])
    right = np.column_stack([[1] * 900 + [0] * 200, [1] * 1020 + [0] * 80])
    assert escalation_threshold(confidence[:, 1], right[:, 1], target=0.1).threshold == 0.9
    assert cascade(confidence, right, target=0.1).decided == pytest.approx((900 / 1100, 0.0))


def test_a_cascade_of_nothing() -> None:
    found = cascade(np.empty((0, 2)), np.empty((0, 2)), target=0.1)
    assert math.isnan(found.to_person)
    assert math.isnan(found.cost)
    assert found.disagreement.undefined == "no judge decides an item"
    assert found.route([[0.9, 0.9]]).tolist() == [-1]
    clustered = cascade(np.ones((60, 1)), np.ones((60, 1)), target=0.1, clusters=np.arange(60))
    assert clustered.decided == (1.0,)


@pytest.mark.parametrize(
    ("of", "arguments", "keywords", "message"),
    [
        (risk_coverage, ([0.5], [2]), {}, "agreement 0 or 1"),
        (risk_coverage, (["a"], [1]), {}, "came as text"),
        (risk_coverage, ([0.5], [1]), {"level": 2.0}, "level"),
        (escalation_threshold, ([0.5], [0.5]), {"target": 0.1}, "agreement 0 or 1"),
        (escalation_threshold, ([0.5], [1]), {"target": 10}, "target and delta"),
        (escalation_threshold, ([0.5], [1]), {"target": 0.1, "delta": 0}, "target and delta"),
        (escalation_threshold, ([0.5], [1, 0]), {"target": 0.1}, "1"),
        (cascade, ([[0.5]], [[1, 0]]), {"target": 0.1}, "a column a judge in both"),
        (cascade, ([[0.5]], [[1], [0]]), {"target": 0.1}, "1 items, 2 in agree"),
        (cascade, ([[0.5]], [[1]]), {"target": 0.1, "costs": [1, 2]}, "a cost of 0 or more"),
        (cascade, ([[0.5]], [[1]]), {"target": 0.1, "person_cost": -1}, "a cost of 0 or more"),
        (cascade, ([[0.5]], [[1]]), {"target": 1.0}, "target and delta"),
    ],
)
def test_wrong_input_is_one_line(of: Any, arguments: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        of(*arguments, **keywords)
    assert message in str(error.value)


def test_a_route_needs_every_judge() -> None:
    found = cascade(np.ones((30, 1)), np.ones((30, 1)), target=0.1)
    with pytest.raises(UserError, match="1 columns"):
        found.route([[0.5, 0.5]])


@pytest.mark.slow
def test_a_million_rows() -> None:
    rng = np.random.default_rng(0)
    c = np.round(rng.random(1_000_000), 4)
    agree = (rng.random(c.size) < 0.5 + c / 2).astype(float)
    # risk at coverage u: the mean of (1 - c)/2 over the top u = u/4; its mean over u is 1/8.
    assert risk_coverage(c, agree).aurc.value == pytest.approx(0.125, abs=0.001)
    # u/4 = 0.1 at u = 0.4
    assert escalation_threshold(c, agree, target=0.1).coverage == pytest.approx(0.4, abs=0.02)


def risk_above(threshold: float) -> float:
    """Of the simulated judge: mistakes come with (1 - c)/2, c uniform."""
    return (1 - threshold) / 4


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 400])
@pytest.mark.parametrize("steps", [0, 10])
def test_the_guarantee_holds(n: int, steps: int) -> None:
    rng = np.random.default_rng(n + steps)
    runs, failed, found = 1500, 0, 0
    for _ in range(runs):
        c = rng.random(n)
        c = np.floor(c * steps) / steps if steps else c
        agree = (rng.random(n) > (1 - c) / 2).astype(float)
        e = escalation_threshold(c, agree, target=0.1, delta=0.1)
        found += e.n_accepted > 0
        # With steps, confidences k/steps: the mean of (1 - k/steps)/2 over k from the threshold to steps - 1.
        kept = np.arange(round(e.threshold * steps), steps) / steps if steps and e.n_accepted else np.zeros(0)
        true = float(np.mean((1 - kept) / 2)) if steps and e.n_accepted else risk_above(e.threshold)
        failed += int(e.n_accepted > 0 and true > 0.1)
    assert found > 50  # the guarantee is not kept by accepting nothing
    # At most delta, 3 standard errors above: 0.1 + 0.023.
    assert failed / runs <= 0.123


@pytest.mark.slow
def test_the_guarantee_of_a_cascade_holds() -> None:
    def draw(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        hard = rng.random(n)
        c = np.column_stack([1 - hard, 1 - hard / 2]) + 0.1 * rng.normal(size=(n, 2))
        return c, (rng.random((n, 2)) > np.column_stack([0.6 * hard**2, 0.3 * hard**2])).astype(float)

    rng = np.random.default_rng(0)
    new_c, new_right = draw(rng, 200_000)
    runs, failed = 400, 0
    for _ in range(runs):
        route = cascade(*draw(rng, 300), target=0.1, delta=0.1).route(new_c)
        sure = route >= 0
        failed += int(bool(sure.any()) and float(new_right[sure, route[sure]].mean()) < 0.9)
    assert failed / runs <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 4])
def test_coverage_of_the_area(size: int) -> None:
    rng = np.random.default_rng(size)
    runs, units, hits = 1500, 200 // size, 0.0

    def draw(units: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
        cluster = np.repeat(np.arange(units), size)
        z = rng.normal(size=cluster.size)
        shared = 0.7 * rng.normal(size=units)[cluster] * (size > 1)
        return z, (rng.random(cluster.size) < 1 / (1 + np.exp(-1 - z - shared))).astype(float), cluster

    truth = float(np.mean([risk_coverage(*draw(200_000)[:2]).aurc.value for _ in range(4)]))
    for _ in range(runs):
        z, agree, cluster = draw(units)
        e = risk_coverage(z, agree, clusters=cluster).aurc
        hits += e.low <= truth <= e.high
    assert 0.93 <= hits / runs <= 0.97
