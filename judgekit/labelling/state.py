"""What annotators did, durable at once, in one file that several processes may share."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import orjson

from judgekit.errors import JudgekitError, UserError
from judgekit.labelling.about import About
from judgekit.labelling.draw import Drawn, order_for
from judgekit.labelling.label_file import Given, check_own, digest_of, to_csv, write_whole
from judgekit.labelling.said import Done, labels_given, said_by
from judgekit.labelling.state_file import explained, open_state, writing

_LAST = """
SELECT id, place, kind FROM events WHERE annotator = ? AND undone = 0 AND kind IN ('answer', 'notes')
ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Annotator:
    """Who labels, and what."""

    name: str
    """The name, as it stands in the labels."""
    places: tuple[int, ...]
    """The places of the transcripts, in this annotator's own order."""


class LabelState:
    """The state of one labelling task, and its labels file, which is written whole at every change.

    Args:
        path: the state's own file.
        labels: the labels file.

    Raises:
        UserError: one of the files is another's, or damaged.
        JudgeError: the disk failed.
    """

    def __init__(self, path: Path, labels: Path) -> None:
        self.path, self.labels_path = path, labels
        self._lock = RLock()
        self._db, self.is_new = open_state(path)
        try:
            with explained(path):
                check_own(labels, self._written(), path)
        except BaseException:
            self.close()
            if self.is_new:
                path.unlink(missing_ok=True)
            raise

    def begin(self, about: About, drawn: Sequence[Drawn], digests: Mapping[str, str]) -> None:
        """Nothing; the task is kept: what is asked, and the transcripts, whose order says nothing of them."""
        rows = [
            (place, secrets.token_hex(8), one.transcript_id, digests[one.transcript_id], one.owner, one.probability)
            for place, one in enumerate(drawn)
        ]
        with self._writing() as db:
            if db.execute("SELECT 1 FROM meta WHERE key = 'about'").fetchone():
                return  # another process was first
            db.execute("INSERT INTO meta VALUES ('about', ?)", (about.to_json(),))
            db.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)", rows)

    @property
    def about(self) -> About | None:
        """The task; None while it has not begun."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'about'").fetchone()
            return None if row is None else About.from_json(row[0])

    @property
    def items(self) -> list[tuple[str, str, str]]:
        """Key, transcript id and digest of each transcript, by place."""
        with self._reading() as db:
            return list(db.execute("SELECT key, transcript_id, digest FROM items ORDER BY place"))

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who has begun."""
        with self._reading() as db:
            return tuple(name for (name,) in db.execute("SELECT name FROM annotators ORDER BY id"))

    def annotator(self, name: str) -> Annotator | None:
        """The annotator of that name, or None where nobody of that name has begun."""
        with self._reading() as db:
            held = db.execute("SELECT name, places FROM annotators WHERE folded = ?", (name.casefold(),)).fetchone()
            return None if held is None else _annotator(held)

    def names_of(self, given: Sequence[str]) -> list[str]:
        """The names as they stand in the labels, each once."""
        return list(dict.fromkeys(self.join(one).name for one in given))

    def join(self, name: str) -> Annotator:
        """The annotator of that name, whose order is drawn the first time; capitals do not tell two apart."""
        name = annotator_name(name)
        about = self.about
        assert about is not None
        with self._writing() as db:
            held = db.execute("SELECT name, places FROM annotators WHERE folded = ?", (name.casefold(),)).fetchone()
            if held is None:
                name = next((one for one in about.annotators if one.casefold() == name.casefold()), name)
                mine = db.execute("SELECT place FROM items WHERE owner IS NULL OR owner = ?", (name,))
                order = order_for(name, [place for (place,) in mine], seed=about.chosen.seed or 0)
                held = (name, orjson.dumps(order).decode())
                row = (name, name.casefold(), held[1], _now())
                db.execute("INSERT INTO annotators (name, folded, places, began) VALUES (?, ?, ?, ?)", row)
            return _annotator(held)

    def answer(self, annotator: str, place: int, criterion: str, value: str | int, seconds: float) -> str:
        """Empty; an answer is on the disk. Else why the labels file could not be written, though the answer is kept."""
        values = (annotator, place, criterion, orjson.dumps(value).decode(), seconds, _now())
        return self._change(
            lambda db: db.execute(
                "INSERT INTO events (annotator, place, kind, criterion, value, seconds, created) "
                "VALUES (?, ?, 'answer', ?, ?, ?, ?)",
                values,
            )
        )

    def note(self, annotator: str, place: int, comment: str, evidence: Sequence[Mapping[str, Any]]) -> str:
        """Empty, or why the labels file could not be written; comment and marked passages are on the disk."""
        values = (annotator, place, comment, orjson.dumps(list(evidence)).decode(), _now())
        return self._change(
            lambda db: db.execute(
                "INSERT INTO events (annotator, place, kind, comment, evidence, created) "
                "VALUES (?, ?, 'notes', ?, ?, ?)",
                values,
            )
        )

    def undo(self, annotator: str) -> tuple[int | None, str]:
        """The place whose last answer or note was taken back, None where there is none; and the warning, if any."""
        found: list[int] = []

        def take_back(db: sqlite3.Connection) -> None:
            last = db.execute(_LAST, (annotator,)).fetchone()
            if last is not None:
                found.append(last[1])
                db.execute("UPDATE events SET undone = 1 WHERE id = ?", (last[0],))
                db.execute(
                    "INSERT INTO events (annotator, place, kind, undoes, created) VALUES (?, ?, 'undo', ?, ?)",
                    (annotator, last[1], last[0], _now()),
                )

        said = self._change(take_back)
        return (found[0] if found else None), said

    def close_labels(self) -> None:
        """Nothing; from now on nobody can label: the judge's verdicts were shown."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('revealed', ?)", (_now(),))

    @property
    def revealed(self) -> bool:
        """Whether the judge's verdicts were shown."""
        with self._reading() as db:
            return db.execute("SELECT 1 FROM meta WHERE key = 'revealed'").fetchone() is not None

    def done(self, annotator: str) -> dict[int, Done]:
        """What the annotator has said, by place."""
        with self._reading() as db:
            return said_by(db, annotator)

    def labels(self) -> list[Given]:
        """Every label that stands, in the order in which they were given."""
        with self._reading() as db:
            return self._given(db)

    def write_labels(self) -> str:
        """Empty; the labels file is as the state is. Else why it could not be written."""
        with self._writing() as db:
            made = self._rendered(db)
        return self._write(*made)

    def close(self) -> None:
        """Nothing; the file can be opened by others."""
        with self._lock:
            self._db.close()

    def _given(self, db: sqlite3.Connection) -> list[Given]:
        about = self.about
        assert about is not None
        return labels_given(db, about)

    def _written(self) -> set[str]:
        return {digest for (digest,) in self._db.execute("SELECT digest FROM written")}

    def _change(self, act: Callable[[sqlite3.Connection], Any]) -> str:
        with self._writing() as db:
            if db.execute("SELECT 1 FROM meta WHERE key = 'revealed'").fetchone():
                raise UserError(
                    "the judge's verdicts were shown: what is labelled now would not be blind, and is not kept"
                )
            act(db)
            made = self._rendered(db)
        return self._write(*made)

    def _rendered(self, db: sqlite3.Connection) -> tuple[bytes, int]:
        """The labels file, and the newest event in it; its digest is on the disk before the file can be."""
        content = to_csv(self._given(db))
        db.execute("INSERT OR IGNORE INTO written VALUES (?)", (digest_of(content),))
        return content, _newest(db)

    def _write(self, content: bytes, newest: int) -> str:
        try:
            with self._writing() as db:  # nobody else writes the file meanwhile
                check_own(self.labels_path, self._written(), self.path)
                for part in self.labels_path.parent.glob(f".{_escaped(self.labels_path.name[:100])}.*.part"):
                    part.unlink(missing_ok=True)  # of a process that was killed
                write_whole(self.labels_path, content if newest == _newest(db) else to_csv(self._given(db)))
        except JudgekitError as error:
            return f"{error}; your answers are kept in {self.path.name}"
        return ""

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path), writing(self._db):
            yield self._db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            yield self._db


def annotator_name(given: str) -> str:
    """The name without the blanks around it.

    Raises:
        UserError: it is empty, longer than 80 characters, or holds what nobody sees.
    """
    name = " ".join(given.split())
    if not name or len(name) > 80 or not name.isprintable():
        raise UserError(f"a name of 1 to 80 visible characters was wanted for who labels; came {given[:80]!r}")
    return name


def state_path(labels: Path) -> Path:
    """Where the state of a labels file is kept: beside it.

    >>> state_path(Path("labels.csv")).name
    'labels.csv.state'
    """
    return labels.with_name(f"{labels.name}.state")


def _annotator(held: tuple[str, str]) -> Annotator:
    return Annotator(held[0], tuple(orjson.loads(held[1])))


def _newest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0])


def _escaped(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
