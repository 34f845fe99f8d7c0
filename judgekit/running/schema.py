"""The layout of a run's file, and its way from version to version.

A run is one SQLite file in WAL mode. Its tables:

    meta       who made the file: format, created, judgekit
    sessions   one row per `score` on this run: judge, parameters (no key), sources, how it ended; which process it
               is, when that last gave a sign of life, and how far its source is settled without a gap
    claims     what the sessions that are on are about to judge: fingerprints, some hundred a row
    settings   judge × rubric as they were: two settings never mix in a number (law 4)
    verdicts   one row per verdict; `body` is the export row as JSON, the columns before it are for counting
    batches    one row per batch at a provider: its file, its ids there, how far it is
    batch_requests   by the digest of the request: the batch that it is in, and what came back (a list of outcomes)
    cards      judge cards, by the fingerprint of judge and rubric that they are bound to; `own`: made of these verdicts

A row is `live` while it is the newest for its transcript and setting. What counts is in the views: `current_settings`,
for each rubric the setting used last, of the judge used last; and `current`, their live verdicts. All else stays in the
file as history: it is found again by its fingerprint, never counted, and the summary says how much there is.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from judgekit.errors import JudgeError, JudgekitError, UserError

APPLICATION_ID = 0x6A6B6974
"""`jkit`: tells a run from any other SQLite file."""
BUSY_TIMEOUT_S = 30.0
"""How long one process waits for another that writes to the same run."""

_FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, outcome TEXT, judgekit TEXT NOT NULL,
    judge TEXT NOT NULL, judge_key TEXT NOT NULL, parameters TEXT NOT NULL, base_url TEXT, sources TEXT NOT NULL,
    host TEXT, pid INTEGER, born TEXT, beat REAL, mark INTEGER, seen INTEGER);
CREATE TABLE claims (id INTEGER PRIMARY KEY, session_id INTEGER NOT NULL, fingerprints TEXT NOT NULL);
CREATE TABLE settings (
    id INTEGER PRIMARY KEY, base TEXT NOT NULL UNIQUE, judge TEXT NOT NULL, judge_key TEXT NOT NULL,
    rubric TEXT NOT NULL, rubric_version TEXT NOT NULL, rubric_fingerprint TEXT NOT NULL,
    used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, setting_id INTEGER NOT NULL, session_id INTEGER NOT NULL, live INTEGER NOT NULL,
    position INTEGER NOT NULL, transcript_id TEXT NOT NULL, question_id TEXT NOT NULL, label TEXT NOT NULL,
    rubric TEXT NOT NULL, fingerprint TEXT NOT NULL, status TEXT NOT NULL, failure_kind TEXT, level INTEGER,
    score REAL, passed INTEGER, judge TEXT NOT NULL, provenance TEXT NOT NULL, flags TEXT NOT NULL,
    reused INTEGER NOT NULL, unsupported INTEGER NOT NULL, calls INTEGER NOT NULL, prompt_tokens INTEGER,
    completion_tokens INTEGER, cached_tokens INTEGER, cost_usd REAL, latency_s REAL, created TEXT NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    requests INTEGER NOT NULL, bytes INTEGER NOT NULL, file_id TEXT, provider_id TEXT, made TEXT NOT NULL);
CREATE TABLE batch_requests (
    key BLOB NOT NULL UNIQUE, fingerprint TEXT NOT NULL, batch_id INTEGER, estimate_usd REAL NOT NULL,
    cost_usd REAL NOT NULL DEFAULT 0, outcomes BLOB NOT NULL DEFAULT '[]');
CREATE INDEX batch_requests_fingerprint ON batch_requests (fingerprint);
CREATE INDEX batch_requests_open ON batch_requests (batch_id) WHERE batch_id IS NOT NULL;
CREATE TRIGGER batch_requests_used AFTER INSERT ON verdicts BEGIN
    DELETE FROM batch_requests WHERE fingerprint = NEW.fingerprint AND batch_id IS NULL; END;
CREATE UNIQUE INDEX verdicts_live ON verdicts (setting_id, transcript_id) WHERE live = 1;
CREATE INDEX verdicts_order ON verdicts
    (position, id, fingerprint, transcript_id, setting_id, status) WHERE live = 1;
CREATE INDEX verdicts_history ON verdicts (setting_id) WHERE live = 0;
CREATE INDEX verdicts_fingerprint ON verdicts (fingerprint, reused, transcript_id);
CREATE VIEW current_settings AS
    SELECT id, rubric, rubric_version, rubric_fingerprint, max(used) AS used FROM settings
    WHERE used > 0 AND judge_key = (SELECT judge_key FROM settings ORDER BY used DESC LIMIT 1) GROUP BY rubric;
CREATE VIEW current AS
    SELECT * FROM verdicts WHERE live = 1 AND setting_id IN (SELECT id FROM current_settings);
"""
_FORMAT_2 = """
CREATE TABLE cards (
    id INTEGER PRIMARY KEY, bound_to TEXT NOT NULL, rubric TEXT NOT NULL, criterion TEXT NOT NULL, digest TEXT NOT NULL,
    own INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (bound_to, rubric, criterion));
"""
_MIGRATIONS = (_FORMAT_1, _FORMAT_2)
"""The script at place i takes a file from format i to i + 1."""
FORMAT = len(_MIGRATIONS)
"""The format that this version writes."""
_READABLE = 1
"""The oldest format that can be read as it is: what came later are tables that a reader can do without."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection to the run, made or migrated where it has to be; safe to hand from thread to thread.

    Raises:
        UserError: the path is a folder, not a run, of a newer format, or cannot be written.
        JudgeError: the disk is full or fails, or another process holds the run for too long.
    """
    _check_reachable(path)
    if path.is_dir():
        raise UserError(f"run {path}: a file was wanted, and this is a folder; write for example {path / 'run.db'}")
    if not path.parent.is_dir():
        raise UserError(f"run {path}: the folder {path.parent} does not exist; make it, or choose another file")
    with clear_errors(path):
        # Absolute, for SQLite has a meaning of its own for names such as ":memory:".
        db = sqlite3.connect(path.absolute(), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            _check(db, path, new=True)
            _use_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")
            _migrate(db)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing, closed at the end.

    Raises:
        UserError: there is no file, it is not a run, or its format is another.
        JudgeError: the disk fails.
    """
    _check_reachable(path)
    if not path.exists():
        raise UserError(f"run {path}: there is no such file; `judgekit score … --run {path}` makes one")
    if path.is_dir():
        raise UserError(f"run {path}: a file was wanted, and this is a folder")
    with clear_errors(path), closing(_connect_for_reading(path)) as db:
        if (found := _check(db, path, new=False)) < _READABLE:
            raise UserError(f"run {path}: its format is {found}, this is {FORMAT}; `judgekit score` migrates it")
        db.execute("BEGIN")  # one state of the file, though a session may be writing to it
        yield db


def identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from another one under its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check_reachable(path: Path) -> None:
    """Nothing.

    Raises:
        UserError: the path is too long, in a folder that is closed to the user, or no path at all.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"run {path}: it cannot be reached ({why}); check the path and its permissions") from error


