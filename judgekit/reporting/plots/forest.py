"""Biases, or any estimates, one below the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from judgekit.errors import UserError
from judgekit.reporting.plots.given import given_forest
from judgekit.reporting.plots.rows import IntervalRow, plot_rows, row_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.compare import RunComparison

_WIDEST: Final = 8.0
"""In smallest effects that matter: what lies further out ends in an arrow, so that the others stay readable."""


def plot_forest(
    estimates: Sequence[Estimate] | JudgeCard | RunComparison,
    *,
    names: Sequence[str] | None = None,
    neutral: float | Sequence[float] | None = 0.0,
    band: float | None = None,
    effects: Sequence[float] | None = None,
    label: str = "",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Each estimate as a point with its interval, against the value that would mean "nothing there".

    Estimates of one unit share an axis as they are. Those of several units (points, log-odds, shares) cannot: give
    `effects`, and the axis counts smallest effects that matter, with the range that does not matter shaded; the
    numbers at the right stay in their own units.

    Args:
        estimates: what to draw, the first at the top; or a judge card, for its biases, or what `compare_runs` gives,
            for its differences by rubric: these bring their own names, neutral values and effects.
        names: what each is called; None: its own name.
        neutral: the value, or the value of each, that means nothing; None: no such line.
        band: how far from neutral is too small to matter: shaded.
        effects: the smallest effect of each that matters, above 0, in its own unit.
        label: of the axis.
        ax: where to draw; None: a figure of its own.
        title: above it.

    Raises:
        UserError: it is nothing of these, the card has no bias, there are not as many names, neutral values and effects
            as estimates, or an effect is not above 0.
    """
    held = given_forest(estimates)
    estimates, names, label = held.estimates, names or held.names, label or held.label
    neutral, effects = (neutral if held.neutral is None else held.neutral), effects or held.effects
    called = [e.name for e in estimates] if names is None else list(names)
    lines = [neutral] * len(estimates) if isinstance(neutral, int | float) or neutral is None else list(neutral)
    for what, given in (("names", called), ("neutral", lines), ("effects", effects)):
        if given is not None and len(given) != len(estimates):
            raise UserError(
                f"plot_forest: {what}: one for each of {len(estimates)} estimates was wanted; came {len(given)}"
            )
    rows = [row_of(e, name) for e, name in zip(estimates, called, strict=True)]
    if effects is None:
        same = {line for line in lines if line is not None}
        if len(same) > 1:
            raise UserError("plot_forest: neutral values that differ need `effects`, to bring all to one axis")
        middle = next(iter(same), None)
        shade = None if band is None or middle is None else (middle - band, middle + band)
        return plot_rows(rows, ax=ax, title=title, label=label, neutral=middle, band=shade)
    if not all(effect > 0.0 and math.isfinite(effect) for effect in effects):
        raise UserError(f"plot_forest: effects above 0 were wanted; came {min(effects):g}")
    scaled = [_scaled(row, line or 0.0, effect) for row, line, effect in zip(rows, lines, effects, strict=True)]
    reach = [abs(x) for row in scaled for x in (row.value or 0.0, row.low, row.high) if math.isfinite(x)]
    widest = min(_WIDEST, max([2.0, *reach]) * 1.05)
    return plot_rows(
        scaled,
        ax=ax,
        title=title,
        label=label or "in smallest effects that matter (shaded: does not matter)",
        limits=(-widest, widest),
        neutral=0.0,
        band=(-1.0, 1.0),
    )


def _scaled(row: IntervalRow, neutral: float, effect: float) -> IntervalRow:
    value, low, high = (((math.nan if x is None else x) - neutral) / effect for x in (row.value, row.low, row.high))
    return replace(row, value=value, low=low, high=high)
