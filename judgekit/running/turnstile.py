"""Lets few workers begin in each turn of the event loop, in the order in which they came.

A call is sent in the turn after the one that prepared it. Where a hundred workers go on in one turn, a hundred prompts
are prepared before the first is sent: the calls go out together, come back together, and while all of them are worked
on, none is on its way. A few at a time, the calls spread out by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque

_AT_ONCE = 2


class Turnstile:
    """Used from one event loop."""

    def __init__(self) -> None:
        self._free = _AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Returns at once where nobody else has just begun, else when it is this one's turn."""
        loop = asyncio.get_running_loop()
        if self._free:
            if self._free == _AT_ONCE:
                loop.call_soon(self._turn)
            self._free -= 1
            return
        self._waiting.append(called := loop.create_future())
        await called

    def _turn(self) -> None:
        free = _AT_ONCE
        while free and self._waiting:
            if not (called := self._waiting.popleft()).done():  # its worker was cancelled
                called.set_result(None)
                free -= 1
        self._free = free
        if free < _AT_ONCE:
            asyncio.get_running_loop().call_soon(self._turn)
