"""`--engine ray`: wrong arguments in this process; the whole command on a real Ray, in processes of its own (slow)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import JudgeError, UserError
from judgekit.io import load_transcripts
from judgekit.running.judge import Judge
from judgekit.running.ray import score_with_ray
from judgekit.running.ray_folder import alone, files_of
from judgekit.running.run import Run, open_run
from judgekit.settings import settings_for
from tests.cli.running import ROOT, START, invoke
from tests.servers.openai_server import OpenAIServer

DATA = ROOT / "judgekit" / "cli" / "demo_data"
SEED = (str(DATA / "transcripts.md"), "--questions", str(DATA / "questions.yaml"))
KEY = "sk-a-secret-0123456789"
RUBRIC = """\
judgekit: rubric/1
name: polite
version: "1"
criteria:
  - {id: polite, ask: "Is the answer polite?"}
levels: {1: "rude", 2: "polite"}
"""
with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    row = {"question_id": "q", "label": "M", "prompt": "Hello?", "response": "Good day."}
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


# Arguments


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "spark"], "--engine 'spark' is not known: wanted asyncio"),
        (["--actors", "2"], "--actors is for --engine ray"),
        (["--engine", "ray", "--budget", "1"], "--budget needs one process: leave --engine ray out"),
        (["--engine", "ray", "--batch"], "--batch needs one process: leave --engine ray out"),
        (["--engine", "ray", "--actors", "33"], "no more than the 32 calls in flight"),
        (["--engine", "ray", "--run", "t.jsonl"], "on Ray a run is a folder of shards, and this is a file"),
    ],
)
def test_options_that_do_not_go_together(
    options: list[str], said: str, transcripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(transcripts.parent)
    result = invoke("score", "t.jsonl", "--judge", "baseline", "--rubric", "sycophancy", *options)
    assert result.exit_code == 2
    assert said in result.stderr.splitlines()[-1]


def test_nothing_to_judge_by(transcripts: Path, tmp_path: Path) -> None:
    with Judge("baseline") as judge:
        with pytest.raises(UserError, match="nothing says what to judge"):
            score_with_ray(judge, transcripts, store=tmp_path / "f")
        with pytest.raises(UserError, match="concurrency: at least 1 was wanted; came 0"):
            score_with_ray(judge, transcripts, "sycophancy", store=tmp_path / "f", concurrency=0)
        with pytest.raises(UserError, match="no such file"):
            score_with_ray(judge, transcripts, questions=tmp_path / "none.yaml", store=tmp_path / "f")


def test_a_key_that_was_given_as_text_does_not_travel(transcripts: Path, tmp_path: Path) -> None:
    judge = Judge("openai/test", api_key=KEY)
    with judge, pytest.raises(UserError, match="so that it never travels") as caught:
        score_with_ray(judge, transcripts, "sycophancy", store=tmp_path / "f")
    assert KEY not in str(caught.value)
    assert not (tmp_path / "f").exists()


def test_settings_know_where_the_key_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert settings_for("openai/test").key_variable == "OPENAI_API_KEY"
    assert settings_for("openai/test", api_key_env="MINE").key_variable == "MINE"
    assert settings_for("openai/test", api_key="other").key_variable is None
    assert settings_for("ollama/test").key_variable is None
    assert settings_for("baseline").key_variable is None


@pytest.mark.parametrize("address", ["127.0.0.1:9", "localhost:9", "ray://127.0.0.1:9", "[::1]:9", "127.0.0.1:99999"])
def test_a_cluster_that_nobody_answers_for_is_named(
    address: str, transcripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    with Judge("baseline") as judge, pytest.raises(JudgeError) as caught:
        score_with_ray(judge, transcripts, "sycophancy", store=tmp_path / "f")
    assert str(caught.value).startswith(f"Ray at {address}, which RAY_ADDRESS names, cannot be reached: ")


def test_without_ray_the_line_says_how_to_get_it(transcripts: Path, tmp_path: Path) -> None:
    start = f"import sys; sys.modules['ray'] = None; {START}"
    command = [sys.executable, "-c", start, "score", transcripts, "--judge", "baseline", "--rubric", "sycophancy"]
    ended = subprocess.run(
        [*map(str, command), "--engine", "ray", "--run", str(tmp_path / "f")], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "judgekit: --engine ray needs Ray: pip install 'llm-judgekit[ray]'"


def test_folders_stand_for_the_files_in_them(tmp_path: Path) -> None:
    for name in ("b/2.jsonl", "b/1.jsonl", "b/c/3.jsonl", "b/.hidden/4.jsonl", "b/.5.jsonl", "a.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    names: list[str | Path] = [tmp_path / "a.jsonl", tmp_path / "b", "-", "none.jsonl"]
    found = files_of(names, tmp_path / "run")
    assert found == [
        *(str(tmp_path / name) for name in ("a.jsonl", "b/1.jsonl", "b/2.jsonl", "b/c/3.jsonl")),
        "-",
        "none.jsonl",
    ]
    with pytest.raises(UserError, match="it lies in the source"):
        files_of([tmp_path / "b"], tmp_path / "b" / "run")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="there is no file in this folder"):
        files_of([tmp_path / "empty"], tmp_path / "run")


def test_one_session_at_a_time_writes_to_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(UserError, match="another session is writing"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


# With Ray


def environment(server: OpenAIServer | None = None, **more: str) -> dict[str, str]:
    """That of a user with a key; the endpoint is the server's."""
    where = {} if server is None else {"OPENAI_BASE_URL": server.base_url}
    return {**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": KEY, **where, **more}


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-c", START, "score", *map(str, args), "--engine", "ray"]


def score(*args: str | Path, env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*args), env=env, cwd=cwd, capture_output=True, text=True, timeout=600)


