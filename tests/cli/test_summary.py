"""`judgekit summary`: the table on standard output, or everything as JSON."""

from __future__ import annotations

import json
import os
import pty
import re
from contextlib import redirect_stdout, suppress
from pathlib import Path

import pytest

from judgekit.cli.summary_text import print_summary
from tests.cli.running import invoke
from tests.reporting.made import verdict
from tests.reporting.stored import stored
from tests.reporting.test_terminal import on


def test_the_table_is_plain_and_80_columns_wide(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.db", [on(1), on(2, score=None)]).path
    result = invoke("summary", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "calibration: none" in result.stdout


def test_json_holds_every_number_and_null_for_what_is_undefined(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.db", [on(1), on(2, "Model2", None), on(3, "Model2", status="failed")]).path
    result = invoke("summary", path, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    summary = json.loads(result.stdout)
    assert (summary["verdicts"], summary["scored"], summary["abstained"], summary["failed"]) == (3, 1, 1, 1)
    assert summary["calibration"] == {"openai/test × sycophancy": "none"}
    row = next(row for row in summary["rows"] if row["group"]["label"] == "Model2")
    assert row["estimate"]["value"] is None
    assert row["estimate"]["undefined"] == "there is no value"
    assert (row["worst"], row["best"]) == (0.0, 1.0)  # nothing is known of the mean of two that are missing


def test_failures_in_a_run_do_not_make_reading_it_a_failure(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.db", [verdict(status="failed")]).path
    assert invoke("summary", path).exit_code == 0


def test_what_is_not_a_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for name, message in (("no.db", "no such file"), ("notes.txt", "not a judgekit run"), (".", "folder")):
        result = invoke("summary", tmp_path / name)
        assert result.exit_code == 2
        assert message in result.stderr


@pytest.mark.parametrize(
    ("env", "emphasised"),
    [
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "NO_COLOR": ""}, False),
    ],
)
def test_a_terminal_gets_emphasis_if_it_can_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], emphasised: bool
) -> None:
    run = stored(tmp_path / "run.db", [on(1), on(2, score=None)])
    for name, value in {**env, "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, redirect_stdout(terminal):
        print_summary(run.summary())
    shown = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while data := os.read(ours, 1 << 16):
            shown += data
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    assert ("\x1b[" in text) == emphasised
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == invoke("summary", run.path).stdout
