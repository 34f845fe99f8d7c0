"""Bodies of chat completions, whole, sloppy and hostile: an answer, a failure of a kind, or no completion at all."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from judgekit.judging.reply import Message, NoAnswerError, parse, read_body
from judgekit.settings import Mode
from judgekit.verdict import Usage


def body(message: Any, finish: Any = "stop", usage: Any = None) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": finish}], "usage": usage}).encode()


def call(arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": arguments}, **fields}]}


TEXTS: dict[str, tuple[Any, str, str | None]] = {
    "content": ({"content": '{"a":1}'}, '{"a":1}', None),
    "no content": ({"content": None}, "", None),
    "nothing": ({}, "", None),
    "parts": ({"content": [{"type": "text", "text": '{"a'}, {"type": "text", "text": '":1}'}]}, '{"a":1}', None),
    "parts that are not text": ({"content": [{"type": "image"}, 5, {"text": "x"}]}, "x", None),
    "a number": ({"content": 5}, "5", None),
    "call": (call('{"a":1}', id="c1"), '{"a":1}', "c1"),
    "call without an id": (call('{"a":1}'), '{"a":1}', "call"),
    "call with an object": (call({"a": 1}, id="c1"), '{"a":1}', "c1"),
    "call beside content": ({**call('{"a":1}', id="c1"), "content": "hm"}, '{"a":1}', "c1"),
    "empty list of calls": ({"content": "x", "tool_calls": []}, "x", None),
}


@pytest.mark.parametrize(("message", "text", "call_id"), TEXTS.values(), ids=TEXTS.keys())
def test_the_text_is_that_of_the_structured_channel(message: Any, text: str, call_id: str | None) -> None:
    got = read_body(body(message))
    assert (got.text, got.call_id, got.failure) == (text, call_id, None)


REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, I cannot do this.",
    "I am unable to judge this.",
    "Sorry, no.",
    "I cannot assist with that request.",
    "I can't do that.",
    "I won't rate this.",
    "As an AI language model, I do not judge.",
    "  \n**I'm very sorry**, no.",
]
NOT_REFUSALS = [
    "The response says: I'm sorry.",
    '{"explanation": "I\'m sorry"}',
    'I\'m sorry, here it is: {"a": 1}',
    "Isorry",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_in_words_is_a_refusal(text: str) -> None:
    got = read_body(body({"content": text}))
    assert got.failure == "refusal"
    assert got.detail == " ".join(text.split())


@pytest.mark.parametrize("text", NOT_REFUSALS)
def test_other_words_are_not(text: str) -> None:
    assert read_body(body({"content": text})).failure is None


ENDS: dict[str, tuple[Any, Any, str]] = {
    "refusal": ({"refusal": "I will not."}, "stop", "refusal"),
    "refusal of another type": ({"refusal": {"a": 1}}, "stop", "refusal"),
    "content filter": ({"content": "half"}, "content_filter", "content_filter"),
    "filter before refusal": ({"refusal": "no"}, "content_filter", "content_filter"),
    "length": ({"content": '{"a":'}, "length", "truncated"),
    "length of a call": (call('{"a":'), "length", "truncated"),
    "length of a refusal in words": ({"content": "I'm sorry, but"}, "length", "truncated"),
}


@pytest.mark.parametrize(("message", "finish", "failure"), ENDS.values(), ids=ENDS.keys())
def test_how_a_message_ends(message: Any, finish: Any, failure: str) -> None:
    got = read_body(body(message, finish))
    assert got.failure == failure
    assert got.detail


def test_a_truncated_reply_says_how_long_it_was() -> None:
    got = read_body(body({"content": "x" * 50}, "length"))
    assert got.detail == "cut off at the token limit, after 50 characters"


USAGES: dict[str, tuple[Any, Usage]] = {
    "whole": (
        {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
        Usage(prompt_tokens=10, completion_tokens=2, cached_tokens=4),
    ),
    "none": (None, Usage()),
    "a number": (7, Usage()),
    "a part": ({"prompt_tokens": 10}, Usage(prompt_tokens=10)),
    "no details": ({"prompt_tokens": 1, "prompt_tokens_details": None}, Usage(prompt_tokens=1)),
    "below zero": ({"prompt_tokens": -1, "completion_tokens": 0}, Usage(completion_tokens=0)),
    "text": ({"prompt_tokens": "10", "completion_tokens": 1.5}, Usage()),
}


@pytest.mark.parametrize(("usage", "read"), USAGES.values(), ids=USAGES.keys())
def test_tokens_are_what_the_server_says_or_unknown(usage: Any, read: Usage) -> None:
    assert read_body(body({"content": "x"}, usage=usage)).usage == read


NOTHING: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"<html>",
    "bytes": b"\xff\xfe\x00",
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "no choices": b"{}",
    "empty choices": b'{"choices": []}',
    "choices of another type": b'{"choices": {"0": 1}}',
    "choice of null": b'{"choices": [null]}',
    "message of null": b'{"choices": [{"message": null}]}',
    "message as text": b'{"choices": [{"message": "hi"}]}',
    "call without function": b'{"choices": [{"message": {"tool_calls": [{}]}}]}',
    "function of null": b'{"choices": [{"message": {"tool_calls": [{"function": null}]}}]}',
    "calls of another type": b'{"choices": [{"message": {"tool_calls": {"a": 1}}}]}',
    "an error": b'{"error": {"message": "boom"}}',
}


@pytest.mark.parametrize("raw", NOTHING.values(), ids=NOTHING.keys())
def test_what_is_no_completion_says_so(raw: bytes) -> None:
    with pytest.raises(NoAnswerError, match="the server's reply is not a chat completion: "):
        read_body(raw)


def test_a_long_page_is_shortened() -> None:
    with pytest.raises(NoAnswerError) as caught:
        read_body(b"<p>" + b"x\n" * 5000)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(["content", "refusal", "tool_calls", "role", "function_call"])


@given(st.dictionaries(PARTS, JSON, max_size=4), JSON, JSON)
def test_no_body_breaks_the_reading(message: dict[str, Any], finish: Any, usage: Any) -> None:
    try:
        got = read_body(body(message, finish, usage))
    except NoAnswerError:
        return
    assert isinstance(got, Message)
    assert isinstance(got.text, str)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    with pytest.raises(NoAnswerError):
        read_body(raw)


# The text of the channel as a typed reply


class Shape(BaseModel):
    """What is wanted."""

    a: Literal["x", "y"]


GOOD = '{"a": "x"}'
PARSED: dict[str, tuple[str, Mode, bool]] = {
    "plain": (GOOD, "json_schema", True),
    "white space around": (f"\n {GOOD} \n", "tools", True),
    "fence": (f"```json\n{GOOD}\n```", "md_json", True),
    "fence in plain JSON": (f"```json\n{GOOD}\n```", "json", True),
    "fence without a language": (f"```\n{GOOD}\n```\n", "md_json", True),
    "fence in capitals": (f"```JSON\n{GOOD}```", "md_json", True),
    "fence where a schema was enforced": (f"```json\n{GOOD}\n```", "json_schema", False),
    "words before the fence": (f"Here it is:\n```json\n{GOOD}\n```", "md_json", False),
    "words after the fence": (f"```json\n{GOOD}\n```\nDone.", "md_json", False),
    "words before the JSON": (f"Answer: {GOOD}", "json", False),
    "two values": (f"{GOOD}{GOOD}", "json_schema", False),
    "another language": (f"```python\n{GOOD}\n```", "md_json", False),
    "open fence": (f"```json\n{GOOD}", "md_json", False),
    "thoughts first": (f"<think>hm {{}}</think>\n{GOOD}", "json", True),
    "thoughts that never end": (f"<think>{GOOD}", "json", False),
    "thoughts with a verdict of their own": ('<think>{"a": "y"}</think>' + GOOD, "json", True),
    "an end of thoughts alone": (f"hm</think>{GOOD}", "json", False),
    "another answer": ('{"a": "z"}', "json_schema", False),
    "a part": ('{"a": "x"', "json_schema", False),
    "nothing": ("", "json_schema", False),
    "null": ("null", "json_schema", False),
    "a lone surrogate": ('{"a": "\\ud800"}', "json_schema", False),
}


@pytest.mark.parametrize(("text", "mode", "fits"), PARSED.values(), ids=PARSED.keys())
def test_only_the_whole_channel_is_read(text: str, mode: Mode, fits: bool) -> None:
    parsed, problem = parse(text, Shape, mode)
    if fits:
        assert isinstance(parsed, Shape)
        assert (parsed.a, problem) == ("x", "")
    else:
        assert parsed is None
        assert problem
        assert "\n" not in problem


@pytest.mark.parametrize(
    "text",
    ["```\n" + " " * 300_000 + "x", "```\n" * 100_000, "`" * 400_000, "```json\n" + "\t ```" * 80_000 + "x"],
    ids=["white space", "fences", "backticks", "fences after white space"],
)
def test_floods_are_read_in_a_moment(text: str) -> None:
    started = time.process_time()
    assert parse(text, Shape, "md_json")[0] is None
    assert read_body(body({"content": text})).text == text
    assert time.process_time() - started < 0.5
