"""Scout: results of a scan over a transcript database, with references to the messages that hold the evidence."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import mean, median
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from judgekit import UserError
from judgekit.errors import CallError
from judgekit.integrations import scout as adapter
from judgekit.integrations.inspect_judges import Judges
from judgekit.integrations.scout_result import scan_of
from tests.integrations import environment
from tests.integrations.inspect_logs import lay_out_task, unscored_log
from tests.integrations.page import MOST_S, blocks, judge_variables
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N
from tests.servers.faults import Fault
from tests.servers.openai_server import OpenAIServer


class Said:
    """A message of Inspect's."""

    def __init__(self, role: str, content: str, identity: str | None) -> None:
        self.role, self.content, self.id = role, content, identity

    def model_dump(self) -> dict[str, Any]:
        return {"role": self.role, "content": self.content, "id": self.id}


@pytest.fixture(autouse=True)
def scout_at_hand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The little of Scout that the adapter calls while it scans."""
    if "scans" in request.node.name:
        scout = ModuleType("inspect_scout")
        for name in ("Result", "Reference", "Transcript"):
            setattr(scout, name, SimpleNamespace)
        vars(scout)["scanner"] = lambda **given: lambda made: partial(made, inputs=given)
        monkeypatch.setitem(sys.modules, "inspect_scout", scout)


def transcript(i: int, **fields: Any) -> Any:
    """What Scout hands to a scanner."""
    sample = SAMPLES[i - 1]
    given = {
        "transcript_id": "uuid",
        "task_id": sample.id,
        "task_repeat": 2,
        "model": "mockllm/model",
        "metadata": {"sample_metadata": {"topic": sample.topic}, "target": ""},
        "messages": [Said("user", sample.prompt, "u"), Said("assistant", sample.response, "a")],
    }
    return SimpleNamespace(**(given | fields))


def scan(server: OpenAIServer, given: Any) -> Any:
    judges = Judges(RUBRIC, "openai/test", None, None, {"base_url": server.base_url, "max_attempts": 1})
    return asyncio.run(scan_of(judges)(given))


def test_the_module_imports_no_harness() -> None:
    code = (
        "import sys, judgekit.integrations.scout; print({'inspect_scout', 'inspect_ai', 'pydantic'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"inspect_scout was wanted .* pip install inspect-scout") as caught:
        _ = adapter.rubric_scanner
    assert "\n" not in str(caught.value)
    assert adapter.entry_point is None  # Inspect loads it too, and needs no Scout
    with pytest.raises(AttributeError, match="no attribute 'rubric_scanners'"):
        _ = adapter.rubric_scanners


def test_scans_under_the_name_of_the_distribution() -> None:
    assert adapter.entry_point is adapter.rubric_scanner
    assert adapter.rubric_scanner.keywords["inputs"] == {"messages": "all", "name": "llm-judgekit/rubric_scanner"}
    scan = adapter.rubric_scanner(str(RUBRIC), judge="baseline", inputs={"topic": "trains"})
    assert scan.__annotations__ == {"transcript": SimpleNamespace, "return": SimpleNamespace}
    assert asyncio.run(scan(transcript(1, metadata={}))).explanation.startswith("abstained: ")
    vars(adapter)["_registered"].cache_clear()


def test_scans_and_cites(judge_server: OpenAIServer) -> None:
    found = scan(judge_server, transcript(3))
    assert (found.value, found.answer, found.label) == (0.5, "level 2", "courtesy")
    assert [vars(one) for one in found.references] == [{"type": "message", "cite": "[M2]", "id": "a"}]
    assert "on_topic: yes “go straight on” [M2] – As it says." in found.explanation
    assert found.metadata["values"] == {"polite": 0.0, "on_topic": 1.0, "has_words": 1.0}
    assert found.metadata["transcript_id"] == "q03/mockllm/model#2"
    nameless = transcript(3, messages=[Said("user", "?", None), Said("assistant", SAMPLES[2].response, None)])
    assert scan(judge_server, nameless).references == []


def test_scans_without_a_score(judge_server: OpenAIServer) -> None:
    abstained, failed = scan(judge_server, transcript(ABSTAINED)), scan(judge_server, transcript(FAILED))
    assert (abstained.value, abstained.answer, abstained.explanation[:11]) == (None, None, "abstained: ")
    assert (failed.value, failed.explanation[:9], failed.metadata["failure_kind"]) == (None, "refusal: ", "refusal")
    silent = scan(judge_server, transcript(2, messages=[Said("user", "Hello?", "u")]))
    assert (silent.value, silent.explanation) == (None, "no_response: sample 'q02' has no answer")


def test_scans_that_another_try_may_cure_are_errors() -> None:
    with OpenAIServer(script=[Fault("503")] * 2) as server, pytest.raises(CallError, match="http_error: "):
        scan(server, transcript(1))


def test_scans_of_transcripts_that_say_less(judge_server: OpenAIServer) -> None:
    # a database of another source: no task, no model, and metadata of its own
    given = transcript(1, task_id=None, task_repeat=None, model=None, metadata={"topic": "trains"})
    found = scan(judge_server, given)
    assert (found.value, found.metadata["transcript_id"]) == (1.0, "uuid")
    assert scan(judge_server, transcript(1, metadata=None)).metadata["failure_kind"] == "missing_input"


_RESULTS = """
import json, sys
from inspect_scout import scan_results_df
(location,) = __import__("pathlib").Path(sys.argv[1]).iterdir()
found = scan_results_df(str(location))
frame = found.scanners["rubric_scanner"]
columns = "transcript_task_id value answer explanation metadata message_references scan_error".split()
frame = frame[columns]
print(json.dumps({"complete": found.complete, "mean": float(frame["value"].astype(float).mean()),
                  "rows": json.loads(frame.to_json(orient="records"))}))
