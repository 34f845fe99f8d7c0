"""pydantic-evals: what its report says about the samples, and data set files with the evaluator in them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from judgekit import Message, UserError, Verdict, load_rubric
from judgekit.errors import CallError
from judgekit.integrations import pydantic_evals as adapter
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.rubric_judge import RubricJudge
from judgekit.verdict import CriterionResult
from tests.integrations import environment
from tests.integrations.page import MOST_S, beside_a_stand_in, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, ON_TOPIC, PASSED, POLITE, RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer


@dataclass
class Context:
    """What of pydantic-evals' context an evaluator reads."""

    inputs: Any
    output: Any
    name: str | None = "q01"
    metadata: Any = None
    expected_output: Any = None
    attributes: dict[str, Any] = field(default_factory=dict)


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(
        UserError, match=r"pydantic_evals.evaluators was wanted .* pip install pydantic-evals"
    ) as caught:
        _ = adapter.RubricEvaluator
    assert "\n" not in str(caught.value)
    with pytest.raises(AttributeError, match="no attribute 'Evaluators'"):
        _ = adapter.Evaluators


@pytest.mark.parametrize(
    ("inputs", "prompt"),
    [
        ("Where?", "Where?"),
        ({"question": "Where?", "topic": "the way"}, "Where?"),
        ([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}], "Where?"),
        (Message(role="user", content="Where?"), "Where?"),  # any pydantic model is read as its JSON
    ],
)
def test_a_case_as_a_transcript(inputs: Any, prompt: str) -> None:
    found = adapter.transcript_of(Context(inputs, {"answer": "There."}, expected_output=["There."]))
    assert (found.prompt, found.response, found.question_id) == (prompt, "There.", "q01")
    assert found.reference == '["There."]'


def test_keys_that_are_not_usual_are_named() -> None:
    case = Context({"city": "Bonn", "way": "Where?"}, {"there": "Left.", "n": 1})
    with pytest.raises(UserError, match="prompt: none of the keys city, way says which is meant"):
        adapter.transcript_of(case)
    found = adapter.transcript_of(case, "way", "there")
    assert (found.prompt, found.response) == ("Where?", "Left.")


def test_results_of_a_verdict_by_code() -> None:
    rubric = RubricJudge(RUBRIC, judge="baseline")
    outcome = rubric.score(adapter.transcript_of(Context("Where?", "There.")), {"topic": "trains"})
    found = adapter.results_of(outcome, "kind")
    assert found.keys() == {"kind.status", "kind.has_words"}  # no score where there is none
    assert found["kind.status"] == ("abstained", outcome.reason)
    assert found["kind.has_words"][0] == 1.0


