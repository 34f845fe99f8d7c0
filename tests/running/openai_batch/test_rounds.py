"""A run in batches gives the verdicts of a live one, for half the price."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from judgekit.errors import JudgeError, UserError
from judgekit.running.judge import Judge
from judgekit.running.openai_batch import BatchOptions
from judgekit.running.progress import Progress
from judgekit.running.run import Run
from judgekit.running.stop import Stop
from tests.judging.made import KEY
from tests.running.openai_batch.made import (
    DATA,
    QUICK,
    left_behind,
    most_runs,
    rows,
    rubric_file,
    score,
    told,
    transcripts,
)
from tests.servers.faults import HTTPError
from tests.servers.openai_server import Fault, OpenAIServer
from tests.servers.replies import Raw


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.mark.slow
def test_the_shipped_transcripts_get_the_verdicts_of_a_live_run(server: OpenAIServer, tmp_path: Path) -> None:
    def run(name: str, **options: Any) -> Run:
        with Judge("openai/test", base_url=server.base_url, api_key=KEY) as judge:
            where = tmp_path / name
            return judge.score_many(DATA / "transcripts.md", questions=DATA / "questions.yaml", store=where, **options)

    live, batched = run("live.db"), run("batched.db", batch=QUICK)
    assert server.calls == sum(server.batches.run.values())
    assert most_runs(server) == 1
    assert told(batched) == told(live)
    assert any("asked_again" in verdict.flags for verdict in batched.verdicts())  # so there was a second round
    assert len(server.batches.made) == 2
    assert {verdict.latency_s for verdict in batched.verdicts()} == {None}
    assert (batched.summary().complete, batched.summary().verdicts) == (True, 213)
    assert left_behind(tmp_path / "batched.db") == []


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"500": 0.3, "429": 0.2}, marks=pytest.mark.slow, id="500"),
        {"malformed": 0.2, "wrong_shape": 0.2, "truncated": 0.1},
        {"refusal": 0.2, "content_filter": 0.1, "prompt_filter": 0.1, "context_length": 0.1},
        {"empty_choices": 0.2, "empty_content": 0.2, "not_json": 0.2},
    ],
    ids=lambda faults: next(iter(faults)),
)
@pytest.mark.slow
def test_what_goes_wrong_ends_as_in_a_live_run(tmp_path: Path, faults: Any) -> None:
    found = []
    for batch in (False, QUICK):  # a server each: a fault depends on how often the same request came before
        with OpenAIServer(faults=faults) as server:
            found.append(told(score(server, tmp_path / f"{bool(batch)}.db", 24, batch=batch)))
    assert found[0] == found[1]
    assert len({row["failure_kind"] for row in found[0]}) > 1 or any(row["flags"] for row in found[0])


@pytest.mark.parametrize("supports", [["tools"], ["json_object"], []])
def test_a_server_that_knows_less_is_asked_otherwise_in_the_next_round(tmp_path: Path, supports: Any) -> None:
    found = []
    for batch in (False, QUICK):
        with OpenAIServer(supports=supports) as server:
            found.append(told(score(server, tmp_path / f"{bool(batch)}.db", 6, batch=batch)))
    assert found[0] == found[1]
    assert {row["status"] for row in found[0]} <= {"scored", "abstained"}


def test_a_parameter_that_a_model_does_not_take_is_left_out_in_the_next_round(
    server: OpenAIServer, tmp_path: Path
) -> None:
    def without(body: dict[str, Any]) -> Any:
        error = HTTPError(400, "Unsupported value: 'temperature'", param="temperature", code="unsupported_value")
        return Raw(400, orjson.dumps(error.body())) if "temperature" in body else {"kind": _SAID, **_REST}

    server.script([without] * 20)
    run = score(server, tmp_path / "run.db", 3)
    assert [v.flags for v in run.verdicts()] == [("not_accepted_temperature",)] * 3
    assert len(server.batches.made) == 2


_SAID = {"evidence": ["Good day"], "reason": "r", "answer": "yes"}
_REST = {"explanation": "e", "level": "3"}


def test_twins_are_asked_once_and_copied(server: OpenAIServer, tmp_path: Path) -> None:
    one, other = transcripts(2)
    twin = one.model_copy(update={"label": "Twin", "id": "q0/Twin"})
    run = score(server, tmp_path / "run.db", [one, other, twin])
    assert [("reused" in v.flags) for v in run.verdicts()] == [False, False, True]
    assert next(len(file.splitlines()) for file in server.batches.files.values()) == 2


@pytest.mark.parametrize("options", [{"max_requests": 5}, {"max_bytes": 9000}])
def test_a_run_is_cut_into_as_many_files_as_it_takes(
    server: OpenAIServer, tmp_path: Path, options: dict[str, int]
) -> None:
    live = score(server, tmp_path / "live.db", 12, batch=False)
    sizes = BatchOptions(first_look_s=0.01, longest_pause_s=0.05, **options)
    run = score(server, tmp_path / "run.db", 12, batch=sizes)
    assert told(run) == told(live)
    sent = [server.batches.files[batch.file] for batch in server.batches.made.values()]
    assert len(sent) >= 3
    assert all(len(file.splitlines()) <= sizes.max_requests and len(file) <= sizes.max_bytes for file in sent)
    assert most_runs(server) == 1


def test_a_request_that_no_file_takes_is_too_long(server: OpenAIServer, tmp_path: Path) -> None:
    run = score(server, tmp_path / "run.db", 2, batch=BatchOptions(max_bytes=500))
    assert [v.failure and v.failure.kind for v in run.verdicts()] == ["too_long"] * 2
    assert server.batches.made == {}


def test_what_is_sent_is_what_the_provider_documents(server: OpenAIServer, tmp_path: Path) -> None:
    score(server, tmp_path / "run.db", 1)
    (batch,) = server.batches.made.values()
    assert (batch.endpoint, batch.window) == ("/v1/chat/completions", "24h")
    assert batch.metadata["judgekit_run"] == "run.db"
    assert batch.metadata["judgekit_batch"] == server.batches.names[batch.file].removesuffix(".jsonl")
    line = orjson.loads(server.batches.files[batch.file])
    assert {**line, "custom_id": "", "body": ""} == {
        "custom_id": "",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": "",
    }
    assert set(line["body"]) >= {"model", "messages", "response_format", "temperature"}


# Money


def azure(server: OpenAIServer) -> dict[str, Any]:
    """A judge of the test server whose price is known."""
    return {"name": "azure_openai/gpt-4o-mini", "base_url": server.url}


def test_it_costs_half(server: OpenAIServer, tmp_path: Path) -> None:
    live, batched = (
        score(server, tmp_path / f"{bool(batch)}.db", 6, judge=azure(server), batch=batch) for batch in (False, QUICK)
    )
    (made,) = {batch.endpoint for batch in server.batches.made.values()}
    assert made == "/chat/completions"
    # gpt-4o-mini: 0.15 and 0.6 dollars for a million tokens sent and received, 0.075 for cached ones.
    for run, factor in ((live, 1.0), (batched, 0.5)):
        for verdict in run.verdicts():
            usage = verdict.usage
            sent, held, received = usage.prompt_tokens or 0, usage.cached_tokens or 0, usage.completion_tokens or 0
            whole = (0.15 * (sent - held) + 0.075 * held + 0.6 * received) / 1e6
            assert verdict.cost_usd == pytest.approx(factor * whole)


def test_nothing_is_sent_that_could_break_the_budget(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    judge = {**azure(server), "max_tokens": 400}
    # A request is about 2.6 KB: 0.5e-6 · (0.15 · 0.35 · 2600 + 0.6 · 400) = 0.00019 dollars at most; five fit in.
    run = score(server, path, 12, judge=judge, budget_usd=0.00105)
    first = len(server.batches.files[next(iter(server.batches.made.values())).file].splitlines())
    assert 4 <= first <= 6
    kinds = [v.failure.kind if v.failure else "" for v in run.verdicts()]
    assert kinds.count("budget") >= 12 - first
    cost = run.summary().cost_usd
    assert cost is not None and cost <= 0.00105
    # The estimate was an upper bound, so the same again has room for some more.
    asked = sum(server.batches.run.values())
    again = score(server, path, 12, judge=judge, budget_usd=0.00105)
    assert sum(server.batches.run.values()) > asked
    assert most_runs(server) == 1
    assert (again.summary().cost_usd or 0) <= 0.00105
    whole = score(server, path, 12, judge=judge, budget_usd=1.0)
    assert whole.summary().failed == 0
    assert most_runs(server) == 1


@pytest.mark.parametrize(("budget", "message"), [(0.5, "the price of openai/test is not known"), (0.0, "positive")])
def test_a_budget_needs_a_price(server: OpenAIServer, tmp_path: Path, budget: float, message: str) -> None:
    with pytest.raises(UserError, match=message):
        score(server, tmp_path / "run.db", budget_usd=budget)
    assert server.requests == []


# Ends and new beginnings


def stopped_while_waiting(server: OpenAIServer, run: Path, stop: Stop, n: int, **options: Any) -> list[str]:
    """What is said when the run is interrupted at its second report from the provider."""
    said: list[str] = []
    reports: list[Progress] = []

    def seen(progress: Progress) -> None:
        if progress.asked:
            reports.append(progress)
            if len(reports) >= 2:
                stop.interrupt()

    score(server, run, n, stop=stop, progress=seen, on_warning=said.append, **options)
    assert reports[0].asked == n
    return said


def test_an_interrupted_wait_goes_on_where_it_was(server: OpenAIServer, tmp_path: Path) -> None:
    live = score(server, tmp_path / "live.db", batch=False)
    path = tmp_path / "run.db"
    server.batches.rules.held = True
    said = stopped_while_waiting(server, path, Stop(), 12)
    assert said == [f"12 requests go on at {server.base_url}: the same command collects their answers"]
    assert rows(path, "SELECT outcome FROM sessions") == [("interrupted",)]
    said = []
    server.batches.rules.held = False
    run = score(server, path, on_warning=said.append)
    assert said == []
    assert told(run) == told(live)
    assert most_runs(server) == 1
    assert left_behind(path) == []


def test_more_transcripts_than_the_open_batch_holds_are_asked_beside_it(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.held = True
    stopped_while_waiting(server, path, Stop(), 5)
    server.batches.rules.held = False
    server.batches.rules.delay_s = 0.2
    run = score(server, path, 12)
    assert [len(server.batches.files[b.file].splitlines()) for b in server.batches.made.values()][:2] == [5, 7]
    assert (run.summary().verdicts, most_runs(server)) == (12, 1)


def test_a_batch_that_this_run_does_not_need_is_not_waited_for(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.held = True
    stopped_while_waiting(server, path, Stop(), 5)

    def step(name: str) -> None:
        if name == "created":
            server.batches.rules.held = False
            server.batches.made["batch_0000"].made_at += 1000.0
            server.batches.rules.delay_s = 0.01

    server.batches.rules.on = step
    run = score(server, path, 3, judge={"temperature": 1.0})
    assert run.summary().verdicts == 3
    assert server.batches.made["batch_0000"].status == "in_progress"
    # And what it holds is there for whoever comes back to it.
    server.batches.made["batch_0000"].made_at -= 1000.0
    server.batches.rules.on = None
    assert score(server, path, 5).summary().verdicts == 5
    assert most_runs(server) == 1


def test_a_live_run_is_warned_of_what_is_under_way(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.held = True
    stopped_while_waiting(server, path, Stop(), 5)
    said: list[str] = []
    score(server, path, 5, batch=False, on_warning=said.append)
    assert said == ["5 requests of this run are in batches: they are paid again here, and not with --batch"]


def test_failures_of_a_session_stand_and_the_next_one_tries_them(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.script([Fault("500")] * 6)
    run = score(server, path, 2, judge={"max_attempts": 3})
    assert [(v.failure.kind, len(v.failure.attempts)) for v in run.verdicts() if v.failure] == [("http_error", 3)] * 2
    assert len(server.batches.made) == 3
    assert score(server, path, 2).summary().failed == 0


def test_retry_failed_asks_again_instead_of_telling_the_old_answer(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.script([Fault("refusal")] * 2)
    assert score(server, path, 2).summary().failures == {"refusal": 2}
    assert score(server, path, 2).summary().failures == {"refusal": 2}
    assert sum(server.batches.run.values()) == 2
    assert score(server, path, 2, retry_failed=True).summary().failed == 0


def test_one_process_at_a_time(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def second(progress: Progress) -> None:
        if progress.asked and not errors:
            with pytest.raises(JudgeError, match="another process asks for it in batches") as raised:
                score(server, path, 3)
            errors.append(raised.value)

    errors: list[JudgeError] = []
    server.batches.rules.delay_s = 0.05
    score(server, path, 3, progress=second)
    assert len(errors) == 1
    assert most_runs(server) == 1


# What cannot be


@pytest.mark.parametrize("name", ["baseline", "anthropic/claude", "groq/llama"])
def test_a_judge_without_a_batch_api_is_a_user_error(tmp_path: Path, name: str) -> None:
    with Judge(name, base_url="http://127.0.0.1:9/v1") as judge, pytest.raises(UserError, match="no OpenAI Batch API"):
        judge.score_many(transcripts(1), [rubric_file(tmp_path)], store=tmp_path / "run.db", batch=True)


def test_run_and_transcripts_have_to_last(server: OpenAIServer, tmp_path: Path) -> None:
    with Judge("openai/test", base_url=server.base_url) as judge:
        with pytest.raises(UserError, match=r"give store='run\.db'"):
            judge.score_many(transcripts(1), [rubric_file(tmp_path)], batch=True)
        with pytest.raises(UserError, match="a file or a list"):
            judge.score_many(iter(transcripts(1)), [rubric_file(tmp_path)], store=tmp_path / "run.db", batch=True)


@pytest.mark.parametrize(
    "wrong", [{"max_requests": 0}, {"max_bytes": 0}, {"first_look_s": 0.0}, {"longest_pause_s": 1.0}]
)
def test_sizes_and_pauses_have_to_make_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="batch: sizes from 1"):
        BatchOptions(**wrong)
