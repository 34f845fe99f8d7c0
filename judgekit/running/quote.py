"""What a batch would cost: everything that `score_many` does short of a call, and nothing is written.

Each job is looked up in the run, if there is one; what would be asked is really rendered and measured in bytes; and the
verdicts that the run holds already say how many calls and tokens come on a byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from math import ceil, floor
from operator import add
from pathlib import Path
from typing import Literal, TypeVar

from judgekit.errors import UserError
from judgekit.judging.prices import Price, is_known, rates_text
from judgekit.running.batch import Batch, parameters_of
from judgekit.running.budget import check_limit
from judgekit.running.guess import Range
from judgekit.running.lookup import key_of, spent_by
from judgekit.running.ratio import WHOLE
from judgekit.running.schema import reading
from judgekit.running.shard_index import import_shards
from judgekit.running.survey import Guess, Ratios, Seen, Survey, guess_of
from judgekit.settings import Settings
from judgekit.verdict import Usage

T = TypeVar("T")

_SLICE = 400


@dataclass(frozen=True, slots=True)
class RubricQuote:
    """What the transcripts of one batch would cost under one rubric, or under all."""

    rubric: str
    """The rubric's name; '' for all."""
    version: str
    jobs: int
    """Transcript × rubric: kept + copies + missing_input + by_code + ask."""
    kept: int
    """Verdicts that are in the run already."""
    copies: int
    """Jobs with the text and inputs of another one: they take its verdict."""
    missing_input: int
    """Jobs that will fail, because the question file lacks an input."""
    by_code: int
    """Jobs that code decides without a call."""
    ask: int
    """Jobs that need the judge."""
    calls: Range
    """To make, re-asks and retries included."""
    prompt_tokens: Range
    """To send."""
    cached_tokens: Range
    """Of them: those that the provider may have cached."""
    completion_tokens: Range
    """To receive."""
    cost_usd: Range | None
    """US dollars; None where the price is unknown."""

    def __add__(self, other: RubricQuote) -> RubricQuote:
        known = self.cost_usd is not None and other.cost_usd is not None
        return RubricQuote(
            "",
            "",
            self.jobs + other.jobs,
            self.kept + other.kept,
            self.copies + other.copies,
            self.missing_input + other.missing_input,
            self.by_code + other.by_code,
            self.ask + other.ask,
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd if known else None,  # type: ignore[operator]
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """What a batch would cost; every range is from the least to the most that is likely."""

    judge: str
    """`provider/model`."""
    endpoint: str | None
    """Where it would be asked, without secrets; None: the provider's own address, or no call."""
    run: str | None
    """The run that was read; None where there is none yet."""
    transcripts: int
    """Transcripts that were read."""
    rubrics: list[RubricQuote]
    """By rubric, in the order in which they came up."""
    total: RubricQuote
    """All of them together."""
    rendered: int
    """Requests that were really rendered; from them the rest of a large source is estimated."""
    sampled: bool
    """Whether that was a sample."""
    observed: int
    """Verdicts of this run that calls and tokens are estimated from; 0: from the bytes alone."""
    prices: str
    """The prices and where they come from, for people; '' where they are unknown."""
    spent_usd: float | None
    """US dollars that this judge has cost in the run so far; None where a price is unknown."""
    budget_usd: float | None
    """The budget that was asked about."""
    budget: Literal["enough", "perhaps", "too little", "unknown"] | None
    """Whether it is enough for what is left; None without one."""

    @property
    def left_usd(self) -> float | None:
        """US dollars that the budget leaves for what is to come; None where that is not known."""
        if self.budget_usd is None or self.spent_usd is None:
            return None
        return max(0.0, self.budget_usd - self.spent_usd)


def quote_batch(
    batch: Batch,
    settings: Settings,
    price: Price,
    *,
    store: str | Path | None,
    budget_usd: float | None = None,
    retry_failed: bool = False,
) -> Quote:
    """The quote for what is left of a batch; no endpoint is asked, and no file is made or changed.

    Args:
        batch: what is to be judged.
        settings: which judge.
        price: of its calls.
        store: the run's file, if it is there: what it holds is not paid for again.
        budget_usd: is it enough?
        retry_failed: count every failure in the run as to be tried again.

    Raises:
        UserError: the input is wrong, as it would be found by `score_many`.
    """
    batch.check_questions()
    check_limit(budget_usd, settings.judge, known=True)
    path = None if store is None or not Path(store).exists() else Path(store)
    if path is not None and path.is_dir():
        path = import_shards(path) if any(path.iterdir()) else None
    if path is None and store is not None and not Path(store).parent.is_dir():
        raise UserError(f"run {store}: the folder {Path(store).parent} does not exist; make it, or choose another file")
    with ExitStack() as opened:
        db = None if path is None else opened.enter_context(reading(path))
        survey = Survey(db, retry_failed=retry_failed)
        for jobs in _slices(batch.jobs(), _SLICE):
            survey.take(jobs)
        spent = 0.0 if db is None else spent_by(db, key_of(settings.judge, parameters_of(settings)), price)
    pooled = reduce(add, (seen.ratios for seen in survey.rubrics.values()), Ratios())
    parts = [_part(seen, guess_of(seen, pooled, settings.max_tokens), price) for seen in survey.rubrics.values()]
    total = reduce(add, parts, _NOTHING)
    sizes = [seen.sample for seen in survey.rubrics.values()]
    return Quote(
        judge=settings.judge,
        endpoint=settings.endpoint,
        run=None if path is None else str(path),
        transcripts=survey.transcripts,
        rubrics=parts,
        total=total,
        rendered=sum(size.rendered for size in sizes),
        sampled=any(size.seen > WHOLE for size in sizes),
        observed=pooled.n,
        prices=rates_text(price, settings),
        spent_usd=spent,
        budget_usd=budget_usd,
        budget=enough(budget_usd, spent, total.cost_usd if is_known(price) else None),
    )


_ZERO = Range(0, 0)
_NOTHING = RubricQuote("", "", 0, 0, 0, 0, 0, 0, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO)


def _part(seen: Seen, guess: Guess, price: Price) -> RubricQuote:
    ask = round(guess.ask)
    return RubricQuote(
        rubric=seen.rubric.name,
        version=seen.rubric.version,
        jobs=seen.jobs,
        kept=seen.kept,
        copies=seen.copies,
        missing_input=seen.missing_input,
        by_code=seen.sample.seen - ask,
        ask=ask,
        calls=_whole(guess.calls),
        prompt_tokens=_whole(guess.prompt_tokens),
        cached_tokens=_whole(guess.prompt_tokens * guess.cached_share),
        completion_tokens=_whole(guess.completion_tokens),
        cost_usd=_cost(guess, price),
    )


def _cost(guess: Guess, price: Price) -> Range | None:
    """From few tokens of which many are cached to many of which few are; prices may depend on the length of a call."""
    n = guess.ask
    if not n:
        return _ZERO
    prompt, share, reply = guess.prompt_tokens, guess.cached_share, guess.completion_tokens
    ends = ((prompt.low, share.high, reply.low), (prompt.high, share.low, reply.high))
    low, high = (
        price(
            Usage(
                prompt_tokens=round(sent / n),
                cached_tokens=round(sent * held / n),
                completion_tokens=round(received / n),
            )
        )
        for sent, held, received in ends
    )
    return None if low is None or high is None else Range(low * n, high * n)


def _whole(found: Range) -> Range:
    return Range(floor(found.low), ceil(found.high))


def enough(
    budget_usd: float | None, spent: float | None, cost: Range | None
) -> Literal["enough", "perhaps", "too little", "unknown"] | None:
    """Whether a budget does for a cost beside what is spent; None without a budget."""
    if budget_usd is None:
        return None
    if spent is None or cost is None:
        return "unknown"
    left = budget_usd - spent
    return "enough" if cost.high <= left else "too little" if cost.low > left else "perhaps"


def _slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    whole = iter(items)
    while some := list(islice(whole, size)):
        yield some
