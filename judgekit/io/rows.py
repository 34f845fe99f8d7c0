"""What every reader of a format hands on: rows with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Warn = Callable[[str], None]
"""Takes one line that the user should see."""


class Row(NamedTuple):
    """One row of a file, or why there is none in its place."""

    place: int
    """Its first line or its number in the file, from 1."""
    record: Any = None
    """What stands there, as plain data."""
    problem: str = ""
    """Why it could not be read: one line; '' for a good row."""
    unit: str = "line"
    """What `place` counts: `line` or `row`."""

    @property
    def where(self) -> str:
        """The place in words."""
        return f"{self.unit} {self.place}"
