"""The wire to a server: openai's client over aiohttp, through its low-level `post`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
import openai
import orjson

from judgekit.judging.deadline import Deadlines
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
        self._deadlines = Deadlines(settings.timeout_s)
        self._key = settings.api_key.get_secret_value().encode()
        self._path = _path(self._client)
        # Whole, for what is not given is copied from a default at every call.
        self._options: openai.RequestOptions = {
            "headers": {"Content-Type": "application/json"},
            "max_retries": 0,
            "timeout": self._client.timeout,
            "params": {},
            "security": {"bearer_auth": True, "admin_api_key_auth": True},
        }
        self.where = str(self._client.base_url).partition("?")[0].rstrip("/")

    async def post(self, body: Mapping[str, Any]) -> Carried:
        """A chat completion, with the headers that came with it."""
        try:
            # The client's own time-out is for each read: a server that sends a byte now and then would never be late.
            async with self._deadlines.begin():
                response = await self._client.post(
                    self._path,
                    cast_to=httpx2.Response,
                    content=orjson.dumps(body),
                    options=self._options,
                )
        except TimeoutError:
            raise LostError("timeout", f"no answer within {self._timeout_s:g} s") from None
        except openai.APIStatusError as error:
            text, headers = masked(error.response.content, self._key), error.response.headers
            raise RefusedError(read_trouble(error.status_code, text, headers)) from None
        except openai.APIConnectionError as error:
            raise lost(error, self._timeout_s) from None
        return Carried(masked(response.content, self._key), response.headers)

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.close()


def masked(text: bytes, key: bytes) -> bytes:
    """What a server said, without the key that it may have quoted: nothing of it may reach a store."""
    return text.replace(key, b"****") if len(key) >= _SHORTEST_KEY else text


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


def _path(client: openai.AsyncOpenAI) -> str:
    """Where to post; the whole address where it can be, so that it is not put together anew for each call."""
    plain = not isinstance(client, openai.AsyncAzureOpenAI) and not client.base_url.query
    return f"{str(client.base_url).rstrip('/')}/chat/completions" if plain else "/chat/completions"


def lost(error: Exception, timeout_s: float) -> LostError:
    """Whether the server was too slow or not there at all."""
    cause = error.__cause__
    # The aiohttp transport reports a refused or broken connection as a time-out; what it was stands two causes down.
    root = cause.__cause__ if cause is not None else None
    gone = isinstance(root, aiohttp.ClientConnectionError) and not isinstance(root, TimeoutError)
    if isinstance(error, openai.APITimeoutError) and not gone:
        return LostError("timeout", f"no answer within {timeout_s:g} s")
    return LostError("connection", f"{type(root or cause or error).__name__}: {root or cause or error}"[:300])
