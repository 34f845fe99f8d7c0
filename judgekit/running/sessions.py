"""The sessions of a run: each `score` on it, what it was told, how far it came, and how it ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import orjson

from judgekit import __version__
from judgekit.noun import canonical
from judgekit.running.claims import this_process

Outcome = Literal["complete", "budget", "interrupted", "error"]
COLUMNS: Final = "columns"
"""In `meta`: by source, from a field to its column."""

_BEGIN = """
INSERT INTO sessions (started, judgekit, judge, judge_key, parameters, base_url, sources, mark, host, pid, born, beat)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LAST = "SELECT mark FROM sessions WHERE judge_key = ? AND sources = ? ORDER BY id DESC LIMIT 1"
_END = """
UPDATE sessions SET ended = ?1, outcome = ?2, mark = CASE ?2 WHEN 'complete' THEN NULL ELSE coalesce(?4, mark) END,
    seen = (SELECT max(id) FROM sessions) WHERE id = ?3
"""
_COMPLETE = """
SELECT EXISTS (
    SELECT 1 FROM sessions s JOIN (SELECT * FROM sessions ORDER BY id DESC LIMIT 1) AS newest
    ON s.judge_key = newest.judge_key AND s.sources = newest.sources AND s.seen >= newest.id
    WHERE s.outcome IN ('complete', 'budget'))
"""


def begin_session(
    db: sqlite3.Connection,
    judge: str,
    judge_key: str,
    parameters: Mapping[str, object],
    base_url: str | None,
    sources: Sequence[str],
) -> tuple[int, int | None]:
    """The number of the session, which is on record, and where the last one like it left off; in a transaction."""
    named = orjson.dumps(sources).decode()
    (mark,) = db.execute(_LAST, (judge_key, named)).fetchone() or (None,)
    row = db.execute(
        _BEGIN,
        (
            *(_now(), __version__, judge, judge_key, canonical(parameters).decode(), base_url, named, mark),
            *this_process(),
        ),
    )
    return row.lastrowid or 0, mark


def keep_columns(db: sqlite3.Connection, columns: Mapping[str, Mapping[str, str]]) -> None:
    """Nothing; in which columns the fields of each source are is on record; in a transaction."""
    before = columns_of(db)
    now = {source: dict(mapping) for source, mapping in {**before, **columns}.items() if mapping}
    if now != before:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (COLUMNS, orjson.dumps(now).decode()))


def columns_of(db: sqlite3.Connection) -> dict[str, Mapping[str, str]]:
    """By source, from a field to its column, where they have other names."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (COLUMNS,)).fetchone()
    return {} if row is None else dict(orjson.loads(row[0]))


def end_session(db: sqlite3.Connection, number: int, outcome: Outcome, mark: int | None) -> None:
    """Nothing; how the session ended, and how far it came, is on record; in a transaction."""
    db.execute(_END, (_now(), outcome, number, mark))


def complete(db: sqlite3.Connection) -> bool:
    """Whether the last batch came to the end of its source: in its own session, or in one that went on after it."""
    return bool(db.execute(_COMPLETE).fetchone()[0])


def warnings(db: sqlite3.Connection, number: int, judge_key: str, sources: Sequence[str]) -> list[str]:
    """What the user should know about a run before a session on it starts; each goes on after its name."""
    held = db.execute(
        "SELECT judge, sum((SELECT count(*) FROM verdicts WHERE live = 1 AND setting_id = s.id)) AS n "
        "FROM settings s WHERE judge_key <> ? GROUP BY judge HAVING n > 0 ORDER BY judge",
        (judge_key,),
    )
    found = [
        f"holds {n} verdicts of {judge} with other parameters or another name: they stay in the file and are not "
        "counted"
        for judge, n in held
    ]
    before = db.execute("SELECT sources FROM sessions WHERE id < ?", (number,))
    others = sorted({source for (named,) in before for source in orjson.loads(named)} - set(sources))
    if sources and others:
        named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        found.append(f"also holds verdicts on {named}, and all are counted: keep apart with another run")
    return found


def newest_verdict(db: sqlite3.Connection) -> int:
    """The number of the newest verdict; 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()[0])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
