from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_transcripts
from judgekit.io.csv_text import records


def load(
    tmp_path: Path, text: str | bytes, *, skip_bad: bool = False, mapping: dict[str, str] | None = None
) -> TranscriptFile:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_transcripts(path, skip_bad=skip_bad, mapping=mapping)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("prompt,response\nP,R\n", [("P", "R")]),
        ("prompt,response\r\nP,R\r\n\r\nQ,S", [("P", "R"), ("Q", "S")]),
        ("\ufeffprompt,response\nP,R", [("P", "R")]),
        ("prompt;response\nP;a, b, c", [("P", "a, b, c")]),
        ("prompt\tresponse\nP\ta; b", [("P", "a; b")]),
        ("prompt|response\nP|", [("P", "")]),
        (' prompt , response\n P ,"R ""x""\n\ny"\n', [(" P ", 'R "x"\n\ny')]),
        ('"prompt","response"\nP,5" pipe\n', [("P", '5" pipe')]),
        ('prompt,response,"a\nb, c;d;e;f"\nP,R,x\n', [("P", "R")]),
        ('prompt,response\n"a,b;c\td","""\n', None),
        ('prompt,response\n"P","R"x\n', None),
        ("prompt,response\nP,R,S\n", None),
        ("prompt,response\nP\n", None),
    ],
)
def test_records(tmp_path: Path, text: str, wanted: list[tuple[str, str]] | None) -> None:
    file = load(tmp_path, text)
    assert file.format == "csv"
    if wanted is None:
        with pytest.raises(UserError, match="line 2: "):
            list(file)
    else:
        assert [(transcript.prompt, transcript.response) for transcript in file] == wanted


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('a,"b', "line 3: a quoted value is not closed before the file ends"),
        ('a,"b"c', "line 3: text follows a closing quote (a quote inside a quoted value is doubled)"),
        ("a", "line 3: wanted 3 values as in the header, came 1"),
        ("a,b,c,d", "line 3: wanted 3 values as in the header, came 4"),
        (b'a,"x\ncaf\xe9",c', "line 3: not UTF-8: byte 0xe9 at place 4; save the file as UTF-8"),
        ("P,R,a: b", "line 3: not JSON: Expecting value at column 1"),
    ],
)
def test_a_broken_record_is_named_or_left_out(tmp_path: Path, record: str | bytes, said: str) -> None:
    raw = record if isinstance(record, bytes) else record.encode()
    mapping = {"messages": "chat"} if raw.startswith(b"P") else None
    good = b"P,R,[]" if mapping is None else b'P,R,"[{""role"":""assistant"",""content"":""R""}]"'
    text = b"prompt,response,chat\n" + good + b"\n" + raw
    file = load(tmp_path, text, mapping=mapping)
    with pytest.raises(UserError) as error:
        list(file)
    assert said in str(error.value)
    file = load(tmp_path, text, mapping=mapping, skip_bad=True)
    assert ([transcript.response for transcript in file], file.skipped) == (["R"], 1)


@pytest.mark.parametrize(
    ("text", "mapping", "said"),
    [
        ("question,answer\nP,R\n", {}, "no 'prompt'; there are question, answer; name yours with --map prompt=COLUMN"),
        ("prompt,answer\nP,R\n", {}, "no 'response'; there are prompt, answer; name yours with --map response=COLUMN"),
        ("prompt,response\nP,R\n", {"label": "model"}, "no 'model' (for label); there are prompt, response"),
        ("a,b\nP,R\n", {"prompt": "a", "response": "c"}, "no 'c' (for response); there are a, b"),
        ("messages,b\nP,R\n", {"prompt": "b"}, "no 'response'; there are messages, b"),
        ("prompt,response,response\nP,R,S\n", {}, "column 'response' stands twice; rename one"),
        ('prompt,"response\n', {}, "a quoted value is not closed before the file ends"),
    ],
)
def test_the_header_is_checked_before_any_row(tmp_path: Path, text: str, mapping: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as error:
        list(load(tmp_path, text, mapping=mapping, skip_bad=True))
    assert f"line 1 (the header): {said}" in str(error.value)


def test_old_line_ends_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="its lines end with a carriage return alone; save it with newlines"):
        list(load(tmp_path, "prompt,response\rP,R\r"))


def test_only_a_header_is_said(tmp_path: Path) -> None:
    file = load(tmp_path, "prompt,response\n")
    assert (list(file), file.warnings) == ([], [f"{file.sources[0]}: there is no transcript in it"])


def test_the_delimiter_is_the_one_under_which_the_mapped_columns_are_there(tmp_path: Path) -> None:
    # By commas there are four columns, by semicolons three: the mapping decides.
    text = "the question, in full;answer, if any;a, b\nP;R;x\n"
    file = load(tmp_path, text, mapping={"prompt": "the question, in full", "response": "answer, if any"})
    (transcript,) = file
    assert (transcript.prompt, transcript.response, transcript.metadata) == ("P", "R", {"a, b": "x"})


def test_other_columns_are_metadata_and_a_column_without_a_name_gets_its_number(tmp_path: Path) -> None:
    (transcript,) = load(tmp_path, ",prompt,response,model\n0,P,R,m\n")
    assert transcript.metadata == {"column 1": "0", "model": "m"}


def test_a_field_may_be_longer_than_the_csv_module_allows(tmp_path: Path) -> None:
    long = "a" * 1_000_000
    (transcript,) = load(tmp_path, f'prompt,response\nP,"{long}\n{long}"\n')
    assert len(transcript.response) == 2_000_001


FIELD = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(alphabet='",;\n\r\t|a ', max_size=12)


@settings(deadline=None)
@given(
    st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_the_csv_module_writes_is_read_as_it_was(
    rows: list[tuple[str, str, str]], delimiter: str, line_end: str, quoting: int
) -> None:
    if (quoting, line_end) == (csv.QUOTE_MINIMAL, "\n"):
        # The module before Python 3.13 does not quote a carriage return there, and so writes what looks like "\r\n".
        rows = [(a.replace("\r", ""), b.replace("\r", ""), c.replace("\r", "")) for a, b, c in rows]
    out = io.StringIO(newline="")
    # quoting has to be one of the module's constants, which typeshed knows as literals
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(rows)
    found = list(records(io.BytesIO(out.getvalue().encode()), delimiter))
    # A byte order mark at the very start of a file is no text.
    wanted = [list(row) for row in rows]
    if quoting == csv.QUOTE_MINIMAL and wanted[0][0].startswith("\ufeff"):
        wanted[0][0] = wanted[0][0][1:]
    assert [(record.fields, record.problem) for record in found] == [(row, "") for row in wanted]


@settings(deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=4))
def test_prompts_and_responses_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("prompt", "response"), *rows])
    found = load(tmp_path_factory.mktemp("csv"), out.getvalue())
    assert [(transcript.prompt, transcript.response) for transcript in found] == rows
