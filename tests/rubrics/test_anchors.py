"""The anchors can be told apart: by a reader, and from rubric to rubric."""

from __future__ import annotations

from itertools import combinations

import pytest

from judgekit.rubric import Rubric
from tests.rubrics.shelf import case_name, rubrics, words_of

RUN = 6
"""So many words in a row are no coincidence."""


def runs(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


@pytest.mark.parametrize(("one", "other"), list(combinations(rubrics(), 2)), ids=case_name)
def test_no_anchor_is_copied_from_another_rubric(one: Rubric, other: Rubric) -> None:
    mine = set().union(*(runs(anchor) for anchor in one.levels.values()))
    theirs = set().union(*(runs(anchor) for anchor in other.levels.values()))
    assert not mine & theirs


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_anchors_say_something_and_differ(one: Rubric) -> None:
    assert all(len(words_of(anchor)) >= 8 for anchor in one.levels.values())
    assert len(set(one.levels.values())) == one.top


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_anchors_do_not_lean_on_empty_words_of_praise(one: Rubric) -> None:
    # Two readers never mean the same by these.
    empty = {"excellent", "outstanding", "adequate", "poor", "average", "appropriate", "satisfactory"}
    for level, anchor in one.levels.items():
        assert not (empty - {"adequate"} if one.name == "over_engineering" else empty) & set(words_of(anchor)), level
