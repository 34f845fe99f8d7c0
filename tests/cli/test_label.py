"""`judgekit label` as it is typed: what it says, what it refuses, and what it leaves for other commands."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.labelling.serve import make_server
from tests.cli.running import invoke, process
from tests.labelling.tasks import Page, label_all, opened, transcripts
from tests.reporting.stored import stored
from tests.running.test_compare import on


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "transcripts.jsonl"
    path.write_text("".join(one.model_dump_json() + "\n" for one in transcripts()), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--to", "excel"], "--to 'excel' is not known"),
        (["--to", "argilla", "--from", "x.json"], "give one of them"),
        (["--to", "argilla"], "tasks are no table"),
        (["--to", "argilla", "--overlap", "2"], "have no use with --to"),
        (["--reveal"], "--reveal shows the judge's verdicts: name the run"),
        (["--next", "2"], "name the run with --run"),
        (["--criterion", "colour"], "'colour' is none of its questions"),
        (["--sample", "7"], "ask for 1 to 6 of them"),
        (["--overlap", "2"], "--annotator anna --annotator ben"),
        (["--out", "labels.jsonl"], "as CSV"),
        (["--out", "no/labels.csv"], "does not exist"),
        (["--annotator", "\u202e"], "1 to 80 visible characters"),
        (["--serve", "0.0.0.0"], "set a password in JUDGEKIT_LABEL_PASSWORD"),
        (["--serve", "192.0.2.1"], "set a password"),
    ],
)
def test_what_is_wrong_is_one_line(source: Path, flags: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(source.parent)
    result = invoke("label", source, "--rubric", "sycophancy", *flags)
    last = result.stderr.splitlines()[-1]
    assert result.exit_code == 2
    assert said in result.stderr
    assert last.startswith("judgekit: ")
    assert not Path("labels.csv").exists()


def test_a_weak_password_and_a_taken_port(source: Path, tmp_path: Path) -> None:
    common = ("label", source, "--rubric", "sycophancy", "-o", tmp_path / "labels.csv")
    weak = invoke(*common, "--serve", "0.0.0.0", env={"JUDGEKIT_LABEL_PASSWORD": "short"})
    assert (weak.exit_code, "8 characters" in weak.stderr) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        taken = invoke(*common, "--port", port)
    assert (taken.exit_code, f"--port {port}: another program has it" in taken.stderr) == (2, True)


def test_tasks_out_and_labels_back(source: Path, tmp_path: Path) -> None:
    desk = opened(tmp_path)
    label_all(desk, "anna", {one.id: 1 + i % 5 for i, one in enumerate(transcripts())})
    desk.state.close()
    common = ("label", source, "--rubric", "sycophancy")
    tasks, back = tmp_path / "tasks.json", tmp_path / "back.csv"
    out = invoke(*common, "--to", "label-studio", "--labels", tmp_path / "labels.csv", "-o", tasks)
    assert (out.exit_code, "6 tasks in" in out.stderr) == (0, True)
    assert invoke(*common, "--from", tasks, "-o", back).exit_code == 0
    again = invoke(*common, "--from", tasks, "-o", back)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    shown = invoke(*common, "--from", tasks, "-o", "-")
    assert shown.stdout.splitlines() == back.read_text(encoding="utf-8").splitlines()
    agree = invoke("agree", back, "--json")
    assert json.loads(agree.stdout)["tasks"][0]["n_labels"] == 6


def test_labels_go_into_calibrate_and_agree_as_they_are(source: Path, tmp_path: Path) -> None:
    stored(tmp_path / "run.db", [on(one.id, 1 + i % 5) for i, one in enumerate(transcripts())])
    desk = opened(tmp_path)
    label_all(desk, "anna", {one.id: 1 + i % 5 for i, one in enumerate(transcripts())})
    desk.state.close()
    labels = tmp_path / "labels.csv"
    task = json.loads(invoke("agree", labels, "--json").stdout)["tasks"][0]
    assert (task["rubric"], task["n_labels"], task["n_items"]) == ("sycophancy", 6, 6)
    assert not [one for one in task["findings"] if one["kind"] == "unread_columns"]
    card = invoke("calibrate", tmp_path / "run.db", "--labels", labels, "--labels-are", "random", "--json", "-")
    header = json.loads(card.stdout)["header"]
    assert (header["n_items"], header["n_labels"], header["labels_are"]) == (6, 6, "random")


def test_what_is_left_out_and_what_lacks_is_said(source: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.yaml"
    rows = [
        f"  - {{id: q{i}, rubrics: {{sycophancy: {{{claim}}}}}}}" for i, claim in enumerate(("user_claim: Yes.", ""))
    ]
    questions.write_text("judgekit: questions/1\nquestions:\n" + "\n".join(rows) + "\n", encoding="utf-8")
    flags = ("--rubric", "sycophancy", "--questions", questions, "--to", "argilla", "-o", "-")
    result = invoke("label", source, *flags)
    assert (result.exit_code, len(json.loads(result.stdout))) == (0, 4)
    said = result.stderr.splitlines()
    assert said[0] == "left out: 2 transcripts whose question does not name sycophancy"
    assert "2 transcripts without what sycophancy has to know (user_claim), such as 'q1/SecretGPT'" in said[1]
    assert said[2] == "4 tasks written"


def test_without_the_extra_it_says_what_to_install(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # as where it is not installed
    result = invoke("label", source, "--rubric", "sycophancy", "-o", source.with_name("labels.csv"))
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "judgekit: the labelling page needs starlette and uvicorn: pip install 'llm-judgekit[label]'",
    )
    desk = opened(source.parent)
    with pytest.raises(UserError, match="pip install"):
        make_server(desk, host="127.0.0.1", port=1, links={})
    desk.state.close()


def ask(url: str, name: str, **told: Any) -> Any:
    origin = re.match(r"http://[^/]+", url)
    assert origin is not None
    headers = {"Content-Type": "application/json", "Origin": origin[0]}
    request = urllib.request.Request(f"{url}ask/{name}", json.dumps(told).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_a_kill_loses_no_label_that_was_acknowledged(source: Path, tmp_path: Path) -> None:
    """Killed again and again, at whatever moment that is, right after an answer was acknowledged."""
    labels, acknowledged = tmp_path / "labels.csv", 0
    flags = ("--rubric", "sycophancy", "--annotator", "anna", "-o", str(labels))
    for number in range(1, 4):
        with process("label", source, *flags) as running:
            assert running.stdout is not None
            url = running.stdout.readline().decode().strip()
            assert ask(url, "begin")["labelled"] == acknowledged
            item = ask(url, "item", number=number)["item"]
            told = ask(url, "answer", number=number, item=item, criterion="", value=number, seconds=1)
            acknowledged = told["labelled"]
            running.send_signal(signal.SIGKILL)
            running.wait()
        assert labels.read_text(encoding="utf-8").count("anna") == acknowledged == number
    with process("label", source, *flags) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().decode()
        assert running.wait() == 130
    assert "3 labels by 1 annotator in" in said
    assert "next: judgekit calibrate RUN.db --labels" in said


@pytest.mark.slow
def test_a_draw_by_the_judge_says_how_to_calibrate(source: Path, tmp_path: Path) -> None:
    stored(tmp_path / "run.db", [on(one.id, 1 + i % 5) for i, one in enumerate(transcripts())])
    old, opener = tmp_path / "old.csv", tmp_path / "opened"
    old.write_text("transcript_id,rubric,annotator,value\nq0/SecretGPT,sycophancy,zoe,3\n", encoding="utf-8")
    flags = ("--run", str(tmp_path / "run.db"), "--next", "5", "--labels", str(old), "-o", str(tmp_path / "labels.csv"))
    more = ("--rubric", "sycophancy", "--annotator", "anna", "--open")
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 > {opener}\n", encoding="utf-8")
    browser.chmod(0o700)
    with process("label", source, *flags, *more, env={"BROWSER": str(browser)}) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        url = running.stdout.readline().decode().strip()
        assert ask(url, "begin")["total"] == 5
        item = ask(url, "item", number=1)["item"]
        ask(url, "answer", number=1, item=item, criterion="", value=2)
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().decode()
    assert opener.read_text(encoding="utf-8").strip() == url
    labels = tmp_path / "labels.csv"
    assert f"--labels {labels} --labels-are stratified --probability {labels}" in said


@pytest.mark.slow
def test_several_people_have_a_link_each(source: Path, tmp_path: Path) -> None:
    flags = ("--rubric", "sycophancy", "--annotator", "anna", "--annotator", "ben", "-o", str(tmp_path / "labels.csv"))
    environment = {"JUDGEKIT_LABEL_PASSWORD": "correct horse"}
    with process("label", source, *flags, "--serve", "0.0.0.0", env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        links = dict(running.stdout.readline().decode().strip().split("\t") for _ in range(2))
        assert set(links) == {"anna", "ben"}
        port, token = re.fullmatch(r"http://[^:]+:(\d+)/([\w-]+)/", links["ben"]).groups()  # type: ignore[union-attr]
        page = Page(int(port), token)
        assert page.ask("begin")[1] == b"a password is wanted; any user name will do\n"
        word = base64.b64encode(b"x:correct horse").decode()
        assert page.ask("begin", {"Authorization": f"Basic {word}"})[1]["annotator"] == "ben"
        running.send_signal(signal.SIGINT)
        assert "not encrypted" in running.stderr.read().decode()
