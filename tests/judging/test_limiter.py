"""Calls keep to what an endpoint allows: over real HTTP, against a server that counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from time import monotonic
from typing import Any

import pytest

from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from judgekit.running.stop import Stop
from judgekit.transcript import Transcript
from tests.servers.openai_server import Fault, OpenAIServer

KIND = Rubric.from_text("The answer is kind.")


def transcripts(n: int | None = None) -> Iterator[Transcript]:
    for i in range(n) if n is not None else count():
        yield Transcript.from_text(f"What is {i} and {i}?", f"It is {2 * i}, my friend.", label=f"m{i}")


def judge_at(server: OpenAIServer, **more: Any) -> Judge:
    return Judge("openai/m", base_url=server.base_url, api_key="k", **{"max_attempts": 6, **more})


def times(server: OpenAIServer) -> list[float]:
    first = server.requests[0].at_s
    return [request.at_s - first for request in server.requests]


def test_the_users_limit_is_kept() -> None:
    # 1,200 a minute are 20 a second: the last of 41 calls is sent 2 s after the first, less 0.1 s that may go at once.
    # The server allows twice as much and says so: the user's limit is the one that holds.
    with OpenAIServer(rpm=2400, burst_s=1.0) as server, judge_at(server, rpm=1200) as judge:
        judge.score_many(transcripts(41), KIND)
        calls, statuses = server.calls, dict(server.counts.statuses)
        took = times(server)[-1]
    assert set(statuses) == {"200"}
    assert took >= 0.75 * (calls - 1) / 20  # the first call opens the connection, and comes late


@pytest.mark.slow
def test_the_limit_that_headers_tell_is_kept() -> None:
    with OpenAIServer(rpm=1200, burst_s=1.0, latency_ms=20) as server, judge_at(server, concurrency=8) as judge:
        judge.score_many(transcripts(60), KIND)
        statuses, took, calls = dict(server.counts.statuses), times(server)[-1], server.calls
    # 20 at once, then 20 a second.
    assert took >= (calls - 20) / 20 - 0.2
    assert statuses.get("429", 0) <= 1


def test_a_server_that_asks_to_be_left_alone_is() -> None:
    script = [Fault("429", retry_after_s=0.7)]
    with OpenAIServer(script=script, latency_ms=100) as server, judge_at(server, concurrency=4) as judge:
        judge.score_many(transcripts(12), KIND)
        at = times(server)
        refused = next(i for i, request in enumerate(server.requests) if request.status == 429)
    # The refusal came 100 ms after the first wave; nobody called again before 0.7 s were over.
    first_wave = [when for when in at if when < 0.1]
    assert refused < len(first_wave) <= 4
    assert min(when for when in at if when >= 0.1) >= 0.75


def test_a_run_that_is_to_end_does_not_wait_for_its_turn() -> None:
    stop = Stop()
    with OpenAIServer() as server, judge_at(server, rpm=60, concurrency=16) as judge:
        threading.Timer(1.5, stop.drain).start()
        started = monotonic()
        run = judge.score_many(transcripts(16), KIND, stop=stop)
        took = monotonic() - started
        # One call a second: at the end of the run most of the 16 are still at the door, and are not sent.
        assert server.calls < 8
    summary = run.summary()
    assert took < 4
    assert not summary.complete
    assert summary.failed == 0
    assert 1 <= summary.verdicts < 8


def test_what_was_left_open_is_done_by_the_next_session(tmp_path: Any) -> None:
    stop = Stop()
    with OpenAIServer() as server:
        with judge_at(server, rpm=60, concurrency=8) as slow:
            threading.Timer(1.2, stop.drain).start()
            slow.score_many(transcripts(8), KIND, store=tmp_path / "run.db", stop=stop)
        with judge_at(server, concurrency=8) as quick:
            run = quick.score_many(transcripts(8), KIND, store=tmp_path / "run.db")
        assert server.counts.repeated == 0
    assert run.summary().verdicts == 8
    assert run.summary().complete


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("flags", [True, False])
def test_nearly_all_of_a_limit_is_used(flags: bool) -> None:
    # 40 calls a second; 64 callers with 0.3 s a call could make 213.
    rpm, seconds, stop = 2400.0, 25.0, Stop()
    limits = {"rpm": rpm} if flags else {}
    server = OpenAIServer(rpm=rpm, burst_s=1.0, latency_ms=300, record=0)
    with server, judge_at(server, concurrency=64, **limits) as judge:
        judge.score_many(transcripts(8), KIND)  # the client is loaded, the limits are known
        before, refused = server.calls, server.counts.statuses.get("429", 0)
        threading.Timer(seconds, stop.drain).start()
        judge.score_many(transcripts(), KIND, stop=stop)
        made, again = server.calls - before, server.counts.statuses.get("429", 0) - refused
    assert made - again >= 0.95 * rpm / 60 * seconds
    assert again <= 0.01 * made


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("flags", [True, False])
def test_nearly_all_of_a_limit_of_tokens_is_used(flags: bool) -> None:
    # The server counts the tokens of prompts alone; its headers say so, and a user's own limit is in step with them.
    tpm, seconds, stop = 1_200_000.0, 25.0, Stop()
    limits = {"tpm": tpm} if flags else {}
    server = OpenAIServer(tpm=tpm, burst_s=1.0, latency_ms=300, record=0)
    with server, judge_at(server, concurrency=64, **limits) as judge:
        judge.score_many(transcripts(8), KIND)
        before, refused = server.calls, server.counts.statuses.get("429", 0)
        threading.Timer(seconds, stop.drain).start()
        run = judge.score_many(transcripts(), KIND, stop=stop)
        made, again = server.calls - before, server.counts.statuses.get("429", 0) - refused
    used = run.summary().prompt_tokens
    assert used is not None
    assert used >= 0.95 * tpm / 60 * seconds
    assert again <= 0.01 * made
