"""MLflow: what `mlflow.genai.evaluate` stores about the samples."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from judgekit import Judge, UserError
from judgekit.integrations.handed_over import Keys
from judgekit.integrations.mlflow import feedbacks_of, rubric_scorer, scorer_class
from judgekit.integrations.rubric_judge import RubricJudge
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N, outcome_of
from tests.servers.openai_server import OpenAIServer

QUIET = {"MLFLOW_GENAI_EVAL_MAX_WORKERS": "4", "MLFLOW_DISABLE_TELEMETRY": "true"}
TOLD = """
held = []
for trace in mlflow.search_traces(run_id=results.run_id, return_type="list"):
    request = json.loads(trace.data.request)
    held.append({"prompt": request["question"], "assessments": [one.to_dictionary() for one in trace.info.assessments]})
metrics = {name: float(value) for name, value in results.metrics.items()}
Path("found.json").write_text(json.dumps({"rows": held, "metrics": metrics}))
"""


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"mlflow\.genai\.scorers was wanted .* pip install 'mlflow>=3\.4'") as caught:
        rubric_scorer(RUBRIC, judge="baseline")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("i", [3, ABSTAINED, FAILED])
def test_what_feedbacks_say(judge_server: OpenAIServer, i: int) -> None:
    found = {one["name"]: one for one in feedbacks_of("kind", outcome_of(SAMPLES[i - 1], judge_server))}
    first = found["kind"]
    assert first["source"] == ("LLM_JUDGE", "openai/test")
    assert all(isinstance(value, str) for one in found.values() for value in one["metadata"].values())
    if i == 3:  # not polite, on its topic
        assert [one["value"] for one in found.values()] == [0.5, 0.0, 1.0, 1.0]
        assert [one["error"] for one in found.values()] == [None] * 4
        assert found["kind.polite"]["metadata"]["judgekit.evidence"] == '["go straight on"]'
        assert found["kind.has_words"]["source"] == ("CODE", "judgekit")
    elif i == ABSTAINED:
        assert first["error"][0] == "ABSTAINED"
        assert found["kind.polite"]["error"] == ("ABSTAINED", "abstained: cannot_tell")
        assert [one["value"] for one in found.values()] == [None, None, None, 1.0]
    else:
        assert (list(found), first["error"][0], first["value"]) == (["kind"], "REFUSAL", None)


class Base(BaseModel):
    """What of MLflow's Scorer ours counts on."""

    name: str
    aggregations: list[str] | None = None
    description: str | None = None
    timeout: float | None = None


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_a_scorer(judge_server: OpenAIServer, timeout: float | None) -> None:
    entities = SimpleNamespace(Feedback=dict, AssessmentError=dict, AssessmentSource=lambda *said: said)
    sample, refused = SAMPLES[2], SAMPLES[FAILED - 1]
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        rubric = RubricJudge(RUBRIC, judge=judge)
        scorer = scorer_class(Base, entities)(rubric, Keys(), None, ["min"], timeout)
        found = scorer(inputs={"q": sample.prompt}, outputs=sample.response, expectations={"topic": sample.topic})
        (failed,) = scorer(inputs={"question": refused.prompt, "topic": "x"}, outputs=refused.response)
    assert [one["value"] for one in found] == [0.5, 0.0, 1.0, 1.0]
    assert [one["error"] for one in found] == [None] * 4
    assert (failed["value"], failed["error"]["error_code"]) == (None, "REFUSAL")
    assert (scorer.name, scorer.aggregations, scorer.timeout) == ("courtesy", ["min"], timeout)


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("mlflow")
    lay_out(tmp_path)
    (tmp_path / "evaluate.py").write_text(blocks("mlflow", "python")[0] + TOLD, encoding="utf-8")
    variables = {**judge_variables(judge_server), **QUIET}
    done = harness.run("python", "evaluate.py", cwd=tmp_path, env=variables)
    assert "'courtesy': 1/22 failed" in done.stderr  # the call that failed; the abstention answers its criteria
    assert " refusal: " in done.stdout
    assert judge_server.calls == N

    found = json.loads((tmp_path / "found.json").read_text())
    wanted = {"courtesy/mean": MEAN, "courtesy.polite/mean": POLITE, "courtesy.on_topic/mean": ON_TOPIC}
    assert {name: found["metrics"][name] for name in wanted} == pytest.approx(wanted)
    rows = {row["prompt"]: {one["assessment_name"]: one for one in row["assessments"]} for row in found["rows"]}
    assert len(rows) == N
    for sample in SAMPLES:
        held = rows[sample.prompt]
        first = held["courtesy"]
        assert first["source"] == {"source_type": "LLM_JUDGE", "source_id": "openai/test"}
        verdict = json.loads(first["metadata"]["judgekit.verdict"])
        assert verdict["fingerprint"] == first["metadata"]["judgekit.fingerprint"]
        assert first["feedback"].get("value") == sample.score
        if sample.score is not None:
            assert {name: held[f"courtesy.{name}"]["feedback"]["value"] for name in sample.values} == sample.values
            assert json.loads(held["courtesy.polite"]["metadata"]["judgekit.evidence"]) == ["go straight on"]
            assert "go straight on" in first["rationale"]
            assert held["courtesy.has_words"]["source"] == {"source_type": "CODE", "source_id": "judgekit"}
    abstained, failed = rows[SAMPLES[ABSTAINED - 1].prompt], rows[SAMPLES[FAILED - 1].prompt]
    assert abstained["courtesy"]["feedback"]["error"]["error_code"] == "ABSTAINED"
    assert abstained["courtesy.polite"]["feedback"]["error"]["error_message"] == "abstained: cannot_tell"
    assert failed["courtesy"]["feedback"]["error"]["error_code"] == "REFUSAL"
    assert failed["courtesy"]["feedback"]["error"]["error_message"].startswith("refusal: ")
    assert "courtesy.polite" not in failed


DIRECT = """
import asyncio, json
from concurrent.futures import ThreadPoolExecutor
from judgekit.integrations.mlflow import rubric_scorer

samples = [json.loads(line) for line in open("samples.jsonl")][:6]
scorer = rubric_scorer("courtesy.yaml", name="kind", response="said", aggregations=["min"], timeout=30)
def one(sample):
    return scorer.run(inputs={"q": sample["prompt"]}, outputs={"said": sample["response"], "n": 1},
                      expectations={"topic": sample["topic"]})[0]
async def inside_a_loop():
    return one(samples[0]).value
with ThreadPoolExecutor(3) as pool:
    found = [feedback.value for feedback in pool.map(one, samples)]
print(json.dumps([found, asyncio.run(inside_a_loop()), scorer.name, scorer.description, scorer.timeout]))
"""


@pytest.mark.harness
def test_in_threads_and_inside_a_loop(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("mlflow")
    lay_out(tmp_path)
    done = harness.run("python", "-c", DIRECT, cwd=tmp_path, env={**judge_variables(judge_server), **QUIET})
    values, inside, name, about, timeout_s = json.loads(done.stdout.splitlines()[-1])
    assert values == [sample.score for sample in SAMPLES[:6]]
    assert (inside, name, timeout_s) == (1.0, "kind", 30)
    assert about.startswith("judgekit: courtesy 1.0.0 ")


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("mlflow"), tmp_path, adapter="mlflow", of="mlflow.genai") <= MOST_S
