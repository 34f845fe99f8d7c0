"""What HTTP errors mean, in the words of the servers that send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.trouble import Trouble, pause_s, read_trouble, retry_after


def openai_error(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """OpenAI's client hands over what stands under `error`."""
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def trouble(status: int, body: Any, text: str = "") -> Trouble:
    return read_trouble(status, text.encode() if body is None else orjson.dumps(body), {})


KINDS: dict[str, tuple[int, Any, str]] = {
    "OpenAI, context": (
        400,
        openai_error("This model's maximum context length is 8", "context_length_exceeded"),
        "too_long",
    ),
    "vLLM, context": (400, {"message": "This model's maximum context length is 4096 tokens.", "code": 400}, "too_long"),
    "llama.cpp, context": (
        400,
        {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"},
        "too_long",
    ),
    "Anthropic, context": (400, openai_error("prompt is too long: 210000 tokens > 200000 maximum"), "too_long"),
    "Gemini, context": (
        400,
        openai_error("The input token count (9) exceeds the maximum number of tokens allowed"),
        "too_long",
    ),
    "payload": (413, None, "too_long"),
    "Azure, filter": (400, openai_error("The response was filtered", "content_filter"), "content_filter"),
    "OpenRouter, moderation": (403, openai_error("Your input was flagged"), "content_filter"),
    "rate": (429, openai_error("Rate limit reached", "rate_limit_exceeded"), "rate_limited"),
    "anything else": (400, openai_error("no"), "http_error"),
    "a server's fault": (500, openai_error("sorry"), "http_error"),
}


@pytest.mark.parametrize(("status", "body", "kind"), KINDS.values(), ids=KINDS.keys())
def test_kinds(status: int, body: Any, kind: str) -> None:
    assert trouble(status, body).kind == kind


RETRIED = {408: True, 409: True, 425: True, 429: True, 500: True, 502: True, 503: True, 504: True, 529: True}
RETRIED |= {400: False, 401: False, 404: False, 413: False, 422: False}


@pytest.mark.parametrize(("status", "retried"), RETRIED.items())
def test_what_time_may_cure_is_tried_again(status: int, retried: bool) -> None:
    assert trouble(status, openai_error("x")).retried is retried


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached"])
def test_an_empty_account_is_no_rate_limit(code: str) -> None:
    empty = trouble(429, openai_error("You exceeded your current quota", code))
    assert empty.out_of_money
    assert not empty.retried


def test_keys() -> None:
    assert trouble(401, openai_error("x")).key_refused
    assert trouble(403, openai_error("x")).key_refused
    assert not trouble(403, openai_error("flagged by moderation")).key_refused
    assert not trouble(400, openai_error("x")).key_refused


SHAPES: dict[str, tuple[int, Any, bool]] = {
    "response_format": (400, openai_error("'response_format' is not supported"), True),
    "by its name alone": (400, openai_error("not supported", param="response_format"), True),
    "tools": (400, openai_error("tools are not supported by this model"), True),
    "OpenRouter": (404, openai_error("No endpoints found that support tool use"), True),
    "llama.cpp": (400, openai_error("Failed to parse grammar"), True),
    "not implemented": (501, openai_error("json_schema"), True),
    "a model that is not there": (404, openai_error("The model `x` does not exist"), False),
    "too long": (400, openai_error("the tools and messages exceed the context length"), False),
    "filtered": (400, openai_error("the function was filtered", "content_filter"), False),
    "a server's fault": (500, openai_error("the tool server fell over"), False),
}


@pytest.mark.parametrize(("status", "body", "refused"), SHAPES.values(), ids=SHAPES.keys())
def test_whether_another_way_of_asking_may_help(status: int, body: Any, refused: bool) -> None:
    assert trouble(status, body).shape_refused is refused


PARAMETERS: dict[str, tuple[int, Any, str, bool]] = {
    "OpenAI, value": (400, openai_error("Unsupported value", "unsupported_value", "temperature"), "temperature", True),
    "OpenAI, name": (400, openai_error("Unsupported parameter", "unsupported_parameter", "seed"), "seed", True),
    "another parameter": (400, openai_error("x", "unsupported_value", "temperature"), "seed", False),
    "Anthropic": (400, openai_error("`temperature` is deprecated for this model."), "temperature", True),
    "Groq": (400, openai_error("property 'seed' is unsupported"), "seed", True),
    "a part of a word": (400, openai_error("unsupported: seeds"), "seed", False),
    "a value that is too high": (400, openai_error("max_tokens is too large", None, "max_tokens"), "max_tokens", False),
    "named, not refused": (400, openai_error("temperature must be a number"), "temperature", False),
    "pydantic": (422, {"message": "extra fields not permitted: seed"}, "seed", True),
    "a server's fault": (500, openai_error("unsupported temperature"), "temperature", False),
}


@pytest.mark.parametrize(("status", "body", "name", "refused"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_whether_a_parameter_is_refused(status: int, body: Any, name: str, refused: bool) -> None:
    assert trouble(status, body).refuses(name) is refused


BODIES: dict[str, tuple[Any, str, str, str]] = {
    "unpacked": (openai_error("hi", "c", "p"), "hi", "c", "p"),
    "packed": ({"error": openai_error("hi", "c", "p")}, "hi", "c", "p"),
    "as text": ({"error": "hi"}, "hi", "", ""),
    "type in place of a code": ({"error": {"message": "hi", "type": "t", "code": 400}}, "hi", "t", ""),
    "none": (None, "the text", "", ""),
    "a list": ([1], "[1]", "", ""),
    "an empty object": ({}, "{}", "", ""),
    "odd types": ({"error": {"message": ["hi"], "code": None, "param": 5}}, "['hi']", "", "5"),
}


@pytest.mark.parametrize(("body", "message", "code", "parameter"), BODIES.values(), ids=BODIES.keys())
def test_errors_are_read_in_whatever_shape_they_come(body: Any, message: str, code: str, parameter: str) -> None:
    got = trouble(400, body, "the\n  text")
    assert (got.message, got.code, got.parameter) == (message, code, parameter)


def test_long_messages_are_shortened() -> None:
    assert len(trouble(500, None, "x" * 10_000).message) == 300


NOW = datetime.now(UTC)
HEADERS: dict[str, tuple[dict[str, str], float | None]] = {
    "none": ({}, None),
    "seconds": ({"retry-after": "3"}, 3.0),
    "a fraction": ({"retry-after": "0.25"}, 0.25),
    "milliseconds first": ({"retry-after": "3", "retry-after-ms": "250"}, 0.25),
    "below zero": ({"retry-after": "-1"}, None),
    "milliseconds below zero": ({"retry-after-ms": "-1"}, 0.0),
    "words": ({"retry-after": "soon"}, None),
    "words for milliseconds": ({"retry-after-ms": "soon"}, None),
    "a date gone by": ({"retry-after": format_datetime(NOW - timedelta(hours=1))}, 0.0),
    "an odd digit": ({"retry-after": "²"}, None),
}


@pytest.mark.parametrize(("headers", "wait_s"), HEADERS.values(), ids=HEADERS.keys())
def test_retry_after(headers: dict[str, str], wait_s: float | None) -> None:
    assert retry_after(headers) == wait_s


def test_retry_after_as_a_date() -> None:
    wait_s = retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=30))})
    assert wait_s is not None
    assert 28 < wait_s <= 30  # HTTP dates have whole seconds


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_header_breaks_it(one: str, other: str) -> None:
    wait_s = retry_after({"retry-after": one, "retry-after-ms": other})
    assert wait_s is None or wait_s >= 0
    wait_s = retry_after({"retry-after": one})
    assert wait_s is None or wait_s >= 0


@given(st.integers(0, 40), st.integers(0, 1000))
def test_pauses_lie_between_nothing_and_the_cap_of_the_attempt(attempt: int, seed: int) -> None:
    assert 0 <= pause_s(attempt, None, Random(seed)) <= min(20.0, 0.5 * 2**attempt)


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 0.0), (7.5, 7.5), (60.0, 60.0), (86_400.0, 60.0)])
def test_a_server_is_not_waited_for_longer_than_a_minute(asked: float, pause: float) -> None:
    assert pause_s(3, asked, Random(0)) == pause
