"""A GGUF file as the judge: llama.cpp in this process, reached over loopback by the same client."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from judgekit.errors import UserError
from judgekit.judging.client import ModelClient
from judgekit.judging.engines import Answered, Request
from judgekit.settings import Settings

_CONTEXT_TOKENS = 16_384
_REPLY_TOKENS = 2_048


class LocalEngine:
    """Starts the engine on the first prompt; one prompt at a time, the others wait."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: Any = None
        self._client: ModelClient | None = None
        self._starting = asyncio.Lock()

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt; the schema is enforced by grammar."""
        async with self._starting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._start)
        return await self._client.ask(request)

    async def close(self) -> None:
        """The engine has stopped and its memory is free."""
        if self._client is not None:
            await self._client.close()
        self._client = self._server = None

    def _start(self) -> ModelClient:
        try:
            import xllamacpp
        except ImportError:
            raise UserError(
                "judge local/… needs the extra `local`: pip install 'llm-judgekit[local]', or reach a server of your "
                "own with --judge openai/MODEL --base-url URL"
            ) from None
        parameters = xllamacpp.CommonParams()
        parameters.model.path = self._settings.model
        parameters.n_ctx = _CONTEXT_TOKENS
        parameters.n_parallel = 1
        parameters.verbosity = -1
        parameters.warmup = False
        threads = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        try:
            self._server = xllamacpp.Server(parameters)
        except Exception as error:  # noqa: BLE001 — the binding raises whatever C++ threw
            name = Path(self._settings.model).name
            raise UserError(f"llama.cpp cannot load {name}: {error}; wanted a GGUF model file") from None
        settings = replace(
            self._settings,
            base_url=f"{self._server.listening_address}/v1",
            mode="json_schema",
            max_tokens=self._settings.max_tokens or _REPLY_TOKENS,
        )
        return ModelClient(settings, concurrency=1)
