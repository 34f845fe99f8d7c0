"""11. Are several judges better than one, and which one is best?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration import classification as cl
from judgekit.calibration.card.data import Data, attempt
from judgekit.calibration.card.parts import JudgeRow, JuryPart
from judgekit.calibration.card.words import number, plural, spoken
from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.jury import effective_judges
from judgekit.calibration.jury_weights import weighted_jury

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats


def jury_part(data: Data) -> JuryPart:
    """The part of the card."""
    if not data.beside.others:
        return JuryPart(missing="verdicts of a second judge on the same transcripts are needed")
    if data.categories is None:
        return JuryPart(missing="judges vote on answers, and this scale has no categories")
    names = [data.paired.judge_name or "this judge", *data.beside.others]
    votes = np.stack([data.judge, *(data.of_items(one) for one in data.beside.others.values())], axis=1)
    level, units = data.asked.level, data.units
    off = votes if data.ordered else np.where(np.isnan(votes), np.nan, (votes != data.label[:, None]) * 1.0)
    truth = data.label if data.ordered else np.where(np.isnan(data.label), np.nan, 0.0)
    alike = effective_judges(truth, off, clusters=units, level=level)
    found = weighted_jury(
        data.label, votes, categories=len(data.categories), clusters=units, level=level, rng=data.asked.seed
    )
    rows = tuple(
        JudgeRow(
            judge=name,
            accuracy=cl.accuracy(data.label, votes[:, place], categories=data.categories, clusters=units, level=level),
            card_minus=_card_minus(votes, place, data) if place else None,
            jury_minus=found.each[place] if found.each else None,
            weight=found.weights[place] if found.weights else math.nan,
        )
        for place, name in enumerate(names)
    )
    return JuryPart(
        says=_says(found.difference, alike.judges, len(names)),
        missing=found.difference.undefined or "",
        judges=rows,
        effective=alike.judges,
        error_correlation=alike.error_correlation,
        jury=found.jury,
        best_single=found.best_single,
        majority=found.majority,
        difference=found.difference,
    )


def _card_minus(votes: Floats, place: int, data: Data) -> Estimate:
    right = np.where(np.isnan(votes) | np.isnan(data.label)[:, None], np.nan, (votes == data.label[:, None]) * 1.0)
    level = data.asked.level
    return attempt(
        "accuracy_difference",
        lambda: paired_difference(right[:, 0], right[:, place], clusters=data.units, level=level),
        level,
    )


def _says(gap: Estimate, effective: Estimate, judges: int) -> str:
    worth = (
        ""
        if math.isnan(effective.value)
        else f"{plural(judges, 'judge')} are worth {number(effective.value)} independent ones; "
    )
    if math.isnan(gap.low):
        said = "whether a jury is better than the best of them cannot be told"
    elif gap.low > 0.0:
        said = f"a jury is right more often than the best of them, by {spoken(gap)}"
    elif gap.high < 0.0:
        said = f"a jury is right less often than the best of them, by {spoken(gap)}"
    else:
        said = f"a jury is not shown to be better than the best of them: {spoken(gap)}"
    text = f"{worth}{said}."
    return text[:1].upper() + text[1:]
