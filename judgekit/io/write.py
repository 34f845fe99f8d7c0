"""Transcripts as JSON Lines in native form, which `load_transcripts` reads back exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, Literal

import orjson
from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.io.json_text import tidy
from judgekit.transcript import Transcript


def transcript_row(transcript: Transcript) -> dict[str, JsonValue]:
    """The transcript as a row that `load_transcripts` reads back; what is empty and optional is left out.

    >>> list(transcript_row(Transcript.from_text("Is water wet?", "Yes.")))
    ['id', 'question_id', 'label', 'messages', 'metadata', 'provenance', 'sha256']
    """
    row = transcript.model_dump(mode="python", exclude_none=True)
    row["messages"] = [
        {key: value for key, value in message.items() if key != "tool_calls" or value} for message in row["messages"]
    ]
    row["metadata"] = tidy(transcript.metadata)
    return row


def write_transcripts(transcripts: Iterable[Transcript], stream: BinaryIO, format: Literal["jsonl"] = "jsonl") -> int:
    """How many transcripts were written, one JSON object a line.

    Args:
        transcripts: what to write; read one at a time.
        stream: open for bytes.
        format: `jsonl` is the only one.

    Raises:
        UserError: the format is another.
    """
    if format != "jsonl":
        raise UserError(f"transcripts are written as 'jsonl', not as {format!r}")
    count = 0
    for transcript in transcripts:
        stream.write(orjson.dumps(transcript_row(transcript)) + b"\n")
        count += 1
    return count
