"""Drafting what a rubric has to know about a prompt: a call per question and rubric, kept as a verdict without a level.

prompt → model → quotes looked up in the prompt → a draft by input, or a failure; nothing is invented for a failed one
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import orjson
from pydantic import JsonValue

from judgekit.errors import CallError, UserError
from judgekit.judging.draft_reply import DraftSchema, draftable, holds_demands, in_its_words, verified_draft
from judgekit.judging.engines import Again, Answered, Engine, Request
from judgekit.judging.job import Inputs, Job, Plan
from judgekit.judging.prompt import marker_for, prompt_template
from judgekit.noun import digest
from judgekit.rubric import Criterion, InputSpec, Rubric
from judgekit.settings import Settings
from judgekit.transcript import Message, Transcript
from judgekit.verdict import Attempt, CriterionResult, Failure, Usage, Verdict

DRAFTING_VERSION = "1"
"""Part of every fingerprint: raised when prompt, schema or verification change a draft."""
_TEMPLATE = "draft.j2"


@dataclass(frozen=True, slots=True)
class Drafting:
    """What is the same for every prompt of one rubric and model."""

    rubric: Rubric
    """What is drafted for."""
    wanted: Mapping[str, InputSpec]
    """The inputs to draft."""
    plan: Plan
    """As the engine takes it; its rubric is named `draft_…`, so that nobody takes drafts for verdicts."""
    schema: DraftSchema


def make_drafting(rubric: Rubric, settings: Settings) -> Drafting | None:
    """The compiled drafting of one rubric; None where it has no input that may be drafted.

    Raises:
        UserError: the judge is the baseline, which drafts nothing.
    """
    if settings.provider == "baseline":
        raise UserError(
            "the judge baseline drafts nothing: name a model, or leave the judge out for what code can draft"
        )
    wanted = draftable(rubric)
    if not wanted:
        return None
    template = prompt_template(_TEMPLATE)
    demands = [name for name in wanted if holds_demands(rubric, name)]
    shown = [(name, spec.about, in_its_words(spec)) for name, spec in wanted.items() if name not in demands]
    system = template.render("system", {"rubric": rubric, "wanted": shown, "constraints": bool(demands)})
    base = digest(
        [DRAFTING_VERSION, rubric.fingerprint, rubric.title, rubric.summary, template.digest, settings.parameters()]
    )
    asked = tuple(
        Criterion(id=name, ask=spec.about or name, answers=("given", "none")) for name, spec in wanted.items()
    )
    name = f"draft_{rubric.name}"[:64]
    stored = Rubric(name=name, version=rubric.version, criteria=asked, level_from="points")
    return Drafting(rubric, wanted, Plan(stored, settings, template, system, base), DraftSchema(rubric, wanted))


def make_draft_job(question_id: str, prompt: str, drafting: Drafting) -> Job:
    """One prompt to draft for, with its fingerprint.

    >>> from judgekit.rubric import InputSpec, Rubric
    >>> from judgekit.settings import settings_for
    >>> wish = {"wish": InputSpec(about="What is wished.")}
    >>> rubric = Rubric.from_text("It is kind.").model_copy(update={"inputs": wish})
    >>> drafting = make_drafting(rubric, settings_for("openai/m", base_url="http://127.0.0.1:8000/v1"))
    >>> make_draft_job("q1", "Be kind.", drafting).transcript.id
    'q1'
    """
    turns = (Message(role="user", content=prompt), Message(role="assistant"))
    transcript = Transcript(id=question_id, question_id=question_id, messages=turns)
    text = transcript.messages[0].content
    fingerprint = hashlib.sha256(f"{drafting.plan.base}{text}".encode()).hexdigest()[:32]
    return Job(transcript, drafting.plan, Inputs({}, (), (), ""), fingerprint, (0,))


def draft_request(job: Job, drafting: Drafting) -> Request:
    """The prompt of one job with the schema of its reply."""
    prompt = job.transcript.messages[0].content
    values = {"prompt": prompt, "fields": [*drafting.wanted], "marker": marker_for(job.fingerprint, [prompt])}
    user = drafting.plan.template.render("user", values)
    asked = tuple((criterion.id, criterion) for criterion in drafting.plan.rubric.criteria)
    return Request(job, asked, drafting.plan.system, user, drafting.schema)


async def draft_job(job: Job, drafting: Drafting, engine: Engine) -> Verdict:
    """The draft as a verdict without a level: `criteria` holds each input; or a failure, which invents nothing.

    Where quotes are not in the prompt, or the reply does not fit, the model is asked once more, and the better of the
    two is taken.

    Raises:
        UserError: no call can succeed, such as with a refused key.
    """
    started = monotonic()
    request = draft_request(job, drafting)
    tried: list[tuple[Answered, dict[str, CriterionResult] | None]] = []
    failure: Failure | None = None
    usage, cost, calls = Usage(), 0.0, 0
    known = True
    again: Request = request
    while len(tried) < 2:
        try:
            answered = await engine.ask(again)
        except CallError as error:
            usage += error.usage or Usage()
            known, cost = known and error.cost_usd is not None, cost + (error.cost_usd or 0.0)
            calls += len(error.failure.attempts)
            failure = error.failure
            break
        usage += answered.usage
        known, cost = known and answered.cost_usd is not None, cost + (answered.cost_usd or 0.0)
        calls += answered.calls
        found = None
        if answered.reply is not None:
            found = verified_draft(answered.reply, drafting.rubric, drafting.wanted, job.transcript)
        tried.append((answered, found))
        if not (fault := _fault(answered, found)):
            break
        again = replace(request, again=Again(answered, fault))
    drafts = [found for _, found in tried if found is not None]
    flags = ("asked_again",) if len(tried) > 1 else ()
    spent: dict[str, Any] = {"usage": usage, "cost_usd": cost if known else None, "calls": calls}
    spent |= {"latency_s": round(monotonic() - started, 4), "flags": flags}
    if drafts:
        return _verdict(job, status="abstained", criteria=min(drafts, key=_lost), samples=1, **spent)
    if failure is None:
        problem = tried[-1][0].problem
        attempts = tuple(Attempt(kind="invalid_reply", detail=answered.problem) for answered, _ in tried)
        failure = Failure(kind="invalid_reply", attempts=attempts, detail=f"twice: {problem}")
    return _verdict(job, status="failed", failure=failure, samples=0, **spent)


def inputs_in(verdict: Verdict) -> dict[str, JsonValue]:
    """The drafted inputs in a verdict of `draft_job`, by name; those that stand."""
    found = ((name, result.answer) for name, result in verdict.criteria.items() if result.status == "ok")
    return {name: orjson.loads(answer) for name, answer in found if answer}


def _lost(found: Mapping[str, CriterionResult]) -> int:
    return sum(len(result.unsupported) for result in found.values())


def _fault(answered: Answered, found: Mapping[str, CriterionResult] | None) -> str:
    """What to say to the model about its draft; '' where it is fine."""
    if found is None:
        return answered.problem
    lost = [quote for result in found.values() for quote in result.unsupported]
    shown = "; ".join(repr(quote[:160]) for quote in lost[:10])
    return f"These quotes do not occur in the prompt: {shown}. Copy word for word, or leave them out." if lost else ""


def _verdict(job: Job, **found: Any) -> Verdict:
    rubric = job.plan.rubric
    return Verdict(
        transcript_id=job.transcript.id,
        question_id=job.transcript.question_id,
        label="",
        rubric=rubric.name,
        rubric_version=rubric.version,
        judge=job.plan.settings.judge,
        fingerprint=job.fingerprint,
        created=datetime.now(UTC),
        **found,
    )
