"""Rules that contradict one another, never matter, or leave no way to the best or the worst level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from judgekit.io.yaml_nodes import Loc
from judgekit.judging.finding import Finding, Notes
from judgekit.rubric import Rubric

_MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule, or a check that caps the level when it fails."""

    loc: Loc
    when: Mapping[str, str]
    cap: int | None
    floor: int | None
    of_checks: bool
    """Rests on check results alone: a veto by code, which overrules any answer on purpose."""

    def together(self, other: _Bound) -> bool:
        """Whether both can apply at once."""
        return all(other.when.get(name, value) == value for name, value in self.when.items())

    def implies(self, other: _Bound) -> bool:
        """Whether the other applies whenever this one does."""
        return other.when.items() <= self.when.items()


def rule_findings(notes: Notes, rubric: Rubric) -> Iterator[Finding]:
    """What is doubtful about the rules as a whole."""
    bounds = _bounds(rubric)
    for bound in bounds:
        if bound.cap == rubric.top or bound.floor == 1:
            yield notes.warning(bound.loc, "the bound is the end of the scale, so it changes nothing")
    for first, second in combinations(bounds, 2):
        for one, other in ((first, second), (second, first)):
            yield from _contradiction(notes, one, other)
        yield from _redundant(notes, first, second)
    yield from _closed_ends(notes, rubric, bounds)


def _bounds(rubric: Rubric) -> list[_Bound]:
    checks = {check.id for check in rubric.checks}
    bounds = [
        _Bound(("checks", i, "on_fail"), {check.id: "fail"}, check.on_fail.max_level, None, True)
        for i, check in enumerate(rubric.checks)
        if check.on_fail is not None
    ]
    bounds += [
        _Bound(("rules", i), rule.when, rule.max_level, rule.min_level, rule.when.keys() <= checks)
        for i, rule in enumerate(rubric.rules)
    ]
    return bounds


def _contradiction(notes: Notes, cap: _Bound, floor: _Bound) -> Iterator[Finding]:
    """A floor above a cap that applies with it: the cap wins."""
    if cap.cap is None or floor.floor is None or floor.floor <= cap.cap or not cap.together(floor):
        return
    clash = f"{_said(floor)} sets at least {floor.floor}, and {_said(cap)} sets at most {cap.cap}"
    if floor.implies(cap):
        yield notes.error(floor.loc, f"these rules contradict each other: {clash}, and always applies with it")
    elif not cap.of_checks and not cap.implies(floor):
        # A cap that is the special case of a floor is an exception, and reads as one; here neither is.
        yield notes.warning(floor.loc, f"two rules can apply at once and disagree (the cap wins): {clash}")


def _redundant(notes: Notes, first: _Bound, second: _Bound) -> Iterator[Finding]:
    """A bound that applies only where a bound at least as narrow does."""
    for one, other in ((second, first), (first, second)):
        if not one.implies(other):
            continue
        caps = one.cap is not None and other.cap is not None and other.cap <= one.cap
        floors = one.floor is not None and other.floor is not None and other.floor >= one.floor
        if caps or floors:
            yield notes.warning(one.loc, f"it changes nothing: {_said(other)} applies as well and binds as much")
            return


def _closed_ends(notes: Notes, rubric: Rubric, bounds: list[_Bound]) -> Iterator[Finding]:
    """Rules that run against the anchors: whatever the answers, the best or the worst level cannot be reached."""
    caps = [bound for bound in bounds if bound.cap is not None and bound.cap < rubric.top]
    if _unavoidable(rubric, caps):
        wrong = f"whatever the answers, a rule keeps the level below {rubric.top}: its anchor can never be met"
        yield notes.error(("rules",), wrong)
    floors = [bound for bound in bounds if bound.floor is not None and bound.floor > 1]
    if not any(bound.cap == 1 for bound in bounds) and _unavoidable(rubric, floors):
        yield notes.error(
            ("rules",), "whatever the answers, a rule keeps the level above 1: its anchor can never be met"
        )


def _unavoidable(rubric: Rubric, bounds: list[_Bound]) -> bool:
    """Whether at least one bound applies under every combination of inputs, answers and check results.

    A search that drops a combination as soon as a bound applies; given up (False) after many steps.
    """
    values = {name: spec.one_of for name, spec in rubric.inputs.items() if spec.one_of is not None}
    values |= {criterion.id: criterion.answers for criterion in rubric.criteria}
    values |= {check.id: ("pass", "fail") for check in rubric.checks}
    # A free input can always be something that no rule names.
    live = [bound for bound in bounds if bound.when.keys() <= values.keys()]
    names = sorted({name for bound in live for name in bound.when})
    steps = 0
    todo: list[dict[str, str]] = [{}]
    while todo:
        steps += 1
        if steps > _MOST_STEPS:
            return False
        chosen = todo.pop()
        if any(bound.when.items() <= chosen.items() for bound in live):
            continue
        if len(chosen) == len(names):
            return False
        name = names[len(chosen)]
        todo.extend({**chosen, name: value} for value in values[name])
    return True


def _said(bound: _Bound) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in bound.when.items()) + "}"
