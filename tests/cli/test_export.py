"""`judgekit export`: to a file or to standard output, whole or not at all."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from judgekit.verdict import Verdict
from tests.cli.running import invoke, on_terminal
from tests.reporting.made import full, verdict
from tests.reporting.stored import stored

VERDICTS = [full(), verdict(label="Model2", transcript_id="q01/Model2", status="failed", fingerprint="f" * 32)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return stored(tmp_path / "run.db", VERDICTS).path


@pytest.mark.parametrize("target", [[], ["-o", "-"]])
def test_jsonl_to_standard_output_is_the_default(run: Path, target: list[str]) -> None:
    result = invoke("export", run, *target)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [Verdict.from_row(json.loads(line)) for line in result.stdout.splitlines()] == VERDICTS


@pytest.mark.parametrize(
    ("ending", "format"), [("csv", []), ("CSV", []), ("out", ["--format", "csv"]), ("csv", ["--format", "csv"])]
)
def test_the_format_is_the_given_one_or_that_of_the_ending(run: Path, ending: str, format: list[str]) -> None:
    target = run.with_name(f"x.{ending}")
    result = invoke("export", run, "-o", target, *format)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"2 rows in {target}\n"
    with target.open(newline="", encoding="utf-8") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["scored", "failed"]


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("v.xlsx", [], "v.xlsx ends in .xlsx, which is not written here: wanted .jsonl, .csv or .parquet"),
        ("v.csv", ["--format", "jsonl"], "v.csv ends in .csv, and --format says jsonl: name one format"),
        ("v", ["--format", "xlsx"], "format 'xlsx' is not known"),
    ],
)
def test_an_ending_that_is_not_the_format_is_refused(run: Path, name: str, format: list[str], said: str) -> None:
    target = run.with_name(name)
    result = invoke("export", run, "-o", target, *format)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr
    assert not target.exists()


def test_a_name_without_ending_is_json_lines(run: Path) -> None:
    target = run.with_name("verdicts")
    assert invoke("export", run, "-o", target).exit_code == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 2


def test_parquet_reads_back(run: Path) -> None:
    from pyarrow.parquet import read_table

    target = run.with_name("x.parquet")
    assert invoke("export", run, "-o", target).exit_code == 0
    assert read_table(target).column("transcript_id").to_pylist() == ["q01/Model1", "q01/Model2"]


def test_a_run_is_never_overwritten(run: Path) -> None:
    before = run.read_bytes()
    result = invoke("export", run, "-o", run)
    assert result.exit_code == 2
    assert "is a database, such as a run: it is not overwritten" in result.stderr
    assert run.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "xml"], "'xml' is not known: choose one of jsonl, csv, parquet"),
        (["-o", "no/such/x.csv"], "does not exist; make it first"),
        (["-o", "."], "it is a folder"),
    ],
)
def test_what_cannot_be_done_is_said(run: Path, arguments: list[str], message: str) -> None:
    result = invoke("export", run, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("format", "code"), [("csv", 0), ("jsonl", 0), ("parquet", 2)])
@pytest.mark.slow
def test_on_a_terminal_nothing_steers_it(tmp_path: Path, format: str, code: int) -> None:
    path = stored(tmp_path / "run.db", [full("\x1b[31mred\x9b1m\u202e <é>")]).path
    shown, exit_code = on_terminal("export", path, "--format", format)
    assert exit_code == code
    assert not set("\x1b\x9b\u202e") & set(shown)
    if code == 2:
        assert "name a file with -o FILE" in shown
    else:
        assert "<é>" in shown
