"""Progress over several passes reads as that of one run."""

from __future__ import annotations

from dataclasses import replace

from judgekit.cli.progress import progress_line
from judgekit.running.openai_batch.view import View
from judgekit.running.progress import Progress

EMPTY = Progress(
    done=0,
    total=9,
    scored=0,
    abstained=0,
    failed=0,
    kept=0,
    reused=0,
    in_flight=0,
    cost_usd=0.0,
    rate=1.0,
    elapsed_s=0.0,
)


def test_passes_add_up_and_never_go_back() -> None:
    seen: list[Progress] = []
    view = View(seen.append)
    view.passing(replace(EMPTY, done=3, scored=3, kept=2, cost_usd=0.5))
    view.passed()
    view.waiting(6, 4)
    view.passing(replace(EMPTY, done=2, scored=2, kept=2))  # this pass is not as far as the first one came
    view.passing(replace(EMPTY, done=9, scored=9, kept=3, cost_usd=0.25))
    assert [(one.done, one.kept, one.cost_usd, one.asked, one.answered) for one in seen] == [
        (3, 2, 0.5, 0, 0),
        (3, 2, 0.5, 6, 4),
        (9, 2, 0.75, 0, 0),
    ]


def test_an_unknown_price_stays_unknown() -> None:
    seen: list[Progress] = []
    view = View(seen.append)
    view.passing(replace(EMPTY, cost_usd=None))
    view.passed()
    view.passing(replace(EMPTY, cost_usd=0.25))
    assert [one.cost_usd for one in seen] == [None, None]


def test_nothing_is_told_where_nobody_listens_or_nothing_has_begun() -> None:
    View(None).passing(EMPTY)
    View(None).passed()
    View(None).waiting(1, 0)


def test_a_wait_is_a_line() -> None:
    waiting = replace(EMPTY, done=3, scored=3, asked=6, answered=4, elapsed_s=75.2)
    assert waiting.line == "3 of 9: scored 3, abstained 0, failed 0; in batches 4 of 6 answered, $0"
    assert progress_line(waiting) == "3/9: scored 3, abstained 0, failed 0; batches: 4/6 answered, 0:01:15"
