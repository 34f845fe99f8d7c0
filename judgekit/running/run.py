"""A run as a reader sees it: verdicts in a stream, and numbers that the database has added up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import orjson

from judgekit.errors import UserError
from judgekit.running.means import means
from judgekit.running.schema import reading
from judgekit.running.sessions import COLUMNS, columns_of, complete
from judgekit.running.shard_index import import_shards
from judgekit.running.summary import MeanRow, Summary
from judgekit.running.totals import stale, summarise
from judgekit.verdict import Status, Verdict

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard

_BODIES = (
    "SELECT body FROM verdicts INDEXED BY verdicts_order "
    "WHERE live = 1 AND setting_id IN ({settings}){where} ORDER BY position, id"
)
"""The index gives the order: nothing is sorted, so nothing grows."""
_CHUNK = 200


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Run:
    """One run's file, open for reading; it may be written to at the same time.

    Every method reads the file anew, and leaves nothing open behind.
    """

    path: Path
    """The file."""

    def verdicts(
        self, *, rubric: str | None = None, label: str | None = None, status: str | None = None
    ) -> Iterator[Verdict]:
        """The verdicts that count, in the order of their source, one at a time.

        Args:
            rubric: only those under this rubric.
            label: only those on this response label.
            status: only `scored`, `abstained` or `failed` ones.

        Raises:
            UserError: another status; a rubric or label that the run does not hold is no error, and gives nothing.
        """
        rows = self.rows(rubric=rubric, label=label, status=status)
        return (Verdict.from_row(row) for row in rows)

    def rows(
        self, *, rubric: str | None = None, label: str | None = None, status: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """The same as export rows: plain dictionaries, five times as fast."""
        if status is not None and status not in get_args(Status):
            raise UserError(f"status: wanted {', '.join(get_args(Status))} or None; came {status!r}")
        wanted = {"rubric": rubric, "label": label, "status": status}
        return self._rows({name: value for name, value in wanted.items() if value is not None})

    def _rows(self, given: dict[str, str]) -> Iterator[dict[str, Any]]:
        with reading(self.path) as db:
            numbers = [row[0] for row in db.execute("SELECT id FROM current_settings")]
            if not numbers:  # no session has judged anything yet
                return
            where = "".join(f" AND {name} = ?" for name in given)
            query = _BODIES.format(settings=",".join("?" * len(numbers)), where=where)
            found = db.execute(query, [*numbers, *given.values()])
            while bodies := found.fetchmany(_CHUNK):
                for (body,) in bodies:
                    yield orjson.loads(body)

    def summary(self, *, cards: Iterable[JudgeCard] = ()) -> Summary:
        """The run in numbers; takes memory for the questions of one group at most, whatever the size of the run.

        Args:
            cards: judge cards beside those that the run holds; one that is bound to another judge or rubric is stale.
        """
        with reading(self.path) as db:
            return summarise(db, cards)

    def mean(self, by: str | Sequence[str] = ("rubric", "label"), *, level: float = 0.95) -> list[MeanRow]:
        """The mean score of each group, with counts and bounds; questions are the independent units.

        Args:
            by: what groups have in common: any of rubric, label, question_id, provenance, judge.
            level: the confidence of the intervals.

        Raises:
            UserError: an unknown name in `by`, or a level that is not between 0 and 1.
        """
        with reading(self.path) as db:
            return means(db, (by,) if isinstance(by, str) else by, level=level)

    @property
    def meta(self) -> dict[str, Any]:
        """What made this run: file, format, judge, parameters (no key), endpoint, sources, columns, rubrics."""
        with reading(self.path) as db:
            return {"path": str(self.path), **_meta(db)}


def open_run(path: str | Path) -> Run:
    """The run in a file, or in a folder of shards, whose new shards are read first.

    Raises:
        UserError: there is no such file or folder, or it is not a run that this version reads.

    >>> import tempfile
    >>> from judgekit.running.store import Store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Store(f"{folder}/run.db").close()       # what `Judge.score_many` does first
    ...     open_run(f"{folder}/run.db").summary().verdicts
    0
    """
    where = Path(path)
    run = Run(import_shards(where) if _is_folder(where) else where)
    with reading(run.path):
        return run


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it cannot be reached: reading it says why
        return False


def _meta(db: sqlite3.Connection) -> dict[str, Any]:
    meta: dict[str, Any] = dict(db.execute("SELECT key, value FROM meta"))
    meta["format"] = int(meta["format"])
    meta["rubrics"] = {
        name: {"version": version, "fingerprint": fingerprint}
        for name, version, fingerprint in db.execute(
            "SELECT rubric, rubric_version, rubric_fingerprint FROM current_settings ORDER BY rubric"
        )
    }
    meta["complete"] = complete(db)
    meta["stale"] = stale(db)
    meta[COLUMNS] = columns_of(db)
    meta["sessions"] = db.execute("SELECT count(*) FROM sessions").fetchone()[0]
    last = db.execute(
        "SELECT judgekit, judge, parameters, base_url, sources, started, ended FROM sessions ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if last is not None:
        judgekit, judge, parameters, base_url, sources, started, ended = last
        meta |= {"judgekit": judgekit, "judge": judge, "base_url": base_url, "started": started, "ended": ended}
        meta |= {"parameters": orjson.loads(parameters), "sources": orjson.loads(sources)}
    return meta
