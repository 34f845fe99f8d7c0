"""Jobs come in lazily: a file is read in a thread of its own, some hundred jobs ahead, so that no call waits for it."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from typing import Any

from judgekit.running.work import Job

AHEAD = 512
"""Jobs that may wait between the reader and the workers."""
_PATIENCE_S = 0.1


class Source(ABC):
    """Where jobs come from, a slice at a time; made and used on one event loop."""

    def __init__(self) -> None:
        self._ready: deque[Job] = deque()
        self._error: BaseException | None = None
        self._ended = self._closed = self._asleep = False
        self._awake = asyncio.Event()

    async def take(self) -> list[Job]:
        """The jobs that are ready, at least one; none at the end.

        Raises:
            Exception: what the reader raised, after all jobs before it.
        """
        while not self._ready and not self._ended:
            self._asleep = True
            self._awake.clear()
            if not self._ready and not self._ended:  # the reader may have come in between
                await self._awake.wait()
        taken = [self._ready.popleft() for _ in range(len(self._ready))]
        if not taken and self._error is not None:
            error, self._error = self._error, None
            raise error
        self._make_room(len(taken))
        return taken

    def stop(self) -> None:
        """Nothing more is read; whoever waits in `take` goes on."""
        self._closed = self._ended = True
        self._make_room(1)
        self._awake.set()

    @abstractmethod
    async def close(self) -> None:
        """The reader has ended, unless it waits for a pipe; a generator is closed."""
        ...

    @abstractmethod
    def _make_room(self, n: int) -> None: ...


def open_source(jobs: Iterable[Job] | AsyncIterable[Job]) -> Source:
    """The source that reads a generator, a list, or an asynchronous generator."""
    return _Async(jobs) if isinstance(jobs, AsyncIterable) else _Threaded(jobs)


class _Threaded(Source):
    """Reads in a daemon thread: `next` may wait for a pipe, and must not keep the process from ending."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        super().__init__()
        self._jobs = jobs
        self._room = threading.Semaphore(AHEAD)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, name="judgekit-reader", daemon=True)
        self._thread.start()

    def _make_room(self, n: int) -> None:
        if n:
            self._room.release(n)

    async def close(self) -> None:
        self.stop()
        until = self._loop.time() + _PATIENCE_S
        while self._thread.is_alive() and self._loop.time() < until:
            await asyncio.sleep(_PATIENCE_S / 20)

    def _read(self) -> None:
        try:
            jobs = iter(self._jobs)
            try:
                for job in jobs:
                    self._room.acquire()
                    if self._closed:
                        break
                    self._ready.append(job)
                    self._wake()
            finally:
                _close(jobs)
        except BaseException as error:  # noqa: BLE001  # raised again where the jobs are taken
            self._error = error
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            with suppress(RuntimeError):  # the loop has ended before the reader
                self._loop.call_soon_threadsafe(self._awake.set)


class _Async(Source):
    """Reads in a task of the same loop."""

    def __init__(self, jobs: AsyncIterable[Job]) -> None:
        super().__init__()
        self._jobs = aiter(jobs)
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    def _make_room(self, n: int) -> None:
        self._room.set()

    async def close(self) -> None:
        self.stop()
        self._task.cancel()
        await asyncio.wait({self._task})
        if hasattr(self._jobs, "aclose"):
            await self._jobs.aclose()

    async def _read(self) -> None:
        try:
            async for job in self._jobs:
                self._ready.append(job)
                self._awake.set()
                while len(self._ready) >= AHEAD and not self._closed:
                    self._room.clear()
                    await self._room.wait()
                if self._closed:
                    break
        except Exception as error:  # noqa: BLE001  # raised again where the jobs are taken
            self._error = error
        self._ended = True
        self._awake.set()


def _close(jobs: Any) -> None:
    if hasattr(jobs, "close"):
        jobs.close()
