"""`judgekit report`: a page in a file or on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import invoke
from tests.reporting.made import verdict
from tests.reporting.stored import stored


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return stored(tmp_path / "run.db", [verdict()]).path


def test_the_page_goes_to_a_file_or_to_standard_output(run: Path) -> None:
    target = run.with_name("report.html")
    result = invoke("report", run, "-o", target)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"report in {target}\n")
    assert invoke("report", run, "-o", "-").stdout == target.read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_page(run: Path) -> None:
    assert invoke("report", run, "-o", "-").stdout == invoke("report", run, "-o", "-").stdout


def test_a_run_is_never_overwritten_by_its_report(run: Path) -> None:
    result = invoke("report", run, "-o", run)
    assert result.exit_code == 2
    assert "it is not overwritten" in result.stderr
