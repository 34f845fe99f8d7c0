"""Braintrust and autoevals: what an evaluation reports about the samples, by command and in its spans."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from judgekit import Judge, UserError
from judgekit.integrations.braintrust import RubricScorer, rubric_scorer, scores_of
from judgekit.integrations.handed_over import Keys
from judgekit.integrations.rubric_judge import RubricJudge
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N, outcome_of
from tests.servers.openai_server import OpenAIServer


def test_without_the_packages_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"braintrust\.score was wanted .* pip install braintrust") as caught:
        rubric_scorer(RUBRIC, judge="baseline")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("i", [3, ABSTAINED, FAILED])
def test_what_scores_say(judge_server: OpenAIServer, i: int) -> None:
    found = {one["name"]: one for one in scores_of("kind", outcome_of(SAMPLES[i - 1], judge_server))}
    numbers = [one["score"] for one in found.values()]
    about = found["kind"]["metadata"]
    assert about["fingerprint"] == about["verdict"]["fingerprint"]
    if i == 3:  # not polite, on its topic
        assert (numbers, about["reason"]) == ([0.5, 0.0, 1.0, 1.0], None)
        assert found["kind.polite"]["metadata"]["evidence"] == ["go straight on"]
    else:
        assert numbers == ([None] if i == FAILED else [None, None, None, 1.0])
        assert about["reason"].startswith("refusal: " if i == FAILED else "abstained: ")


def test_called_and_awaited(judge_server: OpenAIServer) -> None:
    """Here with dict in the place of Score."""
    sample = SAMPLES[2]
    given = {"input": {"question": sample.prompt}, "metadata": {"topic": "goes behind"}, "id": "q03", "trace": None}
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        rubric = RubricJudge(RUBRIC, judge=judge)
        several = RubricScorer(rubric, "kind", Keys(), True, dict)
        alone = RubricScorer(rubric, "kind", Keys(), False, dict)
        found = several(sample.response, {"topic": "goes before"}, **given)
        awaited = asyncio.run(several.eval_async(sample.response, {"topic": "goes before"}, **given))
        assert [one["score"] for one in found] == [one["score"] for one in awaited] == [0.5, 0.0, 1.0, 1.0]
        assert alone(sample.response, input=sample.prompt, topic="by name")["score"] == sample.score
    assert several._name() == "kind"
    assert found[0]["metadata"]["verdict"]["question_id"] == "q03"
    shown = [json.dumps(request.body) for request in judge_server.requests]
    assert [next(w for w in ("goes before", "goes behind", "by name") if w in one) for one in shown] == [
        "goes before",
        "goes before",
        "by name",
    ]


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("braintrust")
    lay_out(tmp_path)
    (tmp_path / "eval_courtesy.py").write_text(blocks("braintrust", "python")[0], encoding="utf-8")
    (command,) = blocks("braintrust", "bash")
    done = harness.run("bash", "-c", command, cwd=tmp_path, env=judge_variables(judge_server))
    for name, mean in (("courtesy", MEAN), ("courtesy.polite", POLITE), ("courtesy.on_topic", ON_TOPIC)):
        (line,) = (line for line in done.stdout.splitlines() if f"'{name}'" in line)
        assert line.split()[0] == f"{mean:.2%}"
    assert judge_server.calls == N


SPANS = """
import asyncio, json, sys
from braintrust import Evaluator, logger
from braintrust.framework import EvalCase, run_evaluator
from braintrust.test_helpers import init_test_exp, simulate_login
from judgekit.integrations.braintrust import rubric_scorer

samples = [json.loads(line) for line in open("samples.jsonl")]
answers = {one["prompt"]: one["response"] for one in samples}
evaluator = Evaluator(
    project_name="p", eval_name="e", experiment_name="e", metadata=None, summarize_scores=False, trial_count=1,
    data=[EvalCase(input=s["prompt"], id=s["id"], metadata={"topic": s["topic"]}) for s in samples],
    task=lambda prompt: answers[prompt], scores=[rubric_scorer("courtesy.yaml")],
)
simulate_login()
with logger._internal_with_memory_background_logger() as memory:
    found = asyncio.run(run_evaluator(init_test_exp("e", "p"), evaluator, None, []))
    logs = memory.pop()
spans = [one for one in logs if one["span_attributes"].get("type") == "score"]
rows = [[one["input"]["input"], one["scores"], one["metadata"]] for one in spans]
results = [[one.input, one.scores, None if one.error is None else str(one.error)] for one in found.results]
print(json.dumps({"spans": rows, "results": results}, default=str))
"""


@pytest.mark.harness
def test_what_braintrust_writes_down(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("braintrust")
    lay_out(tmp_path)
    done = harness.run("python", "-c", SPANS, cwd=tmp_path, env=judge_variables(judge_server))
    found = json.loads(done.stdout.splitlines()[-1])
    scores = {prompt: (held, error) for prompt, held, error in found["results"]}
    spans = {prompt: (held, metadata) for prompt, held, metadata in found["spans"]}
    assert len(scores) == len(spans) == N
    for sample in SAMPLES:
        held, error = scores[sample.prompt]
        assert error is None
        assert held["courtesy"] == sample.score
        assert {name: held[f"courtesy.{name}"] for name in sample.values} == sample.values
        logged, metadata = spans[sample.prompt]
        assert logged == held
        if sample.i == FAILED:  # one score alone: its metadata is not kept by name
            assert metadata["reason"].startswith("refusal: ")
            continue
        about = metadata["courtesy"]
        assert about["fingerprint"] == about["verdict"]["fingerprint"]
        if sample.i == ABSTAINED:
            assert about["reason"].startswith("abstained: ")
            assert (held["courtesy.polite"], held["courtesy.has_words"]) == (None, 1.0)
        else:
            assert about["reason"] is None
            assert metadata["courtesy.polite"]["evidence"] == ["go straight on"]
            assert "go straight on" in about["rationale"]


CALLED = """
import asyncio, json, sys
from concurrent.futures import ThreadPoolExecutor
import autoevals
from judgekit.integrations.braintrust import rubric_scorer

samples = [json.loads(line) for line in open("samples.jsonl")][:6]
scorer = rubric_scorer("courtesy.yaml", name="kind", criteria=False)
def one(sample):
    return scorer(sample["response"], input=sample["prompt"], topic=sample["topic"])
async def inside_a_loop():
    awaited = await scorer.eval_async(samples[0]["response"], {"topic": "the way"}, input=samples[0]["prompt"])
    return [one(samples[0]).score, awaited.score]
with ThreadPoolExecutor(3) as pool:
    found = list(pool.map(one, samples))
assert all(isinstance(score, autoevals.Score) for score in found)
print(json.dumps([[score.score for score in found], asyncio.run(inside_a_loop()), found[0].name]))
"""


@pytest.mark.harness
def test_called_as_autoevals_are_in_threads_and_inside_a_loop(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("braintrust")
    lay_out(tmp_path)
    done = harness.run("python", "-c", CALLED, cwd=tmp_path, env=judge_variables(judge_server))
    scores, inside, name = json.loads(done.stdout.splitlines()[-1])
    assert scores == [sample.score for sample in SAMPLES[:6]]
    assert (inside, name) == ([1.0, 1.0], "kind")


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("braintrust"), tmp_path, adapter="braintrust") <= MOST_S
