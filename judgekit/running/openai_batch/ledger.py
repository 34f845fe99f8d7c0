"""What a run has at its provider: requests by the digest of their body, and the batches that they are in.

It is in the run's own file, so that nothing is forgotten when the process ends. A batch is

    ready      its file is written; nothing is at the provider but, perhaps, a copy of the file
    creating   it may be at the provider: this is written before the call that makes it there
    open       its id at the provider is known
    closed     everything that came back is here

A request that is in a batch is not sent again. What came back for it is kept until its verdict is stored: the same
transaction deletes it (a trigger in `running.schema`), so that neither can be without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from judgekit.running.openai_batch.outcome import Outcome, packed, unpacked
from judgekit.running.schema import clear_errors, open_for_writing, reading, transaction

State = Literal["ready", "creating", "open", "closed"]
_BATCHES = """
SELECT id, tag, endpoint, state, requests, bytes, file_id, provider_id, made FROM batches WHERE endpoint = ? ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch, as the ledger knows it."""

    id: int
    """In this run."""
    tag: str
    """Our own name for it, by which it is found at the provider."""
    endpoint: str
    """Where it is."""
    state: State
    requests: int
    bytes: int
    """The size of its file."""
    file_id: str | None
    """The provider's name for the file."""
    provider_id: str | None
    """The provider's name for the batch."""
    made: str
    """When its file was written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is or was in a batch."""

    batch: int | None
    """The batch that it is in; None where it is in none any more."""
    outcomes: list[Outcome]
    """What came back, one for each time that it was sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request in the file of a batch."""

    key: bytes
    fingerprint: str
    """Of the job that asks it."""
    estimate_usd: float
    """What it may cost; 0 where nobody wants to know."""


def new_tag() -> str:
    """A name that no other batch has."""
    return f"judgekit-{uuid4().hex}"


