"""A run on Ray: `score_with_ray`, which does on many machines what `Judge.score_many` does in one process.

One reader takes the source apart into blocks of jobs, without those that the run has already; actors, each with one
engine, judge the blocks and write a shard for each; their reports come back to the driver, which is this process: it
shows progress, passes on Ctrl-C, and fills the run from the shards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_questions
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.batch import RubricLike, make_batch
from judgekit.running.progress import Progress, print_progress
from judgekit.running.ray_cluster import connected
from judgekit.running.ray_control import clear
from judgekit.running.ray_driver import Driver
from judgekit.running.ray_folder import alone, source_of
from judgekit.running.ray_folder import files_of as files_of
from judgekit.running.ray_recipe import recipe_of, session_of
from judgekit.running.report import Counts, Report
from judgekit.running.run import Run, open_run
from judgekit.running.shard_folder import list_folder, open_folder
from judgekit.running.shard_index import import_shards
from judgekit.running.stop import Stop

if TYPE_CHECKING:
    from judgekit.running.judge import Judge

_CALLS_OF_AN_ACTOR = 128
_MOST_ACTORS = 1000


def score_with_ray(
    judge: Judge,
    transcripts: TranscriptFile | str | Path | Sequence[str | Path],
    rubrics: RubricLike | Sequence[RubricLike] | None = None,
    *,
    store: str | Path,
    questions: QuestionSet | str | Path | None = None,
    actors: int | None = None,
    concurrency: int | None = None,
    limit: int | None = None,
    progress: bool | Callable[[Progress], None] = False,
    on_warning: Callable[[str], None] | None = None,
    stop: Stop | None = None,
    retry_failed: bool = False,
) -> Run:
    """The run: every transcript with its verdict, or with a recorded failure, as shards in a folder.

    The same call again does what is left. Without RAY_ADDRESS, and where the process is not connected to a Ray, one
    starts on this machine for as long as the call takes. A budget is not kept here: it needs one process.

    Args:
        judge: its key has to come from an environment variable, which every machine reads for itself.
        transcripts: files, folders of files, or what `load_transcripts` gave; read on this machine.
        rubrics: under which to judge all of them; None: each question's own.
        store: a folder, on storage that all machines share.
        questions: what the rubrics need to know about each prompt.
        actors: processes that call the judge; by default one for each 128 calls in flight.
        concurrency: calls in flight of all actors together; by default the judge's.
        limit: only the first transcripts.
        progress: True prints a line to standard error now and then; or a function that is called with each report.
        on_warning: called with what the user should know; by default it is logged.
        stop: ends the run early, from another thread or a signal.
        retry_failed: try every failure again, whatever its kind.

    Raises:
        UserError: the input is wrong, no call can succeed, or Ray is not installed; what was scored is kept.
        JudgeError: the endpoint, the disk or Ray fails; what was scored is kept.
    """
    if rubrics is None and questions is None:
        raise UserError("nothing says what to judge: give rubrics=[…], or questions= whose entries name their own")
    if isinstance(questions, str | Path):
        questions = load_questions(questions)
    if isinstance(rubrics, Rubric | str | Path):
        rubrics = [rubrics]
    _check_key(judge)
    pool, each = _sizes(actors, judge.concurrency if concurrency is None else concurrency)
    source = source_of(transcripts, store)
    batch = make_batch(judge.plan, source, questions, rubrics, limit)
    batch.check_questions()
    counts = Counts(total=batch.total())
    shown = (print_progress() if progress else None) if isinstance(progress, bool) else progress
    folder = open_folder(store)
    with alone(folder):
        clear(folder)
        if list_folder(folder, may_be_new=True).sessions:
            import_shards(folder)
        with connected(pool) as cluster:
            driver = Driver(folder, session_of(judge.settings, batch, source))
            for warning in (*driver.warnings, *filter(None, [cluster.shortage(pool)])):
                (on_warning or logging.getLogger("judgekit").warning)(warning)
            recipe = recipe_of(
                judge.settings,
                batch,
                folder,
                driver.session,
                actors=pool,
                concurrency=each,
                near=cluster.own,
            )
            driver.run(cluster.ray, recipe, source, limit, Report(counts, None, shown), stop or Stop(), retry_failed)
    return open_run(folder)


def _check_key(judge: Judge) -> None:
    """Nothing.

    Raises:
        UserError: the key was given as a text, which would have to travel.
    """
    settings = judge.settings
    if settings.api_key.get_secret_value() and settings.key_variable is None:
        raise UserError(
            "on Ray each machine takes the API key from its own environment, so that it never travels: set it in an "
            "environment variable, and name that with api_key_env= (--api-key-env) instead of api_key="
        )


def _sizes(actors: int | None, concurrency: int) -> tuple[int, int]:
    """How many actors there are, and how many calls each has in flight.

    >>> _sizes(None, 32), _sizes(None, 512), _sizes(3, 32)
    ((1, 32), (4, 128), (3, 11))
    """
    if concurrency < 1:
        raise UserError(f"concurrency: at least 1 was wanted; came {concurrency}")
    if actors is None:
        actors = min(_MOST_ACTORS, -(-concurrency // _CALLS_OF_AN_ACTOR))
    if not 1 <= actors <= min(_MOST_ACTORS, concurrency):
        raise UserError(
            f"actors: from 1 to {_MOST_ACTORS} were wanted, and no more than the {concurrency} calls in flight that "
            f"they share (concurrency); came {actors}"
        )
    return actors, -(-concurrency // actors)
