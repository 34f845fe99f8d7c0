"""How far a judge depends on the order in which it is asked: the same items, again and in other orders.

Nothing of it goes into a run: these verdicts answer for the judge and not for the responses.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from pydantic import JsonValue

from judgekit.calibration.estimate import Estimate, mean_estimate
from judgekit.errors import UserError
from judgekit.judging.engines import Engine, open_engine
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import Job, Plan, make_job, make_plan
from judgekit.judging.judge import judge_job
from judgekit.judging.order import PARTS, Part, other_orders
from judgekit.question import Question
from judgekit.rubric import Rubric
from judgekit.settings import Settings
from judgekit.transcript import Transcript
from judgekit.verdict import CriterionResult, Verdict

Way = Literal["same", "criteria", "answers", "levels"]
"""`same` is the usual order once more: how much a judge changes without any reason."""


@dataclass(frozen=True, slots=True)
class Item:
    """One response to be judged in every order."""

    transcript: Transcript
    question: Question | None = None
    inputs: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How often one answer changes."""

    way: Way
    criterion: str
    changed: Estimate
    """The share of comparisons in which the answer is another one; items' questions are the units."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """How often the result changes, and in which direction."""

    way: Way
    orders: int
    """How many orders were tried."""
    changed: Estimate
    """The share of comparisons in which level or score is another one, or is there once only."""
    shift: Estimate
    """The mean of the level in this order minus that in the usual one; of the score, where there are no levels."""
    lost: int
    """Comparisons that could not be made because a call failed."""


@dataclass(frozen=True, slots=True)
class OrderAudit:
    """What the audit of one judge and rubric found."""

    rubric: str
    judge: str
    items: int
    results: tuple[ResultRow, ...]
    answers: tuple[AnswerRow, ...]
    failed: int
    failures: dict[str, int]
    """How many verdicts failed, by kind; the most frequent first."""
    why: str
    """What the first failure of the most frequent kind said; '' where none failed."""
    calls: int
    cost_usd: float | None

    @property
    def excess(self) -> dict[Way, float]:
        """By what was permuted, the share of results that change beyond those that change in the same order."""
        share = {row.way: row.changed.value for row in self.results if row.changed.n}
        return {way: value - share["same"] for way, value in share.items() if way != "same" and "same" in share}


def example_items(rubric: Rubric) -> list[Item]:
    """The rubric's own examples."""
    return [Item(example_transcript(example), inputs=example.inputs) for example in rubric.examples]


