"""What leaves a run as a file: every fact, in fixed columns, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.errors import JudgeError, UserError
from judgekit.io.atomic import atomic_write
from judgekit.io.export import FIXED_COLUMNS, ROW_KEYS, export_verdicts, flat, guard, row, unguard
from judgekit.verdict import CheckResult, CriterionResult, Verdict
from tests.reporting.made import HOSTILE, full, verdict


def written(verdicts: Iterable[Verdict], format: str) -> bytes:
    held = list(verdicts)
    out = io.BytesIO()
    assert export_verdicts(lambda: held, out, format=format) == len(held)
    return out.getvalue()


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_jsonl_rows_read_back_as_the_same_verdicts() -> None:
    verdicts = [full(), verdict(status="abstained"), verdict(status="failed", label="", transcript_id="q02")]
    lines = written(verdicts, "jsonl").splitlines()
    assert [Verdict.from_row(json.loads(line)) for line in lines] == verdicts


def test_jsonl_row_has_the_keys_of_the_design_in_order() -> None:
    # The list of DESIGN.md ("Export row"), with the whole failure and the measures beside it.
    wanted = [
        "transcript_id",
        "question_id",
        "label",
        "rubric",
        "rubric_version",
        "status",
        "level",
        "score",
        "passed",
        "failure_kind",
        "failure",
        "criteria",
        "checks",
        "measures",
        "rules",
        "explanation",
        "flags",
        "provenance",
        "judge",
        "samples",
        "calls",
        "usage",
        "cost_usd",
        "latency_s",
        "fingerprint",
        "created",
    ]
    assert list(row(full())) == wanted
    assert set(ROW_KEYS) == {*Verdict.model_fields, "failure_kind"}
    cells = row(full())
    assert list(cells["criteria"]["stance"]["evidence"][0]) == ["quote", "start", "end", "message"]
    assert list(cells["checks"]["words14"]) == ["result", "measured", "expected", "detail"]
    assert list(cells["usage"]) == ["prompt_tokens", "completion_tokens", "cached_tokens"]


def test_csv_has_one_column_a_fact() -> None:
    rows = csv_rows(written([full(), verdict(status="failed")], "csv"))
    first, second = rows
    assert first["criteria.stance"] == "agrees"
    assert first["criteria.stance.status"] == "ok"
    assert json.loads(first["criteria.stance.evidence"]) == [{"quote": "a quote", "start": 3, "end": 10, "message": 1}]
    assert first["criteria.stance.reason"] == "a quote"
    assert first["criteria.praise.status"] == "unsupported"
    assert json.loads(first["criteria.praise.unsupported"]) == ["a quote"]
    assert first["checks.words14"] == "fail"
    assert first["checks.words14.measured"] == "13"
    assert first["measures.judge_level"] == "5.0"
    assert json.loads(first["rules"]) == [{"when": {"stance": "agrees"}, "max_level": 4, "min_level": None}]
    assert json.loads(first["flags"]) == ["unsupported_evidence"]
    assert (first["level"], first["score"], first["passed"]) == ("4", "0.75", "true")
    assert (first["usage.prompt_tokens"], first["cost_usd"], first["latency_s"]) == ("100", "0.25", "1.5")
    assert first["created"] == "2026-01-02T03:04:05Z"
    # a failure is not a score: its cells are empty
    assert (second["status"], second["level"], second["score"], second["passed"]) == ("failed", "", "", "")
    assert (second["failure_kind"], second["failure_detail"]) == ("timeout", "slow")
    assert second["criteria.stance"] == ""


def test_columns_stand_in_the_same_order_whatever_the_order_of_verdicts() -> None:
    other = verdict(checks={"code": CheckResult(result="pass")}, measures={"ratio": 0.5})
    one, two = (written(verdicts, "csv").split(b"\r\n")[0] for verdicts in ([full(), other], [other, full()]))
    assert one == two
    columns = one.decode().split(",")
    assert tuple(columns[: len(FIXED_COLUMNS)]) == FIXED_COLUMNS
    groups = [column.partition(".")[0] for column in columns[len(FIXED_COLUMNS) :]]
    assert groups == sorted(groups, key=["criteria", "checks", "measures"].index)


def test_a_name_with_a_dot_does_not_meet_a_part_of_another() -> None:
    answer = CriterionResult(answer="yes", status="ok")
    cells = flat(verdict(criteria={"a": answer, "a.status": answer.model_copy(update={"answer": "no"})}))
    assert cells["criteria.a.status"] == "ok"
    assert cells['criteria."a.status"'] == "no"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@pytest.mark.slow
def test_hostile_text_comes_back_as_it_was(format: str, text: str) -> None:
    made = full(text)
    data = written([made], format)
    if format == "jsonl":
        assert Verdict.from_row(json.loads(data)) == made
        return
    if format == "csv":
        csv.field_size_limit(1 << 24)
        cell, evidence = (csv_rows(data)[0][key] for key in ("explanation", "criteria.stance.evidence"))
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        cell = unguard(cell)
    else:
        from pyarrow.parquet import read_table

        table = read_table(io.BytesIO(data)).to_pylist()[0]
        cell, evidence = table["explanation"], table["criteria.stance.evidence"]
    assert cell == made.explanation
    assert json.loads(evidence)[0]["quote"] == made.explanation


@given(st.text(alphabet=st.one_of(st.sampled_from("'=+-@\t\r\n＝＋－＠ a"), st.characters(codec="utf-8")), max_size=8))
def test_guard_disarms_every_text_and_loses_nothing(text: str) -> None:
    shown = guard(text)
    assert unguard(shown) == text
    assert shown[:1] not in tuple("=+-@\t\r\n＝＋－＠")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), max_size=5))
def test_csv_reads_back_cell_for_cell(texts: list[str]) -> None:
    rows = csv_rows(written([verdict(explanation=text) for text in texts], "csv"))
    assert [unguard(cells["explanation"]) for cells in rows] == texts


def test_parquet_is_typed() -> None:
    import pyarrow as pa
    from pyarrow.parquet import read_table

    table = read_table(io.BytesIO(written([full(), verdict(status="failed")], "parquet")))
    kinds = {name: table.schema.field(name).type for name in ("level", "score", "passed", "measures.judge_level")}
    assert kinds == {
        "level": pa.int64(),
        "score": pa.float64(),
        "passed": pa.bool_(),
        "measures.judge_level": pa.float64(),
    }
    assert table.column("level").to_pylist() == [4, None]
    assert table.column("checks.words14").to_pylist() == ["fail", None]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_empty_run_is_a_table_with_columns(format: str) -> None:
    data = written([], format)
    if format == "csv":
        assert data.decode() == ",".join(FIXED_COLUMNS) + "\r\n"
    else:
        from pyarrow.parquet import read_table

        table = read_table(io.BytesIO(data))
        assert (tuple(table.column_names), table.num_rows) == (FIXED_COLUMNS, 0)


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_verdicts_are_never_all_held(format: str) -> None:
    alive = 0
    most = 0

    class Counted(Verdict):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def stream() -> Iterator[Verdict]:
        nonlocal alive, most
        for i in range(3000):
            alive += 1
            most = max(most, alive)
            yield Counted.model_validate(verdict(fingerprint=f"{i:032x}").model_dump())

    assert export_verdicts(stream, io.BytesIO(), format=format) == 3000
    assert most < 20


def test_a_run_that_changes_meanwhile_is_an_error_and_not_a_lost_column() -> None:
    passes = iter([[verdict()], [full()]])
    with pytest.raises(JudgeError, match="changed while it was exported"):
        export_verdicts(lambda: next(passes), io.BytesIO(), format="csv")


def test_an_unknown_format_names_those_that_there_are() -> None:
    with pytest.raises(UserError, match="'xml' is not known: choose one of jsonl, csv, parquet"):
        export_verdicts(list, io.BytesIO(), format="xml")


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # what Python itself does for a module that may not be imported
    with pytest.raises(UserError, match=r"pip install 'llm-judgekit\[parquet\]'"):
        export_verdicts(list, io.BytesIO(), format="parquet")


def test_a_file_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(target) as out:
        out.write(b"half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    with atomic_write(target) as out:
        out.write(b"new")
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    with atomic_write(link) as out:
        out.write(b"x")
    assert link.is_symlink()
    assert real.read_bytes() == b"x"
    with atomic_write(Path("/dev/null")) as out:
        out.write(b"x")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("name", "message"),
    [(".", "it is a folder; name a file in it"), ("no/such/file.csv", "no/such' does not exist; make it first")],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match="cannot write") as caught, atomic_write(tmp_path / name):
        pass
    assert message in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_pipe_without_a_name_is_written_through_its_link() -> None:
    ours, theirs = os.pipe()
    try:
        with atomic_write(Path(f"/proc/self/fd/{theirs}")) as out:  # what /dev/stdout is in a pipeline
            out.write(b"x")
        assert os.read(ours, 10) == b"x"
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_name_that_the_system_refuses_is_a_user_error(tmp_path: Path) -> None:
    locked = tmp_path / "dev"
    locked.symlink_to("/proc")  # a folder in which nobody, not even root, may make a file
    with pytest.raises(UserError, match=r"cannot write .*choose another place"), atomic_write(locked / "out.csv"):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_a_failure_that_a_retry_may_cure() -> None:
    # /dev/full answers every write with "No space left on device"
    with pytest.raises(JudgeError, match="No space left"), atomic_write(Path("/dev/full")) as out:
        out.write(b"x" * 100_000)
