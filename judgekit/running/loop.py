"""A judge's event loop, in a thread of its own, with the engine that lives on it.

So sync calls work inside a running loop and from any thread, and all of them share one pool of connections.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from judgekit.errors import JudgeError, UserError
from judgekit.judging.engines import Engine

T = TypeVar("T")

_PATIENCE_S = 5.0


class EngineRoom:
    """Starts loop and engine on first use; a forked process gets new ones, since threads do not survive a fork."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._inherited: list[_Running] = []

    def submit(
        self, work: Callable[[Engine], Coroutine[Any, Any, T]], ended: threading.Event | None = None
    ) -> Future[T]:
        """The future result of work with the engine, on the loop; it fails where the engine cannot be opened.

        Args:
            work: what to do.
            ended: set when the work has ended, also where it was cancelled; the future does not wait for that.
        """
        with self._lock:
            if self._running is not None and self._running.pid != os.getpid():
                # Never to be collected: its connections would take themselves off the parent's loop, which a fork
                # shares.
                self._inherited.append(self._running)
                self._running = None
            if self._running is None:
                self._running = _Running(self._open)
            return asyncio.run_coroutine_threadsafe(self._running.do(work, ended), self._running.loop)

    def run(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """The result of work with the engine; blocks, and cancels it if the waiting is interrupted.

        Raises:
            UserError: the engine cannot be opened, or the caller runs on its loop.
            JudgeError: the judge was closed meanwhile.
        """
        if self._running is not None and self._running.is_here():
            raise UserError("a sync call on the judge's own loop would wait for itself: await the async one there")
        ended = threading.Event()
        future = self.submit(work, ended)
        try:
            return future.result()
        except CancelledError:
            raise JudgeError("the judge was closed before its answer came") from None
        except BaseException:
            if future.cancel():
                ended.wait(_PATIENCE_S)  # what it holds, such as a run's file, is not taken from under it
            raise

    def close(self) -> None:
        """Engine, loop and thread have ended; the next use opens new ones."""
        with self._lock:
            running = self._running
            if running is None or running.pid != os.getpid():
                return
            self._running = None
        running.end()


class _Running:
    """A loop in its thread, in the process that started it, with the engine once it is open."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._engine: Engine | None = None
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._turn, name="judgekit", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[Engine], Coroutine[Any, Any, T]], ended: threading.Event | None) -> T:
        """The result of the work; the engine opens here, so that loading its client holds up no other loop."""
        try:
            if self._engine is None:
                self._engine = self._open()
            return await work(self._engine)
        finally:
            if ended is not None:
                ended.set()

    def is_here(self) -> bool:
        """Whether the caller runs on this loop's thread."""
        return self._thread is threading.current_thread()

    def end(self) -> None:
        """Everything has ended, or will on its own where this is the loop's thread: a judge is collected on any."""
        ended = asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        if self._thread is not threading.current_thread():
            self._thread.join()
            ended.result()

    def _turn(self) -> None:
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        try:
            if others:  # a task that does not hear it must not hold up the rest
                await asyncio.wait(others, timeout=_PATIENCE_S)
            if self._engine is not None:
                await self._engine.close()
            # aiohttp closes its transports one turn of the loop later.
            await asyncio.sleep(0)
        finally:
            self.loop.stop()
