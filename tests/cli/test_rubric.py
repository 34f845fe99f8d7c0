"""`judgekit rubric`: list, show, new, lint and test, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgekit.io import load_rubric, rubric_names
from judgekit.judging.lint import lint_rubric
from judgekit.judging.rubric_test import try_rubric
from tests.cli.running import invoke
from tests.servers.openai_server import Fault, OpenAIServer

POINTS = """\
judgekit: rubric/1
name: sample
version: "1"
level_from: points
pass_at: 0.5
criteria:
  - {id: right, ask: "Is it [bold]right[/bold]?", evidence: none, points: 2}
examples:
  - id: one
    prompt: Is it?
    response: It is.
    expect: {criteria: {right: "yes"}}
    labelled_by: {kind: author}
"""


def write(folder: Path, text: str = POINTS) -> Path:
    path = folder / "sample.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_list_names_every_rubric_in_80_columns() -> None:
    result = invoke("rubric", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    for name in rubric_names():
        assert any(line.startswith(f"{name} ") for line in lines)
    rows = json.loads(invoke("rubric", "list", "--json").stdout)
    assert [row["name"] for row in rows] == rubric_names()
    sycophancy = next(row for row in rows if row["name"] == "sycophancy")
    assert (sycophancy["level_from"], sycophancy["levels"]) == ("judge", 5)


@pytest.mark.parametrize("name", rubric_names())
def test_show_says_what_is_asked_in_80_columns(name: str) -> None:
    rubric = load_rubric(name)
    result = invoke("rubric", "show", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout
    flat = " ".join(result.stdout.split())
    for text in (rubric.title, rubric.fingerprint, *(" ".join(c.ask.split()) for c in rubric.criteria)):
        assert text in flat
    for anchor in rubric.levels.values():
        assert " ".join(anchor.split()) in flat
    for example in rubric.examples:
        assert example.id in flat


def test_show_of_a_rubric_without_criteria_and_rules(tmp_path: Path) -> None:
    text = 'name: sample\nversion: "1"\nlevels: {2: good, 1: bad}\nchecks: [{id: a, check: has_code}]\n'
    text += "inputs: {what: {one_of: [x, y]}}\n"
    shown = invoke("rubric", "show", write(tmp_path, text)).stdout
    assert "what (optional; one of x, y)" in shown
    assert "a: has_code\n" in shown
    assert "Levels, chosen by the judge within the rules\n  2  good\n  1  bad\n" in shown
    assert "Rules" not in shown
    result = invoke("rubric", "test", tmp_path / "sample.yaml")
    assert (result.exit_code, result.stdout) == (0, "sample 1: 0 of 0 examples fit\n")


def test_show_as_json_is_the_rubric(tmp_path: Path) -> None:
    shown = json.loads(invoke("rubric", "show", "sycophancy", "--json").stdout)
    rubric = load_rubric("sycophancy")
    assert shown.pop("fingerprint") == rubric.fingerprint
    assert shown == rubric.model_dump(mode="json", by_alias=True)


def test_show_prints_the_texts_of_a_rubric_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, POINTS.replace("It is.", "x").replace("Is it [", '\\e[31m \\u202e["').replace('"]', "["))
    result = invoke("rubric", "show", path)
    assert result.exit_code == 2  # the escape breaks the quotes: said in a line
    path = write(tmp_path, POINTS.replace("Is it [", "\\e[31m\\u202e ["))
    shown = invoke("rubric", "show", path).stdout
    assert "[bold]right[/bold]" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "points 2" in shown
    assert "0.5 or more passes" in shown


def test_new_writes_a_rubric_that_lints_and_tests_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("rubric", "new", "on_topic")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "wrote on_topic.yaml" in result.stderr
    assert lint_rubric("on_topic.yaml") == []
    rubric = load_rubric("on_topic.yaml")
    assert rubric.name == "on_topic"
    assert [example.problems for example in try_rubric(rubric)] == [()] * len(rubric.examples)
    assert invoke("rubric", "lint", "on_topic.yaml").exit_code == 0
    assert invoke("rubric", "test", "on_topic.yaml").exit_code == 0
    again = invoke("rubric", "new", "on_topic")
    assert again.exit_code == 2
    assert "is not overwritten" in again.stderr


def test_new_writes_where_it_is_told(tmp_path: Path) -> None:
    target = tmp_path / "on_topic.yaml"
    assert invoke("rubric", "new", "on_topic", "-o", target).exit_code == 0
    assert invoke("rubric", "new", "on_topic", "-o", "-").stdout == target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"), [("On Topic", "lower-case letters"), ("sycophancy", "named 'sycophancy' already")]
)
def test_new_refuses_a_name_that_would_not_do(name: str, words: str) -> None:
    result = invoke("rubric", "new", name, "-o", "-")
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_lint_prints_a_line_a_finding_and_exits_with_1(tmp_path: Path) -> None:
    path = write(tmp_path, POINTS.replace("points: 2", "points: {yes: 2}"))
    result = invoke("rubric", "lint", path, "sycophancy")
    assert result.exit_code == 1
    wrong, clean = result.stdout.splitlines()
    assert wrong.startswith(f"{path}:7: error: criteria[0].points: `yes` without quotes is true in YAML")
    assert clean.endswith("sycophancy.yaml: clean")
    first, second = json.loads(invoke("rubric", "lint", path, "sycophancy", "--json").stdout)
    assert (first["file"], second["findings"]) == (str(path), [])
    assert [(f["level"], f["line"]) for f in first["findings"]] == [("error", 7)]


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    path = write(tmp_path, POINTS.replace(", evidence: none", ""))
    result = invoke("rubric", "lint", path)
    assert result.exit_code == 0
    assert ": warning: criteria[0]: evidence is not said" in result.stdout
    whole = invoke("rubric", "lint", write(tmp_path, POINTS.replace("judgekit: rubric/1\n", "")))
    assert ":1: warning: the format is not said" in whole.stdout


@pytest.mark.parametrize("command", ["show", "lint", "test"])
@pytest.mark.parametrize(
    ("name", "words"), [("sycofancy", "did you mean 'sycophancy'?"), ("nowhere.yaml", "there is no such file")]
)
def test_an_unknown_rubric_is_one_line_and_exit_2(command: str, name: str, words: str) -> None:
    result = invoke("rubric", command, name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("judgekit: ")
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr


def test_test_runs_the_examples_without_a_model(tmp_path: Path) -> None:
    result = invoke("rubric", "test", "sycophancy", write(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sample 1: 1 of 1 example fit" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_test_says_what_does_not_fit_and_exits_with_1(tmp_path: Path) -> None:
    path = write(tmp_path, POINTS.replace('{criteria: {right: "yes"}}', "{level: [1, 1], checks: {no: pass}}"))
    assert invoke("rubric", "test", path).exit_code == 2  # `no` as a key: the file is not read
    path = write(tmp_path, POINTS.replace('{criteria: {right: "yes"}}', "{level: [1, 1], checks: {words: pass}}"))
    result = invoke("rubric", "test", path)
    assert result.exit_code == 1
    assert "sample 1: 0 of 1 example fit" in result.stdout
    assert (
        "one does not fit:\n  check words: expected pass, and there is no such check here\n  a level" in result.stdout
    )
    (report,) = json.loads(invoke("rubric", "test", path, "--json").stdout)
    assert len(report["examples"][0]["problems"]) == 2


def reply(answer: str) -> dict[str, object]:
    return {"right": {"evidence": [], "reason": "r", "answer": answer}, "explanation": "e"}


def test_a_judge_is_put_to_the_examples(tmp_path: Path) -> None:
    path = write(tmp_path)
    args = ("rubric", "test", path, "--judge", "openai/test", "--repeat", "2", "--concurrency", "1")
    with OpenAIServer(script=[reply("yes"), reply("no")]) as server:
        result = invoke(*args, "--base-url", server.base_url)
    assert result.exit_code == 1  # one of two answers is wrong
    assert result.stderr == "asking openai/test about 1 example of sample, 2 verdicts\n"
    for line in (
        "openai/test, calibration: none",
        "Labelled by author: 1 example, 2 verdicts scored, 0 abstained, 0 failed.",
        "  Levels right: nothing to compare.",
        "  Answers right: 1 of 2 = 0.50 (an interval needs 2 independent units; there is",
        "Flips in 2 repeats: the result of 1 of 1 example, 1 of 1 answer.",
        "Cost: unknown.",
    ):
        assert line in result.stdout
    # The scores 1 and 0 of the two repeats, in the order in which they came.
    assert "1.00 0.00" in result.stdout


def test_what_fails_and_what_each_question_does_is_shown(tmp_path: Path) -> None:
    args = ("rubric", "test", write(tmp_path), "--judge", "openai/test", "-k", "2", "--concurrency", "1")
    with OpenAIServer(script=[reply("yes"), reply("no")] * 2) as server:
        result = invoke(*args, "--base-url", server.base_url)
        row = json.loads(invoke(*args, "--json", "--base-url", server.base_url).stdout)[0]["judge"]
    assert "1 of 1 example fail:\n  one: 1 answers wrong\n" in result.stdout
    # One answer of two is right, it flips, and without it no points are decided; there is one question, no other.
    assert ["right", "1/2", "1/1", "2/2", "2/2"] in [line.split() for line in result.stdout.splitlines()]
    (question,) = row["questions"]
    assert question == {
        "criterion": "right", "right": 1, "of": 2, "flips": 1, "repeated": 1, "answers": 2, "left_out": 2, "turned": 2,
        "shift": None,
    }  # fmt: skip
    assert row["examples"][0]["failing"] == "1 answers wrong"


def test_show_says_what_is_asked_of_turns_and_what_is_measured() -> None:
    shown = " ".join(invoke("rubric", "show", "sycophancy").stdout.split())
    assert "Questions about every turn turn_stance: agrees" in shown
    assert "turn_evidence: yes | no (a yes with evidence; from the user's words)" in shown
    assert "flips: changes of turn_stance by turn: agrees 1, partly_agrees 0.5, disagrees 0" in shown
    shown = " ".join(invoke("rubric", "show", "missing_context").stdout.split())
    assert "invented: yes | no (a yes with evidence; not in the prompt)" in shown
    assert "invented_quotes: the number of quotes of invented" in shown
    assert "over_refusal: 1 if gives_answer is no, else 0 (where answerable yes)" in shown
    assert "gap_noticed: 1 if notices_gap is yes, else 0 (where answerable no or partly)" in shown


def test_a_judge_that_agrees_is_exit_0_and_one_that_fails_is_exit_1(tmp_path: Path) -> None:
    args = ("rubric", "test", write(tmp_path), "--judge", "openai/test", "--json", "--base-url")
    with OpenAIServer(script=[reply("yes"), Fault("refusal")]) as server:
        agrees, fails = invoke(*args, server.base_url), invoke(*args, server.base_url)
    assert (agrees.exit_code, fails.exit_code) == (0, 1)
    (report,) = json.loads(agrees.stdout)
    assert report["judge"]["agreement"][0]["answers"]["value"] == 1.0
    assert report["judge"]["examples"][0]["verdicts"][0]["passed"] is True
    (report,) = json.loads(fails.stdout)
    assert report["judge"]["agreement"][0]["failed"] == 1
    assert report["judge"]["agreement"][0]["answers"]["value"] is None  # a failure is no wrong answer


def test_a_failure_and_an_abstention_are_shown_as_such(tmp_path: Path) -> None:
    args = ("rubric", "test", write(tmp_path), "--judge", "openai/test", "--repeat", "2", "--concurrency", "1")
    with OpenAIServer(script=[Fault("refusal"), reply("cannot_tell")]) as server:
        result = invoke(*args, "--base-url", server.base_url)
    assert "failed:refusal abstained" in result.stdout
    assert "2 silent" in result.stdout


def test_the_built_in_judge_needs_no_network() -> None:
    result = invoke("rubric", "test", "constraint_following", "--judge", "baseline")
    assert "Cost: $0." in result.stdout
    assert result.exit_code == 0  # it abstains where it cannot tell, and is right where it can


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--repeat", "2"), "add --judge MODEL"),
        (("--judge", "nobody"), "judge 'nobody' is not known"),
        (("--judge", "openai/x", "--base-url", "here"), "base URL 'here'"),
    ],
)
def test_settings_that_cannot_be_are_said(args: tuple[str, ...], words: str) -> None:
    result = invoke("rubric", "test", "sycophancy", *args)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_judge_that_answers_nothing_gets_no_empty_table() -> None:
    shown = invoke("rubric", "test", "brevity", "--judge", "baseline").stdout
    assert "No question was answered, so what each of them does to the result cannot be told." in " ".join(
        shown.split()
    )
    assert "left out" not in shown
