"""The HTTP side of the test server: routes, keys, latency, broken connections, counts."""

import asyncio
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from tests.servers.answering import Answering
from tests.servers.batches import Batches
from tests.servers.faults import Fault, HTTPError, http_error
from tests.servers.replies import Answer, json_answer

BASE = r"(?:/v1|/openai/v1|/openai/deployments/(?P<deployment>[^/]+))"
OF_ACCOUNT = r"(?:/v1|/openai/v1|/openai)"
LARGEST_BODY = 64 * 2**20
Params = Mapping[str, str | None]


@dataclass(slots=True)
class Recorded:
    """A request as it came."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """Parsed JSON, or None."""
    at_s: float
    """time.monotonic() when it was read."""
    status: int | None = None
    """Of the reply; None while there is none, and where the connection was hung or reset."""


@dataclass(slots=True)
class Counts:
    """What the server has done so far."""

    calls: int = 0
    """Chat requests that came with a right key, whatever became of them."""
    repeated: int = 0
    """Chat requests whose body had come before, byte for byte."""
    active: int = 0
    """Requests being served now."""
    max_active: int = 0
    connections: int = 0
    """Open now."""
    max_connections: int = 0
    connections_opened: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    """Replies by HTTP status; "hang" and "reset" where there was none."""


class Wire:
    """Serves requests and counts them; counts may be read from other threads."""

    def __init__(
        self, answering: Answering, *, latency_ms: float, require_key: str | None, hang_s: float, record: int
    ) -> None:
        self.answering, self.latency_ms, self.require_key, self.hang_s = answering, latency_ms, require_key, hang_s
        self.requests: deque[Recorded] = deque(maxlen=record)
        self.counts = Counts()
        self.batches = batches = Batches(answering)
        self.errors: list[Exception] = []
        self.stopping = asyncio.Event()
        self.routes: list[tuple[str, re.Pattern[str], Callable[[bytes, Any, Params], Answer]]] = [
            ("POST", re.compile(f"{BASE}/chat/completions"), self._chat),
            ("GET", re.compile(f"{BASE}/models"), lambda *_: json_answer(answering.model_list())),
            ("POST", re.compile(f"{OF_ACCOUNT}/files"), batches.upload),
            ("GET", re.compile(f"{OF_ACCOUNT}/files/(?P<id>[^/]+)/content"), batches.content),
            ("POST", re.compile(f"{OF_ACCOUNT}/batches"), batches.create),
            ("GET", re.compile(f"{OF_ACCOUNT}/batches"), batches.list),
            ("GET", re.compile(f"{OF_ACCOUNT}/batches/(?P<id>[^/]+)"), batches.retrieve),
            ("POST", re.compile(f"{OF_ACCOUNT}/batches/(?P<id>[^/]+)/cancel"), batches.cancel),
            ("GET", re.compile("/stats"), lambda *_: json_answer(asdict(self.counts))),
        ]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        raw = await request.read()
        counts = self.counts
        counts.active += 1
        counts.max_active = max(counts.max_active, counts.active)
        try:
            answer, recorded = self._answer(request, raw)
            if self.latency_ms:
                await asyncio.sleep(self.latency_ms / 1000)
            outcome = answer.wire or str(answer.status)
            counts.statuses[outcome] = counts.statuses.get(outcome, 0) + 1
            if answer.wire == "hang":
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), self.hang_s)
            if answer.wire:
                return await _reset(request, answer)
            recorded.status = answer.status
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        finally:
            counts.active -= 1

    def _answer(self, request: web.BaseRequest, raw: bytes) -> tuple[Answer, Recorded]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        recorded = Recorded(request.method, request.path_qs, headers, None, time.monotonic())
        with suppress(orjson.JSONDecodeError):  # the route says so
            recorded.body = orjson.loads(raw)
        path = request.path
        if path != "/stats":
            self.requests.append(recorded)
        for method, pattern, respond in self.routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                params = {**request.query, **found.groupdict()}
                wrong = self._wrong_address_or_key(path, params, request.query, headers)
                try:
                    return self.answering.error(wrong) if wrong else respond(raw, recorded.body, params), recorded
                except Exception as error:  # noqa: BLE001  # a hook of the test failed: the test must see it
                    self.errors.append(error)
                    return self.answering.error(HTTPError(500, f"the test server failed: {error!r}")), recorded
        return self.answering.error(HTTPError(404, f"Invalid URL ({request.method} {path})")), recorded

    def _wrong_address_or_key(
        self, path: str, params: Params, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> HTTPError | None:
        if params.get("deployment") and "api-version" not in query:
            return HTTPError(404, "Resource not found", code="404")
        if self.require_key is None or path == "/stats":
            return None
        keys = [headers.get("authorization", "").removeprefix("Bearer ")]
        if path.startswith("/openai/"):
            keys.append(headers.get("api-key", ""))
        if self.require_key in keys:
            return None
        if path.startswith("/openai/"):
            return HTTPError(401, "Access denied due to invalid subscription key or wrong API endpoint.", code="401")
        return http_error(Fault("401"), model="", key=keys[0])

    def _chat(self, raw: bytes, body: Any, params: Params) -> Answer:
        self.counts.calls += 1
        answer = self.answering.chat(raw, body, deployment=params["deployment"])
        self.counts.repeated = self.answering.repeated
        return answer


class CountingServer(web.Server):
    """aiohttp's low-level server, with counts of its connections and room for long prompts."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.handle, request_factory=self._request, handler_cancellation=True, access_log=None)
        self._counts = wire.counts

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._counts.connections += 1
        self._counts.connections_opened += 1
        self._counts.max_connections = max(self._counts.max_connections, self._counts.connections)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        self._counts.connections -= 1
        super().connection_lost(handler, exc)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)


async def _reset(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Send half of the reply (nothing of a hung one), then reset the connection."""
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(answer.body)
    transport = request.transport
    if transport is not None:
        if answer.wire == "reset":
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
        linger = transport.get_extra_info("socket")
        linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends RST, not FIN
        transport.abort()
    return response
