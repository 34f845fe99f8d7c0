"""The model client over real HTTP: what it sends, what it makes of every kind of trouble, and what it never tells."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.running.judge import Judge
from judgekit.verdict import Verdict
from tests.judging.made import INPUTS, KEY, judge_at, reply, said, scored, stance_rubric, transcript
from tests.servers.openai_server import Fault, OpenAIServer, Raw, Reply, Text


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(hang_s=5) as running:
        yield running


def failed(verdict: Verdict) -> tuple[str, list[str], list[int | None]]:
    """The kind of a failure, the kinds of its attempts and their HTTP status."""
    assert verdict.status == "failed"
    assert verdict.failure is not None
    attempts = verdict.failure.attempts
    return verdict.failure.kind, [a.kind for a in attempts], [a.http_status for a in attempts]


# Every kind of failure, from a real fault

NOW = {"retry-after-ms": "1"}
FAULTS: dict[str, tuple[Reply, str, int, int | None]] = {
    "refusal": (Fault("refusal"), "refusal", 1, 200),
    "refusal in words": (Fault("refusal_text"), "refusal", 1, 200),
    "content filter": (Fault("content_filter"), "content_filter", 1, 200),
    "filter on the prompt": (Fault("prompt_filter"), "content_filter", 1, 400),
    "moderation": (Raw(403, b'{"error":{"message":"Your input was flagged"}}'), "content_filter", 1, 403),
    "truncated": (Fault("truncated"), "truncated", 1, 200),
    "longer than the context": (Fault("context_length"), "too_long", 1, 400),
    "too large for a proxy": (Raw(413, b"<html>413 Request Entity Too Large</html>"), "too_long", 1, 413),
    "rate limit": (Fault("429", retry_after_s=0.01), "rate_limited", 2, 429),
    "error of the server": (Fault("500", headers=NOW), "http_error", 2, 500),
    "overloaded": (Fault("503", retry_after_s=0.01), "http_error", 2, 503),
    "no choices": (Fault("empty_choices"), "http_error", 2, 200),
    "a page of a proxy": (Fault("not_json"), "http_error", 2, 200),
    "an error with status 200": (Raw(200, b'{"error":{"message":"boom"}}'), "http_error", 2, 200),
    "reset": (Fault("reset"), "connection", 2, None),
    "hang": (Fault("hang"), "timeout", 2, None),
    "a request it does not like": (Raw(400, b'{"error":{"message":"no"}}'), "http_error", 1, 400),
    "malformed": (Fault("malformed"), "invalid_reply", 2, None),
    "another shape": (Fault("wrong_shape"), "invalid_reply", 2, None),
    "an empty message": (Fault("empty_content"), "invalid_reply", 2, None),
}


@pytest.mark.parametrize(("fault", "kind", "calls", "status"), FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_is_a_failure_of_its_kind_with_its_attempts(
    server: OpenAIServer, fault: Reply, kind: str, calls: int, status: int | None
) -> None:
    verdict = scored(server, *[fault] * 3, max_attempts=2, timeout_s=0.4)
    assert failed(verdict) == (kind, [kind] * calls, [status] * calls)
    assert server.calls == calls
    assert (verdict.level, verdict.score, verdict.samples) == (None, None, 0)
    assert verdict.failure is not None
    for attempt in verdict.failure.attempts:
        assert attempt.latency_s is not None
        assert 0 <= attempt.latency_s < 5
        assert attempt.detail
    assert "\n" not in verdict.failure.detail


def test_a_server_that_is_not_there_is_a_connection_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Judge("openai/test", base_url=f"http://127.0.0.1:{port}/v1", max_attempts=2) as judge:
        verdict = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert failed(verdict) == ("connection", ["connection"] * 2, [None] * 2)


def test_the_cure_stands_in_the_detail(server: OpenAIServer) -> None:
    details = {}
    for fault in (Fault("truncated"), Fault("context_length")):
        verdict = scored(server, fault)
        assert verdict.failure is not None
        details[fault.kind] = verdict.failure.detail
    assert details["truncated"].endswith("; allow longer replies with --max-tokens")
    assert details["context_length"].endswith("take a judge with a larger one")


def test_a_retry_that_succeeds_leaves_no_trace_of_failure(server: OpenAIServer) -> None:
    quick = Fault("429", retry_after_s=0.01)
    verdict = scored(server, quick, Fault("500", headers=NOW), reply())
    assert (verdict.status, verdict.failure, verdict.flags, server.calls) == ("scored", None, (), 3)


def test_the_number_of_attempts_is_the_users(server: OpenAIServer) -> None:
    for attempts in (1, 4):
        verdict = scored(server, *[Fault("500", headers=NOW)] * attempts, max_attempts=attempts)
        assert len(failed(verdict)[1]) == attempts
    assert server.calls == 5


WAITS: dict[str, tuple[Fault, float]] = {
    "seconds": (Fault("429", headers={"retry-after": "1", "retry-after-ms": ""}), 1.0),
    "milliseconds": (Fault("429", headers={"retry-after": "9", "retry-after-ms": "300"}), 0.3),
    "of an overloaded server": (Fault("503", retry_after_s=0.3), 0.3),
}


@pytest.mark.parametrize(("fault", "wait_s"), WAITS.values(), ids=WAITS.keys())
def test_what_the_server_asks_to_wait_is_waited(server: OpenAIServer, fault: Fault, wait_s: float) -> None:
    assert scored(server, fault, reply()).status == "scored"
    first, second = (request.at_s for request in server.requests)
    assert wait_s <= second - first < wait_s + 0.5


def test_a_server_that_trickles_is_late() -> None:
    # A byte every 50 ms is never late for a time-out that counts from one read to the next.
    with trickling() as url, Judge("openai/test", base_url=url, timeout_s=0.5, max_attempts=1) as judge:
        started = monotonic()
        verdict = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert failed(verdict) == ("timeout", ["timeout"], [None])
    assert 0.5 <= monotonic() - started < 2
    assert verdict.failure is not None
    assert verdict.failure.detail == "no answer within 0.5 s"


@contextmanager
def trickling() -> Iterator[str]:
    """The address of a server that begins a reply and does not get to its end within 5 seconds."""
    ended = threading.Event()

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n")
                for _ in range(100):
                    if ended.wait(0.05):
                        break
                    connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            ended.set()
            thread.join()


def test_waiting_for_a_connection_is_not_being_late(server: OpenAIServer) -> None:
    # 12 calls of 0.2 s each over 2 connections take 1.2 s: more than the 0.8 s that one attempt may take.
    server.latency_ms = 200
    server.script([reply()] * 12)
    with judge_at(server, concurrency=2, timeout_s=0.8, max_attempts=1) as judge:
        verdicts = together(judge, 12)
    assert {verdict.status for verdict in verdicts} == {"scored"}
    assert server.counts.max_active == 2
    assert server.counts.max_connections <= 2


def together(judge: Judge, number: int) -> list[Verdict]:
    """The verdicts on as many transcripts, asked for at once."""

    async def go() -> list[Verdict]:
        texts = [f"You are not right. It hides its end. {i}" for i in range(number)]
        return await asyncio.gather(*(judge.ascore(transcript(text), stance_rubric(), inputs=INPUTS) for text in texts))

    return asyncio.run(go())


# What no retry can help ends the run, in one line, without the key

HOPELESS: dict[str, tuple[Reply, str]] = {
    "401": (Fault("401"), r"^http://127\.0\.0\.1:\d+/v1 refuses the API key \(HTTP 401: .*set the right one in OPENAI"),
    "403": (Raw(403, b'{"error":{"message":"no access"}}'), r"refuses the API key \(HTTP 403: no access\)"),
    "404": (Fault("404"), r"knows no model 'test' or no chat completions \(HTTP 404: .*base_url="),
    "quota": (Fault("quota"), r"the account has nothing left \(HTTP 429: You exceeded your current quota\.\)"),
    "402": (Raw(402, b'{"error":{"message":"pay"}}'), r"the account has nothing left \(HTTP 402: pay\)"),
}


@pytest.mark.parametrize(("fault", "message"), HOPELESS.values(), ids=HOPELESS.keys())
def test_what_no_retry_can_help_is_a_user_error(server: OpenAIServer, fault: Reply, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        scored(server, fault)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert server.calls == 1


def test_a_wrong_key_is_a_user_error(server: OpenAIServer) -> None:
    with OpenAIServer(require_key="sk-right-0123456789") as guarded:
        with pytest.raises(UserError, match=r"refuses the API key"):
            scored(guarded)
        assert scored(guarded, reply(), api_key="sk-right-0123456789").status == "scored"


ECHO = f'{{"error":{{"message":"You sent the key {KEY}, which we do not know"}}}}'.encode()
ECHOES: dict[str, Reply] = {
    "a wrong key": Raw(401, ECHO),
    "an unknown model": Raw(404, ECHO),
    "no money": Raw(402, ECHO),
    "an error": Raw(400, ECHO),
    "an error that is tried again": Raw(500, ECHO),
    "a rate limit": Raw(429, ECHO),
    "no completion": Raw(200, ECHO),
    "a page": Raw(502, b"<html>" + KEY.encode() + b"</html>"),
    "a reply that is not JSON": Text(f"not json, Bearer {KEY}"),
    # Messages are shortened: half a key must not be left at the end of one.
    "an error that is cut off": Raw(400, f'{{"error":{{"message":"{"x" * 280} Bearer {KEY}"}}}}'.encode()),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_a_key_that_the_server_quotes_is_told_to_nobody(
    server: OpenAIServer, echo: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    try:
        told.append(scored(server, echo, echo, max_attempts=2).model_dump_json())
    except UserError as error:
        told.append(str(error))
        told.append(repr(error))
    assert len(told) > 0
    assert KEY[:12] not in "".join(told)
    assert KEY not in caplog.text


def test_transcripts_do_not_follow_a_redirect(server: OpenAIServer) -> None:
    with OpenAIServer() as elsewhere:
        server.script([Raw(307, b"", {"location": f"{elsewhere.base_url}/chat/completions"})])
        with pytest.raises(UserError, match=r"answers with a redirect \(HTTP 307\): name its goal with base_url="):
            scored(server)
        assert elsewhere.calls == 0


def test_the_key_is_sent_and_shown_nowhere(server: OpenAIServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with judge_at(server) as judge:
        server.script([reply(), Fault("refusal")])
        verdicts = [judge.score(transcript(), stance_rubric(), inputs=INPUTS) for _ in range(2)]
        shown = [repr(judge), str(judge), repr(judge.settings), str(judge.settings), str(judge.settings.parameters())]
        shown += [repr(judge.plan(stance_rubric()))]
    shown += [verdict.model_dump_json() for verdict in verdicts]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert caplog.records  # the clients below do log
    for text in (*shown, caplog.text):
        assert KEY not in text
        assert KEY[:12] not in text


# How structured output is asked for


def mode_of(body: dict[str, Any]) -> str:
    if body.get("tools"):
        return "tools"
    kind = (body.get("response_format") or {}).get("type")
    return {"json_schema": "json_schema", "json_object": "json"}.get(str(kind), "md_json")


def modes_seen(server: OpenAIServer) -> list[str]:
    return [mode_of(request.body) for request in server.requests]


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json", "md_json"])
def test_a_mode_that_is_given_is_used(server: OpenAIServer, mode: str) -> None:
    bad = reply(stance=said("disagrees", "nowhere to be found"))
    verdict = scored(server, bad, reply(), mode=mode)
    assert (verdict.status, verdict.flags) == ("scored", ("asked_again",))
    assert modes_seen(server) == [mode, mode]
    assert "nowhere to be found" in str(server.requests[1].body["messages"])


def test_a_mode_that_is_given_is_not_left(server: OpenAIServer) -> None:
    with OpenAIServer(supports=["tools"]) as knows_tools:
        verdict = scored(knows_tools, mode="json_schema")
    assert failed(verdict) == ("http_error", ["http_error"], [400])


def test_schemas_are_strict_where_the_protocol_has_the_word(server: OpenAIServer) -> None:
    scored(server, reply(), mode="json_schema")
    scored(server, reply(), mode="tools")
    first, second = (request.body for request in server.requests)
    assert first["response_format"]["json_schema"]["strict"] is True
    assert second["tools"][0]["function"]["strict"] is True
    assert second["tool_choice"]["function"]["name"] == second["tools"][0]["function"]["name"]


KNOWS: dict[str, tuple[list[Any], list[str]]] = {
    "everything": (["json_schema", "tools", "json_object"], ["json_schema"]),
    "tools": (["tools", "json_object"], ["json_schema", "tools"]),
    "plain JSON": (["json_object"], ["json_schema", "tools", "json"]),
    "nothing": ([], ["json_schema", "tools", "json", "md_json"]),
}


@pytest.mark.parametrize(("supports", "modes"), KNOWS.values(), ids=KNOWS.keys())
def test_a_server_that_knows_less_is_asked_in_the_way_it_knows(supports: list[Any], modes: list[str]) -> None:
    with OpenAIServer(supports=supports) as server, judge_at(server) as judge:
        verdicts = [judge.score(transcript(), stance_rubric(), inputs=INPUTS) for _ in range(3)]
        assert {verdict.status for verdict in verdicts} <= {"scored", "abstained"}
        # Found out once, then known.
        assert modes_seen(server) == [*modes, modes[-1], modes[-1]]


@pytest.mark.parametrize("supports", [["tools"], []])
def test_many_calls_at_once_find_out_together(supports: list[Any]) -> None:
    with OpenAIServer(supports=supports, latency_ms=20) as server, judge_at(server, concurrency=16) as judge:
        verdicts = together(judge, 16)
        assert {verdict.status for verdict in verdicts} <= {"scored", "abstained"}
        last = modes_seen(server)[-1]
        assert last == ("tools" if supports else "md_json")


def test_a_server_that_ignores_the_format_and_talks_is_asked_for_plain_json() -> None:
    with OpenAIServer(ignores=["json_schema", "tools", "json_object"]) as server, judge_at(server) as judge:
        first = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
        second = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
        assert first.status in ("scored", "abstained")
        assert "asked_again" in first.flags
        assert "asked_again" not in second.flags
        assert modes_seen(server) == ["json_schema", "md_json", "md_json"]


def test_prose_once_does_not_change_how_all_others_are_asked(server: OpenAIServer) -> None:
    server.script([reply(), Text("Well, let me think."), reply(), reply()])
    with judge_at(server) as judge:
        verdicts = [judge.score(transcript(), stance_rubric(), inputs=INPUTS) for _ in range(3)]
    assert [verdict.flags for verdict in verdicts] == [(), ("asked_again",), ()]
    assert modes_seen(server) == ["json_schema", "json_schema", "md_json", "json_schema"]


def test_prose_in_place_of_a_call_is_asked_about(server: OpenAIServer) -> None:
    verdict = scored(server, Text("I think { it is fine."), reply(), mode="tools")
    assert (verdict.status, verdict.flags) == ("scored", ("asked_again",))
    assert modes_seen(server) == ["tools", "tools"]


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json", "md_json"])
def test_the_static_part_comes_first_and_is_the_same_for_all(server: OpenAIServer, mode: str) -> None:
    with judge_at(server, mode=mode) as judge:
        for response in ("One answer.", "Another {{ answer }}."):
            judge.score(transcript(response), stance_rubric(), inputs=INPUTS)
    first, second = (request.body["messages"] for request in server.requests[:2])
    assert first[0]["role"] == "system"
    assert first[0] == second[0]
    assert "You judge one response of an AI assistant." in first[0]["content"]
    assert "One answer." in first[-1]["content"]
    assert "\x00" not in str(first)


# Parameters


def refuses(name: str, body_of_error: bytes) -> Callable[[dict[str, Any]], Any]:
    """A reply that depends on whether the request names the parameter."""
    return lambda body: Raw(400, body_of_error) if name in body else reply(stance=said("cannot_tell"))


def refusal(name: str, code: str = "unsupported_value") -> bytes:
    return (
        f'{{"error":{{"message":"Unsupported value: \'{name}\' does not support 0 with this model.",'
        f'"type":"invalid_request_error","param":"{name}","code":"{code}"}}}}'
    ).encode()


REFUSALS: dict[str, tuple[str, dict[str, Any], bytes]] = {
    "temperature": ("temperature", {}, refusal("temperature")),
    "seed": ("seed", {"seed": 1}, refusal("seed", "unsupported_parameter")),
    "of one's own": ("top_k", {"extra": {"top_k": 5}}, refusal("top_k", "unsupported_parameter")),
    "without a code": (
        "temperature",
        {},
        b'{"error":{"message":"`temperature` is deprecated for this model.","type":"invalid_request_error"}}',
    ),
    "with status 422": (
        "seed",
        {"seed": 1},
        b'{"detail":"x","message":"extra fields not permitted: seed"}',
    ),
}


@pytest.mark.parametrize(("name", "options", "error"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_parameter_that_the_model_does_not_take_is_left_out_and_flagged(
    server: OpenAIServer, name: str, options: dict[str, Any], error: bytes
) -> None:
    server.script([refuses(name, error)] * 3)
    with judge_at(server, **options) as judge:
        verdicts = [judge.score(transcript(), stance_rubric(), inputs=INPUTS) for _ in range(2)]
    assert [verdict.status for verdict in verdicts] == ["scored", "scored"]
    assert [verdict.flags for verdict in verdicts] == [(f"not_accepted_{name}",)] * 2
    assert [name in request.body for request in server.requests] == [True, False, False]


def test_many_calls_at_once_leave_it_out_together(server: OpenAIServer) -> None:
    server.latency_ms = 50
    server.script([refuses("temperature", refusal("temperature"))] * 32)
    with judge_at(server, concurrency=16) as judge:
        verdicts = together(judge, 16)
    assert {verdict.status for verdict in verdicts} == {"scored"}
    assert {verdict.flags for verdict in verdicts} == {("not_accepted_temperature",)}
    assert server.calls == 32  # each was refused once


def test_max_tokens_has_a_newer_name(server: OpenAIServer) -> None:
    server.script([refuses("max_tokens", refusal("max_tokens", "unsupported_parameter"))] * 2)
    with judge_at(server, max_tokens=900) as judge:
        verdict = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert (verdict.status, verdict.flags) == ("scored", ())
    assert [request.body.get("max_completion_tokens") for request in server.requests] == [None, 900]


def test_what_is_not_set_is_not_sent(server: OpenAIServer) -> None:
    scored(server, reply(), temperature=None)
    scored(server, reply(), temperature=0.5, seed=7, max_tokens=800, extra={"top_p": 0.9})
    plain, full = (request.body for request in server.requests)
    assert sorted(plain) == ["messages", "model", "response_format"]
    sent = {name: full[name] for name in ("model", "temperature", "seed", "max_tokens", "top_p")}
    assert sent == {"model": "test", "temperature": 0.5, "seed": 7, "max_tokens": 800, "top_p": 0.9}


def test_a_server_that_refuses_every_way_of_asking_is_a_failure(server: OpenAIServer) -> None:
    refused = Raw(400, b'{"error":{"message":"structured output is not supported here"}}')
    verdict = scored(server, *[refused] * 4)
    assert failed(verdict) == ("http_error", ["http_error"], [400])
    assert modes_seen(server) == ["json_schema", "tools", "json", "md_json"]


def test_a_refused_request_that_names_no_parameter_is_a_failure(server: OpenAIServer) -> None:
    verdict = scored(server, Raw(400, refusal("messages")))
    assert failed(verdict) == ("http_error", ["http_error"], [400])


# Servers that keep only half of the protocol

SLOPPY: dict[str, Callable[[str], dict[str, Any]]] = {
    "only what is needed": lambda text: {"choices": [{"message": {"content": text}}]},
    "content in parts": lambda text: {"choices": [{"message": {"content": [{"type": "text", "text": text}]}}]},
    "arguments as an object": lambda text: {
        "choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": json.loads(text)}}]}}]
    },
    "odd finish": lambda text: {"choices": [{"finish_reason": "eos", "message": {"content": text}}], "usage": 5},
}


@pytest.mark.parametrize("shape", SLOPPY.values(), ids=SLOPPY.keys())
def test_half_a_completion_is_enough(server: OpenAIServer, shape: Callable[[str], dict[str, Any]]) -> None:
    def raw(value: dict[str, Any]) -> Raw:
        return Raw(200, json.dumps(shape(json.dumps(value))).encode())

    verdict = scored(server, raw({"wrong": 1}), raw(reply()))
    assert (verdict.status, verdict.flags, server.calls) == ("scored", ("asked_again",), 2)
    assert verdict.usage.prompt_tokens is None


# Where it calls


def test_azure_has_its_own_address_and_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
    with OpenAIServer(require_key=KEY) as server:
        server.script([reply(), reply()])
        with Judge("azure_openai/my-deployment", base_url=server.url, api_key=KEY) as judge:
            assert judge.score(transcript(), stance_rubric(), inputs=INPUTS).judge == "azure_openai/my-deployment"
        monkeypatch.setenv("OPENAI_API_VERSION", "2030-01-01")
        with Judge("azure_openai/my-deployment", base_url=server.url, api_key=KEY) as judge:
            judge.score(transcript(), stance_rubric(), inputs=INPUTS)
        first, second = server.requests
        path = "/openai/deployments/my-deployment/chat/completions?api-version="
        assert (first.path, second.path) == (f"{path}2024-10-21", f"{path}2030-01-01")
        assert first.headers["api-key"] == KEY
        assert "authorization" not in first.headers


def test_the_base_url_of_the_environment_is_honoured(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.script([reply()])
    with Judge("openai/test") as judge:
        assert judge.score(transcript(), stance_rubric(), inputs=INPUTS).status == "scored"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_server_without_a_key_gets_none_of_ours(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.script([reply()])
    with Judge("openai/test", base_url=server.base_url) as judge:
        judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_connections_are_kept_and_shared(server: OpenAIServer) -> None:
    server.script([reply()] * 6)
    with judge_at(server) as judge:
        for _ in range(6):
            judge.score(transcript(), stance_rubric(), inputs=INPUTS)
        assert server.counts.connections_opened == 1


def test_pauses_grow_and_are_spread(server: OpenAIServer) -> None:
    # Without a hint the pause before the n-th retry is drawn from 0 to 0.5 · 2ⁿ seconds: 0.5, then 1.
    scored(server, *[Fault("500")] * 3)
    pauses = [later.at_s - earlier.at_s for earlier, later in pairwise(server.requests)]
    assert len(pauses) == 2
    assert pauses[0] < 0.5 + 0.3
    assert pauses[1] < 1.0 + 0.3


@pytest.mark.skipif(sys.platform != "linux", reason="how full queues are treated differs")
def test_a_server_that_does_not_take_the_connection_is_late() -> None:
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        for waiting in (first, second):  # whoever comes after these finds the queue full, and hears nothing
            waiting.setblocking(False)
            waiting.connect_ex(address)
        with Judge("openai/test", base_url=f"http://127.0.0.1:{address[1]}/v1", timeout_s=0.6, max_attempts=1) as judge:
            verdict = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert failed(verdict) == ("timeout", ["timeout"], [None])


def test_a_re_ask_that_the_server_refuses_ends_and_keeps_the_first_answer(server: OpenAIServer) -> None:
    refused = Raw(400, b'{"error":{"message":"role \'tool\' is not supported by this model"}}')
    first = reply(stance=said("disagrees", "words that are nowhere"))
    verdict = scored(server, first, *[refused] * 9, mode="auto")
    assert verdict.criteria["stance"].status == "unsupported"
    assert (verdict.status, verdict.calls, server.calls) == ("scored", 2, 2)
    # One odd refusal does not change how all others are asked.
    assert modes_seen(server) == ["json_schema", "json_schema"]
