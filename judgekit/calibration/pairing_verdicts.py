"""A judge's verdicts in columns, from whatever holds them: verdicts, rows of a run or an export, scores of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.errors import UserError
from judgekit.io.columns import Column, ColumnMaker, Values, ValuesMaker
from judgekit.io.scores import NO_VALUE, Score, ScoreSet
from judgekit.rubric import Rubric
from judgekit.verdict import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEYS = ("transcript_id", "question_id", "rubric", "judge", "status", "level", "score", "criteria", "checks")
VerdictRow = Verdict | Score | Mapping[str, Any]
"""A verdict, a score, or a row as `Run.rows()` or an export of a run gives it."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One judge's verdicts under one rubric and criterion, one a row."""

    transcripts: Column
    """The transcript."""
    clusters: Column
    """Its independent unit, where it is said."""
    values: Values
    """The value, where there is one."""
    failures: Column
    """Why there is none, where there is none."""
    judge: str
    """Who judged; empty where it is not said."""


def given(verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str, judge: str | None) -> Given:
    """The verdicts of one judge under one rubric.

    Raises:
        UserError: there are several judges or rubrics and none is named, or none has the name.
    """
    name = rubric.name if isinstance(rubric, Rubric) else rubric
    rows = verdicts if isinstance(verdicts, ScoreSet) else score_columns(verdicts, rubric, criterion)
    keep = chosen(rows.rubrics, name, "rubric", "verdicts") & chosen(rows.judges, judge or "", "judge", "verdicts")
    if isinstance(verdicts, ScoreSet):
        keep &= rows.criteria.codes == rows.criteria.code(criterion)
    who = {rows.judges.names[code] for code in np.unique(rows.judges.codes[keep]) if rows.judges.names[code]}
    return Given(
        taken(rows.transcripts, keep),
        taken(rows.clusters, keep),
        Values(rows.values.numbers[keep], taken(rows.values.texts, keep)),
        taken(rows.failures, keep),
        min(who, default=judge or ""),
    )


def taken(column: Column, keep: NDArray[Any]) -> Column:
    """Some rows of the column."""
    return Column(column.names, column.codes[keep])


def chosen(column: Column, name: str, what: str, whose: str) -> NDArray[np.bool_]:
    """(n,), the rows under a name, those that have none included.

    Raises:
        UserError: no row has the name, or none is asked for and there are several.
    """
    named = [one for one in sorted(column.names) if one]
    if not name:
        if len(named) > 1:
            raise UserError(f"the {whose} have {len(named)} {what}s, {_listed(named)}; say which with {what}=")
        return np.ones(len(column.codes), dtype=bool)
    keep = np.isin(column.codes, (column.code(name), column.code("")))
    if len(keep) and not keep.any():
        raise UserError(f"none of the {whose} has the {what} {name!r}; there {_are(named)}")
    return keep


def _are(names: list[str]) -> str:
    return f"is {names[0]!r}" if len(names) == 1 else f"are {_listed(names)}"


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def score_columns(verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str) -> ScoreSet:
    """The verdicts in columns; their rubric decides what is their value."""
    columns = {name: ColumnMaker() for name in ("transcripts", "rubrics", "criteria", "judges", "clusters", "failures")}
    values = ValuesMaker()
    for score in _scores(verdicts, rubric, criterion):
        failure = score.failure or (NO_VALUE if score.value is None or score.value != score.value else None)
        row = (score.transcript_id.strip(), score.rubric, criterion, score.judge, score.cluster, failure)
        for column, name in zip(columns.values(), row, strict=True):
            column.add(name)
        values.add(None if failure else score.value)
    parts: dict[str, Any] = {name: made.column() for name, made in columns.items()}
    return ScoreSet(**parts, values=values.values())


def _scores(verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str) -> Iterator[Score]:
    by_level = bool(rubric.levels) if isinstance(rubric, Rubric) else None
    for one in verdicts:
        if isinstance(one, Score):
            if one.criterion == criterion:
                yield one
            continue
        row = one.to_row() if isinstance(one, Verdict) else one
        missing = next((key for key in _KEYS if key not in row), None)
        if missing:
            raise UserError(f"verdicts: a row of a run was wanted, with {', '.join(_KEYS)}; one has no {missing!r}")
        value, failure = _answer(row, criterion) if criterion else _level(row, by_level)
        yield Score(row["transcript_id"], row["rubric"], criterion, row["judge"], value, row["question_id"], failure)


def _level(row: Mapping[str, Any], by_level: bool | None) -> tuple[float | None, str | None]:
    if row["status"] != "scored":
        return None, _why(row)
    use_level = row["level"] is not None if by_level is None else by_level
    return row["level" if use_level else "score"], None


def _answer(row: Mapping[str, Any], criterion: str) -> tuple[str | None, str | None]:
    """A criterion may be answered where the level is not given."""
    if row["status"] == "failed":
        return None, _why(row)
    answer = row["criteria"].get(criterion)
    if answer is not None:
        return (answer["answer"], None) if answer["status"] == "ok" else (None, answer["status"])
    check = row["checks"].get(criterion)
    if check is None:
        return None, "not asked"
    result = check["result"]
    return (result, None) if result in ("pass", "fail") else (None, f"check: {result}")


def _why(row: Mapping[str, Any]) -> str:
    return f"failed: {row['failure']['kind']}" if row["status"] == "failed" else str(row["status"])
