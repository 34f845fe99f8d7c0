"""lm-eval: what its results and samples say, and that all answers to a task are judged in one wave."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from judgekit import Judge, Question, QuestionSet, UserError, load_rubric
from judgekit.integrations.lm_eval import Judged, RubricMetrics, count, tally
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, PASSED, POLITE, RUBRIC, SAMPLES, Sample, reply
from tests.servers.faults import Fault
from tests.servers.openai_server import OpenAIServer
from tests.servers.quotes import message_text
from tests.servers.replies import Fixed

DOCS = [{"prompt": one.prompt, "topic": one.topic, "colour": "red"} for one in SAMPLES]
TALLY = "20 scored, 1 abstained, 1 refusal"


def judged(metrics: RubricMetrics, samples: Sequence[Sample] = SAMPLES) -> list[dict[str, Any]]:
    """What lm-eval logs about every sample."""
    docs = [DOCS[one.i - 1] for one in samples]
    filtered = metrics.judge([[one.response] for one in samples], docs)
    assert filtered == [one.response for one in samples]
    assert {type(answer) for answer in filtered} == {Judged}
    assert {type(copy.copy(answer)) for answer in filtered} == {str}  # as it goes to another process
    return [metrics.process_results(doc, [answer]) for doc, answer in zip(docs, filtered, strict=True)]


def test_all_documents_are_judged_in_one_wave(judge_server: OpenAIServer) -> None:
    judge_server.latency_ms = 600.0
    with Judge("openai/test", base_url=judge_server.base_url, mode="json_schema") as judge:
        found = judged(copy.deepcopy(RubricMetrics(RUBRIC, prompt="prompt", judge=judge)))
    assert judge_server.counts.max_active == len(SAMPLES)
    for sample, one in zip(SAMPLES, found, strict=True):
        assert one.get("courtesy") == sample.score
        assert {name: one.get(f"courtesy_{name}") for name in sample.values} == sample.values
        assert one.get("courtesy_passed") == (None if sample.level is None else sample.level == 3)
        assert (one["courtesy_unscored"] is None) is sample.is_scored
        assert len(one["courtesy_verdict"]["fingerprint"]) == 32
    assert found[ABSTAINED - 1]["courtesy_unscored"].startswith("abstained: ")
    assert found[FAILED - 1]["courtesy_unscored"].startswith("refusal: ")
    assert mean(one["courtesy"] for one in found if "courtesy" in one) == pytest.approx(MEAN)
    assert count(one["courtesy_unscored"] for one in found) == 2
    assert tally(one["courtesy_verdict"] for one in found) == TALLY


def test_a_run_file_and_equal_documents_are_paid_for_once(tmp_path: Path, judge_server: OpenAIServer) -> None:
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        metrics = RubricMetrics(RUBRIC, prompt=lambda doc: str(doc["prompt"]), judge=judge, store=tmp_path / "run.db")
        twice = [SAMPLES[0], SAMPLES[0], SAMPLES[2]]
        assert [one["courtesy"] for one in judged(metrics, twice)] == [1.0, 1.0, 0.5]
        assert [one["courtesy"] for one in judged(metrics, SAMPLES[:3])] == [1.0, 1.0, 0.5]
    assert judge_server.calls == 3  # samples 1 and 3, then 2


def test_a_judge_that_cannot_answer_loses_no_answers() -> None:
    with OpenAIServer(require_key="right") as server:
        metrics = RubricMetrics(RUBRIC, prompt="prompt", judge="openai/test", base_url=server.base_url, api_key="wrong")
        found = judged(metrics, SAMPLES[:3])
    assert [set(one) for one in found] == [{"courtesy_unscored", "courtesy_verdict"}] * 3
    assert all(one["courtesy_unscored"].startswith("not judged: ") for one in found)
    assert tally(one["courtesy_verdict"] for one in found) == "3 not judged"


def test_a_run_file_that_cannot_be_made_loses_no_answers(tmp_path: Path) -> None:
    rubric = load_rubric(RUBRIC).model_copy(update={"pass_at": None})
    metrics = RubricMetrics(rubric, prompt="prompt", judge="baseline", store=tmp_path / "nowhere" / "run.db")
    assert "courtesy_passed" not in {one["metric"] for one in metrics.metric_list}
    (found,) = judged(metrics, SAMPLES[:1])
    assert found["courtesy_unscored"].startswith("not judged: ")


def test_inputs_come_from_the_document_its_question_and_what_is_the_same_for_all(judge_server: OpenAIServer) -> None:
    topics = {"courtesy": {"topic": "said by the question"}}
    questions = QuestionSet(
        questions=tuple(Question(id=one.id, prompt=one.prompt, rubrics=topics) for one in SAMPLES[:2])
    )
    docs = [{"prompt": one.prompt, "topic": None} for one in SAMPLES[:3]]
    docs[0]["topic"] = "said by the document"
    with Judge("openai/test", base_url=judge_server.base_url, concurrency=1) as judge:
        same = {"topic": "said for all"}
        metrics = RubricMetrics(RUBRIC, prompt="prompt", judge=judge, questions=questions, inputs=same)
        assert all(one.outcome for one in metrics.judge([one.response for one in SAMPLES[:3]], docs))
    shown = [json.dumps(request.body) for request in judge_server.requests]
    for said, prompt in zip(("by the document", "by the question", "for all"), shown, strict=True):
        assert f"said {said}" in prompt


def test_a_reference_and_a_judge_that_is_code() -> None:
    metrics = RubricMetrics(RUBRIC, prompt="prompt", judge="baseline", reference="colour", budget_usd=1.0)
    (answer,) = metrics.judge(["A word."], DOCS[:1])
    found = metrics.process_results(DOCS[0], [answer])
    assert found["courtesy_verdict"]["status"] == "abstained"
    assert found["courtesy_has_words"] == 1.0


def test_the_metrics_of_a_rubric() -> None:
    listed = RubricMetrics(RUBRIC, prompt="prompt", judge="baseline", name="kind").metric_list
    assert {one["metric"]: one["higher_is_better"] for one in listed} == {
        "kind": True,
        "kind_passed": True,
        "kind_polite": None,
        "kind_on_topic": None,
        "kind_has_words": True,
        "kind_unscored": False,
        "kind_verdict": None,
    }
    assert [one["aggregation"] for one in listed] == ["mean"] * 5 + [count, tally]


def test_without_the_judge_s_filter_there_is_one_line() -> None:
    with pytest.raises(UserError, match="last filter has to be `judge`"):
        RubricMetrics(RUBRIC, prompt="prompt", judge="baseline").process_results(DOCS[0], ["A word."])


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        ("question", "the document has no field 'question'; it has prompt, topic, colour"),
        ("{{prompt}}", "lm_eval.utils was wanted and does not import (No module named 'lm_eval'): pip install lm-eval"),
    ],
)
def test_a_prompt_that_cannot_be_read_loses_no_answers(prompt: str, why: str) -> None:
    (answer,) = RubricMetrics(RUBRIC, prompt=prompt, judge="baseline").judge(["A word."], DOCS[:1])
    assert (answer, answer.outcome, answer.why) == ("A word.", None, f"not judged: {why}")


def of_lol(body: dict[str, Any]) -> Fixed:
    """What the judge says where the model answered "lol", as lm-eval's dummy always does: by the question's number."""
    number = re.search(r"Question (\d+):", "\n".join(message_text(message) for message in body["messages"]))
    assert number is not None, "the prompt shows no question of the set"
    found = reply({"messages": [{"role": "user", "content": f"This is answer {number[1]} of the set"}]})
    return found if isinstance(found, Fault) else json.loads(json.dumps(found).replace("go straight on", "lol"))


def written(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The results of the task, and its samples by the id of their document."""
    (results,) = (folder / "results").rglob("results_*.json")
    (samples,) = (folder / "results").rglob("samples_stations_*.jsonl")
    rows = map(json.loads, samples.read_text().splitlines())
    return json.loads(results.read_text())["results"]["stations"], {row["doc"]["id"]: row for row in rows}


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path) -> None:
    harness = environment.make("lm_eval")
    lay_out(tmp_path)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "stations.yaml").write_text(blocks("lm_eval", "yaml")[0], encoding="utf-8")
    (tmp_path / "tasks" / "judging.py").write_text(blocks("lm_eval", "python")[0], encoding="utf-8")
    with OpenAIServer(script=[of_lol] * 100, latency_ms=600.0) as server:
        done = harness.run(*blocks("lm_eval", "sh")[1].split(), cwd=tmp_path, env=judge_variables(server))
        assert server.counts.max_active > 2 * len(SAMPLES) / 3  # one wave, but for the call that finds the mode
    assert TALLY in done.stdout
    results, samples = written(tmp_path)
    means = {"courtesy": MEAN, "courtesy_polite": POLITE, "courtesy_on_topic": ON_TOPIC, "courtesy_passed": PASSED}
    assert {name: results[f"{name},judge"] for name in means} == pytest.approx(means)
    # of the 20 scores 1, ½ and 0: their standard deviation over √20
    error = stdev([1.0] * 10 + [0.5] * 9 + [0.0]) / 20**0.5
    assert results["courtesy_stderr,judge"] == pytest.approx(error)
    assert results["courtesy_unscored,judge"] == 2
    assert results["courtesy_verdict,judge"] == TALLY
    for sample in SAMPLES:
        row = samples[sample.id]
        assert row.get("courtesy") == sample.score
        assert {name: row[f"courtesy_{name}"] for name in sample.values} == sample.values
        assert row["resps"] == [["lol"]]
        assert len(row["courtesy_verdict"]["fingerprint"]) == 32
    verdict = samples["q01"]["courtesy_verdict"]
    assert verdict["criteria"]["polite"]["evidence"][0]["quote"] == "lol"
    assert samples[SAMPLES[ABSTAINED - 1].id]["courtesy_unscored"].startswith("abstained: ")
    assert samples[SAMPLES[FAILED - 1].id]["courtesy_unscored"].startswith("refusal: ")