def test_results_of_a_scored_verdict() -> None:
    said = CriterionResult(answer="no", status="ok", reason="Curt.")
    verdict = Verdict(
        transcript_id="q03",
        question_id="q03",
        label="",
        rubric="courtesy",
        rubric_version="1.0.0",
        status="scored",
        level=2,
        score=0.5,
        passed=False,
        criteria={"polite": said, "mood": said.model_copy(update={"answer": "grim"})},
        explanation="It answers.",
        judge="openai/test",
        fingerprint="0" * 32,
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert adapter.results_of(Outcome(verdict, load_rubric(RUBRIC)), "kind") == {
        "kind": (0.5, "It answers."),
        "kind.passed": (False, None),
        "kind.status": ("scored", None),
        "kind.polite": (0.0, "Curt."),
        "kind.mood": ("grim", "Curt."),  # a word is a label
    }


_STAND_IN = {
    "pydantic_evals": "",
    "pydantic_evals.evaluators": """
class Evaluator: ...
class EvaluationReason:
    def __init__(self, value, reason):
        self.value, self.reason = value, reason
""",
}


def test_the_evaluator_of_one_case(tmp_path: Path, judge_server: OpenAIServer) -> None:
    def case(i: int) -> Context:
        return Context(SAMPLES[i - 1].prompt, SAMPLES[i - 1].response, metadata={"topic": SAMPLES[i - 1].topic})

    with beside_a_stand_in(tmp_path, "pydantic_evals", _STAND_IN) as copied:
        options = {"base_url": judge_server.base_url}
        evaluator = copied.RubricEvaluator(str(RUBRIC), judge="openai/test", options=options)
        assert evaluator.get_evaluator_version().endswith(" by openai/test")
        first = case(1)
        found = asyncio.run(evaluator.evaluate(first))
        assert (found["courtesy"].value, found["courtesy.passed"].value) == (1.0, True)
        assert first.attributes["courtesy"]["level"] == 3
        refused = case(FAILED)
        with pytest.raises(CallError, match=r"^refusal: "):
            asyncio.run(evaluator.evaluate(refused))
        assert refused.attributes["courtesy"]["failure_kind"] == "refusal"


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("pydantic_evals")
    lay_out(tmp_path)
    (tmp_path / "evaluate.py").write_text(blocks("pydantic_evals", "python")[0], encoding="utf-8")
    done = harness.run("python", "evaluate.py", cwd=tmp_path, env=judge_variables(judge_server))
    assert "RubricEvaluator: courtesy.yaml" in (tmp_path / "stations.yaml").read_text()
    assert "refusal" in done.stdout  # what people see names the failed call
    assert "Warning" not in done.stderr

    report = json.loads((tmp_path / "report.json").read_text())
    cases = {case["name"]: case for case in report["cases"]}
    assert len(cases) == len(SAMPLES)
    for sample in SAMPLES:
        case = cases[sample.id]
        scores = {name: one["value"] for name, one in case["scores"].items()}
        if sample.score is None:
            assert "courtesy" not in scores
        else:
            assert scores["courtesy"] == sample.score
            assert {name: scores[f"courtesy.{name}"] for name in sample.values} == sample.values
            assert case["assertions"]["courtesy.passed"]["value"] is (sample.level == 3)
            assert "go straight on" in case["scores"]["courtesy.polite"]["reason"]
            assert case["scores"]["courtesy"]["evaluator_version"].startswith("courtesy 1.0.0 ")
        assert len(case["attributes"]["courtesy"]["fingerprint"]) == 32
    assert cases["q01"]["attributes"]["courtesy"]["criteria"]["polite"]["evidence"][0]["quote"] == "go straight on"
    abstained = cases[SAMPLES[ABSTAINED - 1].id]
    assert abstained["labels"]["courtesy.status"]["value"] == "abstained"
    assert abstained["labels"]["courtesy.status"]["reason"].startswith("abstained: ")
    (failure,) = cases[SAMPLES[FAILED - 1].id]["evaluator_failures"]
    assert (failure["error_type"], failure["error_message"][:20]) == ("CallError", "CallError: refusal: ")
    assert judge_server.calls == len(SAMPLES)


_AVERAGES = """
import asyncio, copy, json, sys
from concurrent.futures import ThreadPoolExecutor
from judgekit.integrations.pydantic_evals import RubricEvaluator
from pydantic_evals import Case, Dataset

samples = [json.loads(line) for line in open("samples.jsonl")]
answers = {one["prompt"]: one["response"] for one in samples}
dataset = Dataset(
    name="s",
    cases=[Case(name=one["id"], inputs={"question": one["prompt"], "topic": one["topic"]}) for one in samples],
    evaluators=[RubricEvaluator("courtesy.yaml", evaluation_name="kind", options={"max_attempts": 1})],
)
def task(inputs):
    return answers[inputs["question"]]
async def inside_a_loop():
    return await dataset.evaluate(task, progress=False)
def averages(report):
    found = report.averages()
    return [found.scores, found.assertions, found.labels]
with ThreadPoolExecutor(2) as pool:
    threads = [pool.submit(lambda: averages(dataset.evaluate_sync(task, progress=False))) for _ in range(2)]
    found = [one.result() for one in threads]
found.append(averages(asyncio.run(inside_a_loop())))
found.append(averages(copy.deepcopy(dataset).evaluate_sync(task, progress=False)))
print(json.dumps(found))
"""


@pytest.mark.harness
def test_averages_in_threads_in_a_loop_and_of_a_copy(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("pydantic_evals")
    lay_out(tmp_path)
    done = harness.run("python", "-c", _AVERAGES, cwd=tmp_path, env=judge_variables(judge_server))
    found = json.loads(done.stdout)
    assert len(found) == 4
    for scores, assertions, labels in found:
        assert scores["kind"] == pytest.approx(MEAN)
        assert (scores["kind.polite"], scores["kind.on_topic"]) == pytest.approx((POLITE, ON_TOPIC))
        assert assertions == pytest.approx(PASSED)
        # the failed call leaves no label, so that 20 of 21 are scored
        assert labels["kind.status"]["scored"] == pytest.approx(N_SCORED / (N_SCORED + 1))


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("pydantic_evals"), tmp_path, adapter="pydantic_evals") <= MOST_S
