"""An OpenAI-compatible server on loopback that answers any JSON schema, and goes wrong on demand.

    with OpenAIServer(script=[{"level": 5}, Fault("429")]) as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="any")

As a process: python -m tests.servers.openai_server --port 0 --faults 429=0.1,500=0.05
"""

import argparse
import asyncio
import signal
import socket
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.servers.answering import Answering, Quotes
from tests.servers.batches import Batches
from tests.servers.faults import Fault, FaultKind, rates
from tests.servers.limits import RateLimit
from tests.servers.quotes import longest_json_string
from tests.servers.replies import Raw, Reply, Text
from tests.servers.wanted import MODES, Mode
from tests.servers.wire import CountingServer, Counts, Recorded, Wire

__all__ = ["Counts", "Fault", "OpenAIServer", "Raw", "Recorded", "Reply", "Text", "main"]


class OpenAIServer:
    """The server, in a thread and an event loop of its own.

    Args:
        port: 0 for any free one.
        seed: Answers depend on it and on the request alone.
        latency_ms: Before every reply.
        script: Replies to the first calls, in order; see `script()`.
        quotes: From a request's messages to the texts that quotations are cut from.
        faults: The share of calls at which each fault happens.
        models: The names that exist; None accepts any.
        supports: Modes that are not refused with a 400.
        ignores: Modes that are overlooked, as some servers do: the reply is as if the request had not asked.
        context_tokens: A longer prompt gets context_length_exceeded.
        require_key: Another key gets a 401.
        rpm, tpm: Requests, and tokens of prompts, a minute.
        burst_s: How many seconds of these limits may be used at once.
        hang_s: How long a hang lasts at most.
        record: How many requests are kept.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 7,
        latency_ms: float = 0.0,
        script: Iterable[Reply] = (),
        quotes: Quotes = longest_json_string,
        faults: Mapping[FaultKind, float] | None = None,
        models: Collection[str] | None = None,
        supports: Collection[Mode] = MODES,
        ignores: Collection[Mode] = (),
        context_tokens: int | None = None,
        require_key: str | None = None,
        rpm: float | None = None,
        tpm: float | None = None,
        burst_s: float = 1.0,
        hang_s: float = 60.0,
        record: int = 10_000,
    ) -> None:
        self._answering = Answering(
            seed=seed,
            script=script,
            quotes=quotes,
            faults=faults,
            models=models,
            supports=supports,
            ignores=ignores,
            context_tokens=context_tokens,
            limit=RateLimit(rpm=rpm, tpm=tpm, burst_s=burst_s),
        )
        self._wire = Wire(self._answering, latency_ms=latency_ms, require_key=require_key, hang_s=hang_s, record=record)
        self.port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> Self:
        """Listen and return; the port is open from here on. A stopped server is not started again: make another.

        Raises:
            OSError: The port is taken.
        """
        listening = socket.create_server(("127.0.0.1", self.port), backlog=2048)
        self.port = listening.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening, ready)), name="openai-server")
        self._thread.start()
        ready.wait()
        return self

    def stop(self) -> None:
        """End every request in flight, close every connection, and return when the thread has ended."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._wire.stopping.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if self._wire.errors and kind is None:
            raise self._wire.errors[0]

    def script(self, replies: Iterable[Reply]) -> None:
        """Answer the next calls with these, in order; then draw again.

        A reply is the object to answer with (dict or list), its JSON (str; it may be broken), Text, Raw, a Fault, or a
        function from the request's body to one of these.
        """
        self._answering.queue.extend(replies)

    @property
    def base_url(self) -> str:
        """The address for `OpenAI(base_url=…)`."""
        return f"{self.url}/v1"

    @property
    def url(self) -> str:
        """The address for `AzureOpenAI(azure_endpoint=…)`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Recorded]:
        """What came, oldest first."""
        return list(self._wire.requests)

    @property
    def calls(self) -> int:
        """How many chat requests came with a right key, whatever became of them."""
        return self._wire.counts.calls

    @property
    def counts(self) -> Counts:
        """Calls, replies by status, concurrency and connections; also served at `/stats`."""
        return self._wire.counts

    @property
    def batches(self) -> Batches:
        """Files and batches; its `rules` say how they go."""
        return self._wire.batches

    @property
    def latency_ms(self) -> float:
        """Before every reply; may be set at any time."""
        return self._wire.latency_ms

    @latency_ms.setter
    def latency_ms(self, value: float) -> None:
        self._wire.latency_ms = value

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        runner = web.ServerRunner(CountingServer(self._wire), shutdown_timeout=0.05)
        await runner.setup()
        try:
            await web.SockSite(runner, listening, backlog=2048).start()
        finally:
            ready.set()
        await self._wire.stopping.wait()
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; the first line of standard output is the base URL."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.openai_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--faults", type=rates, default={}, help="fault=rate,…")
    parser.add_argument("--port-file", type=Path, help="write the port here once it is open")
    parser.add_argument("--require-key")
    for name, kind in (("--rpm", float), ("--tpm", float), ("--context-tokens", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--record", type=int, default=0, help="how many requests to keep")
    options = vars(parser.parse_args(arguments))
    port_file: Path | None = options.pop("port_file")
    with OpenAIServer(**options) as server:
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        if port_file:
            half = port_file.with_suffix(".half")
            half.write_text(str(server.port))
            half.replace(port_file)
        print(server.base_url, flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
