"""Files and batches of the test server, as openai's own client sees them."""

import io
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types import Batch

from tests.servers.asking import ask, client, messages
from tests.servers.openai_server import Fault, OpenAIServer


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def submitted(made: openai.OpenAI, n: int = 3) -> Batch:
    """Return a new batch of so many requests."""
    body = {"model": "test", "messages": messages()}
    lines = [
        {"custom_id": f"r{i}", "method": "POST", "url": "/v1/chat/completions", "body": {**body, "seed": i}}
        for i in range(n)
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file = made.files.create(file=("in.jsonl", io.BytesIO(content)), purpose="batch")
    assert (file.filename, file.bytes, file.purpose) == ("in.jsonl", len(content), "batch")
    return made.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )


def lines_of(made: openai.OpenAI, file: str | None) -> dict[str, Any]:
    assert file is not None
    found = [json.loads(line) for line in made.files.content(file).text.splitlines()]
    return {line["custom_id"]: line for line in found}


def test_a_batch_is_answered_as_live_calls_are(server: OpenAIServer) -> None:
    with client(server) as made:
        batch = submitted(made)
        assert (batch.status, batch.metadata) == ("validating", {"a": "b"})
        done = made.batches.retrieve(batch.id)
        assert done.status == "completed" and done.request_counts is not None
        assert (done.request_counts.total, done.request_counts.completed, done.error_file_id) == (3, 3, None)
        found = lines_of(made, done.output_file_id)
        assert list(found) != ["r0", "r1", "r2"] and sorted(found) == ["r0", "r1", "r2"]
        for i in range(3):
            response = found[f"r{i}"]["response"]
            assert response["status_code"] == 200
            live = ask(made, seed=i)
            assert response["body"]["choices"][0]["message"]["content"] == live.choices[0].message.content
    assert set(server.batches.run.values()) == {1}


def test_what_goes_wrong_is_in_the_error_file(server: OpenAIServer) -> None:
    server.script([Fault("500"), Fault("hang")])
    with client(server) as made:
        done = made.batches.retrieve(submitted(made).id)
        errors = lines_of(made, done.error_file_id)
    assert errors["r0"]["response"]["status_code"] == 500
    assert errors["r1"]["error"]["code"] == "request_timeout"
    assert done.request_counts is not None and done.request_counts.failed == 2


def test_a_batch_expires_or_is_cancelled_in_part(server: OpenAIServer) -> None:
    with client(server) as made:
        server.batches.rules.expires_after = 1
        expired = made.batches.retrieve(submitted(made).id)
        assert expired.status == "expired"
        assert lines_of(made, expired.error_file_id)["r2"]["error"]["code"] == "batch_expired"
        assert list(lines_of(made, expired.output_file_id)) == ["r0"]
        server.batches.rules.held = True
        batch = submitted(made)
        assert made.batches.retrieve(batch.id).status == "in_progress"
        assert made.batches.cancel(batch.id).status == "cancelled"


def test_a_queue_has_an_end(server: OpenAIServer) -> None:
    server.batches.rules.enqueued_tokens = 1
    with client(server) as made:
        failed = made.batches.retrieve(submitted(made).id)
    assert failed.status == "failed" and failed.errors is not None and failed.errors.data is not None
    assert failed.errors.data[0].code == "token_limit_exceeded"


def test_the_list_is_newest_first_and_in_pages(server: OpenAIServer) -> None:
    with client(server) as made:
        ids = [submitted(made, 1).id for _ in range(5)]
        assert [batch.id for batch in made.batches.list(limit=2)] == ids[::-1]


def test_what_is_not_there_is_refused(server: OpenAIServer) -> None:
    with client(server) as made:
        with pytest.raises(openai.NotFoundError):
            made.batches.retrieve("batch_none")
        with pytest.raises(openai.NotFoundError):
            made.files.content("file-none")
        with pytest.raises(openai.BadRequestError):
            made.files.create(file=("x", io.BytesIO(b"{}")), purpose="assistants")
        with pytest.raises(openai.BadRequestError):
            made.batches.create(input_file_id="none", endpoint="/v1/chat/completions", completion_window="24h")
