"""deepeval: what its test runs say about the samples, and how metrics keep their state apart."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from statistics import mean
from types import SimpleNamespace
from typing import Any

import pytest

from judgekit import Judge, UserError
from judgekit.integrations import deepeval as adapter
from tests.integrations import environment
from tests.integrations.page import MOST_S, beside_a_stand_in, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, RUBRIC, SAMPLES, Sample
from tests.servers.openai_server import OpenAIServer


def test_without_the_package_there_is_one_line() -> None:
    for name in ("RubricMetric", "ConversationalRubricMetric"):
        with pytest.raises(UserError, match=r"deepeval.metrics was wanted .* pip install deepeval$"):
            getattr(adapter, name)
    with pytest.raises(AttributeError, match="no attribute 'Rubric_Metric'"):
        _ = adapter.Rubric_Metric


def test_tool_calls_in_openai_s_shape() -> None:
    tools = [SimpleNamespace(name="look_up", input_parameters={"platform": 3}, output="left")]
    assert adapter.calls_of(tools) == [
        {"type": "function", "function": {"name": "look_up", "arguments": '{"platform":3}'}}
    ]


_STAND_IN = {
    "deepeval": "",
    "deepeval.test_case": """
class SingleTurnParams: INPUT, ACTUAL_OUTPUT = "input", "actual_output"
class MultiTurnParams: ROLE, CONTENT = "role", "content"
""",
    "deepeval.metrics": """
class BaseMetric:
    def is_successful(self):
        return self.error is None and self.score >= self.threshold
class BaseConversationalMetric(BaseMetric): ...
""",
    "deepeval.metrics.utils": """
def check_llm_test_case_params(*_): ...
def check_conversational_test_case_params(*_, multimodal): ...
def print_verbose_logs(name, logs): print(name)
""",
}


def test_the_state_of_a_metric(tmp_path: Path, judge_server: OpenAIServer, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        Judge("openai/test", base_url=judge_server.base_url) as judge,
        beside_a_stand_in(tmp_path, "deepeval", _STAND_IN) as copied,
    ):
        metric = copied.RubricMetric(RUBRIC, judge=judge, verbose_mode=True)
        talk = copied.ConversationalRubricMetric(metric.rubric, name="talk", threshold=0.5)
        third, abstained = SAMPLES[2], SAMPLES[ABSTAINED - 1]  # the third is not polite: level 2 of 3
        unset = metric.rubric.rubric.model_copy(update={"pass_at": None})
        assert copied.RubricMetric(unset, judge=judge).threshold == 0.5  # deepeval's own default
        assert metric.measure(_case(third)) == 0.5
        assert (metric.threshold, metric.success, metric.error) == (1.0, False, None)
        assert metric.score_breakdown == {"polite": 0.0, "on_topic": 1.0, "has_words": 1.0}
        assert "go straight on" in metric.reason
        assert metric.measure(_case(abstained)) is None
        assert (metric.success, metric.reason, metric.error[:11]) == (False, None, "abstained: ")
        turns = [
            SimpleNamespace(role=role, content=text, tools_called=None, retrieval_context=["The plan"])
            for role, text in (("user", third.prompt), ("assistant", third.response))
        ]
        case = SimpleNamespace(turns=turns, name=None, context=None, expected_outcome=None, multimodal=False)
        case.metadata = {"topic": third.topic}
        assert asyncio.run(talk.a_measure(case)) == 0.5
        assert (talk.__name__, talk.success, talk.evaluation_model) == ("talk", True, "openai/test")
    assert capsys.readouterr().out == "courtesy\ncourtesy\n"


def _case(sample: Sample) -> Any:
    held = {"tools_called": None, "expected_output": None, "context": None, "retrieval_context": None}
    return SimpleNamespace(
        input=sample.prompt,
        actual_output=sample.response,
        name=sample.id,
        metadata={"topic": sample.topic},
        multimodal=False,
        **held,
    )


def metrics_of(folder: Path) -> dict[str, Any]:
    """The metric of each test case, in the file that deepeval keeps of its latest run; and the run's totals."""
    held = json.loads((folder / ".deepeval" / ".latest_run_full.json").read_text())
    run = held.get("testRunData", held)
    return {case["name"]: case["metricsData"][0] for case in run["testCases"]} | {"totals": run["metricsScores"][0]}


