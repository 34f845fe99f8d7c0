"""What travels between the machines of a run on Ray, as JSON: blocks of jobs, and reports on them."""

from __future__ import annotations

from pydantic import Field

from judgekit.errors import UserError
from judgekit.noun import Noun, Text
from judgekit.transcript import Provenance, Transcript


class BlockJobs(Noun):
    """One transcript of a block."""

    transcript: Transcript
    jobs: tuple[tuple[int, Text], ...]
    """Place in the source, and rubric."""


class Twin(Noun):
    """A job that takes its verdict from another one."""

    position: int
    transcript_id: Text
    question_id: Text
    label: Text
    provenance: Provenance
    rubric: Text
    fingerprint: Text


class Trouble(Noun):
    """Why a session has to end."""

    users: bool
    """Whether it is a UserError."""
    text: Text


class SourceEnd(Noun):
    """How the source ended; comes with the last block."""

    blocks: int
    """How many there were."""
    used: tuple[Text, ...]
    """The rubrics under which there are jobs."""
    warnings: tuple[Text, ...] = ()
    skipped: int = 0
    """Bad rows that were left out."""
    stopped: bool = False
    """Whether the session was told to end before the source did."""
    trouble: Trouble | None = None


class Block(Noun):
    """Some jobs that need a call, on their way to an actor; and what was found on the way to them."""

    number: int
    """From 0."""
    work: tuple[BlockJobs, ...] = ()
    twins: tuple[Twin, ...] = ()
    kept: tuple[int, int, int] = (0, 0, 0)
    """Jobs that an earlier session has done: scored, abstained, failed."""
    end: SourceEnd | None = None


class BlockReport(Noun):
    """What became of a block; comes back to the driver."""

    number: int
    shard: Text | None = None
    """The file that its verdicts are in."""
    left_open: int = Field(default=0, ge=0)
    """Jobs that have no verdict, as the session had to end."""
    kept: tuple[int, int, int] = (0, 0, 0)
    end: SourceEnd | None = None
    trouble: Trouble | None = None


def trouble_of(error: Exception) -> Trouble:
    """The error as it is told to the driver."""
    if isinstance(error, UserError):
        return Trouble(users=True, text=str(error))
    text = str(error) if type(error).__module__ == "judgekit.errors" else f"{type(error).__name__}: {error}"
    return Trouble(users=False, text=text)
