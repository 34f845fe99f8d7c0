"""The rubrics of a judge, compiled once each."""

from __future__ import annotations

import threading
from pathlib import Path

from judgekit.judging.job import Plan, make_plan
from judgekit.rubric import Rubric
from judgekit.settings import Settings


class Plans:
    """Compiles on first use; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}

    def of(self, rubric: Rubric | str | Path) -> Plan:
        """The compiled rubric; a file is read again when it has changed."""
        key = rubric.fingerprint if isinstance(rubric, Rubric) else _stamp(rubric)
        with self._lock:
            if key not in self._plans:
                from judgekit.io import load_rubric

                whole = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
                self._plans[key] = make_plan(whole, self._settings)
            return self._plans[key]


def _stamp(rubric: str | Path) -> str:
    """What tells one state of a rubric file from the next; for a shipped rubric its name."""
    try:
        found = Path(rubric).stat()
    except OSError:
        return str(rubric)
    return f"{rubric} {found.st_mtime_ns} {found.st_size}"
