"""What is wrong or doubtful in a rubric's examples: inputs, expectations, and levels that none of them shows."""

from __future__ import annotations

from collections.abc import Iterator

from judgekit.checks import validate_check
from judgekit.errors import UserError
from judgekit.io.constraints import CONSTRAINT_INPUTS, constraint_problems, holds_constraints, quote_misfits
from judgekit.io.yaml_errors import did_you_mean
from judgekit.io.yaml_nodes import Loc
from judgekit.io.yaml_scalars import taken_for
from judgekit.judging.aggregate import bounded, fired_rules
from judgekit.judging.examples import example_transcript
from judgekit.judging.finding import Finding, Notes
from judgekit.judging.turns import MOST_TURNS, turn_name, turns_of
from judgekit.question import Constraint
from judgekit.rubric import CANNOT_TELL, Example, Rubric
from judgekit.verdict import CheckResult


def example_findings(notes: Notes, rubric: Rubric) -> Iterator[Finding]:
    """What is wrong or doubtful about the examples, one by one and together."""
    seen: set[str] = set()
    shown: set[int] = set()
    for i, example in enumerate(rubric.examples):
        at: Loc = ("examples", i)
        if example.id in seen:
            yield notes.error((*at, "id"), f"the example id {example.id!r} stands twice")
        seen.add(example.id)
        if example.messages and not any(message.role == "assistant" for message in example.messages):
            yield notes.error((*at, "messages"), "no message is the assistant's, so there is nothing to judge")
            continue
        yield from _input_findings(notes, rubric, example, at)
        constraints: list[Constraint] = []
        for name in CONSTRAINT_INPUTS:
            yield from _constraint_findings(notes, example, (*at, "inputs", name), constraints)
        yield from _level_findings(notes, rubric, example, (*at, "expect", "level"))
        yield from _answer_findings(notes, rubric, example, constraints, (*at, "expect"))
        if example.expect.level is not None:
            shown.update(range(example.expect.level[0], example.expect.level[1] + 1))
    for level in sorted(set(rubric.levels) - shown) if rubric.level_from != "points" else ():
        yield notes.warning(("levels", level), f"no example shows level {level}: write one that expects it")


def _input_findings(notes: Notes, rubric: Rubric, example: Example, at: Loc) -> Iterator[Finding]:
    for name, value in example.inputs.items():
        loc = (*at, "inputs", name)
        spec = rubric.inputs.get(name)
        if spec is None:
            yield notes.error(loc, f"the rubric has no input {name!r}{did_you_mean(name, rubric.inputs)}")
        elif spec.one_of is not None and value not in spec.one_of:
            node = notes.file.walk(loc)[2]
            misread = taken_for(node.text, node.value) if node.text is not None and node.plain else None
            yield notes.error(loc, misread or f"wanted one of {', '.join(spec.one_of)}; came {value!r}")
    for name, spec in rubric.inputs.items():
        if example.inputs.get(name):
            continue
        if spec.required:
            yield notes.error((*at, "inputs"), f"the required input {name!r} is missing")
        elif spec.needed_for_level and example.expect.level is not None:
            wrong = f"without the input {name!r} there is no level: give it, or expect `level: null`"
            yield notes.error((*at, "expect", "level"), wrong)


def _constraint_findings(notes: Notes, example: Example, loc: Loc, known: list[Constraint]) -> Iterator[Finding]:
    """What is wrong with the constraints of an example; adds them to those that are known."""
    value = example.inputs.get(str(loc[-1]))
    if not holds_constraints(value):
        return
    constraints, problems = constraint_problems(notes.file, loc, known)
    known.extend(constraints)
    yield from map(Finding.of, problems)
    for i, _, quote in quote_misfits(value, example_transcript(example).prompt):
        yield notes.error((*loc, i, "quote"), f"{quote!r} is not in the example's prompt: quote it word for word")
    for i, constraint in enumerate(constraints if not problems else ()):
        name = constraint.check or constraint.exec_check
        try:
            if name is not None:
                validate_check(name, constraint.with_)
        except UserError as error:
            yield notes.error((*loc, i), str(error))


def _level_findings(notes: Notes, rubric: Rubric, example: Example, loc: Loc) -> Iterator[Finding]:
    expected = example.expect.level
    if expected is None:
        return
    low, high = expected
    if rubric.level_from == "points":
        yield notes.error(loc, "there are no levels with level_from: points; expect criteria and checks")
    elif not 1 <= low <= high <= rubric.top:
        yield notes.error(
            loc, f"wanted the lowest and highest right level, within 1 to {rubric.top}; came [{low}, {high}]"
        )
    else:
        facts = {name: value for name, value in example.inputs.items() if isinstance(value, str)}
        facts |= {name: answer for name, answer in example.expect.criteria.items() if answer != CANNOT_TELL}
        checks = {name: CheckResult(result=result) for name, result in example.expect.checks.items()}
        fired = fired_rules(rubric, facts, checks)
        worst, best = bounded(1, fired), bounded(rubric.top, fired)
        if high < worst or low > best:
            why = ", ".join(f"{name}: {value}" for rule in fired for name, value in rule.when.items())
            wrong = f"expects level {low} to {high}, and the rules allow {worst} to {best} here ({why})"
            yield notes.error(loc, f"{wrong}: one of the two is upside down")


def _answer_findings(
    notes: Notes, rubric: Rubric, example: Example, constraints: list[Constraint], loc: Loc
) -> Iterator[Finding]:
    answers = {criterion.id: criterion.answers for criterion in rubric.criteria}
    answers |= {constraint.id: ("yes", "no") for constraint in constraints if constraint.ask is not None}
    turns = len(turns_of(example_transcript(example).messages)) if rubric.turn_criteria else 0
    answers |= {
        turn_name(criterion.id, number): criterion.answers
        for criterion in rubric.turn_criteria
        for number in (range(1, turns + 1) if 2 <= turns <= MOST_TURNS else ())
    }
    for name, answer in example.expect.criteria.items():
        at = (*loc, "criteria", name)
        if name not in answers:
            yield notes.error(at, f"there is no criterion {name!r}{did_you_mean(name, answers)}")
        elif answer not in (*answers[name], CANNOT_TELL):
            yield notes.error(at, f"wanted one of {', '.join(answers[name])} or {CANNOT_TELL}; came {answer!r}")
    checks = [check.id for check in rubric.checks]
    checks += [constraint.id for constraint in constraints if constraint.ask is None]
    for name in example.expect.checks:
        if name not in checks:
            yield notes.error((*loc, "checks", name), f"there is no check {name!r}{did_you_mean(name, checks)}")
