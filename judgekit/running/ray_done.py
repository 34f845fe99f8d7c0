"""What a run has already, small enough to be sent to another machine: 16 bytes a verdict, sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from judgekit.running.schema import reading
from judgekit.verdict import RETRYABLE

Key = bytes
STATUSES: Final = ("scored", "abstained", "failed")

_ROWS = "SELECT fingerprint, transcript_id, status, failure_kind, live, reused FROM verdicts"


@dataclass(frozen=True, slots=True)
class Done:
    """The jobs of a run that need no call."""

    own: NDArray[np.bytes_]
    """Of each verdict that counts: the key of its fingerprint and its transcript, in order."""
    status: NDArray[np.uint8]
    """Of each of them: the place of its status in `STATUSES`."""
    any: NDArray[np.bytes_]
    """The key of each fingerprint that has a verdict, in order."""


def read_done(run: Path, *, retry_failed: bool) -> Done:
    """What the run's file has, without the failures that are to be tried again.

    Args:
        run: the file.
        retry_failed: whether that is all failures, and not only those that a later try may cure.
    """
    own, status, fingerprints = bytearray(), bytearray(), bytearray()
    with reading(run) as db:
        for fingerprint, transcript_id, how, kind, live, reused in db.execute(_ROWS):
            if kind is not None and (retry_failed or kind in RETRYABLE):
                continue
            if live:
                own += pair_key(fingerprint, transcript_id)
                status.append(STATUSES.index(how))
            if not reused:
                fingerprints += key(fingerprint)
    keys = np.frombuffer(bytes(own), dtype="S16")
    order = np.argsort(keys, kind="stable")
    return Done(
        own=keys[order],
        status=np.frombuffer(bytes(status), dtype=np.uint8)[order],
        any=np.unique(np.frombuffer(bytes(fingerprints), dtype="S16")),
    )


def pair_key(fingerprint: str, transcript_id: str) -> Key:
    """The key of one job."""
    return key(f"{fingerprint}\0{transcript_id}")


def key(text: str) -> Key:
    """16 bytes that tell this text from all others.

    The last byte is never 0: numpy takes zeros at the end for the filling of a shorter text.
    """
    whole = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return whole[:15] + bytes((whole[15] | 1,))


def places(keys: NDArray[np.bytes_], wanted: Sequence[Key]) -> NDArray[Any]:
    """For each key that is wanted, its place among the sorted ones, or -1.

    >>> places(np.array([key("a")]), [key("a"), key("b")]).tolist()
    [0, -1]
    """
    if not len(keys):
        return np.full(len(wanted), -1)
    looked_for = np.array(wanted, dtype="S16")
    found = np.minimum(np.searchsorted(keys, looked_for), len(keys) - 1)
    return np.where(keys[found] == looked_for, found, -1)
