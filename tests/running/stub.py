"""Jobs and judges for the engine: real transcripts and rubrics, and a judge function that is told what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from judgekit.noun import digest
from judgekit.rubric import Rubric
from judgekit.running.engine import score_all
from judgekit.running.report import Counts
from judgekit.running.run import Run, open_run
from judgekit.running.store import Store
from judgekit.transcript import Transcript
from judgekit.verdict import Attempt, Failure, FailureKind, Usage, Verdict

POLITE = Rubric.from_text("The answer stays polite.", name="polite")
BRIEF = Rubric.from_text("The answer is brief.", name="brief")
WHEN = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """A rubric under a judge."""

    rubric: Rubric
    judge: str = "openai/test"

    @property
    def base(self) -> str:
        return digest([self.rubric.fingerprint, self.judge])


@dataclass(frozen=True)
class Job:
    """A transcript under a plan; the fingerprint is of both, and not of the transcript's id."""

    transcript: Transcript
    plan: Plan

    @property
    def fingerprint(self) -> str:
        return digest([self.plan.base, self.transcript.prompt, self.transcript.response])


def job(i: int, *, rubric: Rubric = POLITE, judge: str = "openai/test", response: str | None = None) -> Job:
    """Job i: question i // 3, answered by Model0, Model1 or Model2."""
    text = f"answer {i}" if response is None else response
    transcript = Transcript.from_text("Why?", text, label=f"Model{i % 3}", question_id=f"q{i // 3}")
    return Job(transcript, Plan(rubric, judge))


def jobs(n: int, **fields: Any) -> Iterator[Job]:
    """The first n jobs, lazily."""
    return (job(i, **fields) for i in range(n))


def verdict(one: Job, **fields: Any) -> Verdict:
    """A scored verdict that cost a tenth of a cent, or what the fields say."""
    transcript, rubric = one.transcript, one.plan.rubric
    found: dict[str, Any] = {
        "transcript_id": transcript.id,
        "question_id": transcript.question_id,
        "label": transcript.label,
        "rubric": rubric.name,
        "rubric_version": rubric.version,
        "status": "scored",
        "score": 1.0,
        "passed": True,
        "provenance": transcript.provenance,
        "judge": one.plan.judge,
        "calls": 1,
        "usage": Usage(prompt_tokens=600, completion_tokens=60, cached_tokens=100),
        "cost_usd": 0.001,
        "latency_s": 0.5,
        "fingerprint": one.fingerprint,
        "created": WHEN,
    }
    if fields.get("status", "scored") != "scored":
        found |= {"score": None, "passed": None}
    return Verdict(**(found | fields))


def failed(one: Job, kind: FailureKind, *, attempts: int = 3, **fields: Any) -> Verdict:
    """A failure after so many attempts."""
    tries = tuple(Attempt(kind=kind, detail="as told") for _ in range(attempts))
    failure = Failure(kind=kind, attempts=tries, detail="as told")
    unpaid = {"samples": 0, "calls": attempts, "usage": Usage(), "cost_usd": 0.0, "latency_s": None}
    return verdict(one, **{"status": "failed", "failure": failure, **unpaid, **fields})


@dataclass
class Judge:
    """Answers as told, and remembers what it was asked."""

    answer: Callable[[Job], Verdict] = verdict
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, one: Job) -> Verdict:
        self.asked.append(one.transcript.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay_s)
            return self.answer(one)
        finally:
            self.at_once -= 1


def session(
    path: Path,
    source: Iterable[Job],
    judge: Callable[[Job], Awaitable[Verdict]],
    *,
    name: str = "openai/test",
    base_url: str | None = None,
    parameters: Mapping[str, object] | None = None,
    **options: Any,
) -> Counts:
    """One session on the run in this file."""
    with Store(path) as store:
        store.begin(judge=name, parameters=parameters or {}, base_url=base_url, sources=["jobs"])
        return asyncio.run(score_all(source, judge, store, **options))


def scored(path: Path, source: Iterable[Job], answer: Callable[[Job], Verdict] = verdict, **options: Any) -> Run:
    """The run after one session."""
    session(path, source, Judge(answer), **options)
    return open_run(path)
