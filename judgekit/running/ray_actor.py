"""One actor: one engine, blocks of jobs in, shards out. It imports no Ray, so it runs in a test as it does there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np

from judgekit.errors import JudgekitError, UserError
from judgekit.judging.engines import DeferredError, Engine, open_engine, run_of
from judgekit.judging.job import Job, Plan, make_job
from judgekit.judging.judge import judge_job
from judgekit.running.breaker import Breaker
from judgekit.running.ray_control import Control
from judgekit.running.ray_recipe import Recipe
from judgekit.running.ray_work import Block, BlockReport, Trouble, Twin, trouble_of
from judgekit.running.shard_folder import shard_name
from judgekit.running.shards import ShardRow, write_shard
from judgekit.verdict import Verdict

_GRACE_S = 2.0
"""After trouble, how long the calls in flight may still come back."""
_LOOK_S = 0.2


class BlockJudge:
    """Judges blocks, several of them at once; what goes wrong is in its reports, for Ray would only print it."""

    def __init__(self, recipe: Recipe) -> None:
        """Opens nothing yet: what cannot be opened is told in the first report."""
        self._recipe = recipe
        self._control = Control(recipe.folder, recipe.session, near=recipe.near)
        self._trouble: Trouble | None = None
        self._trouble_since = 0.0
        self._slots = asyncio.Semaphore(recipe.concurrency)
        self._plans: dict[str, Plan] = {}
        self._engine: Engine | None = None
        self._breaker = Breaker(recipe.concurrency, recipe.settings.endpoint or recipe.settings.judge, recipe.folder)

    async def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The reports on a batch of blocks, as Ray Data hands them around."""
        reports = [await self.judge(Block.model_validate_json(block)) for block in batch["block"]]
        return {"report": np.array([report.model_dump_json().encode() for report in reports], dtype=object)}

    @property
    def draining(self) -> bool:
        """Whether no new call may start."""
        return self._trouble is not None or self._control.draining

    async def judge(self, block: Block) -> BlockReport:
        """What became of the block, after its shard is on disk."""
        report = BlockReport(number=block.number, kept=block.kept, end=block.end)
        if not block.work and not block.twins:
            return report
        shard = self._recipe.folder / shard_name(self._recipe.session, block.number)
        try:
            if self._engine is None:
                self._open()
            if shard.is_file():  # an earlier try of this block ended between its shard and its report
                return report.model_copy(update={"shard": shard.name})
            rows = await self._rows(block)
            if rows:
                await asyncio.to_thread(write_shard, shard, rows)
        except Exception as error:  # noqa: BLE001  # told in the report, and raised by the driver
            self._fail(error)
            rows = []
        jobs = sum(len(one.jobs) for one in block.work)
        return report.model_copy(
            update={
                "shard": shard.name if rows else None,
                "left_open": jobs - sum(row.verdict is not None for row in rows),
                "trouble": self._trouble,
            }
        )

    async def close(self) -> None:
        """The connections are closed; on Ray the process ends instead."""
        if self._engine is not None:
            await self._engine.close()

    def _open(self) -> None:
        if self._trouble is not None:
            return
        if not self._control.is_there:
            raise UserError(
                f"run {self._recipe.folder}: another machine of the cluster does not see what is written there; "
                "choose a folder on storage that all of them share"
            )
        if self._recipe.started_in.is_dir():
            os.chdir(self._recipe.started_in)
        settings = self._recipe.share()
        self._plans = self._recipe.plans()
        self._engine = open_engine(settings, concurrency=self._recipe.concurrency)

    async def _rows(self, block: Block) -> list[ShardRow]:
        """A row for each job that has a verdict now, and for each twin."""
        if self.draining:
            return []
        run_of.set(self)
        tasks = {asyncio.create_task(self._one(position, job)): position for position, job in self._jobs(block)}
        waiting: set[asyncio.Task[ShardRow | None]] = set(tasks)
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=_LOOK_S)
            if waiting and self._gives_up():
                for task in waiting:
                    task.cancel()
                await asyncio.wait(waiting)
                break
        made = [task.result() for task in tasks if not task.cancelled()]
        return [row for row in made if row is not None] + [_twin_row(twin) for twin in block.twins]

    def _jobs(self, block: Block) -> Sequence[tuple[int, Job]]:
        questions = self._recipe.questions
        return [
            (
                position,
                make_job(
                    one.transcript,
                    self._plans[rubric],
                    None if questions is None else questions.get(one.transcript.question_id),
                ),
            )
            for one in block.work
            for position, rubric in one.jobs
        ]

    async def _one(self, position: int, job: Job) -> ShardRow | None:
        async with self._slots:
            if self.draining:
                return None
            assert self._engine is not None
            try:
                verdict = await judge_job(job, self._engine)
            except DeferredError:
                return None
            except Exception as error:  # noqa: BLE001  # told in the report, and raised by the driver
                self._fail(error)
                return None
        try:
            self._breaker.observe(verdict)
        except JudgekitError as error:
            self._fail(error)
        return _row(position, verdict)

    def _fail(self, error: Exception) -> None:
        if self._trouble is None:
            self._trouble, self._trouble_since = trouble_of(error), monotonic()

    def _gives_up(self) -> bool:
        late = self._trouble is not None and monotonic() - self._trouble_since > _GRACE_S
        return late or self._control.cancelling


def _row(position: int, verdict: Verdict) -> ShardRow:
    return ShardRow(
        position=position,
        transcript_id=verdict.transcript_id,
        question_id=verdict.question_id,
        label=verdict.label,
        provenance=verdict.provenance,
        rubric=verdict.rubric,
        fingerprint=verdict.fingerprint,
        verdict=verdict,
    )


def _twin_row(twin: Twin) -> ShardRow:
    return ShardRow(
        position=twin.position,
        transcript_id=twin.transcript_id,
        question_id=twin.question_id,
        label=twin.label,
        provenance=twin.provenance,
        rubric=twin.rubric,
        fingerprint=twin.fingerprint,
        verdict=None,
    )
