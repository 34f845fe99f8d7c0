"""The word by which the driver ends a session on all machines: a small file in the folder that they share.

It is opened anew at each look, for that is what makes a network file system ask its server.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final, Literal

Word = Literal["go", "drain", "now"]

LOCK = ".lock"
"""The file in the folder that a driver holds locked for as long as it lives."""
_WORDS: Final[tuple[Word, ...]] = ("go", "drain", "now")
LOOK_S = 0.2
"""How often a machine looks at the word, in seconds."""


def clear(folder: Path) -> None:
    """No control file is left, which ends what may still work for a session whose driver was killed."""
    for path in folder.glob("*.control"):
        path.unlink(missing_ok=True)


class Control:
    """A session's control file; `drain`: no new call starts; `now`: those in flight are given up."""

    def __init__(self, folder: Path, session: str, *, near: bool = False) -> None:
        """The control of one session.

        Args:
            folder: the run's.
            session: its name.
            near: whether the driver is on this machine, where a look at its lock tells whether it still lives.
        """
        self._path = folder / f"{session}.control"
        self._lock = folder / LOCK if near else None
        self._level = 0
        self._looked = float("-inf")

    def say(self, word: Word) -> None:
        """The word is written, unless a stronger one was."""
        level = _WORDS.index(word)
        if level >= self._level:
            self._level = level
            self._path.write_text(word, encoding="ascii")

    def remove(self) -> None:
        """The file is gone, which means `now` to whoever still looks."""
        with suppress(OSError):
            self._path.unlink()

    @property
    def is_there(self) -> bool:
        """Whether this machine sees the file."""
        return self._path.is_file()

    @property
    def draining(self) -> bool:
        """Whether no new call may start."""
        return self._look() > 0

    @property
    def cancelling(self) -> bool:
        """Whether the calls in flight are given up."""
        return self._look() > 1

    def _look(self) -> int:
        if monotonic() - self._looked >= LOOK_S:
            self._looked = monotonic()
            self._level = max(self._level, self._read(), 2 if self._is_alone() else 0)
        return self._level

    def _is_alone(self) -> bool:
        """Whether the driver was killed: its lock went with it."""
        if self._lock is None:
            return False
        try:
            import fcntl

            with self._lock.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (ImportError, OSError):
            return False
        return True

    def _read(self) -> int:
        try:
            word = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return 2
        except (OSError, ValueError):
            return self._level
        return _WORDS.index(word) if word in _WORDS else self._level  # empty while it is being written
