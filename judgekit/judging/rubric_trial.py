"""A rubric's examples put to a judge: what it gets right, whether it repeats itself, and what that costs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from judgekit.judging.engines import open_engine
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import Job, make_job, make_plan
from judgekit.judging.judge import judge_job
from judgekit.rubric import CANNOT_TELL, Example, Rubric
from judgekit.settings import Settings
from judgekit.verdict import CriterionResult, Verdict

Kind = Literal["human", "author", "script"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One example and the judge's verdicts on it, one a repeat."""

    example: Example
    verdicts: tuple[Verdict, ...]

    def level_hits(self) -> list[bool]:
        """For each verdict with a level, whether it is right; empty where the example expects none."""
        if self.example.expect.level is None:
            return []
        low, high = self.example.expect.level
        return [low <= verdict.level <= high for verdict in self.verdicts if verdict.level is not None]

    def answer_hits(self) -> list[bool | None]:
        """For each expected answer that was asked for, whether it is right; None where no answer came that counts."""
        return [
            _hit(verdict.criteria.get(name), expected)
            for verdict in self.verdicts
            for name, expected in self.example.expect.criteria.items()
            if _was_asked(verdict, name)
        ]

    def hits_of(self, name: str) -> list[bool | None]:
        """The same for one question; empty where the example expects no answer to it."""
        expected = self.example.expect.criteria.get(name)
        if expected is None:
            return []
        return [_hit(v.criteria.get(name), expected) for v in self.verdicts if _was_asked(v, name)]

    def failing(self) -> str:
        """What is wrong with the verdicts on this example, in a few words; '' where nothing is."""
        failed = sum(verdict.status == "failed" for verdict in self.verdicts)
        levels, answers = self.level_hits(), [hit for hit in self.answer_hits() if hit is not None]
        found = {"calls failed": failed, "levels wrong": levels.count(False), "answers wrong": answers.count(False)}
        return ", ".join(f"{n} {what}" for what, n in found.items() if n)

    def result_flipped(self) -> bool:
        """Whether the repeats differ in score, or in whether there is one; failures aside."""
        return len({verdict.score for verdict in self.verdicts if verdict.status != "failed"}) > 1

    def answer_flips(self) -> list[bool]:
        """For each question that was answered, whether the repeats differ."""
        given: dict[str, set[str | None]] = {}
        for verdict in self.verdicts:
            for name, result in verdict.criteria.items():
                given.setdefault(name, set()).add(result.answer)
        return [len(answers) > 1 for answers in given.values()]


def _was_asked(verdict: Verdict, name: str) -> bool:
    """Whether the judge was to answer: not where code decided alone, nor where a demand did not apply."""
    result = verdict.criteria.get(name)
    return verdict.status == "failed" if result is None else result.status != "not_applicable"


def _hit(result: CriterionResult | None, expected: str) -> bool | None:
    if result is None or result.status == "unsupported":
        return None
    if result.status == "abstained" and expected != CANNOT_TELL:
        return None
    return result.answer == expected


async def judge_examples(
    rubric: Rubric, settings: Settings, *, repeat: int = 1, concurrency: int = 8, done: Callable[[], None] | None = None
) -> list[Trial]:
    """Every example of a rubric with the judge's verdicts on it, in order.

    Args:
        rubric: with its examples.
        settings: which judge, and how it is reached.
        repeat: how often each example is put to it.
        concurrency: calls in flight at once.
        done: called after each verdict.

    Raises:
        UserError: the judge cannot be reached with these settings, or an example does not fit the rubric.
    """
    plan = make_plan(rubric, settings)
    jobs = [make_job(example_transcript(example), plan, inputs=example.inputs) for example in rubric.examples]
    engine = open_engine(settings, concurrency=concurrency)
    places = asyncio.Semaphore(concurrency)

    async def one(job: Job) -> Verdict:
        async with places:
            verdict = await judge_job(job, engine)
        if done is not None:
            done()
        return verdict

    tasks = [asyncio.create_task(one(job)) for job in jobs for _ in range(repeat)]
    try:
        verdicts = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await engine.close()
    return [Trial(example, tuple(verdicts[i * repeat : (i + 1) * repeat])) for i, example in enumerate(rubric.examples)]


@dataclass(frozen=True, slots=True)
class Hits:
    """Right ones among those that could be compared; the repeats and answers of one example are one unit."""

    right: tuple[int, ...]
    """For each example with something to compare, how many were right."""
    of: tuple[int, ...]
    """For each of them, how many there were."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge agrees with the labels of one kind; kinds are never mixed."""

    kind: Kind
    """Whose labels they are."""
    examples: int
    """How many examples have such labels."""
    scored: int
    """Verdicts with a score."""
    abstained: int
    """Verdicts without one."""
    failed: int
    """Calls that ended without a verdict."""
    levels: Hits
    """Levels that are right, among verdicts that have one and examples that expect one."""
    answers: Hits
    """Answers that are right, among those that came."""
    unanswered: int
    """Expected answers that did not come: cannot tell, no evidence, or a failed call."""


def agreement(trials: Sequence[Trial]) -> list[Agreement]:
    """How the judge agrees with the labels, by whose labels they are."""
    kinds: dict[Kind, list[Trial]] = {}
    for trial in trials:
        kinds.setdefault(trial.example.labelled_by.kind, []).append(trial)
    return [_agreement(kind, of_kind) for kind, of_kind in sorted(kinds.items())]


def _agreement(kind: Kind, trials: Sequence[Trial]) -> Agreement:
    status = Counter(verdict.status for trial in trials for verdict in trial.verdicts)
    answers = [trial.answer_hits() for trial in trials]
    return Agreement(
        kind=kind,
        examples=len(trials),
        scored=status["scored"],
        abstained=status["abstained"],
        failed=status["failed"],
        levels=_hits(trial.level_hits() for trial in trials),
        answers=_hits([hit for hit in hits if hit is not None] for hits in answers),
        unanswered=sum(hit is None for hits in answers for hit in hits),
    )


def _hits(per_example: Iterable[list[bool]]) -> Hits:
    counted = [hits for hits in per_example if hits]
    return Hits(tuple(sum(hits) for hits in counted), tuple(len(hits) for hits in counted))


def verdicts_of(trials: Iterable[Trial]) -> Iterator[Verdict]:
    """All verdicts, example by example."""
    return (verdict for trial in trials for verdict in trial.verdicts)


def cost_usd(trials: Iterable[Trial]) -> float | None:
    """What all verdicts cost in US dollars; None where a price is unknown."""
    costs = [verdict.cost_usd for verdict in verdicts_of(trials)]
    return None if None in costs else sum(cost for cost in costs if cost is not None)
