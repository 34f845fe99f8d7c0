from __future__ import annotations

import io
import json
import os
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import judgekit.io
from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_transcripts, write_transcripts
from judgekit.io.notes import NAMED
from judgekit.transcript import Message, Transcript

PR = {"prompt": "P", "response": "R"}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_public_names_are_all_there() -> None:
    for name in judgekit.io.__all__:
        assert getattr(judgekit.io, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'load_nothing'"):
        judgekit.io.load_nothing  # noqa: B018 - reading it is the test


def test_a_file_is_read_anew_at_each_iteration_with_fresh_warnings(tmp_path: Path) -> None:
    file = load_transcripts(write(tmp_path / "t", PR, PR, {}), skip_bad=True)
    assert (file.warnings, file.skipped) == ([], 0)
    first = (list(file), file.warnings, file.skipped)
    assert (list(file), file.warnings, file.skipped) == first
    assert (len(first[0]), len(first[1]), first[2]) == (2, 2, 1)
    assert file.size == (tmp_path / "t").stat().st_size
    both = [next(one) for one in (iter(file), iter(file))]
    assert both[0] == both[1]


def test_several_files_are_one_source_in_which_ids_are_unique(tmp_path: Path) -> None:
    rows = write(tmp_path / "a", {**PR, "id": "x"}, {**PR, "id": "x#2"}, {**PR, "id": "x"})
    table = tmp_path / "b"
    table.write_text("id,prompt,response\nx,P,R\ny,P,R\n", encoding="utf-8")
    file = load_transcripts([rows, str(table)])
    assert [transcript.id for transcript in file] == ["x", "x#2", "x#3", "x#4", "y"]
    assert [transcript.question_id for transcript in file] == ["x", "x#2", "x", "x", "y"]
    assert (file.format, file.sources) == ("jsonl, csv", (str(rows), str(table)))
    assert file.warnings == [
        f"{rows}, line 3: 'x' stands twice: read as 'x#3'",
        f"{table}, line 2: 'x' stands twice: read as 'x#4'",
    ]


def test_warnings_of_one_kind_are_counted_beyond_the_first_ones(tmp_path: Path) -> None:
    rows = [PR] * 30 + [{}] * 25
    file = load_transcripts(write(tmp_path / "t", *rows), skip_bad=True)
    assert len(list(file)) == 30
    # 29 repeated ids, of which 20 are written out, and 25 bad rows likewise: 20 lines and one more for each.
    assert NAMED == 20
    assert len(file.warnings) == 42
    assert (file.warnings[20], file.warnings[-1]) == ("repeated ids: 9 more", "bad rows: 5 more")
    assert file.skipped == 25


def test_a_mapping_has_no_use_for_markdown_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text("## Question I1: T\nP\n**A Response:**\nR", encoding="utf-8")
    file = load_transcripts(path, mapping={"prompt": "question"})
    assert [transcript.response for transcript in file] == ["R"]
    assert file.warnings == [f"{path}: --map has no use here: markdown names its fields itself"]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (
            {"question": "prompt"},
            "--map: 'question' is not a field of a transcript; fields are id, question_id, label,",
        ),
        ({"question": "prompt"}, "; did you mean prompt=question?"),
        ({"colour": "c"}, "'colour' is not a field of a transcript"),
        ({"prompt": ""}, "--map: wanted the name of a column for 'prompt', came ''"),
    ],
)
def test_a_mapping_is_checked(tmp_path: Path, mapping: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as error:
        load_transcripts(write(tmp_path / "t", PR), mapping=mapping)
    assert said in str(error.value)


class TestSources:
    def test_standard_input_is_read_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = json.dumps(PR).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        file = load_transcripts("-")
        assert [len(list(file)), len(list(file))] == [1, 1]
        assert (file.sources, file.size) == (("standard input",), len(data))

    def test_what_was_kept_of_standard_input_goes_with_the_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PR).encode())))
        file = load_transcripts("-")
        assert len(list(tmp_path.iterdir())) == 1
        del file
        assert list(tmp_path.iterdir()) == []

    def test_standard_input_that_is_closed_or_named_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UserError, match="named twice"):
            load_transcripts(["-", "-"])
        monkeypatch.setattr(sys, "stdin", None)
        with pytest.raises(UserError, match=r"standard input \('-'\) is closed; name a file"):
            load_transcripts("-")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
    def test_a_pipe_is_read_twice_too(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        feeder = threading.Thread(target=lambda: path.write_text(json.dumps(PR), encoding="utf-8"))
        feeder.start()
        file = load_transcripts(path)
        feeder.join()
        assert [len(list(file)), len(list(file))] == [1, 1]

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("missing.jsonl", "missing.jsonl: no such file; wanted a file of transcripts, or '-' for standard input"),
            ("folder", "folder is a directory: name the transcript files in it, such as folder/*.jsonl"),
            ("folder/", "folder/ is a directory: name the transcript files in it, such as folder/*.jsonl"),
            ("", "'' is a directory: name the transcript files in it"),
            ("a\0b", "'a\\x00b' is not the name of a file"),
            ("a\x1bb", "'a\\x1bb': no such file"),
            ("file/below", "file/below: cannot be read: Not a directory; check the path and its permissions"),
            ([], "no transcripts: wanted at least one file"),
        ],
    )
    def test_what_cannot_be_opened_is_said_in_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str | list[str], said: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder").mkdir()
        write(tmp_path / "file", PR)
        with pytest.raises(UserError) as error:
            load_transcripts(source)
        assert str(error.value).startswith(said)

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
    def test_a_file_that_opens_and_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UserError, match="/proc/self/mem: cannot be read: Input/output error"):
            load_transcripts("/proc/self/mem")
        with Path("/proc/self/mem").open("rb") as stream:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
            with pytest.raises(UserError, match="standard input: cannot be read: Input/output error"):
                load_transcripts("-")

    def test_a_file_that_goes_away_between_two_readings(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t", PR)
        file = load_transcripts(path)
        path.unlink()
        for read in (list, lambda file: file.size):
            with pytest.raises(UserError, match="t: cannot be read: No such file or directory"):
                read(file)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MESSAGE = st.builds(
    Message,
    role=st.sampled_from(["system", "developer", "user", "assistant", "tool"]),
    content=st.text(),
    tool_calls=st.lists(st.dictionaries(st.text(), JSON, max_size=2), max_size=2).map(tuple),
)
TRANSCRIPT = st.builds(
    Transcript,
    id=st.text(min_size=1),
    question_id=st.text(min_size=1),
    label=st.text(),
    printed_id=st.none() | st.text(),
    title=st.none() | st.text(),
    messages=st.tuples(
        st.lists(MESSAGE, max_size=2), st.builds(Message, role=st.just("assistant"), content=st.text())
    ).map(lambda parts: (*parts[0], parts[1])),
    reference=st.none() | st.text(),
    context=st.none() | st.text(),
    metadata=st.dictionaries(st.text(), JSON, max_size=3),
    provenance=st.sampled_from(
        ["verbatim", "third_party_summary", "mixed", "contaminated", "not_generated", "unknown"]
    ),
    lines=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
)


class TestNativeRows:
    @settings(deadline=None)
    @given(st.lists(TRANSCRIPT, min_size=1, max_size=4, unique_by=lambda transcript: transcript.id))
    def test_what_is_written_is_read_back_equal(
        self, tmp_path_factory: pytest.TempPathFactory, transcripts: list[Transcript]
    ) -> None:
        path = tmp_path_factory.mktemp("native") / "t.jsonl"
        with path.open("wb") as stream:
            assert write_transcripts(transcripts, stream) == len(transcripts)
        found = load_transcripts(path)
        assert list(found) == transcripts
        assert found.warnings == []
        again = io.BytesIO()
        write_transcripts(found, again)
        assert again.getvalue() == path.read_bytes()

    def test_rows_have_the_fields_of_the_file_format_and_no_empty_optional_ones(self) -> None:
        out = io.BytesIO()
        write_transcripts([Transcript.from_text("P", "R", label="A", question_id="q")], out)
        # printf R | sha256sum
        wanted = {
            "id": "q/A",
            "question_id": "q",
            "label": "A",
            "messages": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "R"}],
            "metadata": {},
            "provenance": "unknown",
            "sha256": "8c2574892063f995fdf756bce07f46c1a5193e54cd52837ed91e32008ccf41ac",
        }
        assert json.loads(out.getvalue()) == wanted

    def test_metadata_that_json_cannot_hold_is_mended(self) -> None:
        out = io.BytesIO()
        write_transcripts(
            [Transcript.from_text("P", "R", metadata={"n": float("nan"), "big": 2**70, "s": "\ud800"})], out
        )
        assert json.loads(out.getvalue())["metadata"] == {"n": None, "big": str(2**70), "s": "\ufffd"}

    def test_no_other_format_is_written(self) -> None:
        with pytest.raises(UserError, match="transcripts are written as 'jsonl', not as 'csv'"):
            write_transcripts([], io.BytesIO(), format="csv")  # type: ignore[arg-type]


