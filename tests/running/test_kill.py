"""Real processes, killed, crowded and starved: what is in the file afterwards."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
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


def check_calls(logs: list[Path], killed: list[Path], concurrency: int) -> None:
    """Each call was made once, but for those that were in flight at a kill; told means that it is on disk."""
    lost: Counter[str] = Counter()
    for log in killed:
        in_flight = set(said(log, "asked")) - set(said(log, "told"))
        assert len(in_flight) <= concurrency
        lost.update(in_flight)
    asked = Counter(name for log in logs for name in said(log, "asked"))
    assert {name: n for name, n in asked.items() if n > 1 + lost[name]} == {}


def kill_at_random(
    folder: Path, kills: int, n: int, concurrency: int, seed: int, at_once: int = 1, delay_s: float = 0.02
) -> None:
    """So many processes work on the run; one after the other is killed, and another one takes its place."""
    rng = random.Random(seed)
    run = folder / "run.db"
    logs: list[Path] = []
    killed: list[Path] = []
    alive: list[tuple[Path, subprocess.Popen[str]]] = []

    def begin() -> None:
        logs.append(folder / f"{len(logs)}.log")
        alive.append((logs[-1], start(run, logs[-1], n, concurrency, delay_s)))

    for _ in range(at_once):
        begin()
    for _ in range(kills):
        log, child = alive.pop(rng.randrange(len(alive)))
        wait_for_life(log, child)
        time.sleep(rng.random() * 0.15)
        child.kill()
        child.communicate()
        if child.returncode == -signal.SIGKILL:
            killed.append(log)
        durable = {v.transcript_id for v in open_run(run).verdicts()} if run.exists() else set()
        assert durable >= set(said(log, "told"))
        begin()
    for _, child in alive:
        _, err = child.communicate(timeout=300)
        assert (child.returncode, err) == (0, "")
    assert len(killed) > kills // 4  # the last ones found nothing to do
    check_calls(logs, killed, concurrency)
    check_whole(run, n)


def wait_for_life(log: Path, child: subprocess.Popen[str]) -> None:
    """The child has made a call, or has found nothing to do."""
    until = time.monotonic() + 60
    while not said(log, "asked") and child.poll() is None:
        assert time.monotonic() < until, "the child does not get on"
        time.sleep(0.005)


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=4, n=800, concurrency=16, seed=1)


@pytest.mark.slow
def test_a_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=100, n=12_000, concurrency=16, seed=2)


@pytest.mark.slow
def test_fifty_kills_while_two_processes_share_a_run(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=50, n=6000, concurrency=16, seed=3, at_once=2, delay_s=0.2)


def test_two_processes_on_one_run_make_no_call_twice(tmp_path: Path) -> None:
    run = tmp_path / "run.db"
    logs = [tmp_path / f"{i}.log" for i in range(2)]
    both = [start(run, log, 300, 8, 0.02) for log in logs]
    for child in both:
        out, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (0, "")
        assert out.split()[0] == "300"  # each waited for what the other had taken
    check_whole(run, 300)
    check_calls(logs, [], 8)
    summary = open_run(run).summary()
    assert (summary.verdicts, summary.calls, summary.stale, summary.complete) == (300, 300, 0, True)


@pytest.mark.slow
def test_a_process_goes_on_with_what_a_killed_one_had_taken(tmp_path: Path) -> None:
    run = tmp_path / "run.db"
    logs = [tmp_path / f"{i}.log" for i in range(2)]
    both = [start(run, log, 400, 8, 0.05) for log in logs]
    for log in logs:
        wait_for(log, "told", 20)
    both[0].kill()
    both[0].communicate()
    _, err = both[1].communicate(timeout=60)
    assert (both[1].returncode, err) == (0, "")
    check_whole(run, 400)
    check_calls(logs, logs[:1], 8)
    assert open_run(run).summary().complete


def test_the_same_command_right_after_a_kill_waits_for_nobody(tmp_path: Path) -> None:
    run = tmp_path / "run.db"
    logs = [tmp_path / f"{i}.log" for i in range(2)]
    first = start(run, logs[0], 200, 8, 0.05)
    wait_for(logs[0], "told", 20)
    first.kill()  # and not waited for: it may be there as a zombie
    second = start(run, logs[1], 200, 8, 0.0)
    _, err = second.communicate(timeout=30)
    first.communicate()
    assert (second.returncode, err) == (0, "")
    check_whole(run, 200)
    check_calls(logs, logs[:1], 8)


def test_a_full_disk_is_one_clear_line_and_loses_nothing_before(tmp_path: Path) -> None:
    run, log = tmp_path / "run.db", tmp_path / "log"
    child = start(run, log, 600, 8, 0.0, str(400_000))
    _, err = child.communicate(timeout=60)
    assert child.returncode == 3
    assert err.count("\n") == 1
    assert err.startswith(f"JudgeError: run {run}: the disk is full or fails")
    assert "the same command goes on" in err
    durable = {v.transcript_id for v in open_run(run).verdicts()}
    assert durable >= set(said(log, "told"))
    assert len(durable) >= 10
    again = start(run, tmp_path / "again.log", 600, 8, 0.0)
    again.communicate(timeout=60)
    assert again.returncode == 0
    check_whole(run, 600)