class Ledger:
    """The two tables; its own connection, so that it waits for nobody's turn to read."""

    def __init__(self, path: Path, endpoint: str) -> None:
        """Opens the run, which exists.

        Args:
            path: the run.
            endpoint: where batches are made; those that were made elsewhere are out of reach.
        """
        self.path, self.endpoint = path, endpoint
        self._db = open_for_writing(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def asked(self, key: bytes) -> Asked | None:
        """What is known about a request; None where it was never sent."""
        with clear_errors(self.path):
            row = self._db.execute(
                "SELECT b.id, r.outcomes FROM batch_requests r LEFT JOIN batches b ON b.id = r.batch_id "
                "AND b.endpoint = ? WHERE r.key = ?",
                (self.endpoint, key),
            ).fetchone()
        return None if row is None else Asked(row[0], unpacked(row[1]))

    def cost_usd(self) -> float:
        """US dollars of what no verdict counts yet: answers that are here, and an estimate of what is under way."""
        with clear_errors(self.path):
            row = self._db.execute("SELECT coalesce(sum(estimate_usd + cost_usd), 0.0) FROM batch_requests").fetchone()
        return float(row[0])

    def batches(self, *states: State) -> list[Batch]:
        """The batches at this endpoint in one of these states, oldest first."""
        with clear_errors(self.path):
            rows = self._db.execute(_BATCHES, (self.endpoint,)).fetchall()
        return [batch for row in rows if (batch := Batch(*row)).state in states]

    def add(self, tag: str, size: int, requests: Sequence[Sent]) -> int:
        """The number of a new batch whose file is on disk."""
        with clear_errors(self.path), transaction(self._db):
            return self._add(tag, size, requests)

    def _add(self, tag: str, size: int, requests: Sequence[Sent]) -> int:
        made = datetime.now(UTC).isoformat(timespec="seconds")
        row = self._db.execute(
            "INSERT INTO batches (tag, endpoint, state, requests, bytes, made) VALUES (?, ?, 'ready', ?, ?, ?)",
            (tag, self.endpoint, len(requests), size, made),
        )
        self._db.executemany(
            "INSERT INTO batch_requests (key, fingerprint, estimate_usd, batch_id) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET batch_id = excluded.batch_id, estimate_usd = excluded.estimate_usd",
            ((one.key, one.fingerprint, one.estimate_usd, row.lastrowid) for one in requests),
        )
        return row.lastrowid or 0

    def split(self, batch: int, parts: Iterable[tuple[str, int, Sequence[bytes]]]) -> None:
        """The batch is replaced by these: their tags, sizes and the keys of their requests."""
        with clear_errors(self.path), transaction(self._db):
            held = self._db.execute(
                "SELECT key, fingerprint, estimate_usd FROM batch_requests WHERE batch_id = ?", (batch,)
            )
            sent = {row[0]: Sent(*row) for row in held.fetchall()}
            for tag, size, keys in parts:
                self._add(tag, size, [sent[key] for key in keys if key in sent])
            self._db.execute("DELETE FROM batches WHERE id = ?", (batch,))

    def move(self, batch: int, state: State, *, file_id: str | None = None, provider_id: str | None = None) -> None:
        """The batch is now in this state, and has these names at the provider."""
        with clear_errors(self.path), transaction(self._db):
            self._db.execute(
                "UPDATE batches SET state = ?, file_id = coalesce(?, file_id), "
                "provider_id = coalesce(?, provider_id) WHERE id = ?",
                (state, file_id, provider_id, batch),
            )

    def settle(self, batch: int, came: Mapping[bytes, tuple[Outcome | None, float]]) -> int:
        """How many of these requests are unknown; those in the batch have an outcome now, and are in none any more.

        Args:
            batch: the batch.
            came: by key, what came back and what it cost; None where it counts as never sent.
        """
        unknown = 0
        with clear_errors(self.path), transaction(self._db):
            for key, (outcome, cost_usd) in came.items():
                row = self._db.execute("SELECT batch_id, outcomes FROM batch_requests WHERE key = ?", (key,)).fetchone()
                unknown += row is None
                if row is None or row[0] != batch:  # it came before: a kill in between, or the same line twice
                    continue
                outcomes = unpacked(row[1]) + ([outcome] if outcome is not None else [])
                if outcomes:
                    self._db.execute(
                        "UPDATE batch_requests SET batch_id = NULL, estimate_usd = 0, cost_usd = cost_usd + ?, "
                        "outcomes = ? WHERE key = ?",
                        (cost_usd, packed(outcomes), key),
                    )
                else:
                    self._db.execute("DELETE FROM batch_requests WHERE key = ?", (key,))
        return unknown

    def waiting(self, batch: int, limit: int = 1000) -> list[bytes]:
        """Requests of the batch for which nothing has come back."""
        with clear_errors(self.path):
            rows = self._db.execute("SELECT key FROM batch_requests WHERE batch_id = ? LIMIT ?", (batch, limit))
            return [key for (key,) in rows.fetchall()]

    def close_batch(self, batch: int, missing: Outcome | None) -> int:
        """How many requests of the batch had nothing come back; that is their outcome, or they count as never sent."""
        left = 0
        while keys := self.waiting(batch):
            self.settle(batch, dict.fromkeys(keys, (missing, 0.0)))
            left += len(keys)
        self.move(batch, "closed")
        return left

    def forget(self, batch: int) -> None:
        """The batch was never made; its requests count as never sent."""
        self.close_batch(batch, None)
        with clear_errors(self.path), transaction(self._db):
            self._db.execute("DELETE FROM batches WHERE id = ?", (batch,))


def under_way(path: Path) -> int:
    """How many requests of this run are in batches at a provider."""
    if not path.is_file():
        return 0
    with reading(path) as db, closing(db.cursor()) as cursor:
        row = cursor.execute("SELECT count(*) FROM batch_requests WHERE batch_id IS NOT NULL").fetchone()
    return int(row[0])