_MORE = """
import asyncio, json
from concurrent.futures import ThreadPoolExecutor
import lm_eval.api.metrics
from judgekit.integrations.lm_eval import RubricMetrics

rows = [json.loads(line) for line in open("samples.jsonl")]
metrics = RubricMetrics("courtesy.yaml", prompt="{{prompt}}", max_attempts=1)
def scores(_=None):
    filtered = metrics.judge([[row["response"]] for row in rows], rows)
    return [metrics.process_results(row, [one]).get("courtesy") for row, one in zip(rows, filtered)]
async def inside_a_loop():
    return scores()
with ThreadPoolExecutor(2) as pool:
    found = list(pool.map(scores, range(2)))
print(json.dumps([*found, asyncio.run(inside_a_loop())]))
(wrong,) = RubricMetrics("courtesy.yaml", prompt="{{nothing}}").judge(["A word."], rows[:1])
print(wrong.why)
"""


@pytest.mark.harness
def test_threads_and_loops(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("lm_eval")
    lay_out(tmp_path)
    done = harness.run("python", "-c", _MORE, cwd=tmp_path, env=judge_variables(judge_server))
    found, wrong = done.stdout.splitlines()
    assert json.loads(found) == [[sample.score for sample in SAMPLES]] * 3
    assert wrong == "not judged: the template '{{nothing}}' does not fit the document: 'nothing' is undefined"


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("lm_eval"), tmp_path, adapter="lm_eval") <= MOST_S
