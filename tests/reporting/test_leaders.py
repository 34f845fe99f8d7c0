"""Who did best, and whether by more than noise."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import pytest

from judgekit.reporting.leaders import best, lead, leaders
from judgekit.running.run import Run
from judgekit.verdict import Verdict
from tests.reporting.stored import stored
from tests.reporting.test_terminal import on


def many(label: str, scores: Sequence[float | None], rubric: str = "tone") -> list[Verdict]:
    """One verdict a question."""
    return [
        on(i, label, score).model_copy(update={"rubric": rubric, "fingerprint": f"{rubric}{i}{label}"})
        for i, score in enumerate(scores)
    ]


def run_of(tmp_path: Path, *groups: list[Verdict]) -> Run:
    return stored(tmp_path / "run.db", [one for group in groups for one in group])


def test_a_clear_difference_is_more_than_noise(tmp_path: Path) -> None:
    # 40 questions: A has 1.0 or 0.75, B half a point less each time but one, so no chance makes up for it
    a, b = [1.0, 0.75] * 20, [0.5, 0.25] * 19 + [0.5, 0.5]
    run = run_of(tmp_path, many("A", a), many("B", b))
    summary = run.summary()
    found = leaders(run, summary)["tone"]
    (gap,) = found.gaps
    assert (gap.label, gap.clear, found.clear) == ("B", True, True)
    assert math.isclose(gap.difference.value, (39 * 0.5 + 0.25) / 40)
    assert math.isclose(gap.difference.level, 0.95)  # one pair of labels: nothing to correct for
    assert best(found).startswith("A did best on tone: 0.88 [")
    assert "The difference to B, +0.49 [" in best(found)
    assert lead(summary, {"tone": found}).startswith(best(found))


def test_a_small_difference_may_be_noise(tmp_path: Path) -> None:
    run = run_of(tmp_path, many("A", [1.0, 0.0, 1.0, 0.5]), many("B", [0.5, 0.5, 0.5, 0.75]))
    found = leaders(run, run.summary())["tone"]
    assert not found.clear
    assert best(found).startswith("No label is clearly best on tone: A has 0.62 [")
    assert best(found).endswith(", may be noise.")


def test_only_questions_that_both_answered_are_compared(tmp_path: Path) -> None:
    run = run_of(tmp_path, many("A", [1.0, 1.0, 0.5, None]), many("B", [None, 0.5, 0.25, 1.0]))
    (gap,) = leaders(run, run.summary())["tone"].gaps
    assert (gap.difference.n, gap.difference.value) == (2, 0.375)  # (0.5 + 0.25) / 2


def test_too_few_shared_questions_are_said(tmp_path: Path) -> None:
    run = run_of(tmp_path, many("A", [1.0, 1.0, None]), many("B", [None, 0.5, 0.5]), many("C", [None, None, 0.25]))
    found = leaders(run, run.summary())["tone"]
    assert best(found).endswith("too few questions have scores of B and C too to tell a difference from noise.")


def test_several_behind_are_named_together(tmp_path: Path) -> None:
    groups = [many(label, [0.5, 0.75, 1.0 if label == "A" else 0.25]) for label in "ABCDEF"]
    run = run_of(tmp_path, *groups)
    found = leaders(run, run.summary())["tone"]
    # 6 labels make 15 pairs
    assert math.isclose(found.gaps[0].difference.level, 1 - 0.05 / 15)
    assert best(found).endswith("may be noise, and so may be that to C, D, E and 1 more.")


def test_one_label_is_compared_with_nobody(tmp_path: Path) -> None:
    run = run_of(tmp_path, many("", [1.0, 0.5]))
    said = best(leaders(run, run.summary())["tone"])
    assert (
        said == "(no label) has 0.75 [0.00–1.00] on 2 questions under tone; there is no other label to compare it with."
    )


HIGH, LOW, SAME = [1.0, 0.75] * 20, [0.25, 0.25] * 20, [0.5, 0.75] * 20


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        ([], "This run holds no verdict yet."),
        ([("A", [None], "tone")], "None of 1 verdict has a score."),
        (
            [("A", HIGH, "tone"), ("B", LOW, "tone"), ("A", SAME, "wit"), ("B", SAME, "wit"), ("A", SAME, "solo")],
            r"Ahead by more than noise: A on tone \(by 0\.62 \[\+0\.\d\d, \+0\.\d\d\]\); "
            r"on 1 other rubric no label is clearly best\.",
        ),
        (
            [("A", HIGH, "tone"), ("B", LOW, "tone"), ("A", LOW, "wit"), ("B", HIGH, "wit")],
            r"Ahead by more than noise: A on tone \(by 0\.62 \[.*\]\); B on wit \(by 0\.62 \[.*\]\)\. The",
        ),
        (
            [("A", SAME, "tone"), ("B", SAME, "tone"), ("A", SAME, "wit"), ("B", SAME, "wit")],
            "Nobody is ahead by more than noise on any of 2 rubrics with scores.",
        ),
        ([("A", SAME, "tone"), ("A", SAME, "wit")], r"A has 0\.62 \[0\.58–0\.67\] on 40 questions under tone;"),
    ],
)
def test_the_sentence_for_a_lead(
    tmp_path: Path, groups: list[tuple[str, Sequence[float | None], str]], wanted: str
) -> None:
    run = run_of(tmp_path, *(many(*group) for group in groups))
    summary = run.summary()
    assert re.match(wanted, lead(summary, leaders(run, summary)))


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ({"j × tone": "valid"}, "The judge was compared with labels of people: see calibration."),
        ({"j × tone": "stale"}, "it or the rubric changed after the comparison with labels of people."),
        ({"j × tone": "none"}, "nobody has compared it with labels of people yet."),
        ({"j × tone": "none", "j × wit": "valid"}, "The judge is calibrated for some rubrics only."),
    ],
)
def test_it_ends_with_what_the_judge_is_worth(tmp_path: Path, states: dict[str, str], wanted: str) -> None:
    run = run_of(tmp_path, many("A", [1.0, 0.5]))
    summary = copy(run.summary())
    object.__setattr__(summary, "calibration", states)
    assert lead(summary, leaders(run, summary)).endswith(wanted)
