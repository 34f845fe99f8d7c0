"""Numbers as a card's JSON holds them: nan and infinity have no JSON, so both are null there and nan here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator

from judgekit.calibration.estimate import Estimate
from judgekit.noun import Noun, Text


def _number(value: Any) -> Any:
    return math.nan if value is None else value


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


Num = Annotated[float, BeforeValidator(_number), PlainSerializer(_plain)]
"""A number that may be undefined: nan, null in JSON."""


class _EstimateRow(Noun):
    name: Text
    value: Num
    low: Num
    high: Num
    level: float
    n: int
    n_clusters: int
    method: Text
    undefined: Text | None = None
    note: Text = ""


def _estimate(value: Any) -> Estimate:
    if isinstance(value, Estimate):
        row = {name: getattr(value, name) for name in _EstimateRow.model_fields}
    elif isinstance(value, Mapping):
        row = dict(value)
    else:
        raise ValueError("wanted an estimate: an object with name, value, low, high, level, n, n_clusters and method")
    held = _EstimateRow.model_validate(row)
    return Estimate(**{name: getattr(held, name) for name in _EstimateRow.model_fields})


def _row(estimate: Estimate) -> dict[str, Any]:
    return {name: _plain(held) if isinstance(held, float) else held for name, held in asdict(estimate).items()}


CardEstimate = Annotated[Estimate, PlainValidator(_estimate), PlainSerializer(_row)]
"""An `Estimate` in a card; what a subclass adds to it is left out."""
