"""8. What does a score mean in labels?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import CalibrationPart, MapRow, ReliabilityRow
from judgekit.calibration.card.words import number, spoken
from judgekit.calibration.mapping import FittedMap, fit_map
from judgekit.calibration.mapping_conformal import conformal_interval
from judgekit.calibration.mapping_reliability import brier_score, expected_calibration_error, reliability_curve

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

_FEWEST = 20
_LEVEL = 0.9
_MANY = 200
_POINTS = 9


def calibration_part(data: Data) -> CalibrationPart:
    """The part of the card."""
    if not data.ordered:
        return CalibrationPart(missing="the answers have no order; see the confusion matrix for what each one means")
    y = np.where(np.isnan(data.judge), np.nan, data.mean)
    known = ~np.isnan(y)
    if known.sum() < _FEWEST:
        return CalibrationPart(missing=f"{_FEWEST} labelled items with a verdict are needed; there are {known.sum()}")
    binary = bool(np.isin(y[known], (0.0, 1.0)).all())
    method = _method(data, binary, int(known.sum()))
    fitted = fit_map(data.judge, y, method=method, clusters=data.units, rng=data.asked.seed)
    table = _table(data, fitted, y, binary)
    sure = np.clip(fitted.cross_fitted, 0.0, 1.0)
    level, seed = data.asked.level, data.asked.seed
    usable = binary and not np.isnan(sure).all()
    off = expected_calibration_error(sure, y, clusters=data.units, level=level, rng=seed) if usable else None
    return CalibrationPart(
        says=_says(data, table, "" if off is None else spoken(off), binary),
        missing=fitted.undefined or "",
        notes=fitted.notes,
        method=method,
        error_in_sample=fitted.error_in_sample,
        error_cross_fitted=fitted.error_cross_fitted,
        table=table,
        conformal_level=math.nan if binary else _LEVEL,
        reliability=_reliability(sure, y, data) if usable else (),
        calibration_error=off,
        brier=brier_score(sure, y, clusters=data.units, level=level).score if usable else None,
    )


def _method(data: Data, binary: bool, n: int) -> Literal["platt", "isotonic", "linear"]:
    if len(data.paired.categories) == 2:
        return "linear"  # through two points every line is the cell means
    if n >= _MANY:
        return "isotonic"
    return "platt" if binary and data.ends == (0.0, 1.0) else "linear"


def _table(data: Data, fitted: FittedMap, y: Floats, binary: bool) -> tuple[MapRow, ...]:
    f = data.judge[~np.isnan(y)]
    if data.categories is not None:
        at = np.array([one for one in data.paired.categories if (f == one).any()])
        near = [int((f == one).sum()) for one in at]
    else:
        at = np.unique(np.quantile(f, np.linspace(0.05, 0.95, _POINTS)))
        closest = np.abs(f[:, None] - at).argmin(axis=1)
        near = np.bincount(closest, minlength=at.size).tolist()
    expected = fitted.predict(at)
    low = high = np.full(at.size, np.nan)
    if not binary and not np.isnan(fitted.cross_fitted).all():
        ends = conformal_interval(
            fitted.cross_fitted, y, expected, level=_LEVEL, clusters=data.units, low=data.ends[0], high=data.ends[1]
        )
        low, high = ends.low, ends.high
    return tuple(
        MapRow(score=float(at[i]), n=near[i], expected=float(expected[i]), low=float(low[i]), high=float(high[i]))
        for i in range(at.size)
    )


def _reliability(sure: Floats, y: Floats, data: Data) -> tuple[ReliabilityRow, ...]:
    found = reliability_curve(sure, y, clusters=data.units, level=data.asked.level)
    return tuple(
        ReliabilityRow(low=one.low, high=one.high, predicted=one.predicted, observed=one.observed) for one in found
    )


def _says(data: Data, table: tuple[MapRow, ...], error: str, binary: bool) -> str:
    named = dict(zip(data.paired.categories, data.paired.scale.answers, strict=True))

    def score(one: MapRow) -> str:
        return named.get(one.score, number(one.score))

    what = "the share of passes among people's labels" if binary else "people's mean label"
    ends = [table[0], table[-1]] if len(table) > 1 else [table[0]]
    said = " and ".join(f"{number(one.expected)} where the judge says {score(one)}" for one in ends)
    return f"{what[:1].upper()}{what[1:]} is {said}{f'; calibration error {error}' if error else ''}."
