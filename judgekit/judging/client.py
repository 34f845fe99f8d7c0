"""The model client: the only file that imports openai and instructor.

instructor gives the shape of a request (tools, response format, message texts) once per schema and mode, and the
messages of a re-ask; openai's client carries it, over aiohttp, through its low-level `post`. The retry loop is ours:
what a retry cannot help is not tried again, and every failed attempt is kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from random import Random
from time import monotonic
from typing import Any, Final

import aiohttp
import httpx2
import instructor
import openai
import orjson
from instructor.processing.response import handle_reask_kwargs, handle_response_model
from openai.types.chat import ChatCompletion

from judgekit.errors import CallError, UserError
from judgekit.judging.engines import Answered, Request
from judgekit.judging.manner import Manner
from judgekit.judging.prices import price_of
from judgekit.judging.reply import Message, NoAnswerError, parse, read_body
from judgekit.judging.schema import ReplySchema
from judgekit.judging.trouble import LostError, RefusedError, Trouble, Wire, pause_s, read_trouble
from judgekit.settings import PROVIDERS, Mode, Settings
from judgekit.verdict import Attempt, Failure, FailureKind, Usage

_MODES: Final[dict[Mode, instructor.Mode]] = {
    "json_schema": instructor.Mode.JSON_SCHEMA,
    "tools": instructor.Mode.TOOLS,
    "json": instructor.Mode.JSON,
    "md_json": instructor.Mode.MD_JSON,
}
_SYSTEM, _USER = "\x00system\x00", "\x00user\x00"
_AZURE_VERSION = "2024-10-21"
_CONNECT_S = 10.0
_SHORTEST_KEY = 8


class ModelClient:
    """An engine that speaks OpenAI's protocol; one per judge, used from one event loop."""

    def __init__(self, settings: Settings, *, concurrency: int = 32, wire: Wire | None = None) -> None:
        self._settings = settings
        self._wire = wire or _Http(settings, concurrency)
        self._price = price_of(settings)
        self._manner = Manner(settings)
        # A call that waits for a connection is not late: the time of an attempt begins when it has one.
        self._connections = asyncio.Semaphore(concurrency)
        self._shapes: dict[tuple[ReplySchema, Mode], dict[str, Any]] = {}
        self._random = Random()  # noqa: S311 — spreads retries, guards nothing

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt, after as many attempts as the settings allow.

        Raises:
            CallError: no answer came, or none that can be read; the failure lists the attempts.
            UserError: no call can succeed: the key is refused, the model is unknown, the account is empty.
        """
        failed: list[Attempt] = []
        used: Usage | None = None
        while True:
            wait_s: float | None = None
            async with self._connections:
                mode, parameters, started = self._manner.mode_for(request), self._manner.parameters, monotonic()
                try:
                    message = read_body(await self._wire.post(self._body(request, mode)))
                    if message.failure is None:
                        return self._answered(request, mode, message, monotonic() - started, failed)
                    used = message.usage
                    kind, detail, status, retried = message.failure, message.detail, 200, False
                except RefusedError as error:
                    trouble = error.trouble
                    if self._manner.adapted(trouble, mode, parameters, request):
                        continue
                    self._stop_where_hopeless(trouble)
                    kind, detail, status, retried = trouble.kind, trouble.message, trouble.status, trouble.retried
                    wait_s = trouble.retry_after_s
                except LostError as error:
                    kind, detail, status, retried = error.kind, str(error), None, True
                except NoAnswerError as error:
                    kind, detail, status, retried = "http_error", str(error), 200, True
            latency = round(monotonic() - started, 4)
            failed.append(Attempt(kind=kind, detail=detail, http_status=status, latency_s=latency))
            if not retried or len(failed) >= self._settings.max_attempts:
                failure = Failure(kind=kind, attempts=tuple(failed), detail=_cure(kind, detail, len(failed)))
                raise CallError(failure, used, self._price(used) if used else 0.0)
            await asyncio.sleep(pause_s(len(failed) - 1, wait_s, self._random))

    async def close(self) -> None:
        """The connections are closed."""
        await self._wire.close()

    def _body(self, request: Request, mode: Mode) -> dict[str, Any]:
        shape = self._shape(request.schema, mode)
        filled = [
            {**message, "content": message["content"].replace(_SYSTEM, request.system).replace(_USER, request.user)}
            for message in shape["messages"]
        ]
        body = {**shape, **self._manner.parameters, "messages": filled}
        if request.again is None:
            return body
        message, _ = request.again.answered.raw
        again = handle_reask_kwargs(
            kwargs={"messages": filled},
            mode=_MODES[mode],
            response=_completion(message, request.schema),
            exception=ValueError(request.again.complaint),
        )
        return {**body, "messages": again["messages"]}

    def _shape(self, schema: ReplySchema, mode: Mode) -> dict[str, Any]:
        """What instructor asks for, with placeholders for our two texts; worked out once per schema and mode."""
        if (schema, mode) not in self._shapes:
            placeholders = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
            _, shape = handle_response_model(schema.model, _MODES[mode], messages=placeholders)
            if mode == "json_schema":
                shape["response_format"]["json_schema"]["strict"] = True
            elif mode == "tools":
                shape["tools"][0]["function"]["strict"] = True
            self._shapes[schema, mode] = shape
        return self._shapes[schema, mode]

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

    def _stop_where_hopeless(self, trouble: Trouble) -> None:
        """Nothing, or the end of the run.

        Raises:
            UserError: no call can succeed.
        """
        settings, where = self._settings, self._wire.where
        said = f"HTTP {trouble.status}: {trouble.message}"
        if trouble.key_refused:
            variable = PROVIDERS[settings.provider].key_variable or "OPENAI_API_KEY"
            raise UserError(
                f"{where} refuses the API key ({said}); set the right one in {variable}, or in the variable that "
                "--api-key-env names"
            ) from None
        if 300 <= trouble.status < 400:
            raise UserError(f"{where} answers with a redirect (HTTP {trouble.status}): name its goal with --base-url")
        if trouble.out_of_money:
            raise UserError(f"{where}: the account has nothing left ({said}); top it up, then run again") from None
        if trouble.status == 404:
            raise UserError(
                f"{where} knows no model {settings.model!r} or no chat completions ({said}); check --judge and "
                "--base-url (which usually ends in /v1)"
            ) from None


class _Http:
    """The wire to a server: openai's client, over aiohttp."""

    def __init__(self, settings: Settings, concurrency: int) -> None:
        self._client = _open(settings, concurrency)
        self._timeout_s = settings.timeout_s
        self._key = settings.api_key.get_secret_value().encode()
        self.where = str(self._client.base_url).partition("?")[0].rstrip("/")

    async def post(self, body: Mapping[str, Any]) -> bytes:
        """The bytes of a chat completion: the one place through which every call goes."""
        call = asyncio.ensure_future(
            self._client.post(
                "/chat/completions",
                cast_to=httpx2.Response,
                content=orjson.dumps(body),
                options={"headers": {"Content-Type": "application/json"}},
            )
        )
        # The client's own time-out is for each read: a server that sends a byte now and then would never be late. And a
        # cancellation can get lost in the layers below: this one does not wait for it.
        try:
            await asyncio.wait((call,), timeout=self._timeout_s)
        finally:
            if not call.done():
                call.add_done_callback(_unheard)
                call.cancel()
        if not call.done():
            raise LostError("timeout", f"no answer within {self._timeout_s:g} s")
        try:
            response = call.result()
        except openai.APIStatusError as error:
            text = self._masked(error.response.content)
            raise RefusedError(read_trouble(error.status_code, text, error.response.headers)) from None
        except openai.APIConnectionError as error:
            raise _lost(error, self._timeout_s) from None
        return self._masked(response.content)

    def _masked(self, text: bytes) -> bytes:
        """What a server said, without the key that it may have quoted: nothing of it may reach a store."""
        return text.replace(self._key, b"****") if len(self._key) >= _SHORTEST_KEY else text

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.close()


