"""The worker pool: jobs in, verdicts on disk, and nothing that grows with the run.

source (read ahead in a thread) → feed (what the store has already) → N workers → writer (in batches) → reported
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from judgekit.errors import JudgekitError, UserError
from judgekit.judging.engines import DeferredError, run_of
from judgekit.running.breaker import Breaker
from judgekit.running.budget import Budget
from judgekit.running.claims import GLANCE_S
from judgekit.running.feed import Feed
from judgekit.running.progress import Progress
from judgekit.running.report import Counts, Report
from judgekit.running.source import Places, open_source
from judgekit.running.stop import Stop
from judgekit.running.store import Outcome, Store
from judgekit.running.turnstile import Turnstile
from judgekit.running.work import Entry, Job, Made
from judgekit.running.writer import Writer
from judgekit.verdict import Usage, Verdict

J = TypeVar("J", bound=Job)

_GRACE_S = 2.0
"""After a fatal error, how long the calls in flight may still come back."""


async def score_all(
    jobs: Iterable[J] | Places[J] | AsyncIterable[J],
    judge_one: Callable[[J], Awaitable[Verdict]],
    store: Store,
    *,
    concurrency: int = 32,
    on_verdict: Callable[[Verdict], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
    retry_failed: bool = False,
    budget_usd: float | None = None,
    price: Callable[[Usage], float | None] | None = None,
    expected_usd: Callable[[J], float] | None = None,
    total: int | None = None,
    in_passes: bool = False,
) -> Counts:
    """What this session did, after every job has a verdict in the store or the run was stopped.

    A job whose fingerprint is in the store is not judged again; where that verdict is another transcript's, it is
    copied. Failures that a later try may cure (`RETRYABLE`) are tried again. With a budget, no job starts that
    could carry the cost of this judge in this run beyond it, earlier sessions included; jobs that were not reached are
    stored as failures of kind `budget`, so that no mean leaves them out in silence, and a later session with a higher
    budget tries them.

    Args:
        jobs: read lazily, in a thread; an asynchronous iterable on the loop. A sequence, or what can be read from any
            place on, begins where an earlier session on the same source had not settled everything, and wraps round.
        judge_one: the verdict of a job; failures are verdicts. What it raises ends the run.
        store: open, with its session begun.
        concurrency: how many jobs are judged at once.
        on_verdict: called on the loop with each new verdict, after it is on disk.
        on_progress: called on the loop, ten times a second at most, and at the end.
        stop: a handle that ends the run early.
        retry_failed: whether every failure is tried again, whatever its kind.
        budget_usd: US dollars that this judge may cost in this run; overshot by the calls in flight at most.
        price: for the budget, what earlier verdicts cost that were stored without a price.
        expected_usd: for the budget, the most that the verdict on a job is likely to cost, until one has a price.
        total: how many jobs there are, where that is known; for the progress alone.
        in_passes: whether this session goes over its jobs several times, and `judge_one` reads what came back in
            between. Then its own failures stand, and many of them in a row are no reason to stop.

    Raises:
        UserError: from the source or the judge; two transcripts have one id; or a budget is given, and a price unknown.
        JudgeError: the endpoint does not answer any more, or the store cannot be written.
    """
    if concurrency < 1:
        raise UserError(f"concurrency: at least 1 was wanted; came {concurrency}")
    stop = stop or Stop()
    run_of.set(stop)
    spent_usd = 0.0 if budget_usd is None else store.spent(price)
    budget = Budget(budget_usd, store.judge, spent_usd, expected_usd=expected_usd)
    report = Report(Counts(total=total), on_verdict, on_progress)
    writer = Writer(store, report.on_disk)
    try:
        await writer.ask(store.start)
    except BaseException:
        writer.close()
        raise
    source = open_source(jobs, store.hint)
    feed = Feed(
        source,
        store,
        writer,
        report,
        budget,
        concurrency=concurrency,
        retry_failed=retry_failed,
        stands_after=store.before if in_passes else None,
    )
    breaker = None if in_passes else Breaker(concurrency, store.endpoint, store.path)
    pool = _Pool(judge_one, feed, writer, report.counts, budget, breaker)
    alive = asyncio.create_task(_stay_alive(writer, store))
    try:
        await pool.run(concurrency, stop)
    finally:
        await source.close()
        await feed.finish()
        await writer.flush()
        alive.cancel()
        error = pool.error or feed.error
        outcome: Outcome = "error" if error else "complete" if feed.exhausted else "interrupted"
        if outcome == "complete" and report.counts.not_reached:
            outcome = report.counts.stopped = "budget"
        elif outcome == "interrupted":
            report.counts.stopped = "interrupted"
        with suppress(JudgekitError):  # where the disk is full, the error to raise is the first one
            await writer.ask(store.end, outcome)
        writer.close()
    report.at_end()
    if error is not None:
        raise error
    return report.counts


async def _stay_alive(writer: Writer, store: Store) -> None:
    """Says now and then that this session is on, and what it has let go, also where no verdict comes for long."""
    while True:
        await asyncio.sleep(GLANCE_S)
        if store.claims.due:
            with suppress(JudgekitError):  # the next verdict says it
                await writer.ask(store.beat)


class _Pool:
    """N workers, each with one job from its start until its verdict is on disk."""

    def __init__(
        self,
        judge_one: Callable[[J], Awaitable[Verdict]],
        feed: Feed,
        writer: Writer,
        counts: Counts,
        budget: Budget,
        breaker: Breaker | None,
    ) -> None:
        self.error: Exception | None = None
        """The first one that ends the run."""
        self._judge_one: Callable[..., Awaitable[Verdict]] = judge_one
        self._feed = feed
        self._writer = writer
        self._counts = counts
        self._budget = budget
        self._breaker = breaker
        self._turnstile = Turnstile()
        self._workers: list[asyncio.Task[None]] = []

    async def run(self, concurrency: int, stop: Stop) -> None:
        """Returns when the feed has ended or the run was stopped; no worker is left behind."""

        def changed() -> None:
            if stop.draining:
                self._feed.close()
                self._budget.close()
            if stop.cancelling:
                self._cancel()

        self._workers = [asyncio.create_task(self._work()) for _ in range(concurrency)]
        deaf = stop.listen(changed)
        changed()
        try:
            await asyncio.wait(self._workers)
        finally:
            deaf()
            self._feed.close()
            self._cancel()
            await asyncio.wait(self._workers)

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()

    async def _work(self) -> None:
        try:
            while (entry := await self._feed.next()) is not None:
                await self._judge(entry)
        except Exception as error:  # noqa: BLE001  # raised by `score_all` when everything has ended
            self._fail(error)

    async def _judge(self, entry: Entry) -> None:
        self._counts.in_flight += 1
        try:
            await self._turnstile.enter()
            verdict = await self._verdict(entry)
            await self._writer.write([Made(entry, verdict)])
        except DeferredError:
            self._feed.leave_open(entry)
            return
        finally:
            self._counts.in_flight -= 1
        await self._feed.settle(entry, verdict)
        self._budget.check()
        if self._breaker is not None:
            self._breaker.observe(verdict)

    async def _verdict(self, entry: Entry) -> Verdict:
        share = await self._budget.reserve(entry.job)
        if share is None:
            return self._budget.not_reached(entry.job)
        started, verdict = monotonic(), None
        try:
            verdict = await self._judge_one(entry.job)
        finally:
            self._budget.settle(share, verdict)
        self._writer.observe(monotonic() - started)
        return verdict

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            self.error = error
            self._feed.close()
            self._budget.close()
            asyncio.get_running_loop().call_later(_GRACE_S, self._cancel)
