"""From a batch that has ended to the outcomes of its requests, in pieces that fit into memory."""

from __future__ import annotations

from dataclasses import dataclass

from judgekit.errors import UserError
from judgekit.judging.client.batch import BatchClient, RemoteBatch
from judgekit.judging.hopeless import hopeless
from judgekit.judging.prices import Price
from judgekit.judging.trouble import RefusedError
from judgekit.running.openai_batch.ledger import Batch, Ledger
from judgekit.running.openai_batch.lines import lines, read_line
from judgekit.running.openai_batch.outcome import Outcome
from judgekit.settings import Settings

_AT_ONCE, _AT_ONCE_BYTES = 100, 4 << 20
_GONE = Outcome(None, kind="http_error", said="the batch has ended, and nothing in its output is about this request")
_LATE = Outcome(None, kind="timeout", said="the batch's time was over before this request was reached")


@dataclass(slots=True)
class Collected:
    """What taking in a batch came to."""

    strange: int = 0
    """Lines that could not be read, or were about nothing that was asked."""
    missing: int = 0
    """Requests that no line was about, or one that says that they were not run."""
    end: UserError | None = None
    """Where a line says that no call can succeed, such as of an account that is empty: what to tell the user."""


class Collector:
    """Downloads what came back and enters it in the ledger; may be cut off and begun again at any point."""

    def __init__(self, client: BatchClient, ledger: Ledger, settings: Settings, price: Price) -> None:
        self._client, self._ledger, self._settings, self._price = client, ledger, settings, price

    async def collect(self, batch: Batch, remote: RemoteBatch) -> Collected:
        """The batch is closed.

        Raises:
            RefusedError, LostError: a file does not come; another try may help.
        """
        found = Collected()
        for file in remote.files:
            try:
                await self._take_in(batch, file, found)
            except RefusedError as error:
                if error.trouble.retried or error.trouble.key_refused:
                    raise
                # The file is gone, and asking for it again does not bring it back.
        missing = None if remote.status == "cancelled" else _LATE if remote.status == "expired" else _GONE
        found.missing += self._ledger.close_batch(batch.id, missing)
        return found

    async def _take_in(self, batch: Batch, file: str, found: Collected) -> None:
        came: dict[bytes, tuple[Outcome | None, float]] = {}
        size = 0
        async for text in lines(self._client.content(file)):
            line = read_line(self._client.masked(text)) if text.strip() else None
            if line is None:
                found.strange += bool(text.strip())
                continue
            if line.key in came:
                continue
            came[line.key] = self._counted(line.outcome, found)
            size += len(text)
            if len(came) >= _AT_ONCE or size >= _AT_ONCE_BYTES:
                found.strange += self._ledger.settle(batch.id, came)
                came, size = {}, 0
        found.strange += self._ledger.settle(batch.id, came)

    def _counted(self, outcome: Outcome | None, found: Collected) -> tuple[Outcome | None, float]:
        """The outcome with its price; none where it says nothing about this request but that no call can succeed."""
        if outcome is None:
            found.missing += 1
            return None, 0.0
        trouble = outcome.trouble
        if trouble is not None and not trouble.shape_refused:
            end = hopeless(trouble, self._settings, self._client.where)
            if end is not None:
                found.end = end
                return None, 0.0
        usage = outcome.usage
        return outcome, (self._price(usage) or 0.0) if usage is not None else 0.0
