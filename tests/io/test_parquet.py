from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_transcripts

CHAT = [{"role": "user", "content": "P"}, {"role": "assistant", "content": "R"}]


def load(
    tmp_path: Path, table: Any, *, skip_bad: bool = False, mapping: dict[str, str] | None = None
) -> TranscriptFile:
    path = tmp_path / "t"
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path, row_group_size=2)
    return load_transcripts(path, skip_bad=skip_bad, mapping=mapping)


def test_prompt_and_response_columns(tmp_path: Path) -> None:
    file = load(tmp_path, {"prompt": ["P", "Q", "P"], "response": ["R", "S", "T"], "label": ["A", "A", "B"]})
    assert file.format == "parquet"
    found = list(file)
    assert [(t.prompt, t.response, t.label) for t in found] == [("P", "R", "A"), ("Q", "S", "A"), ("P", "T", "B")]
    assert found[0].question_id == found[2].question_id != found[1].question_id


def test_messages_columns_with_gaps(tmp_path: Path) -> None:
    chat = [
        {**CHAT[0], "name": None, "tool_calls": None},
        {**CHAT[1], "name": "x", "tool_calls": [{"id": "c", "type": "f"}]},
    ]
    (transcript,) = load(tmp_path, pa.Table.from_pylist([{"id": "c1", "messages": chat}]))
    assert (transcript.prompt, transcript.response) == ("P", "R")
    assert transcript.messages[1].tool_calls == ({"id": "c", "type": "f"},)


def test_mapped_columns_and_paths_into_structs(tmp_path: Path) -> None:
    table = {"q": ["P"], "out": [{"text": "R", "n": 1}]}
    (transcript,) = load(tmp_path, table, mapping={"prompt": "q", "response": "out.text"})
    assert (transcript.prompt, transcript.response, transcript.metadata) == ("P", "R", {"out": {"n": 1}})


def test_other_columns_of_any_type_are_plain_metadata(tmp_path: Path) -> None:
    table = {
        "prompt": ["P"],
        "response": ["R"],
        "id": pa.array([1.0], pa.float64()),
        "when": pa.array([1], pa.timestamp("ns")),
        "took": pa.array([7], pa.duration("ns")),
        "day": pa.array([datetime.date(2026, 1, 2)]),
        "hours": pa.array([datetime.time(3, 4)]),
        "price": pa.array([None], pa.decimal128(5, 2)),
        "scores": [[0.5, float("nan")]],
        "raw": [b"\x00\xff"],
        "pairs": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "nested": [{"day": datetime.date(2026, 1, 2)}],
    }
    (transcript,) = load(tmp_path, table)
    assert transcript.id == "1"
    assert transcript.metadata == {
        "when": "1970-01-01 00:00:00.000000001",
        "took": 7,
        "day": "2026-01-02",
        "hours": "03:04:00.000000",
        "price": None,
        "scores": [0.5, None],
        "raw": "b'\\x00\\xff'",
        "pairs": [["a", 1]],
        "nested": {"day": "2026-01-02"},
    }


def test_a_row_that_python_cannot_hold_is_named_or_left_out(tmp_path: Path) -> None:
    # A time 10^12 seconds from 1970, in a list, is in the year 33,658: Python's datetime ends with 9999.
    times = pa.array([[1000], [10**12], [2000]], pa.list_(pa.timestamp("s")))
    table = {"prompt": ["P"] * 3, "response": ["R", "S", "T"], "times": times}
    with pytest.raises(UserError, match="row 2: a value that cannot be read: "):
        list(load(tmp_path, table))
    file = load(tmp_path, table, skip_bad=True)
    assert [transcript.response for transcript in file] == ["R", "T"]
    assert file.skipped == 1


def test_bad_rows_have_their_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="row 3: 'response' is null; wanted the response; mend it"):
        list(load(tmp_path, {"prompt": ["P"] * 3, "response": ["R", "", None]}))


def test_bytes_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="row 1: 'response': wanted text, came a value of type bytes"):
        list(load(tmp_path, {"prompt": ["P"], "response": [b"R"]}))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    file = load(tmp_path, {"prompt": ["P"], "answer": ["R"]}, skip_bad=True)
    with pytest.raises(UserError, match=r"t: no 'response'; there are prompt, answer; name yours with --map response="):
        list(file)


@pytest.mark.parametrize("keep", [4, 20, 100])
def test_a_broken_file_is_said_in_one_line(tmp_path: Path, keep: int) -> None:
    load(tmp_path, {"prompt": ["P"], "response": ["R"]})
    path = tmp_path / "t"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError) as error:
        list(load_transcripts(path))
    assert f"{path}: not a Parquet file that can be read: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_break_in_the_middle_says_after_which_row(tmp_path: Path) -> None:
    path = tmp_path / "t"
    rows = [f"response {n} " + "x" * 50 for n in range(300)]
    table = pa.table({"prompt": rows, "response": rows})
    pq.write_table(table, path, row_group_size=100, use_dictionary=False, compression="gzip")
    data = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[start : start + 200] = b"\xff" * 200
    path.write_bytes(data)
    with pytest.raises(UserError, match="t: broken after row "):
        list(load_transcripts(path))


def test_without_pyarrow_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = load(tmp_path, {"prompt": ["P"], "response": ["R"]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where the extra is not installed
    with pytest.raises(
        UserError, match=r"t is Parquet, which needs pyarrow: pip install 'llm-judgekit\[parquet\]', or"
    ):
        list(file)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_prompts_and_responses_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    prompts, responses = zip(*rows, strict=True)
    found = load(tmp_path_factory.mktemp("parquet"), {"prompt": list(prompts), "response": list(responses)})
    assert [(transcript.prompt, transcript.response) for transcript in found] == rows
