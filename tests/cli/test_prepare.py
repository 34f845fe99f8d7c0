"""`judgekit prepare`: drafts a question file, leaves alone what people wrote, and says what is left to do."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from judgekit.io import load_questions
from tests.cli.running import ROOT, invoke
from tests.servers.faults import Fault
from tests.servers.openai_server import OpenAIServer

DEMO = ROOT / "judgekit" / "cli" / "demo_data"
PAGE = (ROOT / "docs" / "prepare.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped files and two small transcripts, and the current one."""
    for name in ("transcripts.md", "questions.yaml"):
        shutil.copy(DEMO / name, tmp_path)
    rows = [
        {"question_id": f"q{i}", "prompt": f"Cats are {i}. Use at most 9 words.", "response": "No."} for i in (1, 2)
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fits(shown: str, expected: str) -> bool:
    """Whether the output is the expected one, `...` standing for any lines."""
    pattern = re.escape(expected).replace(re.escape("...\n"), "(?:.*\n)*")
    return re.fullmatch(pattern, shown) is not None


def test_the_page_says_what_the_command_does(place: Path) -> None:
    reviewed = (place / "questions.yaml").read_bytes()
    blocks = re.findall(r"^```console\n\$ judgekit ([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for command, expected in blocks:
        result = invoke(*command.split())
        assert fits(result.stdout, expected), result.stdout
    assert (place / "questions.yaml").read_bytes() == reviewed
    (entry,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert entry in (place / "drafts.yaml").read_text(encoding="utf-8")


@pytest.mark.slow  # the default tests hold the bounds: tests/io/demands/test_draft.py
def test_the_figures_of_the_page_are_those_of_the_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.drafting import main

    main()
    assert capsys.readouterr().out in PAGE


def test_a_model_drafts_through_the_command(place: Path) -> None:
    drafts: list[Any] = [{"user_claim": ["Cats are 1"], "correction": ["They are not."]}, Fault("refusal")]
    with OpenAIServer(script=drafts) as server:
        at = ["--judge", "openai/test", "--base-url", server.base_url, "--concurrency", "1"]
        result = invoke("prepare", "t.jsonl", "--rubric", "sycophancy", *at, "-o", "q.yaml", "--prompts")
    assert result.exit_code == 1
    assert "sycophancy: drafted for 1\nsycophancy: left to a person: claim_status (1)\n" in result.stdout
    assert "no draft for q2, sycophancy: refusal:" in result.stderr
    (question,) = load_questions(place / "q.yaml")
    assert (question.drafted_by, question.prompt) == ("model", "Cats are 1. Use at most 9 words.")
    assert (place / "q.yaml.drafts.db").is_file()


def test_failures_and_quotes_that_are_not_there_are_counted(place: Path) -> None:
    rows = [{"question_id": f"q{i}", "prompt": f"Cats are {i}.", "response": "No."} for i in range(8)]
    (place / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    wrong = {"user_claim": ["Dogs bark"], "correction": ["They are not."]}
    with OpenAIServer(script=[wrong, wrong, *[Fault("refusal")] * 7]) as server:
        at = ["--judge", "openai/test", "--base-url", server.base_url, "--concurrency", "1"]
        result = invoke("prepare", "more.jsonl", "--rubric", "sycophancy", *at, "-o", "q.yaml")
    assert result.exit_code == 1
    assert "1 quote of drafts not in the prompt: thrown away" in result.stdout
    assert "left to a person: user_claim (1), claim_status (1)" in result.stdout
    assert result.stderr.count("no draft for q") == 5
    assert "and 2 more; --json lists all" in result.stderr


def test_without_a_model_it_says_what_is_left_and_the_file_can_be_scored(place: Path) -> None:
    rows = [{"question_id": f"q{i}", "prompt": f"Cats are {i}.", "response": "No."} for i in range(2)]
    (place / "plain.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rubrics = ["--rubric", "sycophancy", "--rubric", "constraint_following"]
    result = invoke("prepare", "plain.jsonl", *rubrics, "-o", "q.yaml")
    assert result.exit_code == 0
    assert "sycophancy: left to a person: user_claim (2), claim_status (2)\n" in result.stdout
    assert "name a model with --judge for what is left, or write it" in result.stdout
    assert "cost" not in result.stdout
    scored = invoke("score", "plain.jsonl", "--questions", "q.yaml", "--judge", "baseline", "--run", "r.db", "--json")
    assert scored.exit_code == 1
    # Two under each rubric: no demand is an abstention, a claim that nobody wrote down a failure.
    found = json.loads(scored.stdout)
    assert (found["scored"], found["abstained"], found["failures"]) == (0, 2, {"missing_input": 2})


def test_the_price_of_the_drafts_is_said(place: Path) -> None:
    (place / "prices.yaml").write_text(
        "judgekit: prices/1\nprices:\n  openai/test: {input: 1000000, output: 0}\n", encoding="utf-8"
    )
    draft: dict[str, Any] = {"user_claim": ["Cats are 1"], "correction": ["They are not."]}
    with OpenAIServer(script=[draft, {**draft, "user_claim": ["Cats are 2"]}]) as server:
        at = ["--judge", "openai/test", "--base-url", server.base_url, "--prices", "prices.yaml"]
        result = invoke("prepare", "t.jsonl", "--rubric", "sycophancy", *at, "-o", "q.yaml")
        rows = invoke("export", "q.yaml.drafts.db", "--format", "jsonl").stdout.splitlines()
        tokens = sum(json.loads(row)["usage"]["prompt_tokens"] for row in rows)
    assert len(rows) == 2
    # A million dollars for a million tokens: a dollar each.
    assert f"cost: ${tokens}.00, what earlier sessions paid for these drafts included\n" in result.stdout


def test_counts_as_json_and_the_file_to_standard_output(place: Path) -> None:
    result = invoke("prepare", "t.jsonl", "--rubric", "constraint_following", "-o", "q.yaml", "--json")
    assert json.loads(result.stdout)["drafted"] == {"constraint_following": 2}
    printed = invoke("prepare", "t.jsonl", "--rubric", "constraint_following", "-o", "-")
    assert printed.stdout == (place / "q.yaml").read_text(encoding="utf-8")
    assert printed.stderr.startswith("2 questions read")
    again = invoke("prepare", "t.jsonl", "--rubric", "constraint_following", "-o", "q.yaml")
    assert again.stdout == "2 questions read; as they were: 0 reviewed, 2 drafted\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["-o", "-", "--judge", "openai/x"], "have to be kept"),
        (["-o", "-", "--json"], "both go to standard output"),
        (["-o", "t.jsonl"], "would replace the source"),
        (["-o", "q.yaml", "--mode", "x"], "--mode 'x' is not known"),
        (["-o", "q.yaml", "--judge", "baseline"], "the judge baseline drafts nothing"),
        (["-o", "transcripts.md"], "transcripts.md"),
        (["-o", "no/q.yaml"], "does not exist"),
    ],
)
def test_what_is_wrong_is_one_line(place: Path, arguments: list[str], why: str) -> None:
    before = sorted(place.iterdir())
    result = invoke("prepare", "t.jsonl", "--rubric", "sycophancy", *arguments)
    assert result.exit_code == 2
    assert why in result.stderr and len(result.stderr.splitlines()) == 1
    assert sorted(place.iterdir()) == before
