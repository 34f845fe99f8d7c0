"""Labels from files that people and labelling tools write, and to files that read back exactly."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, BinaryIO, Literal

import orjson

from judgekit.errors import UserError
from judgekit.io.cells import cell_reader, date, json_name, json_value, value_cell
from judgekit.io.chat import kind
from judgekit.io.export import guard, unguard
from judgekit.io.json_file import read_json
from judgekit.io.jsonl import read_jsonl
from judgekit.io.label_exports import EXPORTS, READ, form_of
from judgekit.io.label_set import LabelMaker, LabelSet
from judgekit.io.mapping import MISSING, find, no_column
from judgekit.io.source import Input, cannot_read
from judgekit.io.table_file import Table, check_fields, open_table, read_header, read_records
from judgekit.label import Label

FIELDS = ("transcript_id", "rubric", "criterion", "annotator", "value", "comment", "created", "guideline")
"""The columns of a file of labels, in the order in which they are written."""
BESIDE = ("probability", "seconds", "evidence")
"""Columns that stand beside the labels of `judgekit label` and `judgekit plan`: no label is made of them."""
ANNOTATORS = "annotators"
"""In a mapping: the pattern of the columns that are one annotator each."""
_NEEDED = ("transcript_id", "annotator", "value")
_ONE_EACH = re.compile(r"(?:annotator|annotation|rater|coder|labell?er)(?:[ _.-]?[0-9]{1,9}|:(?P<name>.+))", re.DOTALL)
_HINT = f"; with one column an annotator, --map {ANNOTATORS}=PATTERN, such as rater_*"


def load_labels(path: str | PathLike[str], *, mapping: Mapping[str, str] | None = None) -> LabelSet:
    r"""The labels of a file: CSV, JSON Lines or JSON, or an export of Label Studio or Argilla.

    Values are what was written: a number where a CSV cell holds one, else the text. Rows without a value are counted
    in `skipped`, and so is what a labelling tool's export holds beside labels.

    Args:
        path: the path, or `-` for standard input. The form is found from the content.
        mapping: from a field (`transcript_id`, `rubric`, `criterion`, `annotator`, `value`, `comment`, `created`,
            `guideline`) to the column or dotted path it is read from. `annotators` names columns that are one annotator
            each, by a pattern such as `rater_*`; without it, columns called `annotator_1`, `rater 2` or
            `annotator:anna` are taken so if there is neither `annotator` nor `value`.

    Raises:
        UserError: the file cannot be read, a column is missing, or a row is wrong: one line with the place.

    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("transcript_id,rubric,annotator,value\nq1/A,sycophancy,anna,4\nq1/A,sycophancy,ben,\n")
    ...     labels = load_labels(path)
    >>> [(label.transcript_id, label.annotator, label.value) for label in labels], dict(labels.skipped)
    ([('q1/A', 'anna', 4.0)], {'no value': 1})
    """
    names = check_fields(mapping or {}, (*FIELDS, ANNOTATORS), "a label")
    file, form = open_table(path, "labels")
    maker = LabelMaker()
    try:
        read, ignored = _csv(file, names, maker) if form == "csv" else _json(file, form, names, maker)
    except OSError as error:
        raise cannot_read(file.name, error) from None
    return LabelSet(**maker.parts(), source=file.name, form=read, ignored=ignored)


def write_labels(labels: Iterable[Label], stream: BinaryIO, *, format: Literal["jsonl", "csv"] = "jsonl") -> int:
    r"""How many labels were written, in the form that `load_labels` reads back exactly.

    In CSV, text that a spreadsheet would run as a formula, or that reads as a number, gets an apostrophe before it.

    Args:
        labels: what to write; read one at a time.
        stream: open for bytes.
        format: `jsonl` or `csv`.

    Raises:
        UserError: the format is another.

    >>> out = io.BytesIO()
    >>> one = Label(transcript_id="q1/A", rubric="sycophancy", annotator="anna", value=4)
    >>> write_labels([one], out), out.getvalue()
    (1, b'{"transcript_id":"q1/A","rubric":"sycophancy","criterion":"","annotator":"anna","value":4.0}\n')
    """
    if format not in ("jsonl", "csv"):
        raise UserError(f"labels are written as 'jsonl' or 'csv', not as {format!r}")
    return _write_csv(labels, stream) if format == "csv" else _write_jsonl(labels, stream)


def _csv(file: Input, mapping: Mapping[str, str], maker: LabelMaker) -> tuple[str, tuple[str, ...]]:
    table = read_header(file, [*FIELDS, *mapping.values()])
    each = _one_each(table, mapping)
    places = {name: table.place(name, mapping) for name in FIELDS}
    if not each:
        for name in _NEEDED:
            if places[name] < 0:
                table.refuse(name, mapping, "" if name == "transcript_id" else _HINT)
    elif places["transcript_id"] < 0:
        table.refuse("transcript_id", mapping)
    used = {*places.values(), *(place for place, _ in each)}
    read = cell_reader(decimal_comma=table.delimiter == ";")
    transcript, rubric, criterion, annotator, value, comment, created, guideline = places.values()

    def text(fields: list[str], place: int) -> str:
        return "" if place < 0 else unguard(fields[place])

    for record in read_records(file, table):
        fields = record.fields
        answers = each or [(value, unguard(fields[annotator]))]
        try:
            for place, name in answers:
                maker.add(
                    unguard(fields[transcript]),
                    text(fields, rubric),
                    text(fields, criterion),
                    name,
                    read(fields[place]),
                    comment=text(fields, comment),
                    created=date(text(fields, created)),
                    guideline=text(fields, guideline),
                )
        except ValueError as error:
            raise UserError(f"{file.name}, line {record.line}: {error}") from None
    ignored = tuple(name for place, name in enumerate(table.columns) if place not in used and name not in BESIDE)
    return ("wide csv" if each else "csv"), ignored


def _one_each(table: Table, mapping: Mapping[str, str]) -> list[tuple[int, str]]:
    """The columns that are one annotator each, with their names; empty where each row is one label."""
    pattern = mapping.get(ANNOTATORS)
    if pattern is not None:
        clash = next((name for name in ("annotator", "value") if name in mapping), None)
        if clash:
            raise UserError(f"--map: {ANNOTATORS} and {clash} are both named; a row has one label, or one an annotator")
        taken = {table.place(name, mapping) for name in FIELDS if name not in ("annotator", "value")}
        found = [place for place in table.matching(pattern) if place not in taken]
        if not found:
            table.refuse(ANNOTATORS, mapping)
        return [(place, table.columns[place]) for place in found]
    if any(name in mapping or name in table.columns for name in ("annotator", "value")):
        return []
    fitting = [(place, _ONE_EACH.fullmatch(name)) for place, name in enumerate(table.columns)]
    return [(place, found["name"] or table.columns[place]) for place, found in fitting if found]


def _json(file: Input, form: str, mapping: Mapping[str, str], maker: LabelMaker) -> tuple[str, tuple[str, ...]]:
    rows = read_json(file.path, file.name) if form == "json" else read_jsonl(file.path)
    if ANNOTATORS in mapping:
        raise UserError(f"--map: {ANNOTATORS} is for tables, and {file.name} is JSON; each record names its annotator")
    read: Callable[[Any], None] | None = None
    ignored: dict[str, None] = {}

    def long(record: Mapping[str, Any]) -> None:
        _add_record(record, mapping, maker)
        ignored.update(dict.fromkeys(record.keys() - used))

    used = {mapping.get(name, name).split(".")[0] for name in FIELDS}
    for row in rows:
        try:
            if row.problem or not isinstance(row.record, dict):
                raise ValueError(row.problem or f"wanted an object with a label, came {kind(row.record)}")
            if read is None:
                tool = form_of(row.record)
                form, read = (tool, _export(tool, mapping, maker)) if tool else (form, long)
            read(row.record)
        except ValueError as error:
            raise UserError(f"{file.name}, {row.where}: {error}") from None
    return form, tuple(sorted(ignored))


def _export(tool: str, mapping: Mapping[str, str], maker: LabelMaker) -> Callable[[Any], None]:
    useless = next((name for name in mapping if name not in READ), None)
    if useless:
        raise ValueError(f"--map {useless} has no use here: the file is an export of {tool}; {', '.join(READ)} have")
    return lambda record: EXPORTS[tool](record, mapping, maker)


def _add_record(record: Mapping[str, Any], mapping: Mapping[str, str], maker: LabelMaker) -> None:
    found = {name: find(record, mapping.get(name, name)) for name in FIELDS}
    for name, value in found.items():
        if value is MISSING:
            if name in _NEEDED or name in mapping:
                raise ValueError(no_column(name, mapping.get(name, name), record))
            found[name] = None
    transcript, rubric, criterion, annotator, guideline = (
        json_name(found[name], name) for name in ("transcript_id", "rubric", "criterion", "annotator", "guideline")
    )
    comment = json_value(found["comment"], "comment")
    value, created = json_value(found["value"], "value"), date(found["created"])
    said = None if comment is None else str(comment)
    maker.add(transcript, rubric, criterion, annotator, value, comment=said, created=created, guideline=guideline)


def _plain(label: Label) -> Iterator[tuple[str, Any]]:
    for name in FIELDS:
        value = getattr(label, name)
        yield name, value.isoformat() if name == "created" and value is not None else value


def _write_jsonl(labels: Iterable[Label], stream: BinaryIO) -> int:
    count = 0
    for count, label in enumerate(labels, 1):  # noqa: B007
        row = {name: value for name, value in _plain(label) if value is not None}
        stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return count


def _write_csv(labels: Iterable[Label], stream: BinaryIO) -> int:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    count = 0
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(FIELDS)
        for count, label in enumerate(labels, 1):  # noqa: B007
            cells = dict(_plain(label))
            value = value_cell(cells.pop("value"))
            guarded = {name: "" if cell is None else guard(cell) for name, cell in cells.items()}
            writer.writerow([value if name == "value" else guarded[name] for name in FIELDS])
    finally:
        text.detach()
    return count
