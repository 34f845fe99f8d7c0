"""What to label next: a draw from a run, and a file that later estimates can use."""

from __future__ import annotations

import csv
import io
from array import array
from pathlib import Path

import numpy as np
import pytest

from judgekit.calibration.correction_ppi import ppi_mean
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels
from judgekit.io.rubrics import load_rubric
from judgekit.label import Label
from judgekit.running.next_labels import COLUMNS, Judged, next_labels, plan_from, read_judged, write_next
from judgekit.running.run import Run
from tests.reporting.stored import stored
from tests.running.test_compare import on


def run_of(folder: Path, n: int = 60) -> Run:
    """n transcripts of levels 1 to 5 in turn; every tenth failed."""
    levels = [(f"q{i:03}/A", None if i % 10 == 9 else 1 + i % 5) for i in range(n)]
    return stored(folder / "run.db", [on(name, level) for name, level in levels])


def labels_of(names: list[str], values: list[int]) -> LabelSet:
    return LabelSet.of(
        Label(transcript_id=name, rubric="sycophancy", annotator="anna", value=value)
        for name, value in zip(names, values, strict=True)
    )


def pilot(n: int = 25) -> LabelSet:
    """Labels like the levels, but that the judge is wrong on every level 5: they should be 4."""
    return labels_of([f"q{i:03}/A" for i in range(n)], [min(4, 1 + i % 5) for i in range(n)])


def test_the_draw_is_exact_and_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    judged = read_judged(run_of(tmp_path))
    found = next_labels(judged, 12, seed=3)
    assert (len(found.transcripts), len(set(found.transcripts)), found.n_items, found.n_labelled) == (12, 12, 60, 0)
    assert set(found.transcripts) <= set(judged.transcripts)
    assert all(0.0 < pi <= 1.0 for pi in found.probability)
    assert next_labels(judged, 12, seed=3) == found
    assert next_labels(judged, 12, seed=4).transcripts != found.transcripts


def test_transcripts_that_have_a_label_are_not_drawn_again(tmp_path: Path) -> None:
    judged = read_judged(run_of(tmp_path), rubric=load_rubric("sycophancy"), labels=pilot(5))
    found = next_labels(judged, 55)
    assert (found.n_items, found.n_labelled) == (55, 5)
    assert not set(found.transcripts) & {f"q{i:03}/A" for i in range(5)}
    assert set(found.probability) == {1.0}  # all that are left
    with pytest.raises(UserError, match=r"1 to 55 was wanted for k=, the transcripts without a label .*came 56"):
        next_labels(judged, 56)


def test_labels_say_where_the_judge_errs(tmp_path: Path) -> None:
    # Judge and labels differ wherever the judge says 5 and in no other place; but where it says 4 or 5, neighbours may
    # be one group. Level 1 is far from that.
    judged = read_judged(run_of(tmp_path, 300), rubric=load_rubric("sycophancy"), labels=pilot(100))
    found = next_labels(judged, 20)
    assert "expected error" in found.method
    pi = dict(zip(found.transcripts, found.probability, strict=True))
    level = dict(zip(judged.transcripts, judged.scores, strict=True))
    assert len(pi) == 20
    assert judged.labelled_y.size == 90  # ten of the hundred have no verdict
    assert {level[name] for name in pi} >= {1.0}


def test_the_file_is_blind_and_reads_back_as_labels(tmp_path: Path) -> None:
    found = next_labels(read_judged(run_of(tmp_path)), 4)
    out = io.BytesIO()
    assert write_next(found, out) == 4
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [row["transcript_id"] for row in rows] == list(found.transcripts)
    assert [float(row["probability"]) for row in rows] == pytest.approx(list(found.probability), rel=1e-11)
    assert {row["value"] for row in rows} == {""}
    filled = tmp_path / "filled.csv"
    with filled.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(row | {"annotator": "anna", "value": "3"} for row in rows)
    labels = load_labels(filled)
    assert [(one.transcript_id, one.value) for one in labels] == [(name, 3.0) for name in found.transcripts]
    assert labels.ignored == ()  # the probability stands beside the labels: `calibrate --probability` reads it


def test_estimates_that_weigh_by_the_probability_are_unbiased(tmp_path: Path) -> None:
    # The truth of level 1 to 5 is y = f, but 0 where the judge is unsure (f = 0.5): its mean is 0.4, f's 0.5.
    judged = Judged("r", tuple(f"q{i}" for i in range(500)), _scores(500), None)
    f = np.asarray(judged.scores)
    y = np.where(f == 0.5, 0.0, f)
    place = {name: i for i, name in enumerate(judged.transcripts)}
    means = []
    for seed in range(60):
        found = next_labels(judged, 40, seed=seed)
        rows = [place[name] for name in found.transcripts]
        rest = np.setdiff1d(np.arange(500), rows)
        weights = 1.0 / np.array(found.probability)
        means.append(ppi_mean(y[rows], f[rows], f[rest], weights=weights).value)
    # 60 draws: the mean of the estimates has an error of their spread by √60.
    assert np.mean(means) == pytest.approx(0.4, abs=4 * float(np.std(means)) / 60**0.5)


def _scores(n: int) -> array[float]:
    return array("d", [(i % 5) / 4 for i in range(n)])


def test_a_pilot_says_how_many_labels(tmp_path: Path) -> None:
    judged = read_judged(run_of(tmp_path, 400), rubric=load_rubric("sycophancy"), labels=pilot(60))
    plan = plan_from(judged, 0.05)
    assert plan.n_labels == 54  # six of the sixty have no verdict
    assert plan.labels_needed is not None
    assert plan.labels_needed < plan.labels_needed_alone
    assert judged.unlabelled_f.size + judged.labelled_f.size == 360


def test_the_rubric_has_to_be_known(tmp_path: Path) -> None:
    run = stored(tmp_path / "two.db", [on("q1/A", 3), on("q1/A", 2, rubric="tone")])
    with pytest.raises(UserError, match="has 2 rubrics: sycophancy, tone; say which with rubric="):
        read_judged(run)
    with pytest.raises(UserError, match="has no verdicts under 'depth'; there are sycophancy, tone"):
        read_judged(run, rubric="depth")
    assert read_judged(run, rubric="tone").transcripts == ("q1/A",)


def test_without_labels_there_are_only_verdicts(tmp_path: Path) -> None:
    judged = read_judged(run_of(tmp_path, 20))
    assert (judged.labelled_y.size, judged.labelled_f.size, judged.unlabelled_f.size) == (0, 0, 18)
