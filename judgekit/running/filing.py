"""How verdicts go into a run's file: a few statements a batch, whatever its size."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from judgekit.running.rows import cells, insert
from judgekit.running.work import Made

_BEFORE = """
SELECT transcript_id, id, fingerprint, status, calls, session_id FROM verdicts INDEXED BY verdicts_live
WHERE live = 1 AND setting_id = ? AND transcript_id IN ({})
"""
_SLICE = 256
Key = tuple[int, str]
"""A setting and a transcript: one verdict counts for each."""
Standing = tuple[int, str, str, int, int]
"""The row that counts: its number, fingerprint, status, calls and session."""


def file_verdicts(
    db: sqlite3.Connection,
    made: Sequence[Made],
    settings: Mapping[str, tuple[str, int]],
    session: int,
    ours: Callable[[int, int], bool],
) -> list[Made]:
    """Those that were not filed, as another transcript of this session has their id; in a transaction.

    Args:
        db: the run.
        made: the verdicts.
        settings: by rubric, its base and the number of its setting.
        session: who made them.
        ours: whether a row with this session and number is of this batch of transcripts.
    """
    keys = [(settings[one.verdict.rubric][1], one.verdict.transcript_id) for one in made]
    before = _standing(db, keys)
    rows: list[tuple[Any, ...]] = []
    clashes: list[Made] = []
    fresh: set[Key] = set()
    for key, one in zip(keys, made, strict=True):
        verdict = one.verdict
        if key in fresh:  # the same transcript stands twice in this very batch
            insert(db, rows)
            rows.clear()
            before.update(_standing(db, [key]))
        live = 1
        if (found := before.pop(key, None)) is not None:
            row, fingerprint, status, calls, made_by = found
            if fingerprint != verdict.fingerprint and ours(made_by, row):
                clashes.append(one)
                continue
            if fingerprint == verdict.fingerprint and status != "failed":
                live = 0  # another process was first: its verdict stands, and what ours cost is kept
            elif calls:
                db.execute("UPDATE verdicts SET live = 0 WHERE id = ?", (row,))
            else:
                db.execute("DELETE FROM verdicts WHERE id = ?", (row,))
        fresh.add(key)
        rows.append((key[0], session, live, one.entry.position, *cells(verdict)))
    insert(db, rows)
    return clashes


def _standing(db: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, Standing]:
    found: dict[Key, Standing] = {}
    for setting in {setting for setting, _ in keys}:
        names = [name for number, name in keys if number == setting]
        for start in range(0, len(names), _SLICE):
            some = names[start : start + _SLICE]
            marks = ",".join("?" * len(some))
            for name, *row in db.execute(_BEFORE.format(marks), (setting, *some)):
                found[setting, name] = tuple(row)
    return found
