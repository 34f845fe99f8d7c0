"""The one writer of a run: everything that is ready goes to disk in one transaction, then whoever waits goes on.

A worker keeps its place until its verdict is on disk. So a kill loses at most as many calls as may be in flight, and
the batches form by themselves: while one is written, the next one gathers. A short wait before each write makes
batches larger where calls are slow; it is a three-hundredth of a call at most, so that it costs no throughput.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from judgekit.errors import UserError
from judgekit.running.store import Store
from judgekit.running.work import Made
from judgekit.verdict import Verdict

T = TypeVar("T")

_LINGER_SHARE = 0.003
_LINGER_MIN_S = 0.0005
_LINGER_MAX_S = 0.02


class Writer:
    """Uses the store in a thread of its own, so that a slow disk never holds up the event loop."""

    def __init__(self, store: Store, on_disk: Callable[[Iterable[Verdict]], None]) -> None:
        """Starts nothing yet.

        Args:
            store: open, with its session begun.
            on_disk: called on the event loop with each batch that is durable.
        """
        self._store = store
        self._on_disk = on_disk
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="judgekit-store")
        self._batch = _Batch()
        self._task: asyncio.Task[None] | None = None
        self._linger_s = 0.0

    def observe(self, call_s: float) -> None:
        """A call took so long: the wait before a write follows it slowly."""
        wanted = min(_LINGER_MAX_S, _LINGER_SHARE * call_s)
        self._linger_s += 0.1 * (wanted - self._linger_s)

    async def ask(self, question: Callable[..., T], *args: object) -> T:
        """What the store answers."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, *args)

    async def write(self, made: Sequence[Made]) -> None:
        """Returns when these verdicts are on disk.

        Raises:
            JudgeError: they could not be written.
            UserError: two different transcripts have one id.
        """
        batch = self._batch
        batch.made.extend(made)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await batch.done.wait()
        if batch.error is not None:
            raise batch.error

    async def flush(self) -> None:
        """Returns when everything handed over is on disk, or has raised."""
        while self._task is not None:
            await asyncio.wait({self._task})

    def close(self) -> None:
        """The thread ends."""
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        try:
            while self._batch.made:
                if self._linger_s > _LINGER_MIN_S:
                    await asyncio.sleep(self._linger_s)
                batch, self._batch = self._batch, _Batch()
                await self._put(batch)
        finally:
            self._task = None

    async def _put(self, batch: _Batch) -> None:
        try:
            clashes = await self.ask(self._store.write, batch.made)
            self._on_disk(one.verdict for one in batch.made if one not in clashes)
            batch.error = _shared_id(clashes)
        except Exception as error:  # noqa: BLE001  # raised again by everyone who waits for this batch
            batch.error = error
        finally:
            batch.done.set()


class _Batch:
    """Verdicts that go to disk together."""

    __slots__ = ("done", "error", "made")

    def __init__(self) -> None:
        self.made: list[Made] = []
        self.done = asyncio.Event()
        self.error: Exception | None = None


def _shared_id(clashes: Sequence[Made]) -> UserError | None:
    if not clashes:
        return None
    name = clashes[0].verdict.transcript_id
    return UserError(
        f"two different transcripts have the id {name!r}: the first was judged, and the run stopped at the second; "
        "give each its own id: another label (label=), or another question (question_id=)"
    )
