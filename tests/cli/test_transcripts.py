from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

import judgekit
from judgekit.cli.main import app

DATA = Path(judgekit.__file__).parent / "cli" / "demo_data"
MARKDOWN, QUESTIONS = str(DATA / "transcripts.md"), str(DATA / "questions.yaml")
PR = {"prompt": "P", "response": "R s t"}


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["transcripts", *map(str, arguments)], input=stdin)


def write(path: Path, *rows: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_table_fits_80_columns_and_ends_with_the_counts() -> None:
    done = run(MARKDOWN)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 92  # a head, 90 transcripts, the counts
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["id", "words", "provenance", "lines"]
    # sed -n '1795,1798p' of the file: the response of Model3 that was not generated begins on line 1793
    assert [line.split()[2:] for line in lines if line.startswith("q23-p8-just-code-request/Model3")] == [
        ["contaminated", "1793-1829"]
    ]
    assert lines[-1] == "30 questions, 90 transcripts"
    assert done.stderr == f"warning: {MARKDOWN}: the header speaks of 25 questions, 30 were found: all are read\n"


def test_with_questions_it_says_how_many_are_known_and_stops_where_a_prompt_drifted(tmp_path: Path) -> None:
    done = run(MARKDOWN, "--questions", QUESTIONS)
    assert done.exit_code == 0
    assert done.stdout.endswith(f"30 questions, 90 transcripts, 30 of the questions in {QUESTIONS}\n")
    drifted = tmp_path / "t.md"
    drifted.write_text(
        Path(MARKDOWN).read_text(encoding="utf-8").replace("returns the wrong value", "fails"), encoding="utf-8"
    )
    done = run(drifted, "--questions", QUESTIONS)
    assert done.exit_code == 2
    assert "q01-i1-bug-detection" in done.stderr


def test_jsonl_prints_rows_that_are_read_back(tmp_path: Path) -> None:
    first = run(MARKDOWN, "--format", "jsonl")
    assert first.exit_code == 0
    rows = [json.loads(line) for line in first.stdout.splitlines()]
    assert len(rows) == 90
    assert first.stderr.endswith("30 questions, 90 transcripts\n")
    second = run("-", "--format", "jsonl", stdin=first.stdout.encode())
    assert second.stdout == first.stdout
    assert second.stderr == "30 questions, 90 transcripts\n"


def test_json_holds_the_table_and_the_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "t", PR, {**PR, "label": "A"}, {"broken": True})
    done = run(path, "--skip-bad", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    rows = found.pop("rows")
    assert found == {
        "format": "jsonl",
        "questions": 1,
        "questions_known": None,
        "transcripts": 2,
        "skipped": 1,
        "labels": {"": 1, "A": 1},
        "provenance": {"unknown": 2},
        "warnings": [
            f"{path}, line 3: no 'prompt'; there are broken; name yours with --map prompt=COLUMN; left out",
        ],
    }
    assert [(row["label"], row["messages"], row["words"], row["lines"]) for row in rows] == [
        ("", 2, 3, None),
        ("A", 2, 3, None),
    ]
    assert json.loads(run(MARKDOWN, "--questions", QUESTIONS, "--json").stdout)["questions_known"] == 30


def test_mapping_limit_and_bad_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "t", *[{"q": "P", "a": {"text": "R"}, "m": n} for n in range(5)], {"q": "P"})
    mapping = ("--map", "prompt=q, response=a.text", "--map", "label=m")
    assert run(path, *mapping, "--limit", 2).stdout.splitlines()[-1] == "1 question, 2 transcripts"
    done = run(path, *mapping)
    assert (done.exit_code, len(done.stdout.splitlines())) == (2, 6)
    assert done.stderr.startswith(f"judgekit: {path}, line 6: no 'a.text' (for response); there are q; name yours")
    done = run(path, *mapping, "--skip-bad")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "1 question, 5 transcripts, 1 bad row left out")


def test_ids_that_are_long_wide_or_hostile_stay_whole_and_harmless(tmp_path: Path) -> None:
    ids = ["x" * 100, "問" * 15, "\x1b[31mred\nline"]
    done = run(write(tmp_path / "t", *[{**PR, "id": identity} for identity in ids]))
    lines = done.stdout.splitlines()
    assert lines[1] == "x" * 100
    assert lines[2].split() == ["3", "unknown", "2", "messages"]
    assert cell_len(lines[3].partition("  unknown")[0]) == lines[0].index("  provenance")
    assert "\x1b" not in done.stdout
    assert lines[4].startswith("⟨U+001B⟩[31mred line ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing"], "missing: no such file"),
        (["t", "--format", "xml"], "--format 'xml' is not known: choose table or jsonl"),
        (["t", "--json", "--format", "jsonl"], "choose one"),
        (["t", "--map", "prompt"], "--map: wanted field=column, such as prompt=question; came 'prompt'"),
        (["t", "--map", "prompt=a,prompt=b"], "--map: prompt is named twice, as 'a' and 'b'; keep one"),
        (["t", "--map", "quest=a"], "--map: 'quest' is not a field of a transcript"),
        (["t", "--questions", "missing.yaml"], "missing.yaml"),
        (["t", "--limit", "0"], "--limit"),
        ([], "SOURCE"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "t", PR)
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_nothing_read_is_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text("[]", encoding="utf-8")
    done = run(path)
    assert (done.exit_code, done.stdout) == (1, "0 questions, 0 transcripts\n")
    assert done.stderr == f"warning: {path}: there is no transcript in it\n"
