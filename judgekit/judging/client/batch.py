"""Files and batches at a provider: openai's client carries them, and what comes back is read without trust."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

import httpx2
import openai
import orjson

from judgekit.judging.client.wire import lost, masked, open_client
from judgekit.judging.reply import NoAnswerError
from judgekit.judging.trouble import LostError, RefusedError, read_trouble
from judgekit.settings import Settings

T = TypeVar("T")

_UPLOAD_S = 600.0
"""A file of 190 MB takes its time; so long may pass between two of its bytes."""
_PAGE = 100
_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch as its provider describes it."""

    id: str
    status: str
    """validating, failed, in_progress, finalizing, completed, expired, cancelling or cancelled."""
    input_file: str
    tag: str
    """The name that we gave it; '' where it has none."""
    files: tuple[str, ...]
    """What came back: the file of answers and the file of errors, each where there is one."""
    answered: int
    """Requests that are through, those with an error included."""
    errors: tuple[tuple[str, str], ...]
    """Code and message of what is wrong with the batch as a whole."""


class BatchClient:
    """The provider's side of batches; used from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings, _CONNECTIONS)
        self._timeout_s = settings.timeout_s
        self._key = settings.api_key.get_secret_value().encode()
        azure = settings.provider == "azure_openai"
        self.url = "/chat/completions" if azure else "/v1/chat/completions"
        """What each request asks for, as the provider wants it named."""
        base = settings.base_url if azure else str(self._client.base_url)
        self.where = str(base).partition("?")[0].rstrip("/")
        """The endpoint, for messages."""

    async def upload(self, name: str, file: BinaryIO) -> str:
        """The provider's name for a file of requests, which is sent as a stream.

        Raises:
            RefusedError, LostError: as for every call here: the server's error, or no answer.
            NoAnswerError: as for every call here: the answer is not what was asked for.
        """
        said = await self._said(
            lambda: self._client.post(
                "/files",
                cast_to=httpx2.Response,
                body={"purpose": "batch"},
                files=[("file", (name, file, "application/jsonl"))],
                options={"headers": {"Content-Type": "multipart/form-data"}, "timeout": _UPLOAD_S},
            )
        )
        return _text(said, "id")

    async def create(self, file_id: str, tag: str, run: str) -> RemoteBatch:
        """The new batch over an uploaded file.

        Args:
            file_id: the provider's name for the file.
            tag: our own name, by which the batch is found again.
            run: the run's name, for people who look at the provider's list.
        """
        body = {
            "input_file_id": file_id,
            "endpoint": self.url,
            "completion_window": "24h",
            "metadata": {"judgekit_batch": tag, "judgekit_run": run[:512]},
        }
        return _batch(await self._said(lambda: self._client.post("/batches", cast_to=httpx2.Response, body=body)))

    async def retrieve(self, batch_id: str) -> RemoteBatch:
        """The batch as it is now."""
        path = f"/batches/{quote(batch_id, safe='')}"
        return _batch(await self._said(lambda: self._client.get(path, cast_to=httpx2.Response)))

    async def batches(self) -> AsyncIterator[RemoteBatch]:
        """All batches of the account, the newest first, a page at a time."""
        after: dict[str, Any] = {}
        while True:
            query = {"limit": _PAGE, **after}
            said = await self._said(
                lambda query=query: self._client.get(  # type: ignore[misc]
                    "/batches", cast_to=httpx2.Response, options={"params": query}
                )
            )
            page = said.get("data")
            found = [_batch(one) for one in page if isinstance(one, dict)] if isinstance(page, list) else []
            for batch in found:
                yield batch
            if not found or not said.get("has_more") or after.get("after") == found[-1].id:
                return
            after = {"after": found[-1].id}

    async def content(self, file_id: str) -> AsyncIterator[bytes]:
        """A file as a stream of pieces."""
        try:
            async with self._client.files.with_streaming_response.content(file_id) as response:
                async for piece in response.iter_bytes():
                    yield piece
        except openai.APIStatusError as error:
            await error.response.aread()
            text = self.masked(error.response.content)
            raise RefusedError(read_trouble(error.status_code, text, error.response.headers)) from None
        except openai.APIConnectionError as error:
            raise lost(error, self._timeout_s) from None
        except httpx2.HTTPError as error:  # in the middle of the stream
            raise LostError("connection", f"{type(error).__name__}: {error}"[:300]) from None

    def masked(self, text: bytes) -> bytes:
        """What a server said, without the key that it may have quoted: nothing of it may reach a store."""
        return masked(text, self._key)

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.close()

    async def _said(self, call: Callable[[], Awaitable[httpx2.Response]]) -> dict[str, Any]:
        try:
            response = await call()
        except openai.APIStatusError as error:
            text = self.masked(error.response.content)
            raise RefusedError(read_trouble(error.status_code, text, error.response.headers)) from None
        except openai.APIConnectionError as error:
            raise lost(error, self._timeout_s) from None
        text = self.masked(response.content)
        try:
            said = orjson.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NoAnswerError(f"the server's reply is not a JSON object: {text[:200]!r}")
        return said


def _batch(said: dict[str, Any]) -> RemoteBatch:
    counts, metadata, errors = (_dict(said.get(name)) for name in ("request_counts", "metadata", "errors"))
    listed = errors.get("data")
    files = (said.get("output_file_id"), said.get("error_file_id"))
    return RemoteBatch(
        id=_text(said, "id"),
        status=_text(said, "status"),
        input_file=str(said.get("input_file_id") or ""),
        tag=str(metadata.get("judgekit_batch") or ""),
        files=tuple(dict.fromkeys(file for file in files if isinstance(file, str) and file)),
        answered=sum(n for name in ("completed", "failed") if isinstance(n := counts.get(name), int) and n > 0),
        errors=tuple(
            (str(one.get("code") or ""), " ".join(str(one.get("message") or one).split())[:300])
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict)
        ),
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise NoAnswerError(f"the server's reply has no {name}: {orjson.dumps(said)[:200]!r}")
    return value
