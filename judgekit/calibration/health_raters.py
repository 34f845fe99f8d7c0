"""Data health of raters: turned scales, one answer for everything, few labels, several kinds of labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.finding import Finding, listed, plural
from judgekit.calibration.pairing import Paired

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

_TURNED = -0.3
"""A correlation below this is no bad luck but a scale that runs the other way."""
_FEW_PAIRS = 10
_FEW_SAME = 5
"""Fewer equal answers than these say nothing."""
FEW_LABELS = 30
"""Labels of one annotator below which nothing can be said about that annotator."""
_CERTAIN = 1.96


def polarity_findings(paired: Paired) -> Iterator[Finding]:
    """Raters whose scale runs the other way: r < -0.3, and its 95 % interval below 0.

    An annotator is held against the judge, and against the mean of the others where there are two of these. Where all
    annotators oppose the judge, it is the judge that is turned.
    """
    if not paired.scale.ordered or not paired.items:
        return
    against_judge = [_turned(column, paired.judge) for column in paired.ratings.T]
    enough = [one for one in against_judge if one is not None]
    mend = f"if so, replace x by {paired.scale.low + paired.scale.high:g} - x"
    if enough and all(turned for turned, _ in enough):
        detail = (
            f"the judge runs against all annotators (r = {min(r for _, r in enough):.2f}): is its scale turned? {mend}"
        )
        yield Finding("reversed", "error", len(enough), detail)
        return
    for place, name in enumerate(paired.annotators):
        found = [against_judge[place], _turned(paired.ratings[:, place], _others(paired.ratings, place))]
        worst = min((one for one in found if one is not None and one[0]), key=lambda one: one[1], default=None)
        if worst is not None:
            detail = f"{name} runs against the other raters (r = {worst[1]:.2f}): is the scale turned? {mend}"
            yield Finding("reversed", "error", 1, detail, (name,))


def _turned(a: Floats, b: Floats) -> tuple[bool, float] | None:
    """Whether b runs against a, and their correlation; None where there is too little."""
    both = ~(np.isnan(a) | np.isnan(b))
    x, y = a[both], b[both]
    if len(x) < _FEW_PAIRS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    r = float(np.corrcoef(x, y)[0, 1])
    upper = math.tanh(math.atanh(max(-1 + 1e-12, min(r, 1 - 1e-12))) + _CERTAIN / math.sqrt(len(x) - 3))
    return r < _TURNED and upper < 0, r


def _others(ratings: Floats, place: int) -> Floats:
    """The mean of the other annotators; nan where fewer than two answered: one alone could be the turned one."""
    rest = np.delete(ratings, place, axis=1)
    count = (~np.isnan(rest)).sum(axis=1)
    return np.where(count >= 2, np.nansum(rest, axis=1) / np.maximum(count, 1), np.nan)


def rater_findings(paired: Paired) -> Iterator[Finding]:
    """Raters who always say the same, and annotators with few labels."""
    columns = dict(zip(paired.annotators, paired.ratings.T, strict=True))
    constant = [name for name, column in columns.items() if _is_constant(column)]
    if constant:
        detail = f"{listed(constant)} gave one answer only: agreement by chance cannot be told from agreement"
        yield Finding("one_answer", "warning", len(constant), detail, tuple(constant[:5]))
    if _is_constant(paired.judge):
        detail = "the judge gave one answer only: it tells no transcript from another"
        yield Finding("one_answer_judge", "error", 1, detail)
    few = {name: int((~np.isnan(column)).sum()) for name, column in columns.items()}
    few = {name: count for name, count in few.items() if count < FEW_LABELS}
    if few:
        counted = listed([f"{name} {count}" for name, count in few.items()])
        detail = (
            f"fewer than {FEW_LABELS} labels from {plural(len(few), 'annotator')} ({counted}): too few to compare them"
        )
        yield Finding("few_labels", "warning", len(few), detail, tuple(few)[:5])


def _is_constant(column: Floats) -> bool:
    there = column[~np.isnan(column)]
    return len(there) >= _FEW_SAME and bool(np.ptp(there) == 0)


def kind_findings(paired: Paired) -> Iterator[Finding]:
    """Labels of people, of authors and of scripts, each against the judge."""
    if len(paired.by_kind) > 1:
        shares = "; ".join(
            f"{one.kind}: {plural(one.labels, 'label')} of {plural(one.annotators, 'annotator')}, "
            f"the judge agrees with {one.agreeing / one.labels:.3g}"
            for one in paired.by_kind
        )
        others = sum(one.labels for one in paired.by_kind if one.kind != paired.kind)
        detail = (
            f"labels of several kinds are never mixed, and what follows rests on those of kind {paired.kind} ({shares})"
        )
        yield Finding("label_kinds", "note", others, detail)
    if paired.kind != "human" and paired.annotators:
        detail = f"all labels are of kind {paired.kind}: agreement with them says nothing about people"
        yield Finding("no_human_labels", "warning", int((~np.isnan(paired.ratings)).sum()), detail)
