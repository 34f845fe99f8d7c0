"""Why nothing could be paired: the sentence says which reason takes most labels, with an example of both sides."""

from __future__ import annotations

from typing import Any

import pytest

from judgekit.calibration.data_health import health
from judgekit.calibration.pairing import pair
from judgekit.calibration.pairing_none import why_none
from judgekit.io.scores import Score
from judgekit.label import Label


def label(transcript: str, value: Any, annotator: str = "anna") -> Label:
    return Label(transcript_id=transcript, rubric="r", annotator=annotator, value=value)


SCORES = [Score("q1/A", value=4), Score("q2/A", value=5)]


@pytest.mark.parametrize(
    ("scores", "labels", "said"),
    [
        (SCORES, [], "there is no label"),
        ([], [label("q1/A", 4)], "there is no verdict for any transcript with a label: labels name 'q1/A'"),
        (
            SCORES,
            [label("q1/A", 40), label("q2/A", 50)],
            "2 labels are not on the scale of 1, 2, 3, 4, 5, such as 40 for q1/A: name the scale that the labels have",
        ),
        (SCORES, [label("q1/A", "good")], "1 label is not on the scale of 1, 2, 3, 4, 5, such as 'good' for q1/A"),
        (
            SCORES,
            [label("x1", 4), label("x2", 4), label("q1/A", 9)],
            "2 of 3 labels belong to transcripts without a verdict: labels name 'x1', verdicts 'q1/A'; are they of",
        ),
        ([Score("q1/A", failure="failed: timeout")], [label("z", 4)], "labels name 'z', verdicts 'q1/A'"),
        (SCORES, [label("q1/A", 4), label("q1/A", 5)], "2 labels contradict others of the same annotator"),
        (SCORES, [label("q1/A", "cannot_tell")], "none of 1 label is an answer"),
    ],
)
def test_the_reason_that_takes_most_labels(scores: list[Score], labels: list[Label], said: str) -> None:
    assert said in why_none(pair(scores, labels, categories=[1, 2, 3, 4, 5]))


def test_a_range_is_named_by_its_ends() -> None:
    assert "not on the scale from 0 to 1, such as 4 for q1/A" in why_none(
        pair(SCORES, [label("q1/A", 4)], scale=(0, 1))
    )


def test_ids_that_are_only_spelt_in_another_way_are_said_so() -> None:
    scores = [Score("q1/A", value=4), Score("q2/A", value=3)]
    found = health(pair(scores, [label("Q1/a", 4), label("Q2/a", 4)], categories=[1, 2, 3, 4, 5]))
    nothing = next(one for one in found if one.kind == "nothing_paired")
    assert nothing.detail == (
        "2 labels belong to transcripts without a verdict: labels name 'Q1/a', verdicts 'q1/A'; they fit if case did "
        "not count: spell ids alike"
    )
    assert any(one.kind == "misaligned_ids" for one in found)
