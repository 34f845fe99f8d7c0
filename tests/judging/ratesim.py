"""A rate-limited server and many callers in made-up time: what takes minutes there takes milliseconds here."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

LATENCY_S = 0.5
"""Of an accepted call; a refusal comes back at once."""
PAUSE_S = 0.25
"""Of a caller that was refused: the mean of the first back-off."""


@dataclass
class Server:
    """Allows so many calls a second, `store` of them at once."""

    rate: float
    store: float
    changes: dict[float, float] = field(default_factory=dict)
    """At a time, another rate."""
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.store

    def take(self, now: float) -> bool:
        for when in sorted(self.changes):
            if when <= now:
                self._fill(when)
                self.rate = self.changes.pop(when)
        self._fill(now)
        if self.level < 1.0:
            self.refused.append(now)
            return False
        self.level -= 1.0
        self.accepted.append(now)
        return True

    def _fill(self, now: float) -> None:
        self.level = min(self.store, self.level + max(0.0, now - self.at) * self.rate)
        self.at = max(self.at, now)

    def share_refused(self, since: float = 0.0) -> float:
        refused = sum(when >= since for when in self.refused)
        return refused / max(1, refused + sum(when >= since for when in self.accepted))

    def throughput(self, since: float, until: float) -> float:
        return sum(since <= when < until for when in self.accepted) / (until - since)


def drive(
    server: Server,
    *,
    callers: int,
    until: float,
    wait_s: Callable[[float], float],
    sent: Callable[[float], None],
    answered: Callable[[float, float, bool], None],
) -> None:
    """Runs the callers, each with one call at a time, until the clock says so.

    Args:
        server: what they call.
        callers: how many there are.
        until: seconds.
        wait_s: from the time to the seconds until a call may be sent.
        sent: told when a call is sent.
        answered: told when it was sent, when its answer came, and whether it was accepted.
    """
    order = count()
    events: list[tuple[float, int, Callable[[float], None]]] = []

    def at(when: float, what: Callable[[float], None]) -> None:
        heapq.heappush(events, (when, next(order), what))

    def ready(now: float) -> None:
        if (wait := wait_s(now)) > 0.0:
            at(now + wait + 1e-9, ready)
            return
        sent(now)
        accepted = server.take(now)
        at(now + (LATENCY_S if accepted else 0.01), lambda then: back(now, then, accepted))

    def back(started: float, now: float, accepted: bool) -> None:
        answered(started, now, accepted)
        at(now if accepted else now + PAUSE_S, ready)

    for i in range(callers):
        at(i * 1e-4, ready)
    while events and events[0][0] < until:
        when, _, what = heapq.heappop(events)
        what(when)
