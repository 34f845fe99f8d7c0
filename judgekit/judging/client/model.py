"""The model client: what is asked, how often, and what became of it.

instructor gives the shape of a request and of a re-ask (`shape`), openai's client carries it (`wire`). The retry loop
is ours: what a retry cannot help is not tried again, and every failed attempt is kept.
"""

from __future__ import annotations

from copy import copy
from random import Random
from time import monotonic

from judgekit.errors import CallError
from judgekit.judging.client.shape import Shapes
from judgekit.judging.client.wire import HttpWire
from judgekit.judging.engines import Answered, Request
from judgekit.judging.hopeless import hopeless
from judgekit.judging.limiter import Limiter
from judgekit.judging.manner import Manner
from judgekit.judging.prices import Price, price_of
from judgekit.judging.reply import Message, NoAnswerError, parse, read_body
from judgekit.judging.trouble import LostError, RefusedError, Wire, pause_s
from judgekit.settings import Mode, Settings
from judgekit.verdict import Attempt, Failure, FailureKind, Usage


class ModelClient:
    """An engine that speaks OpenAI's protocol; one per judge, used from one event loop."""

    def __init__(self, settings: Settings, *, concurrency: int = 32, wire: Wire | None = None) -> None:
        self._settings = settings
        self._wire = wire or HttpWire(settings, concurrency)
        self._price = price_of(settings)
        self._manner = Manner(settings)
        # A call that waits for its turn is not late: the time of an attempt begins when it is sent.
        self._limiter = Limiter(concurrency, rpm=settings.rpm, tpm=settings.tpm)
        self._shapes = Shapes()
        self._random = Random()  # noqa: S311 — spreads retries, guards nothing

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt, after as many attempts as the settings allow.

        Raises:
            CallError: no answer came, or none that can be read; the failure lists the attempts.
            UserError: no call can succeed: the key is refused, the model is unknown, the account is empty.
            DeferredError: the run is to end before a call was made.
        """
        failed: list[Attempt] = []
        used: Usage | None = None
        size, paid = len(request.system) + len(request.user), request.again is not None
        while True:
            wait_s: float | None = None
            async with self._limiter.call(size, paid=paid) as call:
                mode, parameters = self._manner.mode_for(request), self._manner.parameters
                try:
                    carried = await self._wire.post(self._shapes.body(request, mode, parameters))
                    message = read_body(carried.body)
                    self._limiter.answered(call, message.usage, carried.headers)
                    if message.failure is None:
                        return self._answered(request, mode, message, monotonic() - call.sent, failed)
                    used = message.usage
                    kind, detail, status, retried = message.failure, message.detail, 200, False
                except RefusedError as error:
                    trouble = error.trouble
                    if self._manner.adapted(trouble, mode, parameters, request):
                        continue
                    if (end := hopeless(trouble, self._settings, self._wire.where)) is not None:
                        raise end from None
                    if trouble.kind == "rate_limited":
                        self._limiter.refused(call, trouble.retry_after_s)
                    kind, detail, status, retried = trouble.kind, trouble.message, trouble.status, trouble.retried
                    wait_s = trouble.retry_after_s
                except LostError as error:
                    kind, detail, status, retried = error.kind, str(error), None, True
                except NoAnswerError as error:
                    kind, detail, status, retried = "http_error", str(error), 200, True
            latency = round(monotonic() - call.sent, 4)
            failed.append(Attempt(kind=kind, detail=detail, http_status=status, latency_s=latency))
            if not retried or len(failed) >= self._settings.max_attempts:
                failure = Failure(kind=kind, attempts=tuple(failed), detail=_cure(kind, detail, len(failed)))
                raise CallError(failure, used, self._price(used) if used else 0.0)
            await self._limiter.pause(pause_s(len(failed) - 1, wait_s, self._random), paid=paid)

    async def close(self) -> None:
        """The connections are closed."""
        await self._wire.close()

    def _answered(
        self, request: Request, mode: Mode, message: Message, latency_s: float, failed: list[Attempt]
    ) -> Answered:
        parsed, problem = parse(message.text, request.schema.model, mode)
        if parsed is not None:
            self._manner.settle(mode)
        return Answered(
            reply=None if parsed is None else request.schema.read(parsed),
            problem=problem,
            raw=(message, mode),
            usage=message.usage,
            cost_usd=self._price(message.usage),
            latency_s=latency_s,
            attempts=tuple(failed),
            calls=1 + len(failed),
            flags=tuple(f"not_accepted_{name}" for name in self._manner.dropped),
        )

    def replaying(self, wire: Wire, door: Limiter, price: Price) -> ModelClient:
        """This client for one job, on a wire, through a door and at a price of its own; it learns for itself."""
        other = copy(self)
        other._wire, other._limiter, other._price = wire, door, price
        other._manner = Manner(self._settings)
        return other


def _cure(kind: FailureKind, detail: str, attempts: int) -> str:
    cures: dict[str, str] = {
        "truncated": "; allow longer replies with --max-tokens",
        "too_long": "; the transcript is longer than the judge's context: take a judge with a larger one",
    }
    counted = f" ({attempts} attempts)" if attempts > 1 else ""
    return f"{detail}{counted}{cures.get(kind, '')}"
