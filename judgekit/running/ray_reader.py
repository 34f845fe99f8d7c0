"""The source as blocks of jobs that need a call: read once, in order, on one machine.

One reader sees every id and every fingerprint, so ids, places and twins are those of a run in one process. It keeps a
hash of each fingerprint (about 100 bytes), as the source does of each id; nothing else grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from judgekit.io import TranscriptFile
from judgekit.judging.job import Job
from judgekit.running.batch import Batch
from judgekit.running.ray_control import Control
from judgekit.running.ray_done import STATUSES, Done, Key, key, pair_key, places
from judgekit.running.ray_recipe import Recipe
from judgekit.running.ray_work import Block, BlockJobs, SourceEnd, Trouble, Twin, trouble_of
from judgekit.transcript import Transcript

_SLICE = 256
"""Jobs that are looked up at once."""
_LONGEST_SILENCE = 4096
"""After so many jobs without a block, an empty one says how far the reader is."""


def read_blocks(recipe: Recipe, transcripts: TranscriptFile, limit: int | None, done: Done) -> Iterator[Block]:
    """The blocks of a source, lazily; the last one says how the source ended, also where it ended in an error.

    Args:
        recipe: the session.
        transcripts: the source, which is read where this runs.
        limit: only the first transcripts.
        done: what the run has already.
    """
    reader = _Reader(recipe, done)
    trouble: Trouble | None = None
    exhausted = False
    control = Control(recipe.folder, recipe.session, near=recipe.near)
    try:
        plans = recipe.plans()
        given = None if recipe.given is None else [plans[rubric.name] for rubric in recipe.given]
        own = {rubric.name: plans[rubric.name] for rubric in recipe.own}
        jobs = Batch(transcripts, recipe.questions, given, own, limit).jobs()
        while trouble is None and not exhausted and not control.draining:
            some, trouble = _read(jobs)
            yield from reader.blocks(some)
            exhausted = not some
    except Exception as error:  # noqa: BLE001  # told in the last block, and raised by the driver
        trouble = trouble_of(error)
    yield reader.last(
        SourceEnd(
            blocks=reader.number + 1,
            used=tuple(sorted(reader.used)),
            warnings=tuple(transcripts.warnings),
            skipped=transcripts.skipped,
            stopped=not exhausted and trouble is None,
            trouble=trouble,
        )
    )


def _read(jobs: Iterator[Job]) -> tuple[list[Job], Trouble | None]:
    """The next jobs; where the source is wrong after some of them, those before it are still judged."""
    some: list[Job] = []
    try:
        some.extend(islice(jobs, _SLICE))
    except Exception as error:  # noqa: BLE001  # told in the last block, and raised by the driver
        return some, trouble_of(error)
    return some, None


class _Reader:
    """Sorts jobs into those that are done, those that need a call, and twins of either."""

    def __init__(self, recipe: Recipe, done: Done) -> None:
        self.number = 0
        self.used: set[str] = set()
        self._size = recipe.block
        self._done = done
        self._seen: set[Key] = set()
        self._position = 0
        self._last = 0
        self._kept = [0, 0, 0]
        self._waiting = 0
        self._work: list[tuple[Transcript, list[tuple[int, str]]]] = []
        self._twins: list[Twin] = []

    def blocks(self, jobs: Sequence[Job]) -> Iterator[Block]:
        """The blocks that these jobs fill."""
        own = places(self._done.own, [pair_key(job.fingerprint, job.transcript.id) for job in jobs])
        fingerprints = [key(job.fingerprint) for job in jobs]
        known = places(self._done.any, fingerprints) >= 0
        for job, place, fingerprint, elsewhere in zip(jobs, own.tolist(), fingerprints, known.tolist(), strict=True):
            position, self._position = self._position, self._position + 1
            self.used.add(job.rubric.name)
            if place >= 0:
                self._kept[self._done.status[place]] += 1
            elif elsewhere or fingerprint in self._seen:
                self._twins.append(_twin(job, position))
            else:
                self._seen.add(fingerprint)
                self._add(job, position)
            if self._waiting >= self._size or self._position - self._last >= _LONGEST_SILENCE:
                yield self._block()

    def last(self, end: SourceEnd) -> Block:
        """What is left, with how the source ended."""
        return self._block().model_copy(update={"end": end})

    def _add(self, job: Job, position: int) -> None:
        if not self._work or self._work[-1][0] is not job.transcript:
            self._work.append((job.transcript, []))
        self._work[-1][1].append((position, job.rubric.name))
        self._waiting += 1

    def _block(self) -> Block:
        block = Block(
            number=self.number,
            work=tuple(BlockJobs(transcript=transcript, jobs=tuple(jobs)) for transcript, jobs in self._work),
            twins=tuple(self._twins),
            kept=(self._kept[0], self._kept[1], self._kept[2]),
        )
        self.number += 1
        self._last, self._waiting, self._kept = self._position, 0, [0] * len(STATUSES)
        self._work, self._twins = [], []
        return block


def _twin(job: Job, position: int) -> Twin:
    transcript = job.transcript
    return Twin(
        position=position,
        transcript_id=transcript.id,
        question_id=transcript.question_id,
        label=transcript.label,
        provenance=transcript.provenance,
        rubric=job.rubric.name,
        fingerprint=job.fingerprint,
    )
