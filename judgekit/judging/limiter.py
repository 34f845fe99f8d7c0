"""The one door through which all calls to an endpoint go: so many at once, so many requests and tokens a minute.

The limits are the user's, the server's as its headers tell them, or found out from its refusals. Where a server asks to
be left alone for some seconds, nobody calls it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import Self

from judgekit.judging.allowance import Allowance
from judgekit.judging.engines import DeferredError, run_of
from judgekit.judging.pace import Pace
from judgekit.judging.rate_headers import read_left
from judgekit.verdict import Usage

_LOOK_S = 0.25
"""How often a call that waits looks whether its run is to end."""
_LONGEST_WAIT_S = 60.0
_CATCH_UP_S = 0.1
"""How far calls that were held up may fall behind the pace and still catch up."""
_READ_S = 0.005
"""Headers are read so often at most: what they say hardly changes in between, and reading them costs time."""
_TOKENS_PER_BYTE = 0.25
_REPLY_TOKENS = 200.0
_SURPRISES = 10
"""Refusals, beside those of a first wave of calls, after which a server is known not to tell all of its limits."""
_FORGIVEN = 0.02
_LEARN = 0.05
"""The weight of one more call in what a call usually takes."""


class Limiter:
    """Lets calls in, in the order in which they came; used from one event loop."""

    def __init__(self, concurrency: int, *, rpm: float | None = None, tpm: float | None = None) -> None:
        now = monotonic()
        self.requests = Allowance(rpm, now)
        self.tokens = Allowance(tpm, now)
        self.pace = Pace(now)
        self._slots = asyncio.Semaphore(concurrency)
        self._door = asyncio.Lock()
        self._closed_until = 0.0
        self._next = 0.0
        self._read_again = now
        self._told = False
        """Whether the server tells its limits."""
        self._surprises = 0.0
        """Refusals though it does, less those that are few among many calls."""
        self._surprises_end = float(concurrency + _SURPRISES)
        self._per_byte, self._reply = _TOKENS_PER_BYTE, _REPLY_TOKENS

    def call(self, n_bytes: int, *, paid: bool = False) -> Call:
        """One call, to be entered before it is sent.

        Args:
            n_bytes: the size of its texts.
            paid: whether it continues something that was paid for: then it is made though its run is to end.
        """
        return Call(self, n_bytes, paid)

    async def enter(self, call: Call) -> None:
        """Returns when the call may be sent.

        Raises:
            DeferredError: its run is to end first.
        """
        await self._slots.acquire()
        try:
            call.tokens = self._per_byte * call.n_bytes + self._reply
            if self._door.locked() or self._wait_s(call, monotonic()) > 0.0:
                async with self._door:
                    while (wait_s := self._wait_s(call, monotonic())) > 0.0:
                        await self.pause(min(wait_s, _LOOK_S), paid=call.paid)
                    self._take(call)
            else:
                self._take(call)
        except BaseException:
            self._slots.release()
            raise

    async def pause(self, seconds: float, *, paid: bool = False) -> None:
        """Returns after so long.

        Raises:
            DeferredError: the run is to end, and nothing was paid for yet.
        """
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0.0:
            if not paid and (run := run_of.get()) is not None and run.draining:
                raise DeferredError("the run was to end before this call was made")
            await asyncio.sleep(min(left, _LOOK_S))

    def leave(self) -> None:
        """The call has ended."""
        self.pace.ended()
        self._slots.release()

    def answered(self, call: Call, usage: Usage, headers: Mapping[str, str]) -> None:
        """The server took the call, and said what it was."""
        now = monotonic()
        self.pace.accepted(call.sent, now)
        self._surprises = max(0.0, self._surprises - _FORGIVEN)
        if usage.prompt_tokens is not None:
            used = usage.prompt_tokens + (usage.completion_tokens or 0)
            self.tokens.correct(used - call.tokens)
            call.taken_tokens += used - call.tokens
            self._per_byte += _LEARN * (usage.prompt_tokens / max(call.n_bytes, 1) - self._per_byte)
            self._reply += _LEARN * ((usage.completion_tokens or 0) - self._reply)
        self._observe(call, headers, now)

    def refused(self, call: Call, retry_after_s: float | None) -> None:
        """The server refused the call for its frequency; nobody calls before it says so."""
        # The limits in a refusal are not read: some are a proxy's, or of another kind, and the next answer tells anew.
        now = monotonic()
        self.tokens.correct(-call.tokens)
        closed_until = None if retry_after_s is None else now + min(retry_after_s, _LONGEST_WAIT_S)
        self._closed_until = max(self._closed_until, closed_until or 0.0)
        self._surprises += 1.0
        if not self._told or self._surprises > self._surprises_end:
            self.pace.refused(call.sent, now, closed_until=closed_until)

    def _observe(self, call: Call, headers: Mapping[str, str], now: float) -> None:
        if now < self._read_again:
            return
        self._read_again = now + _READ_S
        requests, tokens = read_left(headers)
        self._told = self._told or requests is not None or tokens is not None
        if requests is not None:
            self.requests.observe(requests, call.taken_requests, call.sent, now)
        if tokens is not None:
            self.tokens.observe(tokens, call.taken_tokens, call.sent, now)

    def _wait_s(self, call: Call, now: float) -> float:
        paced = self._next - now if self.pace.rate is not None else 0.0
        return max(
            self._closed_until - now, paced, self.requests.wait_s(1.0, now), self.tokens.wait_s(call.tokens, now)
        )

    def _take(self, call: Call) -> None:
        call.sent = now = monotonic()
        self.pace.sending(now)
        self.requests.take(1.0)
        self.tokens.take(call.tokens)
        call.taken_requests, call.taken_tokens = self.requests.taken, self.tokens.taken
        if self.pace.rate is not None:
            self._next = max(self._next, now - _CATCH_UP_S) + 1.0 / self.pace.rate


class Call:
    """One call on its way: `async with` it around the sending."""

    __slots__ = ("_limiter", "n_bytes", "paid", "sent", "taken_requests", "taken_tokens", "tokens")

    def __init__(self, limiter: Limiter, n_bytes: int, paid: bool) -> None:
        self._limiter = limiter
        self.n_bytes, self.paid = n_bytes, paid
        self.sent = self.tokens = self.taken_requests = self.taken_tokens = 0.0

    async def __aenter__(self) -> Self:
        await self._limiter.enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limiter.leave()
