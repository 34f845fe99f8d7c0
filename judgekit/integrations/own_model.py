"""A harness's own model as the judge: its cache, limits and logs apply, and its event loop is used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson
from pydantic import JsonValue

from judgekit.judging.job import Plan, checked_job
from judgekit.judging.judge import judge_job
from judgekit.judging.trouble import Carried, LostError
from judgekit.question import Question
from judgekit.running.plans import Plans
from judgekit.settings import Mode, Settings
from judgekit.transcript import Transcript
from judgekit.verdict import Usage, Verdict

if TYPE_CHECKING:
    from judgekit.judging.engines import Engine
    from judgekit.running.batch import RubricLike

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a harness's model answered."""

    text: str
    """The reply's text."""
    finish: str = "stop"
    """OpenAI's words: `stop`, `length` for a reply that was cut, `content_filter`."""
    usage: Usage = field(default_factory=Usage)
    """Tokens, where the harness counts them."""


Send = Callable[[Mapping[str, Any]], Awaitable[Said]]
"""From the body of an OpenAI chat request (model, messages, in mode json_schema response_format) to the answer."""


class OwnModel:
    """A judge whose calls a harness makes; it retries nothing, for harnesses do."""

    def __init__(
        self, name: str, send: Send, *, mode: Mode = "md_json", parameters: Mapping[str, object] | None = None
    ) -> None:
        """A judge; nothing is called yet.

        Args:
            name: `harness/model`, for verdicts and fingerprints.
            send: makes one call. What it raises is recorded as a failure of that verdict.
            mode: `md_json` puts the schema into the prompt, which every model can read; `json_schema` asks for it.
            parameters: what else could change an answer, such as a temperature: part of every fingerprint, and of the
                body that `send` is given.
        """
        provider, _, model = name.partition("/")
        self.settings = Settings(
            provider=provider, model=model, mode=mode, max_attempts=1, extra=dict(parameters or {})
        )
        self._send = send
        self._plans = Plans(self.settings)
        self._engines: WeakKeyDictionary[asyncio.AbstractEventLoop, Engine] = WeakKeyDictionary()

    def plan(self, rubric: RubricLike) -> Plan:
        """The rubric compiled for this judge, once."""
        return self._plans.of(rubric)

    async def ascore(
        self,
        transcript: Transcript,
        rubric: RubricLike,
        *,
        inputs: Mapping[str, JsonValue] | None = None,
        question: Question | None = None,
        record_missing: bool = False,
    ) -> Verdict:
        """The verdict on one transcript, as `Judge.ascore` gives it, made on the caller's event loop."""
        job = checked_job(transcript, self.plan(rubric), question, inputs, record_missing=record_missing)
        return await judge_job(job, self._engine())

    def _engine(self) -> Engine:
        """The engine of the running loop: its locks belong to one loop."""
        from judgekit.judging.client import ModelClient

        loop = asyncio.get_running_loop()
        if loop not in self._engines:
            self._engines[loop] = ModelClient(self.settings, concurrency=_AT_ONCE, wire=_SendWire(self._send))
        return self._engines[loop]


class _SendWire:
    """Carries a request by a function, and gives its answer the form of a chat completion."""

    where = "the harness's model"

    def __init__(self, send: Send) -> None:
        self._send = send

    async def post(self, body: Mapping[str, Any]) -> Carried:
        """A chat completion.

        Raises:
            LostError: the harness raised.
        """
        try:
            said = await self._send(body)
        except Exception as error:  # noqa: BLE001 — a harness raises what its providers raise
            late = isinstance(error, TimeoutError)
            raise LostError("timeout" if late else "http_error", f"{type(error).__name__}: {error}"[:300]) from None
        message = {"role": "assistant", "content": said.text}
        usage = said.usage
        completion = {
            "choices": [{"index": 0, "finish_reason": said.finish, "message": message}],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            },
        }
        return Carried(orjson.dumps(completion), {})

    async def close(self) -> None:
        """Nothing is held."""
