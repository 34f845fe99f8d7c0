"""Parquet, in small batches (extra `parquet`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from judgekit.errors import UserError
from judgekit.io.mapping import check_columns
from judgekit.io.rows import Row

BATCH = 64
"""Rows held at a time."""


def read_parquet(path: Path, name: str, mapping: Mapping[str, str]) -> Iterator[Row]:
    """The rows in file order, each as an object by column.

    Args:
        path: the file.
        name: what to call it in messages.
        mapping: which columns are needed.

    Raises:
        UserError: pyarrow is not installed, the file is broken, or a column is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UserError(
            f"{name} is Parquet, which needs pyarrow: pip install 'llm-judgekit[parquet]', or convert it to JSON Lines"
        ) from None
    try:
        file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{name}: not a Parquet file that can be read: {_brief(error)}") from None
    with file:
        check_columns(file.schema_arrow.names, mapping, name)
        number = 0
        batches = file.iter_batches(batch_size=BATCH, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                batch = None if batch is None else _with_plain_times(batch, pa)
            except (pa.ArrowException, OSError) as error:
                raise UserError(f"{name}: broken after row {number}: {_brief(error)}") from None
            if batch is None:
                return
            yield from _rows(batch, number)
            number += batch.num_rows


def _rows(batch: Any, before: int) -> Iterator[Row]:
    try:
        found = batch.to_pylist()
    except (ValueError, OverflowError):  # one value that Python cannot hold: find its row
        found = None
    for index in range(batch.num_rows):
        number = before + index + 1
        try:
            record = batch.slice(index, 1).to_pylist()[0] if found is None else found[index]
        except (ValueError, OverflowError) as error:
            yield Row(number, problem=f"a value that cannot be read: {_brief(error)}", unit="row")
        else:
            yield Row(number, record, unit="row")


def _with_plain_times(batch: Any, pa: Any) -> Any:
    """The batch with dates and times as text, durations as counts: Python has none finer than a microsecond."""
    for index, field in enumerate(batch.schema):
        plain = pa.int64() if pa.types.is_duration(field.type) else pa.string()
        if pa.types.is_temporal(field.type) and not pa.types.is_interval(field.type):
            batch = batch.set_column(index, field.name, batch.column(index).cast(plain))
    return batch


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
