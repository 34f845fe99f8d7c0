"""Whether a rubric's examples fit what code does with them: checks, measured values, rules and computed levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from judgekit.errors import UserError
from judgekit.judging.aggregate import bounded, fired_rules
from judgekit.judging.decide import capped_by_code, checks_of, input_facts, level_inputs_missing, outcome_of
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import Job, Plan, make_job, make_plan
from judgekit.judging.measuring import measures_of
from judgekit.rubric import CANNOT_TELL, Example, Rubric
from judgekit.settings import settings_for
from judgekit.verdict import CheckResult, CriterionResult

_MOST_OPEN = 10

Levels = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What code says of one example."""

    example: str
    """The example's id."""
    labelled_by: Literal["human", "author", "script"]
    """Whose label it is."""
    expected: Levels | None
    """Lowest and highest right level, as the example says; None where it gives none."""
    allowed: Levels | None
    """Lowest and highest level that rules and arithmetic leave open, the expected answers given; None for none."""
    checks: Mapping[str, CheckResult]
    """What the checks found."""
    problems: tuple[str, ...]
    """Where the two disagree, a sentence each; empty where they fit."""


def try_rubric(rubric: Rubric) -> list[ExampleResult]:
    """What code says of every example of a rubric, in order; no model is asked.

    Args:
        rubric: with its examples.

    Raises:
        UserError: the rubric names an unknown check or a missing template.

    >>> from judgekit.io import load_rubric
    >>> [result.example for result in try_rubric(load_rubric("sycophancy")) if result.problems]
    []
    """
    plan = make_plan(rubric, settings_for("baseline"))
    return [_result(plan, example) for example in rubric.examples]


def _result(plan: Plan, example: Example) -> ExampleResult:
    checks: dict[str, CheckResult] = {}
    allowed: Levels | None = None
    try:
        job = make_job(example_transcript(example), plan, inputs=example.inputs)
        if job.inputs.missing:
            raise UserError(f"the required input {', '.join(job.inputs.missing)} is missing")
    except (UserError, ValueError) as error:
        problems = [str(error)]
    else:
        checks = checks_of(job)
        allowed = _allowed(job, example, checks)
        problems = [*_check_problems(example, checks), *_level_problems(plan.rubric, example, allowed)]
        problems += _measure_problems(job, example, checks)
    expected = example.expect.level
    return ExampleResult(example.id, example.labelled_by.kind, expected, allowed, checks, tuple(problems))


def _check_problems(example: Example, checks: Mapping[str, CheckResult]) -> Iterator[str]:
    for name, expected in example.expect.checks.items():
        if name not in checks:
            yield f"check {name}: expected {expected}, and there is no such check here"
        elif checks[name].result != expected:
            found = checks[name]
            measured = "" if found.measured is None else f" (measured {found.measured!r}, wanted {found.expected!r})"
            yield f"check {name}: expected {expected}; got {found.result}{measured} {found.detail}".rstrip()
    for name, found in checks.items():
        if found.result == "error" and name not in example.expect.checks:
            yield f"check {name}: it could not be made: {found.detail}"


def _level_problems(rubric: Rubric, example: Example, allowed: Levels | None) -> Iterator[str]:
    if example.expect.level is None:
        return
    low, high = example.expect.level
    if rubric.level_from == "points":
        yield "a level is expected, and a rubric with level_from: points has none"
    elif allowed is None:
        yield f"level: expected {_span(low, high)}; no level is possible here"
    elif high < allowed[0] or low > allowed[1]:
        yield f"level: expected {_span(low, high)}; with the expected answers it can only be {_span(*allowed)}"


def _measure_problems(job: Job, example: Example, checks: Mapping[str, CheckResult]) -> Iterator[str]:
    """Where the measures that the expected answers amount to are not the expected ones."""
    if not example.expect.measures:
        return
    criteria = {
        name: CriterionResult(answer=answer, status="abstained" if answer == CANNOT_TELL else "ok")
        for name, answer in example.expect.criteria.items()
    }
    found = measures_of(job, checks, criteria)
    for name, wanted in example.expect.measures.items():
        if name not in found:
            yield f"measure {name}: expected {wanted:g}; the expected answers do not say"
        elif found[name] != wanted:
            yield f"measure {name}: expected {wanted:g}; the expected answers amount to {found[name]:g}"


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _allowed(job: Job, example: Example, checks: Mapping[str, CheckResult]) -> Levels | None:
    """The levels that are open if the judge answers as expected; answers that are not expected may be anything."""
    rubric = job.rubric
    if rubric.level_from == "points" or level_inputs_missing(job):
        return None
    if capped_by_code(job, checks) is not None:
        return 1, 1
    answers = example.expect.criteria
    if rubric.level_from == "judge":
        known = {name: answer for name, answer in answers.items() if answer != CANNOT_TELL}
        fired = fired_rules(rubric, {**input_facts(job), **known}, checks)
        return bounded(1, fired), bounded(rubric.top, fired)
    levels = [_computed(job, checks, way) for way in _ways(job, answers)]
    found = [level for level in levels if level is not None]
    return (min(found), max(found)) if found else None


def _ways(job: Job, answers: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every way to answer the questions whose answers are not expected; the extremes alone where they are many."""
    named = {name: answer for name, answer in answers.items() if answer != CANNOT_TELL}
    unasked = [c.id for c in job.inputs.constraints if c.ask is not None and c.id not in answers]
    choices = product(("yes", "no"), repeat=len(unasked))
    if len(unasked) > _MOST_OPEN:
        choices = iter([("yes",) * len(unasked), ("no",) * len(unasked)])  # type: ignore[assignment]
    for choice in choices:
        yield {**named, **dict(zip(unasked, choice, strict=True))}


def _computed(job: Job, checks: Mapping[str, CheckResult], answers: Mapping[str, str]) -> int | None:
    criteria = {name: CriterionResult(answer=answer, status="ok") for name, answer in answers.items()}
    return outcome_of(job, checks, criteria, None).level
