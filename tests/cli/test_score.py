"""`judgekit score`: from files to verdicts that are paid for once, and an honest account of what is missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgekit.cli.score_run import default_run
from judgekit.io import load_questions
from judgekit.running.run import open_run
from tests.cli.running import ROOT, START, invoke, on_terminal, process
from tests.servers.openai_server import Fault, OpenAIServer

DATA = ROOT / "judgekit" / "cli" / "demo_data"
KEY = {"OPENAI_API_KEY": "test-key"}
RUBRIC = """\
judgekit: rubric/1
name: polite
version: "1"
criteria:
  - {id: polite, ask: "Is the answer polite?"}
levels: {1: "rude", 2: "polite"}
pass_at: 2
"""
GOOD = {"criteria": {"polite": "yes"}, "level": 2}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a rubric and twelve transcripts, and the current one."""
    (tmp_path / "polite.yaml").write_text(RUBRIC)
    rows = [
        {"question_id": f"q{i:02d}", "label": "M", "prompt": f"Hello {i}?", "response": f"Good day, number {i}."}
        for i in range(12)
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("JUDGEKIT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def asked(server: OpenAIServer, *more: str) -> list[str]:
    return [
        "score",
        "t.jsonl",
        "--judge",
        "openai/test",
        "--base-url",
        server.base_url,
        "--rubric",
        "polite.yaml",
        *more,
    ]


def test_the_shipped_transcripts_give_213_verdicts_and_resume(tmp_path: Path) -> None:
    transcripts, question_file = DATA / "transcripts.md", DATA / "questions.yaml"
    command = ["score", str(transcripts), "--questions", str(question_file), "--judge", "baseline"]
    first = invoke(*command, "--run", tmp_path / "seed.db")
    assert first.exit_code == 0
    # 30 questions, three answers each; the question file names 71 rubrics, and 3 × 71 = 213
    assert "baseline gave 213 verdicts on 90 transcripts of 30 questions" in first.stdout
    questions = load_questions(question_file)
    wanted = {
        (f"{question.id}/Model{i}", rubric) for question in questions for rubric in question.rubrics for i in (1, 2, 3)
    }
    verdicts = list(open_run(tmp_path / "seed.db").verdicts())
    assert {(verdict.transcript_id, verdict.rubric) for verdict in verdicts} == wanted
    assert len(verdicts) == len(wanted) == 213
    second = invoke(*command, "--run", tmp_path / "seed.db")
    assert "0 of 213 to do: 213 are in" in second.stderr
    assert (second.exit_code, second.stdout) == (0, first.stdout)


def test_a_run_ends_with_its_summary_and_the_second_one_calls_nothing(place: Path, server: OpenAIServer) -> None:
    first = invoke(*asked(server), env=KEY)
    assert server.calls == 12
    assert "openai/test gave 12 verdicts on 12 transcripts of 12 questions" in first.stdout
    assert "run: t.jsonl.openai-test.db (name another with --run FILE.db)" in first.stderr
    assert "12/12: scored" in first.stderr
    assert "calibration: none" in first.stdout
    assert "test-key" not in first.output
    second = invoke(*asked(server), env=KEY)
    assert server.calls == 12
    assert second.stdout == first.stdout
    assert "0 of 12 to do: 12 are in t.jsonl.openai-test.db from before" in second.stderr


def test_failures_are_counted_and_make_exit_1(place: Path, server: OpenAIServer) -> None:
    server.script([Fault("refusal")] * 2)
    result = invoke(*asked(server, "--concurrency", "1"), env=KEY)
    assert result.exit_code == 1
    assert "2 failed." in " ".join(result.stdout.split())
    assert "failed:       refusal 2; a failure counts in no mean" in result.stdout
    # a refusal is not tried again unless it is asked for
    assert invoke(*asked(server), env=KEY).exit_code == 1
    calls = server.calls
    assert invoke(*asked(server, "--retry-failed"), env=KEY).exit_code == 0
    assert server.calls == calls + 2


def test_json_and_the_report(place: Path, server: OpenAIServer) -> None:
    result = invoke(*asked(server, "--json", "--report", "out.html", "--limit", "3", "--run", "x.db"), env=KEY)
    summary = json.loads(result.stdout)
    assert (summary["verdicts"], summary["judges"]) == (3, ["openai/test"])
    assert "report: out.html" in result.stderr
    assert "3 verdicts on 3 transcripts" in (place / "out.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in place.glob("*.db")) == ["x.db"]


def test_environment_variables_mirror_the_flags(place: Path, server: OpenAIServer) -> None:
    mirrored = {
        "JUDGEKIT_JUDGE": "openai/test",
        "JUDGEKIT_BASE_URL": server.base_url,
        "JUDGEKIT_RUBRIC": "polite.yaml",
        "JUDGEKIT_RUN": "env.db",
        "JUDGEKIT_LIMIT": "2",
        "JUDGEKIT_API_KEY_ENV": "MY_KEY",
        "MY_KEY": "secret-value",
    }
    result = invoke("score", "t.jsonl", env={**mirrored})
    assert result.exit_code == 0
    assert server.calls == 2
    assert server.requests[0].headers["authorization"] == "Bearer secret-value"
    assert (place / "env.db").is_file()
    assert "secret-value" not in result.output
    # what is typed wins
    assert invoke("score", "t.jsonl", "--limit", "3", env={**mirrored}).exit_code == 0
    assert server.calls == 3


@pytest.mark.parametrize(
    ("given", "sent"), [([], 0.0), (["--temperature", "0.7"], 0.7), (["--temperature", "default"], None)]
)
def test_the_temperature_is_sent_or_left_to_the_model(
    place: Path, server: OpenAIServer, given: list[str], sent: float | None
) -> None:
    assert invoke(*asked(server, "--limit", "1", *given), env=KEY).exit_code == 0
    assert server.requests[-1].body.get("temperature") == sent


def test_many_warnings_about_a_source_are_counted(place: Path) -> None:
    (place / "bad.jsonl").write_text('{"prompt": "Hi?", "response": "Hello."}\n' + '{"prompt": 3}\n' * 9)
    result = invoke("score", "bad.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--skip-bad")
    assert result.exit_code == 0
    assert result.stderr.count("warning: bad.jsonl") == 5
    assert "warning: and 4 more; 'judgekit transcripts SOURCE' shows all" in result.stderr
    assert "warning: 9 rows left out by --skip-bad" in result.stderr


def test_standard_input_and_a_mapping(place: Path) -> None:
    rows = '{"ask": "Hi?", "out": "Hello."}\n{"ask": "Ho?", "out": "Hello!"}\n{"ask": 3}\n'
    command = ["score", "-", "--judge", "baseline", "--rubric", "polite.yaml", "--map", "prompt=ask,response=out"]
    assert invoke(*command, stdin=rows).exit_code == 2
    result = invoke(*command, "--skip-bad", stdin=rows)
    assert result.exit_code == 0
    assert "baseline gave 2 verdicts on 2 transcripts" in result.stdout
    assert "warning: 1 row left out by --skip-bad" in result.stderr
    assert (place / "stdin.baseline.db").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["t.jsonl", "--rubric", "polite.yaml"], "no judge was named: --judge PROVIDER/MODEL"),
        (["t.jsonl", "--judge", "gpt-5", "--rubric", "polite.yaml"], "'gpt-5' is not known"),
        (
            ["t.jsonl", "--judge", "baseline"],
            "with --rubric NAME ('judgekit rubric list' shows them), or give --questions",
        ),
        (["t.jsonl", "--judge", "baseline", "--rubric", "no_such"], "no_such"),
        (["no.jsonl", "--judge", "baseline", "--rubric", "polite.yaml"], "no.jsonl"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--mode", "x"], "--mode 'x' is not known"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--temperature", "hot"], "a number from 0 to 2"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--timeout", "0"], "timeout"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--timeout", "nan"], "--timeout"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--concurrency", "10001"], "--concurrency"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--map", "x"], "--map"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--run", "-"], "--run -: a run is a file"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--report", "-"], "holds the summary"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--report", ""], "no file was named"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--report", "./t.jsonl"], "would replace"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--run", "a", "--report", "a"], "would replace"),
        (["t.jsonl", "--judge", "openai/x", "--rubric", "polite.yaml", "--base-url", "http://[::"], "base URL"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--report", "no/r.html"], "make it first"),
        (["t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml", "--run", "no/r.db"], "no/r.db"),
        (["t.jsonl", "--judge", "openai/x", "--rubric", "polite.yaml"], "OPENAI_API_KEY"),
        (["t.jsonl", "--judge", "openai/x", "--rubric", "polite.yaml", "--api-key-env", "NOPE"], "NOPE"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(place: Path, arguments: list[str], message: str) -> None:
    result = invoke("score", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith("judgekit: ")
    assert message in last
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
@pytest.mark.parametrize(("name", "text"), [("a.csv", "prompt,response\n"), ("a.json", "[]")])
def test_a_source_without_a_transcript_is_one_line_and_no_run(
    place: Path, name: str, text: str, more: list[str]
) -> None:
    (place / name).write_text(text, encoding="utf-8")
    before = sorted(place.iterdir())
    result = invoke("score", name, "--judge", "baseline", "--rubric", "brevity", *more)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"judgekit: no transcript in {name}: ")
    assert len(result.stderr.splitlines()) == 1
    assert sorted(place.iterdir()) == before


def test_a_refused_key_ends_the_run_and_keeps_what_was_scored(place: Path, server: OpenAIServer) -> None:
    assert invoke(*asked(server, "--limit", "3"), env=KEY).exit_code == 0
    server.script([Fault("401")] * 40)
    result = invoke(*asked(server), env=KEY)
    assert result.exit_code == 2
    assert "3 verdicts are kept in t.jsonl.openai-test.db: the same command again resumes" in result.stderr
    assert open_run(place / "t.jsonl.openai-test.db").summary().verdicts == 3


def test_a_judge_that_cannot_be_reached_is_told_in_one_line(place: Path) -> None:
    result = invoke("score", "t.jsonl", "--judge", "openai/x", "--rubric", "polite.yaml")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.slow
def test_a_run_that_is_deleted_meanwhile_ends_at_once(place: Path, server: OpenAIServer) -> None:
    server.latency_ms = 100
    with process(*asked(server, "--concurrency", "1", "--run", "x.db"), cwd=place, env=KEY) as running:
        while server.calls < 3:
            assert running.poll() is None
            time.sleep(0.01)
        for file in place.glob("x.db*"):
            file.unlink()
        _, stderr = running.communicate(timeout=60)
    assert running.returncode == 1
    assert b"judgekit: run x.db: the file was deleted, moved or replaced while it was in use" in stderr
    assert b"are kept" not in stderr
    assert server.calls < 12


def test_a_server_that_is_down_is_exit_1(place: Path, server: OpenAIServer) -> None:
    server.stop()
    result = invoke(*asked(server, "--max-attempts", "1"), env=KEY)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_default_run_names() -> None:
    assert (
        default_run(["a/b/My answers.jsonl", "x.csv", "y.csv"], "baseline") == "My-answers.jsonl-and-2-more.baseline.db"
    )
    assert default_run(["t.md"], "local/models/tiny q4.gguf") == "t.md.local-tiny-q4.db"
    assert default_run(["t.md"], "openai/org/model:free") == "t.md.openai-org-model-free.db"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("twice", [pytest.param(False, marks=pytest.mark.slow), True])
def test_an_interrupted_run_says_how_to_resume_and_pays_nothing_twice(
    place: Path, server: OpenAIServer, twice: bool
) -> None:
    server.latency_ms = 150
    arguments = asked(server, "--concurrency", "2", "--run", "my run.db")
    with process(*arguments, cwd=place, env=KEY) as running:
        while server.calls < 4:
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        if twice:
            time.sleep(0.02)
            running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    kept = open_run(place / "my run.db").summary().verdicts
    # Drained: what was in flight is stored, so every call that was made is a verdict. Given up: at most two are lost.
    assert kept == server.calls if not twice else server.calls - 2 <= kept <= server.calls
    assert b"this resumes it: judgekit score t.jsonl --judge openai/test" in stderr
    assert b"--run 'my run.db'" in stderr
    assert b"did not come to the end" in stdout
    server.latency_ms = 0
    calls = server.calls
    again = invoke(*arguments, env=KEY)
    assert server.calls == calls + 12 - kept
    assert f"{12 - kept} of 12 to do: {kept} are in my run.db from before" in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.slow
def test_a_scheduler_that_ends_the_job_loses_no_call(place: Path, server: OpenAIServer) -> None:
    server.latency_ms = 150
    with process(*asked(server, "--concurrency", "2", "--run", "x.db"), cwd=place, env=KEY) as running:
        while server.calls < 4:
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    assert open_run(place / "x.db").summary().verdicts == server.calls
    assert b"this resumes it: judgekit score t.jsonl" in stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.slow
def test_on_a_terminal_a_bar_shows_counts_and_rate(place: Path, server: OpenAIServer) -> None:
    server.latency_ms = 300
    shown, code = on_terminal(*asked(server, "--concurrency", "2"), env=KEY)
    assert code == 0
    assert "/12: scored" in shown
    assert "/s, 0:00:" in shown
    assert "━" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.slow
def test_an_interrupt_on_a_terminal_is_answered_above_the_bar(place: Path, server: OpenAIServer) -> None:
    server.latency_ms = 150
    shown, code = on_terminal(*asked(server, "--concurrency", "1"), env=KEY, interrupt_if=lambda: server.calls >= 2)
    assert code == 130
    assert "stopping: the calls in flight are finished first; Ctrl-C again gives them up\r\n" in shown


@pytest.mark.slow
def test_plain_lines_come_now_and_then(place: Path) -> None:
    code = f"import judgekit.cli.progress as p; p.EVERY_S = 0.0; {START}"
    done = subprocess.run(
        [sys.executable, "-c", code, "score", "t.jsonl", "--judge", "baseline", "--rubric", "polite.yaml"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr.count("/12: scored") >= 2
    assert "\x1b" not in done.stderr
