"""A time limit for calls that costs next to nothing, and that a call cannot miss.

`asyncio.timeout` cancels once; where a layer below loses that one cancellation, its task waits for ever. Here a call
that is late is cancelled again and again until it hears it. One timer serves all calls: they all have the same time.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

_AGAIN_S = 0.25


class Deadlines:
    """Watches calls that may take so long; used from one event loop."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._open: dict[Deadline, None] = {}
        """In the order in which they end."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Deadline:
        """The deadline of a call that starts now, in the present task; to be entered at once."""
        return Deadline(self, asyncio.get_running_loop().time() + self._timeout_s)

    def add(self, deadline: Deadline) -> None:
        """The deadline counts."""
        self._open[deadline] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(deadline.at, self._sweep)

    def remove(self, deadline: Deadline) -> None:
        """The call has ended."""
        del self._open[deadline]

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now, again = loop.time(), None
        for deadline in self._open:
            if deadline.at > now:
                again = deadline.at
                break
            deadline.miss()
            again = now + _AGAIN_S
        self._timer = None if again is None else loop.call_at(again, self._sweep)


class Deadline:
    """`async with` around a call: TimeoutError where it takes too long."""

    __slots__ = ("_all", "_missed", "_task", "at")

    def __init__(self, every: Deadlines, at: float) -> None:
        self.at = at
        self._all = every
        self._missed = 0
        self._task: asyncio.Task[Any] | None = None

    def miss(self) -> None:
        """The call's task is cancelled, once more."""
        if self._task is not None:
            self._missed += 1
            self._task.cancel()

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._all.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.remove(self)
        if not self._missed or self._task is None:
            return
        for _ in range(self._missed):
            others = self._task.uncancel()
        if error is not None and not others:  # else somebody else cancelled it too, and waits for that
            raise TimeoutError from None
