"""Measures and differences as plain text; foreign text cannot steer a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from judgekit.cli.rubric_text import table, wrap
from judgekit.reporting.plain import count, number, one_line, span
from judgekit.running.measures import MeasureRow

_HEAD = ["rubric", "label", "measure", "mean", "95% CI", "n", "units"]
_NOTE = "Means of the verdicts that have the measure; an interval counts the answers to one question as one unit."
_DIFFERENCE = (
    "Difference user - friend under the same statement; an interval counts one pair as one unit. "
    "Above 0: more of it when the user says so."
)


def measures_text(rows: Sequence[MeasureRow], differences: Sequence[MeasureRow] | None, columns: int) -> str:
    """The means, and below them the differences between the sides of pairs."""
    lines = [wrap(_NOTE, columns), "", *_table(rows, columns)] if rows else ["No verdict of this run has a measure."]
    if differences is not None:
        lines += ["", wrap(_DIFFERENCE, columns), ""]
        lines += _table(differences, columns) if differences else ["No pair has a score or a measure on both sides."]
        if lost := sum(row.one_sided for row in differences if row.label):
            lines.append(f"{count(lost, 'value')} could not be compared: the other side has none.")
    return "\n".join(lines)


def _table(rows: Sequence[MeasureRow], columns: int) -> Iterator[str]:
    cells = []
    for row in rows:
        e = row.estimate
        names = [one_line(row.rubric, 30), one_line(row.label, 30) or "all labels", one_line(row.measure, 40)]
        cells.append([*names, number(e.value), span(e.low, e.high), str(e.n), str(e.n_clusters)])
    yield from table(_HEAD, cells, columns)
    for why in dict.fromkeys(row.estimate.undefined for row in rows if row.estimate.undefined):
        yield wrap(f"n/a: {one_line(why or '')}.", columns)
