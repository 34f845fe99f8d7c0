"""What `judgekit calibrate` is told by further files: a value for each transcript, and other judges."""

from __future__ import annotations

from typing import Any

from judgekit.errors import UserError


def column_of(path: str | None, column: str) -> dict[str, Any] | None:
    """A column of a table by transcript, as numbers, or as text for `stratum`; None without a table.

    Raises:
        UserError: the file cannot be read, has no such column, or a value is no number; a transcript has two values.
    """
    if path is None:
        return None
    from judgekit.io.table_file import open_table, read_header, read_records

    file, form = open_table(path, f"a table of transcript_id and {column}")
    if form != "csv":
        raise UserError(f"{file.name}: a table (CSV) of transcript_id and {column} was wanted; came {form}")
    names = ("transcript_id", column)
    table = read_header(file, names)
    places = [table.place(name, {}) for name in names]
    for name, place in zip(names, places, strict=True):
        if place < 0:
            raise UserError(f"{file.name}: wanted a column {name}; there are {', '.join(table.columns)}")
    found: dict[str, Any] = {}
    for record in read_records(file, table):
        transcript, text = (record.fields[place].strip() for place in places)
        if not text:
            continue
        value = text if column == "stratum" else _number(text, f"{file.name}, line {record.line}: {column}")
        if found.setdefault(transcript, value) != value:
            raise UserError(f"{file.name}, line {record.line}: {transcript!r} has a second {column}; keep one")
    return found


def _number(text: str, where: str) -> float:
    from judgekit.io.cells import is_number

    if not is_number(text):
        raise UserError(f"{where}: a number was wanted; came {text[:40]!r}")
    return float(text)


def judges(given: list[str]) -> dict[str, str]:
    """Other judges by name, from `NAME=RUN|SCORES`.

    Raises:
        UserError: a part has no `=`, or a name stands twice.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, path = (part.strip() for part in one.partition("="))
        if not (name and equals and path):
            raise UserError(f"--other: wanted NAME=RUN, such as second=other.db; came {one!r}")
        if name in found:
            raise UserError(f"--other: {name!r} is named twice; give each judge a name of its own")
        found[name] = path
    return found
