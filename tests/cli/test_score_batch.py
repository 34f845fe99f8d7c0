"""`judgekit score --batch`: exit codes, what is said meanwhile, and the bar."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import invoke, on_terminal
from tests.running.openai_batch.made import RUBRIC
from tests.servers.openai_server import Fault, OpenAIServer


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a rubric and five transcripts, and the current one."""
    (tmp_path / "kind.yaml").write_text(RUBRIC)
    rows = [
        {"question_id": f"q{i}", "label": "M", "prompt": f"Hello {i}?", "response": f"Good day, number {i}."}
        for i in range(5)
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("JUDGEKIT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", "test-key-0123456789")
    return tmp_path


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def asked(server: OpenAIServer, *more: str) -> list[str]:
    where = ["--base-url", server.base_url, "--rubric", "kind.yaml", "--run", "run.db"]
    return ["score", "t.jsonl", "--judge", "openai/test", *where, *more]


def test_it_ends_with_its_summary_and_the_second_time_asks_nothing(place: Path, server: OpenAIServer) -> None:
    first = invoke(*asked(server, "--batch", "--json"))
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["verdicts"] == 5
    asked_for = sum(server.batches.run.values())
    second = invoke(*asked(server, "--json"), env={"JUDGEKIT_BATCH": "1"})
    assert second.exit_code == 0
    assert "0 of 5 to do" in second.stderr
    assert (server.calls, sum(server.batches.run.values())) == (0, asked_for)
    assert not (place / "run.db.batch").exists()


@pytest.mark.slow
def test_what_earlier_sessions_made_is_not_counted_as_this_ones(place: Path, server: OpenAIServer) -> None:
    invoke(*asked(server, "--limit", "2"))
    done = invoke(*asked(server, "--batch"))
    assert done.exit_code == 0, done.output
    assert "3 of 5 to do: 2 are in run.db from before" in done.stderr


@pytest.mark.slow
def test_a_failure_is_exit_1(place: Path, server: OpenAIServer) -> None:
    server.script([Fault("refusal")])
    assert invoke(*asked(server, "--batch")).exit_code == 1


def test_a_batch_that_is_refused_is_one_line_and_exit_2(place: Path, server: OpenAIServer) -> None:
    server.batches.rules.failures.append([("mismatched_model", "All lines want one model.")])
    done = invoke(*asked(server, "--batch"))
    assert done.exit_code == 2
    assert "refuses a batch of 5 requests (mismatched_model: All lines want one model.)" in done.stderr.splitlines()[-1]


def test_a_judge_without_batches_is_exit_2(place: Path, server: OpenAIServer) -> None:
    done = invoke("score", "t.jsonl", "--judge", "baseline", "--rubric", "kind.yaml", "--batch")
    assert done.exit_code == 2
    assert "--batch: baseline has no OpenAI Batch API; leave --batch out" in done.stderr


@pytest.mark.slow
def test_on_a_terminal_the_bar_shows_what_is_answered(place: Path, server: OpenAIServer) -> None:
    server.batches.rules.delay_s = 2.5
    shown, code = on_terminal(*asked(server, "--batch"))
    assert code == 0
    assert "batches: 0/5 answered, 0:00:0" in shown
