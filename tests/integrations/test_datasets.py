"""Hugging Face datasets: what `map` hands over and gets back; and the real package, as its page says it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from judgekit import Judge, UserError
from judgekit.integrations.datasets import DatasetScorer, score_dataset
from tests.integrations import environment
from tests.integrations.page import MOST_S, blocks, import_cost_s, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, POLITE, RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer

BATCH = {
    "prompt": [one.prompt for one in SAMPLES],
    "answer": [one.response for one in SAMPLES],
    "topic": [one.topic for one in SAMPLES],
}
COLUMNS = {"response": "answer"}


def test_a_batch_of_samples(judge_server: OpenAIServer) -> None:
    scorer = DatasetScorer(RUBRIC, columns=COLUMNS, judge="openai/test", base_url=judge_server.base_url, prefix="j_")
    before = pickle.dumps(scorer)
    other: DatasetScorer = pickle.loads(before)  # as another process does
    found = other(BATCH)
    assert pickle.dumps(other) == before  # the judge that was opened is no part of it
    assert found["j_score"] == [one.score for one in SAMPLES]
    assert found["j_level"] == [one.level for one in SAMPLES]
    assert found["j_status"][ABSTAINED - 1] == "abstained"
    assert (found["j_reason"][FAILED - 1] or "").startswith("refusal: ")
    assert all(len(values) == len(SAMPLES) for values in found.values())


def test_batches_have_the_same_columns_whatever_is_in_them(judge_server: OpenAIServer) -> None:
    scorer = DatasetScorer(RUBRIC, columns=COLUMNS, judge="openai/test", base_url=judge_server.base_url)
    failed = scorer({name: values[FAILED - 1 : FAILED] for name, values in BATCH.items()})
    scored = scorer({name: values[:1] for name, values in BATCH.items()})
    null = scorer({"prompt": [None], "answer": ["a"], "topic": ["t"]})
    assert list(failed) == list(scored) == list(null)
    assert null["reason"] == ["missing_input: the prompt (column 'prompt') is null"]


def test_constraints_are_in_the_whole_verdict_alone() -> None:
    constraints = [{"id": "short", "quote": "two words", "check": "word_count", "with": {"exactly": 2}}]
    scorer = DatasetScorer("constraint_following", judge="baseline", whole=True)
    found = scorer({"prompt": ["Two words, in two words."], "response": ["Well said."], "constraints": [constraints]})
    assert "checks.short" not in found
    assert json.loads(found["verdict"][0])["checks"]["short"]["result"] == "pass"


def test_what_tells_one_scorer_from_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Equal bytes are what `map` takes for the same function: the same judge, named or from the environment.
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("JUDGEKIT_JUDGE", "openai/m")
    one = DatasetScorer(RUBRIC)
    before = pickle.dumps(one)
    assert pickle.dumps(DatasetScorer(RUBRIC, judge="openai/m")) == before
    assert b"sk-" not in before
    changed = tmp_path / "courtesy.yaml"
    changed.write_text(RUBRIC.read_text().replace("Is the response polite?", "Is it polite?"))
    for other in (
        DatasetScorer(RUBRIC, judge="openai/n"),
        DatasetScorer(RUBRIC, base_url="http://127.0.0.1:1/v1"),
        DatasetScorer(RUBRIC, temperature=1.0),
        DatasetScorer(RUBRIC, inputs={"topic": "t"}),
        DatasetScorer(changed),
    ):
        assert pickle.dumps(other) != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"judge": Judge("baseline")}, "the name of one was wanted, as map hands it to other processes; came a Judge"),
        ({"judge": "openai/m", "api_key": "sk-x"}, "a key would be pickled; set OPENAI_API_KEY"),
        ({}, "no judge is named"),
    ],
)
def test_mistakes_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        DatasetScorer(RUBRIC, **options)
    assert "\n" not in str(caught.value)


def test_a_column_that_is_taken() -> None:
    scorer = DatasetScorer(RUBRIC, judge="baseline")
    with pytest.raises(UserError, match="has the column score already: give prefix='judge_'"):
        scorer({"prompt": ["p"], "response": ["r"], "topic": ["t"], "score": [1]})


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"datasets was wanted and does not import \(.*\): pip install datasets"):
        score_dataset([], rubric=RUBRIC, judge="baseline")


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("datasets")
    lay_out(tmp_path)
    first, second = blocks("datasets", "python")
    # num_proc starts processes that import the script anew, where the platform does not fork
    (tmp_path / "score_dataset.py").write_text(f"{first}\n{second}", encoding="utf-8")
    done = harness.run("python", "score_dataset.py", cwd=tmp_path, env=judge_variables(judge_server))
    assert "mean 0.725 of 20 scored, 2 not" in done.stdout
    assert "q11 failed refusal: " in done.stdout
    n = len(judge_server.requests)
    rows = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()]
    mapped = [json.loads(line) for line in (tmp_path / "mapped.jsonl").read_text().splitlines()]
    for sample, row, other in zip(SAMPLES, rows, mapped, strict=True):
        assert (row["id"], row["score"], row["level"]) == (sample.id, sample.score, sample.level)
        assert other["judge_score"] == sample.score
        assert other["judge_fingerprint"] == row["fingerprint"]
        if sample.is_scored:
            assert {name: float(row[f"criteria.{name}"] == "yes") for name in sample.values} == sample.values
            assert "go straight on" in row["explanation"]
    assert mean(row["score"] for row in rows if row["score"] is not None) == pytest.approx(MEAN)
    polite = [row["criteria.polite"] for row in rows if row["criteria.polite"] is not None]
    assert sum(one == "yes" for one in polite) / len(polite) == pytest.approx(POLITE)
    assert len(polite) == N_SCORED

    harness.run("python", "score_dataset.py", cwd=tmp_path, env=judge_variables(judge_server))
    assert len(judge_server.requests) == n  # another process finds what map has kept


MORE = """
import asyncio, json, sys
from datasets import Dataset, DatasetDict, Features, Value, load_dataset
from judgekit import UserError
from judgekit.integrations.datasets import score_dataset

