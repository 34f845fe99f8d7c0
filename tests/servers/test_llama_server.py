"""llama.cpp with a random model: what a real engine enforces and reports. Nothing is read into its verdicts."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import instructor
import openai
import pytest
from pydantic import BaseModel, ConfigDict, Field

from tests.servers.llama_server import LlamaServer
from tests.servers.tiny_gguf import write_tiny_gguf

MESSAGES: list[Any] = [{"role": "system", "content": "Judge it."}, {"role": "user", "content": "Is water wet?"}]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answer: Literal["yes", "no", "cannot_tell"]
    quotes: list[str] = Field(max_length=2)


class Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reasoning: str = Field(min_length=5, max_length=12)
    level: int = Field(ge=1, le=5)
    stance: Answer
    constraint: Answer | None
    tags: list[Literal["short", "long"]] = Field(min_length=1, max_length=3)


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    with LlamaServer(context=1024) as running:
        yield running


@pytest.fixture
def client(server: LlamaServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.base_url, api_key="any", max_retries=0) as made:
        yield made


def test_the_file_is_small_quick_and_the_same_each_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    first, second, other = (write_tiny_gguf(tmp_path / f"{i}.gguf", seed=seed) for i, seed in enumerate((7, 7, 8)))
    assert time.monotonic() - begun < 3.0
    assert first.stat().st_size < 1_000_000
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_typed_verdicts_are_enforced_by_the_engine(client: openai.OpenAI, temperature: float) -> None:
    made = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
    verdict, completion = made.chat.completions.create_with_completion(
        model="tiny",
        messages=MESSAGES,
        response_model=Verdict,
        max_retries=0,
        temperature=temperature,
        max_tokens=600,
        logprobs=True,
        top_logprobs=3,
    )
    assert 5 <= len(verdict.reasoning) <= 12
    choice, usage = completion.choices[0], completion.usage
    assert (completion.model, choice.finish_reason) == ("tiny", "stop")
    assert usage is not None
    assert 0 < usage.prompt_tokens < usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert choice.logprobs is not None
    tokens = choice.logprobs.content or []
    assert "".join(token.token for token in tokens).strip() == (choice.message.content or "").strip()
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 3 for token in tokens)


def test_greedy_answers_repeat(client: openai.OpenAI) -> None:
    schema: Any = {"type": "json_schema", "json_schema": {"name": "Verdict", "schema": Verdict.model_json_schema()}}

    def said() -> str:
        reply = client.chat.completions.create(
            model="tiny", messages=MESSAGES, temperature=0, response_format=schema, max_tokens=600
        )
        return reply.choices[0].message.content or ""

    assert Verdict.model_validate_json(said()).model_dump() == json.loads(said())


def test_text_is_printable_and_cut_at_max_tokens(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=1.0, max_tokens=40, seed=1)
    text = reply.choices[0].message.content or ""
    assert text.isascii()
    assert text.isprintable()
    assert reply.usage is not None
    assert reply.usage.completion_tokens <= 40


def test_a_prompt_beyond_the_context_is_an_error_that_says_so(client: openai.OpenAI) -> None:
    long: list[Any] = [{"role": "user", "content": "z " * 2000}]
    with pytest.raises(openai.BadRequestError, match="exceeds the available context size") as caught:
        client.chat.completions.create(model="tiny", messages=long, max_tokens=5)
    assert caught.value.type == "exceed_context_size_error"


def test_keys_are_checked() -> None:
    with LlamaServer(require_key="right") as server:
        with openai.OpenAI(base_url=server.base_url, api_key="right", max_retries=0) as right:
            assert [model.id for model in right.models.list()] == ["tiny"]
        wrong = openai.OpenAI(base_url=server.base_url, api_key="wrong", max_retries=0)
        with wrong, pytest.raises(openai.AuthenticationError):
            wrong.chat.completions.create(model="tiny", messages=MESSAGES, max_tokens=5)


def test_stopping_takes_no_time_with_a_request_in_flight() -> None:
    lost: list[openai.APIConnectionError] = []

    def call(base_url: str) -> None:
        with openai.OpenAI(base_url=base_url, api_key="any", max_retries=0) as made:
            try:
                endless: Any = {"ignore_eos": True}
                made.chat.completions.create(model="tiny", messages=MESSAGES, extra_body=endless, max_tokens=16_000)
            except openai.APIConnectionError as error:
                lost.append(error)

    with LlamaServer(context=16_384, slots=1) as server:
        caller = threading.Thread(target=call, args=[server.base_url])
        caller.start()
        time.sleep(0.5)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1.0
    caller.join()
    assert len(lost) == 1


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF, or so it says")
    with pytest.raises(RuntimeError, match=r"wrong\.gguf"), LlamaServer(wrong):
        pass
