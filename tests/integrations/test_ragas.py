"""ragas: what experiments and `evaluate` say about the samples, single answers and conversations."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from judgekit import Judge, UserError
from judgekit.integrations import ragas as adapter
from tests.integrations import environment
from tests.integrations.page import MOST_S, beside_a_stand_in, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"ragas.* was wanted .* pip install 'ragas>=0.4' 'langchain-community<0.4'$"):
        _ = adapter.RubricMetric
    with pytest.raises(AttributeError, match="no attribute 'Metric'"):
        _ = adapter.Metric


class Said:
    """A message as ragas has it."""

    def __init__(self, **held: Any) -> None:
        self.held = held

    def model_dump(self) -> dict[str, Any]:
        return self.held


def test_a_conversation_as_a_transcript() -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        Said(type="human", content="Where?", metadata=None),
        Said(type="ai", content="", tool_calls=[{"name": "look_up", "args": {"n": 3}}]),
        Said(type="tool", content=[{"type": "text", "text": "left"}]),
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "f"}}]},
    ]
    found = adapter.transcript_of(turns, "Left.", {"reference": "Right.", "retrieved_contexts": ["a", "b"]})
    assert [message.role for message in found.messages] == ["system", "user", "assistant", "tool", *["assistant"] * 2]
    assert found.messages[2].tool_calls == (
        {"type": "function", "function": {"name": "look_up", "arguments": '{"n":3}'}},
    )
    assert found.messages[3].content == '[{"type":"text","text":"left"}]'
    assert found.messages[4].tool_calls == ({"type": "function", "function": {"name": "f"}},)
    assert (found.prompt, found.response, found.reference, found.context) == ("Where?", "Left.", "Right.", "a\n\nb")


_STAND_IN = {
    "ragas": "",
    "ragas.metrics": "",
    "ragas.metrics.base": """
class MetricType: SINGLE_TURN, MULTI_TURN = "single", "multi"
class SingleTurnMetric: ...
class MultiTurnMetric: ...
""",
    "ragas.metrics.collections": "",
    "ragas.metrics.collections.base": "class BaseMetric: ...",
    "ragas.metrics.result": """
class MetricResult:
    def __init__(self, value, reason, traces):
        self.value, self.reason, self.traces = value, reason, traces
""",
    "ragas.callbacks": """
class ChainType: RAGAS_PROMPT = "prompt"
class Run:
    def __init__(self, name, inputs, callbacks, metadata):
        self.seen = callbacks
        self.seen.append(inputs["data"])
    def on_chain_end(self, outputs):
        self.seen.append(outputs["output"]["reason"])
def new_group(*given, **named):
    return Run(*given, **named), None
