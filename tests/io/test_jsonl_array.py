"""JSON files of many rows: arrays, and objects one after another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import load_transcripts
from judgekit.io.json_file import read_json

PR = '{"prompt": "P", "response": "R"}'


def write(folder: Path, text: str) -> Path:
    path = folder / "t.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"[{PR}]", [1]),
        (f"[{PR},{PR}]", [1, 1]),
        (f"\n[\n{PR}\n,\n\n{PR}]\n\n", [3, 6]),
        (f"{PR}\n{PR}", [1, 2]),
        ('{"prompt": "P",\n"response": "R"}{"prompt": "P",\n"response": "R"}', [1, 2]),
        ("\ufeff[\n" + PR + "]", [2]),
    ],
)
def test_rows_have_the_line_that_they_begin_on(tmp_path: Path, text: str, lines: list[int]) -> None:
    rows = list(read_json(write(tmp_path, text), "t", chunk=3))
    assert [row.place for row in rows] == lines
    assert [row.record for row in rows] == [json.loads(PR)] * len(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[{PR} {PR}]", "line 1: wanted objects with one comma between them in this JSON array; came '{'"),
        (f"[{PR},,{PR}]", "line 1: wanted objects with one comma between them in this JSON array; came ',,'"),
        (f"[{PR}, ,{PR}]", "wanted objects with one comma between them in this JSON array; came ', ,'"),
        (f"[,{PR}]", "wanted objects with one comma between them in this JSON array; came ','"),
        (f"[{PR},\n]", "line 2: wanted objects with one comma between them in this JSON array; came ','"),
        (f"[{PR},\n1, 2]", "line 2: wanted objects with one comma between them in this JSON array; came ', 1, 2'"),
        ("[1]", "wanted objects with one comma between them in this JSON array; came '1'"),
        ('["x"]', "wanted objects with one comma between them in this JSON array; came '\"'"),
        (f"[[{PR}]]", "wanted objects with one comma between them in this JSON array; came '['"),
        (f"[{PR}]\nx", "line 2: wanted nothing after the JSON array; came 'x'"),
        (f"[{PR}][", "wanted nothing after the JSON array; came '['"),
        (f"[{PR}],", "wanted nothing after the JSON array; came ','"),
        (f"[{PR}" + "}]", "wanted objects with one comma between them in this JSON array; came '}'"),
        ('{"prompt":\n"P"}, {}', "line 2: wanted JSON objects; came ','"),
        ('{"prompt":\n"P"} x', "line 2: wanted JSON objects; came 'x'"),
        (f"[{PR}", "line 1: the JSON array has no closing ']'; is the file cut off?"),
        ("[", "the JSON array has no closing ']'"),
        (f"[\n{PR},\n" + '{"prompt": "P', "t: the file ends inside the element that begins on line 3; is it cut off?"),
        (
            "[" + "9" * 10_000 + "]",
            f"wanted objects with one comma between them in this JSON array; came '{'9' * 40}'; mend it",
        ),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_what_stands_between_rows_is_refused_with_its_line(tmp_path: Path, text: str, said: str, chunk: int) -> None:
    with pytest.raises(UserError) as error:
        list(read_json(write(tmp_path, text), "t", chunk=chunk))
    # What came is shown as far as it was read: one digit of "9999…" is enough to refuse it.
    assert (said if chunk == 1000 else said.partition("; came")[0]) in str(error.value)


def test_a_bad_row_in_an_array_can_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, f'[{PR},\n{{"prompt": nope}},\n{{"prompt": [1}},\n{{"a": "{{"}},\n{PR}]')
    with pytest.raises(UserError, match=r"t\.json, line 2: not JSON: Expecting value at column 12"):
        list(load_transcripts(path))
    file = load_transcripts(path, skip_bad=True)
    # Line 3 closes a bracket with a brace, so that its own brace is closed by the bracket that ends the array.
    assert file.format == "json"
    with pytest.raises(UserError, match="line 5: the JSON array has no closing ']'"):
        list(file)
    path = write(tmp_path, f'[{PR},\n{{"prompt": nope}},\n{{"a": "{{"}},\n{PR}]')
    file = load_transcripts(path, skip_bad=True)
    assert [transcript.id for transcript in file][1:] == ["q-5c62e091b8c0#2"]
    assert (file.skipped, len(file.warnings)) == (2, 3)


def test_an_error_over_several_lines_says_the_line_within_the_row(tmp_path: Path) -> None:
    path = write(tmp_path, '[\n{\n "prompt": "P",\n "response": R\n}]')
    with pytest.raises(UserError, match="line 2: not JSON: Expecting value at its line 3, column 14"):
        list(load_transcripts(path))


def test_an_empty_array_is_said(tmp_path: Path) -> None:
    file = load_transcripts(write(tmp_path, " [ ] "))
    assert list(file) == []
    assert file.warnings == [f"{file.sources[0]}: there is no transcript in it"]


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(alphabet='a"\\[]{},:\n\u00e9\U0001f600 '),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='k"\\{'), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.text(alphabet='k"\\{}[]'), VALUES, max_size=3), max_size=4),
    st.sampled_from([None, 1, 2]),
    st.booleans(),
    st.integers(1, 40),
)
def test_elements_are_found_as_a_json_parser_finds_them(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], indent: int | None, array: bool, chunk: int
) -> None:
    if array:
        text = json.dumps(rows, indent=indent, ensure_ascii=False)
    else:
        text = "\n".join(json.dumps(row, indent=indent, ensure_ascii=False) for row in rows)
    path = write(tmp_path_factory.mktemp("json"), text)
    assert [row.record for row in read_json(path, "t", chunk=chunk)] == rows
