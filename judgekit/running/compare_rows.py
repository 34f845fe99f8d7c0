"""Two runs side by side: their verdicts on the same transcripts and rubrics, as columns of numbers."""

from __future__ import annotations

import math
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from judgekit.running.schema import reading

_VERDICTS = """
SELECT transcript_id, question_id, label, status, score, level, passed, failure_kind, setting_id, fingerprint, id
FROM current WHERE rubric = ? ORDER BY transcript_id
"""
"""SQLite sorts, on disk where it has to: two runs are walked through as a zip closes, whatever their size."""
_NO_LEVEL = -1


class _Row(NamedTuple):
    transcript: str
    question: str
    label: str
    status: str
    score: float | None
    level: int | None
    passed: int | None
    failure_kind: str | None
    setting: int
    fingerprint: str
    id: int


class Flip(NamedTuple):
    """A transcript on which the runs differ in level, score or pass; the verdicts by their rows in each file."""

    transcript: str
    label: str
    row_a: int
    row_b: int
    fingerprint_a: str
    fingerprint_b: str
    setting_a: int
    setting_b: int


@dataclass(slots=True)
class Side:
    """One run's numbers for the transcripts of both; nan where there is no score."""

    score: array[float] = field(default_factory=lambda: array("d"))
    level: array[int] = field(default_factory=lambda: array("h"))
    """-1 where there is none."""
    passed: array[int] = field(default_factory=lambda: array("b"))
    """1, 0, or -1 where nothing says what passes."""
    missing: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Why there is no score, by the place of the response label."""

    def add(self, row: _Row, label: int) -> None:
        """One more verdict."""
        self.score.append(math.nan if row.score is None else row.score)
        self.level.append(_NO_LEVEL if row.level is None else row.level)
        self.passed.append(_NO_LEVEL if row.passed is None else row.passed)
        if row.status != "scored":
            self.missing[label, f"failed: {row.failure_kind}" if row.status == "failed" else row.status] += 1


@dataclass(slots=True)
class Both:
    """One rubric in two runs."""

    rubric: str
    a: Side = field(default_factory=Side)
    b: Side = field(default_factory=Side)
    question: array[int] = field(default_factory=lambda: array("l"))
    """The place of each transcript's question among those of the rubric."""
    label: array[int] = field(default_factory=lambda: array("l"))
    """The place of its response label in `labels`."""
    labels: list[str] = field(default_factory=list)
    """Response labels, in the order in which they came."""
    only_a: int = 0
    """Verdicts whose transcript the other run has not judged under this rubric."""
    only_b: int = 0
    same: int = 0
    """Transcripts whose verdicts have one fingerprint: everything that could change them is equal."""
    settings: Counter[tuple[int, int, bool, bool]] = field(default_factory=Counter)
    """By settings of both, whether the fingerprints are equal, and whether the verdicts differ: how many."""
    flips: list[Flip] = field(default_factory=list)
    """The first of those that differ, in the order of their ids."""
    turned: Counter[str] = field(default_factory=Counter)
    """How many have another status, such as `scored → failed`."""
    turns: list[Flip] = field(default_factory=list)
    """The first of these."""


def rubrics_of(db: sqlite3.Connection) -> list[str]:
    """The rubrics of a run, sorted."""
    return [name for (name,) in db.execute("SELECT DISTINCT rubric FROM current_settings ORDER BY rubric")]


def side_by_side(path_a: Path, path_b: Path, rubric: str, most_flips: int) -> Both:
    """The verdicts of both runs under a rubric; memory for some numbers a transcript and a name a question."""
    found = Both(rubric)
    questions: dict[str, int] = {}
    labels: dict[str, int] = {}
    with reading(path_a) as db_a, reading(path_b) as db_b:
        rows_a, rows_b = _rows(db_a, rubric), _rows(db_b, rubric)
        a, b = next(rows_a, None), next(rows_b, None)
        while a is not None and b is not None:
            if a.transcript < b.transcript:
                found.only_a += 1
                a = next(rows_a, None)
            elif b.transcript < a.transcript:
                found.only_b += 1
                b = next(rows_b, None)
            else:
                label = labels.setdefault(a.label, len(labels))
                found.question.append(questions.setdefault(a.question, len(questions)))
                found.label.append(label)
                found.a.add(a, label)
                found.b.add(b, label)
                _note(found, a, b, most_flips)
                a, b = next(rows_a, None), next(rows_b, None)
        found.only_a += (a is not None) + sum(1 for _ in rows_a)
        found.only_b += (b is not None) + sum(1 for _ in rows_b)
    found.labels = list(labels)
    return found


def _rows(db: sqlite3.Connection, rubric: str) -> Iterator[_Row]:
    return map(_Row._make, db.execute(_VERDICTS, (rubric,)))


def _note(found: Both, a: _Row, b: _Row, most_flips: int) -> None:
    equal = a.fingerprint == b.fingerprint
    # What is not a verdict in one of them has no level to change; it is counted as missing.
    differ = a.status == b.status == "scored" and (a.level, a.score, a.passed) != (b.level, b.score, b.passed)
    found.same += equal
    found.settings[a.setting, b.setting, equal, differ] += 1
    turned = a.status != b.status
    if turned:
        found.turned[f"{a.status} → {b.status}"] += 1
    kept = found.flips if differ else found.turns
    if (differ or turned) and len(kept) < most_flips:
        row = (a.transcript, a.label, a.id, b.id, a.fingerprint, b.fingerprint, a.setting, b.setting)
        kept.append(Flip._make(row))


def setting_facts(db: sqlite3.Connection) -> dict[int, dict[str, Any]]:
    """What made the verdicts of each setting that counts: judge, its digest, rubric and its fingerprint, the whole."""
    columns = ("judge", "judge_key", "rubric", "rubric_version", "rubric_fingerprint", "base")
    query = f"SELECT id, {', '.join(columns)} FROM settings WHERE id IN (SELECT id FROM current_settings)"  # noqa: S608
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in db.execute(query)}
