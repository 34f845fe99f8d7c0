"""Several sessions on one run at the same time: they share the work, and take over what a dead one leaves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.running.claims import birth, host, is_on
from judgekit.running.progress import Progress
from judgekit.running.report import Counts
from judgekit.running.run import open_run
from judgekit.running.stop import Stop
from judgekit.running.store import Store
from judgekit.verdict import Verdict
from tests.running.stub import Job, Judge, failed, job, jobs, session, verdict


def together(path: Path, sources: Iterable[Iterable[Job]], judges: list[Judge], **options: Any) -> list[Counts]:
    """One session for each judge, all begun before the first call."""
    Store(path).close()
    ready = threading.Barrier(len(judges))

    def source(of: Iterable[Job]) -> Iterator[Job]:
        ready.wait(60)
        yield from of

    def run(of: Iterable[Job], judge: Judge) -> Counts:
        return session(path, source(of), judge, **options)

    with ThreadPoolExecutor(len(judges)) as pool:
        return list(pool.map(run, sources, judges))


def asked(judges: list[Judge]) -> list[str]:
    return sorted(name for judge in judges for name in judge.asked)


@pytest.mark.parametrize("n", [2, 3])
def test_sessions_share_the_work_and_no_call_is_made_twice(tmp_path: Path, n: int) -> None:
    path = tmp_path / "run.db"
    judges = [Judge(delay_s=0.005) for _ in range(n)]
    counts = together(path, [jobs(400) for _ in judges], judges, concurrency=8)
    assert asked(judges) == sorted(one.transcript.id for one in jobs(400))
    assert all(len(judge.asked) >= 32 for judge in judges)
    # Each saw every verdict, and knows which were its own.
    assert [(one.done, one.kept) for one in counts] == [(400, 400 - len(judge.asked)) for judge in judges]
    summary = open_run(path).summary()
    assert (summary.verdicts, summary.calls, summary.stale, summary.complete) == (400, 400, 0, True)


def test_the_same_text_is_judged_once_though_each_session_has_it_under_other_names(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judges = [Judge(delay_s=0.02) for _ in range(2)]
    sources = [[job(i, response=f"text {i // 2 % 20}") for i in range(start, 200, 2)] for start in (0, 1)]
    together(path, sources, judges, concurrency=4)
    assert len(asked(judges)) == 20
    assert open_run(path).summary().verdicts == 200


def test_a_failure_that_another_session_has_just_had_is_for_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judges = [Judge(lambda one: failed(one, "timeout"), delay_s=0.002) for _ in range(2)]
    session(path, jobs(3), Judge())
    together(path, [jobs(63), jobs(63)], judges, concurrency=70)  # so many that no breaker opens
    assert asked(judges) == sorted(job(i).transcript.id for i in range(3, 63))
    later = Judge()
    assert session(path, jobs(63), later).scored == 63
    assert len(later.asked) == 60


def test_a_failure_of_another_session_is_not_copied_but_the_next_one_with_that_text_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    failing, began, let_go = Judge(lambda one: failed(one, "timeout")), threading.Event(), threading.Event()

    def source() -> Iterator[Job]:
        yield job(0, response="the same words")
        assert let_go.wait(60)

    second = Judge()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(session, path, source(), failing, on_verdict=lambda _: began.set())
        assert began.wait(60)
        session(path, [job(i, response="the same words") for i in range(3)], second)
        let_go.set()
        first.result()
    assert second.asked == ["q0/Model1"]
    assert [v.status for v in open_run(path).verdicts()] == ["failed", "scored", "scored"]


def test_failures_that_are_tried_again_are_tried_once_by_all(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(120), Judge(lambda one: failed(one, "refusal", attempts=1)))
    judges = [Judge(lambda one: failed(one, "refusal", attempts=1), delay_s=0.005) for _ in range(2)]
    counts = together(path, [jobs(120), jobs(120)], judges, retry_failed=True, concurrency=4)
    assert asked(judges) == sorted(one.transcript.id for one in jobs(120))
    assert [one.failed for one in counts] == [120, 120]


def test_a_budget_is_for_all_sessions_together(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judges = [Judge(delay_s=0.01) for _ in range(2)]
    counts = together(path, [jobs(600), jobs(600)], judges, budget_usd=0.2, concurrency=4)
    # 200 calls cost 20 cents. Each session knows of the other's at its next look-up, 32 jobs apart at most.
    assert 190 <= len(asked(judges)) <= 200 + 2 * 32
    assert [one.stopped for one in counts] == ["budget", "budget"]
    assert open_run(path).summary().verdicts == 600


def test_two_texts_under_one_id_are_an_error_also_where_another_session_had_the_first(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    first, began, let_go = Judge(delay_s=0.01), threading.Event(), threading.Event()

    def source() -> Iterator[Job]:
        yield job(0)
        assert let_go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(session, path, source(), first, on_verdict=lambda _: began.set())
        assert began.wait(60)
        with pytest.raises(UserError, match="two different transcripts have the id 'q0/Model0'"):
            session(path, [job(1), job(0, response="another text")], Judge(), concurrency=1)
        let_go.set()
        assert held.result().scored == 1


# What a session leaves behind


def test_a_session_that_is_stopped_gives_its_claims_back_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    stop = Stop()
    first = Judge(delay_s=0.01)
    session(path, jobs(100), first, concurrency=4, stop=stop, on_verdict=lambda _: stop.drain())
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM claims").fetchone()[0] == 0
    second = Judge()
    began = time.monotonic()
    assert session(path, jobs(100), second).done == 100
    assert time.monotonic() - began < 5
    assert not set(first.asked) & set(second.asked)


def a_claim(path: Path, pid: int, born: str | None, where: str, beat: float, of: Iterable[Job]) -> None:
    """What a session leaves that has claimed these jobs and not ended."""
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        prints = "\n".join(one.fingerprint for one in of)
        with closing(sqlite3.connect(path)) as db:
            db.execute(
                "UPDATE sessions SET pid = ?, born = ?, host = ?, beat = ? WHERE id = ?",
                (pid, born, where, beat, store.session),
            )
            db.execute("INSERT INTO claims (session_id, fingerprints) VALUES (?, ?)", (store.session, prints))
            db.commit()


@pytest.fixture
def dead() -> int:
    """The number of a process that is over."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def fresh() -> float:
    return time.time()


