"""`judgekit agree`: raters alone, in 80 columns or as JSON; errors in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import invoke


def table(
    folder: Path, rows: list[str], name: str = "labels.csv", head: str = "transcript_id,rubric,annotator,value"
) -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def panel(raters: str = "abc", rubric: str = "tone", n: int = 40) -> list[str]:
    """Grades 1 to 5, the last rater one higher; two responses a question."""
    return [
        f"q{i // 2}/{'AB'[i % 2]},{rubric},{who},{min(5, 1 + i % 5 + (who == raters[-1]))}"
        for who in raters
        for i in range(n)
    ]


def test_the_tables_are_plain_and_80_columns_wide(tmp_path: Path) -> None:
    rows = panel("abcdefghij" * 1) + [f"q{i}/A,a very long name of a rubric that nobody wrote,a,{i}" for i in range(30)]
    result = invoke("agree", table(tmp_path, rows), "--categories", "1..5")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    for said in (
        "tone: 400 labels of 40 transcripts by 10 raters",
        "20 independent units",
        "Fleiss's kappa (quadratic)",
        "the pairs that agree least",
        "Krippendorff's alpha (ordinal): n/a:",  # of the rubric with one rater
    ):
        assert said in " ".join(result.stdout.split())


def test_json_has_everything_and_null_for_what_is_undefined(tmp_path: Path) -> None:
    result = invoke("agree", table(tmp_path, panel("ab")), "--categories", "1..5", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    (task,) = json.loads(result.stdout)["tasks"]
    assert (task["n_items"], task["n_clusters"], task["scale"]) == (40, 20, "ordinal")
    assert [one["name"] for one in task["estimates"]][1] == "cohen_kappa"
    assert task["raters"][0]["without"] is None
    assert task["raters"][1]["above_others"] == pytest.approx(0.8)  # one higher, but for the fifth grade: 4 of 5


def test_notes_stand_below_the_table(tmp_path: Path) -> None:
    rows = [f"q{i},r,{who},{value}" for i in range(10) for who, value in (("a", i % 2), ("b", 1))]
    shown = " ".join(invoke("agree", table(tmp_path, rows), "--categories", "0,1").stdout.split())
    assert "Cohen's kappa: one rater gave one label only" in shown or "Cohen's kappa: " in shown
    assert "warning: b gave one answer only" in shown


def test_the_scale_may_be_a_range_and_words_may_have_an_order(tmp_path: Path) -> None:
    rows = [f"q{i},r,{who},{(i + (who == 'b')) / 20}" for i in range(20) for who in "ab"]
    assert "Lin's concordance" in invoke("agree", table(tmp_path, rows), "--scale", "0,1").stdout
    rows = [f"q{i},r,{who},{('low', 'mid', 'high')[i % 3]}" for i in range(20) for who in "abc"]
    args = ("agree", table(tmp_path, rows), "--categories", "low,mid,high", "--type", "ordinal")
    assert "Gwet's AC2 (quadratic)" in invoke(*args).stdout


def test_a_column_may_say_what_belongs_together(tmp_path: Path) -> None:
    rows = [f"q{i},r,{who},{i % 3},text{i // 4}" for i in range(20) for who in "ab"]
    path = table(tmp_path, rows, head="transcript_id,rubric,annotator,value,text")
    found = json.loads(invoke("agree", path, "--cluster", "text", "--json").stdout)
    assert found["tasks"][0]["n_clusters"] == 5
    assert json.loads(invoke("agree", path, "--json").stdout)["tasks"][0]["n_clusters"] == 20


def test_a_shipped_rubric_says_its_scale(tmp_path: Path) -> None:
    path = table(tmp_path, panel("ab", "sycophancy"))
    (task,) = json.loads(invoke("agree", path, "--json").stdout)["tasks"]
    assert task["answers"] == ["1", "2", "3", "4", "5"]
    (task,) = json.loads(invoke("agree", path, "--rubric", "sycophancy", "--json").stdout)["tasks"]
    assert task["answers"] == ["1", "2", "3", "4", "5"]
    (task,) = json.loads(invoke("agree", table(tmp_path, panel("ab")), "--rubric", "tone", "--json").stdout)["tasks"]
    assert task["rubric"] == "tone"


def test_foreign_text_cannot_steer_a_terminal(tmp_path: Path) -> None:
    rows = [f"q{i},r\x1b[31m,{who},{i % 3}" for i in range(20) for who in ("a\x1b]0;t\x07", "b")]
    assert "\x1b" not in invoke("agree", table(tmp_path, rows)).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--type", "ratio"], "--type 'ratio' is not known: choose nominal, ordinal or interval"),
        (["--kind", "people"], "--kind 'people' is not known: choose human, author or script"),
        (["--categories", " , "], "--categories: wanted the answers that are possible"),
        (["--categories", "5..1"], "--categories: wanted the lowest and the highest level, such as 1..5; came '5..1'"),
        (["--scale", "1"], "--scale: wanted the lowest and the highest value, such as 0,1; came '1'"),
        (["--scale", "1,0"], "scale: the lowest and the highest value were wanted"),
        (["--scale", "0,1", "--categories", "0,1"], "--categories and --scale both say what is possible"),
        (["--map", "value"], "--map: wanted field=column, such as value=score; came 'value'"),
        (["--map", "value=a,value=b"], "--map: value is named twice, as 'a' and 'b'; keep one"),
        (["--map", "values=a"], "--map: 'values' is not a field of a label"),
        (
            ["--cluster", "text"],
            "no 'text'; there are transcript_id, rubric, annotator, value; --cluster takes one of these",
        ),
        (["--rubric", "depth"], "depth"),
        (["--criterion", "stance"], "none of the labels is for stance; there are labels for tone"),
        (["--kind", "script"], "none of the labels is of kind 'script'; there are human"),
        (["--level", "95"], "level"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = invoke("agree", table(tmp_path, panel("ab")), *arguments)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert message in result.stderr


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["q1,r,a,1,", "q1,r,b,1,x"], "--cluster: a unit for every label was wanted; one of 'q1' has none"),
        (["q1,r,a,1,y", "q1,r,b,1,x"], "--cluster: one unit a transcript was wanted; 'q1' is in 'y' and 'x'"),
    ],
)
def test_clusters_have_to_be_whole(tmp_path: Path, rows: list[str], message: str) -> None:
    path = table(tmp_path, rows, head="transcript_id,rubric,annotator,value,text")
    result = invoke("agree", path, "--cluster", "text")
    assert result.exit_code == 2
    assert message in result.stderr


def test_what_is_wrong_with_the_file_stands_first_and_long_lists_are_cut(tmp_path: Path) -> None:
    long = "a name that is far too long to stand in a table of eighty columns"
    rows = [f"q{i},r,{long} {j:02},{1 + i % 3},x" for i in range(4) for j in range(25)]
    path = table(tmp_path, [*rows, "q0,r,other,9,x"], head="transcript_id,rubric,annotator,value,extra")
    result = invoke("agree", path, "--categories", "1..3")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stdout.startswith("  note: columns that were not read: extra")
    shown = " ".join(result.stdout.split())
    assert "not counted: off the scale 1" in shown
    assert "… and 5 more: --json has all" in shown
    assert "a name that is" in shown


def test_words_without_an_order_have_no_mean(tmp_path: Path) -> None:
    rows = [f"q{i},r,{who},{('red', 'green', 'blue')[i % 3]}" for i in range(9) for who in "ab"]
    shown = invoke("agree", table(tmp_path, rows), "--categories", "red,green,blue").stdout
    assert "off" not in shown.split("rater", 1)[1].split("\n", 1)[0]
    assert "Gwet's AC1" in shown


@pytest.mark.parametrize(("value", "said"), [("50", "such as 50 for q0/A"), ("good", "such as 'good' for q0/A")])
def test_labels_of_which_none_is_on_the_scale_are_an_error(tmp_path: Path, value: str, said: str) -> None:
    rows = [f"q{i}/A,tone,{who},{value}" for i in range(10) for who in "ab"]
    result = invoke("agree", table(tmp_path, rows), "--categories", "1..5")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "no label can be used: 20 labels are not on the scale of 1, 2, 3, 4, 5, " + said in result.stderr
