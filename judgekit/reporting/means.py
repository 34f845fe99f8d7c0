"""The table of means: one block a rubric, one row a label, every number with its counts, interval and bounds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from judgekit.reporting.columns import natural
from judgekit.reporting.plain import NOT_AVAILABLE, number, one_line, span

if TYPE_CHECKING:
    from judgekit.running.summary import MeanRow, Summary

ALL_LABELS = "all labels"


@dataclass(frozen=True, slots=True)
class Row:
    """One mean, as text ready to be shown and as numbers ready to be drawn."""

    label: str
    """Whose answers; one line."""
    mean: str
    interval: str
    units: int
    """How many independent units (questions) the interval rests on."""
    scored: int
    abstained: int
    failed: int
    bounds: str
    """The mean if everything that was not scored had scored 0, and 1."""
    method: str
    """How the interval was made, or why there is none."""
    passed: str
    """Passed of scored, `15/20`, or '' where the rubric has no pass mark."""
    plot: tuple[float, float, float, float, float]
    """Mean, low, high, worst, best; nan where undefined."""
    whole: bool = False
    """Whether this row is over all labels."""


@dataclass(frozen=True, slots=True)
class Block:
    """One rubric, or all those that have no score."""

    title: str
    """Name and version."""
    calibration: str
    """`none`, `valid` or `stale`; several, joined, where several judges were used."""
    rows: tuple[Row, ...]
    rubric: str = ""
    """The rubric's name as it is; '' where there are several."""


@dataclass(frozen=True, slots=True)
class MeanTable:
    """The whole table."""

    level: str
    """The level of every interval, as "95 %"."""
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    """How the intervals were made, and why a number is undefined."""


def mean_table(summary: Summary) -> MeanTable:
    """The means of a run by rubric and label; rubrics without any score share one block at the end, a row each."""
    by_rubric: dict[str, list[MeanRow]] = {row.group["rubric"]: [row] for row in summary.rubric_rows}
    for row in summary.rows:
        by_rubric.setdefault(row.group["rubric"], []).append(row)
    silent = [rubric for rubric, rows in by_rubric.items() if not rows[0].n_scored]
    blocks = [
        Block(_title(summary, rubric), _calibration(summary, rubric), tuple(map(_row, _labels_first(rows))), rubric)
        for rubric, rows in by_rubric.items()
        if rubric not in silent
    ]
    if silent:
        states = dict.fromkeys(_calibration(summary, rubric) for rubric in silent)
        rows = tuple(replace(_row(by_rubric[rubric][0]), label=_title(summary, rubric)) for rubric in silent)
        blocks.append(Block("Rubrics without a score", " / ".join(states), rows))
    means = [*summary.rows, *summary.rubric_rows]
    level = f"{' / '.join(sorted({f'{row.estimate.level * 100:g}' for row in means})) or 95} %"
    return MeanTable(level, tuple(blocks), tuple(_notes(means, level)))


def _title(summary: Summary, rubric: str) -> str:
    return f"{one_line(rubric, 80)} {one_line(summary.rubrics.get(rubric, ''), 40)}".strip()


def _labels_first(rows: list[MeanRow]) -> list[MeanRow]:
    labels = sorted((row for row in rows if "label" in row.group), key=lambda row: natural(row.group["label"]))
    whole = [row for row in rows if "label" not in row.group]
    # With one label the row over all labels would say the same again.
    return labels if len(labels) == 1 else labels + whole


def _row(row: MeanRow) -> Row:
    estimate = row.estimate
    return Row(
        label=(one_line(row.group["label"], 80) or "(no label)") if "label" in row.group else ALL_LABELS,
        mean=number(estimate.value),
        interval=span(estimate.low, estimate.high),
        units=estimate.n_clusters or 0,
        scored=row.n_scored,
        abstained=row.n_abstained,
        failed=row.n_failed,
        bounds=span(row.worst, row.best),
        method=one_line(estimate.undefined or estimate.method, 200),
        passed="" if row.n_passed is None else f"{row.n_passed}/{row.n_scored}",
        plot=(estimate.value, estimate.low, estimate.high, row.worst, row.best),
        whole="label" not in row.group,
    )


def _calibration(summary: Summary, rubric: str) -> str:
    states = {state for pair, state in summary.calibration.items() if pair.endswith(f" × {rubric}")}
    return " / ".join(sorted(states)) or "none"


_REASONS: Final = {"there is no value": "nothing was scored"}
_METHODS: Final = {
    "Student t": "Student's t",
    "Student t, cluster-robust": "Student's t, cluster-robust, where a question has several responses",
    "all equal": "an exact bound where all units are equal",
}


def _notes(rows: list[MeanRow], level: str) -> Iterator[str]:
    methods = {_method(row.estimate.method) for row in rows if not math.isnan(row.estimate.low)}
    if methods:
        known = [text for method, text in _METHODS.items() if method in methods]
        yield f"{level} CI: {'; '.join([*known, *sorted(methods - _METHODS.keys())])}. The units are the questions."
    if any(row.n_abstained or row.n_failed for row in rows):
        yield "Worst–best: the mean if all that abstained or failed had scored 0, and if they had scored 1."
    for reason in dict.fromkeys(row.estimate.undefined for row in rows if row.estimate.undefined):
        yield f"{NOT_AVAILABLE}: {_REASONS.get(reason or '', one_line(reason or '', 200))}."


def _method(method: str) -> str:
    """The method without the numbers that differ from row to row: they stand in the JSON."""
    return "all equal" if method.startswith("all ") else re.sub(r", df \d+", "", method)
