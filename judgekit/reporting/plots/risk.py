"""How many verdicts may stand without a person, and what that risks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from judgekit.reporting.plots.canvas import COLUMN, INK, JUDGE, PEOPLE, SMALL, axes, style, titled, write
from judgekit.reporting.plots.given import given_risk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.selective import RiskCoverage
    from judgekit.calibration.selective_escalation import Escalation


def plot_risk_coverage(
    curve: RiskCoverage | JudgeCard,
    *,
    escalation: Escalation | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """The share of mistakes among the most confident verdicts, against the share of verdicts that is kept.

    With an escalation: the tolerated share as a dashed line, and a square at the chosen threshold, its upper bound
    above it.

    Args:
        curve: what `risk_coverage` gives, or a judge card, which brings its own escalation.
        escalation: what `escalation_threshold` gives for the same data.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither, or the card holds none.
    """
    curve, chosen = given_risk(curve)
    escalation = escalation or chosen
    with style():
        ax = axes(ax, COLUMN * 0.68 + (0.2 if title else 0.0))
        top = float(curve.risk.max()) if curve.risk.size else 0.0
        if curve.coverage.size:
            few = curve.coverage.size <= 20  # a few vote shares are points; many confidences are a line
            ax.plot(
                curve.coverage,
                curve.risk,
                "o-" if few else "-",
                color=JUDGE,
                markersize=3.5,
                linewidth=1.2,
                clip_on=False,
            )
        if escalation is not None:
            top = max(top, escalation.target, 0.0 if math.isnan(escalation.bound) else escalation.bound)
        top = min(1.0, 1.15 * top) or 0.1
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, top)
        if escalation is not None:
            _chosen(ax, escalation)
        ax.set_xlabel("share of verdicts kept, most confident first")
        ax.set_ylabel("share of mistakes among them")
        titled(ax, title, pad=18.0 if escalation is not None else 6.0)
        return ax


def _chosen(ax: Axes, e: Escalation) -> None:
    ax.axhline(e.target, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    beside, above = ax.get_yaxis_transform(), ax.transAxes
    write(ax, 1.02, e.target, f"{e.target * 100:.3g} %\nallowed", transform=beside, va="center", fontsize=SMALL)
    if math.isnan(e.threshold):
        write(ax, 0.0, 1.04, "no threshold holds what is allowed", transform=above, fontsize=SMALL)
        return
    if not math.isnan(e.bound):
        ax.plot([e.coverage] * 2, [e.disagreement, e.bound], color=PEOPLE, linewidth=1.6, solid_capstyle="butt")
        ax.plot([e.coverage], [e.bound], "_", color=PEOPLE, markersize=7, markeredgewidth=1.6)
    ax.plot([e.coverage], [e.disagreement], "s", color=PEOPLE, markersize=6, zorder=3)
    bound = "" if math.isnan(e.bound) else f", mistakes ≤ {e.bound:.1%}"
    text = f"■ confidence ≥ {e.threshold:.3g} keeps {e.coverage:.0%}{bound}"
    write(ax, 0.0, 1.04, text, transform=above, fontsize=SMALL)
