"""Logs of Inspect evaluations, `.eval` and `.json`: their samples one at a time, without Inspect installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from judgekit.errors import UserError
from judgekit.io.inspect_archive import Archive
from judgekit.io.inspect_sample import FIELDS, sample_row
from judgekit.io.json_cursor import JsonCursor
from judgekit.io.json_text import decode
from judgekit.io.jsonl import BOM
from judgekit.io.rows import Row

MOST_HELD: Final = 1 << 26
"""Bytes of one field of a sample, and of the facts about a log, that are held."""
MOST_STEPS: Final = 20_000_000
"""Brackets of a part that are gone through: more than a log of a gigabyte has, and some twenty seconds."""
STEPS_A_BYTE: Final = 4
"""Of a whole archive, so many more a packed byte: some times what logs have, and a file of many traps is soon done."""
# Texts of messages that stand apart: the events' texts and pictures are there too, and are by far the most.
_APART = re.compile(rb'"(?:text|content)":\s*"attachment://([0-9a-zA-Z]+)"')
_ABOUT: Final = ("task", "eval_id", "run_id", "created")


def read_inspect_log(path: Path, name: str) -> Iterator[Row]:
    """The samples as transcript rows in native form: in an `.eval` by epoch and id, in a `.json` as they stand.

    Args:
        path: the file.
        name: what to call it in messages.

    Raises:
        UserError: it is cut off, or no Inspect log; nothing in it can be read then.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == b"PK"
    return _read_archive(path, name) if packed else _read_json(path, name)


class _About:
    """What the log says of all its samples."""

    def __init__(self, header: Any, name: str) -> None:
        spec = header if isinstance(header, Mapping) else {}
        if not isinstance(model := spec.get("model"), str):
            raise UserError(f"{name}: this Inspect log names no model: wanted the key 'model' in its 'eval'")
        self.model = model
        self.log = {key: spec[key] for key in _ABOUT if spec.get(key) is not None}

    def row(self, number: int, read: _Read) -> Row:
        if read.problem:
            return Row(number, problem=read.problem, unit="sample")
        try:
            return Row(number, sample_row(read.sample, model=self.model, log=self.log), unit="sample")
        except ValueError as error:
            return Row(number, problem=str(error), unit="sample")


def _read_archive(path: Path, name: str) -> Iterator[Row]:
    with closing(Archive(path, name)) as archive:
        header = archive.header
        if header is None:
            raise UserError(f"{name} is a ZIP archive without header.json: wanted an Inspect log")
        try:
            with archive.open(header) as stream:
                about = _About(_member(JsonCursor(stream, most_steps=MOST_STEPS), "eval"), name)
        except ValueError as error:
            raise UserError(f"{name}: {header}: {error}") from None
        left: float = MOST_STEPS + STEPS_A_BYTE * path.stat().st_size
        for number, part in enumerate(archive.samples(), 1):
            most = min(MOST_STEPS, left)
            cursor = JsonCursor(BytesIO(), most_steps=most)
            try:
                with archive.open(part) as stream:
                    cursor = JsonCursor(stream, most_steps=most)
                    read = _sample(cursor)
                    cursor.finish()
                row = about.row(number, read)
            except ValueError as error:
                row = Row(number, problem=f"{part!r}: {error}", unit="sample")
            left -= most - cursor.steps_left
            yield row


def _read_json(path: Path, name: str) -> Iterator[Row]:
    """Two passes, for nothing says that the log's facts stand before its samples; the first ends at the facts."""
    try:
        with path.open("rb") as stream:
            about = _About(_member(_begun(stream), "eval"), name)
        with path.open("rb") as stream:
            cursor = _begun(stream)
            for member in cursor.members():
                if member == "samples" and cursor.sign() == "[":
                    for number, _ in enumerate(cursor.elements(), 1):
                        yield about.row(number, _sample(cursor))
            cursor.finish()
    except ValueError as error:
        raise UserError(f"{name}: {error}; what follows cannot be read") from None


def _begun(stream: Any) -> JsonCursor:
    if stream.read(len(BOM)) != BOM:
        stream.seek(0)
    return JsonCursor(stream)


def _member(cursor: JsonCursor, wanted: str) -> Any:
    """One member of the object here; None where it has none."""
    for member in cursor.members():
        if member == wanted:
            return decode(cursor.take(MOST_HELD))
    return None


class _Read(NamedTuple):
    """A sample, or why it could not be read."""

    sample: Any
    problem: str = ""


def _sample(cursor: JsonCursor) -> _Read:
    """The fields of the sample here that are wanted; a field that is broken or too large spoils no other sample.

    Raises:
        ValueError: where it ends cannot be told.
    """
    if cursor.sign() != "{":
        return _Read(decode(cursor.take(MOST_HELD)))
    fields: dict[str, Any] = {}
    apart: set[str] = set()
    problems: list[str] = []

    def hold(held: dict[str, Any], name: str) -> None:
        try:
            data = cursor.take(MOST_HELD)
            held[name] = decode(data)
            apart.update(key.decode() for key in _APART.findall(data))
        except ValueError as error:
            problems.append(f"{name}: {error}")

    for member in cursor.members():
        if member == "attachments" and "messages" in fields and cursor.sign() == "{":
            held = fields[member] = {}
            for key in cursor.members():
                if key in apart:
                    hold(held, key)
        elif member in FIELDS:
            hold(fields, member)
    return _Read(fields, *problems[:1])
