"""Processes that are killed at each step between a request and its verdict: nothing is paid twice, nothing is lost."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from judgekit.running.run import open_run
from tests.running.openai_batch.made import child, killed, left_behind, most_runs, rows, score, told
from tests.servers.openai_server import OpenAIServer

N = 4


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(quotes=quotes) as running:
        yield running


def quotes(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the judge quotes: at first a word that is not there, so that it is asked again.

    Of all, since an answer is drawn by the bytes of its request, and those who cannot tell quote nothing.
    """
    asked_again = any(message["role"] == "assistant" for message in messages)
    return ["Good day"] if asked_again else ["nowhere"]


class Killer:
    """Kills a process when the server comes to a step for the so-manieth time, before it answers."""

    def __init__(self, step: str, time: int) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._step, self._left = step, time

    def __call__(self, step: str) -> None:
        if step == self._step and self.process is not None:
            self._left -= 1
            if self._left == 0:
                self.process.kill()


STEPS = {
    "before the upload": ("upload", 1),
    "after the upload": ("uploaded", 1),
    "before the creation": ("create", 1),
    "after the creation, before its id is noted": ("created", 1),
    "at the first look": ("look", 1),
    "while it is polled": ("look", 3),
    "when it has ended": ("ended", 1),
    "at the download": ("content", 1),
    "before the upload of the re-asks": ("upload", 2),
    "after the creation of the re-asks": ("created", 2),
    "at the download of the re-asks": ("content", 2),
}


@pytest.mark.parametrize(("step", "time"), STEPS.values(), ids=STEPS.keys())
@pytest.mark.slow
def test_kill_9_at_a_step(server: OpenAIServer, tmp_path: Path, step: str, time: int) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.delay_s = 0.1
    server.batches.rules.on = killer = Killer(step, time)
    killer.process = child(server, path, N)
    assert killed(killer.process)
    server.batches.rules.on = None
    score(server, path, N)
    check_whole(server, path, N)


def check_whole(server: OpenAIServer, path: Path, n: int) -> None:
    """The verdicts are those of a live run, each request was run once, and nothing is left behind."""
    live = score(server, path.parent / "live.db", n, batch=False)
    assert told(open_run(path)) == told(live)
    assert most_runs(server) == 1
    assert sum(server.batches.run.values()) == live.summary().calls
    assert left_behind(path) == []
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def kill_at_random(server: OpenAIServer, path: Path, kills: int, n: int, seed: int) -> int:
    """How many processes were killed before one came to the end."""
    draw = random.Random(seed)
    server.batches.rules.delay_s = 0.05
    dead = 0
    for _ in range(kills):
        process = child(server, path, n, max_requests=7)
        time.sleep(0.8 + 1.2 * draw.random())  # it takes most of a second until anything is asked
        process.kill()
        dead += killed(process)
    last = child(server, path, n, max_requests=7)
    _, err = last.communicate(timeout=120)
    assert (last.returncode, err) == (0, b"")
    check_whole(server, path, n)
    return dead


@pytest.mark.slow
def test_kills_at_random_moments(server: OpenAIServer, tmp_path: Path) -> None:
    assert kill_at_random(server, tmp_path / "run.db", 12, 40, seed=3) > 0
