"""How answers and check results become a level: rules, constraints and points, all in code.

Where a constraint or a criterion with points is undecided (the judge cannot tell, its quote was not found, a check
could not be made), the result is computed for every way it could have gone. If all of them agree there is a level; if
not, the verdict abstains. A level that the judge picks is bounded by the rules whose conditions are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from judgekit.question import Constraint
from judgekit.rubric import Rubric
from judgekit.verdict import CheckResult, RuleFired, Status

State = Literal["met", "broken", "undecided", "not_applicable"]
_MOST_UNDECIDED = 10
_EITHER: tuple[State, State] = ("met", "broken")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answers amount to."""

    status: Status
    level: int | None = None
    score: float | None = None
    passed: bool | None = None
    measures: dict[str, float] = field(default_factory=dict)
    rules: tuple[RuleFired, ...] = ()
    note: str = ""
    """How code came to it, in a sentence."""


def fired_rules(rubric: Rubric, facts: Mapping[str, str], checks: Mapping[str, CheckResult]) -> tuple[RuleFired, ...]:
    """The bounds that apply: failed checks with a cap, then rules whose every condition is a known fact.

    Args:
        rubric: gives checks and rules.
        facts: input values and answers that count, by name.
        checks: results by id; `pass` and `fail` are facts too.
    """
    known = {**facts, **{name: check.result for name, check in checks.items()}}
    fired = [
        RuleFired(when={spec.id: "fail"}, max_level=spec.on_fail.max_level)
        for spec in rubric.checks
        if spec.on_fail is not None and spec.id in checks and checks[spec.id].result == "fail"
    ]
    fired.extend(
        RuleFired(when=dict(rule.when), max_level=rule.max_level, min_level=rule.min_level)
        for rule in rubric.rules
        if all(known.get(name) == value for name, value in rule.when.items())
    )
    return tuple(fired)


def bounded(level: int, fired: Sequence[RuleFired]) -> int:
    """The level within the bounds that fired; a cap wins over a floor."""
    floor = max((rule.min_level for rule in fired if rule.min_level is not None), default=level)
    cap = min((rule.max_level for rule in fired if rule.max_level is not None), default=max(level, floor))
    return min(max(level, floor), cap)


def judged_outcome(
    rubric: Rubric, judge_level: int | None, facts: Mapping[str, str], checks: Mapping[str, CheckResult]
) -> Outcome:
    """The outcome where the judge picks the level and rules may bound it."""
    fired = fired_rules(rubric, facts, checks)
    if judge_level is None:
        low, high = bounded(1, fired), bounded(rubric.top, fired)
        if low != high:
            note = f"The judge cannot tell the level; the rules leave {low} to {high}."
            return Outcome("abstained", rules=fired, note=note)
        return _scored(rubric, low, fired, {}, "The judge cannot tell the level; the rules leave only one.")
    level = bounded(judge_level, fired)
    return _scored(rubric, level, fired, {"judge_level": float(judge_level)})


def constraint_outcome(
    rubric: Rubric,
    constraints: Sequence[Constraint],
    states: Mapping[str, State],
    facts: Mapping[str, str],
    checks: Mapping[str, CheckResult],
) -> Outcome:
    """The outcome where the level is computed from the constraints.

    5 all met; 4 all hard ones met; 3 at least half met; 2 fewer; 1 none met, or nothing to check. Constraints that are
    not applicable do not count. `strict` (1 if every hard one is met) and `ratio` (met / applicable) stand beside it,
    unless they are undecided or nothing is applicable. Without any constraint there is no level.
    """
    fired = fired_rules(rubric, facts, checks)
    if not constraints:
        return Outcome("abstained", rules=fired, note="The prompt makes no demand, so there is none to follow.")
    settled = settle(constraints, states)
    ways = _ways(constraints, settled)
    levels = {bounded(_constraint_level(constraints, way), fired) for way in ways}
    measures = _measures(constraints, ways)
    undecided = [c.id for c in constraints if settled[c.id] == "undecided"]
    if len(levels) != 1:
        span = f"the level lies between {min(levels)} and {max(levels)}" if levels else "too many to try every way"
        return Outcome("abstained", measures=measures, rules=fired, note=f"Undecided: {', '.join(undecided)}; {span}.")
    counts = Counter(settled[c.id] for c in constraints)
    note = f"Constraints: {counts['met']} met, {counts['broken']} broken, {counts['not_applicable']} not applicable"
    note += f", {len(undecided)} undecided without effect on the level." if undecided else "."
    return _scored(rubric, levels.pop(), fired, measures, note)


