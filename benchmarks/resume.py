"""How soon a run goes on that was killed half-way, and what each verdict costs that is there already.

    python benchmarks/resume.py [TRANSCRIPTS]

A session with a stub judge is killed when half of the transcripts are judged; the same one begins again, in a fresh
process. Counted are CPU seconds from the start of that process, its imports included, to the first call of the judge;
then a third session finds everything done. Transcripts come from a JSON Lines file, and, a tenth as many, from a list
and from a generator of ready ones; making those is not counted for the list.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SESSION = Path(__file__).resolve().with_name("stub_session.py")


def session(*arguments: object, killed: bool = False) -> list[dict[str, Any]]:
    """What a process of stub_session.py said."""
    command = [sys.executable, str(SESSION), *map(str, arguments)]
    found = subprocess.run(command, check=not killed, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in found.stdout.splitlines()]


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    return f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def measure(folder: Path, n: int, kind: str) -> None:
    source, run = folder / f"{kind}.jsonl", folder / f"{kind}.db"
    session("write", source, n)
    session("score", source, run, kind, n // 2, killed=True)
    first, *_, again = session("score", source, run, kind)
    done = session("score", source, run, kind)[-1]
    each = (done["total_cpu_s"] - done["import_cpu_s"]) / n
    soon = first["first_call_cpu_s"] - again["making_cpu_s"]
    print(f"{kind:10} {n:10,} {soon:16.2f} {again['calls']:13,} {each * 1e6:22.1f} {again['peak_mb']:9.0f}", flush=True)
    source.unlink()


def main(n: int = 1_000_000) -> None:
    print(machine())
    heads = (("jobs", 10), ("first call, s", 16), ("calls made", 13), ("µs per job when done", 22), ("peak MB", 9))
    print(f"{'source':10}", " ".join(f"{head:>{width}}" for head, width in heads))
    with tempfile.TemporaryDirectory() as folder:
        for kind, jobs in (("file", n), ("list", n // 10), ("generator", n // 10)):
            measure(Path(folder), jobs, kind)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
