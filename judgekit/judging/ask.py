"""What is left to ask the judge, and the prompt that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from judgekit.judging.decide import BLOCKED, blocked_constraints
from judgekit.judging.engines import Request
from judgekit.judging.job import Job
from judgekit.judging.prompt import marker_for, one_line, quoted
from judgekit.judging.turns import TurnQuestions, turn_questions
from judgekit.question import Constraint
from judgekit.rubric import Criterion
from judgekit.verdict import CheckResult, CriterionResult


@dataclass(frozen=True, slots=True)
class Questions:
    """The closed questions of one job."""

    asked: tuple[tuple[str, Criterion], ...]
    """Name in the reply and criterion; constraints are c1, c2, …, so that the schema depends on their number alone."""
    constraints: tuple[tuple[str, Constraint], ...]
    """The asked constraints among them, with the same names."""
    not_asked: Mapping[str, CriterionResult]
    """Asked constraints that do not apply."""
    turns: TurnQuestions | None = None
    """The asked questions about turns among them; None where there are none."""


def questions_of(job: Job, checks: Mapping[str, CheckResult]) -> Questions:
    """The rubric's criteria, and the constraints that code cannot decide and whose prerequisites are not broken."""
    blocked = blocked_constraints(job, checks)
    asked_constraints = [c for c in job.inputs.constraints if c.ask is not None and c.id not in blocked]
    taken = {criterion.id for criterion in job.rubric.criteria}
    free = (name for i in count(1) if (name := f"c{i}") not in taken)
    named = tuple(zip(free, asked_constraints, strict=False))
    asked = [(criterion.id, criterion) for criterion in job.rubric.criteria]
    asked += [(name, Criterion(id=name, ask=c.ask or "", evidence="if_yes")) for name, c in named]
    not_asked = {
        c.id: CriterionResult(answer=None, status="not_applicable", reason=BLOCKED)
        for c in job.inputs.constraints
        if c.ask is not None and c.id in blocked
    }
    turns = turn_questions(job) if job.rubric.turn_criteria else None
    if turns is not None:
        asked += turns.asked
    return Questions(tuple(asked), named, not_asked, turns)


def request_of(job: Job, questions: Questions, checks: Mapping[str, CheckResult]) -> Request:
    """The prompt of one job with the schema of its answer."""
    rubric, transcript = job.rubric, job.transcript
    judged = set(job.judged)
    quotes = {constraint.id: constraint.quote for constraint in job.inputs.constraints}
    hidden = ("constraints", "with_execution") if rubric.level_from == "constraints" else ()
    # Tuples, not dicts: the sandbox looks twice at every attribute, and this runs for every transcript.
    values = {
        "rubric": rubric,
        "inputs": [
            (name, rubric.inputs[name].about, value) for name, value in job.inputs.values.items() if name not in hidden
        ],
        "results": [(one_line(name), quotes.get(name, ""), check.result) for name, check in checks.items()],
        "questions": [(name, c.quote, one_line(c.ask or "")) for name, c in questions.constraints],
        "turns": () if questions.turns is None else questions.turns.shown,
        "messages": [
            (i, message.role, message.content, message.tool_calls, i in judged)
            for i, message in enumerate(job.messages)
        ],
        "context": transcript.context,
        "reference": transcript.reference,
        "fields": [name for name, _ in questions.asked],
        "marker": marker_for(job.fingerprint, _data(job)),
    }
    user = job.plan.template.render("user", values)
    return Request(job, questions.asked, job.plan.system, user, job.plan.schema(questions.asked))


def _data(job: Job) -> list[str]:
    """Every text that stands between the markers."""
    texts = [message.content for message in job.messages]
    texts += [quoted(message.tool_calls) for message in job.messages if message.tool_calls]
    return [*texts, job.transcript.context or "", job.transcript.reference or ""]
