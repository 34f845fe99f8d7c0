"""Every fault, as the openai client and instructor see it."""

import doctest
import json
import re
import threading
import time
from typing import Any

import httpx2
import openai
import pytest
from instructor import Mode
from instructor.core import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion

from tests.servers import faults, quotes
from tests.servers.asking import ask, client, judged, messages, response_format
from tests.servers.openai_server import Fault, OpenAIServer, Raw


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("500", openai.InternalServerError, None),
        ("503", openai.InternalServerError, None),
        ("401", openai.AuthenticationError, "invalid_api_key"),
        ("404", openai.NotFoundError, "model_not_found"),
        ("context_length", openai.BadRequestError, "context_length_exceeded"),
        ("unsupported", openai.BadRequestError, "unsupported_parameter"),
        ("prompt_filter", openai.BadRequestError, "content_filter"),
    ],
)
def test_http_faults(kind: faults.FaultKind, error: type[openai.APIStatusError], code: str | None) -> None:
    with OpenAIServer(script=[Fault(kind, retry_after_s=0.25)]) as server, client(server) as made:
        with pytest.raises(error) as caught:
            ask(made)
        assert ask(made).choices  # and it is over
    assert caught.value.code == code
    waits = {"retry-after": "0.25", "retry-after-ms": "250"} if kind in ("429", "503") else {}
    assert {name: value for name, value in caught.value.response.headers.items() if "retry" in name} == waits


def test_a_hang_is_a_timeout_and_a_reset_a_lost_connection() -> None:
    with OpenAIServer(script=[Fault("hang"), Fault("reset")]) as server, client(server) as made:
        with pytest.raises(openai.APITimeoutError):
            ask(made, timeout=0.2)
        with pytest.raises(openai.APIConnectionError, match="Connection error") as caught:
            ask(made)
        assert isinstance(caught.value.__cause__, httpx2.ReadError)
        assert ask(made).choices
        assert server.counts.statuses == {"hang": 1, "reset": 1, "200": 1}


def test_a_hang_ends_by_itself() -> None:
    with OpenAIServer(script=[Fault("hang")], hang_s=0.05) as server, client(server) as made:
        with pytest.raises(openai.APIConnectionError):
            ask(made)
        assert server.counts.active == 0


def test_stopping_takes_no_time_with_a_hang_and_a_slow_reply_in_flight() -> None:
    server = OpenAIServer(script=[Fault("hang")]).start()
    lost: list[BaseException] = []

    def call() -> None:
        with client(server) as made:
            try:
                ask(made)
            except openai.APIConnectionError as error:
                lost.append(error)

    callers = [threading.Thread(target=call) for _ in range(2)]
    callers[0].start()
    while not server.calls:
        time.sleep(0.01)
    server.latency_ms = 60_000
    callers[1].start()
    while server.counts.active < 2:
        time.sleep(0.01)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 1.0
    for caller in callers:
        caller.join()
    assert len(lost) == 2
    assert "openai-server" not in [thread.name for thread in threading.enumerate()]
    server.stop()  # twice does no harm


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.JSON_SCHEMA, Mode.MD_JSON])
@pytest.mark.parametrize("kind", ["malformed", "wrong_shape", "empty_content", "empty_choices", "refusal_text"])
def test_invalid_replies_are_asked_again(kind: faults.FaultKind, mode: Mode) -> None:
    with OpenAIServer(script=[Fault(kind)]) as server, client(server) as made:
        if kind == "empty_choices":  # the client library cannot format a re-ask without a choice
            with pytest.raises(InstructorRetryException):
                judged(made, mode)
        else:
            assert judged(made, mode, retries=1)[0].level
            assert server.calls == 2
            assert len(server.requests[1].body["messages"]) > len(server.requests[0].body["messages"])


def test_refusal_filter_and_truncation_are_marked() -> None:
    kinds: list[faults.FaultKind] = ["refusal", "content_filter", "truncated"]
    with OpenAIServer(script=map(Fault, kinds)) as server, client(server) as made:
        refused, filtered, cut = (ask(made, response_format=response_format({})).choices[0] for _ in kinds)
        server.script([Fault("truncated")])
        with pytest.raises(IncompleteOutputException):
            judged(made)
    assert refused.message.refusal == faults.REFUSAL
    assert refused.message.content is None
    assert filtered.finish_reason == "content_filter"
    assert cut.finish_reason == "length"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(cut.message.content or "")


def test_a_page_in_place_of_json() -> None:
    with OpenAIServer(script=[Fault("not_json"), Raw(200, b"{")]) as server, client(server) as made:
        page = made.post("/chat/completions", cast_to=httpx2.Response, body={"model": "m", "messages": messages()})
        assert page.headers["content-type"] == "text/html"
        assert page.content == faults.HTML
        with pytest.raises(json.JSONDecodeError):
            ask(made)


def test_random_faults_come_at_their_rate_and_a_retry_draws_anew() -> None:
    def outcomes() -> list[str]:
        with OpenAIServer(faults={"500": 0.3, "refusal_text": 0.2}) as server, client(server) as made:
            got = []
            for number in range(150):
                body: Any = {"model": "m", "messages": [{"role": "user", "content": str(number % 50)}]}
                try:
                    reply = made.post("/chat/completions", cast_to=ChatCompletion, body=body)
                    got.append(reply.choices[0].message.content or "")
                except openai.InternalServerError:
                    got.append("500")
            assert server.counts.repeated == 100
            return got

    got = outcomes()
    assert got == outcomes()
    assert 30 <= got.count("500") <= 60  # 45 expected, standard deviation 5.6
    assert 15 <= got.count(faults.REFUSAL) <= 45  # 30 expected, 4.9
    assert any(len({got[i], got[i + 50], got[i + 100]}) > 1 for i in range(50))


def test_rate_limits_are_enforced_and_announced() -> None:
    with OpenAIServer(rpm=120) as server:  # 2 a second, 2 at once
        with client(server) as made:
            raw = made.chat.completions.with_raw_response
            left = [raw.create(model="m", messages=messages()).headers for _ in range(2)]
            with pytest.raises(openai.RateLimitError) as caught:
                ask(made)
        with client(server, max_retries=3) as patient:
            assert ask(patient).choices
    assert [headers["x-ratelimit-limit-requests"] for headers in left] == ["120", "120"]
    assert 0 < float(caught.value.response.headers["retry-after"]) <= 0.501
    with OpenAIServer(tpm=60, burst_s=60) as server, client(server) as made:
        ask(made)  # about 50 tokens of the 60
        with pytest.raises(openai.RateLimitError):
            ask(made)


@pytest.mark.parametrize(
    ("text", "says"), [("429", "could not convert"), ("430=1", "unknown fault"), ("429=2", "shares")]
)
def test_wrong_rates_are_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        faults.rates(text)


def test_examples_in_docstrings_run() -> None:
    for module in (faults, quotes):
        assert doctest.testmod(module).failed == 0
