"""A judge's values from anywhere: a CSV or JSON Lines file of scores, instead of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from types import MappingProxyType
from typing import Any

from judgekit.errors import UserError
from judgekit.io.cells import cell_reader, json_name, json_value
from judgekit.io.chat import kind
from judgekit.io.columns import Column, ColumnMaker, Values, ValuesMaker
from judgekit.io.export import unguard
from judgekit.io.json_file import read_json
from judgekit.io.jsonl import read_jsonl
from judgekit.io.mapping import MISSING, find, no_column
from judgekit.io.source import Input, cannot_read
from judgekit.io.table_file import check_fields, open_table, read_header, read_records

FIELDS = ("transcript_id", "rubric", "criterion", "judge", "value", "cluster", "status", "failure_kind")
"""What is read of a row; only transcript_id and value are needed."""
NO_VALUE = "no value"
"""The failure of a row that has neither a value nor says why."""
_QUESTION = "question_id"


@dataclass(frozen=True, slots=True)
class Score:
    """What one judge gave one transcript, or why it gave nothing."""

    transcript_id: str
    """The transcript."""
    rubric: str = ""
    """The rubric; empty where the file does not say."""
    criterion: str = ""
    """The criterion; empty for the level or the score."""
    judge: str = ""
    """Who judged; empty where the file does not say."""
    value: float | str | None = None
    """The value as it was written; None where there is none."""
    cluster: str | None = None
    """The independent unit that it belongs to, such as its question."""
    failure: str | None = None
    """`abstained`, `failed: KIND` or `no value`; None where there is a value."""


@dataclass(frozen=True, eq=False, repr=False)
class ScoreSet:
    """Scores to iterate over, as often as needed, in the order in which they were read."""

    transcripts: Column
    """The transcript of each score."""
    rubrics: Column
    """Its rubric; empty text where the file does not say."""
    criteria: Column
    """Its criterion; empty text for the level."""
    judges: Column
    """Its judge; empty text where the file does not say."""
    clusters: Column
    """Its independent unit, where it is said."""
    failures: Column
    """Why there is no value, where there is none."""
    values: Values
    """Its value, as it was written."""
    source: str = ""
    """What it was read from."""
    ignored: tuple[str, ...] = field(default=())
    """Columns of the file that were not read."""

    def __len__(self) -> int:
        return len(self.values.numbers)

    def __repr__(self) -> str:
        return f"ScoreSet({len(self)} scores of {len(self.transcripts.names)} transcripts, {self.source})"

    def __iter__(self) -> Iterator[Score]:
        for row in range(len(self)):
            yield Score(
                self.transcripts.at(row) or "",
                self.rubrics.at(row) or "",
                self.criteria.at(row) or "",
                self.judges.at(row) or "",
                self.values.at(row),
                self.clusters.at(row),
                self.failures.at(row),
            )

    @property
    def failed(self) -> Mapping[str, int]:
        """How many rows have no value, by reason."""
        return MappingProxyType(self.failures.counts())


def load_scores(path: str | PathLike[str], *, mapping: Mapping[str, str] | None = None) -> ScoreSet:
    r"""The scores of a file, CSV or JSON Lines, one row a transcript and judge.

    A row without a value is a failure and never a score; `status` (`abstained`, `failed`) and `failure_kind`, which an
    export of a run has, say of which kind. Without a column `cluster`, a column `question_id` stands for it.

    Args:
        path: the path, or `-` for standard input. The form is found from the content.
        mapping: from a field (`transcript_id`, `rubric`, `criterion`, `judge`, `value`, `cluster`, `status`,
            `failure_kind`) to the column or dotted path it is read from, such as `{"value": "level"}`.

    Raises:
        UserError: the file cannot be read, a column is missing, or a row is wrong: one line with the place.

    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "scores.csv")
    ...     _ = path.write_text("transcript_id,rubric,judge,value,cluster\nq1/A,tone,m,4,q1\nq1/B,tone,m,,q1\n")
    ...     scores = load_scores(path)
    >>> [(score.transcript_id, score.value, score.failure) for score in scores]
    [('q1/A', 4.0, None), ('q1/B', None, 'no value')]
    """
    names = check_fields(mapping or {}, FIELDS, "a score")
    file, form = open_table(path, "scores")
    maker = _Maker()
    try:
        ignored = _csv(file, names, maker) if form == "csv" else _json(file, form, names, maker)
    except OSError as error:
        raise cannot_read(file.name, error) from None
    return ScoreSet(**maker.parts(), source=file.name, ignored=ignored)


class _Maker:
    def __init__(self) -> None:
        self._names = {name: ColumnMaker() for name in _COLUMNS}
        self._values = ValuesMaker()

    def add(self, found: Mapping[str, str], value: float | str | None) -> None:
        transcript = found["transcript_id"].strip()
        if not transcript:
            raise ValueError("transcript_id is empty; wanted a transcript's id, as `judgekit transcripts` prints it")
        if isinstance(value, str):
            value = value if value.strip() else None
        elif value is not None and math.isinf(value):
            raise ValueError("value is infinite; wanted a number or text")
        failure = _failure(found["status"].strip(), found["failure_kind"].strip(), value)
        for name, column in (
            ("transcripts", transcript),
            ("failures", failure),
            ("clusters", found["cluster"] or None),
        ):
            self._names[name].add(column)
        for name, key in (("rubrics", "rubric"), ("criteria", "criterion"), ("judges", "judge")):
            self._names[name].add(found[key].strip())
        self._values.add(None if failure else value)

    def parts(self) -> dict[str, Any]:
        return {**{name: made.column() for name, made in self._names.items()}, "values": self._values.values()}


_COLUMNS = ("transcripts", "rubrics", "criteria", "judges", "clusters", "failures")


def _failure(status: str, failure_kind: str, value: float | str | None) -> str | None:
    if status not in ("", "scored", "abstained", "failed"):
        raise ValueError(f"status: wanted scored, abstained or failed, came {status[:40]!r}")
    if status == "failed" or failure_kind:
        return f"failed: {failure_kind}" if failure_kind else "failed"
    if status == "abstained":
        return status
    return NO_VALUE if value is None or value != value else None


def _csv(file: Input, mapping: Mapping[str, str], maker: _Maker) -> tuple[str, ...]:
    table = read_header(file, [*FIELDS, *mapping.values()])
    places = {name: table.place(name, mapping) for name in FIELDS}
    for name in ("transcript_id", "value"):
        if places[name] < 0:
            table.refuse(name, mapping)
    if places["cluster"] < 0 and _QUESTION in table.columns:
        places["cluster"] = table.columns.index(_QUESTION)
    read = cell_reader(decimal_comma=table.delimiter == ";")
    others = [(name, place) for name, place in places.items() if name != "value"]
    for record in read_records(file, table):
        fields = record.fields
        try:
            found = {name: "" if place < 0 else unguard(fields[place]) for name, place in others}
            maker.add(found, read(fields[places["value"]]))
        except ValueError as error:
            raise UserError(f"{file.name}, line {record.line}: {error}") from None
    used = set(places.values())
    return tuple(name for place, name in enumerate(table.columns) if place not in used)


def _json(file: Input, form: str, mapping: Mapping[str, str], maker: _Maker) -> tuple[str, ...]:
    used = {mapping.get(name, name).split(".")[0] for name in FIELDS}
    ignored: set[str] = set()
    for row in read_json(file.path, file.name) if form == "json" else read_jsonl(file.path):
        try:
            if row.problem or not isinstance(row.record, dict):
                raise ValueError(row.problem or f"wanted an object with a score, came {kind(row.record)}")
            _add_record(row.record, mapping, maker)
            ignored |= row.record.keys() - used
        except ValueError as error:
            raise UserError(f"{file.name}, {row.where}: {error}") from None
    return tuple(sorted(ignored))


def _add_record(record: Mapping[str, Any], mapping: Mapping[str, str], maker: _Maker) -> None:
    found = {name: find(record, mapping.get(name, name)) for name in FIELDS}
    for name, value in found.items():
        if value is MISSING:
            if name in mapping or name in ("transcript_id", "value"):
                raise ValueError(no_column(name, mapping.get(name, name), record))
            found[name] = record.get(_QUESTION) if name == "cluster" else None
    value = json_value(found.pop("value"), "value")
    maker.add({name: json_name(held, name) for name, held in found.items()}, value)
