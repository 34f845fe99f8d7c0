"""The model client: the only file that imports openai and instructor.

instructor gives the shape of a request (tools, response format, message texts) once per schema and mode, and the
messages of a re-ask; openai's client carries it, over aiohttp, through its low-level `post`. The retry loop is ours:
what a retry cannot help is not tried again, and every failed attempt is kept.
"""

from __future__ import annotations

import asyncio
import os
from random import Random
from time import monotonic
from typing import Any, Final

import httpx2
import instructor
import openai
import orjson
from instructor.processing.response import handle_reask_kwargs, handle_response_model
from openai.types.chat import ChatCompletion

from judgekit.errors import CallFailed, UserError
from judgekit.judging.engines import Answered, Request
from judgekit.judging.prices import price_of
from judgekit.judging.reply import Message, NoAnswerError, parse, read_body
from judgekit.judging.schema import ReplySchema
from judgekit.judging.trouble import Trouble, pause_s, read_trouble
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


class ModelClient:
    """An engine that speaks OpenAI's protocol; one per judge, used from one event loop."""

    def __init__(self, settings: Settings, *, concurrency: int = 32) -> None:
        self._settings = settings
        self._client = _open(settings, concurrency)
        self._price = price_of(settings)
        self._mode: Mode = "json_schema" if settings.mode == "auto" else settings.mode
        self._parameters = _parameters(settings)
        self._dropped: tuple[str, ...] = ()
        self._shapes: dict[tuple[ReplySchema, Mode], dict[str, Any]] = {}
        self._random = Random()  # noqa: S311 — spreads retries, guards nothing

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt, after as many attempts as the settings allow.

        Raises:
            CallFailed: no answer came, or none that can be read; the failure lists the attempts.
            UserError: no call can succeed: the key is refused, the model is unknown, the account is empty.
        """
        failed: list[Attempt] = []
        used: Usage | None = None
        while True:
            mode, started = self._mode_for(request), monotonic()
            wait_s: float | None = None
            try:
                body = await self._post(self._body(request, mode))
                completion, message = read_body(body)
                if message.failure is None:
                    return self._answered(request, mode, completion, message, monotonic() - started, failed)
                used = message.usage
                kind, detail, status, retried = message.failure, message.detail, 200, False
            except openai.APIStatusError as error:
                trouble = read_trouble(error.status_code, error.body, error.response.headers, error.response.text)
                if self._adapted(trouble, mode):
                    continue
                self._stop_where_hopeless(trouble)
                kind, detail, status, retried = trouble.kind, trouble.message, trouble.status, trouble.retried
                wait_s = trouble.retry_after_s
            except openai.APIConnectionError as error:
                kind, detail, status, retried = *_broken(error, self._settings), None, True
            except NoAnswerError as error:
                kind, detail, status, retried = "http_error", str(error), 200, True
            latency = round(monotonic() - started, 4)
            failed.append(Attempt(kind=kind, detail=detail, http_status=status, latency_s=latency))
            if not retried or len(failed) >= self._settings.max_attempts:
                failure = Failure(kind=kind, attempts=tuple(failed), detail=_cure(kind, detail, len(failed)))
                raise CallFailed(failure, used, self._price(used) if used else 0.0)
            await asyncio.sleep(pause_s(len(failed) - 1, wait_s, self._random))

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.close()

    async def _post(self, body: dict[str, Any]) -> bytes:
        """The bytes of a chat completion: the one place through which every call goes."""
        response = await self._client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            content=orjson.dumps(body),
            options={"headers": {"Content-Type": "application/json"}},
        )
        return response.content

    def _body(self, request: Request, mode: Mode) -> dict[str, Any]:
        shape = self._shape(request.schema, mode)
        filled = [
            {**message, "content": message["content"].replace(_SYSTEM, request.system).replace(_USER, request.user)}
            for message in shape["messages"]
        ]
        body = {**shape, **self._parameters, "messages": filled}
        if request.again is None:
            return body
        completion, _ = request.again.answered.raw
        again = handle_reask_kwargs(
            kwargs={"messages": filled},
            mode=_MODES[mode],
            response=ChatCompletion.model_validate(completion),
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
        self,
        request: Request,
        mode: Mode,
        completion: dict[str, Any],
        message: Message,
        latency_s: float,
        failed: list[Attempt],
    ) -> Answered:
        parsed, problem = parse(message.text, request.schema.model, mode)
        if parsed is not None and self._settings.mode == "auto":
            self._mode = mode
        return Answered(
            reply=None if parsed is None else request.schema.read(parsed),
            problem=problem,
            raw=(completion, mode),
            usage=message.usage,
            cost_usd=self._price(message.usage),
            latency_s=latency_s,
            attempts=tuple(failed),
            flags=tuple(f"not_accepted_{name}" for name in self._dropped),
        )

    def _mode_for(self, request: Request) -> Mode:
        """The mode that works here; plain JSON for a re-ask after prose, where the server ignores the others."""
        if request.again is None or self._settings.mode != "auto":
            return self._mode
        answered = request.again.answered
        completion, mode = answered.raw
        prose = answered.reply is None and "{" not in read_body(orjson.dumps(completion))[1].text
        return "md_json" if prose else mode

    def _adapted(self, trouble: Trouble, mode: Mode) -> bool:
        """Whether the next call asks in another way, because the server does not know this one."""
        refused = trouble.parameter_refused
        if refused in self._parameters:
            value = self._parameters.pop(refused)
            if refused == "max_tokens":
                self._parameters["max_completion_tokens"] = value
            else:
                self._dropped = (*self._dropped, refused)
            return True
        if self._settings.mode != "auto" or not trouble.shape_refused or trouble.too_long:
            return False
        order = list(_MODES)
        if mode == order[-1]:
            return False
        if self._mode == mode:
            self._mode = order[order.index(mode) + 1]
        return True

    def _stop_where_hopeless(self, trouble: Trouble) -> None:
        """Nothing, or the end of the run.

        Raises:
            UserError: no call can succeed.
        """
        settings, where = self._settings, str(self._client.base_url).rstrip("/")
        if trouble.key_refused:
            variable = PROVIDERS[settings.provider].key_variable or "OPENAI_API_KEY"
            raise UserError(
                f"{where} refuses the API key (HTTP {trouble.status}: {trouble.message}); set the right one in "
                f"{variable}, or name its variable with --api-key-env"
            )
        if trouble.out_of_money:
            raise UserError(f"{where}: the account has nothing left ({trouble.message}); top it up, then run again")
        if trouble.status == 404:
            raise UserError(
                f"{where} knows no model {settings.model!r} or no chat completions (HTTP 404: {trouble.message}); "
                "check --judge and --base-url (which usually ends in /v1)"
            )


def _open(settings: Settings, concurrency: int) -> openai.AsyncOpenAI:
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    shared: dict[str, Any] = {
        "api_key": settings.api_key.get_secret_value() or "none",
        "timeout": settings.timeout_s,
        "max_retries": 0,
        "http_client": openai.DefaultAioHttpClient(limits=limits, timeout=settings.timeout_s),
    }
    if settings.provider == "azure_openai":
        return openai.AsyncAzureOpenAI(
            azure_endpoint=settings.base_url or "",
            azure_deployment=settings.model,
            api_version=os.environ.get("OPENAI_API_VERSION") or _AZURE_VERSION,
            **shared,
        )
    return openai.AsyncOpenAI(base_url=settings.base_url, **shared)


def _parameters(settings: Settings) -> dict[str, Any]:
    hosted = settings.provider in ("openai", "azure_openai") and settings.base_url is None
    limit = "max_completion_tokens" if hosted else "max_tokens"
    given = {"temperature": settings.temperature, "seed": settings.seed, limit: settings.max_tokens}
    return {
        "model": settings.model,
        **{name: value for name, value in given.items() if value is not None},
        **settings.extra,
    }


def _broken(error: openai.APIConnectionError, settings: Settings) -> tuple[FailureKind, str]:
    """Whether the server was too slow or not there at all."""
    cause = error.__cause__
    if isinstance(error, openai.APITimeoutError) and not isinstance(cause, httpx2.ConnectTimeout):
        return "timeout", f"no answer within {settings.timeout_s:g} s"
    return "connection", f"{type(cause or error).__name__}: {cause or error}"[:300]


def _cure(kind: FailureKind, detail: str, attempts: int) -> str:
    cures: dict[str, str] = {
        "truncated": "; allow longer replies with --max-tokens",
        "too_long": "; the transcript is longer than the judge's context: take a judge with a larger one",
    }
    counted = f" ({attempts} attempts)" if attempts > 1 else ""
    return f"{detail}{counted}{cures.get(kind, '')}"
