"""`judgekit summary`: the table on standard output, or everything as JSON."""

from __future__ import annotations

import json
from pathlib import Path

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
