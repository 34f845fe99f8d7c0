"""`judgekit calibrate`: from a run or a file of scores to a card, and what is said of it afterwards."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from judgekit import JudgeCard
from judgekit.io.labels import write_labels
from judgekit.label import Label
from judgekit.running.run import open_run
from tests.calibration.card.made import World, world
from tests.cli.running import invoke
from tests.servers.openai_server import OpenAIServer

KEY = {"OPENAI_API_KEY": "test-key"}
RUBRIC = """\
judgekit: rubric/1
name: polite
version: "1"
criteria:
  - {id: polite, ask: "Is the answer polite?"}
levels: {1: "rude", 2: "polite"}
pass_at: 2
"""


def write(made: World, folder: Path) -> None:
    """`scores.csv` and `labels.jsonl`."""
    with (folder / "scores.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["transcript_id", "rubric", "judge", "value", "cluster"])
        for one in made.scores():
            out.writerow([one.transcript_id, one.rubric, one.judge, one.value, one.cluster])
    with (folder / "labels.jsonl").open("wb") as labels:
        write_labels(made.labels(), labels)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with scores and labels of a known world."""
    write(world(160, failed=0.05), tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("JUDGEKIT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    return tmp_path


COMMAND = ("calibrate", "scores.csv", "--labels", "labels.jsonl", "--categories", "1..5")


def test_the_decisions_come_first_and_then_the_numbers(place: Path) -> None:
    result = invoke(*COMMAND, "--labels-are", "random", "--pass-at", "4")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "m under tone"
    assert lines.index("What is the true result? measured") < next(
        i for i, line in enumerate(lines) if "95 % CI" in line
    )
    assert "lost on the way: no value" in result.stdout
    assert "mean: labels and judge (PPI++) *" in result.stdout
    assert "pass rate: labels and judge (PPI++) *" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_card_is_written_in_three_forms(place: Path) -> None:
    result = invoke(*COMMAND, "--json", "card.json", "--markdown", "card.md", "-o", "card.html")
    assert result.exit_code == 0
    assert [line for line in result.stderr.splitlines() if line] == [
        "card in card.html",
        "card in card.json",
        "card in card.md",
    ]
    card = JudgeCard.load("card.json")
    assert card.header.judge == "m"
    assert (place / "card.md").read_text(encoding="utf-8") == card.to_markdown()
    assert "m under tone" in (place / "card.html").read_text(encoding="utf-8")
    assert "nobody said how the labelled items were chosen" in " ".join(result.stdout.split())


def test_standard_output_holds_one_form_alone(place: Path) -> None:
    shown = invoke(*COMMAND, "--json", "-")
    again = invoke(*COMMAND, "--json", "-")
    assert json.loads(shown.stdout)["digest"] == json.loads(again.stdout)["digest"]
    assert shown.stderr == ""
    assert invoke(*COMMAND, "--markdown", "-").stdout.startswith("# Judge card")
    both = invoke(*COMMAND, "--json", "-", "--markdown", "-")
    assert both.exit_code == 2
    assert "name a file for the others" in both.stderr


@pytest.mark.parametrize("flag", ["-o", "--json", "--markdown"])
def test_what_is_read_is_not_written_over(place: Path, flag: str) -> None:
    labels = Path(COMMAND[COMMAND.index("--labels") + 1])
    before = labels.read_bytes()
    result = invoke(*COMMAND, flag, labels)
    assert (result.exit_code, labels.read_bytes()) == (2, before)
    assert "is read by this command, and would be lost" in result.stderr


@pytest.mark.slow
def test_what_stands_beside_verdicts_is_used(place: Path) -> None:
    made = world(160, failed=0.05)
    rows = [f"{name},{0.5 + 0.4 * (i % 2)},s{i % 2},0.5" for i, name in enumerate(made.ids)]
    (place / "more.csv").write_text("transcript_id,confidence,stratum,probability\n" + "\n".join(rows) + "\n")
    texts = [
        {
            "question_id": name.split("/")[0],
            "label": name.split("/")[1],
            "prompt": "p",
            "response": "word " * (3 + i % 9),
        }
        for i, name in enumerate(made.ids)
    ]
    (place / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts))
    more = ("--confidence", "more.csv", "--strata", "more.csv", "--probability", "more.csv", "--transcripts", "t.jsonl")
    judges = ("--other", "twin=scores.csv", "--repeat", "scores.csv", "--before", "scores.csv", "--own", "M1")
    result = invoke(*COMMAND, "--labels-are", "stratified", *more, *judges, "--json", "-", "-k", "5")
    assert result.exit_code == 0, result.stderr
    card = json.loads(result.stdout)
    assert card["selective"]["confidence"] == "as it was given"
    assert [row["name"] for row in card["biases"]["rows"]] == [
        "severity",
        "sd_ratio",
        "length",
        "family",
        "drift",
        "changed",
    ]
    assert card["biases"]["repeats"][1]["value"] == 1.0  # the repeats are the same file
    assert [row["judge"] for row in card["jury"]["judges"]] == ["m", "twin"]
    assert card["corrected"]["estimator"] == "ppi_mean"
    assert len(card["next_labels"]["chosen"]) == 5


BAD = [
    (("--labels-are", "chosen"), "--labels-are 'chosen' is not known: choose random, stratified or hand_picked"),
    (("--kind", "people"), "--kind 'people' is not known"),
    (("--cluster", "page"), "--cluster 'page' is not known"),
    (("--other", "twin"), "--other: wanted NAME=RUN"),
    (("--other", "a=scores.csv", "--other", "a=scores.csv"), "'a' is named twice"),
    (("-o", "no/card.html"), "does not exist"),
    (("--confidence", "scores.csv"), "wanted a column confidence"),
    (("--confidence", "labels.jsonl"), "a table (CSV) of transcript_id and confidence was wanted"),
    (("--confidence", "bad.csv"), "bad.csv, line 2: confidence: a number was wanted; came 'high'"),
    (("--strata", "bad.csv"), "bad.csv, line 4: 'q0/M0' has a second stratum"),
    (("--categories", "1..4"), None),
    (("--level", "95"), "a level between 0 and 1"),
    (("--rubric", "no.yaml"), "no.yaml"),
    (("--before", "no.db"), "no.db"),
    (("--type", "interval"), "--type 'interval' is not known: choose nominal or ordinal"),
    (("--own", "Model9"), "--own 'Model9' is no response label of these transcripts; there are M0, M1, M2, M3"),
    (("--pass-at", "9"), "was wanted for --pass-at, above 1 and up to 5; came 9"),
    (("--matters", "2"), "a share below 1, such as 0.1, was wanted for --matters; came 2"),
    (("--criterion", "stance"), "none of the labels is for the criterion 'stance'"),
    (("--categories", "10..15"), "labels are not on the scale of 10, 11, 12, 13, 14, 15, such as "),
    (("--scale", "0,1"), "--categories and --scale both say what is possible: give one of them"),
    (
        ("--labels", "far.csv"),
        "3 labels belong to transcripts without a verdict: labels name 'Q0-M0', verdicts 'q0/M0'",
    ),
]


@pytest.mark.parametrize(("flags", "said"), BAD, ids=[" ".join(flags) for flags, _ in BAD])
def test_wrong_input_is_one_line_and_exit_2(place: Path, flags: tuple[str, ...], said: str | None) -> None:
    (place / "far.csv").write_text("transcript_id,annotator,value\nQ0-M0,a,1\nQ0-M1,a,2\nQ0-M2,a,3\n")
    (place / "bad.csv").write_text("transcript_id,confidence,stratum\nq0/M0,high,a\nq0/M1,,b\nq0/M0,1,c\n")
    result = invoke(*COMMAND, *flags)
    if said is None:  # values off the scale are no wrong input: they are counted
        assert "off the scale" in result.stdout
        return
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_data_that_mislead_make_exit_1(place: Path) -> None:
    made = world(160)
    turned = World(made.ids, made.truth, made.judge, 6 - made.people, made.labelled)
    write(turned, place)
    result = invoke(*COMMAND)
    assert result.exit_code == 1
    assert "error: " in result.stdout
    assert "turned?" in " ".join(result.stdout.split())


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.mark.slow
def test_a_run_is_calibrated_and_the_card_holds_until_the_rubric_changes(place: Path, server: OpenAIServer) -> None:
    (place / "polite.yaml").write_text(RUBRIC)
    rows = [
        {"question_id": f"q{i:02d}", "label": "M", "prompt": f"Hello {i}?", "response": f"Good day, number {i}."}
        for i in range(30)
    ]
    (place / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    score = (
        *("score", "t.jsonl", "--judge", "openai/test", "--base-url", server.base_url),
        *("--rubric", "polite.yaml", "--run", "run.db"),
    )
    assert "calibration: none" in " ".join(invoke(*score, env=KEY).stdout.split())
    levels = {v.transcript_id: v.level for v in open_run("run.db").verdicts()}
    assert {1, 2} <= set(levels.values())
    rng = np.random.default_rng(0)
    labels = [
        Label(
            transcript_id=name,
            rubric="polite",
            annotator="anna",
            value=float(3 - level if rng.random() < 0.1 else level),
        )
        for name, level in levels.items()
        if level is not None
    ]
    with (place / "people.jsonl").open("wb") as file:
        write_labels(labels, file)
    command = ("calibrate", "run.db", "--labels", "people.jsonl", "--rubric", "polite.yaml", "--labels-are", "random")
    done = invoke(*command, "--json", "card.json")
    assert done.exit_code in (0, 1), done.output
    assert JudgeCard.load("card.json").header.bound_to
    text = " ".join(invoke("summary", "run.db").stdout.split())
    assert "calibration: valid (" in text
    assert f"on {len(labels)} items labelled by people; no corrected mean: too few labels" in text
    assert "calibration: valid (" in " ".join(invoke(*score, env=KEY).stdout.split())
    assert invoke("report", "run.db", "-o", "report.html").exit_code == 0
    assert "calibration: valid (" in (place / "report.html").read_text(encoding="utf-8")
    # The rubric asks something else now: the card no longer speaks of it.
    (place / "polite.yaml").write_text(RUBRIC.replace("Is the answer polite?", "Is the answer kind?"))
    assert "calibration: stale" in " ".join(invoke(*score, env=KEY).stdout.split())
    # The run's verdicts are those of the new rubric now: it is calibrated again, however bad the numbers.
    assert invoke(*command).exit_code in (0, 1)
    (place / "polite.yaml").write_text(RUBRIC)
    refused = invoke(*command)
    assert refused.exit_code == 2
    assert "is not the one that its verdicts were made with" in refused.stderr
    # Another run of the judge that the first card is bound to.
    other = invoke(*score[:-1], "other.db", "--card", "card.json", env=KEY)
    assert "calibration: valid" in " ".join(other.stdout.split())
    assert "made of other verdicts" in " ".join(other.stdout.split())
    shown = invoke("summary", "run.db", "--card", "card.json")
    assert "calibration: valid" in " ".join(shown.stdout.split())  # the newest card is in the run itself
    assert invoke("summary", "run.db", "--card", "t.jsonl").exit_code == 2


@pytest.mark.slow
def test_scores_need_no_rubric_and_a_shipped_one_is_known(place: Path) -> None:
    undeclared = invoke("calibrate", "scores.csv", "--labels", "labels.jsonl")
    assert undeclared.exit_code == 0
    assert "undeclared scale" in undeclared.stdout
    for name in ("scores.csv", "labels.jsonl"):
        text = (place / name).read_text(encoding="utf-8")
        (place / name).write_text(text.replace("tone", "sycophancy"), encoding="utf-8")
    known = invoke("calibrate", "scores.csv", "--labels", "labels.jsonl", "--json", "-")
    card = json.loads(known.stdout)
    assert card["header"]["scale"]["declared"]
    assert card["corrected"]["pass_at"] == 4.0  # the rubric's
