"""Do the judge's probabilities come true? The reliability diagram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from judgekit.reporting.plots.canvas import COLUMN, FAINT, INK, JUDGE, SMALL, axes, style, titled, write
from judgekit.reporting.plots.given import given_reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.mapping_reliability import ReliabilityBin


def plot_reliability(
    bins: Sequence[ReliabilityBin] | JudgeCard, *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """The share that came true against the predicted share, with intervals; bars below show how many items.

    On the dashed line predictions mean what they say; a point below it is overconfident.

    Args:
        bins: what `reliability_curve` gives, or a judge card.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is neither, or the card holds none.
    """
    bins = given_reliability(bins)
    with style():
        ax = axes(ax, COLUMN * 0.85 + (0.2 if title else 0.0))
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(-0.24, 1.0)
        ax.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        most = max((b.observed.n for b in bins), default=1) or 1
        for b in bins:
            e = b.observed
            width = max(b.high - b.low - 0.008, 0.012)  # a gap between neighbours
            middle = (b.low + b.high) / 2.0
            ax.bar(middle, 0.11 * e.n / most, width=width, bottom=-0.22, color=INK, alpha=3 * FAINT, linewidth=0)
            if not (math.isnan(e.low) or math.isnan(e.high)):
                ax.plot([b.predicted] * 2, [e.low, e.high], color=JUDGE, linewidth=1.4, solid_capstyle="butt", zorder=2)
        seen = [b for b in bins if not math.isnan(b.observed.value)]
        x, y = [b.predicted for b in seen], [b.observed.value for b in seen]
        ax.plot(x, y, "o-", color=JUDGE, markersize=5, linewidth=0.9, clip_on=False, zorder=3)
        ax.axhline(0.0, color=INK, linewidth=0.6)
        write(ax, 1.0, -0.025, f"items a bin, at most {most:,}", ha="right", va="top", fontsize=SMALL)
        ax.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
        ax.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
        ax.set_xlabel("predicted share")
        ax.set_ylabel("share that came true")
        titled(ax, title)
        return ax
