"""The corrected mean of a card's data, by the way its labels were chosen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.correction import CorrectedMean, corrected_mean

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

UNSAID = "nobody said how the labelled items were chosen; say whether they are random, stratified or hand_picked"


def correct(data: Data, labelled: np.ndarray | None = None, others: np.ndarray | None = None) -> CorrectedMean:
    """The corrected mean over all items, or over some of them.

    Args:
        data: of the card.
        labelled: (n,), which labelled items count; None: all.
        others: (m,), which of the items without a label count; None: all.
    """
    n, m = len(data.paired.items), len(data.paired.unlabelled_items)
    keep = ~np.isnan(data.judge) if labelled is None else labelled & ~np.isnan(data.judge)
    rest = np.ones(m, dtype=bool) if others is None else others
    low, high = data.ends
    y, f, free = data.mean[keep], data.judge[keep], data.paired.unlabelled_judge[rest]
    whole = np.concatenate([keep, rest])
    units = data.all_units
    asked = data.asked.labels_are
    every = not len(free)
    found = corrected_mean(
        y,
        f,
        free,
        labels_are=asked if asked is not None and not every else "random",
        strata=_strata(data, whole) if asked == "stratified" and not every else None,
        weights=_weights(data, keep) if asked == "stratified" and not every else None,
        clusters=None if units is None else units[whole],
        level=data.asked.level,
        low=low,
        high=high,
    )
    assert n + m == whole.size
    if every and not found.refused:
        return replace(found, reason="every item has a label: the mean of the labels is the answer")
    if asked is None and not every:
        return _unsaid(found)
    return found


def _unsaid(found: CorrectedMean) -> CorrectedMean:
    others = found.others if found.refused else (found.estimate, *found.others)
    bare = replace(found.labels_only, name="corrected_mean", value=math.nan, low=math.nan, high=math.nan)
    return replace(
        found,
        estimate=replace(bare, undefined=UNSAID),
        estimator="none",
        reason=UNSAID,
        refused=True,
        others=others,
        worth=math.nan,
    )


def _strata(data: Data, keep: np.ndarray) -> list[str] | None:
    held = data.beside.strata
    names = [*data.paired.items, *data.paired.unlabelled_items]
    found = [held.get(name, "") for name in names]
    return [one for one, there in zip(found, keep, strict=True) if there] if held and all(found) else None


def _weights(data: Data, keep: np.ndarray) -> Floats | None:
    chance = data.of_items(data.beside.probability)[keep]
    return 1.0 / chance if chance.size and bool((chance > 0.0).all()) else None
