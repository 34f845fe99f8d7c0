"""A GGUF file as the judge: llama.cpp in this process, asked by the same client without a wire between them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from judgekit.errors import UserError
from judgekit.judging.client import ModelClient
from judgekit.judging.engines import Answered, Request
from judgekit.judging.trouble import Carried, LostError, RefusedError, read_trouble
from judgekit.settings import Settings

_CONTEXT_TOKENS = 16_384
_REPLY_TOKENS = 2_048


class LocalEngine:
    """Loads the model on the first prompt; one prompt at a time, the others wait."""

    def __init__(self, settings: Settings) -> None:
        settings = replace(settings, mode="json_schema", max_tokens=settings.max_tokens or _REPLY_TOKENS)
        self._client = ModelClient(settings, concurrency=1, wire=_InProcess(settings))

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt; the schema is enforced by grammar."""
        return await self._client.ask(request)

    async def close(self) -> None:
        """The model's memory is free, once an answer that is being made has ended."""
        await self._client.close()


class _InProcess:
    """Calls the engine directly: stopping it while an HTTP request is in flight would hang the interpreter."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: Any = None
        self._busy: asyncio.Future[dict[str, Any]] | None = None
        # Not a daemon thread: leaving the interpreter while the engine runs would crash it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="judgekit-local")
        self.where = Path(settings.model).name

    async def post(self, body: Mapping[str, Any]) -> Carried:
        """A chat completion; the time of an attempt begins when model and engine are free for it."""
        loop = asyncio.get_running_loop()
        if self._server is None:
            self._server = await loop.run_in_executor(self._thread, _load, Path(self._settings.model))
        if self._busy is not None and not self._busy.done():
            await asyncio.wait((self._busy,))
        self._busy = loop.run_in_executor(self._thread, self._server.handle_chat_completions, dict(body))
        try:
            answer = await asyncio.wait_for(asyncio.shield(self._busy), self._settings.timeout_s)
        except TimeoutError:
            raise LostError("timeout", f"no answer within {self._settings.timeout_s:g} s") from None
        except Exception as error:  # noqa: BLE001 — the binding raises whatever C++ threw
            raise LostError("http_error", f"{type(error).__name__}: {error}"[:300]) from None
        if "error" in answer:
            code = answer["error"].get("code")
            raise RefusedError(read_trouble(code if isinstance(code, int) else 500, orjson.dumps(answer), {}))
        return Carried(orjson.dumps(answer), {})

    async def close(self) -> None:
        """The model's memory is free."""
        await asyncio.to_thread(self._thread.shutdown)
        self._server = None


def _load(path: Path) -> Any:
    try:
        import xllamacpp
    except ImportError:
        raise UserError(
            "judge local/… needs the extra `local`: pip install 'llm-judgekit[local]', or reach a server of your own "
            "by the judge openai/MODEL and base_url="
        ) from None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.verbosity = -1
    parameters.warmup = False
    threads = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    try:
        server = xllamacpp.Server(parameters)
        # A server that is given up before it has begun to serve hangs for ever; once it has answered it has begun.
        server.handle_chat_completions({"messages": [{"role": "user", "content": "."}], "max_tokens": 1})
        return server
    except Exception as error:  # noqa: BLE001 — the binding raises whatever C++ threw
        raise UserError(f"llama.cpp cannot load {path.name}: {error}; wanted a GGUF model file") from None
