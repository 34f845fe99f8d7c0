"""A real inference server on loopback, llama.cpp's, with a tiny random model.

with LlamaServer() as server:
    client = openai.OpenAI(base_url=server.base_url, api_key="any")

It enforces `response_format` json_schema (so: instructor's JSON_SCHEMA mode; but not the bounds of a `number`), counts
tokens and gives log-probabilities. It does not enforce tool calls. What it says means nothing.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.tiny_gguf import write_tiny_gguf

STOPS_IN_S = 0.5


class LlamaServer:
    """llama.cpp's server, in a process that ends with this one.

    Args:
        model: A GGUF file; by default a tiny random one is written.
        context: Tokens of prompt and answer together, for each slot.
        slots: How many requests are served at once.
        threads: Of the engine.
        require_key: Another key gets a 401.
    """

    name = "tiny"
    """The model's name in replies."""

    def __init__(
        self,
        model: Path | None = None,
        *,
        context: int = 4096,
        slots: int = 2,
        threads: int = 1,
        require_key: str | None = None,
    ) -> None:
        self._model, self._context = model, context
        self._options = {"context": context, "slots": slots, "threads": threads, "key": require_key, "name": self.name}
        self.url = ""
        """The server's root, where `/health` is; empty while it is not running."""

    def __enter__(self) -> Self:
        """Start the engine and wait until it answers.

        Raises:
            RuntimeError: The engine could not load the model; its own words are on standard error.
        """
        self._folder = tempfile.TemporaryDirectory()
        model = self._model or write_tiny_gguf(Path(self._folder.name) / "tiny.gguf", context=self._context)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("llama_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**self._options, "model": str(model)}) + "\n")
        self._process.stdin.flush()
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self.stop()
            raise RuntimeError(f"llama.cpp could not serve {model}: is it a GGUF file that this version can load?")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process, whatever is in flight."""
        self.url = ""
        with self._process:  # closes the pipes and waits
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(STOPS_IN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._folder.cleanup()

    @property
    def base_url(self) -> str:
        """The address for `OpenAI(base_url=…)`."""
        return f"{self.url}/v1"
