"""What code decides of a job: its checks, whether the judge is needed at all, and the level."""

from __future__ import annotations

from collections.abc import Mapping

from judgekit.checks import run_check
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
from judgekit.judging.job import Job, lacks
from judgekit.rubric import CANNOT_TELL
from judgekit.verdict import CheckResult, CriterionResult

_CHECK_STATES: Mapping[str, State] = {
    "pass": "met",
    "fail": "broken",
    "not_applicable": "not_applicable",
    "error": "undecided",
}
BLOCKED = "a demand that it builds on was not met"
_ANSWER_STATES: Mapping[str, State] = {"yes": "met", "no": "broken", CANNOT_TELL: "undecided"}


def checks_of(job: Job) -> dict[str, CheckResult]:
    """The results of the rubric's checks and of the constraints that code decides, prerequisites applied."""
    text, prompt = job.transcript.response, job.transcript.prompt
    results = {spec.id: run_check(spec.check, text, spec.with_, prompt=prompt) for spec in job.rubric.checks}
    for constraint in job.inputs.constraints:
        if constraint.check is not None:
            results[constraint.id] = run_check(constraint.check, text, constraint.with_, prompt=prompt)
    return settled(job, results, {})[0]


def blocked_constraints(
    job: Job, checks: Mapping[str, CheckResult], criteria: Mapping[str, CriterionResult] | None = None
) -> frozenset[str]:
    """The constraints whose prerequisites are known not to be met: from the checks, and from the answers there are."""
    if not job.inputs.constraints:
        return frozenset()
    states = _states(job, checks, _counting(criteria or {}))
    after = settle(job.inputs.constraints, states)
    return frozenset(name for name in after if after[name] == "not_applicable" != states[name])


def settled(
    job: Job, checks: Mapping[str, CheckResult], criteria: Mapping[str, CriterionResult]
) -> tuple[dict[str, CheckResult], dict[str, CriterionResult]]:
    """Checks and answers, those of constraints whose prerequisites were not met as not applicable."""
    blocked = blocked_constraints(job, checks, criteria)
    if not blocked:
        return dict(checks), dict(criteria)
    not_applicable = CheckResult(result="not_applicable", detail=BLOCKED)
    return (
        {name: not_applicable if name in blocked else check for name, check in checks.items()},
        {
            name: answer.model_copy(update={"status": "not_applicable"}) if name in blocked else answer
            for name, answer in criteria.items()
        },
    )


def capped_by_code(job: Job, checks: Mapping[str, CheckResult]) -> Outcome | None:
    """The outcome where a check or an input already holds the level at 1, so that no answer could change it."""
    rubric = job.rubric
    if not rubric.levels or rubric.level_from == "points" or demands_nothing(job):
        return None
    fired = fired_rules(rubric, input_facts(job), checks)
    if bounded(rubric.top, fired) > 1:
        return None
    outcome = judged_outcome(rubric, 1, input_facts(job), checks)
    why = "; ".join(f"{name} is {value}" for rule in fired if rule.max_level == 1 for name, value in rule.when.items())
    return Outcome("scored", 1, 0.0, outcome.passed, {}, outcome.rules, f"Decided by code: {why}.")


def demands_nothing(job: Job) -> bool:
    """Whether the level would come from constraints, and there are none: nothing to follow is not followed well."""
    return job.rubric.level_from == "constraints" and not job.inputs.constraints


def input_facts(job: Job) -> dict[str, str]:
    """The inputs that rules can refer to: those that are plain text."""
    return {name: value for name, value in job.inputs.values.items() if isinstance(value, str)}


def outcome_of(
    job: Job, checks: Mapping[str, CheckResult], criteria: Mapping[str, CriterionResult], judge_level: int | None
) -> Outcome:
    """The level, or why there is none."""
    rubric = job.rubric
    answers = _counting(criteria)
    facts = {**input_facts(job), **answers}
    unknown = level_inputs_missing(job)
    if unknown:
        note = f"No level without the input {', '.join(unknown)}: only the answers count."
        return Outcome("abstained", rules=fired_rules(rubric, facts, checks), note=note)
    if rubric.level_from == "constraints":
        return constraint_outcome(rubric, job.inputs.constraints, _states(job, checks, answers), facts, checks)
    if rubric.level_from == "points":
        return points_outcome(rubric, answers, facts, checks)
    if rubric.criteria and not answers and judge_level is not None:
        return Outcome("abstained", note="No answer is supported, so the level that the judge gave is not either.")
    return judged_outcome(rubric, judge_level, facts, checks)


def level_inputs_missing(job: Job) -> list[str]:
    """The inputs without which the rubric gives no level, and which are not there."""
    values = job.inputs.values
    return [
        name for name, spec in job.rubric.inputs.items() if spec.needed_for_level and lacks(job.rubric, values, name)
    ]


def _counting(criteria: Mapping[str, CriterionResult]) -> dict[str, str]:
    """The answers that count."""
    return {name: c.answer for name, c in criteria.items() if c.status == "ok" and c.answer is not None}


def _states(job: Job, checks: Mapping[str, CheckResult], answers: Mapping[str, str]) -> dict[str, State]:
    return {
        constraint.id: _CHECK_STATES[checks[constraint.id].result]
        if constraint.ask is None
        else _ANSWER_STATES[answers.get(constraint.id, CANNOT_TELL)]
        for constraint in job.inputs.constraints
    }