async def audit_order(
    rubric: Rubric,
    items: Sequence[Item],
    settings: Settings,
    *,
    orders: int = 1,
    parts: Sequence[Part] = PARTS,
    seed: int = 7,
    concurrency: int = 8,
    level: float = 0.95,
    done: Callable[[], None] | None = None,
) -> OrderAudit:
    """What changes if the same items are put to the judge in other orders.

    Each item is judged once in the usual order, `orders` times more in the same, and in `orders` other orders of each
    part: 1 + orders · (1 + number of parts) verdicts.

    Args:
        rubric: what is asked.
        items: what is judged.
        settings: which judge, and how it is reached.
        orders: how many other orders of each part are tried.
        parts: what is permuted, one at a time.
        seed: draws the orders.
        concurrency: calls in flight at once.
        level: the confidence of the intervals.
        done: called after each verdict.

    Raises:
        UserError: there are no items, the rubric has no other order, or the judge cannot be reached.
    """
    plans = order_plans(rubric, settings, orders=orders, parts=parts, seed=seed)
    if not items:
        raise UserError(f"rubric {rubric.name}: there is nothing to judge it on; give transcripts, or write examples")
    usual = make_plan(rubric, settings)
    jobs = [_job(item, plan) for item in items for plan in (usual, *(plan for _, plan in plans))]
    verdicts = await _judged(jobs, settings, concurrency, done)
    wide = 1 + len(plans)
    compared = [
        (way, verdicts[i], verdicts[i + j])
        for i in range(0, len(verdicts), wide)
        for j, (way, _) in enumerate(plans, start=1)
    ]
    ways = list(dict.fromkeys(way for way, _ in plans))
    costs = [verdict.cost_usd for verdict in verdicts]
    failed = [verdict.failure for verdict in verdicts if verdict.failure is not None]
    kinds = Counter[str](failure.kind for failure in failed)
    return OrderAudit(
        rubric=rubric.name,
        judge=settings.judge,
        items=len(items),
        results=tuple(
            _result(way, sum(w == way for w, _ in plans), [(a, b) for w, a, b in compared if w == way], rubric, level)
            for way in ways
        ),
        answers=tuple(
            AnswerRow(way, one.id, _answer_changes([(a, b) for w, a, b in compared if w == way], one.id, level))
            for one in rubric.criteria
            for way in ways
        ),
        failed=sum(kinds.values()),
        failures=dict(kinds.most_common()),
        why=next((failure.detail for failure in failed if failure.kind == kinds.most_common(1)[0][0]), ""),
        calls=sum(verdict.calls for verdict in verdicts),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def order_plans(
    rubric: Rubric, settings: Settings, *, orders: int, parts: Sequence[Part], seed: int
) -> list[tuple[Way, Plan]]:
    """The plans that are compared with the usual one, by what is in another order in them.

    Raises:
        UserError: there is no other order.
    """
    rng = Random(seed)  # noqa: S311 - orders, not secrets
    found: list[tuple[Way, Plan]] = [
        (part, plan) for part in parts for plan in other_orders(rubric, settings, part, orders, rng)
    ]
    if not found:
        raise UserError(
            f"rubric {rubric.name} has no other order of {' or '.join(parts)}: the judge is asked no questions, and "
            "code computes the level"
        )
    same: list[tuple[Way, Plan]] = [("same", make_plan(rubric, settings))]
    return same * orders + found


def _job(item: Item, plan: Plan) -> Job:
    return make_job(item.transcript, plan, item.question, item.inputs)


async def _judged(
    jobs: Sequence[Job], settings: Settings, concurrency: int, done: Callable[[], None] | None
) -> list[Verdict]:
    engine = open_engine(settings, concurrency=concurrency)
    found: dict[int, Verdict] = {}
    left = iter(enumerate(jobs))
    workers = [asyncio.create_task(_work(left, engine, found, done)) for _ in range(min(concurrency, len(jobs)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await engine.close()
    return [found[i] for i in range(len(jobs))]


async def _work(
    left: Iterable[tuple[int, Job]], engine: Engine, found: dict[int, Verdict], done: Callable[[], None] | None
) -> None:
    for i, job in left:
        found[i] = await judge_job(job, engine)
        if done is not None:
            done()


_Pairs = Sequence[tuple[Verdict, Verdict]]


def _result(way: Way, orders: int, compared: _Pairs, rubric: Rubric, level: float) -> ResultRow:
    whole = [(a, b) for a, b in compared if "failed" not in (a.status, b.status)]
    units = [a.question_id for a, _ in whole]
    changed = mean_estimate(
        [float(_result_of(a) != _result_of(b)) for a, b in whole], units, level=level, name="results changed"
    )
    scored = [(a, b) for a, b in whole if a.status == b.status == "scored"]
    most = float(rubric.top - 1) if rubric.top else 1.0
    shift = mean_estimate(
        [_number(b) - _number(a) for a, b in scored],
        [a.question_id for a, _ in scored],
        level=level,
        low=-most,
        high=most,
        name="shift",
    )
    return ResultRow(way, orders, changed, shift, len(compared) - len(whole))


def _result_of(verdict: Verdict) -> float | None:
    return verdict.level if verdict.level is not None else verdict.score


def _number(verdict: Verdict) -> float:
    found = _result_of(verdict)
    assert found is not None  # it is scored
    return float(found)


def _answer_changes(compared: _Pairs, criterion: str, level: float) -> Estimate:
    changes = [
        (float(_said(a.criteria[criterion]) != _said(b.criteria[criterion])), a.question_id)
        for a, b in compared
        if criterion in a.criteria and criterion in b.criteria
    ]
    return mean_estimate(
        [change for change, _ in changes], [unit for _, unit in changes], level=level, name="answers changed"
    )


def _said(result: CriterionResult) -> str | None:
    """The answer; one without its evidence is no answer, whatever it says."""
    return "(unsupported)" if result.status == "unsupported" else result.answer
