"""What answers a prompt: the contract that model clients and the baseline share."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from judgekit.judging.schema import Reply, ReplySchema
from judgekit.rubric import Criterion
from judgekit.settings import Settings
from judgekit.verdict import Attempt, Usage

if TYPE_CHECKING:
    from judgekit.judging.job import Job


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt with the shape of its answer."""

    job: Job
    asked: Sequence[tuple[str, Criterion]]
    """Name and criterion of each question put to the judge."""
    system: str
    user: str
    schema: ReplySchema
    again: Again | None = None
    """Set on the one re-ask: the first answer and what was wrong with it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a typed reply, or text that does not fit the schema."""

    reply: Reply | None
    """None where the text does not fit the schema."""
    problem: str
    """What does not fit, for the re-ask; '' where it fits."""
    raw: Any
    """The reply as it came, for the engine's own re-ask."""
    usage: Usage
    cost_usd: float | None
    latency_s: float
    attempts: tuple[Attempt, ...] = ()
    """The calls before this one that failed and were tried again."""
    calls: int = 1
    """Calls that were made for it, those included; 0 where code answered."""
    flags: tuple[str, ...] = ()
    """What a reader should know, such as a parameter that the model does not take."""


@dataclass(frozen=True, slots=True)
class Again:
    """The second try: what came first, and what to say about it."""

    answered: Answered
    complaint: str


class DeferredError(Exception):
    """Neither an answer nor a failure: the call was not made, and its job stays open for a later session."""


class Draining(Protocol):
    """A run, as far as its calls have to know it; `judgekit.running.stop.Stop` is one."""

    @property
    def draining(self) -> bool:
        """Whether no new call may start."""
        ...


run_of: ContextVar[Draining | None] = ContextVar("run_of", default=None)
"""The run that a task works for: when it is to end, calls of it that still wait for their turn are not made."""


class Engine(Protocol):
    """Something that answers prompts; one per judge, safe to share between the tasks of its event loop."""

    async def ask(self, request: Request) -> Answered:
        """The answer to one prompt.

        Raises:
            CallError: no usable answer came; the failure says why and lists the attempts.
            UserError: no retry can help any call, such as a refused key.
            DeferredError: the run is to end before the call was made.
        """
        ...

    async def close(self) -> None:
        """Connections and processes are released."""
        ...


def open_engine(settings: Settings, *, concurrency: int = 32) -> Engine:
    """The engine for a judge; loads its client only now.

    Args:
        settings: which judge, and how it is reached.
        concurrency: calls that may be in flight at once; the size of the connection pool.

    Raises:
        UserError: the provider or the key is missing, or an extra is not installed.
    """
    if settings.provider == "baseline":
        from judgekit.judging.baseline import Baseline

        return Baseline()
    if settings.provider == "local":
        from judgekit.judging.local import LocalEngine

        return LocalEngine(settings)
    from judgekit.judging.client import ModelClient

    return ModelClient(settings, concurrency=concurrency)
