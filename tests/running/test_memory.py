"""Nothing grows with the run: peak memory of a process that judges many jobs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import asyncio, sys
from dataclasses import dataclass
from pathlib import Path
from judgekit.running.engine import score_all
from judgekit.running.store import Store
from tests.running.stub import Plan, POLITE, job, verdict

@dataclass(frozen=True, slots=True)
class Named:  # a job of 2 kB of text that costs little to make
    transcript: object
    plan: Plan
    fingerprint: str

@dataclass(frozen=True, slots=True)
class Text:
    id: str
    text: str
    question_id: str = "q"
    label: str = ""
    provenance: str = "unknown"

plan = type("P", (), {"rubric": POLITE, "base": "b", "judge": "openai/test"})()
model = verdict(job(0))

def jobs(n):
    for i in range(n):
        yield Named(Text(f"t{i}", f"{i} " + "x" * 2000), plan, f"{i:032x}")

async def judge(one):
    return model.model_copy(update={"transcript_id": one.transcript.id, "fingerprint": one.fingerprint})

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20

def run(path, n):
    seen = []
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        asyncio.run(score_all(jobs(n), judge, store, on_progress=lambda p: seen.append((p.done, resident()))))
    return seen

n = int(sys.argv[2])
first = run(sys.argv[1], n)
again = run(sys.argv[1], n)
early = next(mb for done, mb in first if done > n / 5)
print(early, max(mb for _, mb in first), max(mb for _, mb in again))
"""


def grown(path: Path, n: int) -> tuple[int, int]:
    """By how many MB the process is larger at the end than after a fifth: while judging, and in a resume."""
    command = [sys.executable, "-c", CODE, str(path), str(n)]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    early, first, again = map(int, out.split())
    return first - early, again - early


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to read the size of a process")
@pytest.mark.parametrize("n", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_memory_is_flat(tmp_path: Path, n: int) -> None:
    # 10,000 jobs hold 20 MB of text: keeping them, or a kilobyte for each, would show.
    judging, resuming = grown(tmp_path / "run.db", n)
    assert judging <= 6
    assert resuming <= 6
