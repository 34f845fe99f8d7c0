"""Verdicts as columns of a table: what is not scored is null, with its reason beside it, so that no mean is diluted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from judgekit.errors import UserError
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.table import TableRows
from judgekit.rubric import Rubric
from judgekit.verdict import Verdict

Kind = Literal["text", "real", "whole", "truth"]
FIXED: Mapping[str, Kind] = {
    "status": "text",
    "score": "real",
    "level": "whole",
    "passed": "truth",
    "reason": "text",
    "explanation": "text",
    "fingerprint": "text",
}
"""The columns that every rubric has, in order; those of its criteria and checks come after them."""


@dataclass(slots=True)
class VerdictColumn:
    """One column."""

    kind: Kind
    """What its values are; each may be null."""
    values: list[Any]
    """One a row."""


def column_kinds(rubric: Rubric, *, whole: bool = False) -> dict[str, Kind]:
    """The columns that are known before anything is judged; constraints and turns add theirs, `criteria.<id>`."""
    found = dict(FIXED)
    found |= {f"criteria.{criterion.id}": "text" for criterion in rubric.criteria}
    found |= {f"checks.{check.id}": "text" for check in rubric.checks}
    return found | ({"verdict": "text"} if whole else {})


def verdict_columns(
    rows: TableRows, verdicts: Iterable[Mapping[str, Any]], rubric: Rubric, *, whole: bool = False, fixed: bool = False
) -> dict[str, VerdictColumn]:
    """The columns, one value a row.

    Args:
        rows: what was judged.
        verdicts: what came of it, as export rows; those of other transcripts are passed over.
        rubric: under which.
        whole: add `verdict`, the whole verdict as JSON.
        fixed: leave out the columns that are not known before, so that every part of a table has the same.
    """
    n = len(rows)
    found = {name: VerdictColumn(kind, [None] * n) for name, kind in column_kinds(rubric, whole=whole).items()}
    for row in verdicts:
        place = rows.ids.get(row["transcript_id"])
        if place is None:
            continue
        for name, value in _values(Outcome(Verdict.from_row(dict(row)), rubric)).items():
            if name not in found and not fixed:
                found[name] = VerdictColumn("text", [None] * n)
            if name in found:
                found[name].values[place] = value
        if whole:
            found["verdict"].values[place] = orjson.dumps(row).decode()
    numbers = rows.numbers
    for column in found.values():
        values = column.values
        column.values = [values[number] if number >= 0 else None for number in numbers]
    for place, reason in rows.lost.items():
        found["status"].values[place], found["reason"].values[place] = "failed", reason
    return found


def check_free(names: Iterable[str], taken: Sequence[str], prefix: str) -> None:
    """Nothing, where the table has none of these columns yet.

    Raises:
        UserError: it has; the cure is a prefix.
    """
    if clash := [f"{prefix}{name}" for name in names if f"{prefix}{name}" in taken]:
        raise UserError(
            f"the table has the column{'s' * (len(clash) > 1)} {', '.join(clash)} already: give prefix='judge_', or "
            "another, to name the new ones"
        )


def _values(outcome: Outcome) -> dict[str, Any]:
    verdict = outcome.verdict
    return {
        "status": verdict.status,
        "score": verdict.score,
        "level": verdict.level,
        "passed": verdict.passed,
        "reason": outcome.reason,
        "explanation": outcome.explanation,
        "fingerprint": verdict.fingerprint,
        **{f"criteria.{name}": one.answer for name, one in verdict.criteria.items() if one.status == "ok"},
        **{f"checks.{name}": one.result for name, one in verdict.checks.items() if one.result != "error"},
    }