def _open(settings: Settings, concurrency: int) -> openai.AsyncOpenAI:
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    shared: dict[str, Any] = {
        "api_key": settings.api_key.get_secret_value() or "none",
        "timeout": httpx2.Timeout(settings.timeout_s, connect=min(_CONNECT_S, settings.timeout_s / 2)),
        "max_retries": 0,
        # Transcripts go to the endpoint that was named, and to no other that it may point to.
        "http_client": openai.DefaultAioHttpClient(limits=limits, follow_redirects=False),
    }
    if settings.provider == "azure_openai":
        return openai.AsyncAzureOpenAI(
            azure_endpoint=settings.base_url or "",
            azure_deployment=settings.model,
            api_version=os.environ.get("OPENAI_API_VERSION") or _AZURE_VERSION,
            **shared,
        )
    return openai.AsyncOpenAI(base_url=settings.base_url, **shared)


def _completion(message: Message, schema: ReplySchema) -> ChatCompletion:
    """The message as a whole completion, which instructor reads: some servers leave out half of one."""
    said: dict[str, Any] = {"role": "assistant", "content": message.text}
    if message.call_id is not None:
        call = {"name": schema.model.__name__, "arguments": message.text}
        said["content"], said["tool_calls"] = None, [{"id": message.call_id, "type": "function", "function": call}]
    choice = {"index": 0, "finish_reason": "stop", "message": said}
    whole = {"id": "", "created": 0, "model": "", "object": "chat.completion", "choices": [choice]}
    return ChatCompletion.model_validate(whole)


def _unheard(call: asyncio.Future[Any]) -> None:
    """Nothing; how a call ends that nobody waits for any more is no news."""
    if not call.cancelled():
        call.exception()


def _lost(error: Exception, timeout_s: float) -> LostError:
    """Whether the server was too slow or not there at all."""
    cause = error.__cause__
    # The aiohttp transport reports a refused or broken connection as a time-out; what it was stands two causes down.
    root = cause.__cause__ if cause is not None else None
    gone = isinstance(root, aiohttp.ClientConnectionError) and not isinstance(root, TimeoutError)
    if isinstance(error, openai.APITimeoutError) and not gone:
        return LostError("timeout", f"no answer within {timeout_s:g} s")
    return LostError("connection", f"{type(root or cause or error).__name__}: {root or cause or error}"[:300])


def _cure(kind: FailureKind, detail: str, attempts: int) -> str:
    cures: dict[str, str] = {
        "truncated": "; allow longer replies with --max-tokens",
        "too_long": "; the transcript is longer than the judge's context: take a judge with a larger one",
    }
    counted = f" ({attempts} attempts)" if attempts > 1 else ""
    return f"{detail}{counted}{cures.get(kind, '')}"