""",
}


class Row:
    """A sample as ragas has it."""

    def __init__(self, **held: Any) -> None:
        self.held = held
        self.user_input, self.rubrics = held["user_input"], held.get("rubrics")

    def model_dump(self, *, exclude_none: bool) -> dict[str, Any]:
        return self.held


def test_results_and_traces(tmp_path: Path, judge_server: OpenAIServer) -> None:
    third, abstained = SAMPLES[2], SAMPLES[ABSTAINED - 1]  # the third is not polite: level 2 of 3
    traced: list[Any] = []
    with (
        Judge("openai/test", base_url=judge_server.base_url) as judge,
        beside_a_stand_in(tmp_path, "ragas", _STAND_IN) as copied,
    ):
        metric = copied.RubricMetric(RUBRIC, judge=judge)
        metric.init(None)
        found = metric.score(user_input=third.prompt, response=third.response, topic=third.topic)
        assert (found.value, found.traces["output"]["values"]["polite"]) == (0.5, 0.0)
        assert "go straight on" in found.reason
        row = Row(user_input=abstained.prompt, response=abstained.response, rubrics={"topic": "x"})
        assert math.isnan(asyncio.run(metric._single_turn_ascore(row, traced)))
        said = [Said(type="human", content=third.prompt), Said(type="ai", content=third.response)]
        talk = Row(user_input=said, rubrics={"topic": "y"})
        assert asyncio.run(metric._multi_turn_ascore(talk, traced)) == 0.5
        assert repr(metric).startswith("RubricMetric('courtesy 1.0.0 ")
    assert [one for one in traced if isinstance(one, dict)] == [{"topic": "x"}, {"topic": "y"}]
    assert traced[1].startswith("abstained: ") and traced[3] is None


@pytest.mark.harness
def test_the_experiment_of_the_page(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("ragas")
    lay_out(tmp_path)
    (tmp_path / "run_experiment.py").write_text(blocks("ragas", "python")[0], encoding="utf-8")
    harness.run("python", "run_experiment.py", cwd=tmp_path, env=judge_variables(judge_server))
    written = (tmp_path / "data" / "experiments" / "first.jsonl").read_text().splitlines()
    rows = {row["id"]: row for row in map(json.loads, written)}
    assert len(rows) == len(SAMPLES)
    for sample in SAMPLES:
        row = rows[sample.id]
        assert row["courtesy"] == sample.score or (sample.score is None and math.isnan(row["courtesy"]))
        assert {name: row.get(name) for name in sample.values} == sample.values
        assert len(row["trace"]["verdict"]["fingerprint"]) == 32
    assert rows["q01"]["trace"]["verdict"]["criteria"]["polite"]["evidence"][0]["quote"] == "go straight on"
    assert "go straight on" in rows["q01"]["reason"]
    assert rows[SAMPLES[ABSTAINED - 1].id]["reason"].startswith("abstained: ")
    assert rows[SAMPLES[FAILED - 1].id]["reason"].startswith("refusal: ")
    scored = [row["courtesy"] for row in rows.values() if not math.isnan(row["courtesy"])]
    assert (len(scored), mean(scored)) == (N_SCORED, pytest.approx(MEAN))


@pytest.mark.harness
def test_evaluate_as_on_the_page(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("ragas")
    lay_out(tmp_path)
    (tmp_path / "run_evaluate.py").write_text(blocks("ragas", "python")[1], encoding="utf-8")
    done = harness.run("python", "run_evaluate.py", cwd=tmp_path, env=judge_variables(judge_server))
    first, *rows = done.stdout.splitlines()
    assert first == "{'courtesy': 0.7250}"  # ragas' own mean: of the twenty
    for sample, row in zip(SAMPLES, rows, strict=True):
        score = "nan" if sample.score is None else str(sample.score)
        assert row.startswith(f"{sample.id} {score} {{"), row
        assert all(f"'{name}': {value}" in row for name, value in sample.values.items())
    assert "abstained: " in rows[ABSTAINED - 1]
    assert "refusal: " in rows[FAILED - 1]


_MORE = """
import asyncio, copy, json, math, warnings
from concurrent.futures import ThreadPoolExecutor
from judgekit import Judge, UserError
from judgekit.integrations.ragas import RubricMetric
from ragas import EvaluationDataset, SingleTurnSample, MultiTurnSample, evaluate
from ragas.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

warnings.simplefilter("ignore", DeprecationWarning)
rows = [json.loads(line) for line in open("samples.jsonl")]
metric = copy.deepcopy(RubricMetric("courtesy.yaml", name="kind", max_attempts=1))
asked = [{"user_input": r["prompt"], "response": r["response"], "topic": r["topic"]} for r in rows]
with ThreadPoolExecutor(4) as pool:
    threads = [one.value for one in pool.map(lambda given: metric.score(**given), asked)]
together = [one.value for one in metric.batch_score(asked)]
async def sync_inside_a_loop():
    return metric.score(**asked[2]).value
found = [[None if math.isnan(x) else x for x in some] for some in (threads, together)]
print(json.dumps([*found, asyncio.run(sync_inside_a_loop())]))

sample = SingleTurnSample(user_input=rows[2]["prompt"], response=rows[2]["response"], rubrics={"topic": "trains"})
assert metric.single_turn_score(sample) == 0.5
talk = MultiTurnSample(
    user_input=[HumanMessage(content="Hi"), AIMessage(content="Yes?"), HumanMessage(content=rows[2]["prompt"]),
                AIMessage(content="", tool_calls=[ToolCall(name="look_up", args={"n": 3})]),
                ToolMessage(content="left"), AIMessage(content=rows[2]["response"])],
    rubrics={"topic": "trains"},
)
result = evaluate(EvaluationDataset(samples=[talk]), metrics=[metric], show_progress=False)
print(result, result.traces[0]["kind"]["verdict"]["output"]["verdict"]["level"])
missing = metric.score(user_input="?", response="!")
print(missing.value, missing.reason)
assert repr(metric).startswith("RubricMetric('courtesy 1.0.0 ")
assert metric.validate_result_value(together[0]) is None
try:
    RubricMetric("courtesy.yaml", judge="nobody/x")
except UserError as error:
    print(error)
"""


@pytest.mark.harness
def test_threads_loops_conversations_and_what_is_missing(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("ragas")
    lay_out(tmp_path)
    done = harness.run("python", "-c", _MORE, cwd=tmp_path, env=judge_variables(judge_server))
    first, talk, missing, wrong = done.stdout.splitlines()
    threads, together, in_loop = json.loads(first)
    assert threads == together == [sample.score for sample in SAMPLES]
    assert in_loop == 0.5  # sample 3 is not polite
    assert talk == "{'kind': 0.5000} 2"
    assert missing.startswith("nan missing_input: ")
    assert wrong.startswith("judge 'nobody/x' is not known")


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("ragas"), tmp_path, adapter="ragas") <= MOST_S
