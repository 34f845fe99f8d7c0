"""The test server, seen through the clients that judgekit uses."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from instructor import Mode

from tests.servers.asking import RESPONSE, ask, client, judged, response_format
from tests.servers.openai_server import OpenAIServer, Reply, Text

MODES = (Mode.TOOLS, Mode.JSON_SCHEMA, Mode.JSON, Mode.MD_JSON)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_gets_a_valid_verdict_with_verbatim_quotes(mode: Mode) -> None:
    with OpenAIServer() as server, client(server) as made:
        verdict, completion = judged(made, mode)
    assert 1 <= verdict.level <= 5
    assert verdict.evidence
    assert all(evidence.quote in RESPONSE and len(evidence.quote) > 20 for evidence in verdict.evidence)
    message = completion.choices[0].message
    assert bool(message.tool_calls) == (mode is Mode.TOOLS)
    assert (message.content or "").startswith("```json") == (mode is Mode.MD_JSON)
    assert completion.model == "test"
    assert completion.choices[0].finish_reason == "stop"


def test_answers_depend_on_seed_and_request_alone() -> None:
    def said(seed: int, temperature: float) -> str:
        with OpenAIServer(seed=seed) as server, client(server) as made:
            first, second = (judged(made, temperature=temperature)[0].model_dump_json() for _ in range(2))
            assert first == second
            return first

    assert said(7, 0.0) == said(7, 0.0)
    assert len({said(7, 0.0), said(8, 0.0), said(7, 0.5)}) == 3


def test_scripts_are_followed_in_order_in_any_mode() -> None:
    right = {"reasoning": "r", "level": 5, "stance": None, "evidence": [{"quote": "q", "place": "prompt"}]}
    script: list[Reply] = [right, json.dumps(right), lambda body: {**right, "level": len(body["messages"])}]
    for mode in MODES:
        with OpenAIServer(script=script) as server, client(server) as made:
            assert [judged(made, mode)[0].level for _ in script] == [5, 5, 2]
            server.script([Text("Sure: {}")])
            assert ask(made, tools=[{"type": "function", "function": {"name": "V"}}]).choices[0].message.content


def test_usage_counts_what_is_cached_and_max_tokens_cut() -> None:
    long = [{"role": "user", "content": "word " * 500}]  # 2,500 characters, 625 tokens, 4 whole blocks of 128
    with OpenAIServer() as server, client(server) as made:
        first, second = (ask(made, messages=[*long, {"role": "user", "content": str(i)}]).usage for i in range(2))
        cut = ask(made, max_tokens=3)
    assert first is not None
    assert second is not None
    assert (first.prompt_tokens, first.total_tokens) == (634, 634 + first.completion_tokens)
    assert [u.prompt_tokens_details and u.prompt_tokens_details.cached_tokens for u in (first, second)] == [0, 512]
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage is not None
    assert cut.usage.completion_tokens == 3


def test_logprobs_spell_the_content() -> None:
    with OpenAIServer(script=[{"level": 5}]) as server, client(server) as made:
        choice = ask(made, response_format=response_format({}), logprobs=True, top_logprobs=3).choices[0]
    assert choice.logprobs is not None
    tokens = choice.logprobs.content or []
    assert "".join(token.token for token in tokens) == choice.message.content == '{"level":5}'
    digit = next(token for token in tokens if token.token == "5")
    assert all(rival.token.isdigit() for rival in digit.top_logprobs)
    assert [rival.logprob for rival in digit.top_logprobs] == sorted(r.logprob for r in digit.top_logprobs)[::-1]


@pytest.mark.parametrize("mode", ["tools", "json_schema", "json_object"])
def test_a_server_may_refuse_or_overlook_a_mode(mode: Any) -> None:
    options: dict[str, Any] = {"response_format": {"type": mode, "json_schema": {"name": "V", "schema": {}}}}
    if mode == "tools":
        options = {"tools": [{"type": "function", "function": {"name": "V"}}]}
    with OpenAIServer(supports=set()) as server, client(server) as made, pytest.raises(openai.BadRequestError):
        ask(made, **options)
    with OpenAIServer(ignores={mode}) as server, client(server) as made:
        options["messages"] = [{"role": "user", "content": "Say it in JSON."}]
        assert "{" not in (ask(made, **options).choices[0].message.content or "{")


def test_json_object_wants_the_word_json() -> None:
    says = "must contain the word 'json'"
    with OpenAIServer() as server, client(server) as made, pytest.raises(openai.BadRequestError, match=says):
        ask(made, response_format={"type": "json_object"})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"model": "other"}, openai.NotFoundError),
        ({"messages": [{"role": "user", "content": "x" * 2_000_000}]}, openai.BadRequestError),
        ({"messages": []}, openai.BadRequestError),
        ({"extra_body": {"stream": True}}, openai.BadRequestError),
        ({"tools": [{"type": "function"}]}, openai.BadRequestError),
        ({"extra_headers": {"authorization": "Bearer sk-wrong-0123456789"}}, openai.AuthenticationError),
    ],
)
def test_requests_that_cannot_be_served(options: dict[str, Any], error: type[openai.APIStatusError]) -> None:
    server = OpenAIServer(models=["test"], context_tokens=1000, require_key="right")
    with server, client(server, api_key="right") as made:
        assert [model.id for model in made.models.list()] == ["test"]
        with pytest.raises(error):
            ask(made, **options)
        assert ask(made).choices


def test_azure_addresses_and_keys() -> None:
    with OpenAIServer(require_key="right") as server:
        azure: Any = {"azure_endpoint": server.url, "api_version": "2024-10-21", "max_retries": 0}
        with openai.AzureOpenAI(**azure, api_key="right") as made:
            assert ask(made, model="deployed").model == "deployed"
        with openai.AzureOpenAI(**azure, api_key="wrong") as made, pytest.raises(openai.AuthenticationError):
            ask(made)
        with client(server, base_url=f"{server.url}/openai/v1", api_key="right") as made:
            assert ask(made).choices
        without_v1 = client(server, base_url=server.url, api_key="right")
        with without_v1 as made, pytest.raises(openai.NotFoundError, match="Invalid URL"):
            ask(made)
        paths = [request.path for request in server.requests]
        assert paths[0] == "/openai/deployments/deployed/chat/completions?api-version=2024-10-21"
        assert [request.status for request in server.requests] == [200, 401, 200, 404]
        assert server.calls == 2


def test_concurrency_and_connections_are_counted() -> None:
    async def calls(server: OpenAIServer) -> None:
        limits = httpx2.Limits(max_connections=8, max_keepalive_connections=8)
        transport = openai.DefaultAioHttpClient(limits=limits)
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="k", http_client=transport) as made:
            await asyncio.gather(
                *(
                    made.post("/chat/completions", cast_to=httpx2.Response, content=b'{"model":"m","messages":[{}]}')
                    for _ in range(16)
                )
            )

    with OpenAIServer(latency_ms=200) as server:
        asyncio.run(calls(server))
        counts = server.counts
        assert (counts.calls, counts.max_active, counts.max_connections, counts.connections_opened) == (16, 8, 8, 8)
        assert server.requests[0].headers["authorization"] == "Bearer k"


def test_the_server_runs_as_a_process(tmp_path: Path) -> None:
    options = ["--faults", "500=1", "--port-file", str(tmp_path / "port"), "--require-key", "k", "--latency-ms", "1"]
    command = [sys.executable, "-W", "error", "-m", "tests.servers.openai_server", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        with openai.OpenAI(base_url=base_url, api_key="k", max_retries=0) as made:
            with pytest.raises(openai.InternalServerError):
                ask(made)
            stats = made.get(base_url.replace("/v1", "/stats"), cast_to=httpx2.Response).json()
        process.terminate()
        assert process.wait(5) == 0
    assert (stats["calls"], stats["statuses"]) == (1, {"500": 1})
    assert base_url == f"http://127.0.0.1:{(tmp_path / 'port').read_text()}/v1"
