"""The anchors can be told apart: by a reader, and from rubric to rubric."""

from __future__ import annotations

from itertools import combinations

import pytest

from judgekit.rubric import Rubric
from tests.rubrics.shelf import case_name, response_of, rubrics, runs_of, words_of

RUN = 6
"""So many words in a row are no coincidence."""


@pytest.mark.parametrize(("one", "other"), list(combinations(rubrics(), 2)), ids=case_name)
def test_no_anchor_is_copied_from_another_rubric(one: Rubric, other: Rubric) -> None:
    mine = set().union(*(runs_of(anchor, RUN) for anchor in one.levels.values()))
    theirs = set().union(*(runs_of(anchor, RUN) for anchor in other.levels.values()))
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


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_anchors_and_questions_do_not_give_the_examples_away(one: Rubric) -> None:
    # An anchor that quotes an example would be learnt by heart, and measured by that very example.
    told = [*one.levels.values(), *(criterion.ask for criterion in one.criteria)]
    known = set().union(*(runs_of(text, 5) for text in told))
    for example in one.examples:
        assert not known & runs_of(response_of(example), 5), example.id
