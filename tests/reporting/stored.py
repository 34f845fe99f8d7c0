"""Runs for tests: verdicts written through the real store, and opened again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from judgekit.noun import digest
from judgekit.rubric import Rubric
from judgekit.running.run import Run, open_run
from judgekit.running.store import Store
from judgekit.running.work import Entry, Made
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict


@dataclass(frozen=True)
class Plan:
    """As much of a plan as the store asks for."""

    rubric: Rubric
    base: str


@dataclass(frozen=True)
class Job:
    """As much of a job as the store asks for."""

    transcript: Transcript
    plan: Plan
    fingerprint: str


def stored(
    path: Path, verdicts: Iterable[Verdict], *, judge: str = "openai/test", sources: Iterable[str] = ("transcripts.md",)
) -> Run:
    """The run that holds these verdicts, in this order."""
    made = []
    plans: dict[str, Plan] = {}
    for i, verdict in enumerate(verdicts):
        rubric = Rubric.from_text("It holds.", name=verdict.rubric).model_copy(
            update={"version": verdict.rubric_version}
        )
        plan = plans.setdefault(verdict.rubric, Plan(rubric, digest([rubric.fingerprint, judge])))
        transcript = Transcript.from_text("prompt", "response", label=verdict.label, question_id=verdict.question_id)
        made.append(Made(Entry(i, Job(transcript, plan, verdict.fingerprint)), verdict))
    with Store(path) as store:
        store.begin(judge=judge, parameters={"temperature": 0.0}, sources=sources)
        for plan in plans.values():
            store.register(plan)
        clashes = store.write(made)
        store.end("complete")
    assert clashes == []
    return open_run(path)
