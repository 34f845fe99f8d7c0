"""What a run has cost and how long its verdicts took, by rubric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plain import NOT_AVAILABLE, dollars, number, one_line
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from judgekit.running.run import Run

_SUMS: Final = """
SELECT rubric, count(*), sum(calls), sum(prompt_tokens), sum(completion_tokens),
    CASE WHEN sum(cost_usd IS NULL AND calls > 0) THEN NULL ELSE coalesce(sum(cost_usd), 0.0) END, count(latency_s)
FROM current GROUP BY rubric ORDER BY rubric
"""
_NTH: Final = """
SELECT latency_s FROM current WHERE rubric = ? AND latency_s IS NOT NULL ORDER BY latency_s LIMIT 1 OFFSET ?
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the verdicts of one rubric took, ready to be shown."""

    rubric: str
    verdicts: int
    calls: int
    """Of the model, all attempts counted."""
    tokens_in: str
    """Tokens of the prompts, or `n/a`."""
    tokens_out: str
    """Tokens of the replies, or `n/a`."""
    cost: str
    """In US dollars; `unknown` where one of the prices is."""
    half: str
    """Seconds within which half of the verdicts were there."""
    most: str
    """Seconds within which 19 of 20 were there."""


def spent(run: Run) -> tuple[Spent, ...]:
    """A row for each rubric; calls that were replaced since are in the run's total alone."""
    with reading(run.path) as db:
        found = []
        for rubric, verdicts, calls, tokens_in, tokens_out, cost, timed in db.execute(_SUMS).fetchall():
            # The nearest rank: the smallest time that this share of the verdicts did not exceed.
            ranks = [(timed * share + 99) // 100 - 1 for share in (50, 95)] if timed else []
            times = [db.execute(_NTH, (rubric, rank)).fetchone()[0] for rank in ranks] or [None, None]
            found.append(
                Spent(
                    one_line(rubric, 80),
                    verdicts,
                    calls,
                    _tokens(tokens_in),
                    _tokens(tokens_out),
                    dollars(cost),
                    number(times[0]),
                    number(times[1]),
                )
            )
        return tuple(found)


def _tokens(n: int | None) -> str:
    return NOT_AVAILABLE if n is None else f"{n:,}"
