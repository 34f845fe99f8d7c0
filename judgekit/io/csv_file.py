"""CSV and its relatives: the delimiter found by the header, one record in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from judgekit.errors import UserError
from judgekit.io.csv_text import Record, records
from judgekit.io.mapping import check_columns, likely_columns
from judgekit.io.rows import Row

DELIMITERS = (",", "\t", ";", "|")
"""What may stand between values, in the order tried."""


def read_csv(path: Path, name: str, mapping: Mapping[str, str]) -> Iterator[Row]:
    """The records below the header, each as an object by column.

    Args:
        path: the file.
        name: what to call it in messages.
        mapping: which columns are needed.

    Raises:
        UserError: the header cannot be read or lacks a column.
    """
    with path.open("rb") as stream:
        head = stream.readline()
        # A quoted column name may hold a newline; a name longer than this is not one.
        more = stream.read(1 << 16) if head.count(b'"') % 2 else b""
        delimiter = find_delimiter(head + more, mapping)
        stream.seek(0)
        rows = records(stream, delimiter)
        header = next(rows, Record(1, []))
        columns = _columns(header, name, mapping)
        for record in rows:
            if record.problem or len(record.fields) != len(columns):
                problem = f"wanted {len(columns)} values as in the header, came {len(record.fields)}"
                yield Row(record.line, problem=record.problem or problem)
            else:
                yield Row(record.line, dict(zip(columns, record.fields, strict=True)))


def find_delimiter(head: bytes, mapping: Mapping[str, str]) -> str:
    r"""The delimiter under which the header has what is needed, else the one that gives most columns.

    >>> find_delimiter(b"id;prompt;response\n1;a,b,c,d;e\n", {})
    ';'
    """
    headers = {sign: next(records(BytesIO(head), sign), Record(1, [])).fields for sign in DELIMITERS}
    for sign, columns in headers.items():
        if likely_columns(map(str.strip, columns), mapping):
            return sign
    return max(DELIMITERS, key=lambda sign: len(headers[sign]))


def _columns(header: Record, name: str, mapping: Mapping[str, str]) -> list[str]:
    if header.problem:
        raise UserError(f"{name}, line {header.line} (the header): {header.problem}")
    if "\r" in "".join(header.fields):
        raise UserError(f"{name}: its lines end with a carriage return alone; save it with newlines")
    columns = [column.strip() or f"column {index}" for index, column in enumerate(header.fields, 1)]
    check_columns(columns, mapping, f"{name}, line {header.line} (the header)")
    twice = {column for column in columns if columns.count(column) > 1}
    if twice:
        raise UserError(f"{name}, line {header.line} (the header): column {min(twice)!r} stands twice; rename one")
    return columns
