"""Every question and rubric of the demo set is judged on every response, in one command and without a warning."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judgekit.running.run import open_run
from tests.cli.running import invoke
from tests.rubrics.shelf import DEMO, demo_questions
from tests.servers.openai_server import OpenAIServer

PAIRS = {(question.id, name) for question in demo_questions() for name in question.rubrics}
WANTED = {(f"{question}/Model{i}", name) for question, name in PAIRS for i in (1, 2, 3)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The demo transcripts; their header counts 25 questions where there are 30, and that is worth a warning."""
    text = (DEMO / "transcripts.md").read_text(encoding="utf-8")
    path = tmp_path / "transcripts.md"
    assert " on 25 evaluation questions" in text
    path.write_text(text.replace(" on 25 evaluation questions", " on 30 evaluation questions", 1), encoding="utf-8")
    return path


def first_answers(body: dict[str, Any]) -> dict[str, Any]:
    """A reply with the first answer to each question, the best level, and a quote that stands in the response."""
    user = body["messages"][-1]["content"]
    response = json.loads(re.search(r'THE RESPONSE UNDER JUDGEMENT:\n(".*")\n', user)[1])  # type: ignore[index]
    # A hidden character is shown as a token there, and a quote with it would not be found.
    quote = next(line for line in response.splitlines() if line.strip(" #*`-") and "⟨" not in line)[:60]
    schema = body["response_format"]["json_schema"]["schema"]
    reply: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        shape = schema["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
        if "properties" in shape:
            answers = shape["properties"]["answer"]["enum"]
            reply[name] = {"evidence": [quote], "reason": "It is the first answer.", "answer": answers[0]}
        else:
            levels = [level for level in shape.get("enum", []) if level.isdigit()]
            reply[name] = max(levels, default="Scripted.")
    return reply


def test_there_are_71_pairs() -> None:
    assert len(PAIRS) == 71
    assert len(WANTED) == 3 * 71


@pytest.mark.slow
def test_the_scripted_judge_scores_every_pair_in_one_command(source: Path, tmp_path: Path) -> None:
    with OpenAIServer(script=[first_answers] * len(WANTED)) as server:
        done = invoke(
            *("score", source, "--questions", DEMO / "questions.yaml", "--run", tmp_path / "run.db"),
            *("--judge", "openai/test", "--base-url", server.base_url),
            env={"OPENAI_API_KEY": "test-key"},
        )
        calls = server.calls
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr.lower()
    verdicts = list(open_run(tmp_path / "run.db").verdicts())
    assert {(verdict.transcript_id, verdict.rubric) for verdict in verdicts} == WANTED
    assert Counter(verdict.status for verdict in verdicts) == {"scored": len(WANTED)}
    # A call for each, and none for what code decides or for the byte-identical responses.
    assert 0 < calls < len(WANTED)
    unsupported = [c for verdict in verdicts for c in verdict.criteria.values() if c.status == "unsupported"]
    assert unsupported == []


def test_the_built_in_judge_takes_every_pair_in_one_command(source: Path, tmp_path: Path) -> None:
    done = invoke(
        *("score", source, "--questions", DEMO / "questions.yaml", "--run", tmp_path / "run.db"),
        *("--judge", "baseline"),
    )
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr.lower()
    verdicts = list(open_run(tmp_path / "run.db").verdicts())
    assert {(verdict.transcript_id, verdict.rubric) for verdict in verdicts} == WANTED
    # It abstains where its phrases are silent; that is a verdict, and a failure would be none.
    assert {verdict.status for verdict in verdicts} == {"scored", "abstained"}
