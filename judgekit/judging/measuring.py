"""The numbers beside the level that a rubric defines, computed from the answers that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from judgekit.judging.decide import input_facts
from judgekit.judging.flips import flip_measures
from judgekit.judging.job import Job
from judgekit.measure import Measure
from judgekit.verdict import CheckResult, CriterionResult


def measures_of(
    job: Job, checks: Mapping[str, CheckResult], criteria: Mapping[str, CriterionResult]
) -> dict[str, float]:
    """The rubric's measures by name; what cannot be told from the answers is left out, and is never 0."""
    answers = {name: given.answer for name, given in criteria.items() if given.status == "ok" and given.answer}
    facts = {**input_facts(job), **{name: check.result for name, check in checks.items()}, **answers}
    return {
        name: value
        for key, measure in job.rubric.measures.items()
        if all(facts.get(fact) in listed for fact, listed in measure.among.items())
        for name, value in _values(key, measure, facts, criteria)
    }


def _values(
    name: str, measure: Measure, facts: Mapping[str, str], criteria: Mapping[str, CriterionResult]
) -> Iterator[tuple[str, float]]:
    if measure.when is not None:
        if all(facts.get(fact) == value for fact, value in measure.when.items()):
            yield name, 1.0
        elif any(facts.get(fact, value) != value for fact, value in measure.when.items()):
            yield name, 0.0
    elif measure.answer is not None:
        if (answer := facts.get(measure.answer)) in measure.values:
            yield name, measure.values[answer or ""]
    elif measure.quotes is not None:
        if measure.quotes in facts:
            said_yes = facts[measure.quotes] == "yes"
            yield name, float(len(criteria[measure.quotes].evidence)) if said_yes else 0.0
    else:
        yield from flip_measures(name, measure, facts, criteria)
