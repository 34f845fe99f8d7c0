"""What several judges are worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from judgekit.calibration.jury import effective_judges
from judgekit.errors import UserError


def test_by_hand() -> None:
    # errors of two judges over four items: (1,1) (1,0) (0,1) (0,0): correlation 0, two judges
    assert effective_judges([0.0] * 4, [[1, 1], [1, 0], [0, 1], [0, 0]]).judges.value == pytest.approx(2.0)
    # errors 1, 2, 3 against 1, 3, 2: correlation 1/2: 2 / 1.5
    found = effective_judges([0, 0, 0], [[1, 1], [2, 3], [3, 2]])
    assert found.error_correlation.value == pytest.approx(0.5)
    assert found.judges.value == pytest.approx(4 / 3)
    # only errors count: what the truth is does not matter
    moved = effective_judges([5, -3, 2], [[6, 6], [-1, 0], [5, 4]])
    assert moved.judges.value == pytest.approx(4 / 3)


def test_three_judges_take_the_mean_correlation() -> None:
    rng = np.random.default_rng(1)
    d = rng.normal(size=(200, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    found = effective_judges(np.zeros(200), d)
    c = np.corrcoef(d.T)
    rho = (c[0, 1] + c[0, 2] + c[1, 2]) / 3
    assert found.error_correlation.value == pytest.approx(rho)
    assert found.judges.value == pytest.approx(3 / (1 + 2 * rho))
    assert found.judges.low < found.judges.value < found.judges.high
    assert (found.n_judges, found.n_incomplete, found.judges.n) == (3, 0, 200)


def test_incomplete_items_are_counted_and_clusters_kept() -> None:
    rng = np.random.default_rng(2)
    y, f = np.zeros(60), rng.normal(size=(60, 2))
    y[0], f[1, 1] = math.nan, math.nan
    found = effective_judges(y, f, clusters=np.arange(60) // 4)
    assert (found.n_incomplete, found.judges.n, found.judges.n_clusters) == (2, 58, 15)


@pytest.mark.parametrize(
    ("labels", "verdicts", "reason"),
    [
        ([0, 0], [[1], [2]], "2 judges and 2 complete items are needed; there are 1 and 2"),
        ([0], [[1, 2]], "2 judges and 2 complete items are needed; there are 2 and 1"),
        ([0, 0, 0], [[1, 1], [1, 2], [1, 3]], "a judge's error is the same on every item: it has no correlation"),
        ([0.1, 0.2, 0.3], [[0.2, 1], [0.3, 2], [0.4, 5]], "a judge's error is the same on every item"),
        ([0, 0, 0], [[1, -1], [2, -2], [4, -4]], "errors so opposed"),
    ],
)
def test_undefined_has_a_reason(labels: list[float], verdicts: list[list[float]], reason: str) -> None:
    found = effective_judges(labels, verdicts)
    assert math.isnan(found.judges.value)
    assert reason in str(found.judges.undefined)


def test_the_same_judge_twice_is_one_judge() -> None:
    found = effective_judges([0.0] * 5, [[1, 1], [2, 2], [0, 0], [1, 1], [5, 5]])
    assert found.judges.value == pytest.approx(1.0)


def test_shapes_must_fit() -> None:
    with pytest.raises(UserError, match="1 in labels"):
        effective_judges([0], [[1, 2], [1, 2]])
