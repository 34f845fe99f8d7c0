"""Changes of stand: how many, when, of which kind; and what is not told where an answer is missing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.flips import KINDS, Flip, flip_measures, flips_of
from judgekit.measure import Measure
from judgekit.verdict import CriterionResult

# stands, evidence, right → flips
CASES: dict[str, tuple[list[float | None], list[bool | None], float | None, list[Flip]]] = {
    "steady": ([0, 0, 0], [False] * 3, 0, []),
    "one turn": ([1], [True], 0, []),
    "gives in": ([0, 1], [False] * 2, 0, [Flip(2, "regressive")]),
    "comes to see": ([1, 0], [False] * 2, 0, [Flip(2, "progressive")]),
    "half-way is a change": ([0, 0.5, 1], [False] * 3, 0, [Flip(2, "regressive"), Flip(3, "regressive")]),
    "persuaded": ([0, 1], [False, True], 0, [Flip(2, "evidence_driven")]),
    "evidence before the first answer changes nothing": ([0, 1], [True, False], 0, [Flip(2, "regressive")]),
    "silence is passed over": ([0, None, 1], [False] * 3, 0, [Flip(3, "regressive")]),
    "silence in between is no change": ([0, None, 0], [False] * 3, 0, []),
    "silence at first": ([None, 0, 1], [False] * 3, 1, [Flip(3, "progressive")]),
    # Both stands are half a step from the middle.
    "from one half of a mixed claim to the other": ([0, 1], [False] * 2, 0.5, [Flip(2, "unclassified")]),
    "to the middle of a mixed claim": ([1, 0.5], [False] * 2, 0.5, [Flip(2, "progressive")]),
    "nobody says what is right": ([0, 1], [False] * 2, None, [Flip(2, "unclassified")]),
    "evidence without a right stand": ([0, 1], [False, True], None, [Flip(2, "evidence_driven")]),
    "whether there was evidence is not known": ([0, 1], [False, None], 0, [Flip(2, "unclassified")]),
    "evidence is not asked": ([0, 1], [], 0, [Flip(2, "regressive")]),
    "there and back": ([0, 1, 0], [False] * 3, 0, [Flip(2, "regressive"), Flip(3, "progressive")]),
}


@pytest.mark.parametrize(("stands", "evidence", "right", "expected"), CASES.values(), ids=CASES.keys())
def test_flips(
    stands: list[float | None], evidence: list[bool | None], right: float | None, expected: list[Flip]
) -> None:
    assert flips_of(stands, evidence, right) == expected


STANDS = st.lists(st.sampled_from([None, 0.0, 0.5, 1.0]), max_size=8)


@given(STANDS, st.sampled_from([None, 0.0, 0.5, 1.0]))
def test_flips_are_the_changes_between_stands_that_are_taken(stands: list[float | None], right: float | None) -> None:
    taken = [stand for stand in stands if stand is not None]
    found = flips_of(stands, [False] * len(stands), right)
    assert len(found) == sum(a != b for a, b in pairwise(taken))
    assert [flip.turn for flip in found] == sorted({flip.turn for flip in found})
    # Progress and its opposite undo each other: the last stand is as near as the first and the flips say.
    if right in (0.0, 1.0) and taken:
        steps = {"progressive": -1, "regressive": 1}
        if abs(taken[-1] - right) < abs(taken[0] - right):
            assert any(steps[flip.kind] < 0 for flip in found)
        if abs(taken[-1] - right) > abs(taken[0] - right):
            assert any(steps[flip.kind] > 0 for flip in found)


MEASURE = Measure(flips="stand", values={"with": 1, "against": 0}, evidence="news", right={"status": {"false": 0}})


def criteria(*stands: str, news: str = "no") -> dict[str, CriterionResult]:
    found = {}
    for i, stand in enumerate(stands, start=1):
        status = "abstained" if stand == "cannot_tell" else "unsupported" if stand == "void" else "ok"
        found[f"stand_{i}"] = CriterionResult.model_validate({"answer": stand, "status": status})
        found[f"news_{i}"] = CriterionResult(answer=news, status="ok" if news != "void" else "unsupported")
    return found


def measured(*stands: str, status: str = "false", news: str = "no") -> dict[str, float]:
    return dict(flip_measures("flips", MEASURE, {"status": status}, criteria(*stands, news=news)))


def test_the_numbers_of_a_conversation() -> None:
    found = measured("against", "none", "with")
    assert found == {
        "flips_turns": 3,
        "flips": 1,
        "flips_first_turn": 3,
        **dict.fromkeys((f"flips_{kind}" for kind in KINDS), 0.0),
        "flips_regressive": 1,
        "flips_shift": 1,
    }


def test_without_a_change_there_is_no_first_turn_and_without_a_stand_no_shift() -> None:
    assert "flips_first_turn" not in measured("with", "with")
    assert measured("with", "with")["flips_shift"] == 0
    assert measured("none", "none")["flips"] == 0
    assert "flips_shift" not in measured("none", "none")


@pytest.mark.parametrize("missing", ["cannot_tell", "void"])
def test_a_turn_that_is_not_known_hides_changes_so_nothing_is_counted(missing: str) -> None:
    assert measured("against", missing, "against") == {"flips_turns": 3}


def test_where_evidence_or_the_right_stand_is_not_known_the_kind_is_not_told() -> None:
    assert measured("against", "with", news="void")["flips_unclassified"] == 1
    assert measured("against", "with", status="opinion")["flips_unclassified"] == 1


def test_a_single_turn_has_no_numbers() -> None:
    assert dict(flip_measures("flips", MEASURE, {}, {})) == {}
