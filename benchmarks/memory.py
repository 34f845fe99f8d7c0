"""What a run of a million transcripts holds in memory, and what its summary, report and exports cost.

    python benchmarks/memory.py [TRANSCRIPTS]

A JSON Lines file goes through the engine with a stub judge, 128 at once, every verdict on disk; then what reads the run
follows, each in a fresh process. Memory is resident set size.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SESSION = Path(__file__).resolve().with_name("stub_session.py")


def session(*arguments: object) -> Iterator[dict[str, Any]]:
    """What a process of stub_session.py says, as it comes."""
    command = [sys.executable, str(SESSION), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    return f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def main(n: int = 1_000_000) -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        source, run = Path(folder, "transcripts.jsonl"), Path(folder, "run.db")
        list(session("write", source, n))
        print(f"{n:,} transcripts, {source.stat().st_size / 2**20:,.0f} MB of JSON Lines\n")
        print(f"{'verdicts':>12} {'MB':>6} {'CPU s':>8}")
        for end in session("score", source, run):
            if "done" in end:
                print(f"{end['done']:12,} {end['resident_mb']:6.0f} {end['cpu_s']:8.1f}", flush=True)
        each = (end["total_cpu_s"] - end["import_cpu_s"]) / n
        print(f"{'peak':>12} {end['peak_mb']:6.0f} {end['total_cpu_s']:8.1f}   {each * 1e6:.0f} µs each\n")
        print(f"{'then':>12} {'MB':>6} {'CPU s':>8}   file, MB")
        print(f"{'run':>12} {'':15}   {run.stat().st_size / 2**20:8,.0f}")
        for what in ("summary", "mean", "report", "jsonl", "csv", "parquet"):
            (found,) = session(what, run)
            size = f"{found['mb']:8,.0f}" if found["mb"] else ""
            print(f"{what:>12} {found['peak_mb']:6.0f} {found['cpu_s']:8.1f}   {size}", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
