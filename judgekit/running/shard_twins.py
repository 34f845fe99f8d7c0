"""Twins: jobs of a session on Ray that get a copy of the verdict on another transcript with the same text and inputs.

The actor that judges the first may be another one, so twins wait in the run's file until its shard has come.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from judgekit.running.lookup import Held
from judgekit.running.schema import reading
from judgekit.running.shard_folder import Filed
from judgekit.running.shards import ShardRow
from judgekit.running.store import Store
from judgekit.running.work import Entry, Made, copied
from judgekit.transcript import Message, Transcript
from judgekit.verdict import Verdict

TABLE = (
    "CREATE TABLE IF NOT EXISTS shard_twins (id INTEGER PRIMARY KEY, base TEXT NOT NULL, position INTEGER NOT NULL, "
    "transcript_id TEXT NOT NULL, question_id TEXT NOT NULL, label TEXT NOT NULL, provenance TEXT NOT NULL, "
    "rubric TEXT NOT NULL, fingerprint TEXT NOT NULL, UNIQUE (fingerprint, transcript_id))"
)
_COLUMNS = "position, transcript_id, question_id, label, provenance, rubric, fingerprint"
_ADD = f"INSERT OR REPLACE INTO shard_twins (base, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_NEXT = f"SELECT id, base, {_COLUMNS} FROM shard_twins WHERE id > ? AND {{}} ORDER BY id LIMIT 400"  # noqa: S608
_DROP = "DELETE FROM shard_twins WHERE fingerprint = ? AND transcript_id = ?"
_NO_TEXT = (Message(role="assistant"),)


@dataclass(frozen=True, slots=True)
class Named:
    """A job as far as the run's file has to know it: the transcript's names, and no text."""

    transcript: Transcript
    plan: Filed
    fingerprint: str


def named(row: ShardRow, plan: Filed) -> Named:
    """The job of a row."""
    transcript = Transcript(
        id=row.transcript_id,
        question_id=row.question_id,
        label=row.label,
        messages=_NO_TEXT,
        provenance=row.provenance,
    )
    return Named(transcript, plan, row.fingerprint)


def add_twins(db: sqlite3.Connection, rows: Iterable[ShardRow], rubrics: Mapping[str, Filed]) -> None:
    """The rows without a verdict wait; in a transaction."""
    names = _COLUMNS.split(", ")
    twins = [(rubrics[row.rubric].base, *(getattr(row, name) for name in names)) for row in rows if row.verdict is None]
    db.executemany(_ADD, twins)


def settle_twins(store: Store, rubrics: Mapping[str, Filed], rows: Sequence[ShardRow]) -> list[Verdict]:
    """The copies that twins got after these rows have come: those among them, and those that waited for them.

    Args:
        store: open, in the session.
        rubrics: the session's.
        rows: of a shard that is in the store.
    """
    made = _settle(store, [row for row in rows if row.verdict is None], rubrics, final=False)
    for fingerprint in _waited_for(store, {row.fingerprint for row in rows if row.verdict is not None}):
        made += _settle_all(store, rubrics, "fingerprint = ?", fingerprint)
    return made


def _waited_for(store: Store, fingerprints: Iterable[str]) -> list[str]:
    with reading(store.path) as db:
        asked = "SELECT 1 FROM shard_twins WHERE fingerprint = ? LIMIT 1"
        return [one for one in fingerprints if db.execute(asked, (one,)).fetchone()]


def settle_last_twins(store: Store, rubrics: Mapping[str, Filed]) -> list[Verdict]:
    """The copies that twins got at the end of a session: of failures too, for no try is left."""
    return _settle_all(store, rubrics, "true", final=True)


def _settle_all(
    store: Store, rubrics: Mapping[str, Filed], which: str, *values: str, final: bool = False
) -> list[Verdict]:
    made: list[Verdict] = []
    last = 0
    with reading(store.path) as db:
        while found := db.execute(_NEXT.format(which), (last, *values)).fetchall():
            last = found[-1][0]
            # A twin of another session may be of a rubric that has changed since: it waits for a session like its own.
            twins = [
                ShardRow(*row)
                for _, base, *row in found
                if (filed := rubrics.get(row[5])) is not None and filed.base == base
            ]
            made += _settle(store, twins, rubrics, final=final)
    return made


def _settle(store: Store, twins: Sequence[ShardRow], rubrics: Mapping[str, Filed], *, final: bool) -> list[Verdict]:
    if not twins:
        return []
    jobs = [named(row, rubrics[row.rubric]) for row in twins]
    found = store.find(jobs)
    keep: list[Held] = []
    copies: list[tuple[Entry, Held]] = []
    done: list[tuple[str, str]] = []
    for row, job in zip(twins, jobs, strict=True):
        key = row.fingerprint, row.transcript_id
        mine, other = found.own.get(key), found.others.get(row.fingerprint)
        if mine is not None and (mine.failure_kind is None or (final and _failed(other))):
            keep.append(mine)
        elif other is not None and (other.failure_kind is None or final):
            copies.append((Entry(row.position, job), other))
        elif not final:
            continue
        done.append(key)
    if keep:
        store.keep(keep)
    bodies = store.load([held for _, held in copies])
    made = [Made(entry, copied(bodies[held.row], entry.job)) for entry, held in copies]
    if done:
        store.write(made, also=lambda db: db.executemany(_DROP, done))
    return [one.verdict for one in made]


def _failed(held: Held | None) -> bool:
    return held is None or held.failure_kind is not None
