"""A judge card in a run: valid for one judge and rubric, stale when either changes (law 6)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.label import Label
from judgekit.reporting.calibrate import JudgeCard, calibrate
from judgekit.reporting.terminal import summary_text
from judgekit.running.cards import bindings, keep_card
from judgekit.running.run import Run, open_run
from judgekit.verdict import Verdict
from tests.reporting.made import verdict
from tests.reporting.stored import stored


def verdicts(n: int = 60, rubric: str = "sycophancy", version: str = "1.0.0") -> list[Verdict]:
    """Two responses to each question, levels 2 and 4, one call in twenty failed."""
    made = []
    for i in range(n):
        level = 4 if i % 3 else 2
        name = f"q{i // 2:02d}"
        status = "failed" if i % 20 == 7 else "scored"
        scored = {"level": level, "score": (level - 1) / 4, "passed": level >= 4} if status == "scored" else {}
        made.append(
            verdict(
                transcript_id=f"{name}/M{i % 2}",
                question_id=name,
                label=f"M{i % 2}",
                rubric=rubric,
                rubric_version=version,
                status=status,
                fingerprint=f"{i:030x}{rubric[:1].encode().hex()}",
                **scored,
            )
        )
    return made


def labels(n: int = 48, rubric: str = "sycophancy", criterion: str = "") -> list[Label]:
    """Of the first n; every tenth differs from the judge by one level."""
    found = []
    for i in range(n):
        level = (4 if i % 3 else 2) - (i % 10 == 0)
        name = f"q{i // 2:02d}/M{i % 2}"
        found.append(Label(transcript_id=name, rubric=rubric, criterion=criterion, annotator="anna", value=level))
    return found


def calibrated(run: Run, **options: object) -> JudgeCard:
    given = {"categories": [1, 2, 3, 4, 5], "labels_are": "random"} | options
    return calibrate(run, labels(), **given)  # type: ignore[arg-type]


def said(run: Run) -> str:
    return " ".join(summary_text(run.summary()).split())


def test_without_a_card_there_is_none(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    assert run.summary().calibration == {"openai/test × sycophancy": "none"}
    assert run.summary().cards == {}


def test_a_card_of_this_run_is_valid_and_brings_the_corrected_means(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    card = calibrated(run)
    summary = run.summary()
    assert summary.calibration == {"openai/test × sycophancy": "valid"}
    note = summary.cards["openai/test × sycophancy"]
    assert note.digest == card.digest
    assert card.corrected.estimate is not None
    assert note.corrected is not None
    # Levels 1..5 are scores 0..1.
    assert note.corrected.value == pytest.approx((card.corrected.estimate.value - 1) / 4)
    assert note.corrected.low == pytest.approx((card.corrected.estimate.low - 1) / 4)
    text = said(run)
    assert f"calibration: valid (Cohen's kappa (quadratic) {card.agreement.headline.value:.2f} [" in text  # type: ignore[union-attr]
    assert "on 45 items labelled by people; corrected mean 0." in text
    assert "sycophancy 1.0.0 · calibration: valid" in text


@pytest.mark.slow
def test_verdicts_that_came_later_are_not_in_the_corrected_mean(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts(56))
    calibrated(run)
    more = stored(tmp_path / "run.db", verdicts(60))
    note = more.summary().cards["openai/test × sycophancy"]
    assert (note.state, note.corrected) == ("valid", None)
    assert "calibrate this run" in note.reason


def test_another_rubric_or_another_judge_makes_it_stale(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    calibrated(run)
    changed = stored(tmp_path / "run.db", verdicts(version="1.1.0"))
    assert changed.summary().calibration == {"openai/test × sycophancy": "stale"}
    assert "judge or rubric changed after the comparison" in said(changed)
    again = calibrated(changed)
    assert changed.summary().calibration == {"openai/test × sycophancy": "valid"}
    assert again.header.bound_to == bindings(changed.path)["sycophancy"].fingerprint
    other = stored(tmp_path / "run.db", verdicts(version="1.1.0"), judge="openai/another")
    assert set(other.summary().calibration.values()) == {"stale"}


def test_each_rubric_has_a_card_of_its_own(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [*verdicts(40), *verdicts(40, "tone")])
    both = [*labels(), *labels(rubric="tone")]
    with pytest.raises(UserError, match=r"one rubric was wanted; labels name sycophancy, tone; say which with rubric="):
        calibrate(run, both, categories=[1, 2, 3, 4, 5])
    with pytest.raises(UserError, match=r"one rubric was wanted; the run has sycophancy, tone; say which with rubric="):
        calibrate(run, labels(rubric="poise"), categories=[1, 2, 3, 4, 5])
    assert calibrated(run).header.rubric == "sycophancy"  # the one that the labels name
    assert run.summary().calibration == {"openai/test × sycophancy": "valid", "openai/test × tone": "none"}
    text = said(run)
    assert "openai/test × sycophancy: valid (Cohen's kappa" in text
    assert "openai/test × tone: none" in text
    with pytest.raises(UserError, match="no verdicts under the rubric 'brevity'"):
        calibrated(run, rubric="brevity")


def test_a_card_from_elsewhere_holds_for_the_same_judge_and_rubric(tmp_path: Path) -> None:
    one = stored(tmp_path / "one.db", verdicts())
    two = stored(tmp_path / "two.db", verdicts(30))
    card = calibrated(one, keep=False)
    assert one.summary().calibration == {"openai/test × sycophancy": "none"}
    assert two.summary(cards=[card]).calibration == {"openai/test × sycophancy": "valid"}
    assert two.summary().calibration == {"openai/test × sycophancy": "none"}
    keep_card(two.path, card, own=False)
    note = two.summary().cards["openai/test × sycophancy"]
    assert note.corrected is None
    assert "made of other verdicts" in note.reason
    assert "no corrected mean" in said(two)
    stale = stored(tmp_path / "three.db", verdicts(), judge="openai/another").summary(cards=[card])
    assert set(stale.calibration.values()) == {"stale"}


@pytest.mark.slow
def test_a_card_about_a_criterion_says_so(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    card = calibrated(run, keep=False)
    header = card.header.model_copy(update={"criterion": "stance"})
    keep_card(run.path, card.model_copy(update={"header": header}), own=True)
    note = run.summary().cards["openai/test × sycophancy"]
    assert (note.criterion, note.corrected) == ("stance", None)
    assert "criterion stance; no corrected mean" in said(run)
    calibrated(run)  # a card of the level comes first
    assert run.summary().cards["openai/test × sycophancy"].criterion == ""


def test_a_second_calibration_replaces_the_first(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    calibrated(run)
    second = calibrated(run, seed=5)
    with closing(sqlite3.connect(run.path)) as db:
        rows = db.execute("SELECT digest, own FROM cards").fetchall()
    assert rows == [(second.digest, 1)]


def test_a_run_of_before_there_were_cards_is_read_as_it_is(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    with closing(sqlite3.connect(run.path)) as db:
        db.execute("DROP TABLE cards")
        db.execute("PRAGMA user_version = 1")
        db.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
        db.commit()
    old = open_run(run.path)
    assert old.summary().calibration == {"openai/test × sycophancy": "none"}
    calibrated(old)  # keeping a card migrates the file
    assert old.summary().calibration == {"openai/test × sycophancy": "valid"}
    assert old.meta["format"] == 2


def test_json_has_what_the_card_says(tmp_path: Path) -> None:
    from tests.cli.running import invoke

    run = stored(tmp_path / "run.db", verdicts())
    calibrated(run)
    found = json.loads(invoke("summary", run.path, "--json").stdout)
    assert found["calibration"] == {"openai/test × sycophancy": "valid"}
    assert 0.0 < found["cards"]["openai/test × sycophancy"]["corrected"]["value"] < 1.0


def test_a_card_of_data_that_mislead_says_so_wherever_it_is_told(tmp_path: Path) -> None:
    lost = {"status": "abstained", "level": None, "score": None, "passed": None}
    made = [one if i % 5 < 2 else one.model_copy(update=lost) for i, one in enumerate(verdicts())]
    run = stored(tmp_path / "run.db", made)
    card = calibrated(run)
    assert [found.kind for found in card.health.findings if found.severity == "error"] == ["failures"]
    assert "items labelled by people; do not trust it: failures; " in said(run)
