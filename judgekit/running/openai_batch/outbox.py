"""Requests on their way out: a file on disk for each batch, bounded in lines and bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from judgekit.errors import JudgeError
from judgekit.running.openai_batch.ledger import Ledger, Sent, new_tag
from judgekit.running.openai_batch.options import BatchOptions


def request_file(folder: Path, tag: str) -> Path:
    """Where the requests of a batch are."""
    return folder / f"{tag}.jsonl"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """What the disk does wrong becomes one line with the file and the cure."""
    try:
        yield
    except OSError as error:
        raise JudgeError(
            f"batch file {path}: {error.strerror or error}; make room, and the same command goes on from here"
        ) from error


class RequestFile:
    """A file of requests that grows; under its name only when it is whole and on disk."""

    def __init__(self, folder: Path) -> None:
        self.tag, self.size, self.requests = new_tag(), 0, 0
        self._path = request_file(folder, self.tag)
        self._part = self._path.with_suffix(".part")
        self._file: BinaryIO | None = None

    def write(self, line: bytes) -> None:
        """One more request, with its line end."""
        with disk_errors(self._path):
            if self._file is None:
                self._file = self._part.open("wb")
            self._file.write(line)
        self.size += len(line)
        self.requests += 1

    def seal(self) -> None:
        """The file is whole."""
        assert self._file is not None
        with disk_errors(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)

    def drop(self) -> None:
        """There is no such file."""
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)


class Outbox:
    """Takes requests, and files them as batches that are ready."""

    def __init__(self, folder: Path, ledger: Ledger, options: BatchOptions, url: str) -> None:
        """Nothing is written yet.

        Args:
            folder: of the request files.
            ledger: where batches are entered.
            options: their sizes.
            url: what each request asks for, as the provider wants it named.
        """
        self._folder, self._ledger, self._options, self._url = folder, ledger, options, url
        self._file = RequestFile(folder)
        self._sent: dict[bytes, Sent] = {}
        self.made: list[int] = []
        """The batches that were filed."""

    def __contains__(self, key: bytes) -> bool:
        return key in self._sent

    def line(self, key: bytes, body: bytes) -> bytes:
        """A request as it stands in the file."""
        line = {"custom_id": key.hex(), "method": "POST", "url": self._url, "body": orjson.Fragment(body)}
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)

    def put(self, line: bytes, sent: Sent) -> None:
        """One more request."""
        full = self._file.requests >= self._options.max_requests
        if self._sent and (full or self._file.size + len(line) > self._options.max_bytes):
            self.seal()
        self._file.write(line)
        self._sent[sent.key] = sent

    def seal(self) -> None:
        """What was put in so far is a batch that is ready."""
        if not self._sent:
            return
        self._file.seal()
        self.made.append(self._ledger.add(self._file.tag, self._file.size, list(self._sent.values())))
        self._file, self._sent = RequestFile(self._folder), {}

    def drop(self) -> None:
        """What was not filed is forgotten; nobody has seen it."""
        self._file.drop()
        self._sent.clear()


def split(path: Path, folder: Path, parts: int) -> list[tuple[str, int, list[bytes]]]:
    """The tags, sizes and keys of smaller files that hold the same requests, in order."""
    with disk_errors(path), path.open("rb") as whole:
        total = sum(1 for _ in whole)
        whole.seek(0)
        made: list[tuple[str, int, list[bytes]]] = []
        for i in range(parts):
            file, keys = RequestFile(folder), []
            for _ in range(total * (i + 1) // parts - total * i // parts):
                line = next(whole)
                file.write(line)
                keys.append(bytes.fromhex(orjson.loads(line)["custom_id"]))
            file.seal()
            made.append((file.tag, file.size, keys))
    return made
