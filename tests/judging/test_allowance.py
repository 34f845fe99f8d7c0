"""Minutes' limits: the user's own, and the server's as its headers tell it."""

from __future__ import annotations

import pytest

from judgekit.judging.allowance import Allowance, Left
from tests.judging.ratesim import Server, drive


def run(
    server: Server, allowance: Allowance, *, told: bool, callers: int = 64, until: float = 120.0, limit_s: float = 60.0
) -> None:
    taken: dict[float, float] = {}

    def sent(now: float) -> None:
        allowance.take(1.0)
        taken[now] = allowance.taken

    def answered(started: float, now: float, accepted: bool) -> None:
        if told:  # the headers tell the state at the time at which the server took the call
            left = Left(server.rate * limit_s, max(0.0, levels[started]), None)
            allowance.observe(left, taken[started], started, now)

    levels: dict[float, float] = {}
    take = server.take

    def noting(now: float) -> bool:
        accepted = take(now)
        levels[now] = float(int(server.level))  # headers are whole numbers
        return accepted

    server.take = noting  # type: ignore[method-assign]
    drive(
        server,
        callers=callers,
        until=until,
        wait_s=lambda now: allowance.wait_s(1.0, now),
        sent=sent,
        answered=answered,
    )


@pytest.mark.parametrize("store_s", [0.25, 1.0, 60.0])
@pytest.mark.parametrize("rate", [5.0, 50.0])
def test_the_users_limit_is_kept_and_used(rate: float, store_s: float) -> None:
    server = Server(rate, max(1.0, rate * store_s))
    run(server, Allowance(rate * 60, 0.0), told=False)
    assert not server.refused
    assert server.throughput(0, 120) >= 0.95 * rate


@pytest.mark.parametrize("store_s", [1.0, 60.0])
@pytest.mark.parametrize("rate", [5.0, 50.0])
def test_the_servers_limit_is_kept_and_used(rate: float, store_s: float) -> None:
    server = Server(rate, max(1.0, rate * store_s))
    run(server, Allowance(None, 0.0), told=True, until=180.0)
    # The first wave is sent before any header has come.
    assert len([when for when in server.refused if when > 1.0]) <= 0.01 * len(server.accepted)
    allowed = min(server.store / 120 + rate, 128.0)  # what was in store may be used too
    assert server.throughput(0, 180) >= 0.95 * min(allowed, rate)


def test_a_limit_that_is_halved_is_kept_from_the_next_header_on() -> None:
    server = Server(50.0, 50.0, changes={60.0: 25.0})
    run(server, Allowance(None, 0.0), told=True)
    assert server.throughput(70, 120) >= 0.95 * 25
    assert not [when for when in server.refused if when > 70.0]
    assert server.share_refused(since=30.0) < 0.01


def test_the_users_limit_is_kept_where_the_server_allows_more() -> None:
    server = Server(50.0, 3000.0)
    run(server, Allowance(600.0, 0.0), told=True)
    assert 0.95 * 10 <= server.throughput(1, 120) <= 10


def test_no_limit_no_wait() -> None:
    allowance = Allowance(None, 0.0)
    for _ in range(1000):
        assert allowance.wait_s(1e6, 0.0) == 0.0
        allowance.take(1e6)


def test_an_amount_beyond_what_may_pile_up_passes_and_is_paid_for() -> None:
    # 600 a minute: 9.85 a second with its headroom; a call of 50 is 5 seconds' worth, more than what piles up in 0.2 s.
    allowance = Allowance(600.0, 0.0)
    wait_s = allowance.wait_s(50.0, 1.0)
    assert wait_s <= 1.0
    allowance.take(50.0)
    assert allowance.wait_s(50.0, 1.0 + wait_s) == pytest.approx(50 / 9.85, rel=0.05)


@pytest.mark.parametrize(
    ("left", "a_second"),
    [
        (Left(600, 300, 30.0), 10.0),
        (Left(600, 300, None), 10.0),
        (Left(600, 600, 86_400.0), 10.0),  # nothing used: nothing to tell a day from a minute by
        (Left(14_400, 14_370, 179.56), 30 / 179.56),  # a day's limit: 30 of it come back in 179.56 s
    ],
)
def test_what_flows_in(left: Left, a_second: float) -> None:
    assert left.rate == pytest.approx(a_second)
