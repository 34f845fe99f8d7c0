"""One true mean, several estimators: which is valid here, and what the others would have said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plots.given import given_corrected
from judgekit.reporting.plots.rows import IntervalRow, Role, plot_rows, row_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.correction import CorrectedMean
    from judgekit.calibration.estimate import Estimate

_NAMES: Final = {
    "naive": "judge alone (naive)",
    "labels_only": "labels alone",
    "ppi_mean": "PPI++",
    "poststratified_mean": "post-stratified",
    "rogan_gladen": "Rogan-Gladen",
}


def plot_corrected(corrected: CorrectedMean | JudgeCard, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Every estimate of the true mean side by side; the valid one is thick, bold and said to be valid.

    Args:
        corrected: what `corrected_mean` gives, or a judge card.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither, or the card holds none.
    """
    found, valid = given_corrected(corrected)
    return plot_estimators(found, valid=valid, ax=ax, title=title)


def plot_estimators(
    found: Mapping[str, Estimate], *, valid: str, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """The same from estimates by the name of their estimator, `naive`, `labels_only`, `ppi_mean` and so on.

    Args:
        found: the estimates.
        valid: which of them is valid; another word, such as `none`: none is.
        ax: where to draw; None: a figure of its own.
        title: above it.
    """
    rows = [_row(found[name], name, valid=name == valid) for name in _NAMES if name in found]
    if valid not in found:
        rows.insert(0, IntervalRow("no estimate is valid here"))
    return plot_rows(rows, ax=ax, title=title, label="mean")


def _row(estimate: Estimate, name: str, *, valid: bool) -> IntervalRow:
    role: Role = "people" if name == "labels_only" else "judge" if valid else "other"
    return row_of(estimate, f"{_NAMES[name]}{' (valid)' if valid else ''}", role=role, strong=valid)
