"""A call that is late is cancelled until it hears it."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from judgekit.judging.deadline import Deadlines


def test_a_call_in_time_is_left_alone() -> None:
    async def main() -> str:
        deadlines = Deadlines(0.2)
        for _ in range(3):
            async with deadlines.begin():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # the timer of the first call fires, and finds nothing
        async with deadlines.begin():
            await asyncio.sleep(0.01)
        return "in time"

    assert asyncio.run(main()) == "in time"


def test_each_late_call_ends_at_its_own_time() -> None:
    async def late(deadlines: Deadlines, after_s: float) -> float:
        await asyncio.sleep(after_s)
        started = monotonic()
        with pytest.raises(TimeoutError):
            async with deadlines.begin():
                await asyncio.sleep(30)
        return monotonic() - started

    async def main() -> list[float]:
        deadlines = Deadlines(0.2)
        return await asyncio.gather(*(late(deadlines, 0.1 * i) for i in range(4)))

    assert all(0.19 < took < 1.0 for took in asyncio.run(main()))


def test_a_cancellation_that_gets_lost_is_said_again() -> None:
    async def main() -> int:
        deaf = 0
        with pytest.raises(TimeoutError):
            async with Deadlines(0.05).begin():
                while True:
                    try:
                        await asyncio.sleep(30)
                    except asyncio.CancelledError:
                        deaf += 1
                        if deaf == 3:
                            raise
        # nothing of it is left on the task: the next wait is not cancelled
        await asyncio.sleep(0)
        current = asyncio.current_task()
        assert current is not None
        assert current.cancelling() == 0
        return deaf

    assert asyncio.run(main()) == 3


def test_a_cancellation_from_outside_stays_one() -> None:
    async def work() -> None:
        async with Deadlines(30).begin():
            await asyncio.sleep(30)

    async def main() -> bool:
        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(main())


def test_cancelled_from_outside_and_late_is_cancelled() -> None:
    async def work(deadlines: Deadlines) -> None:
        async with deadlines.begin():
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:  # the one from outside gets lost
                await asyncio.sleep(30)

    async def main() -> bool:
        task = asyncio.create_task(work(Deadlines(0.1)))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(main())


def test_an_error_of_the_call_is_the_error() -> None:
    async def main() -> None:
        async with Deadlines(0.1).begin():
            raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        asyncio.run(main())
