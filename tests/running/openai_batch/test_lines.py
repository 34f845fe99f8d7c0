"""Output files are split and read without trust, however their bytes come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from hypothesis import given
from hypothesis import strategies as st

from judgekit.running.openai_batch.lines import lines, read_line
from judgekit.running.openai_batch.outcome import Outcome, packed, unpacked


def split(content: bytes, size: int, longest: int) -> list[bytes]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    async def collected() -> list[bytes]:
        return [line async for line in lines(chunks(), longest)]

    return asyncio.run(collected())


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 9), st.integers(1, 9)
)
def test_lines_are_those_of_the_file_but_for_the_ones_that_are_too_long(
    wanted: list[bytes], size: int, longest: int
) -> None:
    found = split(b"".join(line + b"\n" for line in wanted), size, longest)
    assert found == [line for line in wanted if len(line) <= longest]


@given(st.binary(max_size=40), st.integers(1, 9))
def test_the_last_line_needs_no_end(content: bytes, size: int) -> None:
    *whole, last = content.split(b"\n")
    assert split(content, size, 100) == (whole if last == b"" else [*whole, last])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ODD = st.fixed_dictionaries(
    {"custom_id": st.just("ab" * 16) | JSON},
    optional={
        "response": JSON | st.fixed_dictionaries({"status_code": JSON | st.integers(0, 700)}, optional={"body": JSON}),
        "error": JSON | st.fixed_dictionaries({"code": JSON | st.just("batch_expired")}),
    },
)


@given(ODD | JSON)
def test_whatever_a_line_says_it_is_an_outcome_or_nothing(said: object) -> None:
    found = read_line(orjson.dumps(said))
    if found is None or found.outcome is None:
        return
    outcome = found.outcome
    assert unpacked(packed([outcome])) == [outcome]
    assert outcome.status is None or 100 <= outcome.status < 600
    outcome.usage  # noqa: B018  # must not raise, nor must the next one
    outcome.trouble  # noqa: B018


@given(st.binary(max_size=60))
def test_bytes_that_are_no_line_are_nothing(line: bytes) -> None:
    assert read_line(line) is None


def test_a_request_that_was_not_run_has_no_outcome() -> None:
    line = {"custom_id": "ab" * 16, "response": None, "error": {"code": "batch_cancelled", "message": "…"}}
    found = read_line(orjson.dumps(line))
    assert found is not None
    assert (found.key, found.outcome) == (b"\xab" * 16, None)


def test_an_answer_that_comes_with_an_error_is_an_error() -> None:
    response = {"status_code": 200, "body": {}}
    found = read_line(orjson.dumps({"custom_id": "ab" * 16, "response": response, "error": {"code": "x"}}))
    assert found is not None
    assert found.outcome == Outcome(500, {"error": {"code": "x"}})
