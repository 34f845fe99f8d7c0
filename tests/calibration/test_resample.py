"""The resampling kernel: exact distributions, scipy's numbers, seeds, and what is undefined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr, stdtrit

from judgekit.calibration import resample as rs
from judgekit.calibration.resample.draw import weights
from judgekit.calibration.resample.resampled import Statistic


def share(tables: NDArray[Any]) -> NDArray[Any]:
    """The share of the first cell."""
    found: NDArray[Any] = tables[:, 0] / tables.sum(axis=1)
    return found


def mean(sums: NDArray[Any]) -> NDArray[Any]:
    """Of units that add (1, x)."""
    found: NDArray[Any] = sums[:, 1] / sums[:, 0]
    return found


def kappa(tables: NDArray[Any]) -> NDArray[Any]:
    p = tables / tables.sum(axis=(1, 2), keepdims=True)
    expected = (p.sum(axis=2) * p.sum(axis=1)).sum(axis=1)
    found: NDArray[Any] = (np.einsum("bkk->b", p) - expected) / (1.0 - expected)
    return found


@pytest.mark.parametrize("counts", [[7000, 2000, 1000], [3, 2, 1, 1, 1]], ids=["multinomial", "indices"])
def test_weights_are_draws_with_replacement(counts: list[int]) -> None:
    often = np.array(counts)
    n, p = often.sum(), often / often.sum()
    drawn = np.concatenate(list(weights(often, 20_000, np.random.default_rng(1))))
    assert drawn.shape == (20_000, len(counts))
    assert (drawn.sum(axis=1) == n).all()
    # A multinomial: mean n p, covariance n (diag p - p p'). Five standard errors of 20,000 draws.
    spread = np.sqrt(n * p * (1 - p))
    assert (np.abs(drawn.mean(axis=0) - n * p) < 5 * spread / math.sqrt(20_000)).all()
    wanted = n * (np.diag(p) - np.outer(p, p))
    assert np.abs(np.cov(drawn.T) - wanted).max() < 5 * wanted.max() * math.sqrt(2 / 20_000)


def test_blocks_bound_the_memory_and_change_nothing() -> None:
    # 3,000 units once each: blocks of 2^17 // 3000 = 43 rows
    blocks = list(weights(np.ones(3000, dtype=np.int64), 100, np.random.default_rng(1)))
    assert [len(block) for block in blocks] == [43, 43, 14]


def test_the_bootstrap_of_a_share_is_binomial() -> None:
    found = rs.table_bootstrap([300, 700], share, rng=5, kind="percentile", resamples=50_000)
    # The replicates are Bin(1000, .3)/1000; the ends are at Φ(±√(1000/999) t(999, .975)).
    reach = math.sqrt(1000 / 999) * stdtrit(999, 0.975)
    ends = stats.binom.ppf([ndtr(-reach), ndtr(reach)], 1000, 0.3) / 1000
    assert (found.low, found.high) == pytest.approx(ends, abs=0.0021)
    assert found.se == pytest.approx(math.sqrt(0.21 / 1000), rel=0.02)
    assert found.method == "percentile bootstrap of 1000 items, 50000 resamples, seed 5"


def test_bca_by_its_formula() -> None:
    # Units (1, x) with a skewed x: acceleration Σd³ / (6 (Σd²)^1.5) of the deviations d = x - x̄, for the mean.
    rng = np.random.default_rng(3)
    x = rng.exponential(size=60)
    sums = np.column_stack([np.ones(60), x])
    values = rs.replicates(sums, mean, resamples=4000, rng=9)
    d = x - x.mean()
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    z0 = stats.norm.ppf((values < x.mean()).mean())
    reach = math.sqrt(60 / 59) * stdtrit(59, 0.95)
    ends = [np.quantile(values, ndtr(z0 + (z0 + z) / (1 - a * (z0 + z)))) for z in (-reach, reach)]
    found = rs.unit_bootstrap(sums, mean, level=0.9, resamples=4000, rng=9)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-12)


@pytest.mark.slow
def test_scipy_bca_of_the_same_data() -> None:
    x = np.random.default_rng(3).exponential(size=4000)
    expected = stats.bootstrap((x,), np.mean, n_resamples=20_000, rng=1, batch=1000)
    found = rs.unit_bootstrap(np.column_stack([np.ones(4000), x]), mean, resamples=20_000, rng=2)
    ends = tuple(expected.confidence_interval)
    # Over six seeds the mean ends differ by 0.0005 se; each run's scatter by 0.03 se.
    assert (found.low, found.high) == pytest.approx(ends, abs=0.2 * float(expected.standard_error))


def test_a_cluster_bootstrap_of_equal_twins_is_the_item_bootstrap_of_one() -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(0, 3, (200, 2))
    one = np.zeros((200, 3, 3))
    one[np.arange(200), x[:, 0], x[:, 1]] = 1
    twins = rs.cluster_bootstrap(2 * one, kappa, rng=1)
    items = rs.cluster_bootstrap(one, kappa, rng=1)
    assert (twins.low, twins.high) == pytest.approx((items.low, items.high), abs=1e-12)
    table = rs.table_bootstrap(one.sum(axis=0), kappa, rng=1)
    # The same distribution drawn otherwise: ends agree within the noise of 9,999 resamples.
    assert (table.low, table.high) == pytest.approx((items.low, items.high), abs=0.1 * items.se)
    assert items.method == "BCa bootstrap of 200 clusters, 9999 resamples, seed 1"


def test_few_clusters_say_so() -> None:
    found = rs.cluster_bootstrap([[3, 1]] * 4 + [[1, 3]] * 4, share, resamples=200)
    assert found.method.endswith("; under 30 clusters it is too short: prefer the jackknife")
    with_t = rs.jackknife(np.array([[3.0, 1]] * 4 + [[1.0, 3]] * 4), share, what="clusters")
    # Equal clusters with shares ¾ and ¼: se² = Σ(±¼)²/(8·7) = .5/56; t(7, .975) = 2.364624
    assert with_t.se == pytest.approx(math.sqrt(0.5 / 56))
    assert with_t.high - 0.5 == pytest.approx(2.364624 * math.sqrt(0.5 / 56), abs=1e-6)


def test_undefined_replicates_are_left_out_and_counted() -> None:
    # Two items with different labels: half of the resamples draw one of them twice, and kappa is 0/0.
    found = rs.table_bootstrap([[1, 0], [0, 1]], kappa, resamples=1000, rng=1)
    assert 400 < found.n_undefined < 600
    assert f"1000 resamples, seed 1, {found.n_undefined} of them undefined and left out" in found.method
    assert (found.undefined, math.isnan(found.low)) == ("all resamples gave the same value", True)
    nothing = rs.table_bootstrap([[3, 0], [0, 0]], kappa, resamples=100)
    assert nothing.undefined == "the statistic is undefined in all resamples"


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_units(n: int) -> None:
    sums = np.ones((n, 2))
    for found in (rs.unit_bootstrap(sums, mean), rs.jackknife(sums, mean)):
        assert math.isnan(found.low) and math.isnan(found.se)
        assert found.undefined == f"an interval needs 2 independent units; there {'is' if n else 'are'} {n}"
    assert math.isnan(rs.linearised(sums, mean).se)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(-3, 3), st.floats(1, 3)), min_size=2, max_size=12),
)
def test_leave_one_out_by_leaving_out(units: list[tuple[int, float, float]]) -> None:
    counts = np.array([one[0] + 1 for one in units])
    sums = np.array([[one[1], one[2]] for one in units])
    found = rs.leave_one_out(sums, lambda s: s[:, 0] / s[:, 1], counts=counts)
    for u in range(len(units)):
        less = counts.copy()
        less[u] -= 1
        assert found[u] == pytest.approx((less @ sums[:, 0]) / (less @ sums[:, 1]), abs=1e-9)
    of_counts = rs.leave_one_out(None, lambda w: (w @ sums[:, 0]) / (w @ sums[:, 1]), counts=counts)
    assert of_counts == pytest.approx(found, abs=1e-9)


def test_the_jackknife_of_a_mean_is_students_interval() -> None:
    x = np.random.default_rng(1).normal(size=25)
    low, high = stats.t.interval(0.9, 24, loc=x.mean(), scale=stats.sem(x))
    found = rs.jackknife(np.column_stack([np.ones(25), x]), mean, level=0.9)
    assert (found.low, found.high, found.se) == pytest.approx((low, high, stats.sem(x)), abs=1e-12)


def test_the_jackknife_counts_units_without_which_nothing_is_defined() -> None:
    # Without the only dissenter kappa is 0/0.
    sums = np.eye(4)[[0, 3]].reshape(2, 2, 2)
    found = rs.jackknife(sums, kappa, counts=np.array([9, 1]))
    assert found.n_undefined == 1 and "undefined without 1 of them" in found.method
    both = rs.jackknife(sums, kappa, counts=np.array([1, 1]))
    assert both.undefined == "the statistic is undefined as soon as one unit is left out"


@pytest.mark.parametrize("statistic", [kappa, lambda t: t[:, 0, 1] ** 0.5 / t[:, 1, 1]], ids=["kappa", "root"])
def test_linearised_has_exact_derivatives(statistic: Statistic) -> None:
    table = np.array([[40.0, 9.0], [6.0, 45.0]])
    cells = np.eye(4).reshape(4, 2, 2)
    found = rs.linearised(cells, statistic, counts=table.reshape(-1))
    assert found.value == pytest.approx(float(statistic(table[None])[0]))
    step = 1e-4
    slopes = np.array([(statistic((table + step * c)[None]) - statistic((table - step * c)[None]))[0] for c in cells])
    slopes /= 2 * step
    centred = slopes - slopes @ table.reshape(-1) / table.sum()
    assert found.influence == pytest.approx(centred, abs=1e-8)
    assert found.se == pytest.approx(math.sqrt(100 / 99 * float(centred**2 @ table.reshape(-1))), rel=1e-6)


def test_equal_seeds_give_equal_intervals() -> None:
    first, again = (rs.table_bootstrap([30, 70], share, rng=11) for _ in range(2))
    assert first == again != rs.table_bootstrap([30, 70], share, rng=12)
    assert rs.table_bootstrap([30, 70], share) == rs.table_bootstrap([30, 70], share, rng=0)
    generator = np.random.default_rng(11)
    drawn = rs.table_bootstrap([30, 70], share, rng=generator)
    seed = int(drawn.method.rpartition(" ")[2])
    assert drawn == rs.table_bootstrap([30, 70], share, rng=seed)
    assert drawn != rs.table_bootstrap([30, 70], share, rng=generator)  # the generator has moved on


def test_replicates_of_two_calls_with_one_generator_are_independent() -> None:
    generator, x = np.random.default_rng(1), np.column_stack([np.ones(50), np.arange(50.0)])
    left, right = (rs.replicates(x, mean, resamples=5000, rng=generator) for _ in range(2))
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.06


def test_an_acceleration_beyond_its_pole_ends_at_the_last_replicate() -> None:
    # One outlier among three: a is large, and at 99.9 % the corrected quantile passes the pole of Efron's formula.
    sums = np.column_stack([np.ones(12), [0.0] * 11 + [1000.0]])
    values = rs.replicates(sums, mean, resamples=2000, rng=1)
    found = rs.unit_bootstrap(sums, mean, level=0.99999, resamples=2000, rng=1)
    assert found.high == values.max()
    assert found.low <= found.high