SEEDS = [
    b'{"prompt": "P", "response": "R"}\n{"messages": [{"role": "assistant", "content": [{"type": "text"}]}]}\n',
    b'[{"prompt": "P\\ud800", "response": "R", "n": NaN}, {"id": 1e999}]',
    b'{\n"question_id": "q", "messages": [{"role": "assistant", "content": ""}],\n"metadata": {"a": [[[]]]}}',
    b'prompt,response\n"P\n",R\n"a""b",c\n',
    b"# 2 questions\n## Question I1: T\nP\n**A Response:**\nR\n---\n## Question I2: T\n**A Response:**\n",
    b"PAR1 and nothing else PAR1",
]


@st.composite
def hostile_bytes(draw: st.DrawFn) -> bytes:
    """A small valid file with some bytes taken out, doubled, or put in; or any bytes."""
    data = draw(st.sampled_from(SEEDS) | st.binary(max_size=60))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        data = data[:start] + draw(st.binary(max_size=4) | st.just(data[start:end] * 2)) + data[end:]
    return data


@settings(deadline=None)
@given(hostile_bytes(), st.booleans(), st.sampled_from([{}, {"prompt": "a"}, {"messages": "m.0"}]))
@example(b"[" * 100_000, True, {})
@example(b'{"a":' * 100_000, False, {})
@example(b'{"prompt": "P", "response": "R", "a": ' + b"[" * 900 + b"]" * 900 + b"}", True, {})
@example(b'{"messages": ' + b"[" * 900 + b"]" * 900 + b"}", True, {})
@example(b'{"question_id": "q", "title": ' + b"[" * 900 + b"]" * 900 + b', "messages": []}', True, {})
@example(b"## Question I1: T\n" + b"**A Response:**\n" * 3, False, {})
@example(b'"' * 100_000, False, {"prompt": "a"})
def test_no_bytes_raise_anything_but_a_user_error_of_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, skip_bad: bool, mapping: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "t"
    path.write_bytes(data)
    try:
        found = list(load_transcripts(path, mapping=mapping, skip_bad=skip_bad))
    except UserError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error)
        assert len(str(error)) < 2000
    else:
        write_transcripts(found, io.BytesIO())


