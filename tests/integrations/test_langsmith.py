"""LangSmith and openevals: what their evaluation reports about the samples, and what an evaluator returns."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from judgekit import Judge
from judgekit.integrations.langsmith import async_rubric_evaluator, rubric_evaluator
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N
from tests.servers.openai_server import OpenAIServer

QUIET = {"LANGSMITH_ENDPOINT": "http://127.0.0.1:9"}


def check(i: int, found: list[dict[str, Any]], key: str = "courtesy") -> None:
    """The results for sample i say what the sample says."""
    sample = SAMPLES[i - 1]
    by_key = {one["key"]: one for one in found}
    first = by_key[key]
    assert found[0] is first
    assert first["score"] == sample.score
    assert first["metadata"]["fingerprint"] == first["metadata"]["verdict"]["fingerprint"]
    for name, value in sample.values.items():
        assert by_key[f"{key}.{name}"]["score"] == value
        assert by_key[f"{key}.{name}"]["metadata"]["evidence"] == ["go straight on"]
    if i == ABSTAINED:
        assert first["comment"].startswith("abstained: ")
        assert by_key[f"{key}.polite"]["score"] is None
        assert by_key[f"{key}.polite"]["comment"].startswith("abstained: cannot_tell")
    assert first.get("extra") == ({"error": True} if i == FAILED else None)
    if i == FAILED:
        assert first["comment"].startswith("refusal: ")
        assert len(found) == 1


@pytest.mark.parametrize("i", [1, 3, ABSTAINED, FAILED])
def test_results_sync_and_async(judge_server: OpenAIServer, i: int) -> None:
    sample = SAMPLES[i - 1]
    asked = {
        "inputs": {"question": sample.prompt, "topic": "what the reference says goes behind"},
        "outputs": {"answer": sample.response},
        "reference_outputs": {"topic": "not this", "answer": "a known good answer"},
    }
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        evaluator = rubric_evaluator(RUBRIC, judge=judge, feedback_key="kind")
        check(i, evaluator(**asked), "kind")
        check(i, asyncio.run(_awaited(async_rubric_evaluator(RUBRIC, judge=judge), asked)))
    assert evaluator.__name__ == "kind"
    assert all("a known good answer" in json.dumps(one.body) for one in judge_server.requests)
    assert all("what the reference says goes behind" in json.dumps(one.body) for one in judge_server.requests)


async def _awaited(evaluator: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await evaluator(**asked, more="than is known")
    return found


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("langsmith")
    lay_out(tmp_path)
    told = """
found = [
    {"id": sample["id"], "results": [one.model_dump(mode="json", exclude_unset=True) for one in held]}
    for sample in samples
    for row in results
    if row["example"].inputs["question"] == sample["prompt"]
    for held in [row["evaluation_results"]["results"]]
]
means = frame.filter(like="feedback.").mean().to_dict()
Path("found.json").write_text(json.dumps({"rows": found, "means": means}))
"""
    (tmp_path / "evaluate.py").write_text(blocks("langsmith", "python")[0] + told, encoding="utf-8")
    done = harness.run("python", "evaluate.py", cwd=tmp_path, env={**judge_variables(judge_server), **QUIET})
    assert "refusal: " in done.stdout
    assert judge_server.calls == N
    found = json.loads((tmp_path / "found.json").read_text())
    rows = {row["id"]: row["results"] for row in found["rows"]}
    for sample in SAMPLES:
        check(sample.i, rows[sample.id])
    wanted = {"feedback.courtesy": MEAN, "feedback.courtesy.polite": POLITE, "feedback.courtesy.on_topic": ON_TOPIC}
    assert {name: found["means"][name] for name in wanted} == pytest.approx(wanted)


ASYNC = """
import asyncio, json, sys
from datetime import UTC, datetime
from uuid import uuid4
from judgekit.integrations.langsmith import async_rubric_evaluator, rubric_evaluator
from langsmith import aevaluate
from langsmith.schemas import Example
from openevals.simulators import run_multiturn_simulation

samples = [json.loads(line) for line in open("samples.jsonl")]
answers = {one["prompt"]: one["response"] for one in samples}
examples = [
    Example(id=uuid4(), inputs={"question": one["prompt"], "topic": one["topic"]}, created_at=datetime.now(UTC))
    for one in samples
]
async def target(inputs):
    return {"answer": answers[inputs["question"]]}
async def main():
    # the sync one is called inside the running loop's threads
    both = [async_rubric_evaluator("courtesy.yaml"), rubric_evaluator("courtesy.yaml", feedback_key="sync")]
    results = await aevaluate(target, data=examples, evaluators=both, upload_results=False, max_concurrency=8)
    held = [one async for one in results]
    frame = results.to_pandas()
    first = samples[0]
    talk = run_multiturn_simulation(
        app=lambda message, **_: {"role": "assistant", "content": first["response"]},
        user=[first["prompt"]],
        max_turns=1,
        trajectory_evaluators=[rubric_evaluator("courtesy.yaml")],
        reference_outputs={"topic": first["topic"]},
    )
    said = {one["key"]: one["score"] for one in talk["evaluator_results"]}
    return len(held), frame["feedback.courtesy"].mean(), frame["feedback.sync"].mean(), said
print(json.dumps(asyncio.run(main())))
"""


@pytest.mark.harness
def test_awaited_and_by_openevals_own_simulation(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("langsmith")
    lay_out(tmp_path)
    done = harness.run("python", "-c", ASYNC, cwd=tmp_path, env={**judge_variables(judge_server), **QUIET})
    n, mean, sync, simulated = json.loads(done.stdout.splitlines()[-1])
    assert n == N
    assert simulated == {"courtesy": 1, "courtesy.polite": 1, "courtesy.on_topic": 1, "courtesy.has_words": 1}
    assert (mean, sync) == pytest.approx((MEAN, MEAN))


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("langsmith"), tmp_path, adapter="langsmith") <= MOST_S
