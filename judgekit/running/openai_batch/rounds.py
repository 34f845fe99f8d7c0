"""The main path of a run in batches: pass over the jobs, send what is missing, wait, and pass again.

A pass goes through the ordinary engine, so that look-ups, copies, ids and the store are as in a live run. A job whose
answers are all here gets its verdict; one that needs another answer stays open, and its request goes into a file. Then
the files are handed in as batches and waited for. It ends when no job is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from judgekit.errors import JudgekitError
from judgekit.judging.client import ModelClient
from judgekit.judging.client.batch import BatchClient
from judgekit.judging.client.replay import Replay
from judgekit.judging.prices import Price, price_of
from judgekit.running.engine import score_all
from judgekit.running.openai_batch.asking import Round
from judgekit.running.openai_batch.collect import Collector
from judgekit.running.openai_batch.desk import Desk
from judgekit.running.openai_batch.ledger import Ledger
from judgekit.running.openai_batch.lock import BatchFolder
from judgekit.running.openai_batch.options import Batched
from judgekit.running.openai_batch.outbox import Outbox
from judgekit.running.openai_batch.purse import Purse
from judgekit.running.openai_batch.view import Show, View
from judgekit.running.stop import Stop

T = TypeVar("T")

_AT_ONCE = 256
"""Jobs in one pass at once: none of them waits for anything but the disk."""


async def run_rounds(
    run: Batched, client: ModelClient, *, stop: Stop, show: Show | None, warn: Callable[[str], None]
) -> None:
    """What `score_in_batches` does."""
    price = price_of(run.settings, batch=True)
    remote, view = BatchClient(run.settings), View(show)
    try:
        with BatchFolder(run.store.path) as folder, Ledger(run.store.path, remote.where) as ledger:
            passes = _Passes(
                run=run,
                replay=Replay(client, price),
                ledger=ledger,
                outbox=Outbox(folder.path, ledger, run.options, remote.url),
                purse=Purse(price, run.budget_usd, run.settings.max_tokens),
                price=price,
                view=view,
                stop=stop,
            )
            collector = Collector(remote, ledger, run.settings, price)
            desk = Desk(remote, ledger, folder, run.settings, collector, run.options, tell=view.waiting, warn=warn)
            try:
                await _until_done(passes, desk, stop)
            finally:
                passes.outbox.drop()
            if stop.draining and (left := ledger.batches("open")):
                requests = sum(batch.requests for batch in left)
                warn(f"{requests:,} requests go on at {remote.where}: the same command collects their answers")
    finally:
        await remote.close()


async def _until_done(passes: _Passes, desk: Desk, stop: Stop) -> None:
    await _at_desk(passes, desk.open(), stop)
    while (needed := await passes.go()) is not None and not stop.draining:
        if not await _at_desk(passes, desk.wait(needed, stop), stop):
            return


async def _at_desk(passes: _Passes, work: Coroutine[Any, Any, T], stop: Stop) -> T | None:
    """The result; None where the run is to stop now."""
    try:
        return await _interruptible(work, stop)
    except JudgekitError:
        # What has come back becomes verdicts, whatever else there is to say.
        with suppress(JudgekitError):
            await passes.go(asks=False)
            passes.run.store.end("error")
        raise


async def _interruptible(work: Coroutine[Any, Any, T], stop: Stop) -> T | None:
    """The result; None where the work was given up because the run is to stop now."""
    task = asyncio.create_task(work)

    def changed() -> None:
        if stop.cancelling:
            task.cancel()

    deaf = stop.listen(changed)
    changed()
    try:
        return await task
    except asyncio.CancelledError:
        if not (stop.cancelling and task.cancelled()):
            raise
        return None
    finally:
        deaf()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passes:
    """Goes over the jobs again and again."""

    run: Batched
    replay: Replay
    ledger: Ledger
    outbox: Outbox
    purse: Purse
    price: Price
    view: View
    stop: Stop

    async def go(self, *, asks: bool = True) -> set[int] | None:
        """The batches that jobs wait for; None where no job is open any more."""
        run = self.run
        self.purse.begin((run.store.spent(self.price) or 0.0) + self.ledger.cost_usd())
        self.outbox.made.clear()
        round_ = Round(
            replay=self.replay,
            ledger=self.ledger,
            outbox=self.outbox,
            purse=self.purse,
            max_bytes=run.options.max_bytes,
            asks=asks,
        )
        await score_all(
            run.jobs,
            round_.judge,
            run.store,
            concurrency=_AT_ONCE,
            on_progress=self.view.passing,
            stop=self.stop,
            retry_failed=run.retry_failed,
            total=run.total,
            in_passes=True,
        )
        self.view.passed()
        if not round_.waits:
            return None
        if not self.stop.draining:
            self.outbox.seal()
        return round_.needed | set(self.outbox.made)
