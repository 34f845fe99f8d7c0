"""promptfoo: its command judges the samples by a Python assertion, and one process judges for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judgekit import Judge
from judgekit.integrations.promptfoo import assertion
from tests.integrations import environment, npm
from tests.integrations.page import MOST_S, blocks, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, ON_TOPIC, PASSED, POLITE, RUBRIC, SAMPLES, N
from tests.servers.openai_server import OpenAIServer

COST = """
import sys, time
start = time.process_time()
from judgekit.integrations.promptfoo import assertion
assertion("courtesy.yaml")
print(time.process_time() - start, sorted({"openai", "instructor", "pydantic", "numpy"} & set(sys.modules)))
"""


def context(i: int, **more: Any) -> dict[str, Any]:
    """What promptfoo hands to an assertion about sample i."""
    sample = SAMPLES[i - 1]
    return {"prompt": sample.prompt, "vars": {"topic": sample.topic, "n": i}, "test": {}, **more}


@pytest.mark.parametrize("i", [1, 3, ABSTAINED, FAILED])
def test_a_result_in_promptfoo_s_words(judge_server: OpenAIServer, i: int) -> None:
    sample = SAMPLES[i - 1]
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        found = assertion(RUBRIC, judge=judge)(sample.response, context(i))
    named = {name.removeprefix("courtesy."): value for name, value in found["namedScores"].items()}
    assert {name: named.get(name) for name in sample.values} == sample.values
    assert found["metadata"]["fingerprint"] == found["metadata"]["verdict"]["fingerprint"]
    if sample.score is None:
        kind = "abstained" if i == ABSTAINED else "refusal"
        assert (found["pass"], found["score"], found["metadata"]["graderError"]) == (False, 0, True)
        assert found["reason"].startswith(f"unscored: {kind}: ")
        assert "courtesy" not in found["namedScores"]
    else:
        assert (found["pass"], found["score"], named["courtesy"]) == (sample.level == 3, sample.score, sample.score)
        assert "go straight on" in found["reason"]
        assert found["tokensUsed"]["numRequests"] == 1
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ('[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}]', "Be brief."),
        ("[not JSON, but a prompt]", "[not JSON, but a prompt]"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_a_prompt_that_is_a_list_of_messages(judge_server: OpenAIServer, prompt: str, shown: str) -> None:
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        assertion(RUBRIC, judge=judge)(SAMPLES[0].response, context(1, prompt=prompt))
    assert shown in json.dumps(judge_server.requests[0].body)


def test_stored_answers_have_their_prompt_in_a_variable(judge_server: OpenAIServer) -> None:
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        get_assert = assertion(RUBRIC, judge=judge, prompt="asked", name="kind", response="said")
        held = {"topic": "trains", "asked": "Where is it, then?"}
        found = get_assert({"said": SAMPLES[0].response, "seconds": 2}, {"prompt": "{{said}}", "vars": held})
    assert found["namedScores"].keys() == {"kind", "kind.polite", "kind.on_topic", "kind.has_words"}
    assert "Where is it, then?" in json.dumps(judge_server.requests[0].body)


ASK = """
import json, sys
from judgekit import UserError
from judgekit.integrations.promptfoo import assertion
try:
    found = assertion(sys.argv[1])(*json.load(sys.stdin))
    print(json.dumps([found["reason"], "pydantic" in sys.modules]))
except UserError as error:
    print(json.dumps(str(error)))
"""
PARENT = """
import json, os, subprocess, sys
from collections.abc import Iterator
from pathlib import Path
for rubric, given in json.load(sys.stdin):
    subprocess.run([sys.executable, "ask.py", rubric], input=json.dumps(given), text=True, check=True)
print(len(list(Path(os.environ["TMPDIR"]).glob("judgekit-*/*[0-9a-f]"))))
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """For sockets, whose paths have 107 characters at most: pytest's own folders are longer under xdist."""
    with tempfile.TemporaryDirectory(prefix="jk") as folder:
        yield Path(folder)