def points_outcome(
    rubric: Rubric, answers: Mapping[str, str], facts: Mapping[str, str], checks: Mapping[str, CheckResult]
) -> Outcome:
    """The outcome where the score is the sum of the points met over the sum of the positive points, within 0..1."""
    fired = fired_rules(rubric, facts, checks)
    low = high = positive = 0.0
    for criterion in rubric.criteria:
        possible = [criterion.points_for(answer) for answer in criterion.answers]
        positive += max(0.0, *possible)
        got = [criterion.points_for(answers[criterion.id])] if criterion.id in answers else possible
        low, high = low + min(got), high + max(got)
    if positive <= 0:
        return Outcome("abstained", rules=fired, note="No criterion earns points: only the answers count.")
    low, high = (min(max(value / positive, 0.0), 1.0) for value in (low, high))
    if low != high:
        note = f"Undecided criteria leave the score between {low:.2f} and {high:.2f}."
        return Outcome("abstained", rules=fired, note=note)
    passed = None if rubric.pass_at is None else low >= rubric.pass_at
    return Outcome("scored", score=low, passed=passed, rules=fired, note=f"Points: {low:.2f} of 1.")


def _scored(
    rubric: Rubric, level: int, fired: tuple[RuleFired, ...], measures: dict[str, float], note: str = ""
) -> Outcome:
    score = (level - 1) / (rubric.top - 1)
    passed = None if rubric.pass_at is None else level >= rubric.pass_at
    return Outcome("scored", level, score, passed, measures, fired, note)


def _ways(constraints: Sequence[Constraint], states: Mapping[str, State]) -> list[dict[str, State]]:
    """Every way the undecided ones could have gone, prerequisites applied; none where there are too many.

    Those without prerequisites or dependants go the same way: each of them that is met only raises the level.
    """
    linked = {need for c in constraints for need in c.depends_on} | {c.id for c in constraints if c.depends_on}
    undecided = [c.id for c in constraints if states[c.id] == "undecided"]
    one_by_one = [name for name in undecided if name in linked]
    together = [name for name in undecided if name not in linked]
    if len(one_by_one) > _MOST_UNDECIDED:
        return []
    return [
        settle(constraints, {**states, **dict.fromkeys(together, rest), **dict(zip(one_by_one, each, strict=True))})
        for each in product(_EITHER, repeat=len(one_by_one))
        for rest in (_EITHER if together else _EITHER[:1])
    ]


def settle(constraints: Sequence[Constraint], states: Mapping[str, State]) -> dict[str, State]:
    """The states with every constraint not applicable whose prerequisites, or theirs, are broken or not applicable."""
    settled = dict(states)
    changed = True
    while changed:
        changed = False
        for constraint in constraints:
            blocked = any(settled[need] in ("broken", "not_applicable") for need in constraint.depends_on)
            if blocked and settled[constraint.id] != "not_applicable":
                settled[constraint.id] = "not_applicable"
                changed = True
    return settled


def _constraint_level(constraints: Sequence[Constraint], way: Mapping[str, State]) -> int:
    met = sum(state == "met" for state in way.values())
    applicable = met + sum(state == "broken" for state in way.values())
    if met == 0:
        return 1
    if met == applicable:
        return 5
    if _strict(constraints, way):
        return 4
    return 3 if 2 * met >= applicable else 2


def _strict(constraints: Sequence[Constraint], way: Mapping[str, State]) -> bool:
    return not any(c.hard and way[c.id] == "broken" for c in constraints) and "met" in way.values()


def _measures(constraints: Sequence[Constraint], ways: Sequence[Mapping[str, State]]) -> dict[str, float]:
    """What is the same in all ways."""
    counts = [Counter(way.values()) for way in ways]
    if not all(count["met"] + count["broken"] for count in counts):
        return {}
    found = {
        "strict": {float(_strict(constraints, way)) for way in ways},
        "ratio": {count["met"] / (count["met"] + count["broken"]) for count in counts},
    }
    return {name: values.pop() for name, values in found.items() if len(values) == 1}
