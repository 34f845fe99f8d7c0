"""JSON Lines: one JSON object a line, one line in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from judgekit.io.json_text import decode
from judgekit.io.rows import Row

BOM = b"\xef\xbb\xbf"
"""A byte order mark in UTF-8."""


def read_jsonl(path: Path) -> Iterator[Row]:
    """The rows in file order; blank lines are passed over."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if number == 1:
                line = line.removeprefix(BOM)
            try:
                yield Row(number, orjson.loads(line))
            except orjson.JSONDecodeError:
                line = line.rstrip(b"\r\n")
                if line.strip():
                    yield _slowly(number, line)


def _slowly(number: int, line: bytes) -> Row:
    try:
        return Row(number, decode(line))
    except ValueError as error:
        return Row(number, problem=str(error))
