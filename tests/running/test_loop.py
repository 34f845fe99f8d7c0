"""A judge's own event loop: started on first use, shared by all threads, gone when it is closed or forgotten."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from functools import partial

import pytest

from judgekit.errors import JudgeError, UserError
from judgekit.judging.engines import Answered, Request
from judgekit.running.loop import EngineRoom


class Echo:
    """An engine that counts what becomes of it."""

    def __init__(self) -> None:
        self.closed = 0
        self.cancelled = 0
        self.loops: set[int] = set()

    async def ask(self, request: Request) -> Answered:
        raise NotImplementedError

    async def close(self) -> None:
        self.closed += 1

    async def double(self, value: int, pause_s: float = 0.0) -> int:
        self.loops.add(id(asyncio.get_running_loop()))
        try:
            await asyncio.sleep(pause_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 2 * value


async def double(value: int, engine: object, pause_s: float = 0.0) -> int:
    assert isinstance(engine, Echo)
    return await engine.double(value, pause_s)


@pytest.fixture
def engines() -> list[Echo]:
    return []


@pytest.fixture
def room(engines: list[Echo]) -> Iterator[EngineRoom]:
    def open_engine() -> Echo:
        engines.append(Echo())
        return engines[-1]

    running = EngineRoom(open_engine)
    yield running
    running.close()


def judge_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "judgekit"]


def test_nothing_starts_before_it_is_used(room: EngineRoom, engines: list[Echo]) -> None:
    before = judge_threads()
    room.close()
    assert (engines, judge_threads()) == ([], before)
    assert room.run(partial(double, 2)) == 4
    assert len(engines) == 1
    assert len(judge_threads()) == len(before) + 1


def test_all_threads_share_one_engine_on_one_loop(room: EngineRoom, engines: list[Echo]) -> None:
    results: dict[int, int] = {}

    def one(value: int) -> None:
        results[value] = room.run(partial(double, value, pause_s=0.01))

    threads = [threading.Thread(target=one, args=(value,)) for value in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {value: 2 * value for value in range(16)}
    assert len(engines) == 1
    assert len(engines[0].loops) == 1


def test_it_works_inside_a_running_loop(room: EngineRoom) -> None:
    async def outer() -> tuple[int, int]:
        waited = asyncio.wrap_future(room.submit(partial(double, 3)))
        return room.run(partial(double, 2)), await waited

    assert asyncio.run(outer()) == (4, 6)


def test_after_close_a_new_engine_opens(room: EngineRoom, engines: list[Echo]) -> None:
    before = judge_threads()
    for number in (1, 2, 3):
        assert room.run(partial(double, 2)) == 4
        room.close()
        room.close()
        assert [engine.closed for engine in engines] == [1] * number
        assert judge_threads() == before


def test_what_runs_when_it_closes_is_cancelled(room: EngineRoom, engines: list[Echo]) -> None:
    future = room.submit(partial(double, 2, pause_s=60))
    raised: list[BaseException] = []

    def waits() -> None:
        try:
            room.run(partial(double, 2, pause_s=60))
        except JudgeError as error:
            raised.append(error)

    thread = threading.Thread(target=waits)
    thread.start()
    while len(engines) == 0 or not engines[0].loops:
        time.sleep(0.001)
    time.sleep(0.05)
    started = time.monotonic()
    room.close()
    thread.join()
    assert time.monotonic() - started < 5
    assert future.cancelled()
    assert [str(error) for error in raised] == ["the judge was closed before its answer came"]
    assert (engines[0].cancelled, engines[0].closed) == (2, 1)


def test_an_engine_that_does_not_open_may_open_later() -> None:
    tries = []

    def open_engine() -> Echo:
        tries.append(1)
        if len(tries) == 1:
            raise UserError("no such engine")
        return Echo()

    room = EngineRoom(open_engine)
    with pytest.raises(UserError, match="no such engine"):
        room.run(partial(double, 2))
    room.close()
    assert room.run(partial(double, 2)) == 4
    room.close()


def test_an_engine_that_fails_to_close_still_ends_the_loop() -> None:
    class Stuck(Echo):
        async def close(self) -> None:
            raise JudgeError("cannot close")

    before = judge_threads()
    room = EngineRoom(Stuck)
    room.run(partial(double, 2))
    with pytest.raises(JudgeError, match="cannot close"):
        room.close()
    assert judge_threads() == before
    room.close()


def test_errors_come_to_whoever_asked(room: EngineRoom) -> None:
    async def fail(engine: object) -> None:
        raise UserError("this one")

    with pytest.raises(UserError, match="this one"):
        room.run(fail)
    assert room.run(partial(double, 2)) == 4


def test_a_room_may_be_closed_from_its_own_thread(room: EngineRoom, engines: list[Echo]) -> None:
    # The garbage collector runs on any thread, and closes what it finds: here, a judge on its own loop.
    before = judge_threads()

    async def close(engine: object) -> str:
        room.close()
        return "still here"

    future = room.submit(close)
    assert future.result(5) == "still here"
    for thread in judge_threads():
        if thread not in before:
            thread.join(5)
    assert engines[0].closed == 1
    assert judge_threads() == before
    assert room.run(partial(double, 2)) == 4


def test_a_cycle_that_is_collected_on_the_loop_does_not_lock_it() -> None:
    class Owner:
        def __init__(self) -> None:
            self.me = self
            self.room = EngineRoom(Echo)
            weakref.finalize(self, self.room.close)

    before = judge_threads()
    owner = Owner()

    async def collect(engine: object) -> int:
        await asyncio.sleep(0.05)  # the owner is forgotten by now
        return gc.collect()

    gc.disable()
    try:
        future = owner.room.submit(collect)
        del owner
        assert future.result(5) > 0
    finally:
        gc.enable()
    for thread in judge_threads():
        if thread not in before:
            thread.join(5)
    assert judge_threads() == before


def test_a_sync_call_on_its_own_loop_says_that_it_would_wait_for_itself(room: EngineRoom) -> None:
    async def nested(engine: object) -> None:
        room.run(partial(double, 2))

    with pytest.raises(UserError, match="would wait for itself"):
        room.run(nested)
    assert room.run(partial(double, 2)) == 4
