"""A verdict as a row of the store: the columns that are counted, then the whole as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from judgekit.verdict import Verdict

_COLUMNS = (
    "transcript_id",
    "question_id",
    "label",
    "rubric",
    "fingerprint",
    "status",
    "failure_kind",
    "level",
    "score",
    "passed",
    "judge",
    "provenance",
    "flags",
    "reused",
    "unsupported",
    "calls",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cost_usd",
    "latency_s",
    "created",
    "body",
)
_ALL = ("setting_id", "session_id", "live", "position", *_COLUMNS)
_AT_ONCE = (32, 8, 1)
"""Rows in one statement: SQLite before 3.32 takes 999 values, and each statement takes Python's lock anew."""
_ROW = f"({', '.join('?' * len(_ALL))})"
_INSERT = {n: f"INSERT INTO verdicts ({', '.join(_ALL)}) VALUES {', '.join([_ROW] * n)}" for n in _AT_ONCE}  # noqa: S608


def insert(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """These rows are in the table: setting, session, live, position, and then `cells`."""
    start = 0
    for n in _AT_ONCE:
        while start + n <= len(rows):
            db.execute(_INSERT[n], [value for row in rows[start : start + n] for value in row])
            start += n


def cells(verdict: Verdict) -> tuple[Any, ...]:
    """The values of a verdict's own columns."""
    usage = verdict.usage
    failure_kind = verdict.failure.kind if verdict.failure else None
    return (
        verdict.transcript_id,
        verdict.question_id,
        verdict.label,
        verdict.rubric,
        verdict.fingerprint,
        verdict.status,
        failure_kind,
        verdict.level,
        verdict.score,
        verdict.passed,
        verdict.judge,
        verdict.provenance,
        "\n".join(verdict.flags),
        "reused" in verdict.flags,
        sum(result.status == "unsupported" for result in verdict.criteria.values()),
        verdict.calls,
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cached_tokens,
        verdict.cost_usd,
        verdict.latency_s,
        verdict.created.isoformat(),
        # What `Verdict.to_row` gives, in a fifth of the time.
        orjson.dumps(vars(verdict) | {"failure_kind": failure_kind}, default=vars, option=orjson.OPT_UTC_Z),
    )