def _connect_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes no content.

    It is opened for writing where that is allowed, so that closing it leaves no WAL files behind. Where the folder
    cannot be written, WAL has no place for its index, and the file is read as one that nobody changes.
    """
    where = f"file:{quote(str(path.absolute()))}"
    db = _connect(f"{where}?mode=rw")
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        db.execute("PRAGMA query_only = ON")
    except sqlite3.OperationalError as error:
        db.close()
        locked_out = _code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not locked_out or path.with_name(path.name + "-wal").exists():
            raise
        return _connect(f"{where}?mode=ro&immutable=1")
    except BaseException:
        db.close()
        raise
    return db


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def _check(db: sqlite3.Connection, path: Path, *, new: bool) -> int:
    """The format of the file, 0 for an empty one; nothing is written before this has passed."""
    db.execute("BEGIN")  # another process may be making the file: see it before or after, not between
    made_by = db.execute("PRAGMA application_id").fetchone()[0]
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    db.execute("COMMIT")
    if made_by != APPLICATION_ID and not (new and empty):
        raise UserError(f"run {path}: this is not a judgekit run; choose another file")
    if found > FORMAT:
        raise UserError(
            f"run {path}: its format is {found}, and this judgekit knows formats up to {FORMAT}; upgrade judgekit"
        )
    return found


def _use_wal(db: sqlite3.Connection) -> None:
    """WAL, though another process may be making the same file: that change of mode does not wait for its turn."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        return
    with transaction(db):
        # Another process may have been first.
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        for script in _MIGRATIONS[found:]:
            for statement in script.split(";\n"):
                db.execute(statement)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (FORMAT,))
        created = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute("INSERT OR IGNORE INTO meta VALUES ('created', ?)", (created,))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; waits for its turn at the beginning, where waiting cannot deadlock."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("ROLLBACK")
        raise


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """SQLite's errors become one line with the file and the cure."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(error, path) from error


def _explained(error: sqlite3.Error, path: Path) -> JudgekitError:
    code = _code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return UserError(f"run {path}: this is not a judgekit run; choose another file")
    if code == sqlite3.SQLITE_CORRUPT:
        return UserError(f"run {path}: the file is damaged ({error}); `sqlite3 {path} .recover` may save what is in it")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return UserError(f"run {path}: it cannot be written ({error}); choose a file in a folder that you may write to")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JudgeError(
            f"run {path}: another process holds it for over {BUSY_TIMEOUT_S:.0f} s; let it end, and run this again"
        )
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return JudgeError(
            f"run {path}: the disk is full or fails ({error}); make room, and the same command goes on from here"
        )
    return JudgeError(f"run {path}: {error}")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; errors of the Python module itself have none."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
