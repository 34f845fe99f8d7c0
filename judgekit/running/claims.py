"""Who judges what, where several processes work on one run: each says which jobs it takes before it takes them.

A claim is a row with the fingerprints of one slice of jobs, written in the transaction that looks the slice up; so no
job is taken twice. It goes when the last of its jobs is settled: a verdict that is there counts before any claim, so
nothing has to be struck out in between. The claims of a session that has ended, or whose process has, bind nobody.

A session is on while its process is, told by number and time of birth, and its last sign of life is fresh. The latter
is for processes of other machines and containers, which cannot be looked at, and for one that was put to sleep.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from judgekit.noun import digest

GLANCE_S = 0.5
"""How long what was seen of another process is believed, and how often is looked whether there is something to say."""
_BEAT_S = 15.0
"""How often a session gives a sign of life, at least."""
_STALE_S = 60.0
"""After so long without one it is over."""
_MARK_S = 1.0
"""How often it says at most how far it is."""


class Claims:
    """What one session has claimed; used in the thread of its store, except where a method says otherwise."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Claims nothing yet."""
        self.shared = False
        """Whether another session was on at the last look."""
        self.mark: int | None = None
        """Where in the source the first job stands that is not settled; set from any thread."""
        self._db = db
        self._session = 0
        self._beside: frozenset[int] = frozenset()
        self._gone: deque[int] = deque()
        self._said = 0.0
        self._seen: dict[int, tuple[float, bool]] = {}

    def start(self, session: int) -> None:
        """This process works on the session from now on; in a transaction."""
        self._session = session
        self._db.execute(
            "UPDATE sessions SET ended = NULL, outcome = NULL, host = ?, pid = ?, born = ?, beat = ? WHERE id = ?",
            (*this_process(), session),
        )
        self._beside = frozenset(self._others())
        self.shared = bool(self._beside)

    def is_beside(self, session: int) -> bool:
        """Whether that session is on beside this one, or was; from any thread."""
        return self._session > 0 and (session > self._session or session in self._beside)

    def elsewhere(self) -> set[str]:
        """The fingerprints that other sessions which are on have claimed; in a transaction."""
        on = self._others()
        self.shared = bool(on)
        taken: set[str] = set()
        theirs = "SELECT id, session_id, fingerprints FROM claims WHERE session_id <> ?"
        for number, session, fingerprints in self._db.execute(theirs, (self._session,)).fetchall():
            if session in on:
                taken.update(fingerprints.split("\n"))
            else:
                self._db.execute("DELETE FROM claims WHERE id = ?", (number,))
        return taken

    def take(self, fingerprints: Iterable[str]) -> int:
        """The number of the claim on these; in the transaction of `elsewhere`."""
        row = "INSERT INTO claims (session_id, fingerprints) VALUES (?, ?)"
        return self._db.execute(row, (self._session, "\n".join(fingerprints))).lastrowid or 0

    def drop(self, claim: int) -> None:
        """All that it was for is settled; from any thread."""
        self._gone.append(claim)

    @property
    def due(self) -> bool:
        """Whether there is something to say that other processes may wait for; from any thread."""
        return bool(self._gone) or time.monotonic() - self._said >= _BEAT_S

    def sweep(self) -> None:
        """What was dropped is gone, and this session has given a sign of life; in a transaction."""
        while self._gone:
            self._db.execute("DELETE FROM claims WHERE id = ?", (self._gone.popleft(),))
        now = time.monotonic()
        if self._session and now - self._said >= _MARK_S:
            self._said = now
            self.beat()

    def beat(self) -> None:
        """A sign of life, also of a session that was given up for dead; in a transaction."""
        row = time.time(), self.mark, self._session
        beat = "UPDATE sessions SET beat = ?, mark = coalesce(?, mark), outcome = NULL WHERE id = ?"
        self._db.execute(beat, row)

    def end(self) -> None:
        """Nothing is claimed any more; in a transaction."""
        self._db.execute("DELETE FROM claims WHERE session_id = ?", (self._session,))
        self._gone.clear()
        self._session = 0

    def _others(self) -> set[int]:
        """The other sessions that are on; those found dead are on record as killed, and not looked at again."""
        rows = self._db.execute(
            "SELECT id, host, pid, born, beat FROM sessions WHERE outcome IS NULL AND pid IS NOT NULL AND id <> ?",
            (self._session,),
        ).fetchall()
        on: set[int] = set()
        now = time.monotonic()
        for session, *process in rows:
            looked, alive = self._seen.get(session, (0.0, False))
            if not alive or now - looked >= GLANCE_S:
                alive = is_on(*process)
                self._seen[session] = now, alive
            if alive:
                on.add(session)
            else:
                self._db.execute("UPDATE sessions SET outcome = 'killed' WHERE id = ?", (session,))
        return on


def this_process() -> tuple[str, int, str | None, float]:
    """What tells this process from all others, and that it is on now: what `is_on` takes."""
    return host(), os.getpid(), birth(os.getpid()), time.time()


def is_on(where: str, pid: int, born: str | None, beat: float) -> bool:
    """Whether a process still works on its session.

    Args:
        where: its `host()`.
        pid: its number there.
        born: its `birth()`.
        beat: when it gave its last sign of life, in seconds since 1970.
    """
    if time.time() - beat > _STALE_S:
        return False
    if where != host() or os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return birth(pid) == born


def host() -> str:
    """The machine, and the container on it, where a number means the same process; as a digest, for runs are shared."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:  # not Linux
        pass
    return digest(parts)[:16]


def birth(pid: int) -> str | None:
    """When the process began, in the system's own measure; '' if it is over, None where that cannot be seen."""
    try:
        # The name of the program stands in parentheses, and may hold any character.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else None
    except OSError:
        return None
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
