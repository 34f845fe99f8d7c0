"""Files and batches: what OpenAI's Batch API does between an upload and an output file, with the same answers."""

import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.servers.answering import Answering
from tests.servers.faults import HTTPError
from tests.servers.replies import Answer, json_answer

Spoil = Callable[[list[bytes]], list[bytes]]
Error = tuple[str, str]
"""Code and message."""
_EXPIRED = ("batch_expired", "This request could not be executed before the completion window expired.")
_CANCELLED = ("batch_cancelled", "This batch was cancelled before this request was executed.")
_LIMIT = "Enqueued token limit reached for {} in organization org-x. Limit: {:,} enqueued tokens. Please try again."


@dataclass(slots=True)
class BatchRules:
    """How batches go; may be changed at any time."""

    delay_s: float = 0.0
    """From the creation of a batch to its end."""
    held: bool = False
    """No batch ends while this is set."""
    expires_after: int | None = None
    """So many requests are run, then the batch expires."""
    cancelled_after: int | None = None
    """So many requests are run, then somebody cancels the batch."""
    failures: deque[list[Error]] = field(default_factory=deque)
    """What is wrong with the next batches, each as a whole; an empty list lets one pass."""
    enqueued_tokens: int | None = None
    """A batch that would take the tokens of all open ones beyond this fails."""
    create_errors: deque[HTTPError | str] = field(default_factory=deque)
    """What the next creations end with; "lost" makes the batch and resets the connection, "odd" answers with a list."""
    upload_errors: deque[HTTPError] = field(default_factory=deque)
    content_errors: deque[HTTPError | str] = field(default_factory=deque)
    """What the next downloads end with; "reset" is half of the file."""
    look_errors: deque[HTTPError] = field(default_factory=deque)
    """What the next questions after a batch end with."""
    spoil_output: Spoil | None = None
    """From the lines of an output file to what is in it."""
    spoil_errors: Spoil | None = None
    """The same for the error file; called with no lines too."""
    on: Callable[[str], None] | None = None
    """Called with each step before it is answered: upload, uploaded, create, created, look, ended, content, list."""
    page: int = 100
    """Batches on one page of the list at most."""


@dataclass(slots=True)
class Made:
    """A batch on the server."""

    id: str
    file: str
    made_at: float
    metadata: dict[str, Any]
    endpoint: str
    window: str
    status: str = "validating"
    errors: list[Error] = field(default_factory=list)
    output: str | None = None
    error: str | None = None
    completed: int = 0
    failed: int = 0


