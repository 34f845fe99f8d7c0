"""What batches may cost: nothing is sent that could take a run beyond its budget."""

from __future__ import annotations

from judgekit.judging.prices import Price
from judgekit.running.guess import prompt_tokens
from judgekit.verdict import Usage

_REPLY_TOKENS = 1000
_ASCII = bytes(range(128))


class Purse:
    """Counts what requests may cost against a limit in US dollars."""

    def __init__(self, price: Price, limit_usd: float | None, max_tokens: int | None) -> None:
        """Nothing is spent yet.

        Args:
            price: of a request in a batch; known where there is a limit.
            limit_usd: what the judge may cost in this run; None: there is no limit.
            max_tokens: the limit of a reply, where the judge has one.
        """
        self._price, self._limit, self._reply = price, limit_usd, max_tokens or _REPLY_TOKENS
        self._spent = 0.0

    def begin(self, spent_usd: float) -> None:
        """So much is spent, or may be by what is under way."""
        self._spent = spent_usd

    def estimate(self, body: bytes) -> float:
        """US dollars that a request may cost; 0 where that is not known."""
        other = len(body.translate(None, _ASCII))
        sent = prompt_tokens(len(body) - other, other, 0.0, 1.0).high
        return self._price(Usage(prompt_tokens=round(sent), completion_tokens=self._reply)) or 0.0

    def take(self, estimate_usd: float) -> bool:
        """Whether there is room for a request; then it is counted."""
        if self._limit is not None and self._spent + estimate_usd > self._limit:
            return False
        self._spent += estimate_usd
        return True

    def not_sent(self, estimate_usd: float) -> str:
        """Why a request was not sent."""
        return (
            f"not sent: of a budget of ${self._limit or 0.0:.4g}, ${self._spent:.4g} are spent or may be by what was "
            f"sent, and this request may cost ${estimate_usd:.4g}; run again once that has come back, or raise it"
        )
