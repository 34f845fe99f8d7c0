"""Real processes, killed, crowded and starved: what is in the file afterwards."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from judgekit.running.run import open_run
from tests.running.child import score_of
from tests.running.stub import jobs

ROOT = Path(__file__).parents[2]


def start(run: Path, log: Path, n: int, concurrency: int, delay_s: float, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", "tests.running.child", str(run), str(log)]
    pipe = subprocess.PIPE
    command += [str(n), str(concurrency), str(delay_s), *more]
    log.touch()
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def said(log: Path, word: str) -> list[str]:
    lines = log.read_text().splitlines()
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]


def wait_for(log: Path, word: str, n: int) -> None:
    until = time.monotonic() + 30
    while len(said(log, word)) < n:
        assert time.monotonic() < until, "the child does not get on"
        time.sleep(0.005)


def check_whole(run: Path, n: int) -> None:
    """The verdicts are those of an uninterrupted run, each once, and the file is sound."""
    found = [(v.transcript_id, v.score) for v in open_run(run).verdicts()]
    assert found == [(one.transcript.id, score_of(one)) for one in jobs(n)]
    with closing(sqlite3.connect(run)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_kill_9_half_way_loses_the_calls_in_flight_and_nothing_else(tmp_path: Path) -> None:
    run, first, second = tmp_path / "run.db", tmp_path / "first.log", tmp_path / "second.log"
    child = start(run, first, 200, 8, 0.02)
    wait_for(first, "told", 80)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    durable = {v.transcript_id for v in open_run(run).verdicts()}
    assert durable >= set(said(first, "told"))

    again = start(run, second, 200, 8, 0.0)
    out, err = again.communicate(timeout=60)
    assert (again.returncode, err) == (0, "")
    twice = set(said(first, "asked")) & set(said(second, "asked"))
    assert twice == set(said(first, "asked")) - durable
    assert len(twice) <= 8
    assert out.split() == ["200", str(len(durable))]
    check_whole(run, 200)


def kill_at_random(folder: Path, kills: int, n: int, concurrency: int, seed: int) -> None:
    rng = random.Random(seed)
    run, asked, killed = folder / "run.db", 0, 0
    for i in range(kills):
        log = folder / f"{i}.log"
        child = start(run, log, n, concurrency, 0.02)
        wait_for(log, "asked", 1)
        time.sleep(rng.random() * 0.15)
        child.kill()
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
        asked += len(said(log, "asked"))
        durable = {v.transcript_id for v in open_run(run).verdicts()}
        assert durable >= set(said(log, "told"))
    last = start(run, folder / "last.log", n, concurrency, 0.0)
    _, err = last.communicate(timeout=120)
    assert (last.returncode, err) == (0, "")
    asked += len(said(folder / "last.log", "asked"))
    assert killed > 0
    assert n <= asked <= n + killed * concurrency
    check_whole(run, n)


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=4, n=800, concurrency=16, seed=1)


@pytest.mark.slow
def test_a_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=100, n=12_000, concurrency=16, seed=2)


def test_two_processes_on_one_run(tmp_path: Path) -> None:
    run = tmp_path / "run.db"
    both = [start(run, tmp_path / f"{i}.log", 300, 8, 0.005) for i in range(2)]
    for child in both:
        _, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (0, "")
    check_whole(run, 300)
    # Both may have judged the same job at the same time; what that cost is counted, and the verdict once.
    asked = sum(len(said(tmp_path / f"{i}.log", "asked")) for i in range(2))
    summary = open_run(run).summary()
    assert (summary.verdicts, summary.calls, summary.stale) == (300, asked, 0)
    assert summary.cost_usd == pytest.approx(0.001 * asked)


def test_a_full_disk_is_one_clear_line_and_loses_nothing_before(tmp_path: Path) -> None:
    run, log = tmp_path / "run.db", tmp_path / "log"
    child = start(run, log, 2000, 8, 0.0, str(400_000))
    _, err = child.communicate(timeout=60)
    assert child.returncode == 3
    assert err.count("\n") == 1
    assert err.startswith(f"JudgeError: run {run}: the disk is full or fails")
    assert "the same command goes on" in err
    durable = {v.transcript_id for v in open_run(run).verdicts()}
    assert durable >= set(said(log, "told"))
    assert len(durable) >= 10
    again = start(run, tmp_path / "again.log", 2000, 8, 0.0)
    again.communicate(timeout=60)
    assert again.returncode == 0
    check_whole(run, 2000)
