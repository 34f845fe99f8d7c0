"""The main path: one job in, one verdict out.

checks (code) → what is left to ask → prompt → judge → evidence verified → rules and level → verdict
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from judgekit.errors import CallError
from judgekit.judging.aggregate import Outcome
from judgekit.judging.ask import Questions, questions_of, request_of
from judgekit.judging.decide import (
    capped_by_code,
    checks_of,
    demands_nothing,
    level_inputs_missing,
    outcome_of,
    settled,
)
from judgekit.judging.engines import Again, Answered, Engine, Request
from judgekit.judging.hidden import has_hidden
from judgekit.judging.job import Job
from judgekit.judging.measuring import measures_of
from judgekit.judging.turns import TOO_MANY, has_too_many_turns
from judgekit.judging.verify import Verified, complaint, verified
from judgekit.verdict import Attempt, CheckResult, CriterionResult, Failure, Status, Usage, Verdict


async def judge_job(job: Job, engine: Engine) -> Verdict:
    """The verdict on one transcript under one rubric; a failed call is a verdict with status `failed`.

    Raises:
        UserError: no retry can help any call, such as a refused key.
    """
    calls = _Calls()
    if job.inputs.missing:
        return _failed(job, calls, _missing_input(job))
    checks = checks_of(job)
    if capped := capped_by_code(job, checks):
        return _decided(job, calls, checks, {}, capped)
    questions = questions_of(job, checks)
    if not questions.asked and job.rubric.level_from != "judge":
        criteria = dict(questions.not_asked)
        return _decided(job, calls, checks, criteria, outcome_of(job, checks, criteria, None))
    request = request_of(job, questions, checks)
    calls.started = monotonic()
    try:
        found = await _ask(request, questions, engine, calls)
    except CallError as error:
        calls.add(error.usage or Usage(), error.cost_usd)
        calls.made = len(error.failure.attempts)
        return _failed(job, calls, error.failure)
    assert found.reply is not None
    calls.samples = min(1, found.answered.calls)
    checks, criteria = settled(job, checks, {**questions.not_asked, **found.by_id(questions)})
    outcome = outcome_of(job, checks, criteria, found.reply.level)
    return _decided(job, calls, checks, criteria, outcome, found.reply.explanation)


async def _ask(request: Request, questions: Questions, engine: Engine, calls: _Calls) -> Verified:
    """A reply that fits the schema; where the first has faults, the better of two.

    Raises:
        CallError: there is none; its attempts are all that were made.
    """
    first = verified(request.job, questions, calls.count(await engine.ask(request)))
    fault = complaint(first)
    if not fault:
        return first
    calls.asked_again = True
    try:
        again = await engine.ask(replace(request, again=Again(first.answered, fault)))
    except CallError as error:
        if first.reply is None:
            attempts = (*_attempts(first.answered), *error.failure.attempts)
            failure = error.failure.model_copy(update={"attempts": attempts})
            raise CallError(failure, error.usage, error.cost_usd) from None
        calls.add(error.usage or Usage(), error.cost_usd)
        calls.made += len(error.failure.attempts)
        return first
    second = verified(request.job, questions, calls.count(again))
    if second.reply is None and first.reply is None:
        failure = Failure(
            kind="invalid_reply",
            attempts=(*_attempts(first.answered), *_attempts(again)),
            detail=f"twice: {again.problem}",
        )
        raise CallError(failure)
    if first.reply is None or second.reply is None:
        return second if first.reply is None else first
    return first if len(first.unsupported) < len(second.unsupported) else second


def _attempts(answered: Answered) -> tuple[Attempt, ...]:
    """The calls that ended in a reply that does not fit the schema."""
    return (
        *answered.attempts,
        Attempt(kind="invalid_reply", detail=answered.problem, latency_s=round(answered.latency_s, 4)),
    )


@dataclass(slots=True)
class _Calls:
    """What the calls for one verdict add up to."""

    samples: int = 0
    made: int = 0
    asked_again: bool = False
    started: float | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0
    flags: tuple[str, ...] = ()

    def count(self, answered: Answered) -> Answered:
        """The answer, after its tokens and price are added."""
        self.flags = answered.flags
        self.made += answered.calls
        self.add(answered.usage, answered.cost_usd)
        return answered

    def add(self, usage: Usage, cost_usd: float | None) -> None:
        """Nothing; the tokens and their price are counted, and an unknown price makes the sum unknown."""
        self.usage += usage
        known = self.cost_usd is not None and cost_usd is not None
        self.cost_usd = (self.cost_usd or 0.0) + (cost_usd or 0.0) if known else None

    @property
    def latency_s(self) -> float | None:
        return None if self.started is None else round(monotonic() - self.started, 4)


def _decided(
    job: Job,
    calls: _Calls,
    checks: dict[str, CheckResult],
    criteria: dict[str, CriterionResult],
    outcome: Outcome,
    said: str = "",
) -> Verdict:
    """The verdict that the outcome amounts to, with what the judge said about it."""
    return _verdict(
        job,
        calls,
        criteria,
        status=outcome.status,
        level=outcome.level,
        score=outcome.score,
        passed=outcome.passed,
        criteria=criteria,
        checks=checks,
        measures=outcome.measures | measures_of(job, checks, criteria) if job.rubric.measures else outcome.measures,
        rules=outcome.rules,
        explanation=" ".join(part for part in (said, outcome.note) if part),
    )


def _failed(job: Job, calls: _Calls, failure: Failure) -> Verdict:
    return _verdict(job, calls, {}, status="failed", failure=failure)


def _verdict(
    job: Job, calls: _Calls, answers: Mapping[str, CriterionResult], *, status: Status, **found: Any
) -> Verdict:
    transcript, rubric = job.transcript, job.rubric
    return Verdict(
        transcript_id=transcript.id,
        question_id=transcript.question_id,
        label=transcript.label,
        rubric=rubric.name,
        rubric_version=rubric.version,
        flags=_flags(job, calls, answers, status),
        status=status,
        provenance=transcript.provenance,
        judge=job.plan.settings.judge,
        samples=calls.samples,
        calls=calls.made,
        usage=calls.usage,
        cost_usd=calls.cost_usd,
        latency_s=calls.latency_s,
        fingerprint=job.fingerprint,
        created=datetime.now(UTC),
        **found,
    )


def _flags(job: Job, calls: _Calls, criteria: Mapping[str, CriterionResult], status: Status) -> tuple[str, ...]:
    flags = [*job.flags, *calls.flags]
    if status == "abstained":
        flags.extend(f"level_needs_{name}" for name in level_inputs_missing(job))
        flags += ["no_constraints"] if demands_nothing(job) else []
    if any(has_hidden(job.transcript.messages[i].content) for i in job.judged):
        flags.append("hidden_characters")
    if has_too_many_turns(job):
        flags.append(TOO_MANY)
    if calls.asked_again:
        flags.append("asked_again")
    if any(result.status == "unsupported" for result in criteria.values()):
        flags.append("unsupported_evidence")
    return tuple(flags)


def _missing_input(job: Job) -> Failure:
    names = ", ".join(job.inputs.missing)
    return Failure(
        kind="missing_input",
        detail=f"rubric {job.rubric.name} needs the input {names} for question {job.transcript.question_id}: "
        "write it into the question file (--questions)",
    )
