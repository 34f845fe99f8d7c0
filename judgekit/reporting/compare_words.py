"""What a comparison of two runs says alike in a terminal and in a page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plain import NOT_AVAILABLE

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.compare_labels import Better

ADJUSTED: Final = {
    "holm": "Holm's: the chance of any false alarm among the rows stays below the level",
    "bh": "Benjamini and Hochberg's: the expected share of false ones among the alarms stays below the level",
}
"""How p-values of several rows are corrected, in words."""
_MEASURES: Final = {
    "cohen_kappa": "kappa",
    "gwet_ac": "Gwet's AC1",
    "mean_absolute_error": "mean absolute error",
    "concordance_correlation": "Lin's concordance",
}


def p_text(p: float) -> str:
    """A probability in four characters at the most, so that two columns of them stay narrow.

    >>> p_text(0.0004), p_text(0.0312), p_text(1.0), p_text(float("nan"))
    ('<.001', '.031', '1', 'n/a')
    """
    if math.isnan(p):
        return NOT_AVAILABLE
    return "<.001" if p < 0.001 else f"{p:.3f}"[1:] if p < 0.9995 else "1"


def measures(one: Better, *, minus: str) -> list[tuple[str, Estimate]]:
    """Name and estimate of each measure by which two judges are held against labels.

    Args:
        one: a rubric, and both judges on its labels.
        minus: the sign between B and A.
    """
    rows = [] if one.accuracy is None else [(f"share of labels met, B {minus} A", one.accuracy)]
    for place, measure in enumerate(one.measures):
        # Of an ordinal scale there are three measures, and the first is the weighted kappa.
        quadratic = measure.statistic == "cohen_kappa" and place == 0 and len(one.measures) == 3
        name = _MEASURES[measure.statistic] + (", quadratic" if quadratic else "")
        rows += [(f"{name}: A", measure.a), (f"{name}: B", measure.b), (f"{name}: B {minus} A", measure.difference)]
    return rows
