"""Batches under way: handed in, asked after, taken home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from judgekit.errors import JudgeError, JudgekitError, UserError
from judgekit.judging.client.batch import BatchClient, RemoteBatch
from judgekit.judging.hopeless import hopeless
from judgekit.judging.trouble import RefusedError
from judgekit.running.openai_batch.collect import Collector
from judgekit.running.openai_batch.handing_in import CALL_ERRORS, Errors, HandingIn
from judgekit.running.openai_batch.ledger import Batch, Ledger
from judgekit.running.openai_batch.lock import BatchFolder
from judgekit.running.openai_batch.options import BatchOptions
from judgekit.running.openai_batch.outbox import request_file
from judgekit.running.stop import Stop
from judgekit.settings import Settings

_MISSED = 10
"""So many looks in a row without an answer: the provider is down."""
_SLOWER = 1.5
_ENDED = ("completed", "expired", "cancelled")


class Desk:
    """Waits for batches until they have ended or the run is to stop."""

    def __init__(
        self,
        client: BatchClient,
        ledger: Ledger,
        folder: BatchFolder,
        settings: Settings,
        collector: Collector,
        options: BatchOptions,
        *,
        tell: Callable[[int, int], None],
        warn: Callable[[str], None],
    ) -> None:
        """Nothing is asked yet.

        Args:
            client: the provider.
            ledger: what is known.
            folder: of the request files.
            settings: of the judge.
            collector: takes in what came back.
            options: how often to look.
            tell: called after each look with the requests under way and how many of them are through.
            warn: called with what the user should know.
        """
        self._client, self._ledger, self._folder, self._settings = client, ledger, folder, settings
        self._collector, self._options, self._tell, self._warn = collector, options, tell, warn
        self._handing_in = HandingIn(client, ledger, folder, settings, options.first_look_s)
        self._answered: dict[int, int] = {}
        self._unseen: set[int] = set()
        """Batches that were handed in, and not yet taken."""
        self._missed = 0

    async def open(self) -> None:
        """What earlier sessions left is cleared up, and batches that have ended since are taken home.

        Raises:
            JudgeError: a batch was cancelled by somebody.
        """
        await self._handing_in.recover()
        for batch in self._ledger.batches("open"):
            with suppress(*CALL_ERRORS):  # whether it matters shows when a job waits for this batch
                remote = await self._client.retrieve(batch.provider_id or "")
                if remote.status == "failed":  # nothing of it was run
                    self._ledger.forget(batch.id)
                    self._file(batch).unlink(missing_ok=True)
                elif remote.status in _ENDED:
                    end = await self._take_home(batch, remote)
                    if isinstance(end, UserError):  # that was then: what it is about may be mended
                        self._warn(str(end))
                    elif end is not None:
                        raise end

    async def wait(self, needed: set[int], stop: Stop) -> bool:
        """Whether everything came back: of the batches that are ready, and of those that are needed.

        Raises:
            UserError, JudgeError: what ends the run; batches that are open go on at the provider.
        """
        woken = asyncio.Event()
        deaf = stop.listen(woken.set)
        pause_s = self._options.first_look_s
        try:
            while not stop.draining:
                await self._hand_in(needed, stop)
                full = self._handing_in.full
                under_way = [batch for batch in self._ledger.batches("open") if full or batch.id in needed]
                if not under_way and not self._ledger.batches("ready"):
                    return True
                self._report(under_way, needed)
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), pause_s)
                pause_s = min(_SLOWER * pause_s, self._options.longest_pause_s)
                if not stop.draining:
                    await self._look(under_way)
            return False
        finally:
            deaf()

    async def _hand_in(self, needed: set[int], stop: Stop) -> None:
        # Small ones first: where the queue is short, parts of a split one pass by those that are too large.
        while (ready := self._ledger.batches("ready")) and not stop.draining:
            if self._handing_in.full or (self._handing_in.wary and self._unseen):
                return
            batch = min(ready, key=lambda one: (one.requests, one.id))
            if await self._handing_in.hand_in(batch):
                self._unseen.add(batch.id)
            needed.add(batch.id)

    async def _look(self, batches: list[Batch]) -> None:
        """Each batch is asked after once; those that have ended are taken home."""
        end: JudgekitError | None = None
        failed: list[tuple[Batch, Errors]] = []
        ended = False
        for batch in batches:
            try:
                remote = await self._client.retrieve(batch.provider_id or "")
                if remote.status != "validating":
                    self._unseen.discard(batch.id)
                if remote.status == "failed":
                    failed.append((batch, remote.errors))
                elif remote.status in _ENDED:
                    ended = True
                    end = await self._take_home(batch, remote) or end
                else:
                    self._see(batch, remote)
            except CALL_ERRORS as error:
                self._not_seen(batch, error)
            else:
                self._missed = 0
        self._handing_in.refused(failed, others_ended=ended)
        if end is not None:
            raise end

    def _see(self, batch: Batch, remote: RemoteBatch) -> None:
        self._answered[batch.id] = min(remote.answered, batch.requests)
        if remote.status != "validating":  # from here on nobody needs the file any more
            self._file(batch).unlink(missing_ok=True)

    async def _take_home(self, batch: Batch, remote: RemoteBatch) -> JudgekitError | None:
        """What ends the run, where this batch is a reason."""
        found = await self._collector.collect(batch, remote)
        self._file(batch).unlink(missing_ok=True)
        self._handing_in.full = False
        if found.strange:
            self._warn(
                f"batch {remote.id}: {found.strange:,} lines of its output are not about what was asked: left out"
            )
        if remote.status == "cancelled":
            return JudgeError(
                f"batch {remote.id} was cancelled at the provider, {found.missing:,} of its {batch.requests:,} "
                "requests unanswered; what came back is kept, and the same command asks for the rest again"
            )
        return found.end

    def _file(self, batch: Batch) -> Path:
        return request_file(self._folder.path, batch.tag)

    def _not_seen(self, batch: Batch, error: Exception) -> None:
        """One look without an answer is forgiven.

        Raises:
            UserError: the provider does not know the batch, or refuses the key.
            JudgeError: it is one too many.
        """
        where = self._client.where
        if isinstance(error, RefusedError) and not error.trouble.retried:
            if error.trouble.status == 404:
                raise UserError(
                    f"{where} knows no batch {batch.provider_id}, in which {batch.requests:,} requests of this run "
                    "are: use the key and project that it was made with, or score without --batch"
                ) from None
            if (end := hopeless(error.trouble, self._settings, where)) is not None:
                raise end from None
        self._missed += 1
        if self._missed >= _MISSED:
            raise JudgeError(
                f"{where} does not answer ({error}): its batches go on there, and the same command collects them"
            ) from None

    def _report(self, under_way: list[Batch], needed: set[int]) -> None:
        closed = [batch for batch in self._ledger.batches("closed") if batch.id in needed]
        through = sum(batch.requests for batch in closed)
        answered = sum(self._answered.get(batch.id, 0) for batch in under_way)
        self._tell(through + sum(batch.requests for batch in under_way), through + answered)
