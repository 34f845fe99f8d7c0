"""The pace that refusals teach, against a server that says nothing about its limits."""

from __future__ import annotations

import random

import pytest

from judgekit.judging.pace import Pace
from tests.judging.ratesim import Server, drive


def run(server: Server, *, callers: int = 64, until: float = 120.0, random_refusals: float = 0.0) -> Pace:
    pace = Pace(0.0)
    free_at = 0.0
    dice = random.Random(7)

    def wait_s(now: float) -> float:
        return free_at - now if pace.rate is not None else 0.0

    def sent(now: float) -> None:
        nonlocal free_at
        pace.sending(now)
        if pace.rate is not None:
            free_at = max(free_at, now) + 1.0 / pace.rate

    def answered(started: float, now: float, accepted: bool) -> None:
        pace.ended()
        if accepted and dice.random() >= random_refusals:
            pace.accepted(started, now)
        else:
            pace.refused(started, now)

    drive(server, callers=callers, until=until, wait_s=wait_s, sent=sent, answered=answered)
    return pace


@pytest.mark.parametrize("callers", [16, 64, pytest.param(256, marks=pytest.mark.slow)])
@pytest.mark.parametrize("store_s", [0.2, 1.0, 60.0])
@pytest.mark.parametrize("rate", [10.0, 50.0])
def test_a_limit_is_found_and_used(rate: float, store_s: float, callers: int) -> None:
    server = Server(rate, max(1.0, rate * store_s))
    run(server, callers=callers, until=240.0)
    capacity = min(rate, callers / 0.5)
    assert server.throughput(60, 240) >= 0.95 * capacity
    # The first wave of all callers is sent before anything is known; it is not what this is about.
    assert server.share_refused(since=30.0) < 0.01


def test_no_refusals_no_pace() -> None:
    server = Server(1000.0, 1000.0)
    assert run(server, until=20.0).rate is None
    assert server.throughput(1, 20) == pytest.approx(128, rel=0.02)  # 64 callers, half a second each


@pytest.mark.parametrize("store_s", [0.2, 1.0])
def test_a_limit_that_is_halved_is_kept_within_ten_seconds(store_s: float) -> None:
    server = Server(50.0, 50.0 * store_s, changes={60.0: 25.0})
    run(server, until=120.0)
    assert server.throughput(70, 120) >= 0.95 * 25
    assert server.share_refused(since=70.0) < 0.01
    assert server.share_refused(since=60.0) < 0.02


def test_a_limit_that_is_lifted_is_found_again() -> None:
    server = Server(20.0, 20.0, changes={60.0: 60.0})
    run(server, until=180.0)
    assert server.throughput(120, 180) >= 0.9 * 60


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05, 0.1, 0.3])
@pytest.mark.parametrize("callers", [8, 64])
def test_refusals_that_do_not_follow_the_pace_do_not_stop_the_run(callers: int, share: float) -> None:
    # So many calls are refused whatever the pace. A window that is halved at each refusal and grows by one a round trip
    # would end at about 1.2 / sqrt(share): at a tenth with 4 callers, 8 calls a second, of the 128 of 64 callers.
    server = Server(1e9, 1e9)
    run(server, callers=callers, until=240.0, random_refusals=share)
    assert server.throughput(120, 240) > 0.15 * callers / 0.5
