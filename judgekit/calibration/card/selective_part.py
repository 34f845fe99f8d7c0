"""9. Which verdicts may stand without a person?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import SelectivePart
from judgekit.calibration.card.words import number, percent
from judgekit.calibration.selective import risk_coverage
from judgekit.calibration.selective_escalation import escalation_threshold

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

_DELTA = 0.1
_MOST_POINTS = 200


def selective_part(data: Data) -> SelectivePart:
    """The part of the card."""
    confidence, source = _confidence(data)
    if confidence is None:
        return SelectivePart(
            missing="a confidence for each verdict is needed: repeats of the judge, other judges, or a column of them"
        )
    agree = data.judge == data.label if data.categories is not None else (data.judge >= 0.5) == (data.label >= 0.5)
    right = np.where(np.isnan(data.judge) | np.isnan(data.label), np.nan, agree * 1.0)
    if not (~np.isnan(right) & ~np.isnan(confidence)).any():
        return SelectivePart(confidence=source, missing="no labelled item has both a verdict and a confidence")
    curve = risk_coverage(confidence, right, clusters=data.units, level=data.asked.level)
    found = escalation_threshold(
        confidence, right, target=data.asked.target, delta=_DELTA, clusters=data.units, rng=data.asked.seed
    )
    shown = np.unique(np.linspace(0, len(curve.threshold) - 1, _MOST_POINTS).astype(int))
    stands = found.undefined is None and math.isfinite(found.threshold)
    if stands:
        says = (
            f"With a confidence of {number(found.threshold)} or more, {percent(found.coverage)} of verdicts may stand "
            f"without a person: at most {percent(found.target)} of them are wrong, which holds with a probability of "
            f"{percent(1.0 - found.delta)}."
        )
    else:
        why = f" ({found.undefined})" if found.undefined else ""
        says = f"No threshold keeps the mistakes below {percent(data.asked.target)}: every verdict needs a person{why}."
    return SelectivePart(
        says=says,
        confidence=source,
        threshold=tuple(curve.threshold[shown].tolist()),
        coverage=tuple(curve.coverage[shown].tolist()),
        risk=tuple(curve.risk[shown].tolist()),
        aurc=curve.aurc,
        target=found.target,
        delta=found.delta,
        escalation=found.threshold if stands else math.nan,
        accepted=found.coverage if stands else 0.0,
    )


def _confidence(data: Data) -> tuple[Floats | None, str]:
    """How sure each verdict is, from the best source there is."""
    beside = data.beside
    if beside.confidence:
        return data.of_items(beside.confidence), "as it was given"
    again = list(beside.repeats)
    source = "the share of repeats that say the same"
    if not again and beside.others:
        again, source = list(beside.others.values()), "the share of other judges that say the same"
    if again and data.categories is not None:
        votes = np.stack([data.of_items(one) for one in again], axis=1)
        there = (~np.isnan(votes)).sum(axis=1)
        same = (votes == data.judge[:, None]).sum(axis=1)
        return np.where(there > 0, same / np.maximum(there, 1), np.nan), source
    labels = data.label[~np.isnan(data.label)]
    if data.categories is None and data.ends == (0.0, 1.0) and bool(np.isin(labels, (0.0, 1.0)).all()):
        return np.abs(data.judge - 0.5), "the distance of the score from 0.5"
    return None, ""
