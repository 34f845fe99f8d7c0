"""Every coefficient of agreement is what its definition says, pair of ratings by pair of ratings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.classification_macro import matthews_correlation
from tests.calibration.oracles import written_out as plain

CLOSE = 1e-9
SCALE = [1.0, 2.0, 3.0, 4.0]


def panels(missing: float) -> list[Any]:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(8):
        n, raters = int(rng.integers(6, 20)), int(rng.integers(2, 5))
        truth = rng.integers(1, 5, n)
        x = np.where(rng.random((n, raters)) < 0.6, truth[:, None], rng.integers(1, 5, (n, raters))).astype(float)
        x[rng.random(x.shape) < missing] = np.nan
        x[0], x[1] = 1.0, 2.0  # every rater answers twice, and not always the same
        found.append(x)
    return found


@pytest.mark.parametrize("missing", [0.0, 0.25])
@pytest.mark.parametrize("weights", [None, "linear", "quadratic", "ordinal"])
def test_coefficients_of_any_number_of_raters(weights: Any, missing: float) -> None:
    w = plain.weight(weights, SCALE)
    how: dict[str, Any] = {"categories": SCALE, "weights": weights, "ci": None}
    for x in panels(missing):
        rows = x.tolist()
        assert ag.percent_agreement(x, **how).value == pytest.approx(plain.observed(rows, w), abs=CLOSE)
        assert ag.fleiss_kappa(x, **how).value == pytest.approx(plain.fleiss(rows, SCALE, w), abs=CLOSE)
        assert ag.brennan_prediger(x, **how).value == pytest.approx(plain.brennan_prediger(rows, SCALE, w), abs=CLOSE)
        assert ag.gwet_ac(x, **how).value == pytest.approx(plain.gwet(rows, SCALE, w), abs=CLOSE)
        assert ag.conger_kappa(x, **how).value == pytest.approx(plain.conger(rows, SCALE, w), abs=CLOSE)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic", "ordinal"])
def test_coefficients_of_two_raters(weights: Any) -> None:
    w = plain.weight(weights, SCALE)
    how: dict[str, Any] = {"categories": SCALE, "weights": weights, "ci": None}
    for x in panels(0.0):
        a, b = x[:, 0], x[:, 1]
        rows = x[:, :2].tolist()
        assert ag.cohen_kappa(a, b, **how).value == pytest.approx(plain.conger(rows, SCALE, w), abs=CLOSE)
        assert ag.scott_pi(a, b, **how).value == pytest.approx(plain.fleiss(rows, SCALE, w), abs=CLOSE)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha(metric: Any) -> None:
    for x in [*panels(0.0), *panels(0.25)]:
        expected = plain.alpha(x.tolist(), getattr(plain, metric))
        assert ag.krippendorff_alpha(x, metric=metric, ci=None).value == pytest.approx(expected, abs=CLOSE)


def test_correlations() -> None:
    for x in panels(0.0):
        a, b = x[:, 0].tolist(), x[:, 1].tolist()
        assert ag.concordance_correlation(a, b, ci=None).value == pytest.approx(plain.concordance(a, b), abs=CLOSE)
        assert ag.kendall_tau(a, b, ci=None).value == pytest.approx(plain.kendall_b(a, b), abs=CLOSE)


def test_matthews() -> None:
    for y, f, k in plain.tables(1, 10):
        expected = plain.gorodkin(list(zip(y, f, strict=True)), k)
        assert matthews_correlation(y, f).value == pytest.approx(expected, abs=CLOSE)
