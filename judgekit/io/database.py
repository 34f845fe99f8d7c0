"""Whether a file is a database, such as a run."""

from __future__ import annotations

from pathlib import Path

_SQLITE = b"SQLite format 3\x00"


def is_database(path: Path) -> bool:
    """Whether the file begins as SQLite's do.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
