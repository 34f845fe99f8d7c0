"""What a run's file knows: which verdicts it has for a job, and what a judge has cost in it. Nothing is changed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from judgekit.noun import digest
from judgekit.running.work import Entry, Job
from judgekit.verdict import Usage

K = TypeVar("K")
T = TypeVar("T")

_IN_ORDER = """
SELECT json_group_array(fingerprint), json_group_array(transcript_id), json_group_array(id),
    json_group_array(setting_id), json_group_array(status)
FROM verdicts INDEXED BY verdicts_order WHERE live = 1 AND position BETWEEN ? AND ? AND status <> 'failed'
"""
"""One row for a whole slice: each row that is fetched takes Python's lock anew, and may wait for it."""
_MADE = """
SELECT fingerprint, transcript_id, id, setting_id, status, failure_kind, live, session_id
FROM verdicts INDEXED BY verdicts_fingerprint WHERE fingerprint IN ({}) AND reused = 0
"""
_COPIED = """
WITH wanted (f, t) AS (VALUES {})
SELECT fingerprint, transcript_id, id, setting_id, status, failure_kind, live, session_id
FROM wanted CROSS JOIN verdicts INDEXED BY verdicts_fingerprint ON fingerprint = f AND reused = 1 AND transcript_id = t
"""
_SLICE = 256
"""Jobs per look-up, two values each: SQLite before 3.32 takes 999 values."""
_SPARSEST = 16
"""So far may the positions of a slice lie apart, on average, for a look-up in order."""


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict that the store has for a fingerprint."""

    row: int
    setting: int
    status: str
    failure_kind: str | None
    """None where it did not fail."""
    live: bool
    session: int
    """The session that made it."""


@dataclass(slots=True)
class Settled:
    """Verdicts that stand, found in the order of the source: only what counting them takes."""

    rows: list[int] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    settings: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Found:
    """What the store has for some jobs."""

    own: dict[tuple[str, str], Held] = field(default_factory=dict)
    """By fingerprint and transcript."""
    others: dict[str, Held] = field(default_factory=dict)
    """By fingerprint: the verdict on another transcript with the same text."""


def look_up_in_order(db: sqlite3.Connection, entries: Sequence[Entry]) -> tuple[Settled, list[Entry]]:
    """The verdicts that count for these jobs, and the jobs for which there is none in its place.

    A run that is gone through again has them in the same order, so one range of an index holds a whole slice. It does
    for a fifth of the price what `look_up` does, and every verdict it finds is the one that `look_up` finds: of the
    same fingerprint and transcript, live, and not failed. What it does not find is to be looked up.
    """
    found, missing = Settled(), []
    places = [entry.position for entry in entries]
    first, last = min(places), max(places)
    if last - first >= _SPARSEST * len(entries):
        return found, [*entries]
    prints, names, rows, settings, statuses = map(orjson.loads, db.execute(_IN_ORDER, (first, last)).fetchone())
    if not rows:
        return found, [*entries]
    held = dict(zip(zip(prints, names, strict=True), zip(rows, settings, statuses, strict=True), strict=True))
    for entry in entries:
        job = entry.job
        one = held.get((job.fingerprint, job.transcript.id))
        if one is None:
            missing.append(entry)
        else:
            row, setting, status = one
            found.rows.append(row)
            found.settings.add(setting)
            found.statuses[status] += 1
    return found, missing


def look_up(db: sqlite3.Connection, jobs: Sequence[Job]) -> Found:
    """What a run's file knows about these jobs."""
    found = Found()
    for start in range(0, len(jobs), _SLICE):
        wanted = jobs[start : start + _SLICE]
        prints = [job.fingerprint for job in wanted]
        for fingerprint, transcript_id, *rest in db.execute(_MADE.format(_marks("?", prints)), _filled(prints)):
            held = Held(*rest)
            _keep_better(found.own, (fingerprint, transcript_id), held)
            _keep_better(found.others, fingerprint, held)
        pairs = [(job.fingerprint, job.transcript.id) for job in wanted]
        missing = [pair for pair in pairs if (own := found.own.get(pair)) is None or own.failure_kind is not None]
        if missing:
            values = [value for pair in _filled(missing) for value in pair]
            for fingerprint, transcript_id, *rest in db.execute(_COPIED.format(_marks("(?,?)", missing)), values):
                _keep_better(found.own, (fingerprint, transcript_id), Held(*rest))
    return found


def _keep_better(found: dict[K, Held], key: K, held: Held) -> None:
    """Of several verdicts one that did not fail counts, then a live one, then the newest."""
    other = found.get(key)
    if other is None or _rank(other) < _rank(held):
        found[key] = held


def _rank(held: Held) -> tuple[bool, bool, int]:
    return held.failure_kind is None, bool(held.live), held.row


def _filled(values: Sequence[T]) -> list[T]:
    """The values, the last repeated up to a power of two: few statements differ, so that they are parsed once."""
    return [*values, *[values[-1]] * (_room(values) - len(values))]


def _marks(one: str, values: Sequence[object]) -> str:
    return ",".join([one] * _room(values))


def _room(values: Sequence[object]) -> int:
    return 1 << (len(values) - 1).bit_length()


def spent_by(
    db: sqlite3.Connection, judge_key: str, price: Callable[[Usage], float | None] | None = None
) -> float | None:
    """US dollars that a judge has cost in a run, replaced tries too; None where a price is unknown."""
    of_judge = "FROM verdicts WHERE setting_id IN (SELECT id FROM settings WHERE judge_key = ?)"
    total = float(db.execute(f"SELECT coalesce(sum(cost_usd), 0.0) {of_judge}", (judge_key,)).fetchone()[0])
    tokens = "SELECT prompt_tokens, completion_tokens, cached_tokens"
    for sent, received, cached in db.execute(f"{tokens} {of_judge} AND cost_usd IS NULL AND calls > 0", (judge_key,)):
        usage = Usage(prompt_tokens=sent, completion_tokens=received, cached_tokens=cached)
        cost = None if price is None else price(usage)
        if cost is None:
            return None
        total += cost
    return total


def key_of(judge: str, parameters: Mapping[str, object]) -> str:
    """What tells one judge from another in a run: its name and its parameters."""
    return digest([judge, parameters])
