"""The file that a run is: verdicts go in, in batches, and are found again by their fingerprint.

Law 4 in this file: a verdict is looked up by fingerprint alone, so the same one is never paid for twice; and it is
filed under its setting (`Plan.base`: judge, parameters, rubric, template), so those of another setting are never
counted with it. A second verdict for the same transcript and setting replaces the first (its text or inputs changed,
or the first was a failure); the first stays in the file as history, and what it cost stays counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import orjson

from judgekit.errors import JudgeError, UserError
from judgekit.running.claims import Claims
from judgekit.running.filing import file_verdicts
from judgekit.running.lookup import Found as Found
from judgekit.running.lookup import Held as Held
from judgekit.running.lookup import Settled, key_of, look_up, look_up_in_order, spent_by
from judgekit.running.marks import Marks
from judgekit.running.schema import clear_errors, identity, open_for_writing, transaction
from judgekit.running.sessions import Outcome as Outcome
from judgekit.running.sessions import begin_session, end_session, keep_columns, newest_verdict, warnings
from judgekit.running.work import Entry, Job, Made, Plan
from judgekit.verdict import Usage, Verdict


@dataclass(frozen=True, slots=True)
class Taken:
    """What a look-up found, and what this session may judge."""

    found: Found
    claim: int
    """The number of the claim on `fingerprints`."""
    fingerprints: list[str]
    """What was free and is now claimed."""
    elsewhere: frozenset[str]
    """What is wanted, and claimed by another session that is on."""


class Store:
    """One run's file, open for writing; one thread at a time may use it."""

    def __init__(self, path: str | Path) -> None:
        """Opens the run, or makes it.

        Raises:
            UserError: the path is a folder, not a run, of a newer format, or cannot be written.
            JudgeError: the disk is full or fails.
        """
        self.path = Path(path)
        self.judge = ""
        self.endpoint = ""
        self._db = open_for_writing(self.path)
        self._file = identity(self.path)
        self._judge_key = ""
        self.session = 0
        """The number of the session on record."""
        self.before = 0
        """The newest verdict of earlier sessions."""
        self.hint: int | None = None
        """Where in the source the last session on it had not settled everything: a good place to begin."""
        self.claims = Claims(self._db)
        self._settings: dict[str, tuple[str, int]] = {}
        self._used: set[int] = set()
        self._counted = 0
        self._kept = Marks()  # verdicts that this session found done

    def begin(
        self,
        *,
        judge: str,
        parameters: Mapping[str, object],
        base_url: str | None = None,
        sources: Iterable[str] | Mapping[str, Mapping[str, str]] = (),
        session: int | None = None,
    ) -> list[str]:
        """What the user should know before this session starts, a line each; the session is on record.

        Args:
            judge: `provider/model`.
            parameters: what else tells this judge from another, such as `Settings.parameters()`; never a key.
            base_url: the endpoint; user and password in it are left out.
            sources: where the transcripts come from; as a mapping also in which columns of each their fields are.
            session: the number of a session that is on record, and goes on.
        """
        self.judge, self._judge_key = judge, key_of(judge, parameters)
        named = [str(source) for source in sources]
        self.endpoint = _without_secrets(base_url) or judge
        if session is not None:
            self.session = session
            return []
        with clear_errors(self.path), transaction(self._db):
            self.session, self.hint = begin_session(
                self._db, judge, self._judge_key, parameters, _without_secrets(base_url), named
            )
            if isinstance(sources, Mapping):
                keep_columns(self._db, sources)
            self.before = newest_verdict(self._db)
            return [
                f"run {self.path} {warning}" for warning in warnings(self._db, self.session, self._judge_key, named)
            ]

    def register(self, plan: Plan) -> int:
        """The number of the setting that a plan's verdicts are filed under.

        Raises:
            UserError: two rubrics of this session have one name.
        """
        rubric = plan.rubric
        known = self._settings.get(rubric.name)
        if known is not None:
            if known[0] != plan.base:
                raise UserError(f"two different rubrics are named {rubric.name!r}: rename one, or use two runs")
            return known[1]
        with clear_errors(self.path), transaction(self._db):
            self._db.execute(
                "INSERT INTO settings (base, judge, judge_key, rubric, rubric_version, rubric_fingerprint) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (base) DO NOTHING",
                (plan.base, self.judge, self._judge_key, rubric.name, rubric.version, rubric.fingerprint),
            )
            number = int(self._db.execute("SELECT id FROM settings WHERE base = ?", (plan.base,)).fetchone()[0])
        self._settings[rubric.name] = plan.base, number
        return number

    def start(self) -> None:
        """This process works on the session from now on, and takes jobs by claiming them."""
        with clear_errors(self.path), transaction(self._db):
            self.claims.start(self.session)

    def settled(self, entries: Sequence[Entry]) -> tuple[Settled, list[Entry]]:
        """The verdicts that stand at the places of these jobs, which count from now on; and the jobs that have none."""
        with clear_errors(self.path):
            found, missing = look_up_in_order(self._db, entries)
            self._kept.update(found.rows)
            if settings := found.settings - self._used:
                with transaction(self._db):
                    self._use(settings)
        return found, missing

    def take(self, jobs: Sequence[Job], wanted: Callable[[Job, Found], bool], most: int) -> Taken:
        """What is known about these jobs, and which of those that are wanted this session may judge.

        Args:
            jobs: to be looked up.
            wanted: whether a job needs a call, by what is known.
            most: so many are claimed at most.
        """
        with clear_errors(self.path), transaction(self._db):
            found, elsewhere = look_up(self._db, jobs), self.claims.elsewhere()
            needed = dict.fromkeys(job.fingerprint for job in jobs if wanted(job, found))
            free = [fingerprint for fingerprint in needed if fingerprint not in elsewhere]
            claim = self.claims.take(free[:most]) if free else 0
            self.claims.sweep()
        return Taken(found, claim, free[:most], frozenset(elsewhere.intersection(needed)))

    def beat(self) -> None:
        """This session is still on, and what it has let go is free: that is on record."""
        with clear_errors(self.path), transaction(self._db):
            self.claims.sweep()

    def find(self, jobs: Sequence[Job]) -> Found:
        """What is already known about these jobs."""
        with clear_errors(self.path):
            return look_up(self._db, jobs)

    def load(self, held: Iterable[Held]) -> dict[int, Verdict]:
        """Verdicts in full, by row."""
        found = {}
        with clear_errors(self.path):
            for row in {one.row for one in held}:
                body = self._db.execute("SELECT body FROM verdicts WHERE id = ?", (row,)).fetchone()[0]
                found[row] = Verdict.from_row(orjson.loads(body))
        return found

    def keep(self, held: Sequence[Held]) -> None:
        """These verdicts count again, where they had been replaced, and so does their setting."""
        for one in held:
            self._kept.add(one.row)
        settings = {one.setting for one in held} - self._used
        revived = [one for one in held if not one.live]
        if not settings and not revived:
            return
        with clear_errors(self.path), transaction(self._db):
            for one in revived:
                self._db.execute(
                    "UPDATE verdicts SET live = 0 WHERE live = 1 AND setting_id = ?1 AND transcript_id = "
                    "(SELECT transcript_id FROM verdicts WHERE id = ?2)",
                    (one.setting, one.row),
                )
                self._db.execute("UPDATE verdicts SET live = 1 WHERE id = ?", (one.row,))
            self._use(settings)

    def write(self, made: Sequence[Made], *, also: Callable[[sqlite3.Connection], object] | None = None) -> list[Made]:
        """Those that were not written, as another transcript of this session has their id; the rest is on disk.

        Args:
            made: the verdicts.
            also: what else belongs into the same transaction; what it raises undoes everything.

        Raises:
            JudgeError: the disk is full or fails, another process holds the run for too long, or the file is gone.
        """
        if identity(self.path) != self._file:  # writing on would succeed, and end with the process
            raise JudgeError(
                f"run {self.path}: the file was deleted, moved or replaced while it was in use; put it back, or run "
                "again with a new file"
            )
        with clear_errors(self.path), transaction(self._db):
            if also is not None:
                also(self._db)
            clashes = file_verdicts(self._db, made, self._settings, self.session, self._is_ours)
            self._use({self._settings[one.verdict.rubric][1] for one in made} - self._used)
            self.claims.sweep()
        return clashes

    def _is_ours(self, session: int, row: int) -> bool:
        """Whether a verdict is of this session, of one beside it, or kept by it: then its transcript is here too."""
        return session == self.session or self.claims.is_beside(session) or row in self._kept

    def use(self, rubrics: Iterable[str]) -> None:
        """The settings of these rubrics, which are registered, count from now on, though nothing was written."""
        settings = {self._settings[name][1] for name in rubrics} - self._used
        if settings:
            with clear_errors(self.path), transaction(self._db):
                self._use(settings)

    def _use(self, settings: set[int]) -> None:
        """From now on these settings count, and those they replace do not."""
        for setting in settings:
            self._db.execute("UPDATE settings SET used = (SELECT max(used) + 1 FROM settings) WHERE id = ?", (setting,))
        self._used |= settings

    def spent(self, price: Callable[[Usage], float | None] | None = None) -> float | None:
        """US dollars that this judge has cost in this run so far; None where a price is unknown.

        Args:
            price: what calls cost that were stored without a price.
        """
        with clear_errors(self.path):
            self._counted = newest_verdict(self._db)
            return spent_by(self._db, self._judge_key, price)

    def spent_elsewhere(self) -> float:
        """US dollars that other sessions have spent on this judge since `spent`, or since the last call of this."""
        with clear_errors(self.path):
            newest = newest_verdict(self._db)
            row = self._db.execute(
                "SELECT coalesce(sum(cost_usd), 0.0) FROM verdicts WHERE id > ? AND id <= ? AND session_id <> ? "
                "AND setting_id IN (SELECT id FROM settings WHERE judge_key = ?)",
                (self._counted, newest, self.session, self._judge_key),
            ).fetchone()
        self._counted = newest
        return float(row[0])

    def end(self, outcome: Outcome) -> None:
        """How this session ended is on record."""
        with clear_errors(self.path), transaction(self._db):
            self.claims.end()
            end_session(self._db, self.session, outcome, self.claims.mark)

    def close(self) -> None:
        """The file is closed; the last process to do so folds the WAL into it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _without_secrets(url: str | None) -> str | None:
    """The address without user, password, query or fragment."""
    if url is None:
        return None
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
