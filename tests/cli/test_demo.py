"""`judgekit demo`: the main job with nothing to set up, from any folder, without touching what is not its own."""

from __future__ import annotations

import csv
import json
import re
import time
from pathlib import Path

import pytest

from tests.cli.running import invoke, process

FILES = {
    *("ABOUT.txt", "questions.yaml", "report.html", "run.db", "summary.json"),
    *("transcripts.jsonl", "transcripts.md", "verdicts.csv"),
}


@pytest.mark.slow
def test_the_demo_does_the_main_job_from_another_folder(tmp_path: Path) -> None:
    started = time.monotonic()
    demo = process("demo", cwd=tmp_path)
    stdout, stderr = demo.communicate(timeout=60)
    assert demo.returncode == 0, stderr
    assert time.monotonic() - started < 15
    place = tmp_path / "judgekit-demo"
    assert {path.name for path in place.iterdir() if not path.name.startswith("run.db-")} == FILES
    text = stdout.decode()
    assert "null model" in text.split("$ judgekit")[0]
    typed = re.findall(r"^\$ judgekit (\w+)", text, re.MULTILINE)
    assert typed == ["transcripts", "score", "summary", "export", "report"]
    assert "calibration: none" in text
    # 30 questions, three answers each, 71 rubrics among the questions: 3 × 71 = 213
    assert "baseline gave 213 verdicts on 90 transcripts of 30 questions" in text
    summary = json.loads((place / "summary.json").read_bytes())
    assert summary["scored"] + summary["abstained"] + summary["failed"] == summary["verdicts"] == 213
    assert len((place / "transcripts.jsonl").read_bytes().splitlines()) == 90
    with (place / "verdicts.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 213
    assert b"213 verdicts" in (place / "report.html").read_bytes()


def test_the_printed_commands_are_those_that_ran(tmp_path: Path) -> None:
    place = tmp_path / "a folder"
    first = invoke("demo", place)
    assert first.exit_code == 0
    assert f"$ judgekit summary '{place}/run.db' --json > '{place}/summary.json'" in first.stdout
    assert invoke("summary", place / "run.db", "--json").stdout == (place / "summary.json").read_text()
    again = invoke("demo", place)
    assert again.exit_code == 0
    assert "0 of 213 to do" in again.stderr


def other_files(place: Path) -> None:
    place.mkdir()
    (place / "notes.txt").write_text("mine")


def a_file(place: Path) -> None:
    place.write_text("mine")


def changed(place: Path) -> None:
    place.mkdir()
    (place / "ABOUT.txt").write_text("Written by 'judgekit demo'.")
    (place / "transcripts.md").write_text("mine")


def under_a_file(place: Path) -> None:
    place.parent.rmdir()
    place.parent.write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (other_files, "holds other files: name a new one, judgekit demo DIR"),
        (a_file, "is not a folder: name a new one, judgekit demo DIR"),
        (changed, "was changed and is not overwritten"),
        (under_a_file, "cannot write to"),
    ],
)
def test_what_is_not_its_own_is_never_touched(tmp_path: Path, prepare: object, message: str) -> None:
    assert callable(prepare)
    place = tmp_path / "sub" / "demo"
    place.parent.mkdir()
    prepare(place)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = invoke("demo", place)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path in before}
    assert {path: text for path, text in after.items() if text == b"mine"} == {
        path: text for path, text in before.items() if text == b"mine"
    }
