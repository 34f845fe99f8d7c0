"""Figures of a judge and its calibration; matplotlib is loaded when the first is drawn (extra `report`)."""

from judgekit.reporting.plots.ceiling import plot_ceiling
from judgekit.reporting.plots.confusion import plot_confusion
from judgekit.reporting.plots.corrected import plot_corrected
from judgekit.reporting.plots.files import save_figure
from judgekit.reporting.plots.forest import plot_forest
from judgekit.reporting.plots.means import plot_means
from judgekit.reporting.plots.reliability import plot_reliability
from judgekit.reporting.plots.risk import plot_risk_coverage
from judgekit.reporting.plots.rows import IntervalRow, plot_rows
from judgekit.reporting.plots.svg import to_svg

__all__ = [
    "IntervalRow",
    "plot_ceiling",
    "plot_confusion",
    "plot_corrected",
    "plot_forest",
    "plot_means",
    "plot_reliability",
    "plot_risk_coverage",
    "plot_rows",
    "save_figure",
    "to_svg",
]
