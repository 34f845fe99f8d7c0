"""A folder of shards as a run: each shard goes into the run's file once, whole, in the order of the sessions.

The run's file is an ordinary one, so everything that works on a run works on it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from judgekit.running.schema import reading
from judgekit.running.shard_folder import RUN, Listing, list_folder, read_end, read_session
from judgekit.running.shard_twins import TABLE, add_twins, named, settle_last_twins, settle_twins
from judgekit.running.shards import ShardRow, read_shard
from judgekit.running.store import Store
from judgekit.running.work import Entry, Made
from judgekit.verdict import Verdict

_TABLES = (
    "CREATE TABLE IF NOT EXISTS shard_sessions ("
    "name TEXT PRIMARY KEY, session_id INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS shards (name TEXT PRIMARY KEY)",
    TABLE,
)


def import_shards(folder: Path) -> Path:
    """The run's file, with every shard of the folder in it; written to only where there is something new.

    Raises:
        UserError: the folder is no run, a file in it is damaged, or it cannot be written.
        JudgeError: the disk fails.
    """
    for name, shards in _news(folder, list_folder(folder)):
        with SessionIndex(folder, name) as index:
            index.take(shards)
            index.end()
    return folder / RUN


class SessionIndex:
    """One session's shards on their way into the run's file."""

    def __init__(self, folder: Path, name: str) -> None:
        """Opens the run's file, or makes it, and goes on with the session or begins it.

        Raises:
            UserError: the session's file is wrong, or the run's file cannot be written.
        """
        self._folder, self._name = folder, name
        self._session = read_session(folder, name)
        self._store = Store(folder / RUN)
        self.warnings: list[str] = []
        """What the user should know before the session starts."""
        try:
            self._join()
        except BaseException:
            self._store.close()
            raise

    def _join(self) -> None:
        session, name, store = self._session, self._name, self._store
        store.write([], also=_make_tables)
        with reading(store.path) as db:
            known = db.execute("SELECT session_id FROM shard_sessions WHERE name = ?", (name,)).fetchone()
        self.warnings = store.begin(
            judge=session.judge,
            parameters=session.parameters,
            base_url=session.base_url,
            sources=session.sources,
            session=None if known is None else known[0],
        )
        if known is None:
            row = name, store.session
            add = "INSERT OR IGNORE INTO shard_sessions (name, session_id) VALUES (?, ?)"
            store.write([], also=lambda db: db.execute(add, row))
        for filed in session.rubrics.values():
            store.register(filed)

    def take(self, shards: Iterable[str]) -> list[Verdict]:
        """The verdicts that these shards brought, and the copies for the twins that waited for them.

        A shard that is in the run already brings none.

        Raises:
            UserError: a shard is damaged.
        """
        found: list[Verdict] = []
        rubrics = self._session.rubrics
        for shard in shards:
            rows = read_shard(self._folder / shard, self._session)
            made = [
                Made(Entry(row.position, named(row, rubrics[row.rubric])), row.verdict)
                for row in rows
                if row.verdict is not None
            ]
            with suppress(_TakenError):
                left_out = self._store.write(made, also=self._taking(shard, rows))
                if left_out:
                    said = "%s: %d verdicts are left out: other transcripts of the session have their ids"
                    logging.getLogger("judgekit").warning(said, self._folder / shard, len(left_out))
                found += [one.verdict for one in made if one not in left_out]
                found += settle_twins(self._store, rubrics, rows)
        return found

    def end(self) -> list[Verdict]:
        """The copies for the last twins; how the session ended is on record, where that is known."""
        ended = read_end(self._folder, self._name)
        if ended is None:
            return []
        found = settle_last_twins(self._store, self._session.rubrics)
        self._store.use(name for name in ended.used if name in self._session.rubrics)
        self._store.end(ended.outcome)
        over = "UPDATE shard_sessions SET ended = 1 WHERE name = ?"
        self._store.write([], also=lambda db: db.execute(over, (self._name,)))
        return found

    def _taking(self, shard: str, rows: Sequence[ShardRow]) -> Callable[[sqlite3.Connection], None]:
        def take(db: sqlite3.Connection) -> None:
            if not db.execute("INSERT OR IGNORE INTO shards VALUES (?)", (shard,)).rowcount:
                raise _TakenError
            add_twins(db, rows, self._session.rubrics)

        return take

    def close(self) -> None:
        """The run's file is closed."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _TakenError(Exception):
    """Another process has taken the shard."""


def _make_tables(db: sqlite3.Connection) -> None:
    for statement in _TABLES:
        db.execute(statement)


def _news(folder: Path, listing: Listing) -> list[tuple[str, list[str]]]:
    """The sessions of which something is not in the run's file yet, each with its new shards."""
    taken: set[str] = set()
    ended: dict[str, int] = {}
    if (folder / RUN).is_file():
        with reading(folder / RUN) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'shard_sessions'").fetchone():
                taken = {name for (name,) in db.execute("SELECT name FROM shards")}
                ended = dict(db.execute("SELECT name, ended FROM shard_sessions"))
    found = []
    for name in listing.sessions:
        new = [shard for shard in listing.shards[name] if shard not in taken]
        over = (folder / f"{name}.end.json").is_file()
        if new or name not in ended or (over and not ended[name]):
            found.append((name, new))
    return found
