"""`judgekit rubric import` and `export` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgekit.io import load_questions, load_rubric
from tests.cli.running import invoke
from tests.io.rubric_formats.files import AUTOEVALS, EVALS, HEALTHBENCH, IFEVAL, PETRI, RAR


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_one_rubric_goes_to_standard_output_and_the_rest_to_the_other() -> None:
    result = invoke("rubric", "import", write("cause.json", RAR))
    assert result.exit_code == 0
    assert result.stdout.startswith("judgekit: rubric/1\nname: cause\n")
    assert result.stderr == "read as rar: 1 rubric\n"


def test_import_lint_and_export_as_a_chain() -> None:
    result = invoke("rubric", "import", write("notes.yaml", AUTOEVALS), "-o", "mine.yaml", "--name", "mine")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "read as autoevals: 1 rubric into mine.yaml; next: judgekit rubric lint mine.yaml\n"
    assert load_rubric("mine.yaml").name == "mine"
    assert invoke("rubric", "lint", "mine.yaml").stdout == "mine.yaml: clean\n"
    result = invoke("rubric", "export", "mine.yaml", "--to", "autoevals", "-o", "back.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert Path("back.yaml").read_text(encoding="utf-8").count("{{") == 3


def test_nothing_that_is_there_is_overwritten() -> None:
    write("mine.yaml", "precious")
    Path("many").mkdir()
    write("many/stars.yaml", "precious")
    for command in (
        ("import", write("cause.json", RAR), "-o", "mine.yaml"),
        ("import", write("evals.yaml", EVALS), "-o", "many"),
        ("export", "novelty", "--to", "autoevals", "-o", "mine.yaml"),
    ):
        result = invoke("rubric", *command)
        assert result.exit_code == 2
        assert "exists and is not overwritten" in result.stderr
    assert not Path("many/mood.yaml").exists()


def test_several_rubrics_go_into_a_folder() -> None:
    write("rows.jsonl", HEALTHBENCH)
    result = invoke("rubric", "import", "rows.jsonl")
    assert result.exit_code == 2
    assert "the file holds 2 rubrics, and a rubric has a file of its own: name -o FOLDER" in result.stderr
    result = invoke("rubric", "import", "rows.jsonl", "-o", "many")
    assert result.exit_code == 0
    assert sorted(path.name for path in Path("many").iterdir()) == ["p_ab_1.yaml", "p_ab_2.yaml"]
    assert result.stderr.splitlines() == [
        "dropped: [*].prompt_id (2 times): it names the rubric",
        "dropped: [*].prompt (2 times): a rubric is for any prompt: keep it with the transcripts",
        "dropped: [*].rubrics[*].tags (4 times): a criterion has no place for it",
        "read as healthbench: 2 rubrics into many",
    ]
    assert invoke("rubric", "import", write("cause.json", RAR), "-o", "one/").exit_code == 0
    assert load_rubric("one/cause.yaml").name == "cause"
    write("file", "x")
    for target, wanted in (
        ("file", "is a file, and there are 2 rubrics"),
        ("no/such", "does not exist; make it first"),
    ):
        result = invoke("rubric", "import", "rows.jsonl", "-o", target)
        assert (result.exit_code, wanted in result.stderr) == (2, True)


def test_rows_of_ifeval_become_a_question_file() -> None:
    result = invoke("rubric", "import", write("rows.jsonl", IFEVAL), "-o", "questions.yaml")
    assert result.exit_code == 0
    assert [question.id for question in load_questions("questions.yaml")] == ["q7", "q8"]
    assert result.stderr.splitlines()[-1] == "read as ifeval: 2 questions into questions.yaml"
    assert invoke("rubric", "import", "rows.jsonl").stdout.startswith("judgekit: questions/1\n")


def test_json_holds_what_was_read_and_what_was_dropped() -> None:
    rows = write("rows.jsonl", HEALTHBENCH)
    found = json.loads(invoke("rubric", "import", rows, "--json").stdout)
    assert (found["format"], len(found["rubrics"]), found["questions"]) == ("healthbench", 2, None)
    assert found["dropped"][2] == {
        "place": "[*].rubrics[*].tags",
        "reason": "a criterion has no place for it",
        "count": 4,
    }
    assert json.loads(invoke("rubric", "import", write("i.jsonl", IFEVAL), "--json").stdout)["questions"]
    one = invoke("rubric", "import", write("cause.json", RAR), "--json", "-o", "cause.yaml")
    assert json.loads(one.stdout)["rubrics"][0]["name"] == load_rubric("cause.yaml").name
    made = json.loads(invoke("rubric", "export", "cause.yaml", "--to", "rar", "--json").stdout)
    assert json.loads(made["text"]) == json.loads(RAR)
    assert (made["format"], made["dropped"]) == ("rar", [])


def test_export_says_what_would_not_come_back() -> None:
    result = invoke("rubric", "export", "novelty", "--to", "autoevals")
    assert result.exit_code == 0
    assert result.stdout.startswith("prompt: |-\n")
    assert "dropped: checks: the format has no checks by code" in result.stderr.splitlines()


def test_standard_input_is_read() -> None:
    result = invoke("rubric", "import", "-", "--from", "petri", "-o", "dims", stdin=PETRI)
    assert result.exit_code == 0
    assert sorted(path.stem for path in Path("dims").iterdir()) == ["candour", "flattery"]


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("import", "dims.yaml"), "the keys fit none of the formats: say which it is with --from: prometheus|"),
        (("import", "dims.yaml", "--from", "petry"), "there is no format 'petry'; did you mean 'petri'?"),
        (("import", "none.yaml"), "none.yaml: no such file"),
        (("export", "novelty", "--to", "mlflow"), "points would be made up; choose prometheus"),
        (("export", "novelty"), "--to"),
    ],
)
def test_what_is_wrong_is_one_line(args: tuple[str, ...], wanted: str) -> None:
    write("dims.yaml", PETRI)
    result = invoke("rubric", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert wanted in result.stderr
    assert result.stderr.count("\n") == 1


def test_hostile_texts_cannot_steer_the_terminal() -> None:
    text = '[{"criterion": "A", "points": 1, "\\u001b[2Jkey\\u202e": 1}]'
    result = invoke("rubric", "import", write("rows.json", text))
    assert result.exit_code == 0
    assert not {char for char in result.stderr if (ord(char) < 32 and char != "\n") or char == "\u202e"}
