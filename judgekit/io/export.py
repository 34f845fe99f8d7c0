"""Verdicts as files for other programs: JSON Lines (everything), CSV and Parquet (one column a fact)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO, Literal, get_args

import orjson

from judgekit.errors import JudgeError, UserError
from judgekit.verdict import Verdict

Format = Literal["jsonl", "csv", "parquet"]
FORMATS: tuple[str, ...] = get_args(Format)
Cell = str | int | float | bool | None
Row = Mapping[str, Any]

ROW_KEYS = (
    *("transcript_id", "question_id", "label", "rubric", "rubric_version", "status", "level", "score", "passed"),
    *("failure_kind", "failure", "criteria", "checks", "measures", "rules", "explanation", "flags", "provenance"),
    *("judge", "samples", "calls", "usage", "cost_usd", "latency_s", "fingerprint", "created"),
)
"""The keys of a JSON Lines row, in order."""

_WHOLE = ("level", "samples", "calls", "usage.prompt_tokens", "usage.completion_tokens", "usage.cached_tokens")
_REAL = ("score", "cost_usd", "latency_s")
FIXED_COLUMNS = (
    *("transcript_id", "question_id", "label", "rubric", "rubric_version", "status", "level", "score", "passed"),
    *("failure_kind", "failure_detail", "rules", "explanation", "flags", "provenance", "judge", "samples", "calls"),
    *("usage.prompt_tokens", "usage.completion_tokens", "usage.cached_tokens"),
    *("cost_usd", "latency_s", "fingerprint", "created"),
)
"""The columns that every CSV and Parquet export begins with, in order."""

_BATCH = 5000
_OF_ANSWER = ("evidence", "unsupported", "reason")
# What a spreadsheet runs as a formula, and cells that already begin with the mark: so that unguard() is exact.
_SIGNS = frozenset("'=+-@\t\r\n＝＋－＠")
_FORMULA = re.compile(r"\A'*[=+\-@\t\r\n＝＋－＠]")


def export_verdicts(verdicts: Callable[[], Iterable[Verdict | Row]], out: BinaryIO, *, format: str) -> int:
    """How many rows were written; nothing is held but one batch.

    Args:
        verdicts: gives the verdicts from the start at each call, as they are or as `Verdict.to_row` has them (that is
            faster); CSV and Parquet read them twice, for their columns.
        out: an open binary file.
        format: `jsonl`, `csv` or `parquet`.

    Raises:
        UserError: the format is unknown, or `parquet` without pyarrow.
        JudgeError: the verdicts changed between the two readings.

    >>> out = io.BytesIO()
    >>> export_verdicts(lambda: [], out, format="csv"), out.getvalue()[:24]
    (0, b'transcript_id,question_i')
    """
    if format == "jsonl":
        return _write_jsonl(verdicts(), out)
    if format not in FORMATS:
        raise UserError(f"format {format!r} is not known: choose one of {', '.join(FORMATS)}")
    columns = [*FIXED_COLUMNS, *sorted(_extra_columns(verdicts()), key=_column_order)]
    write = _write_csv if format == "csv" else _write_parquet
    return write(columns, _fitting(columns, verdicts()), out)


def row(verdict: Verdict | Row) -> dict[str, Any]:
    """The verdict as a JSON Lines row; `Verdict.from_row` reads it back."""
    full = verdict.to_row() if isinstance(verdict, Verdict) else verdict
    return {key: full[key] for key in ROW_KEYS}


def flat(verdict: Verdict | Row) -> dict[str, Cell]:
    """The verdict with one cell a fact.

    `criteria.<name>` is the answer, which counts only where `criteria.<name>.status` is `ok`; `checks.<id>` is the
    result. What is a list or a record is a cell of JSON. A column that would be empty is left out.
    """
    facts = row(verdict)
    usage = facts["usage"]
    cells: dict[str, Cell] = {key: facts[key] for key in FIXED_COLUMNS if key in facts}
    cells["failure_detail"] = (facts["failure"] or {}).get("detail")
    cells["rules"], cells["flags"] = _json(facts["rules"]), _json(facts["flags"])
    cells.update((f"usage.{key}", number) for key, number in usage.items())
    for name, answer in facts["criteria"].items():
        column = f"criteria.{_quoted(name)}"
        cells[column] = answer["answer"]
        cells[f"{column}.status"] = answer["status"]
        if answer["evidence"]:
            cells[f"{column}.evidence"] = _json(answer["evidence"])
        if answer["unsupported"]:
            cells[f"{column}.unsupported"] = _json(answer["unsupported"])
        if answer["reason"]:
            cells[f"{column}.reason"] = answer["reason"]
    for name, check in facts["checks"].items():
        column = f"checks.{_quoted(name)}"
        cells[column] = check["result"]
        if check["measured"] is not None:
            cells[f"{column}.measured"] = _json(check["measured"])
    cells.update((f"measures.{_quoted(name)}", number) for name, number in facts["measures"].items())
    return cells


def guard(cell: str) -> str:
    r"""The cell so that a spreadsheet shows it as text: with an apostrophe before what it would run as a formula.

    >>> guard('=HYPERLINK("http://x")'), guard("3 = 3")
    ('\'=HYPERLINK("http://x")', '3 = 3')
    """
    return f"'{cell}" if cell[:1] in _SIGNS and _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """The text that `guard` was given.

    >>> unguard("'-1"), unguard("'tis")
    ('-1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _write_jsonl(verdicts: Iterable[Verdict | Row], out: BinaryIO) -> int:
    count = 0
    for verdict in verdicts:
        out.write(orjson.dumps(row(verdict), option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


def _write_csv(columns: list[str], rows: Iterator[dict[str, Cell]], out: BinaryIO) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([guard(column) for column in columns])
        count = 0
        for cells in rows:
            writer.writerow([_csv_cell(cells.get(column)) for column in columns])
            count += 1
    finally:
        text.detach()
    return count


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return guard(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell


def _write_parquet(columns: list[str], rows: Iterator[dict[str, Cell]], out: BinaryIO) -> int:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise UserError("format 'parquet' needs pyarrow: pip install 'llm-judgekit[parquet]'") from error
    kinds = {**dict.fromkeys(_WHOLE, pa.int64()), **dict.fromkeys(_REAL, pa.float64()), "passed": pa.bool_()}
    schema = pa.schema(
        [(name, pa.float64() if name.startswith("measures.") else kinds.get(name, pa.string())) for name in columns]
    )
    count = 0
    with ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _extra_columns(verdicts: Iterable[Verdict | Row]) -> set[str]:
    answers: set[tuple[str, bool, bool, bool]] = set()
    checks: set[tuple[str, bool]] = set()
    measures: set[str] = set()
    for verdict in verdicts:
        facts = verdict.to_row() if isinstance(verdict, Verdict) else verdict
        for name, answer in facts["criteria"].items():
            answers.add((name, bool(answer["evidence"]), bool(answer["unsupported"]), bool(answer["reason"])))
        for name, check in facts["checks"].items():
            checks.add((name, check["measured"] is not None))
        measures.update(facts["measures"])
    found: set[str] = {f"measures.{_quoted(name)}" for name in measures}
    for name, *there in answers:
        column = f"criteria.{_quoted(name)}"
        found |= {column, f"{column}.status"}
        found.update(f"{column}.{part}" for part, has in zip(_OF_ANSWER, there, strict=True) if has)
    for name, measured in checks:
        column = f"checks.{_quoted(name)}"
        found |= {column, f"{column}.measured"} if measured else {column}
    return found


def _column_order(column: str) -> tuple[int, str]:
    return ("criteria", "checks", "measures").index(column.partition(".")[0]), column


def _fitting(columns: list[str], verdicts: Iterable[Verdict | Row]) -> Iterator[dict[str, Cell]]:
    known = set(columns)
    for verdict in verdicts:
        cells = flat(verdict)
        if not known.issuperset(cells):
            raise JudgeError("the run changed while it was exported: run the same command again when it has ended")
        yield cells


@lru_cache(maxsize=1024)
def _quoted(name: str) -> str:
    """The name, in quotation marks where a dot in it would read as a part."""
    return name if re.fullmatch(r"[\w-]+", name) else orjson.dumps(name).decode()


def _json(value: Any) -> str | None:
    return orjson.dumps(value).decode() if value != [] else None
