"""The model client over answers that are there already: nothing is waited for, and nothing learned from other jobs."""

from __future__ import annotations

from time import monotonic

from judgekit.judging.client.model import ModelClient
from judgekit.judging.limiter import Call, Limiter
from judgekit.judging.prices import Price
from judgekit.judging.trouble import Wire


class Replay:
    """Makes a client for each job, which share what does not depend on answers.

    Each begins as the first one did: with a JSON schema and every parameter. So what a job asks depends on its own
    answers alone, and is the same request each time it is gone through.
    """

    def __init__(self, client: ModelClient, price: Price) -> None:
        """Takes requests and their shapes from a live client, which it leaves alone.

        Args:
            client: of the judge.
            price: of an answer.
        """
        self._client, self._price, self._door = client, price, _OpenDoor()

    def client(self, wire: Wire) -> ModelClient:
        """A client for one job."""
        return self._client.replaying(wire, self._door, self._price)


class _OpenDoor(Limiter):
    """Lets everything in at once."""

    def __init__(self) -> None:
        super().__init__(1)

    async def enter(self, call: Call) -> None:
        call.sent = monotonic()

    async def pause(self, seconds: float, *, paid: bool = False) -> None:
        return

    def leave(self) -> None:
        return
