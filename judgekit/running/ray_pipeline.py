"""The pipeline on Ray Data: one reader of the source → a pool of actors → reports, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from judgekit.errors import JudgeError, UserError
from judgekit.io import TranscriptFile
from judgekit.running.ray_actor import BlockJudge
from judgekit.running.ray_cluster import CPUS
from judgekit.running.ray_done import Done
from judgekit.running.ray_reader import read_blocks
from judgekit.running.ray_recipe import Recipe
from judgekit.running.ray_work import BlockReport


class Pipeline:
    """Runs until its source has ended; its reports are taken by `next`, from any thread."""

    def __init__(self, ray: Any, recipe: Recipe, transcripts: TranscriptFile, limit: int | None, done: Done) -> None:
        """The pipeline runs.

        Args:
            ray: the module, connected.
            recipe: the session.
            transcripts: the source; it is read on the machine that this runs on.
            limit: only the first transcripts.
            done: what the run has already; it is sent once.
        """
        self._arguments = (ray, recipe, transcripts, limit, done)
        self._queue: SimpleQueue[BlockReport | Exception | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="judgekit-ray", daemon=True)
        self._thread.start()
        self.ended = False
        """Whether the last report was taken."""

    def next(self, timeout_s: float) -> BlockReport | None:
        """The next report; None where there is none within the time, or none any more.

        Raises:
            UserError: judgekit is not on all machines.
            JudgeError: Ray itself failed.
        """
        try:
            found = self._queue.get(timeout=timeout_s)
        except Empty:
            return None
        if found is None:
            self.ended = True
            self._thread.join()
            return None
        if isinstance(found, Exception):
            self.ended = True
            said = " ".join(str(found).split())
            if "No module named 'judgekit'" in said:
                raise UserError(
                    "judgekit is not installed on every machine of the Ray cluster: install it there, the same"
                )
            raise JudgeError(f"Ray failed: {said[-300:]}") from found
        return found

    def _run(self) -> None:
        try:
            for report in _reports(*self._arguments):
                self._queue.put(BlockReport.model_validate_json(report))
        except Exception as error:  # noqa: BLE001  # raised where the reports are taken
            self._queue.put(error)
        self._queue.put(None)


def _reports(ray: Any, recipe: Recipe, transcripts: TranscriptFile, limit: int | None, done: Done) -> Iterator[bytes]:
    import ray.data as data
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    context = data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = 1  # a block of ours is one row, and each row a task of its own
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    with data.DataContext.current(context):
        # The one row tells the reader to begin; a task that makes it would ask for a whole CPU.
        blocks = data.from_items([0], override_num_blocks=1).map_batches(
            _read,
            batch_size=None,
            fn_kwargs={"recipe": recipe, "transcripts": transcripts, "limit": limit, "done": ray.put(done)},
            num_cpus=0,  # where actors have taken all that there are, they would wait for it in vain
            scheduling_strategy=here,
        )
        calls = 2 + -(-recipe.concurrency // recipe.block)
        reports = blocks.map_batches(
            BlockJudge,
            batch_size=None,
            fn_constructor_kwargs={"recipe": recipe},
            compute=data.ActorPoolStrategy(
                size=recipe.actors, max_tasks_in_flight_per_actor=calls, max_concurrent_calls_per_actor=calls
            ),
            num_cpus=CPUS,
            scheduling_strategy="SPREAD",
        )
        for batch in reports.iter_batches(batch_size=None, prefetch_batches=0):
            yield from batch["report"]


def _read(
    batch: Mapping[str, Any], recipe: Recipe, transcripts: TranscriptFile, limit: int | None, done: Any
) -> Iterator[dict[str, Any]]:
    """The blocks of the source, a row each; runs in a worker of Ray's."""
    import os

    import numpy as np
    import ray

    os.chdir(recipe.started_in)
    for block in read_blocks(recipe, transcripts, limit, ray.get(done)):
        yield {"block": np.array([block.model_dump_json().encode()], dtype=object)}
