"""The worker pool: who is judged, how many at once, and what is on disk when."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from judgekit.errors import JudgeError, UserError
from judgekit.running.engine import score_all
from judgekit.running.progress import Progress
from judgekit.running.run import open_run
from judgekit.running.stop import Stop
from judgekit.running.store import Store
from judgekit.verdict import FailureKind, Verdict
from tests.running.stub import BRIEF, Job, Judge, failed, job, jobs, scored, session, verdict


def ids(path: Path, **filters: str) -> list[str]:
    return [v.transcript_id for v in open_run(path).verdicts(**filters)]


def test_every_job_has_its_verdict_in_the_order_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judge = Judge(delay_s=0.001)
    counts = session(path, jobs(50), judge, concurrency=8)
    assert ids(path) == [f"q{i // 3}/Model{i % 3}" for i in range(50)]
    assert sorted(judge.asked) == sorted(ids(path))
    assert judge.most_at_once == 8
    assert (counts.done, counts.scored, counts.kept, counts.reused, counts.stopped) == (50, 50, 0, 0, "")
    assert open_run(path).meta["complete"]


def test_a_second_session_asks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(700), Judge())
    before = list(open_run(path).verdicts())
    again = Judge()
    counts = session(path, jobs(700), again)
    assert again.asked == []
    assert (counts.done, counts.kept, counts.cost_usd) == (700, 700, 0.0)
    assert list(open_run(path).verdicts()) == before


def test_the_judge_is_asked_only_for_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, (job(i) for i in range(0, 40, 2)), Judge())
    second = Judge()
    session(path, jobs(40), second)
    assert second.asked == [job(i).transcript.id for i in range(1, 40, 2)]
    assert len(ids(path)) == 40


RETRIED: list[FailureKind] = ["timeout", "rate_limited", "http_error", "connection"]
KEPT: list[FailureKind] = ["refusal", "content_filter", "invalid_reply", "truncated", "too_long", "missing_input"]


@pytest.mark.parametrize(
    ("kind", "retry_failed", "again"),
    [(kind, False, True) for kind in RETRIED] + [(kind, False, False) for kind in KEPT] + [("refusal", True, True)],
)
def test_failures_that_another_try_may_cure_are_tried_again(
    tmp_path: Path, kind: FailureKind, retry_failed: bool, again: bool
) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(3), Judge(lambda one: failed(one, kind) if one.transcript.label == "Model1" else verdict(one)))
    assert [(v.status, v.failure and v.failure.kind) for v in open_run(path).verdicts(label="Model1")] == [
        ("failed", kind)
    ]
    second = Judge()
    counts = session(path, jobs(3), second, retry_failed=retry_failed)
    assert second.asked == (["q0/Model1"] if again else [])
    assert (counts.scored, counts.failed) == ((3, 0) if again else (2, 1))
    # Each is counted once, whatever history the file keeps.
    assert len(ids(path)) == 3


def test_what_a_replaced_failure_cost_stays_counted(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(1), Judge(lambda one: failed(one, "timeout", attempts=3, cost_usd=0.25)))
    session(path, jobs(1), Judge())
    summary = open_run(path).summary()
    # three failed attempts, then one call for a tenth of a cent
    assert (summary.calls, summary.failed, summary.scored, summary.stale) == (4, 0, 1, 0)
    assert summary.cost_usd == pytest.approx(0.251)


# One text under several transcript ids


def same_text(n: int) -> Iterator[Job]:
    return (job(i, response="the same words") for i in range(n))


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_same_text_is_judged_once_within_a_session(tmp_path: Path, concurrency: int) -> None:
    path = tmp_path / "run.db"
    judge = Judge(lambda one: verdict(one, flags=("hidden_characters",), explanation="said so"), delay_s=0.02)
    counts = session(path, same_text(5), judge, concurrency=concurrency)
    assert judge.asked == ["q0/Model0"]
    first, *copies = open_run(path).verdicts()
    assert first.flags == ("hidden_characters",)
    for i, copy in enumerate(copies, 1):
        assert copy.transcript_id == job(i).transcript.id
        assert (copy.question_id, copy.label) == (f"q{i // 3}", f"Model{i % 3}")
        assert copy.flags == ("hidden_characters", "reused")
        assert (copy.cost_usd, copy.usage.prompt_tokens, copy.latency_s) == (0.0, None, None)
        assert (copy.score, copy.explanation, copy.fingerprint) == (first.score, "said so", first.fingerprint)
    assert (counts.scored, counts.reused, counts.cost_usd) == (5, 4, 0.001)
    assert open_run(path).summary().calls == 1


def test_the_same_text_in_a_later_session_is_copied_from_the_store(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, [job(0, response="same")], Judge())
    judge = Judge()
    counts = session(path, [job(i, response="same") for i in range(4)], judge)
    assert judge.asked == []
    assert (counts.kept, counts.reused, counts.scored) == (1, 3, 4)
    assert open_run(path).summary().reused == 3


def test_a_timeout_is_not_copied_but_the_next_one_with_that_text_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    answers = iter([lambda one: failed(one, "timeout"), verdict])
    judge = Judge(lambda one: next(answers)(one), delay_s=0.02)
    counts = session(path, same_text(4), judge, concurrency=4)
    assert judge.asked == ["q0/Model0", "q0/Model1"]
    assert [v.status for v in open_run(path).verdicts()] == ["failed", "scored", "scored", "scored"]
    assert (counts.failed, counts.scored, counts.reused) == (1, 3, 2)


def test_a_refusal_is_copied_for_asking_again_would_be_paying_twice(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judge = Judge(lambda one: failed(one, "refusal", attempts=1, cost_usd=0.001))
    session(path, same_text(3), judge)
    assert judge.asked == ["q0/Model0"]
    summary = open_run(path).summary()
    assert (summary.failures, summary.calls, summary.cost_usd) == ({"refusal": 3}, 1, 0.001)


def test_thousands_with_the_same_text_wait_without_a_deadlock(tmp_path: Path) -> None:
    judge = Judge(delay_s=0.2)
    counts = session(tmp_path / "run.db", same_text(3000), judge, concurrency=2)
    assert judge.asked == ["q0/Model0"]
    assert (counts.scored, counts.reused) == (3000, 2999)


# What goes in


def test_an_asynchronous_source_may_be_slow(tmp_path: Path) -> None:
    async def source() -> AsyncIterator[Job]:
        for i in range(20):
            await asyncio.sleep(0.001 * (i % 3))
            yield job(i)

    judge = Judge()
    counts = session(tmp_path / "run.db", source(), judge)  # type: ignore[arg-type]
    assert (counts.scored, len(judge.asked)) == (20, 20)


def test_an_asynchronous_iterator_need_not_be_a_generator(tmp_path: Path) -> None:
    class Three:
        def __init__(self) -> None:
            self.left = list(jobs(3))

        def __aiter__(self) -> Three:
            return self

        async def __anext__(self) -> Job:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    assert session(tmp_path / "run.db", Three(), Judge()).scored == 3  # type: ignore[arg-type]


def test_a_source_that_waits_holds_up_nobody(tmp_path: Path) -> None:
    # Like a pipe: the second job comes only after the first has been judged.
    judged = threading.Event()

    def source() -> Iterator[Job]:
        yield job(0)
        assert judged.wait(5)
        yield job(1)

    counts = session(tmp_path / "run.db", source(), Judge(), on_verdict=lambda _: judged.set())
    assert counts.scored == 2


def test_the_source_is_not_read_far_ahead(tmp_path: Path) -> None:
    read = 0

    def source() -> Iterator[Job]:
        nonlocal read
        for one in jobs(5000):
            read += 1
            yield one

    stop = Stop()
    seen: list[int] = []

    def first(_: Verdict) -> None:
        seen.append(read)
        stop.drain()

    session(tmp_path / "run.db", source(), Judge(delay_s=0.1), concurrency=1, on_verdict=first, stop=stop)
    # 512 wait before the workers, as many are in hand after the first slice, and one is on its way.
    assert seen[0] <= 2 * 512 + 1


def test_a_generator_is_closed_when_the_run_stops(tmp_path: Path) -> None:
    closed = threading.Event()

    def source() -> Iterator[Job]:
        try:
            yield from jobs(100_000)
        finally:
            closed.set()

    stop = Stop()
    session(tmp_path / "run.db", source(), Judge(), on_verdict=lambda _: stop.drain(), stop=stop)
    assert closed.wait(2)


def test_an_error_in_the_source_comes_after_all_jobs_before_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def source() -> Iterator[Job]:
        yield from jobs(30)
        raise UserError("line 31: not JSON")

    with pytest.raises(UserError, match="line 31"):
        session(path, source(), Judge(delay_s=0.005), concurrency=4)
    assert len(ids(path)) == 30
    assert not open_run(path).meta["complete"]


def test_an_error_in_an_asynchronous_source_comes_after_all_jobs_before_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    async def source() -> AsyncIterator[Job]:
        for one in jobs(5):
            yield one
        raise UserError("line 6: not JSON")

    with pytest.raises(UserError, match="line 6"):
        session(path, source(), Judge())  # type: ignore[arg-type]
    assert len(ids(path)) == 5


def test_two_transcripts_with_one_id_are_an_error_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    source = [*jobs(10), job(3, response="another text under the same id")]
    with pytest.raises(UserError, match="two different transcripts have the id 'q1/Model0'"):
        session(path, source, Judge())
    assert len(ids(path)) == 10


def test_two_rubrics_with_one_name_are_an_error(tmp_path: Path) -> None:
    other = BRIEF.model_copy(update={"name": "polite"})
    with pytest.raises(UserError, match="two different rubrics are named 'polite'"):
        session(tmp_path / "run.db", [job(0), job(1, rubric=other)], Judge())


@pytest.mark.parametrize("concurrency", [0, -1])
def test_no_workers_is_an_error(tmp_path: Path, concurrency: int) -> None:
    with pytest.raises(UserError, match="at least 1"):
        session(tmp_path / "run.db", jobs(1), Judge(), concurrency=concurrency)


# What is reported


def test_a_verdict_is_on_disk_before_it_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    found: list[bool] = []

    def look(v: Verdict) -> None:
        db = sqlite3.connect(path)
        query = "SELECT count(*) FROM verdicts WHERE transcript_id = ?"
        found.append(db.execute(query, (v.transcript_id,)).fetchone()[0] == 1)
        db.close()

    session(path, jobs(40), Judge(delay_s=0.002), concurrency=4, on_verdict=look)
    assert found == [True] * 40


def test_progress_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def answer(one: Job) -> Verdict:
        match one.transcript.label:
            case "Model0":
                return verdict(one)
            case "Model1":
                return verdict(one, status="abstained")
        return failed(one, "refusal")

    session(path, jobs(30), Judge(answer))
    seen: list[Progress] = []
    judge = Judge(answer, delay_s=0.05)
    session(path, jobs(90), judge, concurrency=5, on_progress=seen.append, total=90)
    assert all(p.done == p.scored + p.abstained + p.failed for p in seen)
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert any(0 < p.in_flight <= 5 for p in seen)
    last = seen[-1]
    assert (last.done, last.scored, last.abstained, last.failed, last.kept, last.total) == (90, 30, 30, 30, 30, 90)
    assert last.cost_usd == pytest.approx(0.001 * 40)  # 60 are new, and a third of them are refusals, which cost 0
    assert (last.eta_s, last.in_flight) == (0, 0)
    assert last.rate > 0


def test_progress_of_an_unknown_price_and_an_unknown_end(tmp_path: Path) -> None:
    seen: list[Progress] = []
    session(tmp_path / "run.db", jobs(3), Judge(lambda one: verdict(one, cost_usd=None)), on_progress=seen.append)
    assert (seen[-1].cost_usd, seen[-1].total, seen[-1].eta_s) == (None, None, None)
    assert open_run(tmp_path / "run.db").summary().cost_usd is None


def test_an_error_in_a_callback_ends_the_run_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def broken(_: Verdict) -> None:
        raise RuntimeError("the callback is broken")

    with pytest.raises(RuntimeError, match="the callback is broken"):
        session(path, jobs(1000), Judge(), concurrency=4, on_verdict=broken)
    assert 1 <= len(ids(path)) < 1000


# How it ends early


def test_drain_finishes_what_is_in_flight_and_the_rest_comes_next_time(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    stop = Stop()
    first = Judge(delay_s=0.05)
    counts = session(path, jobs(60), first, concurrency=6, stop=stop, on_verdict=lambda _: stop.drain())
    assert counts.stopped == "interrupted"
    assert sorted(first.asked) == sorted(ids(path))
    assert 6 <= len(first.asked) < 60
    assert not open_run(path).meta["complete"]
    second = Judge()
    assert session(path, jobs(60), second).done == 60
    assert sorted(first.asked + second.asked) == sorted(one.transcript.id for one in jobs(60))


def test_stop_now_gives_up_the_calls_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    stop = Stop()
    judge = Judge(delay_s=30)
    threading.Timer(0.2, lambda: (stop.interrupt(), stop.interrupt())).start()
    began = time.monotonic()
    counts = session(path, jobs(10), judge, concurrency=4, stop=stop)
    assert time.monotonic() - began < 5
    assert (counts.stopped, counts.done, len(judge.asked)) == ("interrupted", 0, 4)
    assert session(path, jobs(10), Judge()).scored == 10


def test_what_had_come_back_before_stop_now_is_stored_though_the_disk_is_slow(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    stop, held = Stop(), threading.Event()

    def answer(one: Job) -> Verdict:
        """When the first answers come another process holds the file, and the stop comes before it lets go."""
        if not held.is_set():
            held.set()
            holder.execute("BEGIN IMMEDIATE")
            threading.Timer(0.4, stop.now).start()
            threading.Timer(0.8, lambda: holder.execute("COMMIT")).start()
        return verdict(one)

    session(path, [], Judge())
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    judge = Judge(answer, delay_s=0.05)
    counts = session(path, jobs(100), judge, concurrency=4, stop=stop)
    holder.close()
    assert (counts.stopped, counts.scored) == ("interrupted", 4)
    assert len(judge.asked) == 4  # all had their answers when the stop came
    assert sorted(ids(path)) == sorted(judge.asked)


def test_a_stop_that_comes_after_the_last_verdict_changes_nothing(tmp_path: Path) -> None:
    stop = Stop()
    counts = session(tmp_path / "run.db", jobs(1), Judge(delay_s=0.2), stop=stop, on_verdict=lambda _: stop.drain())
    assert (counts.stopped, counts.scored) == ("", 1)
    assert open_run(tmp_path / "run.db").meta["complete"]


def test_a_run_that_was_stopped_before_it_began_does_nothing(tmp_path: Path) -> None:
    stop = Stop()
    stop.drain()
    judge = Judge()
    assert session(tmp_path / "run.db", jobs(5), judge, stop=stop).stopped == "interrupted"
    assert judge.asked == []


def test_stop_does_not_wait_for_a_source_that_waits(tmp_path: Path) -> None:
    ready = threading.Event()
    stop = Stop()

    def source() -> Iterator[Job]:
        yield job(0)
        ready.wait(30)
        yield job(1)

    began = time.monotonic()
    counts = session(tmp_path / "run.db", source(), Judge(), stop=stop, on_verdict=lambda _: stop.drain())
    assert time.monotonic() - began < 5
    ready.set()
    assert (counts.stopped, counts.scored) == ("interrupted", 1)


def test_stop_ends_an_asynchronous_source(tmp_path: Path) -> None:
    stop = Stop()
    ended: list[bool] = []

    async def source() -> AsyncIterator[Job]:
        try:
            for one in jobs(10**9):
                yield one
        finally:
            ended.append(True)

    counts = session(tmp_path / "run.db", source(), Judge(), stop=stop, on_verdict=lambda _: stop.drain())  # type: ignore[arg-type]
    assert counts.stopped == "interrupted"
    assert ended == [True]


def test_a_cancelled_run_keeps_what_came_back(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    async def cancelled() -> None:
        came = asyncio.Event()
        with Store(path) as store:
            store.begin(judge="openai/test", parameters={})
            work = score_all(jobs(100), Judge(delay_s=0.02), store, concurrency=4, on_verdict=lambda _: came.set())
            task = asyncio.create_task(work)
            await came.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    assert 1 <= len(ids(path)) < 100
    assert not open_run(path).meta["complete"]


def test_a_refused_key_stops_the_run_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def answer(one: Job) -> Verdict:
        if one.transcript.id == job(12).transcript.id:
            raise UserError("the key was refused (401): set OPENAI_API_KEY")
        return verdict(one)

    judge = Judge(answer, delay_s=0.01)
    with pytest.raises(UserError, match="refused"):
        session(path, jobs(10_000), judge, concurrency=4)
    # What was in flight at that moment came back and was stored; nothing else was started.
    assert 12 <= len(ids(path)) == len(judge.asked) - 1 <= 17


@pytest.mark.slow
def test_a_call_that_hangs_after_a_fatal_error_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    async def judge(one: Job) -> Verdict:
        if one.transcript.id == "q0/Model1":
            raise UserError("the key was refused (401)")
        await asyncio.sleep(60)
        return verdict(one)

    began = time.monotonic()
    with pytest.raises(UserError, match="401"):
        session(path, jobs(10), judge, concurrency=3)
    assert time.monotonic() - began < 10


def test_an_endpoint_that_is_down_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(20), Judge())
    judge = Judge(lambda one: failed(one, "connection"), delay_s=0.001)
    with pytest.raises(JudgeError) as error:
        session(path, jobs(100_000), judge, concurrency=4, base_url="http://127.0.0.1:9/v1")
    message = str(error.value)
    assert "\n" not in message
    assert all(part in message for part in ("http://127.0.0.1:9/v1", "connection", str(path), "same command"))
    # 12 failures in a row for 4 workers, and those that were in flight then
    assert 12 <= len(judge.asked) <= 16
    assert len(ids(path, status="scored")) == 20
    assert session(path, jobs(60), Judge()).scored == 60


def test_failures_with_answers_between_them_stop_nothing(tmp_path: Path) -> None:
    # Every fifth call is answered: never more than 4 failures in a row, and the limit for one worker is 9.
    calls = 0

    def answer(one: Job) -> Verdict:
        nonlocal calls
        calls += 1
        return failed(one, "refusal") if calls % 5 == 0 else failed(one, "http_error")

    counts = session(tmp_path / "run.db", jobs(100), Judge(answer), concurrency=1)
    assert (counts.failed, counts.stopped) == (100, "")


def test_verdicts_that_need_no_call_say_nothing_about_the_endpoint(tmp_path: Path) -> None:
    # Every second job is decided by code; the endpoint is down all the same.
    calls = 0

    def answer(one: Job) -> Verdict:
        nonlocal calls
        calls += 1
        return verdict(one, samples=0, calls=0, cost_usd=0.0) if calls % 2 else failed(one, "timeout")

    with pytest.raises(JudgeError, match="timeout"):
        session(tmp_path / "run.db", jobs(1000), Judge(answer), concurrency=1)
    assert calls == 18  # the ninth failure


# Budget


def test_a_budget_is_a_hard_stop_and_the_rest_is_on_record(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judge = Judge(delay_s=0.005)
    counts = session(path, jobs(2000), judge, concurrency=4, budget_usd=0.02)
    # 20 calls cost 2 cents; 4 are in flight at most when the last of them comes back
    assert 20 <= len(judge.asked) <= 23
    assert counts.stopped == "budget"
    assert (counts.done, counts.scored + counts.not_reached) == (2000, 2000)
    summary = open_run(path).summary()
    assert summary.failures == {"budget": 2000 - len(judge.asked)}
    assert summary.cost_usd == pytest.approx(0.001 * len(judge.asked))
    assert summary.complete
    one = next(open_run(path).verdicts(status="failed"))
    assert one.failure is not None
    assert "budget of $0.02" in one.failure.detail


def test_a_higher_budget_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    first, same, second = Judge(), Judge(), Judge()
    session(path, jobs(50), first, concurrency=1, budget_usd=0.01)
    assert session(path, jobs(50), same, concurrency=1, budget_usd=0.01).stopped == "budget"
    session(path, jobs(50), second, concurrency=1, budget_usd=0.03)
    # the budget is for the whole run: 10 calls, none, and 20 more
    assert (len(first.asked), len(same.asked), len(second.asked)) == (10, 0, 20)
    assert session(path, jobs(50), Judge()).scored == 50
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM verdicts").fetchone()[0] == 50  # the unpaid failures left nothing behind
    db.close()


def test_a_budget_keeps_real_failures_on_record_and_copies_what_is_free(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(
        path,
        [job(0), job(1)],
        Judge(lambda one: verdict(one, cost_usd=1.0) if one == job(0) else failed(one, "timeout")),
    )
    judge = Judge()
    counts = session(path, [job(0), job(1), job(2, response="answer 0"), job(3)], judge, budget_usd=0.5)
    assert judge.asked == []
    kinds = [v.failure.kind if v.failure else v.status for v in open_run(path).verdicts()]
    assert kinds == ["scored", "timeout", "scored", "budget"]
    assert (counts.kept, counts.reused, counts.not_reached) == (2, 1, 1)


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan")])
def test_a_budget_is_positive(tmp_path: Path, budget: float) -> None:
    with pytest.raises(UserError, match="positive"):
        session(tmp_path / "run.db", jobs(1), Judge(), budget_usd=budget)


def test_a_budget_without_a_price_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judge = Judge(lambda one: verdict(one, cost_usd=None), delay_s=0.01)
    with pytest.raises(UserError, match=r"price of openai/test is not known.*without budget_usd="):
        session(path, jobs(1000), judge, concurrency=2, budget_usd=5.0)
    assert len(judge.asked) <= 4
    assert len(ids(path)) == len(judge.asked)
    with pytest.raises(UserError, match="price"):
        session(path, jobs(1000), Judge(), budget_usd=5.0)


# Two rubrics, evidence


def test_rubrics_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    both = [one for i in range(6) for one in (job(i), job(i, rubric=BRIEF))]
    session(path, both, Judge())
    assert (len(ids(path)), len(ids(path, rubric="brief")), len(ids(path, rubric="brief", label="Model2"))) == (
        12,
        6,
        2,
    )


@pytest.mark.parametrize("text", ["\x00 \x1b[31m \u202e", '{"status": "scored"}', "a" * 1_000_000, "\ud800 lone"])
def test_hostile_text_comes_back_as_it_went_in(tmp_path: Path, text: str) -> None:
    def answer(one: Job) -> Verdict:
        return verdict(one, explanation=text, flags=(text[:50],))

    path = tmp_path / "run.db"
    run = scored(path, [job(0, response=text)], answer)
    (v,) = run.verdicts()
    # A lone surrogate is not a character: the noun mends it, and everything else is untouched.
    assert v.explanation == text.replace("\ud800", "\ufffd")
