"""The judge as a plain function: what every harness without an adapter can call."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from judgekit import UserError, judge_function
from judgekit.io import load_rubric
from tests.integrations.page import blocks, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer


def check(found: list[dict[str, Any]]) -> None:
    assert [one["score"] for one in found] == [sample.score for sample in SAMPLES]
    assert mean(one["score"] for one in found if one["score"] is not None) == pytest.approx(MEAN)
    assert found[ABSTAINED - 1]["reason"].startswith("abstained: ")
    assert found[FAILED - 1]["reason"].startswith("refusal: ")
    assert json.loads(json.dumps(found)) == found


def test_from_threads_from_tasks_and_inside_a_loop(judge_server: OpenAIServer) -> None:
    judge = judge_function(RUBRIC, judge="openai/test", base_url=judge_server.base_url)

    def one(i: int) -> dict[str, Any]:
        sample = SAMPLES[i]
        return judge(sample.prompt, sample.response, {"topic": sample.topic, "unknown": 1}, question_id=sample.id)

    async def tasks() -> list[dict[str, Any]]:
        calls = (judge.acall(s.prompt, s.response, {"topic": s.topic}, question_id=s.id) for s in SAMPLES)
        return [*await asyncio.gather(*calls), one(0)]  # the last one blocks the loop, and answers all the same

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(one, range(len(SAMPLES))))
    check(found)
    awaited = asyncio.run(tasks())
    check(awaited[:-1])
    assert awaited[-1]["verdict"]["fingerprint"] == awaited[0]["verdict"]["fingerprint"]
    assert judge.version.startswith("courtesy 1.0.0 ")
    judge.close()


def test_conversations() -> None:
    judge = judge_function(RUBRIC, judge="baseline", inputs={"topic": "greetings"})
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Good day."}]
    whole = judge(turns)
    apart = judge(turns[:1], "Good day.")
    text = judge("Hi", "Good day.")
    assert whole["verdict"]["fingerprint"] == apart["verdict"]["fingerprint"] == text["verdict"]["fingerprint"]
    with pytest.raises(UserError, match="at least one assistant message"):
        judge("Hi")


def test_the_dictionary_of_the_page_is_what_comes(judge_server: OpenAIServer) -> None:
    (shown,) = (json.loads(block) for block in blocks("README", "json"))
    judge = judge_function(RUBRIC, judge="openai/test", base_url=judge_server.base_url)
    sample = SAMPLES[2]
    found = judge(sample.prompt, sample.response, {"topic": sample.topic})
    assert found.keys() == shown.keys()
    assert {name: found[name] for name in found if name != "verdict"} == {
        name: shown[name] for name in shown if name != "verdict"
    }
    assert shown["verdict"].keys() <= found["verdict"].keys()
    wanted = {name: value for name, value in shown["verdict"].items() if name not in ("fingerprint", "…")}
    assert {name: found["verdict"][name] for name in wanted} == wanted
    judge.close()


def test_the_files_of_the_examples_are_on_the_page(tmp_path: Path) -> None:
    (rubric,), (samples,) = blocks("README", "yaml"), blocks("README", "jsonl")
    (tmp_path / "courtesy.yaml").write_text(rubric, encoding="utf-8")
    shown, used = (load_rubric(path) for path in (tmp_path / "courtesy.yaml", RUBRIC))
    assert shown.fingerprint == used.fingerprint
    assert [sorted(json.loads(line)) for line in samples.splitlines()] == [["id", "prompt", "response", "topic"]] * 2


def test_the_page_as_it_is_written(judge_server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = blocks("README", "python")
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in judge_variables(judge_server).items():
        monkeypatch.setenv(name, value)
    page: dict[str, Any] = {}
    exec(source, page)
    rows = [json.loads(line) for line in Path("samples.jsonl").read_text().splitlines()]
    found = {row["id"]: page["score"](row) for row in rows}
    for sample in SAMPLES:
        if sample.is_scored:
            assert found[sample.id] == {"score": sample.score, **sample.values, "has_words": 1.0}
    assert found[SAMPLES[FAILED - 1].id].keys() == {"skipped"}
    page["judge"].close()
