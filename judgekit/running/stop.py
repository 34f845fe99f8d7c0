"""The handle by which a run is told to end early, from a signal or from another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class Stop:
    """Asks a run to end: `drain` lets the calls in flight finish, `now` does not.

    >>> stop = Stop()
    >>> stop.interrupt(), stop.interrupt()          # what a signal handler calls
    ('drain', 'now')
    >>> stop.draining, stop.cancelling
    (True, True)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._level = 0
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []

    @property
    def draining(self) -> bool:
        """Whether no new call may start."""
        return self._level > 0

    @property
    def cancelling(self) -> bool:
        """Whether the calls in flight are given up."""
        return self._level > 1

    def drain(self) -> None:
        """No new call starts; those in flight end and are stored."""
        self._raise_to(1)

    def now(self) -> None:
        """The calls in flight are given up; what has come back is stored."""
        self._raise_to(2)

    def interrupt(self) -> str:
        """`drain` the first time, `now` from the second time on."""
        self._raise_to(min(self._level + 1, 2))
        return "now" if self.cancelling else "drain"

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """The way to end listening; until then `changed` runs on this event loop at each change."""
        listener = asyncio.get_running_loop(), changed
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def _forget(self, listener: tuple[asyncio.AbstractEventLoop, Callable[[], None]]) -> None:
        with self._lock:
            self._listeners.remove(listener)

    def _raise_to(self, level: int) -> None:
        # No lock around the callbacks: a signal may arrive while its own thread is in here.
        if level <= self._level:
            return
        self._level = level
        for loop, changed in tuple(self._listeners):
            loop.call_soon_threadsafe(changed)
