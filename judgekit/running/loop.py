"""A judge's event loop, in a thread of its own, with the engine that lives on it.

So sync calls work inside a running loop and from any thread, and all of them share one pool of connections.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from judgekit.judging.engines import Engine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Running:
    """An engine with its loop and its thread, in the process that started them."""

    engine: Engine
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    pid: int


class EngineRoom:
    """Starts loop and engine on first use; a forked process gets new ones, since threads do not survive a fork."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._inherited: list[_Running] = []

    def submit(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> Future[T]:
        """The future result of work with the engine, on the loop.

        Raises:
            UserError: the engine cannot be opened.
        """
        with self._lock:
            running = self._started()
            return asyncio.run_coroutine_threadsafe(work(running.engine), running.loop)

    def run(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """The result of work with the engine; blocks, and cancels it if the waiting is interrupted."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Engine, loop and thread have ended; the next use opens new ones."""
        with self._lock:
            running = self._running
            if running is None or running.pid != os.getpid():
                return
            self._running = None
        ended = asyncio.run_coroutine_threadsafe(_end(running), running.loop)
        # A judge may be collected on any thread, its own among them; that one ends by itself.
        if running.thread is not threading.current_thread():
            running.thread.join()
            ended.result()

    def _started(self) -> _Running:
        if self._running is not None and self._running.pid != os.getpid():
            # Never to be collected: its connections would take themselves off the parent's loop, which a fork shares.
            self._inherited.append(self._running)
            self._running = None
        if self._running is None:
            engine, loop = self._open(), asyncio.new_event_loop()
            thread = threading.Thread(target=_turn, args=(loop,), name="judgekit", daemon=True)
            self._running = _Running(engine, loop, thread, os.getpid())
            thread.start()
        return self._running


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """The thread's life: until the loop is stopped."""
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


async def _end(running: _Running) -> None:
    """Nothing; work that still runs is cancelled, the engine closed, and the loop stopped."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    try:
        await asyncio.gather(*others, return_exceptions=True)
        await running.engine.close()
        # aiohttp closes its transports one turn of the loop later.
        await asyncio.sleep(0)
    finally:
        running.loop.stop()
