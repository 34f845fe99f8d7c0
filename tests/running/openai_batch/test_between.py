"""What happened to batches while nobody watched, and the folder in which their files are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgekit.errors import JudgeError
from judgekit.running.openai_batch import under_way
from judgekit.running.openai_batch.lock import BatchFolder
from judgekit.running.openai_batch.outbox import RequestFile
from judgekit.running.progress import Progress
from judgekit.running.stop import Stop
from tests.running.openai_batch.made import left_behind, most_runs, score, told, transcripts
from tests.servers.openai_server import Fault, OpenAIServer


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def run(server: OpenAIServer, tmp_path: Path) -> Path:
    """A run whose three requests are in a batch that nobody watches."""
    path, stop = tmp_path / "run.db", Stop()
    server.batches.rules.held = True

    def seen(progress: Progress) -> None:
        if progress.asked:
            stop.interrupt()

    score(server, path, 3, stop=stop, progress=seen)
    assert under_way(path) == 3
    server.batches.rules.held = False
    return path


@pytest.mark.slow
def test_a_batch_that_has_ended_is_taken_home_at_once(server: OpenAIServer, run: Path) -> None:
    reports: list[Progress] = []
    done = score(server, run, 3, progress=reports.append)
    assert told(done) == told(score(server, run.parent / "live.db", 3, batch=False))
    assert most_runs(server) == 1


def test_a_batch_that_failed_is_made_anew(server: OpenAIServer, run: Path) -> None:
    server.batches.made["batch_0000"].status = "failed"
    server.batches.made["batch_0000"].errors = [("token_limit_exceeded", "full")]
    score(server, run, 3)
    assert (most_runs(server), left_behind(run)) == (1, [])


def test_a_batch_that_was_cancelled_is_told_once(server: OpenAIServer, run: Path) -> None:
    server.batches.rules.cancelled_after = 1
    with pytest.raises(JudgeError, match="2 of its 3 requests unanswered"):
        score(server, run, 3)
    server.batches.rules.cancelled_after = None
    score(server, run, 3)
    assert (most_runs(server), left_behind(run)) == (1, [])


def test_an_account_that_was_empty_then_is_no_reason_to_stop_now(server: OpenAIServer, run: Path) -> None:
    server.script([Fault("quota")] * 3)
    said: list[str] = []
    done = score(server, run, 3, on_warning=said.append)
    assert done.summary().failed == 0
    assert len(said) == 1 and "the account has nothing left" in said[0]


def test_a_batch_that_is_unknown_here_matters_to_nobody_who_does_not_need_it(server: OpenAIServer, run: Path) -> None:
    server.batches.made.clear()
    assert score(server, run, transcripts(5)[3:]).summary().verdicts == 2


def test_one_of_a_cut_run_does_not_wait_for_another_endpoint(server: OpenAIServer, run: Path) -> None:
    with OpenAIServer() as other:
        assert score(other, run, 3).summary().failed == 0
        assert len(other.batches.made) >= 1


def test_a_second_interrupt_waits_for_nobody(server: OpenAIServer, tmp_path: Path) -> None:
    path, stop = tmp_path / "run.db", Stop()

    def step(name: str) -> None:
        if name == "look" and not stop.draining:
            server.latency_ms = 20_000.0
            stop.interrupt()
            threading.Timer(0.2, stop.interrupt).start()

    server.batches.rules.on = step
    started = time.monotonic()
    score(server, path, 3, stop=stop)
    assert time.monotonic() - started < 15
    assert under_way(path) == 3
    server.latency_ms, server.batches.rules.on = 0.0, None
    score(server, path, 3)
    assert most_runs(server) == 1


def test_a_run_that_is_to_stop_before_it_begins_sends_nothing(server: OpenAIServer, tmp_path: Path) -> None:
    stop = Stop()
    stop.now()
    score(server, tmp_path / "run.db", 3, stop=stop)
    assert server.requests == []
    assert not (tmp_path / "run.db.batch").exists()


# The folder


def test_the_folder_is_gone_unless_something_is_in_it(tmp_path: Path) -> None:
    with BatchFolder(tmp_path / "run.db") as folder:
        assert folder.path == tmp_path / "run.db.batch"
        (folder.path / "old.part").write_text("half of a file")
    assert [*tmp_path.iterdir()] == [folder.path]  # the part is not for another process to lose while one is on
    with BatchFolder(tmp_path / "run.db") as folder:
        assert [path.name for path in folder.path.glob("*.part")] == []
    assert [*tmp_path.iterdir()] == []


def test_a_folder_is_held_by_one_and_then_by_the_next(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            BatchFolder(tmp_path / "run.db"),
            pytest.raises(JudgeError, match="another process asks"),
            BatchFolder(tmp_path / "run.db"),
        ):
            raise AssertionError


def test_a_disk_that_takes_nothing_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match=r"batch file .*nowhere.*: No such file or directory; make room"):
        RequestFile(tmp_path / "nowhere").write(b"{}\n")


def test_a_run_that_is_not_there_has_nothing_under_way(tmp_path: Path) -> None:
    assert under_way(tmp_path / "run.db") == 0
