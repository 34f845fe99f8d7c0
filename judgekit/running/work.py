"""What the engine takes in: a job, as far as running it has to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from judgekit.rubric import Rubric
from judgekit.transcript import Transcript
from judgekit.verdict import Failure, Usage, Verdict


class Plan(Protocol):
    """What is the same for all jobs of one rubric and judge."""

    @property
    def rubric(self) -> Rubric:
        """The rubric."""
        ...

    @property
    def base(self) -> str:
        """The digest of everything but transcript and inputs: two bases never mix in a number."""
        ...


class Job(Protocol):
    """One transcript under one rubric; `judgekit.judging.job.Job` is one."""

    @property
    def transcript(self) -> Transcript:
        """What is judged."""
        ...

    @property
    def plan(self) -> Plan:
        """Rubric and judge."""
        ...

    @property
    def fingerprint(self) -> str:
        """The digest of everything that could change the verdict."""
        ...


class Entry(NamedTuple):
    """A job with its place in the source: places are never negative, and grow from job to job."""

    position: int
    job: Job


@dataclass(frozen=True, slots=True)
class Made:
    """A verdict on its way to the store."""

    entry: Entry
    verdict: Verdict


def copied(verdict: Verdict, job: Job) -> Verdict:
    """The same verdict for another transcript with the same fingerprint: flagged `reused`; no call, usage or cost."""
    transcript = job.transcript
    return verdict.model_copy(
        update={
            "transcript_id": transcript.id,
            "question_id": transcript.question_id,
            "label": transcript.label,
            "provenance": transcript.provenance,
            "flags": tuple(dict.fromkeys((*verdict.flags, "reused"))),
            "calls": 0,
            "usage": Usage(),
            "cost_usd": 0.0,
            "latency_s": None,
        }
    )


def not_reached(job: Job, judge: str, detail: str) -> Verdict:
    """The failure of kind `budget` of a job that was never started; a resumed run tries it."""
    transcript, rubric = job.transcript, job.plan.rubric
    return Verdict(
        transcript_id=transcript.id,
        question_id=transcript.question_id,
        label=transcript.label,
        rubric=rubric.name,
        rubric_version=rubric.version,
        status="failed",
        failure=Failure(kind="budget", detail=detail),
        provenance=transcript.provenance,
        judge=judge,
        samples=0,
        cost_usd=0.0,
        fingerprint=job.fingerprint,
        created=datetime.now(UTC),
    )
