"""What format a file is in, by its first bytes and never by its suffix alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO

import orjson

from judgekit.errors import UserError
from judgekit.io.csv_file import find_delimiter
from judgekit.io.csv_text import Record, records
from judgekit.io.inspect_archive import is_inspect_archive
from judgekit.io.jsonl import BOM
from judgekit.io.mapping import likely_columns
from judgekit.io.markdown_outline import question_heading
from judgekit.io.readers import claiming_reader
from judgekit.io.source import Input, cannot_read

HEAD = 1 << 16
"""Bytes that are looked at."""
PLUGIN = "plug-in "
"""What the format of a plug-in's file begins with."""
WANTED = (
    "wanted Markdown with '## Question X1: title' headings, JSON Lines or JSON with messages or prompt and response, "
    "CSV with a header, Parquet, or an Inspect log"
)
INSPECT = "inspect"
"""The format of an Inspect log, `.eval` or `.json`."""
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def sniff(file: Input, mapping: Mapping[str, str]) -> str:
    """`markdown`, `jsonl`, `json`, `csv`, `parquet`, `inspect`, or `plug-in NAME`.

    Args:
        file: the file.
        mapping: the columns the user named, by which a table is told from prose.

    Raises:
        UserError: the file is empty, binary, packed, or in a form that nothing here reads.
    """
    try:
        with file.path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise cannot_read(file.name, error) from None
    if not head.removeprefix(BOM).strip():
        raise UserError(f"{file.name} is empty; {WANTED}")
    plugin = claiming_reader(head, file.path, file.name)
    if plugin is not None:
        return PLUGIN + plugin
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        if is_inspect_archive(file):
            return INSPECT
        raise UserError(f"{file.name} is a ZIP archive; {WANTED}")
    _refuse_binary(head, file)
    head = head.removeprefix(BOM).lstrip()
    if head[:1] in (b"{", b"["):
        return _sniff_json(head, file)
    if any(question_heading(line.removesuffix("\r")) for line in head.decode("utf-8", "replace").split("\n")):
        return "markdown"
    return _sniff_table(head, file, mapping)


def _refuse_binary(head: bytes, file: Input) -> None:
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            raise UserError(f"{file.name} is packed with {name}: unpack it first, or pipe it in as '-'")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{file.name} is UTF-16; save it as UTF-8")
    if b"\0" in head[:4]:  # further on it may be a character of a text
        raise UserError(f"{file.name} is binary, or UTF-16 without a mark; {WANTED}")


def _sniff_json(head: bytes, file: Input) -> str:
    start = head[:4096]
    if head[:1] == b"{" and all(key in start for key in (b'"version"', b'"status"', b'"eval"', b'"task"')):
        return INSPECT
    if head[:1] == b"[":
        return "json"
    line, _, rest = head.partition(b"\n")
    # One object a line, or an object over many lines, whose second line does not begin with a brace? A broken first
    # line must not hide that its file is JSON Lines.
    return "jsonl" if rest.lstrip(b"\r\n")[:1] in (b"", b"{") or _is_json(line) else "json"


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _sniff_table(head: bytes, file: Input, mapping: Mapping[str, str]) -> str:
    header = next(records(BytesIO(head), find_delimiter(head, mapping)), Record(1, []))
    if likely_columns(map(str.strip, header.fields), mapping):
        return "csv"
    # Here the suffix decides only which error helps: of a missing column, or of a form that is not known.
    if mapping or file.path.suffix.lower() in (".csv", ".tsv"):
        return "csv"
    if b"\0" in head:
        raise UserError(f"{file.name} is binary; {WANTED}")
    begins = re.sub(r"\s+", " ", head[:60].decode("utf-8", "replace")).strip()
    raise UserError(f"{file.name} is not in a form that is read here (it begins {begins!r}); {WANTED}")
