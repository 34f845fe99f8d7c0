"""Every 95 % interval holds the truth in 93 to 97 of 100 simulations, at the sizes that its docstring states."""

from __future__ import annotations

import pytest

from tests.calibration.agreement_coverage import Cell, cells, coverage

RUNS = 2000  # a share of 0.95 then has an error of 0.005


@pytest.mark.slow
@pytest.mark.parametrize("cell", cells(smallest=True), ids=lambda one: f"{one.name}: {one.size}, {one.ci}")
def test_coverage(cell: Cell) -> None:
    held, above, below = coverage(cell, RUNS)
    assert 0.93 <= held <= 0.97, f"{held:.3f}: wholly above the truth {above:.3f}, below {below:.3f}"
