"""A password that cannot be guessed by trying many."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

_MOST_REMEMBERED = 10_000
_LONGEST_WAIT_S = 60.0


class Password:
    """Whether a password is right; an address that guessed wrong has to wait, longer each time.

    Args:
        password: the right one.
        clock: seconds.
    """

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._right = password.encode("utf-8", "surrogateescape")  # of the environment: any bytes
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}

    def wait_s(self, address: str) -> float:
        """Seconds for which nothing from this address is looked at."""
        return max(self._wrong.get(address, (0, 0.0))[1] - self._clock(), 0.0)

    def is_right(self, address: str, given: bytes) -> bool:
        """Whether it is the password."""
        if hmac.compare_digest(given, self._right):
            self._wrong.pop(address, None)
            return True
        count = self._wrong.pop(address, (0, 0.0))[0] + 1
        if len(self._wrong) >= _MOST_REMEMBERED:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[address] = (count, self._clock() + min(0.5 * 2.0 ** min(count, 20), _LONGEST_WAIT_S))
        return False
