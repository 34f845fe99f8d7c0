"""10. What to label next, and how many?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import NextPart, NextRow, PlanRow
from judgekit.calibration.card.words import number, plural
from judgekit.calibration.planning import next_to_label, plan_labels
from judgekit.calibration.planning_draw import expected_error
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

_WIDTHS = (0.1, 0.05, 0.02)
"""Half-widths that are planned for, as shares of the scale."""
_SAID = 0.05


def next_part(data: Data) -> NextPart:
    """The part of the card."""
    free = data.paired.unlabelled_items
    plan, why = _plan(data)
    if not free:
        done = "every judged transcript has a label"
        return NextPart(says=f"Nothing is left to label: {done}{_beyond(plan, data)}.", missing=why, plan=plan)
    verdicts = data.paired.unlabelled_judge
    error, note = _error(data, verdicts)
    k = min(data.asked.next_k, len(free))
    choice = next_to_label(verdicts, k, error_sd=error, rng=data.asked.seed)
    rows = tuple(
        NextRow(transcript_id=free[place], probability=choice.probability[place], verdict=float(verdicts[place]))
        for place in choice.chosen
    )
    return NextPart(
        says=_says(rows, plan, data),
        missing=why,
        notes=(note,) if note else (),
        chosen=rows,
        plan=plan,
        method=choice.method,
    )


def _says(rows: tuple[NextRow, ...], plan: tuple[PlanRow, ...], data: Data) -> str:
    said = f"Label next the {plural(len(rows), 'transcript')} that the card names, {rows[0].transcript_id} first"
    span = data.ends[1] - data.ends[0]
    for row in plan:
        if abs(row.half_width - _SAID * span) < 1e-9:
            width = f"the mean to ±{number(row.half_width)}"
            if row.more is None:
                return f"{said}; for {width} even labels of all transcripts are too few."
            if row.more == 0:
                return f"{said}; the labels that are there suffice for {width}."
            return f"{said}; {plural(row.more, 'more label')} would give {width}."
    return f"{said}."


def _beyond(plan: tuple[PlanRow, ...], data: Data) -> str:
    """What it would take where everything has a label already: new transcripts, for the judge too."""
    have, span = int((~np.isnan(data.judge)).sum()), data.ends[1] - data.ends[0]
    for row in plan:
        if abs(row.half_width - _SAID * span) < 1e-9 and row.labels_alone > have:
            more = plural(row.labels_alone - have, "more transcript")
            return f"; for the mean to ±{number(row.half_width)}, judge and label {more}"
    return ""


def _plan(data: Data) -> tuple[tuple[PlanRow, ...], str]:
    if not data.ordered:
        return (), "how many: the answers have no order, so there is no mean to plan for"
    keep = ~np.isnan(data.judge)
    units = data.all_units
    everything = np.concatenate([keep, np.ones(len(data.paired.unlabelled_items), dtype=bool)])
    low, high = data.ends
    rows = []
    try:
        for share in _WIDTHS:
            plan = plan_labels(
                share * (high - low),
                labelled_y=data.mean[keep],
                labelled_f=data.judge[keep],
                unlabelled_f=data.paired.unlabelled_judge,
                clusters=None if units is None else units[everything],
                level=data.asked.level,
                low=low,
                high=high,
            )
            rows.append(
                PlanRow(
                    half_width=plan.target_half_width,
                    labels_needed=plan.labels_needed,
                    labels_alone=plan.labels_needed_alone,
                    more=plan.more,
                )
            )
    except UserError as error:
        return (), f"how many: {error}"
    return tuple(rows), ""


def _error(data: Data, verdicts: Floats) -> tuple[Floats, str]:
    """The expected error of each unlabelled verdict; 0 throughout where it cannot be told: a uniform draw."""
    keep = ~np.isnan(data.judge)
    low, high = data.ends
    try:
        if not data.ordered:
            raise UserError("the answers have no order")
        return expected_error(data.mean[keep], data.judge[keep], verdicts, low=low, high=high), ""
    except UserError as error:
        return np.zeros(verdicts.size), f"drawn uniformly: {error}"
