"""Many transcripts under their rubrics: what `Judge.score_many` does."""

from __future__ import annotations

import logging
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from shutil import rmtree

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, attach, load_questions, load_transcripts, rubric_names
from judgekit.judging.job import SCORING_VERSION, Job, Plan, make_job
from judgekit.judging.judge import judge_job
from judgekit.judging.prices import is_known, price_of
from judgekit.question import Question, QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.budget import check_limit
from judgekit.running.engine import score_all
from judgekit.running.guess import expected_usd
from judgekit.running.loop import EngineRoom
from judgekit.running.openai_batch import Batched, BatchOptions, check_judge, score_in_batches, under_way
from judgekit.running.progress import Progress
from judgekit.running.run import Run, open_run
from judgekit.running.source import numbered
from judgekit.running.stop import Stop
from judgekit.running.store import Store
from judgekit.settings import Settings
from judgekit.transcript import Transcript

RubricLike = Rubric | str | Path
"""A rubric, the name of a shipped one, or a file."""
Inputs = Callable[[Transcript], Mapping[str, JsonValue]]
"""From a transcript to inputs by name; those that a rubric does not know, and nulls, are left out."""

_COUNTED_BYTES = 64 << 20
"""A source up to this size is read once before the first call: its faults show early, and the bar knows its end."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be judged, readable again and again."""

    transcripts: Iterable[Transcript]
    questions: QuestionSet | None
    """With their inputs under the rubrics' names."""
    given: Sequence[Plan] | None
    """The rubrics that apply to every transcript; None: each question's own."""
    own: Mapping[str, Plan]
    """The questions' own rubrics, by name."""
    limit: int | None
    inputs: Inputs | None = None
    """What a transcript itself says of a rubric's inputs; it goes before what its question says."""

    def jobs(self) -> Iterator[Job]:
        """Transcript by transcript, rubric by rubric."""
        return (job for _, job in self.beginning_at(0))

    def beginning_at(self, place: int) -> Iterator[tuple[int, Job]]:
        """The jobs with their places, from the given one on, then those before it; an iterator is read in order.

        A transcript has as many places as any has rubrics, whether it uses them or not.
        """
        width = len(self.given) if self.given is not None else max(len(q.rubrics) for q in self.questions or ())
        numbers: list[int] = []

        def transcripts() -> Iterator[Transcript]:
            for number, transcript in self._transcripts(place // width):
                numbers[:] = [number]
                yield transcript

        for transcript, question in attach(transcripts(), self.questions):
            first = numbers[0] * width
            for i, plan in enumerate(self._plans(transcript, question)):
                yield first + i, make_job(transcript, plan, question, self._said(transcript, plan, question))

    def _transcripts(self, place: int) -> Iterator[tuple[int, Transcript]]:
        if isinstance(self.transcripts, TranscriptFile):
            return self.transcripts.beginning_at(place, self.limit)
        if isinstance(self.transcripts, Sequence):
            some = self.transcripts if self.limit is None else self.transcripts[: self.limit]
            return numbered(some, place)
        return enumerate(islice(self.transcripts, self.limit))

    def _said(self, transcript: Transcript, plan: Plan, question: Question | None) -> dict[str, JsonValue] | None:
        if self.inputs is None:
            return None
        held = {} if question is None else question.rubrics.get(plan.rubric.name, {})
        said = self.inputs(transcript).items()
        return {**held, **{name: value for name, value in said if value is not None and name in plan.rubric.inputs}}

    def total(self, *, roughly: bool = False) -> int | None:
        """How many jobs there are; None where counting would mean reading a large source twice.

        Args:
            roughly: whether a count will do for which a file is not read in full; else its faults show here.
        """
        if isinstance(self.transcripts, TranscriptFile):
            if not 0 < self.transcripts.size <= _COUNTED_BYTES:
                return None
            if roughly and self.given is not None:
                return self.transcripts.count(self.limit) * len(self.given)
        elif not isinstance(self.transcripts, Sequence):
            return None
        elif self.given is not None and self.questions is None:
            return len(range(len(self.transcripts))[: self.limit]) * len(self.given)
        pairs = islice(attach(self.transcripts, self.questions), self.limit)
        return sum(len(self._plans(transcript, question)) for transcript, question in pairs)

    def check_questions(self) -> None:
        """Nothing; a fault in the question file shows before the first call.

        Raises:
            UserError: an unknown rubric, an unknown input, a value that is not allowed, constraints that do not hold.
        """
        if self.given is not None and not self.given:
            raise UserError("no rubric was given: rubrics=[…] is empty")
        for question in self.questions or ():
            if self.given is None and not question.rubrics:
                raise UserError(
                    f"question {question.id!r} names no rubric, so its transcripts would be left out: add one under "
                    "its rubrics:, or name rubrics for all with rubrics="
                )
            for plan in self._of(question):
                plan.inputs_of(question)

    def _plans(self, transcript: Transcript, question: Question | None) -> Sequence[Plan]:
        if question is None and self.given is None:
            raise UserError(
                f"transcript {transcript.id}: question {transcript.question_id!r} is not in the question file, so "
                "nothing says under which rubric to judge it: add it there, or name rubrics with rubrics="
            )
        return self._of(question)

    def _of(self, question: Question | None) -> Sequence[Plan]:
        if self.given is not None:
            return self.given
        return [self.own[name] for name in question.rubrics] if question is not None else []


def make_batch(
    plan: Callable[[RubricLike], Plan],
    transcripts: Iterable[Transcript] | str | Path,
    questions: QuestionSet | str | Path | None,
    rubrics: RubricLike | Sequence[RubricLike] | None,
    limit: int | None,
    inputs: Inputs | None = None,
) -> Batch:
    """The batch, its files opened, its rubrics read and compiled.

    A question file names a rubric as `judgekit rubric list` does, or by a file: `polite.yaml`, or `polite` for a
    `polite.yaml` beside the question file.

    Raises:
        UserError: a file or a rubric is not there or not right, two rubrics of one name differ, or nothing says what to
            judge.
    """
    if isinstance(transcripts, str | Path):
        transcripts = load_transcripts(transcripts)
    if isinstance(questions, str | Path):
        questions = load_questions(questions)
    if rubrics is None and questions is None:
        raise UserError("nothing says what to judge: give rubrics=[…], or questions= whose entries name their own")
    if isinstance(rubrics, Rubric | str | Path):
        rubrics = [rubrics]
    given = None if rubrics is None else list({one.base: one for one in map(plan, rubrics)}.values())
    if questions is None:
        return Batch(transcripts, None, given, {}, limit, inputs)
    known = {one.rubric.name for one in given or ()}
    names: dict[str, str] = {}
    own: dict[str, Plan] = {}
    for key in dict.fromkeys(key for question in questions for key in question.rubrics):
        if key in known or (given is not None and not _is_path(key)):
            names[key] = key
            continue
        try:
            found = plan(_beside(key, questions.folder))
        except UserError as error:
            asking = next(question.id for question in questions if key in question.rubrics)
            raise UserError(f"question {asking!r} in the question file: {error}") from None
        name = names[key] = found.rubric.name
        if own.setdefault(name, found).base != found.base:
            raise UserError(f"the question file names two different rubrics {name!r} ({key!r} is one): rename one")
    if any(key != name for key, name in names.items()):
        renamed = [q.model_copy(update={"rubrics": {names[k]: v for k, v in q.rubrics.items()}}) for q in questions]
        questions = questions.model_copy(update={"questions": tuple(renamed)})
    return Batch(transcripts, questions, given, own, limit, inputs)


def _is_path(key: str) -> bool:
    return key.endswith((".yaml", ".yml")) or "/" in key


def _beside(key: str, folder: str | None) -> str | Path:
    """The rubric file that a question file means, where there is one; else the name."""
    if folder is None or (not _is_path(key) and key in rubric_names()):
        return key
    beside = Path(folder) / (key if _is_path(key) else f"{key}.yaml")
    return beside if beside.is_file() else key


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
    in_batches: BatchOptions | None = None,
) -> Run:
    """The run, after every transcript has its verdicts or the run was stopped."""
    warn = on_warning or logging.getLogger("judgekit").warning
    if in_batches is not None:
        check_judge(settings)
        _check_lasting(batch, store)
    batch.check_questions()
    price = price_of(settings)
    check_limit(budget_usd, settings.judge, known=is_known(price))
    path, folder = (Path(store), None) if store is not None else _temporary()
    total = batch.total(roughly=path.exists())
    held = Store(path)
    try:
        sources = batch.transcripts.columns if isinstance(batch.transcripts, TranscriptFile) else ()
        for warning in held.begin(
            judge=settings.judge, parameters=parameters_of(settings), base_url=settings.base_url, sources=sources
        ):
            warn(warning)
        if in_batches is not None:
            asked = Batched(
                jobs=batch,
                store=held,
                settings=settings,
                options=in_batches,
                budget_usd=budget_usd,
                retry_failed=retry_failed,
                total=total,
            )
            room.run(partial(score_in_batches, asked, stop=stop or Stop(), show=progress, warn=warn))
        else:
            if left := under_way(path):
                warn(f"{left:,} requests of this run are in batches: they are paid again here, and not with --batch")
            room.run(
                lambda engine: score_all(
                    batch,
                    partial(judge_job, engine=engine),
                    held,
                    concurrency=concurrency,
                    on_progress=progress,
                    stop=stop,
                    retry_failed=retry_failed,
                    budget_usd=budget_usd,
                    price=price,
                    expected_usd=partial(expected_usd, price=price),
                    total=total,
                )
            )
    except BaseException:
        if folder is not None:
            rmtree(folder, ignore_errors=True)
        raise
    finally:
        held.close()
    opened = open_run(path)
    if folder is not None:
        weakref.finalize(opened, rmtree, folder, ignore_errors=True)
    return opened


def parameters_of(settings: Settings) -> dict[str, object]:
    """What tells this judge from another of its name, as a run keeps it; never a key or a price."""
    return {**settings.parameters(), "scoring": SCORING_VERSION}


def _check_lasting(batch: Batch, store: str | Path | None) -> None:
    """Nothing.

    Raises:
        UserError: run or transcripts would be gone before the batches have ended.
    """
    if store is None:
        raise UserError("batch: a run that lasts was wanted, as its batches may take a day; give store='run.db'")
    if isinstance(batch.transcripts, Iterator):
        raise UserError("batch: the transcripts are gone over several times; give a file or a list, not an iterator")


def _temporary() -> tuple[Path, Path]:
    """The path of a run that is thrown away with its `Run`, and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="judgekit-"))
    return folder / "run.db", folder
