"""The file that a run is: verdicts go in, in batches, and are found again by their fingerprint.

Law 4 in this file: a verdict is looked up by fingerprint alone, so the same one is never paid for twice; and it is
filed under its setting (`Plan.base`: judge, parameters, rubric, template), so those of another setting are never
counted with it. A second verdict for the same transcript and setting replaces the first (its text or inputs changed,
or the first was a failure); the first stays in the file as history, and what it cost stays counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

import orjson

from judgekit import __version__
from judgekit.errors import JudgeError, UserError
from judgekit.noun import canonical, digest
from judgekit.running.marks import Marks
from judgekit.running.rows import INSERT, cells
from judgekit.running.schema import clear_errors, identity, open_for_writing, transaction
from judgekit.running.work import Job, Made, Plan
from judgekit.verdict import Verdict

Outcome = Literal["complete", "budget", "interrupted", "error"]

_OWN = """
WITH wanted (f, t) AS (VALUES {})
SELECT fingerprint, transcript_id, id, setting_id, status, failure_kind, live
FROM wanted CROSS JOIN verdicts INDEXED BY verdicts_fingerprint ON fingerprint = f AND transcript_id = t
ORDER BY status <> 'failed', live, id
"""
_OTHERS = """
SELECT fingerprint, id, setting_id, status, failure_kind, live FROM verdicts INDEXED BY verdicts_fingerprint
WHERE fingerprint IN ({}) AND reused = 0 ORDER BY status <> 'failed', id
"""
"""Of several rows for one key the last counts: one that did not fail, then a live one, then the newest."""
_SLICE = 400
"""Jobs per look-up, two values each: SQLite before 3.32 takes 999 values."""


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict that the store has for a fingerprint."""

    row: int
    setting: int
    status: str
    failure_kind: str | None
    """None where it did not fail."""
    live: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What the store has for some jobs."""

    own: dict[tuple[str, str], Held] = field(default_factory=dict)
    """By fingerprint and transcript."""
    others: dict[str, Held] = field(default_factory=dict)
    """By fingerprint: the verdict on another transcript with the same text."""


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
        self._session = 0
        self._settings: dict[str, tuple[str, int]] = {}
        self._used: set[int] = set()
        self._kept = Marks()  # verdicts that this session found done

    def begin(
        self,
        *,
        judge: str,
        parameters: Mapping[str, object],
        base_url: str | None = None,
        sources: Iterable[str] = (),
    ) -> list[str]:
        """What the user should know before this session starts, a line each; the session is on record.

        Args:
            judge: `provider/model`.
            parameters: what else tells this judge from another, such as `Settings.parameters()`; never a key.
            base_url: the endpoint; user and password in it are left out.
            sources: where the transcripts come from.
        """
        self.judge, self._judge_key = judge, digest([judge, parameters])
        named = [str(source) for source in sources]
        self.endpoint = _without_secrets(base_url) or judge
        with clear_errors(self.path), transaction(self._db):
            row = self._db.execute(
                "INSERT INTO sessions (started, judgekit, judge, judge_key, parameters, base_url, sources) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    _now(),
                    __version__,
                    judge,
                    self._judge_key,
                    canonical(parameters).decode(),
                    _without_secrets(base_url),
                    orjson.dumps(named).decode(),
                ),
            )
            self._session = row.lastrowid or 0
            return [*self._warnings(), *self._other_sources(set(named))]

    def _other_sources(self, own: set[str]) -> list[str]:
        held = self._db.execute("SELECT sources FROM sessions WHERE id < ?", (self._session,))
        others = sorted({source for (sources,) in held for source in orjson.loads(sources)} - own)
        if not own or not others:
            return []
        named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        return [f"run {self.path} also holds verdicts on {named}, and all are counted: keep apart with another run"]

    def _warnings(self) -> list[str]:
        held = self._db.execute(
            "SELECT judge, sum((SELECT count(*) FROM verdicts WHERE live = 1 AND setting_id = s.id)) AS n "
            "FROM settings s WHERE judge_key <> ? GROUP BY judge HAVING n > 0 ORDER BY judge",
            (self._judge_key,),
        )
        return [
            f"run {self.path} holds {n} verdicts of {judge} with other parameters or another name: "
            "they stay in the file and are not counted"
            for judge, n in held
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

    def find(self, jobs: Sequence[Job]) -> Found:
        """What is already known about these jobs."""
        found = Found()
        with clear_errors(self.path):
            for start in range(0, len(jobs), _SLICE):
                self._find(jobs[start : start + _SLICE], found)
        return found

    def _find(self, jobs: Sequence[Job], found: Found) -> None:
        pairs = [value for job in jobs for value in (job.fingerprint, job.transcript.id)]
        rows = self._db.execute(_OWN.format(",".join(["(?,?)"] * len(jobs))), pairs)
        for fingerprint, transcript_id, *held in rows:
            found.own[fingerprint, transcript_id] = Held(*held)
        missing = [job.fingerprint for job in jobs if (job.fingerprint, job.transcript.id) not in found.own]
        if not missing:
            return
        rows = self._db.execute(_OTHERS.format(",".join("?" * len(missing))), missing)
        for fingerprint, *held in rows:
            found.others[fingerprint] = Held(*held)

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

    def write(self, made: Sequence[Made]) -> list[Made]:
        """Those that were not written, as another transcript of this session has their id; the rest is on disk.

        Raises:
            JudgeError: the disk is full or fails, another process holds the run for too long, or the file is gone.
        """
        if identity(self.path) != self._file:  # writing on would succeed, and end with the process
            raise JudgeError(
                f"run {self.path}: the file was deleted, moved or replaced while it was in use; put it back, or run "
                "again with a new file"
            )
        with clear_errors(self.path), transaction(self._db):
            clashes = [one for one in made if not self._put(one)]
            self._use({self._settings[one.verdict.rubric][1] for one in made} - self._used)
        return clashes

    def _put(self, made: Made) -> bool:
        verdict = made.verdict
        setting = self._settings[verdict.rubric][1]
        before = self._db.execute(
            "SELECT id, fingerprint, status, calls, session_id FROM verdicts "
            "WHERE setting_id = ? AND transcript_id = ? AND live = 1",
            (setting, verdict.transcript_id),
        ).fetchone()
        live = 1
        if before is not None:
            row, fingerprint, status, calls, session = before
            if fingerprint != verdict.fingerprint and (session == self._session or row in self._kept):
                return False
            if fingerprint == verdict.fingerprint and status != "failed":
                live = 0  # another process was first: its verdict stands, and what ours cost is kept
            elif calls:
                self._db.execute("UPDATE verdicts SET live = 0 WHERE id = ?", (row,))
            else:
                self._db.execute("DELETE FROM verdicts WHERE id = ?", (row,))
        self._db.execute(INSERT, (setting, self._session, live, made.entry.position, *cells(verdict)))
        return True

    def _use(self, settings: set[int]) -> None:
        """From now on these settings count, and those they replace do not."""
        for setting in settings:
            self._db.execute("UPDATE settings SET used = (SELECT max(used) + 1 FROM settings) WHERE id = ?", (setting,))
        self._used |= settings

    def spent(self) -> float | None:
        """US dollars that this judge has cost in this run so far; None where a price is unknown."""
        with clear_errors(self.path):
            unknown, total = self._db.execute(
                "SELECT coalesce(sum(cost_usd IS NULL AND calls > 0), 0), coalesce(sum(cost_usd), 0.0) FROM verdicts "
                "WHERE setting_id IN (SELECT id FROM settings WHERE judge_key = ?)",
                (self._judge_key,),
            ).fetchone()
        return None if unknown else float(total)

    def end(self, outcome: Outcome) -> None:
        """How this session ended is on record."""
        with clear_errors(self.path), transaction(self._db):
            self._db.execute(
                "UPDATE sessions SET ended = ?, outcome = ? WHERE id = ?", (_now(), outcome, self._session)
            )

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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
