"""Many transcripts under their rubrics: what `Judge.score_many` does."""

from __future__ import annotations

import logging
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from shutil import rmtree

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, attach
from judgekit.judging.job import Job, Plan, make_job
from judgekit.judging.judge import judge_job
from judgekit.question import Question, QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.engine import score_all
from judgekit.running.loop import EngineRoom
from judgekit.running.progress import Progress
from judgekit.running.run import Run, open_run
from judgekit.running.stop import Stop
from judgekit.running.store import Store
from judgekit.settings import Settings
from judgekit.transcript import Transcript

RubricLike = Rubric | str | Path
"""A rubric, the name of a shipped one, or a file."""

_COUNTED_BYTES = 64 << 20
"""A source up to this size is read once before the first call: its faults show early, and the bar knows its end."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be judged, readable again and again."""

    plan: Callable[[RubricLike], Plan]
    """Compiles a rubric for the judge, once."""
    transcripts: Iterable[Transcript]
    questions: QuestionSet | None
    rubrics: Sequence[RubricLike] | None
    """None: each question's own."""
    limit: int | None

    def jobs(self) -> Iterator[Job]:
        """Transcript by transcript, rubric by rubric."""
        for transcript, question in islice(attach(self.transcripts, self.questions), self.limit):
            for plan in self._plans(transcript, question):
                yield make_job(transcript, plan, question)

    def total(self) -> int | None:
        """How many jobs there are; None where counting would mean reading a large source twice."""
        if isinstance(self.transcripts, TranscriptFile):
            if not 0 < self.transcripts.size <= _COUNTED_BYTES:
                return None
        elif not isinstance(self.transcripts, Sequence):
            return None
        pairs = islice(attach(self.transcripts, self.questions), self.limit)
        return sum(len(self._plans(transcript, question)) for transcript, question in pairs)

    def check_questions(self) -> None:
        """Nothing; a fault in the question file shows before the first call.

        Raises:
            UserError: an unknown rubric, an unknown input, a value that is not allowed, constraints that do not hold.
        """
        for question in self.questions or ():
            for plan in self._given() if self.rubrics is not None else map(self.plan, question.rubrics):
                plan.inputs_of(question)

    def _plans(self, transcript: Transcript, question: Question | None) -> Sequence[Plan]:
        if self.rubrics is not None:
            return self._given()
        if question is None:
            raise UserError(
                f"transcript {transcript.id}: question {transcript.question_id!r} is not in the question file, so "
                "nothing says under which rubric to judge it: add it there, or name rubrics (--rubric NAME)"
            )
        return [self.plan(name) for name in question.rubrics]

    def _given(self) -> list[Plan]:
        return [self.plan(rubric) for rubric in self.rubrics or ()]


def run_batch(
    batch: Batch,
    settings: Settings,
    room: EngineRoom,
    *,
    store: str | Path | None,
    concurrency: int,
    budget_usd: float | None,
    progress: Callable[[Progress], None] | None,
    on_warning: Callable[[str], None] | None,
    stop: Stop | None,
    retry_failed: bool,
) -> Run:
    """The run, after every transcript has its verdicts or the run was stopped."""
    batch.check_questions()
    total = batch.total()
    path, folder = (Path(store), None) if store is not None else _temporary()
    held = Store(path)
    try:
        sources = batch.transcripts.sources if isinstance(batch.transcripts, TranscriptFile) else ()
        for warning in held.begin(
            judge=settings.judge, parameters=settings.parameters(), base_url=settings.base_url, sources=sources
        ):
            (on_warning or logging.getLogger("judgekit").warning)(warning)
        room.run(
            lambda engine: score_all(
                batch.jobs(),
                partial(judge_job, engine=engine),
                held,
                concurrency=concurrency,
                on_progress=progress,
                stop=stop,
                retry_failed=retry_failed,
                budget_usd=budget_usd,
                total=total,
            )
        )
    finally:
        held.close()
    opened = open_run(path)
    if folder is not None:
        weakref.finalize(opened, rmtree, folder, ignore_errors=True)
    return opened


def _temporary() -> tuple[Path, Path]:
    """The path of a run that is thrown away with its `Run`, and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="judgekit-"))
    return folder / "run.db", folder
