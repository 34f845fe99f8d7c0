"""Data health of raters among themselves: too little to compare, and numbers that need a word beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from judgekit.calibration.estimate import Estimate
from judgekit.calibration.finding import Finding, listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_none import why_none
from judgekit.calibration.raters_each import RaterRow

_APART = 0.2
"""Coefficients of the same labels that differ by more than this need a word."""
_OUTLYING = 0.1
"""Alpha that rises by more than this without one rater says that this rater stands apart."""


def overlap_findings(paired: Paired) -> Iterator[Finding]:
    """Too few transcripts that two raters labelled, and labels of another kind."""
    there = ~np.isnan(paired.ratings)
    n, shared = len(paired.items), int((there.sum(axis=1) > 1).sum())
    if not n:
        yield Finding("nothing_usable", "error", 0, f"no label can be used: {why_none(paired)}")
    elif not shared:
        detail = "no transcript has labels of two raters: agreement cannot be said; let two label the same transcripts"
        yield Finding("no_overlap", "error", n, detail)
    elif shared < n / 2:
        detail = f"{plural(n - shared, 'transcript')} of {n:,} have one label only, and say nothing of agreement"
        yield Finding("little_overlap", "warning", n - shared, detail)
    for one in (one for one in paired.lost if one.side == "label"):
        if one.reason.startswith("of kind "):
            whose = one.reason.removeprefix("of kind ")
            detail = f"{plural(one.count, 'label')} of kind {whose}: kinds are never mixed, ask for them by kind"
            yield Finding("label_kinds", "note", one.count, detail, one.examples)


def number_findings(estimates: Sequence[Estimate], headline: str, raters: Sequence[RaterRow]) -> Iterator[Finding]:
    """Coefficients that contradict each other, and raters without whom the others agree better."""
    values = {one.name: one.value for one in estimates}
    alpha, steady = values[headline], values.get("gwet_ac", math.nan)
    if abs(alpha - steady) > _APART:
        detail = (
            f"alpha is {alpha:.2f} and AC {steady:.2f} on the same labels: they count chance in two ways, which part "
            "where one answer is common; report both, with the shares of the answers"
        )
        yield Finding("coefficients_apart", "note", 1, detail)
    away = [one for one in raters if one.without - alpha > _OUTLYING]
    if away and len(raters) > 2:
        shown = listed([f"{one.rater} (without: {one.without:.2f})" for one in away])
        detail = f"alpha is {alpha:.2f}, and rises where one rater is left out: {shown}; look at these labels"
        yield Finding("outlying_rater", "warning", len(away), detail, tuple(one.rater for one in away[:5]))
