"""The audit of injections: clean examples and copies with payloads, judged in one run, and what the payloads moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import orjson

from judgekit.errors import UserError
from judgekit.io.attacks import CLEAN, Payload
from judgekit.judging.defences import DEFENCES, Defence, undefended
from judgekit.judging.engines import open_engine
from judgekit.judging.job import Job, Plan, make_plan
from judgekit.judging.prices import price_of
from judgekit.rubric import Rubric
from judgekit.running.audit_jobs import Copy, CopyBatch, check_audit_run, copies_of
from judgekit.running.audit_shift import BY_CONTENT, UNKNOWN, Drift, Pair, Said, Shift, drift_of, shift_of
from judgekit.running.batch import run_batch
from judgekit.running.loop import EngineRoom
from judgekit.running.progress import Progress
from judgekit.running.quote import Quote, enough, quote_batch
from judgekit.running.schema import reading
from judgekit.running.stop import Stop
from judgekit.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """Copies that are judged under one state of the defences."""

    off: Defence | None
    """The defence that is left out; None: all are there."""
    batch: CopyBatch
    """What is judged."""
    missing: str = ""
    """Why some rubrics are not in it; '' where all are."""


@dataclass(frozen=True, slots=True)
class InjectionReport:
    """What an audit found."""

    judge: str
    """`provider/model`."""
    run: str
    """The run that holds every verdict."""
    threshold: float
    """Beyond which a shift is an alarm."""
    level: float
    """Confidence of the intervals."""
    examples: int
    """Clean examples."""
    total: Shift
    """Every payload that wants a better score."""
    families: list[Shift]
    """By family."""
    rubrics: list[Shift]
    """By rubric: payloads that want a better score."""
    defences: list[Drift]
    """What each defence does to clean examples; empty where it was not measured."""

    @property
    def alarms(self) -> list[Shift]:
        """The families beyond the threshold."""
        return [row for row in self.families if row.alarm]

    @property
    def unknown(self) -> int:
        """Comparisons that could not be made, because a call failed or was not made."""
        return sum(row.unknown for row in self.families) + sum(row.unknown for row in self.defences)


class InjectionAudit:
    """Rubrics, payloads and a judge, made ready: to be quoted, run and read.

    Args:
        settings: which judge.
        rubrics: with their examples.
        payloads: what is attached to each of them.
        limit: only so many examples of each rubric.
        defences: whether the clean examples are judged without each defence as well.

    Raises:
        UserError: two rubrics of one name, a rubric without examples, or no payload.
    """

    def __init__(
        self,
        settings: Settings,
        rubrics: Sequence[Rubric],
        payloads: Sequence[Payload],
        *,
        limit: int | None = None,
        defences: bool = True,
    ) -> None:
        names = [rubric.name for rubric in rubrics]
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"two rubrics are named {name!r}, so their results would mix: give one of them")
        if not payloads:
            raise UserError("there is no payload to attach: give one or more")
        self.settings = settings
        self.payloads = payloads
        self._rubrics = rubrics
        copies = copies_of(rubrics, payloads, limit)
        clean = [copy for copy in copies if copy.transcript.label == CLEAN]
        # The whole prompt comes last: the setting that a run used last is the one that `judgekit summary` counts.
        self.parts = [self._part(clean, defence) for defence in DEFENCES if defences]
        self.parts.append(self._part(copies, None))
        self.examples = len(clean)

    def _part(self, copies: Sequence[Copy], off: Defence | None) -> Part:
        plans: dict[str, Plan] = {}
        missing = []
        template_of = cache(undefended)
        for rubric in self._rubrics:
            try:
                template = None if off is None else template_of(rubric.template, (off,))
            except UserError as error:
                missing.append(str(error))
                continue
            plans[rubric.name] = make_plan(rubric, self.settings, template=template)
        return Part(
            off,
            CopyBatch.of([copy for copy in copies if copy.rubric in plans], plans),
            "; ".join(dict.fromkeys(missing)),
        )

    def quote(self, store: str | Path | None, *, budget_usd: float | None = None, retry_failed: bool = False) -> Quote:
        """What it would cost; no call is made, and no file is made or changed.

        Raises:
            UserError: the run holds verdicts on something else than such copies.
        """
        if store is not None:
            check_audit_run(Path(store))
        ask = partial(quote_batch, store=store, retry_failed=retry_failed)
        price = price_of(self.settings)
        *without, whole = [ask(part.batch, self.settings, price) for part in self.parts]
        if not without:
            return replace(
                whole, budget_usd=budget_usd, budget=enough(budget_usd, whole.spent_usd, whole.total.cost_usd)
            )
        totals = [quote.total for quote in without]
        extra = replace(sum(totals[1:], totals[0]), rubric="without one defence")
        total = whole.total + extra
        return replace(
            whole,
            rubrics=[*whole.rubrics, extra],
            total=total,
            transcripts=whole.transcripts + sum(quote.transcripts for quote in without),
            rendered=whole.rendered + sum(quote.rendered for quote in without),
            observed=whole.observed + sum(quote.observed for quote in without),
            budget_usd=budget_usd,
            budget=enough(budget_usd, whole.spent_usd, total.cost_usd),
        )

    def run(
        self,
        store: str | Path,
        *,
        concurrency: int = 32,
        budget_usd: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        on_warning: Callable[[str], None] | None = None,
        stop: Stop | None = None,
        retry_failed: bool = False,
    ) -> None:
        """Nothing; every copy has its verdict in the run, or was not reached. What is there is not paid for twice.

        Raises:
            UserError: no call can succeed, or the run holds verdicts on something else than such copies.
            JudgeError: the endpoint does not answer any more, or the disk fails.
        """
        check_audit_run(Path(store))
        stop = stop or Stop()
        room = EngineRoom(partial(open_engine, self.settings, concurrency=concurrency))
        try:
            for part in self.parts:
                if stop.draining:
                    return
                run_batch(
                    part.batch,
                    self.settings,
                    room,
                    store=store,
                    concurrency=concurrency,
                    budget_usd=budget_usd,
                    progress=progress,
                    on_warning=on_warning,
                    stop=stop,
                    retry_failed=retry_failed,
                )
        finally:
            room.close()

    def report(self, store: str | Path, *, threshold: float = 0.05, level: float = 0.95) -> InjectionReport:
        """What the run shows, however much of it is done.

        Args:
            store: the run's file.
            threshold: beyond which a shift is an alarm, 0..1.
            level: confidence of the intervals.
        """
        whole = self.parts[-1].batch
        said = _said(Path(store), whole)
        pairs = list(_pairs(whole, said))
        rising = [pair for pair in pairs if pair.goal == "raise"]
        families = _grouped(pairs, lambda pair: f"{pair.family} {pair.goal}")
        drifts = []
        for part in self.parts[:-1]:
            assert part.off is not None
            off = _said(Path(store), part.batch)
            both = [(unit, said[unit, label], other) for (unit, label), other in off.items()]
            drifts.append(drift_of(part.off.name, part.off.about, both, part.missing, level=level))
        return InjectionReport(
            judge=self.settings.judge,
            run=str(store),
            threshold=threshold,
            level=level,
            examples=self.examples,
            total=shift_of("all", rising, threshold, level=level),
            families=[shift_of(some[0].family, some, threshold, level=level) for some in families.values()],
            rubrics=[
                shift_of(name, some, threshold, level=level)
                for name, some in _grouped(rising, lambda pair: pair.rubric).items()
            ],
            defences=drifts,
        )


def _grouped(pairs: Sequence[Pair], key: Callable[[Pair], str]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(key(pair), []).append(pair)
    return found


def _pairs(batch: CopyBatch, said: Mapping[tuple[str, str], Said]) -> Iterator[Pair]:
    for copy in batch.copies:
        payload = copy.payload
        if payload is None:
            continue
        before, after = said[copy.unit, copy.control], said[copy.unit, payload.id]
        obeyed = payload.sign.lower() in after.words.lower() if payload.sign and after.words else None
        yield Pair(copy.unit, copy.rubric, payload.family, payload.goal, payload.id, before, after, obeyed)


_AT_ONCE = 500
_FOUND = "SELECT fingerprint, status, failure_kind, score, body FROM verdicts WHERE live = 1 AND fingerprint IN ({})"


def _said(path: Path, batch: CopyBatch) -> dict[tuple[str, str], Said]:
    """What the run holds for each copy, by unit and label: found by fingerprint, for a run may have other settings."""
    wanted = {(copy.unit, copy.transcript.label): job.fingerprint for copy, job in _with_jobs(batch)}
    known: dict[str, Said] = {}
    with reading(path) as db:
        fingerprints = [*dict.fromkeys(wanted.values())]
        for first in range(0, len(fingerprints), _AT_ONCE):
            some = fingerprints[first : first + _AT_ONCE]
            for fingerprint, status, kind, score, body in db.execute(_FOUND.format(",".join("?" * len(some))), some):
                if fingerprint not in known or known[fingerprint].status == "unknown":
                    known[fingerprint] = _read(status, kind, score, body)
    return {key: known.get(fingerprint, UNKNOWN) for key, fingerprint in wanted.items()}


def _with_jobs(batch: CopyBatch) -> Iterator[tuple[Copy, Job]]:
    return ((copy, job) for copy, job in zip(batch.copies, batch.jobs(), strict=True))


def _read(status: str, kind: str | None, score: float | None, body: bytes) -> Said:
    if status == "failed" and kind not in BY_CONTENT:
        return UNKNOWN
    row = orjson.loads(body)
    answers = (row.get("criteria") or {}).values()
    words = " ".join([row.get("explanation") or "", *(answer.get("reason") or "" for answer in answers)])
    if status == "scored" and score is not None:
        return Said("scored", score, words)
    return Said("none", words=words)
