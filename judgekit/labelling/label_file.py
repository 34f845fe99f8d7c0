"""The labels of a task as a file, written whole at every change: `judgekit calibrate` may read it at any moment."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from judgekit.errors import UserError
from judgekit.io.atomic import atomic_write
from judgekit.io.cells import value_cell
from judgekit.io.export import guard
from judgekit.io.labels import BESIDE, FIELDS
from judgekit.label import Label


@dataclass(frozen=True, slots=True)
class Given:
    """A label as it was given on the page."""

    label: Label
    """The label."""
    seconds: float
    """How long the annotator looked at the transcript in all; time without a sign of life is left out."""
    evidence: tuple[dict[str, Any], ...] = ()
    """Passages that the annotator marked: quote, start and end in characters of the response."""
    probability: float | None = None
    """With which probability the transcript had to be drawn, where these differ."""


def to_csv(labels: Iterable[Given]) -> bytes:
    """The labels as a CSV file that `load_labels` reads; text that a spreadsheet would run is guarded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*FIELDS, *BESIDE))
    for one in labels:
        given = one.label
        names = (given.transcript_id, given.rubric, given.criterion, given.annotator)
        writer.writerow(
            [
                *map(guard, names),
                value_cell(given.value),
                guard(given.comment or ""),
                given.created.isoformat(timespec="milliseconds") if isinstance(given.created, datetime) else "",
                guard(given.guideline or ""),
                "" if one.probability is None else f"{one.probability:.12g}",
                f"{one.seconds:.1f}",
                orjson.dumps(one.evidence).decode() if one.evidence else "",
            ]
        )
    return text.getvalue().encode()


def digest_of(content: bytes) -> str:
    """By which a file is known again."""
    return sha256(content).hexdigest()


def check_own(path: Path, known: Collection[str], state: Path) -> None:
    """Nothing, where the file is as this page wrote it, or is not there.

    Raises:
        UserError: it is somebody else's, or was changed since.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}; name another file with --out") from None
    if digest_of(content) in known:
        return
    if not known:
        raise UserError(
            f"{str(path)!r} is there already, and is not of this page: it is not written over; name another with --out"
        )
    raise UserError(
        f"{str(path)!r} was changed by another program, and is not written over; every label is in {str(state)!r}: "
        "move the changed file away, and it is written again"
    )


def write_whole(path: Path, content: bytes) -> None:
    """Nothing; the file is on the disk, and was whole at every moment.

    Raises:
        UserError: it may not be written.
        JudgeError: the disk failed or is full.
    """
    with atomic_write(path) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