def test_a_keeper_judges_for_several_processes_and_ends_with_their_parent(tmp_path: Path, short_folder: Path) -> None:
    """The parent plays promptfoo: there is a keeper for each setup, which goes when it has gone, and leaves no file."""
    lay_out(tmp_path)
    (tmp_path / "ask.py").write_text(ASK, encoding="utf-8")
    given = [["courtesy.yaml", [SAMPLES[i - 1].response, context(i)]] for i in (1, 3)]
    given.append(["no_such_rubric", given[0][1]])
    variables = {**os.environ, "JUDGEKIT_JUDGE": "baseline", "TMPDIR": str(short_folder)}
    done = subprocess.run(
        [sys.executable, "-c", PARENT],
        cwd=tmp_path,
        env=variables,
        input=json.dumps(given),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    first, second, error, sockets = map(json.loads, done.stdout.splitlines())
    assert first == second
    assert first[0].startswith("unscored: abstained: ")
    assert (first[1], sockets) == (False, 2)  # nothing heavy was loaded
    assert "no_such_rubric" in error
    assert "\n" not in error
    until = time.monotonic() + 20
    while time.monotonic() < until and list(short_folder.glob("judgekit-*/*")):
        time.sleep(0.05)
    assert list(short_folder.glob("judgekit-*/*")) == []


def test_where_a_socket_has_no_room_the_assertion_judges_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / ("deep" * 25)).mkdir()  # a socket's path holds about 100 characters
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert assertion(RUBRIC, judge="baseline")("Over there.", context(1))["metadata"]["status"] == "abstained"
    assert assertion(RUBRIC, judge="baseline", keep=False)("Over there.", context(1))["score"] == 0


def test_where_no_keeper_starts_the_assertion_judges_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert assertion(RUBRIC, judge="baseline")("Over there.", context(1))["metadata"]["status"] == "abstained"


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"judgekit-{os.getuid()}").mkdir(mode=0o755)
    found = assertion(RUBRIC, judge="baseline")("Over there.", context(1))  # judged in this process
    assert found["metadata"]["status"] == "abstained"
    assert list((tmp_path / f"judgekit-{os.getuid()}").iterdir()) == []


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("promptfoo")
    (tmp_path / "node_modules").symlink_to(npm.install("promptfoo"))  # where npx looks before it asks a registry
    lay_out(tmp_path)
    judge, samples = blocks("promptfoo", "python")
    (tmp_path / "judge.py").write_text(judge, encoding="utf-8")
    (tmp_path / "samples.py").write_text(samples, encoding="utf-8")
    (tmp_path / "promptfooconfig.yaml").write_text(blocks("promptfoo", "yaml")[0], encoding="utf-8")
    (command,) = blocks("promptfoo", "bash")
    variables = {**judge_variables(judge_server), "PROMPTFOO_PYTHON": str(harness.python)}
    done = harness.run("bash", "-c", command, cwd=tmp_path, env=variables, ok=False)
    assert done.returncode == 100, done.stderr  # promptfoo's word for: some tests failed
    assert judge_server.calls == N

    found = json.loads((tmp_path / "results.json").read_text())["results"]
    rows = {row["vars"]["id"]: row for row in found["results"]}
    for sample in SAMPLES:
        row, (graded,) = rows[sample.id], rows[sample.id]["gradingResult"]["componentResults"]
        assert len(graded["metadata"]["fingerprint"]) == 32
        if sample.score is None:
            kind = "abstained" if sample.i == ABSTAINED else "refusal"
            assert (row["success"], row["score"], "courtesy" in row["namedScores"]) == (False, 0, False)
            assert row["gradingResult"]["reason"].startswith(f"unscored: {kind}: ")
            assert graded["metadata"]["verdict"]["status"] == ("failed" if kind == "refusal" else kind)
            continue
        assert (row["success"], row["score"], row["namedScores"]["courtesy"]) == (
            sample.level == 3,
            sample.score,
            sample.score,
        )
        assert {name: row["namedScores"][f"courtesy.{name}"] for name in sample.values} == sample.values
        quote = graded["metadata"]["verdict"]["criteria"]["polite"]["evidence"][0]["quote"]
        assert quote == "go straight on"
        assert quote in graded["reason"]
    (prompt,) = found["prompts"]
    metrics = prompt["metrics"]
    assert metrics["namedScoresCount"]["courtesy"] == N_SCORED
    for name, mean in (("courtesy", MEAN), ("courtesy.polite", POLITE), ("courtesy.on_topic", ON_TOPIC)):
        assert metrics["namedScores"][name] / metrics["namedScoresCount"][name] == pytest.approx(mean)
    # promptfoo's own count has the two others among the failures, as the page says
    assert (metrics["testPassCount"], metrics["testFailCount"]) == (PASSED * N_SCORED, N - PASSED * N_SCORED)


@pytest.mark.harness
def test_what_each_assertion_pays(tmp_path: Path) -> None:
    harness = environment.make("promptfoo")
    found = sorted(harness.run("python", "-c", COST, cwd=tmp_path).stdout.split(maxsplit=1) for _ in range(3))
    assert float(found[1][0]) <= MOST_S
    assert found[0][1].strip() == "[]"
