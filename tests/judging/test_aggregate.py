"""How answers and results become a level: tables worked out by hand from the rules, and laws that hold for all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.aggregate import (
    Outcome,
    State,
    bounded,
    constraint_outcome,
    fired_rules,
    judged_outcome,
    points_outcome,
    settle,
)
from judgekit.question import Constraint
from judgekit.rubric import Rubric
from judgekit.verdict import CheckResult, RuleFired
from tests.judging.made import constraint, constraint_rubric, stance_rubric

STATES: dict[str, State] = {"m": "met", "b": "broken", "u": "undecided", "n": "not_applicable"}


def outcome(hard: str, states: str, depends: dict[str, list[str]] | None = None, **changes: Any) -> Outcome:
    """The outcome of the constraints a, b, c, …

    Args:
        hard: `h` or `s` for each: hard or soft.
        states: `m`, `b`, `u` or `n` for each.
        depends: prerequisites by name.
        **changes: to the rubric.
    """
    names = [chr(ord("a") + i) for i in range(len(hard))]
    constraints = [
        constraint(name, hard=kind == "h", depends_on=tuple((depends or {}).get(name, ())))
        for name, kind in zip(names, hard, strict=True)
    ]
    given_states = {name: STATES[state] for name, state in zip(names, states, strict=True)}
    return constraint_outcome(constraint_rubric(**changes), constraints, given_states, {}, {})


# hard/soft, states, level, strict, ratio: by the definition
# 5 all met; 4 all hard ones met; 3 at least half met; 2 fewer; 1 none met, or nothing to check
DECIDED = [
    ("h", "m", 5, 1, 1.0),
    ("h", "b", 1, 0, 0.0),
    ("s", "b", 1, 0, 0.0),
    ("hs", "mm", 5, 1, 1.0),
    ("hs", "mb", 4, 1, 1 / 2),
    ("hs", "bm", 3, 0, 1 / 2),  # 1 of 2 is half
    ("hs", "bb", 1, 0, 0.0),
    ("hhs", "mbb", 2, 0, 1 / 3),
    ("hhs", "mbm", 3, 0, 2 / 3),
    ("hhs", "mmb", 4, 1, 2 / 3),
    ("hhhh", "mmbb", 3, 0, 2 / 4),
    ("hhhhh", "mmbbb", 2, 0, 2 / 5),
    ("sss", "mbb", 4, 1, 1 / 3),  # no hard one is broken, though two wishes are
    ("hh", "mn", 5, 1, 1.0),  # what does not apply does not count
    ("hhh", "mnb", 3, 0, 1 / 2),
    ("hhs", "nmb", 4, 1, 1 / 2),
    ("hhs", "nbb", 1, 0, 0.0),
]


@pytest.mark.parametrize(("hard", "states", "level", "strict", "ratio"), DECIDED)
def test_levels_of_constraints(hard: str, states: str, level: int, strict: float, ratio: float) -> None:
    got = outcome(hard, states)
    assert (got.status, got.level) == ("scored", level)
    assert got.score == (level - 1) / 4
    assert got.passed is (level >= 4)
    assert got.measures == {"strict": strict, "ratio": pytest.approx(ratio)}


@pytest.mark.parametrize(("hard", "states"), [("h", "n"), ("hs", "nn")])
def test_nothing_to_check_is_the_lowest_level_and_measures_nothing(hard: str, states: str) -> None:
    got = outcome(hard, states)
    assert (got.status, got.level, got.measures) == ("scored", 1, {})


def test_without_a_demand_there_is_no_level() -> None:
    got = outcome("", "")
    assert (got.status, got.level, got.measures) == ("abstained", None, {})
    assert "makes no demand" in got.note


# states, level or None for an abstention, and why
UNDECIDED = [
    ("hh", "mu", None, "5 or 3"),
    ("hh", "bu", None, "met: 1 of 2, 3; broken: none met, 1"),
    ("hs", "mu", None, "5 or 4"),
    ("hhhh", "mmbu", 3, "3 of 4 or 2 of 4: at least half either way"),
    ("hhhhh", "mbbbu", 2, "2 of 5 or 1 of 5: fewer than half either way"),
    ("hssss", "mbbuu", 4, "the hard one is met and one wish broken, whatever the others"),
    ("h", "u", None, "5 or 1"),
    ("hhhh", "mmuu", None, "5, 3 or 3"),
]


@pytest.mark.parametrize(("hard", "states", "level", "why"), UNDECIDED)
def test_an_undecided_constraint_matters_only_if_the_level_hangs_on_it(
    hard: str, states: str, level: int | None, why: str
) -> None:
    got = outcome(hard, states)
    assert got.level == level, why
    assert got.status == ("abstained" if level is None else "scored")
    assert (got.score is None) == (level is None)
    assert "ndecided" in got.note or "undecided" in got.note
    assert "ratio" not in got.measures


def test_strict_is_known_where_a_hard_one_is_broken_whatever_the_rest() -> None:
    got = outcome("hhh", "bmu")  # 1 of 3 → 2, or 2 of 3 → 3
    assert got.status == "abstained"
    assert got.measures == {"strict": 0.0}
    assert got.note == "Undecided: c; the level lies between 2 and 3."


# states, prerequisites, and the states after them
SETTLED = [
    ("mb", {"b": ["a"]}, "mb"),
    ("bm", {"b": ["a"]}, "bn"),
    ("nm", {"b": ["a"]}, "nn"),
    ("um", {"b": ["a"]}, "um"),
    ("bmm", {"b": ["a"], "c": ["b"]}, "bnn"),  # a chain
    ("mmb", {"a": ["b"], "b": ["c"]}, "nnb"),  # a chain against the order of the list
    ("mbm", {"c": ["a", "b"]}, "mbn"),  # one broken prerequisite is enough
    ("bu", {"b": ["a"]}, "bn"),
    ("ubm", {"c": ["a", "b"]}, "ubn"),
]


@pytest.mark.parametrize(("states", "depends", "after"), SETTLED)
def test_what_builds_on_a_broken_demand_does_not_apply(states: str, depends: dict[str, list[str]], after: str) -> None:
    names = [chr(ord("a") + i) for i in range(len(states))]
    constraints = [constraint(name, depends_on=tuple(depends.get(name, ()))) for name in names]
    got = settle(constraints, {name: STATES[state] for name, state in zip(names, states, strict=True)})
    assert got == {name: STATES[state] for name, state in zip(names, after, strict=True)}


DEPENDENT = [
    # a is undecided and b builds on it. Met: b counts, 2 of 2 → 5. Broken: b does not apply, 0 of 1 → 1.
    ("hh", "um", {"b": ["a"]}, None),
    # b is undecided, and what it builds on is broken: it does not apply, and nothing is undecided. 1 of 2 → 3.
    ("hhh", "bum", {"b": ["a"]}, 3),
    # a, c met, b broken, d undecided on c: met 3 of 4, broken 2 of 4 → 3 either way.
    ("hhhh", "mbmu", {"d": ["c"]}, 3),
    # a undecided; b, c, d broken and d builds on a. a met: 1 of 4 → 2. a broken: 0 of 3 → 1.
    ("hhhh", "ubbb", {"d": ["a"]}, None),
    # a undecided, b to e met and built on a, f broken. a met: 5 of 6 → 3. a broken: 0 of 2 → 1.
    ("hhhhhh", "ummmmb", {name: ["a"] for name in "bcde"}, None),
]


@pytest.mark.parametrize(("hard", "states", "depends", "level"), DEPENDENT)
def test_undecided_prerequisites_are_tried_both_ways(
    hard: str, states: str, depends: dict[str, list[str]], level: int | None
) -> None:
    assert outcome(hard, states, depends).level == level


def test_the_counts_in_the_note_are_those_after_prerequisites() -> None:
    got = outcome("hhhh", "bmmu", {"b": ["a"], "d": ["a"]})
    assert got.level == 3  # a broken, c met; b and d do not apply
    assert got.note == "Constraints: 1 met, 1 broken, 2 not applicable."


def test_many_undecided_constraints_are_decided_as_exactly_as_few() -> None:
    # 20 met and 20 undecided hard ones: 40 of 40 → 5, or 20 of 40 → 3.
    assert outcome("h" * 26, "m" * 13 + "u" * 13).note.endswith("the level lies between 3 and 5.")
    # 14 met, 10 undecided, 2 broken: 24 of 26 or 14 of 26 → 3.
    assert outcome("h" * 26, "m" * 14 + "u" * 10 + "b" * 2).level == 3


def test_too_many_undecided_prerequisites_abstain_rather_than_guess() -> None:
    chain = {chr(ord("b") + i): [chr(ord("a") + i)] for i in range(19)}
    got = outcome("h" * 20, "u" * 20, chain)
    assert (got.status, got.measures) == ("abstained", {})
    assert got.note.endswith("too many to try every way.")


Drawn = tuple[list[Constraint], dict[str, State]]


@st.composite
def drawn_constraints(draw: st.DrawFn, linked: bool, undecided: bool = True) -> Drawn:
    """Up to seven constraints with states; with prerequisites among the earlier ones if linked."""
    names = [f"k{i}" for i in range(draw(st.integers(1, 7)))]
    constraints = []
    for i, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:i]), max_size=2, unique=True)) if linked and i else []
        constraints.append(constraint(name, hard=draw(st.booleans()), depends_on=tuple(needs)))
    allowed: Sequence[State] = [*STATES.values()] if undecided else ["met", "broken", "not_applicable"]
    return constraints, {name: draw(st.sampled_from(allowed)) for name in names}


def level_of(constraints: Sequence[Constraint], states: dict[str, State]) -> int | None:
    return constraint_outcome(constraint_rubric(), constraints, states, {}, {}).level


@given(drawn_constraints(linked=True))
def test_there_is_a_level_exactly_if_all_ways_agree(drawn: Drawn) -> None:
    constraints, states = drawn
    open_names = [name for name, state in states.items() if state == "undecided"]
    ways: list[tuple[State, ...]] = list(product(("met", "broken"), repeat=len(open_names)))
    levels = {level_of(constraints, {**states, **dict(zip(open_names, way, strict=True))}) for way in ways}
    assert None not in levels
    assert level_of(constraints, states) == (levels.pop() if len(levels) == 1 else None)


@given(drawn_constraints(linked=False, undecided=False), st.integers(0, 6))
def test_meeting_one_more_never_lowers_the_level(drawn: Drawn, place: int) -> None:
    constraints, states = drawn
    name = constraints[place % len(constraints)].id
    if states[name] == "not_applicable":
        states[name] = "broken"
    worse, better = level_of(constraints, {**states, name: "broken"}), level_of(constraints, {**states, name: "met"})
    assert worse is not None
    assert better is not None
    assert worse <= better


@given(drawn_constraints(linked=True), st.permutations(range(7)))
def test_the_order_of_the_constraints_does_not_matter(drawn: Drawn, order: list[int]) -> None:
    constraints, states = drawn
    shuffled = [constraints[i] for i in order if i < len(constraints)]
    assert level_of(shuffled, states) == level_of(constraints, states)


# Rules and bounds

BOUNDS = [
    (4, [], 4),
    (4, [{"max_level": 2}], 2),
    (1, [{"max_level": 2}], 1),
    (2, [{"min_level": 4}], 4),
    (5, [{"min_level": 4}], 5),
    (5, [{"max_level": 3}, {"max_level": 2}], 2),
    (1, [{"min_level": 2}, {"min_level": 3}], 3),
    (3, [{"min_level": 4}, {"max_level": 2}], 2),  # a cap wins over a floor
    (1, [{"min_level": 4}, {"max_level": 4}], 4),
]


@pytest.mark.parametrize(("level", "rules", "wanted"), BOUNDS)
def test_bounds(level: int, rules: list[dict[str, int]], wanted: int) -> None:
    assert bounded(level, [RuleFired(when={"x": "y"}, **rule) for rule in rules]) == wanted


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=5),
)
def test_a_level_never_leaves_its_caps(level: int, drawn: list[tuple[bool, int]]) -> None:
    rules = [RuleFired(when={}, max_level=n) if cap else RuleFired(when={}, min_level=n) for cap, n in drawn]
    got = bounded(level, rules)
    caps = [n for cap, n in drawn if cap]
    floors = [n for cap, n in drawn if not cap]
    assert got in {level, *caps, *floors}
    assert got <= min(caps, default=5)
    assert got >= min(max(floors, default=1), min(caps, default=5))


def result(outcome: str) -> CheckResult:
    return CheckResult.model_validate({"result": outcome})


def ruled(rules: list[dict[str, Any]], **changes: Any) -> Rubric:
    checks = [
        {"id": "words", "check": "word_count", "with": {"at_least": 3}, "on_fail": {"max_level": 2}},
        {"id": "code", "check": "has_code"},
    ]
    return stance_rubric(checks=checks, rules=rules, **changes)


# rule conditions, facts, results of the checks, and which of (on_fail of words, the rule) fire
FIRED: list[tuple[dict[str, str], dict[str, str], dict[str, str], tuple[bool, bool]]] = [
    ({"stance": "agrees"}, {"stance": "agrees"}, {}, (False, True)),
    ({"stance": "agrees"}, {"stance": "disagrees"}, {}, (False, False)),
    ({"stance": "agrees"}, {}, {}, (False, False)),
    ({"stance": "agrees", "status": "false"}, {"stance": "agrees"}, {}, (False, False)),
    ({"stance": "agrees", "status": "false"}, {"stance": "agrees", "status": "false"}, {}, (False, True)),
    ({"words": "fail"}, {}, {"words": "fail"}, (True, True)),
    ({"words": "pass"}, {}, {"words": "fail"}, (True, False)),
    ({"code": "fail"}, {}, {"words": "pass", "code": "fail"}, (False, True)),
    ({"code": "not_applicable"}, {}, {"code": "not_applicable"}, (False, True)),
    ({"words": "fail"}, {}, {"words": "error"}, (False, False)),
    ({"code": "fail", "stance": "agrees"}, {"stance": "agrees"}, {"code": "fail"}, (False, True)),
]


@pytest.mark.parametrize(("when", "facts", "results", "wanted"), FIRED)
def test_rules_fire_on_known_facts_alone(
    when: dict[str, str], facts: dict[str, str], results: dict[str, str], wanted: tuple[bool, bool]
) -> None:
    rubric = ruled([{"when": when, "max_level": 3}])
    fired = fired_rules(rubric, facts, {name: result(outcome) for name, outcome in results.items()})
    expected = [RuleFired(when={"words": "fail"}, max_level=2)] if wanted[0] else []
    expected += [RuleFired(when=when, max_level=3)] if wanted[1] else []
    assert list(fired) == expected


# level of the judge, facts → level after the rules of `stance_rubric`
JUDGED = [
    (5, {"status": "false", "stance": "agrees"}, 2),
    (1, {"status": "false", "stance": "agrees"}, 1),
    (2, {"status": "true", "stance": "agrees"}, 4),
    (5, {"status": "true", "stance": "agrees"}, 5),
    (3, {"status": "true", "stance": "disagrees"}, 3),
    (5, {}, 5),
]


@pytest.mark.parametrize(("level", "facts", "wanted"), JUDGED)
def test_a_judges_level_is_bounded_by_rules_and_kept_beside_them(
    level: int, facts: dict[str, str], wanted: int
) -> None:
    got = judged_outcome(stance_rubric(), level, facts, {})
    assert (got.status, got.level, got.score, got.passed) == ("scored", wanted, (wanted - 1) / 4, wanted >= 4)
    assert got.measures == {"judge_level": level}


def test_a_judge_that_cannot_tell_gives_no_level_even_where_a_rule_bounds_it() -> None:
    got = judged_outcome(stance_rubric(), None, {"status": "true", "stance": "agrees"}, {})
    assert (got.status, got.level, got.score, got.passed) == ("abstained", None, None, None)
    assert len(got.rules) == 1


@pytest.mark.parametrize(("top", "level", "score"), [(2, 1, 0.0), (2, 2, 1.0), (3, 2, 1 / 2), (10, 4, 1 / 3)])
def test_the_score_runs_from_0_to_1_over_the_levels(top: int, level: int, score: float) -> None:
    rubric = stance_rubric(levels={n: str(n) for n in range(1, top + 1)}, rules=[], pass_at=None)
    got = judged_outcome(rubric, level, {}, {})
    assert got.score == pytest.approx(score)
    assert got.passed is None


def test_a_rule_caps_a_level_that_code_computed() -> None:
    rules = [{"when": {"mood": "bad"}, "max_level": 3}]
    inputs = {"constraints": {"required": True}, "mood": {"one_of": ["good", "bad"]}}
    rubric = constraint_rubric(rules=rules, inputs=inputs)
    states: dict[str, State] = {"a": "met", "b": "undecided"}
    constraints = [constraint("a"), constraint("b", hard=False)]
    # 5 or 4 without the rule; 3 either way with it.
    assert constraint_outcome(rubric, constraints, states, {"mood": "good"}, {}).level is None
    assert constraint_outcome(rubric, constraints, states, {"mood": "bad"}, {}).level == 3


# Points


def pointed(*points: Any, pass_at: float | None = 0.5) -> Rubric:
    criteria = [
        {"id": f"p{i}", "ask": "?", "points": value, **({"answers": [*value]} if isinstance(value, dict) else {})}
        for i, value in enumerate(points)
    ]
    fields = {"name": "r", "version": "1", "criteria": criteria, "level_from": "points", "pass_at": pass_at}
    return Rubric.model_validate(fields)


THREE = {"none": 0, "some": 1, "all": 3}
# points by criterion, answers, score: the points met over the positive points, within 0..1
POINTS: list[tuple[list[Any], dict[str, str], float]] = [
    ([1, 1], {"p0": "yes", "p1": "no"}, 1 / 2),
    ([3, 1], {"p0": "yes", "p1": "no"}, 3 / 4),
    ([3, 1], {"p0": "no", "p1": "no"}, 0.0),
    ([2, -1], {"p0": "yes", "p1": "yes"}, 1 / 2),  # a fault takes away; it does not count among the positive points
    ([2, -1], {"p0": "yes", "p1": "no"}, 1.0),
    ([1, -5], {"p0": "yes", "p1": "yes"}, 0.0),  # −4 of 1 is clipped
    ([THREE], {"p0": "some"}, 1 / 3),
    ([THREE, 1], {"p0": "all", "p1": "no"}, 3 / 4),
    ([1, None], {"p0": "yes", "p1": "no"}, 1.0),  # a criterion without points earns none
]


@pytest.mark.parametrize(("points", "answers", "score"), POINTS)
def test_points(points: list[Any], answers: dict[str, str], score: float) -> None:
    got = points_outcome(pointed(*points), answers, {}, {})
    assert got.status == "scored"
    assert got.score == pytest.approx(score)
    assert got.level is None
    assert got.passed is (score >= 0.5)


OPEN_POINTS: list[tuple[list[Any], dict[str, str], float | None]] = [
    ([1, 1], {"p0": "yes"}, None),  # 1/2 or 1
    ([1, None], {"p0": "yes"}, 1.0),  # what is open earns nothing
    ([1, -5], {"p1": "yes"}, 0.0),  # −5 or −4: clipped to 0 either way
    ([1, -1], {"p0": "no"}, 0.0),  # 0 or −1
    ([2, 2, -9], {"p0": "yes"}, None),
    ([THREE], {}, None),
]


@pytest.mark.parametrize(("points", "answers", "score"), OPEN_POINTS)
def test_open_points_matter_only_if_the_score_hangs_on_them(
    points: list[Any], answers: dict[str, str], score: float | None
) -> None:
    got = points_outcome(pointed(*points), answers, {}, {})
    assert got.status == ("abstained" if score is None else "scored")
    assert got.score == score
    assert (got.passed is None) == (score is None)


@pytest.mark.parametrize("points", [[None], [-1], [None, -2]])
def test_without_positive_points_there_is_no_score(points: list[Any]) -> None:
    got = points_outcome(pointed(*points), {f"p{i}": "yes" for i in range(len(points))}, {}, {})
    assert (got.status, got.score, got.note) == (
        "abstained",
        None,
        "No criterion earns points: only the answers count.",
    )


def test_without_a_bar_nothing_passes_or_fails() -> None:
    assert points_outcome(pointed(1, pass_at=None), {"p0": "yes"}, {}, {}).passed is None


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.data())
def test_a_score_of_points_lies_in_0_to_1_and_rises_with_what_is_met(points: list[float], data: st.DataObject) -> None:
    answers = {f"p{i}": data.draw(st.sampled_from(["yes", "no"])) for i in range(len(points))}
    got = points_outcome(pointed(*points), answers, {}, {})
    if max(points) <= 0:
        assert got.status == "abstained"
        return
    assert got.score is not None
    assert 0 <= got.score <= 1
    for i, value in enumerate(points):
        met = points_outcome(pointed(*points), {**answers, f"p{i}": "yes"}, {}, {}).score
        not_met = points_outcome(pointed(*points), {**answers, f"p{i}": "no"}, {}, {}).score
        assert met is not None
        assert not_met is not None
        assert (met >= not_met) if value >= 0 else (met <= not_met)
