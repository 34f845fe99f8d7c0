"""Output files of a batch: a line for each request, in any order; what is in them is not trusted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

from judgekit.running.openai_batch.outcome import Outcome

LONGEST_LINE = 16 << 20
"""Bytes: no answer of a judge comes near it."""
_KEY = re.compile(r"[0-9a-f]{32}")
_LATE = {
    "batch_expired": "the batch's time was over before this request was reached",
    "request_timeout": "the provider's call to the model timed out",
}
_NOT_RUN = "batch_cancelled"


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says about one request."""

    key: bytes
    outcome: Outcome | None
    """None: it was not run, because somebody cancelled the batch."""


async def lines(chunks: AsyncIterable[bytes], longest: int = LONGEST_LINE) -> AsyncIterator[bytes]:
    """The lines of a stream; one that is too long is left out, and never held as a whole."""
    held, skipping = bytearray(), False
    async for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if not skipping and len(held) + end - start <= longest:
                yield bytes(held) + chunk[start:end]
            held.clear()
            start, skipping = end + 1, False
        if skipping or len(held) + len(chunk) - start > longest:
            held.clear()
            skipping = True
        else:
            held += chunk[start:]
    if held:
        yield bytes(held)


def read_line(line: bytes) -> Line | None:
    """What a line says; None where it is none of ours or says nothing.

    >>> read_line(b'{"custom_id": "' + b"0" * 32 + b'", "response": {"status_code": 200, "body": 1}}').outcome.body
    1
    >>> read_line(b"[]") is None
    True
    """
    try:
        said = orjson.loads(line)
    except ValueError:
        return None
    name = said.get("custom_id") if isinstance(said, dict) else None
    if not isinstance(name, str) or not _KEY.fullmatch(name):
        return None
    key = bytes.fromhex(name)
    error = said.get("error")
    if isinstance(error, dict) and error.get("code") == _NOT_RUN:
        return Line(key, None)
    outcome = _outcome(said.get("response"), error)
    return None if outcome is None else Line(key, outcome)


def _outcome(response: Any, error: Any) -> Outcome | None:
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code in _LATE:
        return Outcome(None, kind="timeout", said=_LATE[code])
    status = response.get("status_code") if isinstance(response, dict) else None
    # A bool is an int, and orjson writes integers of 64 bits at most.
    if type(status) is int and 100 <= status < 600 and not (status == 200 and error):
        return Outcome(status, response.get("body"))
    if error:
        return Outcome(500, {"error": error})
    return None
