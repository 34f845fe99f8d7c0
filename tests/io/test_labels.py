"""Labels from files, as people write them and as nobody should, and to files that read back exactly."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import zipfile
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io.cells import cell_value, value_cell
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels, write_labels
from judgekit.label import Label

ONE_COMMA = "with one comma between them in this JSON array"
HEADER = "transcript_id,rubric,criterion,annotator,value"


def load(folder: Path, text: str | bytes, mapping: dict[str, str] | None = None) -> LabelSet:
    path = folder / "l.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_labels(path, mapping=mapping)


def said(folder: Path, text: str | bytes, mapping: dict[str, str] | None = None) -> str:
    """The one line of the error, without the folder."""
    with pytest.raises(UserError) as error:
        load(folder, text, mapping)
    message = str(error.value)
    assert "\n" not in message
    return message.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{HEADER}\nq/A,r,,anna,3\n", ("q/A", "r", "", "anna", 3.0)),
        (f"\ufeff{HEADER}\r\nq/A,r,,anna,3\r\n", ("q/A", "r", "", "anna", 3.0)),
        (f"{HEADER}\n,,,,\n q/A , r, c ,anna , 3 \n\n", ("q/A", "r", "c", "anna", 3.0)),
        (f"{HEADER}\nq/A,r,c,anna,yes\n", ("q/A", "r", "c", "anna", "yes")),
        (f"{HEADER}\nq/A,r,c,anna, Yes \n", ("q/A", "r", "c", "anna", " Yes ")),
        (f"{HEADER}\nq/A,r,c,anna,'3\n", ("q/A", "r", "c", "anna", "3")),
        (f"{HEADER}\nq/A,r,c,'=anna,'+x\n", ("q/A", "r", "c", "=anna", "+x")),
        (f"{HEADER}\nq/A,r,c,=cmd|' /C calc'!A0,nan\n", ("q/A", "r", "c", "=cmd|' /C calc'!A0", "nan")),
        (f'{HEADER}\nq/A,r,c,anna,"3,5"\n', ("q/A", "r", "c", "anna", "3,5")),
        ("transcript_id;annotator;value\nq/A;anna;3,5\n", ("q/A", "", "", "anna", 3.5)),
        ("transcript_id;annotator;value\nq/A;anna;1.000,5\n", ("q/A", "", "", "anna", "1.000,5")),
        ("value\tannotator\ttranscript_id\n-1e2\t007\tq,1;2\n", ("q,1;2", "", "", "007", -100.0)),
        ('[\n{"transcript_id": "q", "annotator": 7, "value": true}\n]', ("q", "", "", "7", "true")),
        ('{"transcript_id": 12.0, "annotator": "a", "value": "3", "rubric": null}', ("12", "", "", "a", "3")),
        ('{"transcript_id": "q", "annotator": "a", "value": 0.5, "criterion": " c "}\n', ("q", "", "c", "a", 0.5)),
    ],
)
def test_a_label(tmp_path: Path, text: str, wanted: tuple[Any, ...]) -> None:
    labels = load(tmp_path, text)
    assert [(one.transcript_id, one.rubric, one.criterion, one.annotator, one.value) for one in labels] == [wanted]
    assert len(labels) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "l.csv is empty; wanted labels as CSV with a header, or as JSON Lines"),
        ("\ufeff \n", "l.csv is empty; wanted labels as CSV with a header, or as JSON Lines"),
        (
            "id,rater,score\n1,a,2\n",
            "l.csv, line 1 (the header): no 'transcript_id'; there are id, rater, score; "
            "name yours with --map transcript_id=COLUMN",
        ),
        (
            "transcript_id,anna,ben\n1,2,3\n",
            "l.csv, line 1 (the header): no 'annotator'; there are transcript_id, anna, ben; name yours with "
            "--map annotator=COLUMN; with one column an annotator, --map annotators=PATTERN, such as rater_*",
        ),
        (
            "transcript_id,annotator\n1,2\n",
            "l.csv, line 1 (the header): no 'value'; there are transcript_id, annotator; name yours with --map "
            "value=COLUMN; with one column an annotator, --map annotators=PATTERN, such as rater_*",
        ),
        (
            "rater 1,rater 2\n1,2\n",
            "l.csv, line 1 (the header): no 'transcript_id'; there are rater 1, rater 2; name yours with --map "
            "transcript_id=COLUMN",
        ),
        (f"{HEADER},value\n", "l.csv, line 1 (the header): column 'value' stands twice; rename one"),
        (
            f'{HEADER},"x',
            "l.csv, line 1 (the header): a quoted value is not closed before the file ends",
        ),
        (f"{HEADER}\rq,r,,a,1\r", "l.csv: its lines end with a carriage return alone; save it with newlines"),
        (f"{HEADER}\nq,r,,anna\n", "l.csv, line 2: wanted 5 values as in the header, came 4"),
        (f"{HEADER}\nq,r,,anna,3,5\n", "l.csv, line 2: wanted 5 values as in the header, came 6"),
        (f'{HEADER}\nq,r,,anna,"3\n', "l.csv, line 2: a quoted value is not closed before the file ends"),
        (
            f"{HEADER}\nq,r,,anna,3\n ,r,,anna,3\n",
            "l.csv, line 3: transcript_id is empty; wanted a transcript's id, as `judgekit transcripts` prints it",
        ),
        (f"{HEADER}\nq,r,,,3\n", "l.csv, line 2: annotator is empty; wanted a name or a number for who labelled"),
        (f"{HEADER}\nq,r,,a,1e999\n", "l.csv, line 2: value is infinite; wanted a number or text"),
        (
            f"{HEADER},created\nq,r,,a,1,31/1/2026\n",
            "l.csv, line 2: created: wanted a date such as 2026-01-31T09:30:00Z, came '31/1/2026'; mend it, or rename "
            "the column",
        ),
        (
            f"{HEADER},created\nq,r,,a,1,{'x' * 999}\n",
            "l.csv, line 2: created: wanted a date such as 2026-01-31T09:30:00Z, came "
            f"'{'x' * 38}…; mend it, or rename the column",
        ),
        (
            b"transcript_id,annotator,value\ncaf\xe9,a,1\n",
            "l.csv, line 2: not UTF-8: byte 0xe9 at place 4; save the file as UTF-8",
        ),
        (HEADER.encode("utf-16"), "l.csv is UTF-16; save it as UTF-8"),
        (
            HEADER.encode("utf-16-le"),
            "l.csv is binary, or UTF-16 without a mark; wanted labels as CSV with a header, or as JSON Lines",
        ),
        (b"\x1f\x8b123", "l.csv is packed with gzip: unpack it first, or pipe it in as '-'"),
        (b"PAR1123", "l.csv is Parquet; wanted labels as CSV with a header, or as JSON Lines"),
        ('{"transcript_id": "q"', "l.csv, line 1: not JSON: Expecting ',' delimiter at column 22"),
        ("[1]", f"l.csv, line 1: wanted objects {ONE_COMMA}; came '1'; mend it: what follows cannot be told apart"),
        (
            '{"transcript_id": "q", "annotator": "a", "value": 1}\n3',
            "l.csv, line 2: wanted an object with a label, came a number",
        ),
        (
            '{"transcript_id": "q", "rater": "a", "value": 1}',
            "l.csv, line 1: no 'annotator'; there are transcript_id, rater, value; name yours with "
            "--map annotator=COLUMN",
        ),
        (
            '{"transcript_id": "q", "annotator": "a", "value": [1]}',
            "l.csv, line 1: value: wanted a number or text, came a list",
        ),
        (
            '{"transcript_id": ["q"], "annotator": "a", "value": 1}',
            "l.csv, line 1: transcript_id: wanted text or a whole number, came a list",
        ),
        (
            '{"transcript_id": 1.5, "annotator": "a", "value": 1}',
            "l.csv, line 1: transcript_id: wanted text or a whole number, came a number",
        ),
        (
            '{"transcript_id": "q", "annotator": "a", "value": 1' + "0" * 400 + "}",
            "l.csv, line 1: value is too large a number",
        ),
        (
            '{"transcript_id": "q", "annotator": "a", "value": 1, "created": 5}',
            "l.csv, line 1: created: wanted a date such as 2026-01-31T09:30:00Z, came 5; mend it, or rename the column",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert said(tmp_path, text) == message


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            {"rater": "x"},
            "--map: 'rater' is not a field of a label; fields are transcript_id, rubric, criterion, annotator, value, "
            "comment, created, guideline, annotators",
        ),
        ({"value": ""}, "--map: wanted the name of a column for 'value', came ''"),
        (
            {"rubric": "nothing"},
            "l.csv, line 1 (the header): no 'nothing' (for rubric); there are transcript_id, rubric, criterion, "
            "annotator, value; name yours with --map rubric=COLUMN",
        ),
        (
            {"annotators": "zz*"},
            "l.csv, line 1 (the header): no 'zz*' (for annotators); there are transcript_id, rubric, criterion, "
            "annotator, value; name yours with --map annotators=COLUMN",
        ),
        (
            {"annotators": "*", "value": "value"},
            "--map: annotators and value are both named; a row has one label, or one an annotator",
        ),
    ],
)
def test_a_mapping_that_does_not_fit(tmp_path: Path, mapping: dict[str, str], message: str) -> None:
    assert said(tmp_path, f"{HEADER}\nq,r,,a,1\n", mapping) == message


def test_a_mapping_of_json(tmp_path: Path) -> None:
    row = '{"data": {"item": "q/A"}, "who": "anna", "score": 2, "extra": 1}'
    labels = load(tmp_path, row, {"transcript_id": "data.item", "annotator": "who", "value": "score"})
    assert [(one.transcript_id, one.annotator, one.value) for one in labels] == [("q/A", "anna", 2.0)]
    assert (labels.form, labels.ignored) == ("jsonl", ("extra",))
    wanted = "l.csv, line 1: no 'nothing' (for comment); there are transcript_id, annotator, value; name yours with"
    given = '{"transcript_id": "q", "annotator": "a", "value": 1}'
    assert said(tmp_path, given, {"comment": "nothing"}).startswith(wanted)
    assert said(tmp_path, given, {"annotators": "x*"}).startswith("--map: annotators is for tables, and l.csv is JSON")


def test_a_workbook_and_what_is_no_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "l.csv", "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    assert said(tmp_path, (tmp_path / "l.csv").read_bytes()) == (
        "l.csv is a workbook of a spreadsheet, or another ZIP archive; save the sheet as CSV UTF-8"
    )
    with pytest.raises(UserError, match=r"no such file; wanted a file of labels, or '-' for standard input"):
        load_labels(tmp_path / "none.csv")
    with pytest.raises(UserError, match=r"is a directory: name the label files in it, such as .*/\*\.jsonl"):
        load_labels(tmp_path)


def test_rows_without_a_value_are_counted(tmp_path: Path) -> None:
    labels = load(tmp_path, f"{HEADER}\nq,r,,a,\nq,r,,b, \nq,r,,c,1\n")
    assert ([one.annotator for one in labels], dict(labels.skipped)) == (["c"], {"no value": 2})
    rows = "".join(f'{{"transcript_id": "q", "annotator": "a", "value": {value}}}\n' for value in ("null", "NaN"))
    assert dict(load(tmp_path, rows).skipped) == {"no value": 2}
    assert len(load(tmp_path, f"{HEADER}\n")) == 0
    assert len(load(tmp_path, "[]")) == 0


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("transcript_id,annotator_1,annotator_2", ["annotator_1", "annotator_2"]),
        ("transcript_id,Rater 1,rater 2,rater2", ["rater 2", "rater2"]),
        ("transcript_id,annotator:anna,labeller:ben b", ["anna", "ben b"]),
        ("annotation1,transcript_id,annotation_time", ["annotation1"]),
    ],
)
def test_columns_that_are_annotators(tmp_path: Path, header: str, names: list[str]) -> None:
    labels = load(tmp_path, f"{header}\n{','.join(['5'] * len(header.split(',')))}\n")
    assert labels.form == "wide csv"
    assert [(one.annotator, one.value) for one in labels] == [(name, 5.0) for name in names]


def test_a_table_with_a_column_an_annotator(tmp_path: Path) -> None:
    text = "item,rubric,note,anna,ben\nq1,r,x,1,\nq2,r,,no,yes\n"
    labels = load(tmp_path, text, {"transcript_id": "item", "comment": "note", "annotators": "*"})
    assert [(one.transcript_id, one.annotator, one.value, one.comment) for one in labels] == [
        ("q1", "anna", 1.0, "x"),
        ("q2", "anna", "no", None),
        ("q2", "ben", "yes", None),
    ]
    assert dict(labels.skipped) == {"no value": 1}


def test_what_a_set_says(tmp_path: Path) -> None:
    rows = ["q1,r,,anna,1,x", "q1,r,c,script:words,pass,x", "q2,s,,author:jk,2,x", "q2,s,,anna,3,x"]
    labels = load(tmp_path, f"{HEADER},extra\n" + "\n".join(rows))
    assert labels.annotators == ("anna", "author:jk", "script:words")
    assert dict(labels.tasks) == {("r", ""): 1, ("r", "c"): 1, ("s", ""): 2}
    assert dict(labels.kinds) == {"human": 2, "author": 1, "script": 1}
    assert labels.ignored == ("extra",)
    assert repr(labels).startswith("LabelSet(4 labels of 2 transcripts by 3 annotators, csv ")
    assert repr(LabelSet.of([])) == "LabelSet(0 labels of 0 transcripts by 0 annotators)"
    assert (dict(LabelSet.of([]).tasks), LabelSet.of([]).kinds) == ({}, {})


def test_the_fingerprint_is_that_of_the_labels(tmp_path: Path) -> None:
    rows = [f"q{i % 7},r,{'c' * (i % 2)},a{i % 3},{i % 4 if i % 5 else 'yes'}" for i in range(40)]
    labels = load(tmp_path, "\n".join([HEADER, *rows]))
    random.Random(1).shuffle(rows)
    shuffled = load(tmp_path, "\n".join([HEADER.replace(",", ";"), *(row.replace(",", ";") for row in rows)]))
    assert shuffled.fingerprint == labels.fingerprint
    assert LabelSet.of(labels).fingerprint == labels.fingerprint
    for changed in (rows[1:], [*rows, rows[0]], [rows[0].replace("a", "b"), *rows[1:]]):
        assert load(tmp_path, "\n".join([HEADER, *changed])).fingerprint != labels.fingerprint


def test_a_label_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^label 2: annotator is empty"):
        LabelSet.of([label("q", "a", 1.0), label("q", " ", 1.0)])
    with pytest.raises(UserError, match=r"^label 1: value is infinite"):
        LabelSet.of([label("q", "a", float("inf"))])
    assert dict(LabelSet.of([label("q", "a", float("nan"))]).skipped) == {"no value": 1}
    with pytest.raises(UserError, match="labels are written as 'jsonl' or 'csv', not as 'xlsx'"):
        write_labels([], io.BytesIO(), format="xlsx")  # type: ignore[arg-type]


def test_huge_cells_and_half_characters(tmp_path: Path) -> None:
    long = "9" * 1_000_000
    labels = load(tmp_path, f"{HEADER}\nq,r,,a,{long}\nq,r,,b,1\n")
    assert [one.value for one in labels] == [long, 1.0]
    rows = '{"transcript_id": "\\ud800", "annotator": "\\udc00", "value": "\\ud83d"}'
    (one,) = load(tmp_path, rows)
    assert (one.transcript_id, one.annotator, one.value) == ("\ufffd", "\ufffd", "\ufffd")


def label(transcript: str, annotator: str, value: float | str, **more: Any) -> Label:
    return Label(transcript_id=transcript, rubric="r", annotator=annotator, value=value, **more)


texts = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text.strip() != "")
names = texts.map(str.strip)
hostile = st.sampled_from(
    ["3", "'3", "=1+1", "'=1", "-1", " 3 ", "' 3", "''", "+", '"', 'a"b', "a\r\nb", "\r", ",", ";", "nan"]
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5).map(float)
dates = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))]))
made = st.builds(
    Label,
    transcript_id=names | hostile.map(str.strip).filter(bool),
    rubric=st.just("") | names,
    criterion=st.just("") | names,
    annotator=names,
    value=numbers | texts | hostile.filter(lambda text: text.strip() != ""),
    comment=st.none() | texts | hostile,
    created=st.none() | dates,
    guideline=st.none() | texts,
)


@given(labels=st.lists(made, max_size=4), form=st.sampled_from(["jsonl", "csv"]))
def test_what_is_written_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, labels: list[Label], form: Literal["jsonl", "csv"]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round"
    with path.open("wb") as out:
        assert write_labels(labels, out, format=form) == len(labels)
    if labels or form == "csv":
        found = load_labels(path)
        assert list(found) == labels
        assert found.fingerprint == LabelSet.of(labels).fingerprint


@given(numbers | texts | hostile)
def test_a_cell_reads_back(value: float | str) -> None:
    found = cell_value(value_cell(value))
    assert found == value
    assert type(found) is type(value)


def test_standard_input() -> None:
    script = "from judgekit.io.labels import load_labels; print([x.value for x in load_labels('-')])"
    text = "transcript_id,annotator,value\nq,a,3\n"
    done = subprocess.run([sys.executable, "-c", script], input=text, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[3.0]\n", "")


@pytest.mark.parametrize("wrong", [("a", 1), {"transcript_id": "a"}, None])
def test_what_is_no_label_is_said_with_its_number(wrong: Any) -> None:
    one = Label(transcript_id="a", rubric="r", annotator="anna", value=1)
    with pytest.raises(UserError, match=r"label 2: a Label was wanted; came \w+: Label\("):
        LabelSet.of([one, wrong])