def check(found: dict[str, Any]) -> None:
    """The run holds what the samples say, and no mean is diluted."""
    for sample in SAMPLES:
        metric = found[sample.id]
        assert metric.get("score") == sample.score, sample
        assert metric["success"] is (sample.level == 3)
        said = json.loads(metric["verboseLogs"])
        assert {name: said["values"][name] for name in sample.values} == sample.values
        assert len(said["verdict"]["fingerprint"]) == 32
        if sample.is_scored:
            assert "go straight on" in metric["reason"]
            assert said["verdict"]["criteria"]["polite"]["evidence"][0]["quote"] == "go straight on"
    assert found[SAMPLES[ABSTAINED - 1].id]["error"].startswith("abstained: ")
    assert found[SAMPLES[FAILED - 1].id]["error"].startswith("refusal: ")
    totals = found["totals"]
    assert (len(totals["scores"]), totals["passes"], totals["fails"], totals["errors"]) == (N_SCORED, 10, 10, 2)
    assert mean(totals["scores"]) == pytest.approx(MEAN)


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("deepeval")
    lay_out(tmp_path)
    tests, together = blocks("deepeval", "python")
    (tmp_path / "test_courtesy.py").write_text(tests, encoding="utf-8")
    (tmp_path / "evaluate_all.py").write_text(together, encoding="utf-8")
    variables = judge_variables(judge_server)

    done = harness.run("deepeval", "test", "run", "test_courtesy.py", cwd=tmp_path, env=variables, ok=False)
    assert done.returncode == 1  # some tests do not pass
    assert "Passed: 10 | Failed: 12" in done.stdout
    check(metrics_of(tmp_path))

    done = harness.run("python", "evaluate_all.py", cwd=tmp_path, env=variables)
    assert "mean 0.725 of 20 scored" in done.stdout
    assert "conversation: 1.0" in done.stdout


_MORE = """
import asyncio, json
from concurrent.futures import ThreadPoolExecutor
from deepeval.metrics.utils import copy_metrics
from deepeval.test_case import ConversationalTestCase, LLMTestCase, ToolCall, Turn
from deepeval.test_run.cache import Cache
from judgekit import Judge, Rubric
from judgekit.integrations.deepeval import ConversationalRubricMetric, RubricMetric

samples = [json.loads(line) for line in open("samples.jsonl")]
cases = [LLMTestCase(input=s["prompt"], actual_output=s["response"], metadata={"topic": s["topic"]}) for s in samples]
metric = RubricMetric("courtesy.yaml", name="kind", threshold=0.5, max_attempts=1)
copies = copy_metrics([metric] * len(cases))
assert all(one.rubric is metric.rubric and one is not metric for one in copies)
assert {(one.name, one.threshold, one.__name__) for one in copies} == {("kind", 0.5, "kind")}
with ThreadPoolExecutor(4) as pool:
    threads = list(pool.map(lambda pair: pair[0].measure(pair[1]), zip(copies, cases)))
async def all_of_them():
    return await asyncio.gather(*(one.a_measure(case) for one, case in zip(copy_metrics(copies), cases)))
async def sync_inside_a_loop():
    return metric.measure(cases[2])
print(json.dumps([threads, asyncio.run(all_of_them()), asyncio.run(sync_inside_a_loop())]))

metric.measure(cases[6])
assert (metric.score, metric.reason, metric.is_successful()) == (None, None, False), metric.error
metric.measure(cases[0])  # the error before is gone
assert (metric.score, metric.error, metric.score_breakdown) == (
    1.0, None, {"polite": 1.0, "on_topic": 1.0, "has_words": 1.0}
)
assert metric.input_tokens > 0 and metric.evaluation_cost is None and metric.criteria.startswith("courtesy 1.0.0 ")
kept = Cache.create_metric_configuration(metric)  # deepeval's cache takes a score for the same rubric's only
assert Cache.same_metric_configs(copies[0], kept)
assert not Cache.same_metric_configs(RubricMetric(Rubric.from_text("It is short."), threshold=0.5), kept)
assert RubricMetric("courtesy.yaml", strict_mode=True).threshold == 1.0
points = RubricMetric(Rubric.from_text("It is short."), judge=Judge("baseline"))
assert points.threshold == 1.0 and points.evaluation_model == "baseline"
any_score = Rubric.from_text("It is short.").model_copy(update={"pass_at": None})
assert RubricMetric(any_score, judge="baseline").threshold == 0.5
tool = ToolCall(name="look_up", input_parameters={"platform": 1})
turns = [Turn(role="user", content="Hi"), Turn(role="assistant", content="Yes?"),
         Turn(role="user", content=samples[2]["prompt"], retrieval_context=["The plan"]),
         Turn(role="assistant", content=samples[2]["response"], tools_called=[tool])]
talk = ConversationalRubricMetric("courtesy.yaml", verbose_mode=True)
assert talk.measure(ConversationalTestCase(turns=turns, metadata={"topic": "trains"})) == 0.5
missing = LLMTestCase(input="?", metadata={})
try:
    metric.measure(missing)
except Exception as error:
    print(type(error).__name__)
print(metric.measure(LLMTestCase(input="?", actual_output="!")), metric.error)
"""


@pytest.mark.harness
def test_copies_threads_loops_and_what_is_missing(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("deepeval")
    lay_out(tmp_path)
    done = harness.run("python", "-c", _MORE, cwd=tmp_path, env=judge_variables(judge_server))
    lines = done.stdout.splitlines()
    threads, together, in_loop = json.loads(lines[0])
    assert threads == together == [sample.score for sample in SAMPLES]
    assert in_loop == 0.5  # sample 3 is not polite
    assert "courtesy Verbose Logs" in done.stdout
    assert lines[-2] == "MissingTestCaseParamsError"  # so that deepeval can skip it
    assert lines[-1].startswith("None missing_input: ")


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("deepeval"), tmp_path, adapter="deepeval") <= MOST_S
