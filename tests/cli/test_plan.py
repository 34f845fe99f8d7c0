"""`judgekit plan`: sentences, JSON, and the file of what to label next."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from judgekit.calibration.planning import labels_needed
from judgekit.calibration.planning_power import power_for_difference
from judgekit.calibration.planning_questions import questions_needed
from judgekit.errors import UserError
from tests.cli.running import invoke
from tests.running.test_next_labels import run_of


def said(*arguments: str | Path) -> str:
    result = invoke("plan", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    return " ".join(result.stdout.split())


def test_labels_for_an_interval() -> None:
    plan = labels_needed(0.05, sd=0.4, judge_correlation=0.7, n_items=2000)
    args = ("--half-width", "0.05", "--rate", "0.8", "--judge-correlation", "0.7", "--items", "2000")
    shown = said(*args)
    assert f"within ± 0.05 (95%), {plan.labels_needed_alone} labels are needed without the judge." in shown
    assert f"corrected by the labels, {plan.labels_needed} are enough." in shown
    assert "do not save labels here" in said("--half-width", "0.05")
    assert "not reached even if every transcript is labelled" in said("--half-width", "0.01", "--items", "50")


def test_questions_for_a_difference() -> None:
    # sd of a difference 0.5 √(2 · 0.5) = 0.5: 0.25 · (1.96 + 0.84)² / 0.05² = 785, and Student's t asks for 2 more.
    shown = said("--difference", "0.05", "--questions", "200")
    assert "take 787 questions" in shown
    assert f"with a probability of {power_for_difference(0.05, 200):.0%}" in shown
    assert "200 questions show a difference of 0.0995 and more with a power of 80%" in shown


@pytest.mark.parametrize("difference", [0.4, 0.1, 0.013])
@pytest.mark.parametrize("more", [{}, {"cluster_size": 4.0, "icc": 0.3}, {"power": 0.95, "correlation": 0.0}])
def test_questions_needed_is_the_least_number(difference: float, more: dict[str, float]) -> None:
    power = more.get("power", 0.8)
    rest = {name: value for name, value in more.items() if name != "power"}
    n = questions_needed(difference, **more)
    assert power_for_difference(difference, n, **rest) >= power
    assert power_for_difference(difference, n - 1, **rest) < power


def test_questions_that_cannot_be_are_an_error() -> None:
    with pytest.raises(UserError, match="a difference other than 0 was wanted"):
        questions_needed(0.0)
    with pytest.raises(UserError, match="a power between"):
        questions_needed(0.1, power=1.0)
    with pytest.raises(UserError, match="needs more than 100,000,000 questions"):
        questions_needed(1e-6)


def labelled(folder: Path, n: int = 60) -> Path:
    path = folder / "labels.csv"
    rows = [f"q{i:03}/A,sycophancy,anna,{min(4, 1 + i % 5)}" for i in range(n)]
    path.write_text("\n".join(["transcript_id,rubric,annotator,value", *rows]) + "\n", encoding="utf-8")
    return path


def test_labels_that_are_there_are_a_pilot(tmp_path: Path) -> None:
    run = run_of(tmp_path, 400).path
    shown = said("--run", run, "--labels", labelled(tmp_path), "--half-width", "0.03")
    assert "There are 54 already:" in shown
    assert "This rests on: from 54 labels in 54 units" in shown


def test_drawn_transcripts_go_to_a_file_and_the_rest_is_said(tmp_path: Path) -> None:
    run, out = run_of(tmp_path).path, tmp_path / "next.csv"
    result = invoke("plan", "--run", run, "-k", "5", "-o", out, "--seed", "7")
    assert result.exit_code == 0
    assert "5 transcripts to label in" in result.stderr
    assert "5 of 60 transcripts were drawn under sycophancy." in " ".join(result.stdout.split())
    with out.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 5
    piped = invoke("plan", "--run", run, "-k", "5", "--seed", "7")
    assert piped.stdout_bytes == out.read_bytes()
    assert "were drawn" in piped.stderr


def test_json_has_the_numbers(tmp_path: Path) -> None:
    run = run_of(tmp_path).path
    found = json.loads(
        invoke("plan", "--run", run, "-k", "4", "--half-width", "0.1", "--questions", "50", "--json").stdout
    )
    assert found["labels"]["labels_needed"] == labels_needed(0.1, n_items=60).labels_needed
    assert len(found["next"]["probability"]) == 4
    assert found["questions"]["questions"] == 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "what is to be planned? say --half-width H, --difference D, --questions N, or -k K with --run RUN"),
        (["-k", "5"], "-k needs the run that is meant: add --run RUN"),
        (["--half-width", "0.1", "--labels", "x.csv"], "--labels needs the run that is meant: add --run RUN"),
        (["--half-width", "0.1", "-o", "x.csv"], "-o is where drawn transcripts go: say how many with -k K"),
        (["--half-width", "0.1", "--rate", "0.5", "--sd", "1"], "--rate and --sd both say how far labels spread"),
        (["--half-width", "0.1", "--rate", "90"], "--rate: a pass rate between 0 and 1 was wanted; came 90"),
        (["--half-width", "-1"], "a half width above 0 was wanted"),
        (["--difference", "0"], "a difference other than 0 was wanted"),
        (["--half-width", "0.1", "--icc", "2"], "0..1 for --icc"),
        (["-k", "2", "--run", "no.db"], "no such file"),
        (["--half-width", "0.1", "--power", "0.9"], "--power has no use here: nothing that is planned uses it"),
        (["--difference", "0.1", "--items", "50"], "--items has no use here"),
        (["--half-width", "0.1", "--seed", "3"], "--seed has no use here"),
        (["--half-width", "0.1", "--rubric", "x"], "--rubric has no use here"),
        (["--questions", "50", "--map", "value=x"], "--map has no use here"),
        (
            ["--half-width", "0.1", "--run", "r.db", "--labels", "l.csv", "--sd", "1"],
            "--sd has no use here: the labels",
        ),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], message: str) -> None:
    result = invoke("plan", *arguments)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert message in result.stderr


def test_a_target_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    run = run_of(tmp_path).path
    for out, message in (
        (run, "is a database"),
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "x.csv", "does not exist"),
    ):
        result = invoke("plan", "--run", run, "-k", "2", "-o", out)
        assert result.exit_code == 2
        assert message in result.stderr


def test_labels_are_not_written_over(tmp_path: Path) -> None:
    labels = Path(labelled(tmp_path))
    before = labels.read_bytes()
    result = invoke("plan", "--run", run_of(tmp_path).path, "--labels", labels, "-k", "2", "-o", labels)
    assert (result.exit_code, labels.read_bytes()) == (2, before)
    assert "is read by this command, and would be lost" in result.stderr
