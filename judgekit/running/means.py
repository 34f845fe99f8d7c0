"""Mean scores by group: the database sums up per question, and the estimate takes those sums."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from judgekit.calibration.estimate import bounds_from_sum, mean_from_sums
from judgekit.errors import UserError
from judgekit.running.summary import MeanRow

_GROUPS = ("rubric", "label", "question_id", "provenance", "judge")


def means(db: sqlite3.Connection, by: Sequence[str], *, level: float = 0.95) -> list[MeanRow]:
    """One row per group, sorted; no group, one row for all.

    Raises:
        UserError: an unknown name in `by`, or a level that is not between 0 and 1.
    """
    for name in by:
        if name not in _GROUPS:
            raise UserError(f"mean by {name!r}: wanted any of {', '.join(_GROUPS)}")
    if not 0.0 < level < 1.0:
        raise UserError(f"level: a confidence between 0 and 1 was wanted, such as 0.95; came {level:g}")
    keys = ", ".join(dict.fromkeys([*by, "question_id"]))
    group = ", ".join([*by, "n", "total"])
    # Questions of one group that add up to the same are one row: few rows come here, however many questions there are.
    per_question = (
        f"SELECT {keys}, count(score) AS n, coalesce(sum(score), 0.0) AS total, "  # noqa: S608
        "sum(status = 'abstained') AS abstained, sum(status = 'failed') AS failed, "
        f"count(passed) AS judged, coalesce(sum(passed), 0) AS passes FROM current GROUP BY {keys}"
    )
    per_sum = db.execute(
        f"SELECT {group}, count(*), sum(abstained), sum(failed), sum(judged), sum(passes) FROM ({per_question}) "  # noqa: S608
        f"GROUP BY {group} ORDER BY {group}"
    )
    wide = len(by)
    return [
        _row(dict(zip(by, ("" if value is None else str(value) for value in group), strict=True)), rows, wide, level)
        for group, rows in groupby(per_sum, key=lambda row: row[:wide])
    ]


@dataclass(slots=True)
class _Sums:
    """What one group adds up to; two numbers per question."""

    sums: array[float] = field(default_factory=lambda: array("d"))
    sizes: array[float] = field(default_factory=lambda: array("d"))
    abstained: int = 0
    failed: int = 0
    judged: int = 0
    passed: int = 0


def _row(group: dict[str, str], rows: Iterator[tuple[Any, ...]], wide: int, level: float) -> MeanRow:
    found = _Sums()
    for row in rows:
        scored, total, questions, abstained, failed, judged, passed = row[wide:]
        found.sums.extend(array("d", [total]) * questions)
        found.sizes.extend(array("d", [scored]) * questions)
        found.abstained += abstained
        found.failed += failed
        found.judged += judged
        found.passed += passed
    estimate = mean_from_sums(found.sums, found.sizes, level=level, name="mean score")
    bounds = bounds_from_sum(sum(found.sums), estimate.n, found.abstained + found.failed)
    passed_or_none = found.passed if found.judged else None
    return MeanRow(
        group, estimate, estimate.n, found.abstained, found.failed, bounds.worst, bounds.best, passed_or_none
    )
