"""One shard: the verdicts on one block of jobs as a small Parquet file, there whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import orjson
from pydantic import ValidationError

from judgekit.errors import UserError
from judgekit.io.atomic import atomic_write
from judgekit.noun import explain
from judgekit.running.shard_folder import Session
from judgekit.transcript import Provenance
from judgekit.verdict import Verdict

_MOST_ROWS, _MOST_BYTES = 100_000, 1 << 30
_NAMES = ("transcript_id", "question_id", "label", "provenance", "rubric", "fingerprint")
_TEXTS = (*_NAMES, "status", "verdict")


@dataclass(frozen=True, slots=True)
class ShardRow:
    """One job of a session."""

    position: int
    """Its place in the source, from 0."""
    transcript_id: str
    question_id: str
    label: str
    provenance: Provenance
    rubric: str
    fingerprint: str
    verdict: Verdict | None = None
    """None: the verdict on another transcript with the same text and inputs is this one's too."""


def write_shard(path: Path, rows: Sequence[ShardRow]) -> None:
    """The shard is on disk, whole.

    Raises:
        UserError: the folder cannot be written, or pyarrow is not installed.
        JudgeError: the disk is full or fails.
    """
    pa, pq = _pyarrow(path)
    verdicts = [row.verdict for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "position": [row.position for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in _NAMES},
        "status": [None if verdict is None else verdict.status for verdict in verdicts],
        "verdict": [None if verdict is None else orjson.dumps(verdict.to_row()).decode() for verdict in verdicts],
        "level": [None if verdict is None else verdict.level for verdict in verdicts],
        "score": [None if verdict is None else verdict.score for verdict in verdicts],
    }
    whole = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_schema(pa)), whole, compression="zstd")
    with atomic_write(path) as out:
        out.write(whole.getbuffer())
        out.flush()
        os.fsync(out.fileno())


def read_shard(path: Path, session: Session) -> list[ShardRow]:
    """The rows of a shard.

    Raises:
        UserError: it is no shard of this session, or is damaged; or pyarrow is not installed.
    """
    pa, pq = _pyarrow(path)
    try:
        with pq.ParquetFile(path) as file:
            size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            if not file.schema_arrow.equals(_schema(pa)):
                raise ValueError("its columns are others")
            if file.metadata.num_rows > _MOST_ROWS or max(size, path.stat().st_size) > _MOST_BYTES:
                raise ValueError("it is larger than any shard")
            records = file.read(use_threads=False).to_pylist()
        return [_row(record, session) for record in records]
    except (pa.ArrowException, OSError, ValueError) as error:
        why = explain(error) if isinstance(error, ValidationError) else " ".join(str(error).split())[:200]
        raise UserError(
            f"{path} is not a shard that can be read ({why}): delete it, and the `judgekit score` that made it fills "
            "the gap"
        ) from None


def _row(record: dict[str, Any], session: Session) -> ShardRow:
    """One row, after its parts were found to agree.

    Raises:
        ValueError: they do not.
    """
    verdict = None
    if record["verdict"] is not None:
        whole = orjson.loads(record["verdict"])
        if not isinstance(whole, dict):
            raise ValueError("a verdict is no object")
        verdict = Verdict.from_row(whole)
    names = {name: record[name] for name in _NAMES}
    if None in names.values() or record["position"] is None:
        raise ValueError("a row lacks a name or its position")
    if names["provenance"] not in get_args(Provenance):
        raise ValueError(f"there is no provenance {names['provenance']!r}")
    if verdict is not None and (
        verdict.judge != session.judge or any(getattr(verdict, name) != held for name, held in names.items())
    ):
        raise ValueError(f"the verdict on {names['transcript_id']!r} is another transcript's or another judge's")
    if names["rubric"] not in session.rubrics:
        raise ValueError(f"its session has no rubric {names['rubric']!r}")
    return ShardRow(position=record["position"], verdict=verdict, **names)


def _schema(pa: Any) -> Any:
    return pa.schema(
        [
            ("position", pa.int64()),
            *((name, pa.string()) for name in _TEXTS),
            ("level", pa.int64()),
            ("score", pa.float64()),
        ]
    )


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UserError(f"{path} is Parquet, which needs pyarrow: pip install 'llm-judgekit[parquet]'") from None
    return pa, pq
