"""Maps from scores to labels: other implementations, plain data, folds that keep clusters whole."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from judgekit.calibration.mapping import fit_map
from judgekit.calibration.mapping_fits import ScoreMap
from judgekit.errors import UserError

Floats = NDArray[np.float64]
METHODS: tuple[Any, ...] = ("platt", "beta", "isotonic", "ordinal", "linear")


def binary(seed: int, n: int = 300) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    f = rng.random(n)
    return f, (rng.random(n) < f**2).astype(float)


def graded(seed: int, n: int = 400) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    f = rng.random(n)
    grade = np.digitize(3 * f + 0.4 * rng.logistic(size=n), [0.8, 1.5, 2.4])
    return f, (1 + grade).astype(float)


def platt_targets(y: Floats) -> Floats:
    ones, zeros = y.sum(), (1 - y).sum()
    return np.asarray(np.where(y == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2)))


def test_platt_is_scikit_learns_sigmoid_on_the_logit() -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    f, y = binary(1)
    found = fit_map(f, y, method="platt").map
    assert found is not None
    z = logit(np.clip(f, 0.01, 0.99))
    a, b = calibration._sigmoid_calibration(z, y)  # its sign is the other way round
    assert found.coefficients == pytest.approx((-a, -b), abs=1e-4)


@pytest.mark.parametrize("method", ["platt", "beta"])
def test_the_logistic_maps_maximise_their_likelihood(method: Any) -> None:
    f, y = binary(2)
    found = fit_map(f, y, method=method).map
    assert found is not None
    s, t = np.clip(f, 0.01, 0.99), platt_targets(y)
    x = np.column_stack([logit(s), np.ones(s.size)])
    if method == "beta":
        x = np.column_stack([np.log(s), -np.log(1 - s), np.ones(s.size)])

    def loss(b: Floats) -> float:
        z = x @ b
        return float(np.sum(np.logaddexp(0, z) - t * z))

    best = minimize(loss, np.zeros(x.shape[1]), method="BFGS", options={"gtol": 1e-9})
    assert loss(np.array(found.coefficients)) <= best.fun + 1e-9
    # At the maximum the derivatives are 0.
    assert np.abs(x.T @ (expit(x @ np.array(found.coefficients)) - t)).max() < 1e-6


def test_beta_agrees_with_an_unpenalised_logistic_regression() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    f, y = binary(3)
    found = fit_map(f, y, method="beta").map
    assert found is not None
    s, t = np.clip(f, 0.01, 0.99), platt_targets(y)
    x = np.column_stack([np.log(s), -np.log(1 - s)])
    other = linear_model.LogisticRegression(C=math.inf, tol=1e-10, max_iter=10_000)
    other.fit(np.vstack([x, x]), np.repeat([1, 0], s.size), sample_weight=np.concatenate([t, 1 - t]))
    assert found.coefficients == pytest.approx((*other.coef_[0], other.intercept_[0]), abs=1e-5)


def test_beta_never_falls() -> None:
    # Labels that are 1 in the middle only: one of a and b would be negative, and is 0.
    f = np.linspace(0.01, 0.99, 99)
    found = fit_map(f, ((f > 0.3) & (f < 0.9)).astype(float), method="beta").map
    assert found is not None
    assert min(found.coefficients[:2]) == 0.0
    assert (np.diff(found.predict(f)) >= 0).all()
    falling = fit_map(f, (f < 0.5).astype(float), method="beta").map
    assert falling is not None
    assert falling.coefficients[:2] == (0.0, 0.0)


def test_isotonic_agrees_with_scikit_learn() -> None:
    isotonic = pytest.importorskip("sklearn.isotonic")
    for seed in range(5):
        f, y = binary(seed)
        f = np.round(f, 1) if seed % 2 else f
        other = isotonic.IsotonicRegression(out_of_bounds="clip").fit(f, y)
        new = np.linspace(-0.2, 1.2, 200)
        assert fit_map(f, y, method="isotonic").predict(new) == pytest.approx(other.predict(new), abs=1e-12)


def test_isotonic_by_hand() -> None:
    # Means at 1, 2, 3: 0, 1, ½; the last two fall and pool to (1 + 1 + 0)/3.
    found = fit_map([1, 2, 3, 3], [0, 1, 1, 0], method="isotonic")
    assert found.predict([0, 1, 1.5, 2, 3, 9]) == pytest.approx([0, 0, 1 / 3, 2 / 3, 2 / 3, 2 / 3])


def test_ordinal_agrees_with_statsmodels() -> None:
    ordinal = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
    import warnings

    f, y = graded(4)
    found = fit_map(f, y, method="ordinal").map
    assert found is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = ordinal.OrderedModel(y.astype(int), f[:, None], distr="logit").fit(method="bfgs", disp=0, gtol=1e-9)
    assert found.probabilities(f) == pytest.approx(other.predict(f[:, None]), abs=1e-6)
    assert found.predict(f) == pytest.approx(other.predict(f[:, None]) @ [1, 2, 3, 4], abs=1e-6)


def test_ordinal_without_a_slope_has_the_shares() -> None:
    # A constant score: P(y <= k) are the shares themselves, 1/4, 3/4.
    found = fit_map([0.5] * 8, [1, 1, 2, 2, 2, 2, 5, 5], method="ordinal")
    assert found.map is not None
    assert found.map.probabilities([0.5])[0] == pytest.approx([0.25, 0.5, 0.25], abs=1e-9)
    assert found.predict([0.5])[0] == pytest.approx(0.25 + 1.0 + 1.25)
    assert "all scores are the same" in found.notes[0]


def test_grades_that_scores_separate_stay_finite() -> None:
    found = fit_map([0, 0, 1, 1, 2, 2], [1, 1, 2, 2, 3, 3], method="ordinal")
    assert found.predict([0, 1, 2]) == pytest.approx([1, 2, 3], abs=1e-3)
    assert found.map is not None
    assert all(math.isfinite(c) for c in found.map.coefficients)


def test_linear_takes_covariates_and_stays_on_the_scale() -> None:
    rng = np.random.default_rng(5)
    f, length = rng.random(200), rng.random(200)
    x = np.column_stack([f, length])
    found = fit_map(x, 1 + 2 * f - length, method="linear")
    assert found.map is not None
    assert found.map.coefficients == pytest.approx((1, 2, -1))
    assert found.predict([[0.5, 0.5]])[0] == pytest.approx(1.5)
    assert found.predict([[99.0, 0.0]])[0] == pytest.approx((1 + 2 * f - length).max())


@pytest.mark.parametrize("method", METHODS)
def test_a_map_is_plain_data(method: Any) -> None:
    f, y = graded(6) if method in ("ordinal", "linear") else binary(6)
    found = fit_map(f, y, method=method).map
    assert found is not None
    again = ScoreMap.from_plain(json.loads(json.dumps(found.to_plain())))
    assert again == found
    assert (again.predict(f) == found.predict(f)).all()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"method": "cubic", "coefficients": [], "knots": [], "values": [], "clip": 0},
        {"method": "platt", "coefficients": ["x"], "knots": [], "values": [], "clip": 0},
        {"method": "platt", "coefficients": 3, "knots": [], "values": [], "clip": 0},
        {"method": "platt", "coefficients": [], "knots": [], "values": [], "clip": 0, "more": 1},
    ],
)
def test_broken_plain_data_is_one_line(data: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"^score map: [^\n]*$"):
        ScoreMap.from_plain(data)


@pytest.mark.parametrize("method", METHODS)
def test_folds_keep_clusters_whole(method: Any) -> None:
    # Labels copied within clusters: a map that saw a copy would be right about it. Out of fold nothing is known.
    rng = np.random.default_rng(7)
    f = np.repeat(rng.random(60), 5)
    y = np.repeat(rng.integers(0, 2, 60), 5).astype(float)
    found = fit_map(f, y, method=method, clusters=np.repeat(np.arange(60), 5))
    assert found.n_clusters == 60
    assert found.error_cross_fitted > 0.24  # a coin's variance is 0.25
    leaked = fit_map(f, y, method="isotonic", folds=300)
    assert leaked.error_cross_fitted < found.error_cross_fitted


@pytest.mark.parametrize("method", METHODS)
def test_the_cross_fitted_error_is_what_new_items_show(method: Any) -> None:
    errors = []
    for seed in range(40):
        f, y = binary(seed, 120)
        found = fit_map(f, y, method=method, folds=10)
        new_f, new_y = binary(1000 + seed, 2000)
        new = float(np.mean((found.predict(new_f) - new_y) ** 2))
        errors.append((found.error_in_sample, found.error_cross_fitted, new))
    inside, outside, new = np.mean(errors, axis=0)
    assert outside == pytest.approx(new, abs=0.008)  # 40 means of 120: standard error about 0.003
    assert inside < outside


@pytest.mark.parametrize("method", METHODS)
def test_missing_items_stay_in_place(method: Any) -> None:
    f, y = binary(8, 60)
    f[3], y[10] = np.nan, np.nan
    found = fit_map(f, y, method=method)
    assert found.n == 58
    assert np.flatnonzero(np.isnan(found.cross_fitted)).tolist() == [3, 10]
    assert math.isnan(found.predict([math.nan])[0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("f", "y", "says"),
    [
        ([], [], "no item has both"),
        ([0.5, math.nan], [math.nan, 1], "no item has both"),
        ([0.5], [1], "2 independent units"),
        ([0.2, 0.8], [0, 1], None),
        ([0.2, 0.8, 0.9], [1, 1, 1], "all labels are 1"),
        ([0.4] * 6, [0, 1] * 3, "all scores are the same"),
        ([0.1, 0.2, 0.8, 0.9] * 5, [1, 1, 0, 0] * 5, "reversed"),
        ([0.0, 1.0] * 10, [0, 1] * 10, None),
    ],
)
def test_degenerate_data(method: Any, f: list[float], y: list[float], says: str | None) -> None:
    found = fit_map(f, y, method=method)
    said = [found.undefined, *found.notes] if says else [None]
    assert says is None or any(says in str(one) for one in said)
    predicted = found.predict([0.0, 0.5, 1.0])
    assert np.isfinite(predicted).all() == (found.map is not None)


@pytest.mark.parametrize(
    ("f", "y", "keywords", "message"),
    [
        (["a"], [1], {"method": "linear"}, "came as text"),
        ([1, 2], [1], {"method": "linear"}, "2 items, 1 in y"),
        ([3.0, 4.0], [0, 1], {"method": "platt"}, "3 came; rescale"),
        ([0.3, 0.4], [0, 2], {"method": "beta"}, "2 came; use ordinal"),
        ([0.3], [1], {"method": "cubic"}, "'cubic'"),
        ([0.3], [1], {"method": "platt", "folds": 1}, "2 folds or more"),
        ([0.3], [1], {"method": "platt", "clip": 0.5}, "clip"),
        ([[0.3, 0.4]], [1], {"method": "platt"}, "one value an item"),
    ],
)
def test_wrong_input_is_one_line(f: Any, y: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        fit_map(f, y, **keywords)
    assert message in str(error.value)


def test_probabilities_are_the_ordinal_maps_alone() -> None:
    with pytest.raises(UserError, match="ordinal"):
        ScoreMap("platt", (1.0, 0.0)).probabilities([0.5])


def test_notes_say_when_there_is_little_to_learn_from() -> None:
    f, y = graded(9, 30)
    y[0] = 9.0
    assert "200 items; there are 30" in fit_map(f, y, method="isotonic").notes[0]
    assert "grade 9" in " ".join(fit_map(f, y, method="ordinal").notes)


@given(st.integers(0, 10_000), st.sampled_from(METHODS))
def test_maps_of_rising_labels_rise_and_stay_within_the_labels(seed: int, method: Any) -> None:
    rng = np.random.default_rng(seed)
    f = np.round(rng.random(40), 2)
    y = (rng.random(40) < f).astype(float)
    found = fit_map(f, y, method=method)
    new = found.predict(np.linspace(0, 1, 50))
    assert (new >= -1e-12).all()
    assert (new <= 1 + 1e-12).all()
    if not any("reversed" in note for note in found.notes) and method != "linear":
        assert (np.diff(new) >= -1e-12).all() or (method == "platt" and (np.diff(new) <= 1e-12).all())
    again = fit_map(f[::-1], y[::-1], method=method)
    assert again.predict(f) == pytest.approx(found.predict(f), abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_a_million_rows(method: Any) -> None:
    rng = np.random.default_rng(0)
    f = np.round(rng.random(1_000_000), 3)
    found = fit_map(f, (rng.random(f.size) < f).astype(float), method=method, folds=2)
    assert found.error_cross_fitted == pytest.approx(1 / 6, abs=0.01)  # E f(1-f) = 1/2 - 1/3
