"""Drafts made by a model, through the same engine as verdicts: bounded, resumable, never paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson
from pydantic import JsonValue

from judgekit.judging.draft import (
    DRAFTING_VERSION,
    Drafting,
    draft_job,
    draft_request,
    inputs_in,
    make_draft_job,
    make_drafting,
)
from judgekit.judging.draft_reply import CONSTRAINTS, holds_demands
from judgekit.judging.engines import open_engine
from judgekit.judging.job import Job
from judgekit.judging.prices import Price, is_known, price_of
from judgekit.rubric import Rubric
from judgekit.running.budget import check_limit
from judgekit.running.engine import score_all
from judgekit.running.guess import prompt_tokens, reply_tokens
from judgekit.running.loop import EngineRoom
from judgekit.running.progress import Progress
from judgekit.running.run import open_run
from judgekit.running.stop import Stop
from judgekit.running.store import Store
from judgekit.settings import Settings
from judgekit.verdict import Usage, Verdict

Inputs = dict[str, JsonValue]
"""What a rubric is told about a prompt, by name."""


@dataclass(slots=True)
class Prepared:
    """A question file, and how it came about."""

    text: str = ""
    """The file."""
    questions: int = 0
    """Different questions in the source."""
    reviewed: int = 0
    """Questions whose entry a person has written or reviewed: left as they are."""
    kept: int = 0
    """Questions that have all their drafts from before."""
    drafted: dict[str, int] = field(default_factory=dict)
    """By rubric: questions with a draft."""
    empty: dict[str, list[str]] = field(default_factory=dict)
    """By rubric: ids of the questions for which nothing was found to draft; they have an entry all the same."""
    failed: list[dict[str, str]] = field(default_factory=list)
    """Drafts that a model failed to make: question_id, rubric, kind and detail."""
    quotes_not_found: int = 0
    """Quotes of drafts that are not in the prompt: thrown away."""
    to_write: dict[str, dict[str, int]] = field(default_factory=dict)
    """By rubric and input: questions for which a person has to write or decide it."""
    cost_usd: float | None = 0.0
    """US dollars of the wanted drafts, those from before among them; None where a price is unknown."""
    stopped: str | None = None
    """`interrupted` or `budget`, where not every draft was tried."""


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """How a model is asked for drafts."""

    store: Path
    """Where drafts are kept as they come: none is paid for twice."""
    concurrency: int = 32
    """Calls in flight at once."""
    budget_usd: float | None = None
    """US dollars that this judge may cost in this store."""
    retry_failed: bool = False
    """Whether every failed draft is tried again."""
    progress: Callable[[Progress], None] | None = None
    """Called with each report."""
    warn: Callable[[str], None] | None = None
    """Called with what the user should know."""
    stop: Stop | None = None
    """Ends the drafting early; what is drafted is written."""


def drafts_by_model(
    prompts: Mapping[str, str],
    todo: Mapping[str, Sequence[Rubric]],
    rubrics: Sequence[Rubric],
    judge: Settings,
    options: DraftOptions,
    found: Prepared,
) -> dict[tuple[str, str], Inputs]:
    """The drafts that a model made and the store holds, by question and rubric."""
    made = {rubric.name: make_drafting(rubric, judge) for rubric in rubrics}
    draftings = {name: drafting for name, drafting in made.items() if drafting is not None}
    by_plan = {drafting.plan.rubric.name: drafting for drafting in draftings.values()}

    def jobs() -> Iterator[Job]:
        for own, each in todo.items():
            for rubric in each:
                if rubric.name in draftings:
                    yield make_draft_job(own, prompts[own], draftings[rubric.name])

    price = price_of(judge)
    check_limit(options.budget_usd, judge.judge, known=is_known(price))
    wanted = {(job.transcript.id, job.plan.rubric.name): job.fingerprint for job in jobs()}
    if not wanted:
        return {}
    held = Store(options.store)
    room = EngineRoom(partial(open_engine, judge, concurrency=options.concurrency))
    try:
        parameters = {**judge.parameters(), "drafting": DRAFTING_VERSION}
        begun = held.begin(judge=judge.judge, parameters=parameters, base_url=judge.base_url)
        for warning in begun if options.warn else ():
            options.warn(warning)  # type: ignore[misc]
        counts = room.run(
            lambda engine: score_all(
                [*jobs()],
                lambda job: draft_job(job, by_plan[job.plan.rubric.name], engine),
                held,
                concurrency=options.concurrency,
                on_progress=options.progress,
                stop=options.stop,
                retry_failed=options.retry_failed,
                budget_usd=options.budget_usd,
                price=price,
                expected_usd=partial(_expected_usd, draftings=by_plan, price=price),
                total=len(wanted),
            )
        )
    finally:
        room.close()
        held.close()
    found.stopped = counts.stopped
    drafts: dict[tuple[str, str], Inputs] = {}
    for verdict in open_run(options.store).verdicts():
        if wanted.get((verdict.question_id, verdict.rubric)) == verdict.fingerprint:
            _take(verdict, by_plan[verdict.rubric].rubric, drafts, found)
    return drafts


def _take(verdict: Verdict, rubric: Rubric, drafts: dict[tuple[str, str], Inputs], found: Prepared) -> None:
    if verdict.failure is not None:
        where = {"question_id": verdict.question_id, "rubric": rubric.name}
        found.failed.append({**where, "kind": verdict.failure.kind, "detail": verdict.failure.detail})
    else:
        drafts[verdict.question_id, rubric.name] = _no_demands(verdict, rubric) | inputs_in(verdict)
        found.quotes_not_found += sum(len(result.unsupported) for result in verdict.criteria.values())
    known = found.cost_usd is not None and verdict.cost_usd is not None
    found.cost_usd = (found.cost_usd or 0.0) + (verdict.cost_usd or 0.0) if known else None


def _no_demands(verdict: Verdict, rubric: Rubric) -> Inputs:
    """An empty list of constraints where the model found none; nothing where all that it named is not in the prompt."""
    draft = verdict.criteria.get(CONSTRAINTS)
    none = draft is not None and draft.status == "abstained" and holds_demands(rubric, CONSTRAINTS)
    return {CONSTRAINTS: []} if none else {}


def _expected_usd(job: Job, *, draftings: Mapping[str, Drafting], price: Price) -> float:
    """US dollars that a draft costs at the most, unless it takes more calls than usual."""
    request = draft_request(job, draftings[job.plan.rubric.name])
    text = request.system + request.user
    plain = len(text.encode("ascii", "ignore"))
    schema = len(orjson.dumps(request.schema.model.model_json_schema()))
    sent = prompt_tokens(plain, len(text.encode()) - plain, schema, 1).high
    received = reply_tokens(2 * len(request.asked), 1, job.plan.settings.max_tokens).high
    return price(Usage(prompt_tokens=round(sent), completion_tokens=round(received))) or 0.0
