"""What there is to do in a batch, job by job: kept, copied, decided by code, or asked, and how large that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection

from judgekit.errors import UserError
from judgekit.judging.job import Job
from judgekit.rubric import Rubric
from judgekit.running.guess import (
    CALLS,
    REASK,
    Range,
    prompt_tokens,
    reply_tokens,
    size_of,
)
from judgekit.running.lookup import Found, Held, look_up
from judgekit.running.ratio import Ratio, Sample
from judgekit.transcript import Transcript
from judgekit.verdict import RETRYABLE

_OBSERVED = 300
"""So many verdicts of a rubric are compared with their requests."""
_LEAST = 20
"""So many are needed to believe them rather than the bytes."""
_USAGE = """
SELECT id, calls, prompt_tokens, completion_tokens, cached_tokens FROM verdicts
WHERE id IN ({}) AND calls > 0 AND prompt_tokens IS NOT NULL AND completion_tokens IS NOT NULL
"""


@dataclass(slots=True)
class Ratios:
    """What verdicts of a run took, beside the size of their requests."""

    calls: Ratio = field(default_factory=Ratio)
    """For a verdict."""
    prompt: Ratio = field(default_factory=Ratio)
    """Tokens for a byte of the first request, those of re-asks included."""
    reply: Ratio = field(default_factory=Ratio)
    """Tokens for a token that was guessed at the most."""
    cached: Ratio = field(default_factory=Ratio)
    """Cached tokens for a token sent."""

    @property
    def n(self) -> int:
        """Verdicts."""
        return self.calls.n

    def __add__(self, other: Ratios) -> Ratios:
        return Ratios(
            self.calls + other.calls,
            self.prompt + other.prompt,
            self.reply + other.reply,
            self.cached + other.cached,
        )


@dataclass(slots=True)
class Seen:
    """What came up under one rubric."""

    rubric: Rubric
    base: str
    jobs: int = 0
    kept: int = 0
    copies: int = 0
    missing_input: int = 0
    sample: Sample = field(default_factory=Sample)
    """Of the jobs that may need a call."""
    ratios: Ratios = field(default_factory=Ratios)


@dataclass(frozen=True, slots=True)
class Guess:
    """What is left to do under one rubric."""

    ask: float
    """Jobs that need the judge."""
    calls: Range
    prompt_tokens: Range
    cached_share: Range
    """Of the prompt tokens."""
    completion_tokens: Range


class Survey:
    """Takes jobs in slices, and holds eight bytes and their keeping for each that would be asked."""

    def __init__(self, db: Connection | None, *, retry_failed: bool) -> None:
        self.transcripts = 0
        self.rubrics: dict[str, Seen] = {}
        """By name."""
        self._db = db
        self._retry_failed = retry_failed
        self._last: Transcript | None = None
        self._fingerprints: set[int] = set()

    def take(self, jobs: Sequence[Job]) -> None:
        """These jobs are counted, and as many of them rendered as are needed.

        Raises:
            UserError: two rubrics have one name.
        """
        found = Found() if self._db is None else look_up(self._db, jobs)
        kept: list[tuple[Seen, Job, Held]] = []
        for job in jobs:
            seen = self._rubric(job)
            own = found.own.get((job.fingerprint, job.transcript.id))
            other = found.others.get(job.fingerprint)
            # The first 64 bits tell them apart: among a million jobs two meet once in 37 million batches.
            short = int(job.fingerprint[:16], 16)
            if own is not None and not self._again(own):
                seen.kept += 1
                kept.append((seen, job, own))
            elif short in self._fingerprints or (other is not None and not self._again(other)):
                seen.copies += 1
            else:
                self._fingerprints.add(short)
                self._to_do(seen, job)
        self._observe(kept)

    def _rubric(self, job: Job) -> Seen:
        rubric = job.rubric
        if job.transcript is not self._last:
            self.transcripts += 1
            self._last = job.transcript
        seen = self.rubrics.setdefault(rubric.name, Seen(rubric, job.plan.base))
        if seen.base != job.plan.base:
            raise UserError(f"two different rubrics are named {rubric.name!r}: rename one, or use two runs")
        seen.jobs += 1
        return seen

    def _to_do(self, seen: Seen, job: Job) -> None:
        if job.inputs.missing:
            seen.missing_input += 1
        elif seen.sample.wants_next():
            seen.sample.add(size_of(job))

    def _again(self, held: Held) -> bool:
        if held.failure_kind is None:
            return False
        return self._retry_failed or held.failure_kind in RETRYABLE

    def _observe(self, kept: Sequence[tuple[Seen, Job, Held]]) -> None:
        if self._db is None or not kept:
            return
        wanted = {held.row: (seen, job) for seen, job, held in kept if seen.ratios.n < _OBSERVED}
        for row, calls, sent, received, cached in self._db.execute(
            _USAGE.format(",".join("?" * len(wanted))), [*wanted]
        ):
            seen, job = wanted[row]
            size = size_of(job)
            if size is None:
                continue
            seen.ratios.calls.add(1, calls)
            seen.ratios.prompt.add(size.whole, sent)
            seen.ratios.reply.add(reply_tokens(size.asked, 1).high, received)
            seen.ratios.cached.add(sent, cached or 0)


def guess_of(seen: Seen, pooled: Ratios, max_tokens: int | None) -> Guess:
    """What is left under one rubric: by its own verdicts, else by those of all rubrics, else by the bytes alone."""
    sums, off = seen.sample.totals(), seen.sample.error()
    n = sums.calls
    if not n:
        nothing = Range(0.0, 0.0)
        return Guess(0.0, nothing, nothing, nothing, nothing)
    known = next((ratios for ratios in (seen.ratios, pooled) if ratios.n >= _LEAST), None)
    reply = reply_tokens(sums.asked, n, max_tokens)
    if known is None:
        calls = CALLS.times(n)
        first = prompt_tokens(sums.plain, sums.other, sums.schema, n)
        more = CALLS.high - 1.0
        prompt = Range(first.low, first.high + more * (first.high + reply.high + REASK * n))
        received = Range(reply.low, reply.high * CALLS.high)
        # All but the first request of a rubric find its beginning cached, or none does: many providers keep only
        # beginnings of 1,024 tokens and more.
        cached = Range(0.0, sums.static / (sums.plain + sums.other) * (n - 1) / n)
    else:
        calls = known.calls.range(floor=1.0).times(n)
        prompt = known.prompt.range().times(sums.plain + sums.other + sums.schema)
        received = known.reply.range().times(reply_tokens(sums.asked, n).high)
        share = known.cached.range()
        cached = Range(min(1.0, share.low), min(1.0, share.high))
    around = Range(max(0.0, 1.0 - off), 1.0 + off)
    return Guess(n, calls * around, prompt * around, cached, received * around)
