"""One process at a time asks for a run in batches: two would send the same requests twice."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from judgekit.errors import JudgeError
from judgekit.running.schema import clear_errors, identity


class BatchFolder:
    """The folder `RUN.db.batch` of request files, held by this process; gone when it is empty.

    The lock is SQLite's on a file in it: the system lets go of it when the process ends, however it ends.
    """

    def __init__(self, run: Path) -> None:
        """Nothing is made yet."""
        self.path = run.absolute().with_name(f"{run.name}.batch")
        self._run = run
        self._lock = self.path / "lock"
        self._held: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        with clear_errors(self.path):
            while not self._taken():
                pass
        for left in self.path.glob("*.part"):
            left.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._held is not None
        alone = not any(self.path.glob("*.jsonl"))
        with suppress(OSError):  # some systems delete no open file, and another process may have just come
            if alone:
                self._lock.unlink()
        self._held.close()  # and with it goes SQLite's journal
        with suppress(OSError):
            if alone:
                self.path.rmdir()

    def _taken(self) -> bool:
        """Whether the lock is ours; False where its file was taken away by the one who held it before.

        Raises:
            JudgeError: another process holds it, or the folder cannot be made.
        """
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise JudgeError(f"folder {self.path}: it cannot be made ({error.strerror})") from None
        db = sqlite3.connect(self._lock, timeout=0.0, isolation_level=None, check_same_thread=False)
        try:
            before = identity(self._lock)
            db.execute("BEGIN EXCLUSIVE")
            if before is not None and identity(self._lock) == before:
                self._held = db
                return True
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", -1) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise JudgeError(
                f"run {self._run}: another process asks for it in batches; let it end, and run this again"
            ) from None
        finally:
            if self._held is not db:
                db.close()
        return False