class Batches:
    """Files and batches of one account; no sockets here."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.rules = BatchRules()
        self.files: dict[str, bytes] = {}
        self.names: dict[str, str] = {}
        self.made: dict[str, Made] = {}
        self.run: Counter[bytes] = Counter()
        """How often each request was run, by its body."""

    def upload(self, raw: bytes, *_: Any) -> Answer:
        """POST /files, as multipart/form-data."""
        self._tell("upload")
        if self.rules.upload_errors:
            return self._answering.error(self.rules.upload_errors.popleft())
        parts = _parts(raw)
        if parts.get("purpose", ("", b""))[1] != b"batch" or "file" not in parts:
            return self._answering.error(HTTPError(400, "purpose and file are wanted", param="purpose"))
        name, content = parts["file"]
        file = self._keep(content, name)
        self._tell("uploaded")
        return json_answer(self._described(file))

    def content(self, raw: bytes, body: Any, params: Any) -> Answer:
        """GET /files/ID/content."""
        self._tell("content")
        error = self.rules.content_errors.popleft() if self.rules.content_errors else None
        if isinstance(error, HTTPError):
            return self._answering.error(error)
        if params["id"] not in self.files:
            return self._answering.error(HTTPError(404, f"No such File object: {params['id']}"))
        wire = "reset" if error == "reset" else None
        return Answer(200, self.files[params["id"]], {"content-type": "application/octet-stream"}, wire)  # type: ignore[arg-type]

    def create(self, raw: bytes, body: Any, *_: Any) -> Answer:
        """POST /batches."""
        self._tell("create")
        error = self.rules.create_errors.popleft() if self.rules.create_errors else None
        if isinstance(error, HTTPError):
            return self._answering.error(error)
        if not isinstance(body, dict) or body.get("input_file_id") not in self.files:
            return self._answering.error(HTTPError(400, "No such File object", param="input_file_id"))
        batch = Made(
            id=f"batch_{len(self.made):04d}",
            file=body["input_file_id"],
            made_at=time.monotonic(),
            metadata=body.get("metadata") or {},
            endpoint=body["endpoint"],
            window=body["completion_window"],
        )
        self.made[batch.id] = batch
        if self.rules.failures:
            batch.errors = self.rules.failures.popleft()
        elif self.rules.enqueued_tokens is not None:
            queued = sum(self._tokens(one) for one in self.made.values() if one.status not in _ENDED)
            if queued > self.rules.enqueued_tokens:
                batch.errors = [("token_limit_exceeded", _LIMIT.format("test", self.rules.enqueued_tokens))]
        batch.status = "failed" if batch.errors else "validating"
        self._tell("created")
        if error == "odd":
            return json_answer([])
        return Answer(200, orjson.dumps(self._seen(batch)), {}, "reset" if error == "lost" else None)

    def retrieve(self, raw: bytes, body: Any, params: Any) -> Answer:
        """GET /batches/ID."""
        self._tell("look")
        if self.rules.look_errors:
            return self._answering.error(self.rules.look_errors.popleft())
        batch = self.made.get(params["id"])
        if batch is None:
            return self._answering.error(HTTPError(404, f"No batch found with id '{params['id']}'."))
        self._move_on(batch)
        if batch.status in _ENDED:
            self._tell("ended")
        return json_answer(self._seen(batch))

    def cancel(self, raw: bytes, body: Any, params: Any) -> Answer:
        """POST /batches/ID/cancel."""
        batch = self.made[params["id"]]
        self._end(batch, "cancelled", 0)
        return json_answer(self._seen(batch))

    def list(self, raw: bytes, body: Any, params: Any) -> Answer:
        """GET /batches, the newest first."""
        self._tell("list")
        newest = [*self.made.values()][::-1]
        after = params.get("after")
        start = next((i + 1 for i, batch in enumerate(newest) if batch.id == after), 0)
        size = min(int(params.get("limit") or 20), self.rules.page)
        page = newest[start : start + size]
        return json_answer(
            {"object": "list", "data": [self._seen(one) for one in page], "has_more": start + size < len(newest)}
        )

    def _tell(self, step: str) -> None:
        if self.rules.on is not None:
            self.rules.on(step)

    def _move_on(self, batch: Made) -> None:
        if batch.status in _ENDED:
            return
        batch.status = "in_progress"
        if self.rules.held or time.monotonic() - batch.made_at < self.rules.delay_s:
            return
        if self.rules.expires_after is not None:
            self._end(batch, "expired", self.rules.expires_after)
        elif self.rules.cancelled_after is not None:
            self._end(batch, "cancelled", self.rules.cancelled_after)
        else:
            self._end(batch, "completed", None)

    def _end(self, batch: Made, status: str, most: int | None) -> None:
        """Run the requests, and write what came of them in another order than they came in."""
        lines = [orjson.loads(line) for line in self.files[batch.file].splitlines()]
        most = len(lines) if most is None else most
        output: list[bytes] = []
        errors = [self._not_run(line, _CANCELLED if status == "cancelled" else _EXPIRED) for line in lines[most:]]
        for line in lines[:most]:
            done, body = self._ask(line)
            (output if done else errors).append(body)
        for kept in (output, errors):
            random.Random(7).shuffle(kept)
        batch.status, batch.completed, batch.failed = status, len(output), len(errors)
        if self.rules.spoil_output:
            output = self.rules.spoil_output(output)
        if self.rules.spoil_errors:
            errors = self.rules.spoil_errors(errors)
        batch.output = self._keep(b"\n".join(output), "output") if output else None
        batch.error = self._keep(b"\n".join(errors) + b"\n", "errors") if errors else None

    def _ask(self, line: dict[str, Any]) -> tuple[bool, bytes]:
        raw = orjson.dumps(line["body"])
        self.run[raw] += 1
        answer = self._answering.chat(raw, line["body"])
        if answer.wire:
            return False, self._not_run(line, ("request_timeout", "The request timed out."))
        try:
            body = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            body = answer.body.decode()
        response = {"status_code": answer.status, "request_id": "req_x", "body": body}
        whole = {"id": "batch_req_x", "custom_id": line["custom_id"], "response": response, "error": None}
        return answer.status == 200, orjson.dumps(whole)

    def _not_run(self, line: dict[str, Any], error: Error) -> bytes:
        said = {"code": error[0], "message": error[1]}
        whole = {"id": "batch_req_x", "custom_id": line["custom_id"], "response": None, "error": said}
        return orjson.dumps(whole)

    def _keep(self, content: bytes, name: str) -> str:
        file = f"file-{len(self.files):04d}"
        self.files[file], self.names[file] = content, name
        return file

    def _described(self, file: str) -> dict[str, Any]:
        return {
            "id": file,
            "object": "file",
            "bytes": len(self.files[file]),
            "created_at": int(time.time()),
            "filename": self.names[file],
            "purpose": "batch",
        }

    def _tokens(self, batch: Made) -> int:
        return len(self.files[batch.file]) // 4

    def _seen(self, batch: Made) -> dict[str, Any]:
        total = self.files[batch.file].count(b"\n")
        data = [{"code": code, "message": message, "line": None, "param": None} for code, message in batch.errors]
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.endpoint,
            "errors": {"object": "list", "data": data} if data else None,
            "input_file_id": batch.file,
            "completion_window": batch.window,
            "status": batch.status,
            "output_file_id": batch.output,
            "error_file_id": batch.error,
            "created_at": int(time.time()),
            "request_counts": {"total": total, "completed": batch.completed, "failed": batch.failed},
            "metadata": batch.metadata,
        }


_ENDED = ("failed", "completed", "expired", "cancelled")


def _parts(raw: bytes) -> dict[str, tuple[str, bytes]]:
    """Return name → (file name, content) of a multipart body."""
    boundary = raw[: raw.find(b"\r\n")]
    found = {}
    for part in raw.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        fields = dict(
            item.strip().split("=", 1)
            for line in head.decode().splitlines()
            if line.lower().startswith("content-disposition")
            for item in line.split(";")[1:]
        )
        found[fields["name"].strip('"')] = (fields.get("filename", '""').strip('"'), content.removesuffix(b"\r\n"))
    return found
