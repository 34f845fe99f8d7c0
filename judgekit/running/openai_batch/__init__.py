"""A run through OpenAI's Batch API: half the price, within a day, and nothing paid twice whatever happens between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from judgekit.judging.engines import Engine
from judgekit.running.openai_batch.ledger import under_way
from judgekit.running.openai_batch.options import Batched, BatchOptions, check_judge
from judgekit.running.progress import Progress
from judgekit.running.stop import Stop

if TYPE_CHECKING:
    from judgekit.judging.client import ModelClient

__all__ = ["BatchOptions", "Batched", "check_judge", "score_in_batches", "under_way"]


async def score_in_batches(
    run: Batched, engine: Engine, *, stop: Stop, show: Callable[[Progress], None] | None, warn: Callable[[str], None]
) -> None:
    """Nothing, after every job has a verdict in the store or the run was stopped.

    Args:
        run: what to do.
        engine: the judge's client; it gives requests their form, and makes no call.
        stop: ends the run early; what is at the provider goes on there, and the next session collects it.
        show: called with each report of progress.
        warn: called with what the user should know.

    Raises:
        UserError: from the source; or the provider refuses what was sent.
        JudgeError: the provider does not answer any more, or the disk fails.
    """
    from judgekit.running.openai_batch.rounds import run_rounds

    await run_rounds(run, cast("ModelClient", engine), stop=stop, show=show, warn=warn)