"""


def results(harness: environment.Harness, folder: Path, scans: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(harness.run("python", "-c", _RESULTS, scans, cwd=folder).stdout)
    return found


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("scout")
    lay_out_task(tmp_path)
    unscored_log(harness, tmp_path)
    copy, job = blocks("scout", "python")
    (tmp_path / "copy_logs.py").write_text(copy, encoding="utf-8")
    (tmp_path / "job.py").write_text(job, encoding="utf-8")
    variables = judge_variables(judge_server)
    for command in blocks("scout", "console")[0].splitlines():
        harness.run("bash", "-c", command, cwd=tmp_path, env=variables)
    found = results(harness, tmp_path, "scans")
    assert found["complete"] is True
    assert found["mean"] == pytest.approx(MEAN)
    rows = {row["transcript_task_id"]: row for row in found["rows"]}
    assert len(rows) == N
    held = {name: json.loads(row["metadata"]) for name, row in rows.items()}
    for sample in SAMPLES:
        row, verdict = rows[sample.id], held[sample.id]
        assert row["scan_error"] is None
        assert (None if row["value"] is None else float(row["value"])) == sample.score
        assert {name: verdict["values"].get(name) for name in sample.values} == sample.values
        assert len(verdict["fingerprint"]) == 32
        references = json.loads(row["message_references"])
        assert [one["cite"] for one in references] == (["[M2]"] if sample.is_scored else [])
        if sample.is_scored:
            assert row["answer"] == f"level {sample.level}"
            assert "“go straight on” [M2]" in row["explanation"]
            assert all(one["type"] == "message" and one["id"] for one in references)
    assert rows[SAMPLES[ABSTAINED - 1].id]["explanation"].startswith("abstained: ")
    assert rows[SAMPLES[FAILED - 1].id]["explanation"].startswith("refusal: ")
    for name, wanted in (("polite", POLITE), ("on_topic", ON_TOPIC)):
        assert mean(one["values"][name] for one in held.values() if name in one["values"]) == pytest.approx(wanted)
    # the same verdicts as of the log itself, by fingerprint
    (log,) = (tmp_path / "logs").glob("*.eval")
    harness.run(
        *("judgekit", "score", str(log), "--rubric", "courtesy.yaml", "--questions", "questions.yaml"),
        *("--run", "run.db"),
        cwd=tmp_path,
        env=variables,
        ok=False,
    )
    harness.run("judgekit", "export", "run.db", "-o", "rows.jsonl", cwd=tmp_path)
    for line in (tmp_path / "rows.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert held[row["question_id"]]["fingerprint"] == row["fingerprint"]
    assert judge_server.calls == 2 * N
    # a job of one's own
    done = harness.run(
        *("scout", "scan", "job.py", "--scans", "scans2", "--max-processes", "1", "--limit", "4", "--display", "plain"),
        cwd=tmp_path,
        env=variables,
    )
    assert "scan complete" in done.stdout
    assert judge_server.calls == 2 * N + 4


_COST = """
import os, time
import inspect_scout, inspect_ai.util
for _ in range(3):
    if os.fork() == 0:
        start = time.process_time()
        from judgekit.integrations.scout import rubric_scanner
        print("cost", time.process_time() - start, flush=True)
        os._exit(0)
    os.wait()

# Scout hands its scanners to other processes in this way.
import cloudpickle
from judgekit.integrations.scout import rubric_scanner
made = cloudpickle.loads(cloudpickle.dumps(rubric_scanner("courtesy.yaml", judge="baseline")))
print("handed over", made.__name__)
"""


@pytest.mark.harness
def test_what_the_import_costs_and_other_processes(tmp_path: Path) -> None:
    harness = environment.make("scout")
    lay_out_task(tmp_path)
    done = harness.run("python", "-c", _COST, cwd=tmp_path)
    assert "handed over scan" in done.stdout
    costs = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("cost ")]
    assert len(costs) == 3
    assert median(costs) <= MOST_S
