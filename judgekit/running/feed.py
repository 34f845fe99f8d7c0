"""Which jobs need a call: the rest is kept, copied, or waits for a job with the same fingerprint."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from judgekit.running.budget import Budget
from judgekit.running.report import Report
from judgekit.running.source import Source
from judgekit.running.store import Found, Held, Store
from judgekit.running.work import Entry, Made, copied
from judgekit.running.writer import Writer
from judgekit.verdict import RETRYABLE, Verdict

_TWINS = 1024
"""Jobs that may wait for another job's verdict."""


class Feed:
    """Takes slices from the source, asks the store about them, and hands out what is to be judged."""

    def __init__(
        self, source: Source, store: Store, writer: Writer, report: Report, budget: Budget, *, retry_failed: bool
    ) -> None:
        self.error: Exception | None = None
        """What the source raised; all jobs before it are still handed out."""
        self._source = source
        self._store = store
        self._writer = writer
        self._report = report
        self._budget = budget
        self._retry_failed = retry_failed
        self._ready: deque[Entry] = deque()
        self._twins: dict[str, list[Entry]] = {}
        """By fingerprint that is handed out or ready: the jobs that wait for its verdict."""
        self._waiting = 0
        self._freed = asyncio.Event()
        self._refilling = asyncio.Lock()
        self._position = 0
        self._ended = self._closed = False

    @property
    def exhausted(self) -> bool:
        """Whether every job of the source has been settled."""
        return self._ended and not self._ready and not self._twins

    def close(self) -> None:
        """Nothing more is handed out."""
        self._closed = True
        self._freed.set()
        self._source.stop()

    async def next(self) -> Entry | None:
        """A job that needs a call; None when there is none any more. Each is to be settled."""
        while not self._closed:
            if self._ready:
                return self._ready.popleft()
            if self._ended:
                return None
            async with self._refilling:
                if not self._ready and not self._ended and not self._closed:
                    await self._refill()
        return None

    async def settle(self, entry: Entry, verdict: Verdict) -> None:
        """The jobs that waited for this verdict have it too, or the next of them is tried."""
        fingerprint = entry.job.fingerprint
        twins = self._twins[fingerprint]
        if twins and verdict.failure is not None and verdict.failure.kind in RETRYABLE:
            self._waiting -= 1
            self._freed.set()
            self._ready.appendleft(twins.pop(0))
            return
        while twins:
            made = [Made(twin, copied(verdict, twin.job)) for twin in twins]
            self._waiting -= len(twins)
            twins.clear()
            self._freed.set()
            await self._writer.write(made)
        del self._twins[fingerprint]

    async def _refill(self) -> None:
        while self._waiting >= _TWINS and not self._closed:
            self._freed.clear()
            await self._freed.wait()
        try:
            jobs = await self._source.take()
        except Exception as error:  # noqa: BLE001  # raised by the engine once the calls in flight have ended
            self.error = error
            jobs = []
        if not jobs:
            self._ended = not self._closed
            return
        entries = [Entry(self._position + i, job) for i, job in enumerate(jobs)]
        self._position += len(jobs)
        fresh = [entry for entry in entries if not self._joined(entry)]
        if fresh:
            found = await self._writer.ask(self._look_up, fresh)
            await self._sort(fresh, found)

    def _look_up(self, entries: Sequence[Entry]) -> Found:
        for plan in {id(entry.job.plan): entry.job.plan for entry in entries}.values():
            self._store.register(plan)
        return self._store.find([entry.job for entry in entries])

    def _joined(self, entry: Entry) -> bool:
        """Whether the job now waits for another one with its fingerprint."""
        twins = self._twins.get(entry.job.fingerprint)
        if twins is None:
            return False
        twins.append(entry)
        self._waiting += 1
        return True

    async def _sort(self, entries: Sequence[Entry], found: Found) -> None:
        kept: list[Held] = []
        copies: list[tuple[Entry, Held]] = []
        missed: list[Made] = []
        for entry in entries:
            job = entry.job
            own = found.own.get((job.fingerprint, job.transcript.id))
            other = found.others.get(job.fingerprint)
            if own is not None and (self._budget.spent_out or not self._again(own)):
                kept.append(own)
            elif self._joined(entry):  # its twin stands earlier in the same slice
                continue
            elif other is not None and not self._again(other):
                copies.append((entry, other))
            elif self._budget.spent_out:
                missed.append(Made(entry, self._budget.not_reached(job)))
            else:
                self._twins[job.fingerprint] = []
                self._ready.append(entry)
        if kept:
            await self._writer.ask(self._store.keep, kept)
            self._report.kept(kept)
        if copies:
            verdicts = await self._writer.ask(self._store.load, [held for _, held in copies])
            missed += [Made(entry, copied(verdicts[held.row], entry.job)) for entry, held in copies]
        if missed:
            await self._writer.write(missed)

    def _again(self, held: Held) -> bool:
        if held.failure_kind is None:
            return False
        return self._retry_failed or held.failure_kind in RETRYABLE
