"""Jobs come in lazily: a file is read in a thread of its own, some hundred jobs ahead, so that no call waits for it."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Protocol, TypeVar, runtime_checkable

from judgekit.running.work import Entry, Job

T = TypeVar("T")
J = TypeVar("J", bound=Job, covariant=True)

AHEAD = 512
"""Jobs that may wait between the reader and the workers."""
_FEW = 256
_GATHER_S = 0.004
"""Fewer jobs than that are not taken at once, if more come within this time: each slice has its price."""
_PATIENCE_S = 0.1


@runtime_checkable
class Places(Protocol[J]):
    """Jobs that can be read from any place on, as often as needed; `judgekit.running.batch.Batch` is one."""

    def beginning_at(self, place: int) -> Iterator[tuple[int, J]]:
        """Every job with its place: from the given one on, then those before it; places grow in the order of jobs."""
        ...


class Source(ABC):
    """Where jobs come from, a slice at a time; made and used on one event loop."""

    def __init__(self) -> None:
        self.place = 0
        """Where it begins; what stands before comes last."""
        self._ready: deque[Entry] = deque()
        self._error: BaseException | None = None
        self._ended = self._closed = self._asleep = False
        self._awake = asyncio.Event()

    async def take(self, wait_s: float | None = None) -> list[Entry]:
        """The jobs that are ready, at least one; none at the end, or where none came in the time given.

        Raises:
            Exception: what the reader raised, after all jobs before it.
        """
        while not self._ready and not self._ended:
            self._asleep = True
            self._awake.clear()
            if not self._ready and not self._ended:  # the reader may have come in between
                try:
                    await asyncio.wait_for(self._awake.wait(), wait_s)
                except TimeoutError:
                    return []
        await self._gather()
        taken = [self._ready.popleft() for _ in range(len(self._ready))]
        if not taken and self._error is not None:
            error, self._error = self._error, None
            raise error
        self._make_room(len(taken))
        return taken

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to take."""
        return self._ended and not self._ready and self._error is None

    def stop(self) -> None:
        """Nothing more is read; whoever waits in `take` goes on."""
        self._closed = self._ended = True
        self._make_room(1)
        self._awake.set()

    @abstractmethod
    async def close(self) -> None:
        """The reader has ended, unless it waits for a pipe; a generator is closed."""
        ...

    async def _gather(self) -> None:
        """Returns when no more jobs come, or enough are here."""
        while 0 < (n := len(self._ready)) < _FEW and not self._ended:
            await asyncio.sleep(_GATHER_S)
            if len(self._ready) == n:
                return

    @abstractmethod
    def _make_room(self, n: int) -> None: ...


def open_source(jobs: Iterable[Job] | Places[Job] | AsyncIterable[Job], place: int | None = None) -> Source:
    """The source that reads a generator, a list, a batch, or an asynchronous generator.

    Args:
        jobs: what to read.
        place: where to begin, where that is possible; what stands before it comes last.
    """
    if isinstance(jobs, AsyncIterable):
        return _Async(jobs)
    if isinstance(jobs, Places):
        return _Threaded(jobs.beginning_at(place or 0), place or 0)
    if isinstance(jobs, Sequence):
        return _Threaded(numbered(jobs, place or 0), place or 0)
    return _Threaded(_in_order(jobs))


def _in_order(jobs: Iterable[Job]) -> Iterator[tuple[int, Job]]:
    found = iter(jobs)
    try:
        yield from enumerate(found)
    finally:
        _close(found)


def numbered(values: Sequence[T], place: int) -> Iterator[tuple[int, T]]:
    """Each value with its place, from that one on, then those before it.

    >>> list(numbered("abc", 1))
    [(1, 'b'), (2, 'c'), (0, 'a')]
    """
    return ((i, values[i]) for i in chain(range(place, len(values)), range(min(place, len(values)))))


class _Threaded(Source):
    """Reads in a daemon thread: `next` may wait for a pipe, and must not keep the process from ending."""

    def __init__(self, jobs: Iterable[tuple[int, Job]], place: int = 0) -> None:
        super().__init__()
        self.place = place
        self._jobs = jobs
        self._room = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, name="judgekit-reader", daemon=True)
        self._thread.start()

    def _make_room(self, n: int) -> None:
        if n:
            self._room.set()

    async def close(self) -> None:
        self.stop()
        until = self._loop.time() + _PATIENCE_S
        while self._thread.is_alive() and self._loop.time() < until:
            await asyncio.sleep(_PATIENCE_S / 20)

    def _read(self) -> None:
        ready = self._ready
        try:
            jobs = iter(self._jobs)
            try:
                for place, job in jobs:
                    if len(ready) >= AHEAD:
                        self._wait_for_room()
                    if self._closed:
                        break
                    ready.append(Entry(place, job))
                    if self._asleep:
                        self._wake()
            finally:
                _close(jobs)
        except BaseException as error:  # noqa: BLE001  # raised again where the jobs are taken
            self._error = error
        self._ended = True
        self._wake()

    def _wait_for_room(self) -> None:
        self._room.clear()
        while len(self._ready) >= AHEAD and not self._closed:  # room may have been made in between
            self._room.wait()
            self._room.clear()

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
        place = 0
        try:
            async for job in self._jobs:
                self._ready.append(Entry(place, job))
                place += 1
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