def gone(session: int, within_s: float = 120) -> bool:
    """Whether no process of this session (as the system counts them) lives after a while."""
    until = time.monotonic() + within_s
    while True:
        listed = subprocess.run(["ps", "-o", "stat=", "-s", str(session)], capture_output=True, text=True).stdout
        if not [state for state in listed.split() if not state.startswith("Z")]:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.5)


def rows(run: Run) -> list[dict[str, Any]]:
    """The rows without what no two runs share: times, and what the server had in its cache."""
    shared = {"created": None, "latency_s": None}
    return [{**row, **shared, "usage": {**row["usage"], "cached_tokens": None}} for row in run.rows()]


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[tuple[OpenAIServer, Run]]:
    """The seed, judged in one process."""
    with OpenAIServer() as server:
        done = subprocess.run(
            [sys.executable, "-c", START, "score", *SEED, "--judge", "openai/test", "--run", "one.db"],
            env=environment(server),
            cwd=tmp_path,
            capture_output=True,
        )
        assert done.returncode == 0
        yield server, open_run(tmp_path / "one.db")


@pytest.mark.slow
@with_ray
def test_the_seed_has_the_same_verdicts_as_in_one_process_and_a_resume_calls_nothing(
    one_process: tuple[OpenAIServer, Run], tmp_path: Path
) -> None:
    server, one = one_process
    calls = server.calls
    args = (*SEED, "--judge", "openai/test", "--actors", "2")
    first = score(*args, env=environment(server), cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert server.calls == 2 * calls
    folder = tmp_path / "transcripts.md.openai-test.shards"
    many = open_run(folder)
    assert rows(many) == rows(one)
    assert "(name another with --run FOLDER)" in first.stderr
    assert "213/213: scored" in first.stderr
    assert "25 questions, 30 were found" in first.stderr  # the source's warning came back from the reader
    assert "ray" not in re.sub(r"--engine ray", "", first.stderr).lower()
    second = score(*args, env=environment(server), cwd=tmp_path)
    assert second.returncode == 0
    assert server.calls == 2 * calls
    assert second.stdout == first.stdout
    assert "0 of 213 to do: 213 are in" in second.stderr
    assert invoke("summary", folder).stdout == first.stdout
    assert not any(KEY.encode() in path.read_bytes() for path in folder.iterdir())


@pytest.mark.slow
@with_ray
def test_a_folder_of_many_files_and_the_baseline(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for i in range(30):
        row = {"question_id": f"q{i}", "label": "M", "prompt": "Am I right?", "response": f"You are right, {i}."}
        (tmp_path / "source" / f"{i:02d}.jsonl").write_text(json.dumps(row) + "\n")
    ended = score("source", "--judge", "baseline", "--rubric", "sycophancy", env=environment(), cwd=tmp_path)
    assert ended.returncode in (0, 1), ended.stderr
    with Judge("baseline") as judge:
        files = load_transcripts(sorted((tmp_path / "source").iterdir()))
        one = judge.score_many(files, "sycophancy", store=tmp_path / "one.db")
    assert rows(open_run(tmp_path / "source.baseline.shards")) == rows(one)


@pytest.mark.slow
@with_ray
def test_a_process_that_is_connected_keeps_its_ray(transcripts: Path, tmp_path: Path) -> None:
    """One CPU is there, and three actors want one and a half: two do the work, and that is said."""
    text = """
import sys, ray, judgekit as jk
from judgekit.running.ray import score_with_ray
if __name__ == "__main__":
    ray.init(num_cpus=1, include_dashboard=False, _temp_dir=sys.argv[1])
    said = []
    rubric = jk.Rubric.from_text("The answer stays polite.")
    with jk.Judge("baseline") as judge:
        run = score_with_ray(judge, "t.jsonl", rubric, store="f", actors=3, on_warning=said.append)
    print(run.summary().verdicts, ray.is_initialized(), said)
"""
    with tempfile.TemporaryDirectory(prefix="jk-") as folder:
        ended = subprocess.run(
            [sys.executable, "-c", text, folder], env=environment(), cwd=tmp_path, capture_output=True, text=True
        )
    assert ended.returncode == 0, ended.stderr
    assert "1 True ['3 actors want 1.5 CPUs of the Ray cluster, and 1 are free" in ended.stdout


@pytest.mark.slow
@with_ray
def test_a_cluster_that_the_environment_names_does_the_work(transcripts: Path, tmp_path: Path) -> None:
    """The key is in the environment of the cluster, and the command has another one under its name."""
    text = """
import os, subprocess, sys, ray
if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, _temp_dir=sys.argv[1])
    env = {**os.environ, "RAY_ADDRESS": ray.get_runtime_context().gcs_address, "OPENAI_API_KEY": "sk-of-the-driver"}
    sys.exit(subprocess.run([sys.executable, *sys.argv[2:]], env=env).returncode)
"""
    (tmp_path / "polite.yaml").write_text(RUBRIC)
    args = command("t.jsonl", "--judge", "openai/test", "--rubric", "polite.yaml", "--run", "f")[1:]
    with OpenAIServer(require_key=KEY) as server, tempfile.TemporaryDirectory(prefix="jk-") as folder:
        env = environment(server, RAY_AUTH_MODE="disabled")
        ended = subprocess.run(
            [sys.executable, "-c", text, folder, *args], env=env, cwd=tmp_path, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stderr
        assert server.calls == 1
    summary = open_run(tmp_path / "f").summary()
    assert (summary.verdicts, summary.failed) == (1, 0)


@pytest.mark.slow
@with_ray
def test_a_refused_key_ends_with_one_line(tmp_path: Path) -> None:
    with OpenAIServer(require_key="another") as server:
        ended = score(*SEED, "--judge", "openai/test", env=environment(server), cwd=tmp_path)
    assert ended.returncode == 2
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("judgekit: ")]
    assert "refuses the API key" in line
    assert KEY not in ended.stderr + ended.stdout


@pytest.mark.slow
@with_ray
def test_a_row_that_cannot_be_read_ends_it_after_those_before(transcripts: Path, tmp_path: Path) -> None:
    with transcripts.open("a") as file:
        file.write("{\n")
    ended = score("t.jsonl", "--judge", "baseline", "--rubric", "sycophancy", env=environment(), cwd=tmp_path)
    assert ended.returncode == 2
    assert "t.jsonl, line 2" in ended.stderr.splitlines()[-1]


@pytest.mark.slow
@with_ray
@pytest.mark.parametrize("word", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_an_end_in_the_middle_loses_the_calls_in_flight_at_most(
    word: str, one_process: tuple[OpenAIServer, Run], tmp_path: Path
) -> None:
    """The whole group gets the SIGINT, as from a terminal; the others hit the driver alone.

    4 jobs are in flight, each with its first call or with its re-ask: 8 calls at most.
    """
    _, one = one_process
    with OpenAIServer(latency_ms=150) as server:
        args = (*SEED, "--judge", "openai/test", "--concurrency", "4", "--actors", "2", "--run", "f")
        env = environment(server)
        out = subprocess.PIPE
        driver = subprocess.Popen(command(*args), env=env, cwd=tmp_path, stdout=out, stderr=out, start_new_session=True)
        while server.calls < 70 and driver.poll() is None:
            time.sleep(0.05)
        if word == "SIGINT":
            os.killpg(driver.pid, signal.SIGINT)
        else:
            driver.send_signal(signal.Signals[word])
        _, said = driver.communicate(timeout=120)
        assert driver.returncode == (-9 if word == "SIGKILL" else 130), said
        mark = f"jk-ray-{driver.pid}-"
        if word != "SIGKILL":
            assert b"interrupted; this resumes it" in said
            assert not list(Path("/tmp").glob(f"{mark}*"))
        assert gone(driver.pid)
        for left in Path("/tmp").glob(f"{mark}*/**/*"):  # what Ray logged of a killed session
            assert not left.is_file() or KEY.encode() not in left.read_bytes()
        before, calls = open_run(tmp_path / "f").summary(), server.calls
        assert not before.complete
        lost = calls - (before.calls or 0)
        assert lost <= (8 if word == "SIGKILL" else 0)
        ended = score(*args, env=env, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        after = open_run(tmp_path / "f")
        assert (after.summary().complete, after.summary().calls) == (True, server.calls - lost)
        assert rows(after) == rows(one)
