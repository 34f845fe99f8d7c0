"""`judgekit compare`: two runs in 80 columns or as JSON; errors in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from judgekit.running.run import Run
from tests.cli.running import invoke
from tests.reporting.made import HOSTILE
from tests.reporting.stored import stored
from tests.running.test_compare import A, B, on, runs


def labels(folder: Path, rubric: str = "sycophancy") -> Path:
    path = folder / "labels.csv"
    rows = [f"{name},{rubric},anna,{level or 3}" for name, level in A.items()]
    path.write_text("\n".join(["transcript_id,rubric,annotator,value", *rows]) + "\n", encoding="utf-8")
    return path


def two(folder: Path) -> tuple[Run, Run]:
    return runs(folder, A, B)


def test_the_tables_are_plain_and_80_columns_wide(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    result = invoke("compare", a.path, b.path, "--labels", labels(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    shown = " ".join(result.stdout.split())
    for said in (
        "7 verdicts on the same transcripts and rubrics in both.",
        "only in A, left out: sycophancy 1",
        "what differs: the judge or its parameters: 7 verdicts, 3 changed",
        "2 scores rose and 1 fell of 5; 1 now pass and 0 no longer",
        "sycophancy: 2 of 7 not scored in both (A failed: timeout 1, B failed: timeout 1)",
        "q1/A under sycophancy: 1 → 2",
        "Judge A meets more of the labels" if "Judge A" in shown else "The labels do not tell which judge is better",
        "Gwet's AC1: B - A",
    ):
        assert said in shown


def test_several_rows_say_how_their_p_values_are_corrected(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    assert "Holm's: the chance of any false alarm" in " ".join(invoke("compare", a.path, b.path).stdout.split())
    by_share = invoke("compare", a.path, b.path, "--adjust", "bh").stdout
    assert "Benjamini and Hochberg's" in " ".join(by_share.split())


def test_json_has_everything(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    found = json.loads(
        invoke("compare", a.path, b.path, "--labels", labels(tmp_path), "--json", "--examples", "1").stdout
    )
    assert found["rubric_rows"][0]["difference"]["value"] == pytest.approx(0.1)
    assert len(found["examples"]) == 1
    assert found["better"][0]["accuracy"]["n"] == 5


def test_a_rubric_without_labels_is_said(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    result = invoke("compare", a.path, b.path, "--labels", labels(tmp_path, "tone"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none of the labels has the rubric 'sycophancy'" in result.stderr


def test_foreign_text_cannot_steer_a_terminal(tmp_path: Path) -> None:
    name = f"q1/{HOSTILE['ansi']}"
    a = stored(tmp_path / "a.db", [on(name, 3)])
    b = stored(tmp_path / "b.db", [on(name, 4, judge="x/new")])
    assert "\x1b" not in invoke("compare", a.path, b.path).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--adjust", "none"], "--adjust 'none' is not known: choose holm or bh"),
        (["--rubric", "tone"], "--rubric and --map say how to read labels: give them with --labels FILE"),
        (["--labels", "no.csv"], "no.csv"),
        (["--level", "2"], "level"),
        (["--report", "-"], "--report -: standard output holds the tables"),
        (["--report", "no/c.html"], "the folder 'no' does not exist"),
        (["--transcripts", "t.jsonl"], "give them with --report FILE.html"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    a, b = two(tmp_path)
    result = invoke("compare", a.path, b.path, *arguments)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert message in result.stderr


def test_long_names_are_whole_and_labels_are_in_order(tmp_path: Path) -> None:
    names = ["Model10", "Model2", "模型一号测试版本" * 6, "a-very-long-name-of-a-model-" * 2]
    a, b = runs(tmp_path, {f"q1/{name}": 3 for name in names}, {f"q1/{name}": 4 for name in names})
    shown = invoke("compare", a.path, b.path, "--examples", "0").stdout
    assert all(cell_len(line) <= 80 for line in shown.splitlines())
    assert all(name in "".join(line.strip() for line in shown.splitlines()) for name in names)
    assert shown.index("Model2") < shown.index("Model10")


def test_another_status_is_counted(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    shown = " ".join(invoke("compare", a.path, b.path).stdout.split())
    assert "with another status: failed → scored 1, scored → failed 1" in shown
    assert json.loads(invoke("compare", a.path, b.path, "--json").stdout)["turned"] == {
        "failed → scored": 1,
        "scored → failed": 1,
    }


def test_the_page_is_written_beside_the_tables(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    rows = tmp_path / "t.jsonl"
    rows.write_text('{"question_id": "q1", "label": "A", "prompt": "Hi?", "response": "Hello."}\n', encoding="utf-8")
    result = invoke("compare", a.path, b.path, "--report", tmp_path / "c.html", "--transcripts", rows, "--json")
    assert (result.exit_code, json.loads(result.stdout)["level"]) == (0, 0.95)
    assert "Hello." in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_the_page_reads_columns_as_they_were_scored(tmp_path: Path) -> None:
    rows, target = tmp_path / "t.csv", tmp_path / "c.html"
    rows.write_text("item,asked,said,model\nq1,Hi?,Hello to you.,A\n", encoding="utf-8")
    columns = {"question_id": "item", "prompt": "asked", "response": "said", "label": "model"}
    for name, level in (("a.db", 1), ("b.db", 2)):
        stored(tmp_path / name, [on("q1/A", level, judge=name)], judge=name, sources={str(rows): columns})
    for named in ((), ("--transcripts", rows)):
        done = invoke("compare", tmp_path / "a.db", tmp_path / "b.db", "--report", target, *named)
        assert (done.exit_code, done.stderr) == (0, f"report: {target}\n")
        assert "Hello to you." in target.read_text(encoding="utf-8")