held = load_dataset("json", data_files="samples.jsonl", split="train")
options = {"rubric": "courtesy.yaml", "store": "run.db"}

def streamed():
    rows = score_dataset(held.to_iterable_dataset(), batch_size=4, **options)
    return [row["score"] for row in rows]

async def inside():
    return score_dataset(held.select(range(3)), **options)["score"][:]

splits = score_dataset(DatasetDict(a=held.select([10, 6]), b=held.select([0])), prefix="x_", **options)
apart = score_dataset(held, num_proc=2, batch_size=6, prefix="y_", **options)
wrong = []
for dataset, more in (([1], {}), (held.to_iterable_dataset(), {"num_proc": 2})):
    try:
        score_dataset(dataset, **options, **more)
    except UserError as error:
        wrong.append(str(error))
print(json.dumps({
    "streamed": streamed(),
    "inside": asyncio.run(inside()),
    "splits": {name: split["x_score"][:] for name, split in splits.items()},
    "kinds": [str(splits["a"].features[name].dtype) for name in ("x_score", "x_level", "x_passed", "x_status")],
    "apart": apart["y_score"][:],
    "wrong": wrong,
}))
"""


@pytest.mark.harness
def test_streams_splits_processes_and_running_loops(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("datasets")
    lay_out(tmp_path)
    (tmp_path / "more.py").write_text(MORE, encoding="utf-8")
    done = harness.run("python", "more.py", cwd=tmp_path, env=judge_variables(judge_server))
    found = json.loads(done.stdout.splitlines()[-1])
    scores = [one.score for one in SAMPLES]
    assert found["streamed"] == found["apart"] == scores
    assert found["inside"] == scores[:3]
    assert found["splits"] == {
        "a": [None, None],
        "b": [1.0],
    }
    assert found["kinds"] == ["float64", "int64", "bool", "string"]
    assert found["wrong"][0] == "score_dataset: a Dataset was wanted; came list"
    assert found["wrong"][1].startswith("num_proc: ")


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    assert import_cost_s(environment.make("datasets"), tmp_path, adapter="datasets") <= MOST_S
