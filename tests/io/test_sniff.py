from __future__ import annotations

import gzip
import sys
import zipfile
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io import load_transcripts

ROW = b'{"prompt": "P", "response": "R"}'
MARKDOWN = b"## Question I1: T\nP\n**A Response:**\nx\n"


@pytest.mark.parametrize("name", ["t", "t.csv", "t.json", "t.md", "t.parquet", "t.txt"])
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (MARKDOWN, "markdown"),
        (b"text before\n\n" * 100 + MARKDOWN, "markdown"),
        (MARKDOWN.replace(b"\n", b"\r\n"), "markdown"),
        (ROW, "jsonl"),
        (ROW + b"\n\n" + ROW + b"\n", "jsonl"),
        (b"\xef\xbb\xbf\n  " + ROW, "jsonl"),
        (b'{"prompt": "' + b"long " * 20_000 + b'", "response": "R"}\n' + ROW, "jsonl"),
        (b"[" + ROW + b"]", "json"),
        (b"\n[\n" + ROW + b",\n" + ROW + b"]", "json"),
        (b'{\n "prompt": "P",\n "response": "R"\n}', "json"),
        (b'{"prompt": "P",\n "response": "R"}\n{"prompt": "Q",\n "response": "S"}', "json"),
        (b"prompt,response\nP,R\n", "csv"),
        (b"prompt\tresponse\nP\tR\n", "csv"),
        (b'"id";"prompt";"response"\n1;P;R\n', "csv"),
        (b"a|messages\n1|\n", "csv"),
    ],
)
def test_the_content_decides_and_the_suffix_does_not(tmp_path: Path, name: str, content: bytes, form: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert load_transcripts(path).format == form


def test_a_broken_first_line_does_not_hide_that_the_file_is_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t"
    for broken in (b'{"prompt": "P", "resp', b'{"prompt": }', b"{"):
        path.write_bytes(broken + b"\n" + ROW)
        file = load_transcripts(path, skip_bad=True)
        assert (file.format, len(list(file)), file.skipped) == ("jsonl", 1, 1)


def eval_log(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", "{}")


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")


WANTED = "wanted Markdown with '## Question X1: title' headings"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"is empty; {WANTED}"),
        (b" \n\t\r\n", "is empty; "),
        (b"\xef\xbb\xbf", "is empty; "),
        (gzip.compress(ROW, mtime=0), "is packed with gzip: unpack it first"),
        (b"\x28\xb5\x2f\xfd" + b"0" * 20, "is packed with zstd"),
        (ROW.decode().encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (ROW.decode().encode("utf-16-le"), "is binary, or UTF-16 without a mark"),
        (b"ELF\x01" + b"\0" * 100, "is binary"),
        (b"\x89PNG\r\n\x1a\n\0", "is binary"),
        (b"PK\x03\x04 and no more", "is a ZIP archive that cannot be read (File is not a zip file): is it cut off?"),
        (b"Dear all,\n\nhere are the answers.\n", "is not in a form that is read here (it begins 'Dear all, here are"),
        (b"## Question 1: no letter\n", "is not in a form that is read here"),
        (b"prompt\nP\n", "is not in a form that is read here"),
    ],
)
def test_what_is_not_read_is_said_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        load_transcripts(path)
    assert str(error.value).startswith(f"{path} {said}")
    assert "\n" not in str(error.value)


def test_archives_are_told_apart(tmp_path: Path) -> None:
    eval_log(tmp_path / "a.eval")
    other_zip(tmp_path / "b.zip")
    assert load_transcripts(tmp_path / "a.eval").format == "inspect"
    with pytest.raises(UserError, match="is a ZIP archive; wanted"):
        load_transcripts(tmp_path / "b.zip")


def test_the_suffix_decides_which_error_helps(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"question,answer\nP,R\n")
    with pytest.raises(UserError, match=r"line 1 \(the header\): no 'prompt'; there are question, answer"):
        list(load_transcripts(path))


TOY = """
from pathlib import Path

class Reader:
    def sniff(self, head: bytes, path: Path) -> bool:
        if head.startswith(b"FAIL SNIFF"):
            raise RuntimeError("no\\nsniffing")
        return head.startswith((b"TOY", b"{\\"toy"))

    def read(self, path: Path):
        for line in path.read_text().splitlines()[1:]:
            if line == "fail":
                raise KeyError("lost")
            if line == "user":
                from judgekit.errors import UserError
                raise UserError("line 3: mend it")
            messages = [{"role": "user", "content": "P"}, {"role": "assistant", "content": line}]
            yield {"question_id": line, "messages": messages}

reader = Reader()
"""


def install(folder: Path, name: str, entry: str, code: str) -> None:
    """A distribution as an installer lays it down."""
    (folder / f"{name}_module.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[judgekit.transcripts]\n{name} = {entry}\n", encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.mark.parametrize("entry", ["one_module:Reader", "one_module:reader"])
def test_a_plug_in_reads_what_it_claims_before_any_other(site: Path, tmp_path: Path, entry: str) -> None:
    install(site, "one", entry, TOY)
    path = tmp_path / "t"
    path.write_text('{"toy": 1}\nq1\nq2\n')
    file = load_transcripts(path, mapping={"prompt": "x"})
    assert [transcript.id for transcript in file] == ["q1", "q2"]
    assert file.format == "plug-in one"
    assert file.warnings == [f"{path}: --map has no use here: plug-in one names its fields itself"]
    path.write_bytes(ROW)
    assert load_transcripts(path).format == "jsonl"
    sys.modules.pop("one_module")


def test_a_plug_in_that_fails_is_named_with_its_distribution(site: Path, tmp_path: Path) -> None:
    install(site, "two", "two_module:Reader", TOY)
    path = tmp_path / "t"
    path.write_text("FAIL SNIFF")
    owner = r"the plug-in 'two' \(judgekit.transcripts\) of distribution 'two-dist'"
    with pytest.raises(UserError, match=f"{owner} fails on it: RuntimeError: no sniffing; update or uninstall it"):
        load_transcripts(path)
    path.write_text("TOY\nq1\nfail\n")
    file = iter(load_transcripts(path))
    assert next(file).id == "q1"
    with pytest.raises(UserError, match=f"{owner} fails on it: KeyError: 'lost'"):
        next(file)
    path.write_text("TOY\nq1\nuser\n")
    with pytest.raises(UserError, match=r"\Aline 3: mend it\Z"):  # an error that the plug-in means for the user
        list(load_transcripts(path))
    install(site, "three", "three_module:Reader", "import nothing_of_that_name")
    with pytest.raises(UserError, match="of distribution 'three-dist' does not load: ModuleNotFoundError"):
        load_transcripts(path)


def test_a_row_of_a_plug_in_is_checked_like_any_other(site: Path, tmp_path: Path) -> None:
    install(site, "four", "four_module:Reader", TOY.replace('"assistant"', '"robot"'))
    path = tmp_path / "t"
    path.write_text("TOY\nq1\n")
    with pytest.raises(UserError, match=r"row 1: messages\.1\.role: Input should be .*\(came: 'robot'\)"):
        list(load_transcripts(path))
