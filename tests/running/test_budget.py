"""A budget is a hard stop: what is in flight is counted before it is paid for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.running.budget import Budget
from judgekit.running.run import open_run
from judgekit.running.stop import Stop
from judgekit.verdict import Usage, Verdict
from tests.judging.made import judge_at, stance_rubric, transcript
from tests.running.stub import Job, Judge, failed, job, jobs, session, verdict
from tests.servers.openai_server import OpenAIServer

PRICES = {"openai/test": {"input": 2.0, "output": 8.0, "cached_input": 0.5}}
RUBRIC = stance_rubric(inputs={}, rules=[])


def spent(path: Path) -> float:
    return open_run(path).summary().cost_usd or 0.0


# Against a server, with a price list


@pytest.mark.slow
def test_at_concurrency_32_the_budget_holds(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    many = [transcript(f"You are not right. {i}", label=f"M{i}") for i in range(200)]
    with OpenAIServer(latency_ms=200) as server, judge_at(server, prices=PRICES, concurrency=32) as judge:
        free = judge.score_many(many[:40], RUBRIC).summary()
        assert free.cost_usd
        # what about 100 of the 200 cost
        budget = 2.5 * free.cost_usd
        summary = judge.score_many(many, RUBRIC, store=path, budget_usd=budget).summary()
        assert server.counts.max_active > 16
    costs = [v.cost_usd or 0.0 for v in open_run(path).verdicts() if v.calls]
    assert sum(costs) == pytest.approx(summary.cost_usd)
    assert summary.failures == {"budget": 200 - len(costs)}
    assert summary.complete
    # The promise is a limit plus what is in flight; what is set aside for that makes it the limit.
    assert sum(costs) <= budget + 32 * max(costs)
    assert sum(costs) <= budget
    # and at the end, with nothing in flight, less is left than a verdict may cost
    assert sum(costs) >= budget - 2 * max(costs)


def test_without_a_known_price_nothing_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with OpenAIServer() as server, judge_at(server) as judge:
        with pytest.raises(UserError, match=r"price of openai/test is not known, so \$5 cannot be kept.*prices="):
            judge.score_many([transcript()], RUBRIC, store=path, budget_usd=5.0)
        assert server.calls == 0
    assert not path.exists()


def test_a_first_call_is_made_though_the_guess_is_dear(tmp_path: Path) -> None:
    # A verdict here costs about 0.3 cents, and is guessed at about a cent: the guess alone is no reason to do nothing.
    with OpenAIServer() as server, judge_at(server, prices=PRICES) as judge:
        summary = judge.score_many([transcript()], RUBRIC, store=tmp_path / "run.db", budget_usd=0.005).summary()
        assert (summary.scored + summary.abstained, server.calls > 0) == (1, True)


def test_before_any_price_is_known_only_as_many_start_as_the_guess_allows(tmp_path: Path) -> None:
    many = [transcript(f"You are not right. {i}", label=f"M{i}") for i in range(64)]
    with OpenAIServer(latency_ms=50) as server, judge_at(server, prices=PRICES, concurrency=32) as judge:
        summary = judge.score_many(many, RUBRIC, store=tmp_path / "run.db", budget_usd=0.02).summary()
        assert server.counts.max_active < 16
    assert summary.cost_usd is not None
    assert summary.cost_usd <= 0.02


def test_earlier_verdicts_without_a_price_are_priced_for_the_budget(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    many = [transcript(f"You are not right. {i}", label=f"M{i}") for i in range(20)]
    with OpenAIServer() as server:
        with judge_at(server) as judge:
            first = judge.score_many(many[:10], RUBRIC, store=path).summary()
        assert first.cost_usd is None
        assert first.prompt_tokens is not None
        calls = server.calls
        with judge_at(server, prices=PRICES) as judge:
            # Ten verdicts of this run, at 2 dollars a million tokens sent at the least, have cost more than a cent
            # already, cached or not: nothing may start.
            assert 0.5e-6 * first.prompt_tokens + 8e-6 * (first.completion_tokens or 0) > 0.01
            judge.score_many(many, RUBRIC, store=path, budget_usd=0.01)
        assert server.calls == calls
    assert open_run(path).summary().failures == {"budget": 10}


# With a judge that is told what to cost


def priced(seed: int, sigma: float) -> Judge:
    """A judge whose verdicts cost a cent in the median, and take as long as they cost."""
    random = Random(seed)
    costs = {f"answer {i}": 0.01 * random.lognormvariate(0.0, sigma) for i in range(2000)}
    return Judge(lambda one: verdict(one, cost_usd=costs[one.transcript.response]), delay_s=0.0005)


def test_the_limit_is_kept_in_nearly_every_run_and_missed_by_little(tmp_path: Path) -> None:
    # log-normal with sigma 0.5: mean 1.13 cents, standard deviation 0.6, one in a thousand above 4.7
    over = []
    for seed in range(12):
        path = tmp_path / f"{seed}.db"
        session(path, jobs(200), priced(seed, 0.5), concurrency=32, budget_usd=1.0)
        over.append(spent(path) - 1.0)
        assert over[-1] > -0.1
    assert max(over) < 0.05
    assert sum(one > 1e-9 for one in over) <= 1


def test_equal_prices_use_the_budget_up_exactly(tmp_path: Path) -> None:
    judge = Judge(delay_s=0.002)
    session(tmp_path / "run.db", jobs(200), judge, concurrency=8, budget_usd=0.05)
    assert len(judge.asked) == 50  # a tenth of a cent each


def test_jobs_that_code_decides_hold_nothing_up(tmp_path: Path) -> None:
    # Half of them cost nothing and are not counted into the mean, so that the others are not taken for cheap.
    def answer(one: Job) -> Verdict:
        free = int(one.transcript.response.split()[1]) % 2 == 0
        return verdict(one, samples=0, calls=0, usage=Usage(), cost_usd=0.0) if free else verdict(one, cost_usd=0.01)

    path = tmp_path / "run.db"
    counts = session(path, jobs(100), Judge(answer), concurrency=4, budget_usd=0.1)
    assert spent(path) == pytest.approx(0.1)
    assert counts.not_reached > 0


def test_failures_without_a_count_of_tokens_cost_nothing_and_say_nothing_of_the_price(tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def answer(one: Job) -> Verdict:
        refused = int(one.transcript.response.split()[1]) % 3 == 0
        return failed(one, "refusal") if refused else verdict(one, cost_usd=0.01)

    session(path, jobs(60), Judge(answer, delay_s=0.001), concurrency=8, budget_usd=0.2)
    assert spent(path) == pytest.approx(0.2)


def test_a_stop_does_not_wait_for_money(tmp_path: Path) -> None:
    # Three of four workers wait for the price of the first when the run is to end: their jobs stay open.
    stop = Stop()

    def answer(one: Job) -> Verdict:
        stop.drain()
        return verdict(one, cost_usd=0.1)

    path = tmp_path / "run.db"
    judge = Judge(answer, delay_s=0.05)
    options: dict[str, Any] = {"concurrency": 4, "budget_usd": 1.0, "expected_usd": lambda _: 0.6}
    counts = session(path, jobs(10), judge, stop=stop, **options)
    assert judge.asked == [job(0).transcript.id]
    assert (counts.stopped, counts.scored, counts.not_reached) == ("interrupted", 1, 0)
    again = session(path, jobs(10), Judge(lambda one: verdict(one, cost_usd=0.01)), **options)
    assert (again.scored, again.kept) == (10, 1)


def test_a_job_without_a_call_says_nothing_of_the_price(tmp_path: Path) -> None:
    def expected(one: Job) -> float:
        return 0.0 if one == job(0) else 0.6

    judge = Judge(lambda one: verdict(one, cost_usd=0.1), delay_s=0.01)
    session(tmp_path / "run.db", jobs(4), judge, concurrency=4, budget_usd=1.0, expected_usd=expected)
    # the first is free, and one of the others goes alone before its price is known
    assert judge.most_at_once == 2


def test_a_judge_that_breaks_gives_back_what_was_set_aside() -> None:
    async def go() -> float | None:
        budget = Budget(1.0, "openai/test", 0.0, expected_usd=lambda _: 1.0)
        first = await budget.reserve(job(0))
        assert first == 1.0
        waiting = asyncio.create_task(budget.reserve(job(1)))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        budget.settle(first, None)
        return await waiting

    assert asyncio.run(go()) == 1.0


def test_a_run_without_a_budget_sets_nothing_aside() -> None:
    budget = Budget(None, "openai/test", None)
    assert asyncio.run(budget.reserve(job(0))) == 0.0
    budget.settle(0.0, verdict(job(0), cost_usd=None))
    budget.check()
    assert not budget.spent_out