ROWS = 2400
RESPONSE = ("words and " * 50 + '"quotes"\n') * 10


def rows() -> Iterator[dict[str, str]]:
    for n in range(ROWS):
        yield {"prompt": f"Question {n // 3}?", "response": f"{n} {RESPONSE}", "label": f"m{n % 3}"}


def as_jsonl(path: Path) -> None:
    with path.open("wb") as out:
        out.writelines(orjson.dumps(row) + b"\n" for row in rows())


def as_json(path: Path) -> None:
    path.write_bytes(orjson.dumps(list(rows()), option=orjson.OPT_INDENT_2))


def as_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write("prompt,response,label\n")
        for row in rows():
            text = row["response"].replace('"', '""')
            out.write(f'{row["prompt"]},"{text}",{row["label"]}\n')


def as_markdown(path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for n, row in enumerate(rows()):
            if n % 3 == 0:
                out.write(f"## Question I{n // 3}: T\n\n{row['prompt']}\n\n")
            out.write(f"**{row['label']} Response:**\n{row['response']}\n")


def as_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(list(rows())), path, compression="none", use_dictionary=False)


@pytest.mark.parametrize("writer", [as_jsonl, as_json, as_csv, as_markdown, as_parquet])
@pytest.mark.slow
def test_a_large_file_is_read_in_little_memory(tmp_path: Path, writer: Any) -> None:
    path = tmp_path / "large"
    writer(path)
    file: TranscriptFile = load_transcripts(path)
    assert file.size > 10_000_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == ROWS
    # A row has 5 kB, a chunk of JSON 0.25 MB, a batch of Parquet 64 rows; the hashes of 2,400 ids have about 0.2 MB.
    assert peak < 2_000_000
