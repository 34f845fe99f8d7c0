"""`judgekit score` and money: what it would cost, at whose prices, and within which budget."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import invoke
from tests.servers.openai_server import OpenAIServer

PRICES = "prices:\n  openai/test: {input: 2.0, output: 8.0, cached_input: 0.5}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with twelve transcripts and prices, and the current one."""
    rows = [
        {"question_id": f"q{i:02d}", "label": "M", "prompt": f"Hello {i}?", "response": f"Good day, number {i}."}
        for i in range(12)
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "prices.yaml").write_text(PRICES)
    (tmp_path / "polite.yaml").write_text(
        'name: polite\nversion: "1"\ncriteria:\n  - {id: polite, ask: "Is the answer polite?"}\n'
        'levels: {1: "rude", 2: "polite"}\npass_at: 2\n'
    )
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("JUDGEKIT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def asked(server: OpenAIServer, *more: str) -> list[str]:
    judge = ["--judge", "openai/test", "--base-url", server.base_url]
    return ["score", "t.jsonl", *judge, "--rubric", "polite.yaml", "--run", "r.db", *more]


def test_a_dry_run_asks_and_writes_nothing(place: Path, server: OpenAIServer) -> None:
    before = sorted(place.iterdir())
    result = invoke(*asked(server, "--dry-run", "--prices", "prices.yaml"))
    assert (result.exit_code, server.requests, sorted(place.iterdir())) == (0, [], before)
    text = " ".join(result.stdout.split())
    assert "12 jobs: 12 transcripts under 1 rubric." in text
    assert f"openai/test at {server.base_url} would be asked for 12 of them, in 12–15 calls, for $" in text
    assert "price: $2 in, $0.5 cached, $8 out per million tokens (your price file)" in text
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_what_it_quotes_is_what_it_costs(place: Path, server: OpenAIServer) -> None:
    quote = json.loads(invoke(*asked(server, "--dry-run", "--prices", "prices.yaml", "--json")).stdout)
    summary = json.loads(invoke(*asked(server, "--prices", "prices.yaml", "--json")).stdout)
    total = quote["total"]
    for name in ("calls", "prompt_tokens", "completion_tokens", "cost_usd"):
        assert total[name]["low"] <= summary[name] <= total[name]["high"]
    assert summary["cost_per_scored_usd"] == pytest.approx(summary["cost_usd"] / summary["scored"])
    assert summary["cached_share"] == summary["cached_tokens"] / summary["prompt_tokens"]
    again = json.loads(invoke(*asked(server, "--dry-run", "--json")).stdout)
    assert (again["total"]["kept"], again["total"]["ask"]) == (12, 0)


def test_the_price_of_a_scored_verdict_is_shown(place: Path, server: OpenAIServer) -> None:
    server.script([{"criteria": {"polite": "yes"}, "level": 2}])
    result = invoke(*asked(server, "--report", "r.html"), env={"JUDGEKIT_PRICES": "prices.yaml"})
    assert "for a scored verdict)" in result.stdout
    assert "% of them cached)" in " ".join(result.stdout.split())
    assert "for a scored verdict)" in (place / "r.html").read_text()


@pytest.mark.parametrize(("budget", "code", "said"), [("100", 0, "is enough"), ("0.00001", 1, "is too little")])
def test_a_dry_run_says_whether_the_budget_is_enough(
    place: Path, server: OpenAIServer, budget: str, code: int, said: str
) -> None:
    result = invoke(*asked(server, "--dry-run", "--budget", budget), env={"JUDGEKIT_PRICES": "prices.yaml"})
    assert result.exit_code == code
    assert said in result.stdout


def test_a_budget_without_a_price_is_refused_before_the_first_call(place: Path, server: OpenAIServer) -> None:
    result = invoke(*asked(server, "--budget", "5"))
    assert "price of openai/test is not known" in result.stderr
    assert (server.calls, (place / "r.db").exists()) == (0, False)
    quote = invoke(*asked(server, "--dry-run", "--budget", "5"))
    assert quote.exit_code == 1
    assert "give it with --prices FILE" in " ".join(quote.stdout.split())


def test_a_price_file_without_the_judge_is_pointed_out(place: Path, server: OpenAIServer) -> None:
    (place / "prices.yaml").write_text(PRICES.replace("test", "tset"))
    result = invoke(*asked(server, "--dry-run", "--prices", "prices.yaml"))
    assert "there is no price of 'openai/test' in it; did you mean 'openai/tset'?" in result.stderr
    baseline = invoke(
        "score", "t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--dry-run", "--prices", "prices.yaml"
    )
    assert "warning" not in baseline.stderr
    assert "None of them needs a call" in baseline.stdout


def test_a_price_file_that_is_wrong_ends_it(place: Path, server: OpenAIServer) -> None:
    (place / "prices.yaml").write_text("prices:\n  openai/test: {input: 2.0}\n")
    result = invoke(*asked(server, "--prices", "prices.yaml"))
    assert "prices.yaml:2: prices.openai/test: the key 'output' is missing" in result.stderr
    assert server.requests == []
