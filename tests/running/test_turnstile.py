"""Who waits goes on in turn, few in each turn of the loop, and nobody is forgotten."""

from __future__ import annotations

import asyncio

from judgekit.running.turnstile import Turnstile


async def turns(n: int, *, cancelled: frozenset[int] = frozenset()) -> list[tuple[int, int]]:
    """Who went on, and in which turn of the loop, for so many that come at once."""
    gate, passed, turn = Turnstile(), [], 0

    async def come(who: int) -> None:
        await gate.enter()
        passed.append((turn, who))

    tasks = [asyncio.create_task(come(who)) for who in range(n)]
    for _ in range(3 * n):
        await asyncio.sleep(0)
        turn += 1
        if turn == 1:
            for who in cancelled:
                tasks[who].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return passed


def test_those_who_wait_go_on_in_the_order_in_which_they_came() -> None:
    passed = asyncio.run(turns(9))
    assert [who for _, who in passed] == list(range(9))


def test_a_turn_of_the_loop_lets_two_on() -> None:
    passed = asyncio.run(turns(9))
    each = [[turn for turn, _ in passed].count(turn) for turn in dict(passed)]
    assert max(each) == 2


def test_those_who_give_up_keep_nobody_waiting() -> None:
    passed = asyncio.run(turns(9, cancelled=frozenset({2, 3, 8})))
    assert [who for _, who in passed] == [0, 1, 4, 5, 6, 7]


def test_one_alone_waits_for_nobody() -> None:
    async def alone() -> None:
        gate = Turnstile()
        for _ in range(5):
            entered = gate.enter()
            try:
                entered.send(None)
            except StopIteration:
                pass
            else:
                raise AssertionError("it waited")
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(alone())
