"""A judge's event loop, in a thread of its own, with the engine that lives on it.

So sync calls work inside a running loop and from any thread, and all of them share one pool of connections.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from judgekit.judging.engines import Engine

T = TypeVar("T")


class EngineRoom:
    """Starts loop and engine on first use; a forked process gets new ones, since threads do not survive a fork."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None

    def submit(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> Future[T]:
        """The future result of work with the engine, on the loop.

        Raises:
            UserError: the engine cannot be opened.
        """
        with self._lock:
            loop, engine = self._running()
            return asyncio.run_coroutine_threadsafe(work(engine), loop)

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
            loop, thread, engine = self._loop, self._thread, self._engine
            self._loop = self._thread = self._engine = None
            if loop is None or thread is None or engine is None or self._pid != os.getpid():
                return
        asyncio.run_coroutine_threadsafe(_end(engine), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running(self) -> tuple[asyncio.AbstractEventLoop, Engine]:
        if self._loop is None or self._engine is None or self._pid != os.getpid():
            self._engine = self._open()
            self._loop = asyncio.new_event_loop()
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._loop.run_forever, name="judgekit", daemon=True)
            self._thread.start()
        return self._loop, self._engine


async def _end(engine: Engine) -> None:
    """Nothing; work that still runs is cancelled and the engine closed."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await engine.close()
    # aiohttp closes its transports one turn of the loop later.
    await asyncio.sleep(0)