def long_ago() -> float:
    return time.time() - 3600


def test_the_claims_of_a_dead_process_are_taken_over_at_once(tmp_path: Path, dead: int) -> None:
    path = tmp_path / "run.db"
    a_claim(path, dead, None, host(), fresh(), jobs(50))
    judge = Judge()
    began = time.monotonic()
    assert session(path, jobs(50), judge).scored == 50
    assert time.monotonic() - began < 5
    assert len(judge.asked) == 50
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT outcome FROM sessions ORDER BY id").fetchall() == [("killed",), ("complete",)]


def test_another_process_with_the_number_of_a_dead_one_is_not_it(tmp_path: Path) -> None:
    if birth(os.getpid()) is None:
        pytest.skip("the system does not say when a process began")
    path = tmp_path / "run.db"
    a_claim(path, os.getpid(), "1", host(), fresh(), jobs(5))
    assert session(path, jobs(5), Judge()).scored == 5


def test_the_claims_of_a_process_that_sleeps_are_taken_over_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    a_claim(path, os.getpid(), birth(os.getpid()), host(), long_ago(), jobs(5))
    assert session(path, jobs(5), Judge()).scored == 5


@pytest.mark.parametrize(("beat", "on"), [(fresh, True), (long_ago, False)])
def test_a_process_on_another_machine_is_judged_by_its_signs_of_life(beat: Callable[[], float], on: bool) -> None:
    assert is_on("another machine", 1, None, beat()) is on


def test_a_process_that_is_over_and_not_yet_buried_is_over() -> None:
    if birth(os.getpid()) is None:
        pytest.skip("the system does not say when a process began")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = birth(process.pid)
    assert is_on(host(), process.pid, born, fresh())
    process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while is_on(host(), process.pid, born, fresh()):
        assert time.monotonic() < until
        time.sleep(0.01)
    process.communicate()


@pytest.mark.parametrize("listed", [True, False])
def test_what_another_process_judges_is_waited_for_and_the_rest_goes_on(tmp_path: Path, listed: bool) -> None:
    path = tmp_path / "run.db"
    a_claim(path, os.getpid(), birth(os.getpid()), host(), fresh(), jobs(30))
    seen: list[Progress] = []
    judge = Judge()

    def lets_go() -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("DELETE FROM claims WHERE session_id = 1")
            db.commit()

    threading.Timer(0.8, lets_go).start()
    source = list(jobs(90)) if listed else jobs(90)
    assert session(path, source, judge, on_progress=seen.append).scored == 90
    assert judge.asked == [job(i).transcript.id for i in (*range(30, 90), *range(30))]
    waiting = [progress for progress in seen if progress.elsewhere]
    assert waiting[-1].elsewhere == 30
    assert waiting[-1].line.endswith("; 30 are judged by another process")
    assert seen[-1].elsewhere == 0


@pytest.mark.slow
def test_thousands_that_another_process_judges_are_not_all_held(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    a_claim(path, os.getpid(), birth(os.getpid()), host(), fresh(), jobs(9000))
    read = 0

    def source() -> Iterator[Job]:
        nonlocal read
        for one in jobs(9000):
            read += 1
            yield one

    held: list[int] = []

    def lets_go() -> None:
        held.append(read)
        with closing(sqlite3.connect(path)) as db:
            db.execute("DELETE FROM claims WHERE session_id = 1")
            db.commit()

    threading.Timer(4, lets_go).start()
    assert session(path, source(), Judge(), concurrency=64).scored == 9000
    # 4,096 wait for the other, and three slices of 512 are on their way.
    assert held[0] <= 4096 + 3 * 512


def test_a_stop_while_waiting_for_another_process_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    a_claim(path, os.getpid(), birth(os.getpid()), host(), fresh(), jobs(5))
    stop = Stop()
    threading.Timer(0.5, stop.drain).start()
    began = time.monotonic()
    counts = session(path, jobs(5), Judge(), stop=stop)
    assert time.monotonic() - began < 5
    assert (counts.stopped, counts.done) == ("interrupted", 0)


# Whether the whole came to its end


def test_a_run_is_complete_when_one_of_its_sessions_came_to_the_end_after_the_other_began(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    began, let_go = threading.Event(), threading.Event()

    def source() -> Iterator[Job]:
        began.set()
        assert let_go.wait(60)
        yield from jobs(10)

    stop = Stop()

    def second() -> Iterator[Job]:
        yield from jobs(5)
        stop.drain()
        yield from jobs(10)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(session, path, source(), Judge())
        assert began.wait(60)
        assert session(path, second(), Judge(), stop=stop).stopped == "interrupted"
        assert not open_run(path).summary().complete
        let_go.set()
        assert first.result().done == 10
    assert open_run(path).summary().complete


def told(_: Job) -> Verdict:
    raise UserError("the key was refused (401)")


def test_a_session_that_fails_gives_its_claims_back(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with pytest.raises(UserError, match="401"):
        session(path, jobs(50), Judge(told))
    assert session(path, jobs(50), Judge(verdict)).scored == 50
