"""What a run took, by rubric, and the command that repeats it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from judgekit.reporting.repeat import command, ingredients
from judgekit.reporting.speed import Spent, spent
from judgekit.running.run import Run
from judgekit.running.store import Store
from judgekit.verdict import Usage
from tests.reporting.stored import stored
from tests.reporting.test_terminal import on


def test_calls_tokens_price_and_times_of_each_rubric(tmp_path: Path) -> None:
    # 20 verdicts of 1 to 20 s: the 10th smallest is half, the 19th is 19 of 20
    timed = [
        on(i, latency_s=float(i), cost_usd=0.25, calls=2, usage=Usage(prompt_tokens=100, completion_tokens=10))
        for i in range(1, 21)
    ]
    silent = on(1, rubric="brevity", cost_usd=None).model_copy(update={"fingerprint": "b" * 32})
    found = spent(stored(tmp_path / "run.db", [*timed, silent]))
    assert found == (
        Spent("brevity", 1, 1, "n/a", "n/a", "unknown", "n/a", "n/a"),
        Spent("sycophancy", 20, 40, "2,000", "200", "$5.00", "10.00", "19.00"),
    )


def test_a_run_without_verdicts_took_nothing(tmp_path: Path) -> None:
    assert spent(stored(tmp_path / "run.db", [])) == ()


def begun(path: Path, **session: Any) -> Run:
    """A run of which only the session is on record."""
    with Store(path) as store:
        store.begin(**({"judge": "openai/x", "parameters": {}, "sources": ["a b.md"]} | session))
        store.end("complete")
    return Run(path)


@pytest.mark.parametrize(
    ("session", "flags"),
    [
        ({}, []),
        ({"base_url": "http://me:secret@127.0.0.1:1/v1"}, ["--base-url", "http://127.0.0.1:1/v1"]),
        ({"parameters": {"temperature": 0.0, "max_tokens": None, "mode": "auto"}}, []),
        (
            {"parameters": {"temperature": None, "max_tokens": 50, "mode": "tools"}},
            ["--temperature", "default", "--max-tokens", "50", "--mode", "tools"],
        ),
        ({"parameters": {"temperature": 0.7}}, ["--temperature", "0.7"]),
    ],
)
def test_the_command_names_what_was_not_usual(tmp_path: Path, session: dict[str, Any], flags: list[str]) -> None:
    run = begun(tmp_path / "run.db", **session)
    parts = shlex.split(command(run, run.summary()))
    assert parts[:5] == ["judgekit", "score", "a b.md", "--judge", "openai/x"]
    assert parts[-2:] == ["--run", str(tmp_path / "run.db")]
    assert parts[5:-2] == flags


def test_rubrics_are_named_where_every_transcript_has_them(tmp_path: Path) -> None:
    both = [on(1), on(1, rubric="tone").model_copy(update={"fingerprint": "b" * 32})]
    run = stored(tmp_path / "run.db", both)
    assert "--rubric sycophancy --rubric tone" in command(run, run.summary())


def test_else_the_questions_named_them(tmp_path: Path) -> None:
    verdicts = [on(1), on(2, rubric="tone")]
    run = stored(tmp_path / "run.db", verdicts)
    assert "--rubric" not in command(run, run.summary())
    assert "--questions FILE.yaml" in command(run, run.summary())
    assert "--questions mine.yaml" in command(run, run.summary(), "mine.yaml")


def test_what_has_to_be_the_same_is_listed(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [on(1)])
    found = ingredients(run)
    assert found["judge"] == "openai/test"
    assert found["parameters"] == '{"temperature":0.0}'
    assert found["transcripts"] == "transcripts.md"
    assert found["rubrics"].startswith("sycophancy 1.0.0, fingerprint ")
