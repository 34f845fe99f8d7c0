"""The wire to a server: openai's client over aiohttp, through its low-level `post`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
import openai
import orjson

from judgekit.judging.trouble import Carried, LostError, RefusedError, read_trouble
from judgekit.settings import Settings

_AZURE_VERSION = "2024-10-21"
_CONNECT_S = 10.0
_SHORTEST_KEY = 8


class HttpWire:
    """Every call goes through its one `post`; connections are kept for the next one."""

    def __init__(self, settings: Settings, concurrency: int) -> None:
        self._client = open_client(settings, concurrency)
        self._timeout_s = settings.timeout_s
        self._key = settings.api_key.get_secret_value().encode()
        self.where = str(self._client.base_url).partition("?")[0].rstrip("/")

    async def post(self, body: Mapping[str, Any]) -> Carried:
        """A chat completion, with the headers that came with it."""
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
            raise RefusedError(
                read_trouble(error.status_code, text, error.response.headers), error.response.headers
            ) from None
        except openai.APIConnectionError as error:
            raise _lost(error, self._timeout_s) from None
        return Carried(self._masked(response.content), response.headers)

    def _masked(self, text: bytes) -> bytes:
        """What a server said, without the key that it may have quoted: nothing of it may reach a store."""
        return text.replace(self._key, b"****") if len(self._key) >= _SHORTEST_KEY else text

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.close()


def open_client(settings: Settings, concurrency: int) -> openai.AsyncOpenAI:
    """The client for a judge's endpoint, with a pool of so many connections; it retries nothing by itself."""
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
