"""Files of labels and scores: what form they are in, and the header of a table with the columns that are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from itertools import islice
from os import PathLike
from typing import Literal

from judgekit.errors import UserError
from judgekit.io.csv_file import DELIMITERS
from judgekit.io.csv_text import Record, records
from judgekit.io.json_text import decode
from judgekit.io.jsonl import BOM
from judgekit.io.mapping import no_column
from judgekit.io.source import Input, cannot_read, open_inputs

Form = Literal["csv", "json", "jsonl"]
_HEAD = 1 << 16
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def open_table(path: str | PathLike[str], what: str) -> tuple[Input, Form]:
    """The file, and its form by its first bytes; its suffix does not count.

    Args:
        path: the path, or `-` for standard input.
        what: what it holds, for messages: `labels` or `scores`.

    Raises:
        UserError: there is no such file, it is empty, or in a form that is not read.
    """
    file = open_inputs(path, what=what)[0]
    wanted = f"wanted {what} as CSV with a header, or as JSON Lines"
    try:
        with file.path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise cannot_read(file.name, error) from None
    text = head.removeprefix(BOM).lstrip()
    if not text:
        raise UserError(f"{file.name} is empty; {wanted}")
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            raise UserError(f"{file.name} is packed with {name}: unpack it first, or pipe it in as '-'")
    if head.startswith(b"PK\x03\x04"):
        raise UserError(
            f"{file.name} is a workbook of a spreadsheet, or another ZIP archive; save the sheet as CSV UTF-8"
        )
    if head.startswith(b"PAR1"):
        raise UserError(f"{file.name} is Parquet; {wanted}")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{file.name} is UTF-16; save it as UTF-8")
    if b"\0" in head[:4]:  # further on it may be a character of a text
        raise UserError(f"{file.name} is binary, or UTF-16 without a mark; {wanted}")
    return file, _form(text)


def _form(text: bytes) -> Form:
    if text[:1] == b"[":
        return "json"
    if text[:1] != b"{":
        return "csv"
    # One object a line, or one over many lines, whose second line does not begin with a brace?
    line, _, rest = text.partition(b"\n")
    return "jsonl" if rest.lstrip(b"\r\n")[:1] in (b"", b"{") or _is_json(line) else "json"


def _is_json(line: bytes) -> bool:
    try:
        decode(line)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header has been read."""

    name: str
    """What to call the file in messages."""
    line: int
    """The line of the header."""
    columns: tuple[str, ...]
    """The header, without blanks around the names."""
    delimiter: str
    """What stands between values."""

    def place(self, field: str, mapping: Mapping[str, str]) -> int:
        """Where a field's column stands; -1 where there is none and the user named none.

        Raises:
            UserError: the user named one, and it is not there.
        """
        name = mapping.get(field, field)
        if name in self.columns:
            return self.columns.index(name)
        if field in mapping:
            self.refuse(field, mapping)
        return -1

    def refuse(self, field: str, mapping: Mapping[str, str], hint: str = "") -> None:
        """Say that a column is missing.

        Raises:
            UserError: always.
        """
        missing = no_column(field, mapping.get(field, field), self.columns)
        raise UserError(f"{self.name}, line {self.line} (the header): {missing}{hint}")

    def matching(self, pattern: str) -> list[int]:
        """The columns whose names fit a pattern with `*` and `?`."""
        return [place for place, name in enumerate(self.columns) if fnmatchcase(name, pattern)]


def read_header(file: Input, wanted: Iterable[str]) -> Table:
    """The header of a table.

    Args:
        file: the file.
        wanted: names of columns by which the delimiter is found: the one that parts most of them.

    Raises:
        UserError: it cannot be read, or has a name twice.
    """
    with file.path.open("rb") as stream:
        head = stream.readline(_HEAD)
        # A quoted name may hold a newline.
        head += stream.read(_HEAD) if head.count(b'"') % 2 else b""
    headers = {sign: next(records(BytesIO(head), sign), Record(1, [])) for sign in DELIMITERS}
    names = frozenset(wanted)

    def fits(sign: str) -> tuple[int, int]:
        columns = headers[sign].fields
        return len(names.intersection(map(str.strip, columns))), len(columns)

    delimiter = max(DELIMITERS, key=fits)
    return _table(headers[delimiter], file.name, delimiter)


def read_records(file: Input, table: Table) -> Iterator[Record]:
    """The records below the header, without those whose values are all empty.

    Raises:
        UserError: one cannot be read, or has more or fewer values than the header.
    """
    with file.path.open("rb") as stream:
        for record in islice(records(stream, table.delimiter), 1, None):
            if record.problem:
                raise UserError(f"{file.name}, line {record.line}: {record.problem}")
            if not any(record.fields):
                continue
            if len(record.fields) != len(table.columns):
                came = f"wanted {len(table.columns)} values as in the header, came {len(record.fields)}"
                raise UserError(f"{file.name}, line {record.line}: {came}")
            yield record


def _table(header: Record, name: str, delimiter: str) -> Table:
    where = f"{name}, line {header.line} (the header)"
    if header.problem:
        raise UserError(f"{where}: {header.problem}")
    if "\r" in "".join(header.fields):
        raise UserError(f"{name}: its lines end with a carriage return alone; save it with newlines")
    columns = tuple(column.strip() or f"column {index}" for index, column in enumerate(header.fields, 1))
    often, count = Counter(columns).most_common(1)[0]
    if count > 1:
        raise UserError(f"{where}: column {often!r} stands twice; rename one")
    return Table(name, header.line, columns, delimiter)


def check_fields(mapping: Mapping[str, str], fields: tuple[str, ...], what: str) -> dict[str, str]:
    """The mapping, where every key is a field and every value a name.

    Raises:
        UserError: a key is unknown, or a value is empty or not text.
    """
    for field, name in mapping.items():
        if field not in fields:
            raise UserError(f"--map: {field!r} is not a field of {what}; fields are {', '.join(fields)}")
        if not isinstance(name, str) or not name:
            raise UserError(f"--map: wanted the name of a column for {field!r}, came {name!r}")
    return dict(mapping)
