"""What people see while a run is on, and the handle that ends it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from judgekit.running.progress import Progress, print_progress
from judgekit.running.stop import Stop

HALF = Progress(
    done=50,
    total=100,
    scored=40,
    abstained=7,
    failed=3,
    kept=10,
    reused=2,
    in_flight=8,
    cost_usd=0.25,
    rate=5.0,
    elapsed_s=8.0,
)


@pytest.mark.parametrize(
    ("change", "eta_s", "line"),
    [
        # 50 to go at 5 a second
        ({}, 10.0, "50 of 100: scored 40, abstained 7, failed 3; 5.0 a second, 10 s to go, $0.25"),
        ({"total": None}, None, "50: scored 40, abstained 7, failed 3; 5.0 a second, $0.25"),
        ({"rate": 0.0}, None, "50 of 100: scored 40, abstained 7, failed 3; 0.0 a second, $0.25"),
        (
            {"cost_usd": None},
            10.0,
            "50 of 100: scored 40, abstained 7, failed 3; 5.0 a second, 10 s to go, price unknown",
        ),
        # more came than was announced
        ({"total": 20}, 0.0, "50 of 20: scored 40, abstained 7, failed 3; 5.0 a second, 0 s to go, $0.25"),
    ],
)
def test_progress_in_a_line(change: dict[str, float | None], eta_s: float | None, line: str) -> None:
    progress = Progress(**({name: getattr(HALF, name) for name in Progress.__dataclass_fields__} | change))
    assert progress.eta_s == eta_s
    assert progress.line == line


def test_progress_is_said_on_standard_error_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    often, seldom = print_progress(every_s=0.0), print_progress()
    for _ in range(3):
        often(HALF)
        seldom(HALF)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{HALF.line}\n" * 3


def test_stop_only_ever_rises() -> None:
    stop = Stop()
    assert (stop.draining, stop.cancelling) == (False, False)
    stop.now()
    stop.drain()
    assert (stop.draining, stop.cancelling) == (True, True)
    assert stop.interrupt() == "now"


def test_stop_wakes_the_loop_of_whoever_listens_from_any_thread() -> None:
    async def listen() -> list[str]:
        stop, woken = Stop(), asyncio.Event()
        loop = asyncio.get_running_loop()
        heard: list[str] = []

        def changed() -> None:
            heard.append("drain" if not stop.cancelling else "now")
            assert asyncio.get_running_loop() is loop
            woken.set()

        deaf = stop.listen(changed)
        thread = threading.Thread(target=stop.drain)
        thread.start()
        await asyncio.wait_for(woken.wait(), 5)
        thread.join()
        deaf()
        stop.now()
        await asyncio.sleep(0)
        return heard

    assert asyncio.run(listen()) == ["drain"]
