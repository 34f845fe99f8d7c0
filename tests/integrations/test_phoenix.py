"""Phoenix: the columns that its evaluation of the samples leaves in the data frame."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from judgekit import Judge, UserError
from judgekit.integrations.phoenix import asked_of, evaluator_class, rubric_evaluator, scores_of
from judgekit.integrations.rubric_judge import RubricJudge
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N, outcome_of
from tests.servers.openai_server import OpenAIServer


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"phoenix\.evals was wanted .* pip install 'arize-phoenix-evals>=3'") as caught:
        rubric_evaluator(RUBRIC, judge="baseline")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("i", [3, ABSTAINED, FAILED])
def test_what_scores_say(judge_server: OpenAIServer, i: int) -> None:
    found = {one["name"]: one for one in scores_of("kind", outcome_of(SAMPLES[i - 1], judge_server))}
    labels = [one["label"] for one in found.values()]
    numbers = [one["score"] for one in found.values()]
    if i == 3:  # not polite, on its topic: level 2 of 3
        assert (labels, numbers) == (["2", "no", "yes", "pass"], [0.5, 0.0, 1.0, 1.0])
        assert found["kind.polite"]["metadata"]["evidence"] == ["go straight on"]
        assert [one["kind"] for one in found.values()] == ["llm", "llm", "llm", "code"]
    elif i == ABSTAINED:
        assert (labels, numbers) == (["abstained", "abstained", "abstained", "pass"], [None, None, None, 1.0])
    else:
        assert (labels, numbers) == (["refusal"], [None])
        assert found["kind"]["explanation"].startswith("refusal: ")


def test_a_row_with_an_empty_cell() -> None:
    transcript, known = asked_of({"input": "Where?", "output": "There.", "topic": float("nan"), "tone": "kind"})
    assert (transcript.prompt, transcript.response, known) == ("Where?", "There.", {"tone": "kind"})


class Base:
    """What of Phoenix's Evaluator ours counts on."""

    def __init__(self, *, name: str, kind: str, direction: str, input_schema: type[BaseModel]) -> None:
        self.name, self.input_schema, self.said = name, input_schema, (kind, direction)

    def bind(self, mapping: dict[str, str]) -> None:
        self.bound = mapping


@pytest.mark.parametrize(("needed", "bound"), [(["topic"], {}), ([], {"topic": "topic"})])
def test_an_evaluator_sync_and_async(judge_server: OpenAIServer, needed: list[str], bound: dict[str, str]) -> None:
    made = evaluator_class(SimpleNamespace(Evaluator=Base, Score=dict))
    sample = SAMPLES[2]
    row = {"input": sample.prompt, "output": sample.response, "topic": sample.topic}
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        evaluator = made(RubricJudge(RUBRIC, judge=judge), "kind", needed)
        found = [evaluator._evaluate(row), asyncio.run(evaluator._async_evaluate(row))]
    assert [[one["score"] for one in scores] for scores in found] == [[0.5, 0.0, 1.0, 1.0]] * 2
    schema = evaluator.input_schema.model_json_schema()
    assert schema["required"] == ["input", "output", *needed]
    assert (evaluator.bound, evaluator.said) == (bound, ("llm", "maximize"))


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("phoenix")
    lay_out(tmp_path)
    (tmp_path / "evaluate.py").write_text(blocks("phoenix", "python")[0], encoding="utf-8")
    done = harness.run("python", "evaluate.py", cwd=tmp_path, env=judge_variables(judge_server))
    said = done.stdout.splitlines()
    assert said[:3] == [f"courtesy {MEAN}", f"courtesy.polite {POLITE}", f"courtesy.on_topic {ON_TOPIC}"]
    assert [line.partition(" – ")[0] for line in said[3:]] == ["abstained", "refusal"]
    assert judge_server.calls == N

    rows = {row["id"]: row for row in json.loads((tmp_path / "scored.json").read_text())}
    for sample in SAMPLES:
        first = rows[sample.id]["courtesy_score"]
        assert first.get("score") == sample.score
        assert first["label"] == {ABSTAINED: "abstained", FAILED: "refusal"}.get(sample.i, str(sample.level))
        assert (first["kind"], first["direction"]) == ("llm", "maximize")
        assert first["metadata"]["fingerprint"] == first["metadata"]["verdict"]["fingerprint"]
        for name, value in sample.values.items():
            part = rows[sample.id][f"courtesy.{name}_score"]
            assert (part["score"], part["label"]) == (value, {1.0: "yes", 0.0: "no"}[value])
            assert part["metadata"]["evidence"] == ["go straight on"]
    abstained, failed = rows[SAMPLES[ABSTAINED - 1].id], rows[SAMPLES[FAILED - 1].id]
    assert abstained["courtesy_score"]["explanation"].startswith("abstained: ")
    assert abstained["courtesy.polite_score"]["label"] == "abstained"
    assert "score" not in abstained["courtesy.polite_score"]
    assert abstained["courtesy.has_words_score"]["kind"] == "code"
    assert failed["courtesy_score"]["explanation"].startswith("refusal: ")
    assert failed["courtesy.polite_score"] is None


SYNC = """
import asyncio, json
import pandas as pd
from concurrent.futures import ThreadPoolExecutor
from judgekit.integrations.phoenix import rubric_evaluator
from phoenix.evals import bind_evaluator, evaluate_dataframe
from phoenix.evals.utils import to_annotation_dataframe

frame = pd.read_json("samples.jsonl", lines=True).rename(columns={"prompt": "question", "response": "answer"})
mapping = {"input": "question", "output": "answer", "topic": "topic"}
bound = bind_evaluator(evaluator=rubric_evaluator("courtesy.yaml", name="kind"), input_mapping=mapping)
scored = evaluate_dataframe(dataframe=frame, evaluators=[bound], hide_tqdm_bar=True)
scored["span_id"] = scored["id"]
notes = to_annotation_dataframe(dataframe=scored, score_names=["kind"])
supplied = rubric_evaluator("courtesy.yaml", inputs={"topic": "the way"})  # so that no column is needed
def one(row):
    return supplied.evaluate({"input": row.question, "output": row.answer})[0].score
async def inside_a_loop():
    return one(frame.iloc[0])
with ThreadPoolExecutor(3) as pool:
    threads = list(pool.map(one, [row for row in frame.head(6).itertuples()]))
described = supplied.describe()["input_schema"]
exceptions = [one for details in scored["kind_execution_details"] for one in details["exceptions"]]
cell = supplied.evaluate({"input": frame.question[0], "output": frame.answer[0], "topic": float("nan")})[0].score
found = [notes["score"].mean(), int(notes["score"].count()), asyncio.run(inside_a_loop()), threads]
print(json.dumps([*found, described["required"], cell, exceptions]))
"""


@pytest.mark.harness
def test_bound_names_annotations_threads_and_a_running_loop(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("phoenix")
    lay_out(tmp_path)
    done = harness.run("python", "-c", SYNC, cwd=tmp_path, env=judge_variables(judge_server))
    mean, scored, inside, threads, required, empty_cell, exceptions = json.loads(done.stdout.splitlines()[-1])
    assert (mean, scored) == (pytest.approx(MEAN), N - 2)
    assert (inside, empty_cell) == (1.0, 1.0)
    assert threads == [sample.score for sample in SAMPLES[:6]]
    assert required == ["input", "output"]
    assert exceptions == []


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("phoenix"), tmp_path, adapter="phoenix", of="phoenix.evals") <= MOST_S
