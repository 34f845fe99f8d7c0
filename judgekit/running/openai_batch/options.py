"""How a run is cut into batches, and which judges can be asked in batches at all."""

from __future__ import annotations

from dataclasses import dataclass

from judgekit.errors import UserError
from judgekit.judging.job import Job
from judgekit.running.source import Places
from judgekit.running.store import Store
from judgekit.settings import Settings

_WITH_BATCHES = ("azure_openai", "openai")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """The sizes of request files, and how often the provider is asked how far it is.

    The provider takes 50,000 requests and 200 MB in one file; the defaults keep below both.
    """

    max_requests: int = 50_000
    """Requests in one file at most."""
    max_bytes: int = 190_000_000
    """Bytes in one file at most."""
    first_look_s: float = 2.0
    """Seconds until the first look at a batch; each pause is half as long again as the one before."""
    longest_pause_s: float = 60.0
    """Seconds between two looks at most."""

    def __post_init__(self) -> None:
        if self.max_requests < 1 or self.max_bytes < 1 or not 0.0 < self.first_look_s <= self.longest_pause_s:
            raise UserError(
                f"batch: sizes from 1 and pauses above 0 s were wanted, the first the shortest; came {self}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batched:
    """A run in batches: what is asked, of whom, and how."""

    jobs: Places[Job]
    """The jobs, which are gone over as often as it takes."""
    store: Store
    """Open, with its session begun."""
    settings: Settings
    options: BatchOptions
    budget_usd: float | None = None
    """US dollars that this judge may cost in this run; what may go beyond is not sent."""
    retry_failed: bool = False
    """Whether failures of earlier sessions are tried again, whatever their kind."""
    total: int | None = None
    """How many jobs there are, where that is known."""


def check_judge(settings: Settings) -> None:
    """Nothing.

    Raises:
        UserError: this judge has no Batch API.
    """
    if settings.provider not in _WITH_BATCHES:
        raise UserError(
            f"--batch: {settings.judge} has no OpenAI Batch API; leave --batch out. It works with "
            f"{' and '.join(f'{name}/MODEL' for name in _WITH_BATCHES)}, and as openai/MODEL with --base-url where a "
            "server of another kind has /files and /batches"
        )
