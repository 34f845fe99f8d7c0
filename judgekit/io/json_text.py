"""One JSON text as a Python value, and any value as plain JSON that can be stored and written again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import orjson
from pydantic import JsonValue

from judgekit.noun import mend_surrogates

MAX_DEPTH = 50
"""Levels of nesting that are kept; far above what transcripts need, far below what breaks a writer."""


def decode(data: bytes) -> Any:
    r"""The value of one JSON text; NaN and Infinity, which Python writes and JSON does not know, are None.

    Raises:
        ValueError: it is not UTF-8, not JSON, or nested too deeply; the message is one line, without the place.

    >>> decode(b'{"a": NaN, "b": "\\ud83d"}')["a"] is None
    True
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _decode_slowly(data)


def _decode_slowly(data: bytes) -> Any:
    # orjson refuses lone surrogates, NaN and numbers beyond a double; the standard library reads them.
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(not_utf8(data, error.start)) from None
    try:
        return json.loads(text, parse_constant=lambda name: None)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if error.lineno == 1 else f"its line {error.lineno}, column {error.colno}"
        raise ValueError(f"not JSON: {error.msg.removesuffix(' at')} at {place}") from None
    except ValueError:
        raise ValueError("not JSON that can be read: a number has too many digits") from None


def not_utf8(data: bytes, at: int) -> str:
    r"""What to say of the byte that is not UTF-8.

    >>> not_utf8(b"caf\xe9", 3)
    'not UTF-8: byte 0xe9 at place 4; save the file as UTF-8'
    """
    return f"not UTF-8: byte 0x{data[at]:02x} at place {at + 1}; save the file as UTF-8"


def tidy(value: Any, *, depth: int = MAX_DEPTH) -> JsonValue:
    """The value as plain JSON: surrogates mended, whole numbers beyond 64 bits as text, NaN as None, dates as ISO text.

    Raises:
        ValueError: it is nested more than `depth` levels deep.

    >>> tidy({"n": 2**70, "when": date(2026, 1, 2), 3: float("nan")})
    {'n': '1180591620717411303424', 'when': '2026-01-02', '3': None}
    """
    if isinstance(value, str):
        return str(mend_surrogates(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping | list | tuple):
        if depth == 0:
            raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, Mapping):
            return {str(mend_surrogates(str(key))): tidy(item, depth=depth - 1) for key, item in value.items()}
        return [tidy(item, depth=depth - 1) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(mend_surrogates(str(value)))
