"""The layout of the file that holds what annotators did, and how it is opened.

One SQLite file in WAL mode, beside the labels. Its tables:

    meta         what is labelled, under which rubric, and the seed of the draws; `about` is JSON
    items        the transcripts by place: a random key that stands for each on the page, its id, the digest of what is
                 seen of it, its owner where one annotator has it alone, its probability where these differ
    annotators   who labels, and in which order of places
    events       every answer, note and undo, in order; an answer that was taken back is `undone`, and stays
    written      the digests of the labels file as it was written, so that nobody else's file is ever replaced
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from judgekit.errors import JudgeError, UserError

APPLICATION_ID = 0x6A6B6C62
"""`jklb`: tells it from a run."""
FORMAT = 1
_BUSY_MS = 30_000
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE items (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, transcript_id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
    owner TEXT, probability REAL);
CREATE TABLE annotators (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folded TEXT NOT NULL UNIQUE, places TEXT NOT NULL,
    began TEXT NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, annotator TEXT NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL,
    criterion TEXT NOT NULL DEFAULT '', value TEXT, comment TEXT, evidence TEXT, seconds REAL, undoes INTEGER,
    undone INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL);
CREATE INDEX events_annotator ON events (annotator, place);
CREATE TABLE written (digest TEXT PRIMARY KEY);
"""


def open_state(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection to the file, and whether it was made just now.

    What is committed is on the disk: the file is synchronised at every commit.

    Raises:
        UserError: it is another file, of a newer version, or damaged.
        JudgeError: it cannot be written.
    """
    with explained(path):
        db = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rwc", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            made = _prepared(db, path)
        except BaseException:
            db.close()
            raise
    return db, made


def _prepared(db: sqlite3.Connection, path: Path) -> bool:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    empty = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not empty and application != APPLICATION_ID:
        raise UserError(
            f"{str(path)!r} is no file of this page: it is not touched; name another labels file with --out"
        )
    if not empty and (version := db.execute("PRAGMA user_version").fetchone()[0]) != FORMAT:
        raise UserError(f"{str(path)!r} has the format {version}; this version reads {FORMAT}: update judgekit")
    if not empty and (wrong := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(wrong)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    with writing(db):
        if made := not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {FORMAT}")
    return made


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One writer at a time, in this process and in others; all of the block, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")  # where the disk is full it may fail, and leave the transaction open
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What SQLite says, in one line with the cure."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise JudgeError(
            f"the labelling state {str(path)!r} cannot be used: {error}; check the disk and its permissions"
        ) from None
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"the labelling state {str(path)!r} is damaged ({error}): restore a copy of it; the labels beside it are "
            "whole, move both away to begin anew"
        ) from None
    except (ValueError, TypeError, LookupError) as error:
        raise UserError(
            f"the labelling state {str(path)!r} holds what this page never wrote ({type(error).__name__}: {error}): "
            "restore a copy of it, or name another labels file with --out"
        ) from None
