"""Which jobs need a call: the rest is kept, copied, or waits for a job with the same fingerprint, here or elsewhere."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from time import monotonic

from judgekit.running.budget import Budget
from judgekit.running.handed import Handed
from judgekit.running.lookup import Found, Held, Settled
from judgekit.running.report import Report
from judgekit.running.source import AHEAD, Source
from judgekit.running.store import Store, Taken
from judgekit.running.watermark import Watermark
from judgekit.running.work import Entry, Job, Made, copied
from judgekit.running.writer import Writer
from judgekit.verdict import RETRYABLE, Verdict

_TWINS = 1024
"""Jobs that may wait for another job's verdict."""
_HELD = 4096
"""Jobs that may wait for the verdicts of other processes."""
_LEAST = 32
_POLL_S = 0.25
"""How often is looked whether those have come."""


class Feed:
    """Takes slices from the source, asks the store about them, and hands out what is to be judged."""

    def __init__(
        self,
        source: Source,
        store: Store,
        writer: Writer,
        report: Report,
        budget: Budget,
        *,
        concurrency: int,
        retry_failed: bool,
        stands_after: int | None = None,
    ) -> None:
        """Reads nothing yet.

        Args:
            source: of the jobs.
            store: what is known already; its session has started.
            writer: through which the store is asked.
            report: told what is kept.
            budget: whether calls may start.
            concurrency: how many jobs are judged at once.
            retry_failed: whether every failure is tried again, whatever its kind.
            stands_after: a job's own failure that is newer than this row is not tried again; None: however new.
        """
        self.error: Exception | None = None
        """What the source raised; all jobs before it are still handed out."""
        self.left_open = 0
        """Jobs that were handed out and have no verdict."""
        self._source = source
        report.counts.unchecked = source.place
        self._store = store
        self._writer = writer
        self._report = report
        self._budget = budget
        self._concurrency = concurrency
        self._most = min(AHEAD, max(_LEAST, 2 * concurrency))
        self._retry_failed, self._stands_after = retry_failed, stands_after
        self._read: deque[Entry] = deque()
        """What is not looked up yet."""
        self._slice = self._most
        self._ready: deque[Entry] = deque()
        self._handed = Handed(store.claims.drop)
        self._held: list[Entry] = []
        """What another process judges."""
        self._looked = 0.0
        self._mark = Watermark()
        self._freed = asyncio.Event()
        self._filling: asyncio.Task[None] | None = None
        self._ended = self._closed = False

    @property
    def exhausted(self) -> bool:
        """Whether every job of the source has been settled."""
        return self._drained and not self._ready and not self._handed and not self.left_open

    @property
    def _drained(self) -> bool:
        return self._ended and not self._read and not self._held

    def close(self) -> None:
        """Nothing more is handed out."""
        self._closed = True
        self._freed.set()
        self._source.stop()

    async def finish(self) -> None:
        """Returns when nothing is looked up any more."""
        if self._filling is not None:
            await asyncio.wait({self._filling})
            error = self._filling.exception()
            if isinstance(error, Exception) and self.error is None:
                self.error = error  # nobody may have waited for a job any more

    async def next(self) -> Entry | None:
        """A job that needs a call; None when there is none any more. Each is to be settled."""
        while not self._closed:
            if self._ready:
                entry = self._ready.popleft()
                if len(self._ready) < self._concurrency:
                    self._fill()  # so that no worker waits for a look-up
                return entry
            filling = self._fill()
            if filling is None:
                return None
            await asyncio.wait({filling})
        return None

    async def settle(self, entry: Entry, verdict: Verdict) -> None:
        """The jobs that waited for this verdict have it too, or the next of them is tried."""
        fingerprint = entry.job.fingerprint
        self._done(entry, verdict)
        if verdict.failure is not None and verdict.failure.kind in RETRYABLE:
            if twin := self._handed.next_twin(fingerprint):
                self._freed.set()
                self._ready.appendleft(twin)
                return
        else:
            while twins := self._handed.twins(fingerprint):
                self._freed.set()
                await self._copy(verdict, twins)
        self._handed.let_go(fingerprint)

    def leave_open(self, entry: Entry) -> None:
        """The job has no verdict in this session, nor have those that waited for it."""
        self.left_open += 1 + len(self._handed.twins(entry.job.fingerprint))
        self._freed.set()
        self._handed.let_go(entry.job.fingerprint)

    async def _copy(self, verdict: Verdict, twins: Sequence[Entry]) -> None:
        await self._writer.write([Made(twin, copied(verdict, twin.job)) for twin in twins])
        for twin in twins:
            self._done(twin)

    def _done(self, entry: Entry, verdict: Verdict | None = None) -> None:
        kind = verdict.failure.kind if verdict is not None and verdict.failure is not None else ""
        self._mark.settle(entry.position, missed=kind == "budget")
        self._store.claims.mark = self._mark.place

    def _fill(self) -> asyncio.Task[None] | None:
        """The task that makes jobs ready, one at a time; None where nothing is left to read."""
        if self._filling is not None and self._filling.done():
            done, self._filling = self._filling, None
            done.result()
        if self._filling is None and not self._drained:
            self._filling = asyncio.create_task(self._refill())
        return self._filling

    async def _refill(self) -> None:
        while self._handed.waiting >= _TWINS and not self._closed:
            self._freed.clear()
            await self._freed.wait()
        if self._held and monotonic() - self._looked >= _POLL_S:
            self._looked = monotonic()
            held, self._held = self._held, []
            await self._look_up(held)
            if self._ready or self._closed:
                return
        full = len(self._held) >= _HELD
        if not self._read and not self._ended and not full:
            await self._take()
        if self._read and not full and not self._closed:
            await self._look_up([self._read.popleft() for _ in range(min(len(self._read), self._slice))])
        elif self._held and (self._ended or full) and not self._closed:
            await asyncio.sleep(_POLL_S)

    async def _take(self) -> None:
        try:
            entries = await self._source.take(_POLL_S if self._held else None)
        except Exception as error:  # noqa: BLE001  # raised by the engine once the calls in flight have ended
            self.error = error
            entries = []
        self._ended = (self.error is not None or self._source.ended) and not self._closed
        if self._ended:
            self._report.counts.unchecked = 0
        if entries:
            before = sum(entry.position < self._source.place for entry in entries)
            self._report.counts.unchecked = max(0, self._report.counts.unchecked - before)
            self._mark.read_to(entries[-1].position + 1)
            self._read.extend(entries)

    async def _look_up(self, entries: Sequence[Entry]) -> None:
        self._mark.look_at(entries[0].position)
        self._mark.wait_at(self._read[0].position if self._read else None)
        missing = [entry for entry in entries if not self._joined(entry)]
        if missing:
            settled, missing = await self._writer.ask(self._settled, missing)
            self._report.kept(settled.statuses)
        if missing:
            self._mark.open(entry.position for entry in missing)
            taken = await self._writer.ask(self._store.take, [entry.job for entry in missing], self._wanted, self._most)
            await self._sort(missing, taken)
            if self._budget.limited and self._store.claims.shared:
                self._budget.elsewhere(await self._writer.ask(self._store.spent_elsewhere))
        # A slice of which nothing is left to do is a sign of a resume: larger ones cost less.
        self._slice = self._most if missing else AHEAD
        if self._held or self._report.counts.elsewhere:
            self._report.held(len(self._held))
        self._mark.wait_at(self._read[0].position if self._read else None)
        self._mark.look_at(None)
        self._store.claims.mark = self._mark.place

    def _settled(self, entries: Sequence[Entry]) -> tuple[Settled, list[Entry]]:
        for plan in {id(entry.job.plan): entry.job.plan for entry in entries}.values():
            self._store.register(plan)
        return self._store.settled(entries)

    def _joined(self, entry: Entry) -> bool:
        """Whether the job now waits for another one with its fingerprint."""
        if not self._handed.join(entry):
            return False
        self._mark.open((entry.position,))
        return True

    async def _sort(self, entries: Sequence[Entry], taken: Taken) -> None:
        kept: list[tuple[Entry, Held]] = []
        copies: list[tuple[Entry, Held]] = []
        missed: list[Entry] = []
        later: list[Entry] = []
        free = set(taken.fingerprints)
        for entry in entries:
            job = entry.job
            own = taken.found.own.get((job.fingerprint, job.transcript.id))
            other = taken.found.others.get(job.fingerprint)
            if own is not None and (self._budget.spent_out or self._stands(own)):
                kept.append((entry, own))
            elif self._joined(entry):  # its twin stands earlier in the same slice
                continue
            elif other is not None and not self._again(other):
                copies.append((entry, other))
            elif job.fingerprint in free:
                self._handed.add(job.fingerprint, taken.claim)
                self._ready.append(entry)
            elif job.fingerprint in taken.elsewhere:
                self._held.append(entry)
            elif self._budget.spent_out:
                missed.append(entry)
            else:  # more than may be claimed at once
                later.append(entry)
        self._read.extendleft(reversed(later))
        if taken.claim:
            self._handed.close(taken.claim)
        if kept:
            await self._writer.ask(self._store.keep, [held for _, held in kept])
            self._report.kept(Counter(held.failure_kind or held.status for _, held in kept))
            for entry, _ in kept:
                self._done(entry)
        made = [Made(entry, self._budget.not_reached(entry.job)) for entry in missed]
        if copies:
            verdicts = await self._writer.ask(self._store.load, [held for _, held in copies])
            made += [Made(entry, copied(verdicts[held.row], entry.job)) for entry, held in copies]
        if made:
            await self._writer.write(made)
            for one in made:
                self._done(one.entry, one.verdict)

    def _wanted(self, job: Job, found: Found) -> bool:
        """Whether a job needs a call; asked in the thread of the store."""
        own = found.own.get((job.fingerprint, job.transcript.id))
        other = found.others.get(job.fingerprint)
        settled = (own is not None and self._stands(own)) or (other is not None and not self._again(other))
        return not settled and not self._budget.spent_out

    def _stands(self, own: Held) -> bool:
        """Whether a job's own verdict is not to be replaced."""
        if not self._again(own) or (self._stands_after is not None and own.row > self._stands_after):
            return True
        # What another process has just tried is for the next session, unless its budget was smaller.
        return self._store.claims.is_beside(own.session) and own.failure_kind != "budget"

    def _again(self, held: Held) -> bool:
        """Whether a failure is one to be tried again."""
        return held.failure_kind is not None and (self._retry_failed or held.failure_kind in RETRYABLE)
