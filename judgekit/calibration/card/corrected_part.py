"""7. What is the true mean, and the true pass rate?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from judgekit.calibration.card.corrected_groups import group_differences, group_means
from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import CorrectedPart, CorrectedRow
from judgekit.calibration.card.sampled import correct
from judgekit.calibration.card.words import number, plural, spoken
from judgekit.calibration.correction import NO_CHANCE, CorrectedMean
from judgekit.calibration.estimate import missing_bounds

_TITLES = {
    "judge_mean": "judge alone",
    "labels_only": "labels alone",
    "ppi_mean": "labels and judge (PPI++)",
    "poststratified_mean": "labels by judge score",
    "rogan_gladen": "judge and its error rates",
}
"""In the order in which they are shown."""


def corrected_part(data: Data) -> CorrectedPart:
    """The part of the card."""
    if not data.ordered:
        return CorrectedPart(missing="the answers have no order, so they have no mean; calibrate one criterion")
    low, high = data.ends
    found = correct(data)
    values = np.concatenate([data.judge[~np.isnan(data.judge)], data.paired.unlabelled_judge])
    bounds = missing_bounds(values, len(data.beside.failed), low, high)
    passing = _passing(data)
    rates = None if passing is None else correct(passing)
    return CorrectedPart(
        says=_says(found, rates, data),
        missing=found.reason if found.refused else "",
        notes=found.notes,
        estimate=None if found.refused else replace(found.estimate, name="corrected_mean"),
        estimator=found.estimator,
        reason=found.reason,
        rows=_rows(found),
        worth=found.worth,
        worst=bounds.worst,
        best=bounds.best,
        pass_at=math.nan if passing is None or data.asked.pass_at is None else data.asked.pass_at,
        pass_rate=None if rates is None or rates.refused else replace(rates.estimate, name="pass_rate"),
        pass_rows=() if rates is None else _rows(rates),
        groups=group_means(data),
        differences=group_differences(data) if not found.refused and data.asked.labels_are == "random" else (),
    )


def _says(found: CorrectedMean, rates: CorrectedMean | None, data: Data) -> str:
    if found.refused:
        return f"The true mean cannot be said: {found.reason}."
    what = "share that passes" if data.binary and data.ends == (0.0, 1.0) else "mean"
    judge = number(found.naive.value)
    said = f"The true {what} is {spoken(found.estimate)}; the judge alone says {judge}"
    if rates is not None and not rates.refused:
        said += f"; the true pass rate is {spoken(rates.estimate)}, the judge alone says {number(rates.naive.value)}"
    missing = len(data.beside.failed)
    if missing:
        said += f"; {plural(missing, 'verdict')} without a value not counted"
    doubt = next((note for note in found.notes if NO_CHANCE in note), "")
    return f"{said}. But {doubt}" if doubt else f"{said}."


def _rows(found: CorrectedMean) -> tuple[CorrectedRow, ...]:
    every = {"judge_mean": found.naive, "labels_only": found.labels_only}
    every |= {one.name: one for one in found.others}
    if not found.refused:
        every[found.estimator] = found.estimate
    return tuple(
        CorrectedRow(
            name="naive" if key == "judge_mean" else key,
            title=title,
            estimate=every[key],
            picked=key == found.estimator,
        )
        for key, title in _TITLES.items()
        if key in every and not (key == "rogan_gladen" and math.isnan(every[key].value))
    )


def _passing(data: Data) -> Data | None:
    """The same data as yes/no: whether the value passes; None where nothing says so or the scale is yes/no."""
    bar = data.asked.pass_at
    if bar is None or data.binary:
        return None

    def passes(
        values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.where(np.isnan(values), np.nan, (values >= bar) * 1.0)

    scale = replace(data.paired.scale, categories=(0.0, 1.0), answers=("fail", "pass"), low=0.0, high=1.0, ordered=True)
    ratings = passes(data.paired.ratings)
    paired = replace(
        data.paired,
        scale=scale,
        ratings=ratings,
        judge=passes(data.judge),
        unlabelled_judge=passes(data.paired.unlabelled_judge),
    )
    # Of people who disagree, the share that passes: 0 or 1 where there is one label.
    there = ~np.isnan(ratings)
    mean = np.where(there, ratings, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return replace(data, paired=paired, mean=mean, label=np.where(mean == 0.5, np.nan, np.round(mean)))
