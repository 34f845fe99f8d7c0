"""The numbers that docs/running.md names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from judgekit.judging.allowance import Allowance
from judgekit.judging.trouble import Trouble, pause_s
from judgekit.running.source import AHEAD

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "running.md").read_text(encoding="utf-8")


def test_how_far_the_source_is_read_ahead() -> None:
    assert f"{AHEAD} jobs at most" in PAGE


def test_the_share_of_a_users_limit_that_is_used() -> None:
    share = float(re.findall(r"([\d.]+) % of your limit", PAGE)[0]) / 100
    allowance = Allowance(6000.0, 0.0)
    sent, now = 0, 0.0
    while now < 60.0:
        now += allowance.wait_s(1.0, now) + 1e-9
        allowance.take(1.0)
        sent += 1
    assert abs(sent / 6000 - share) < 0.005


def test_which_statuses_are_tried_again() -> None:
    named = {int(code) for code in re.findall(r"\b4\d\d\b", PAGE.split("## Retries")[1].split("##")[0])}
    retried = {code for code in range(400, 500) if Trouble(code, "", "", "").retried}
    assert named == retried
    assert all(Trouble(code, "", "", "").retried for code in range(500, 600))


def test_how_long_the_pauses_are() -> None:
    longest = [max(pause_s(attempt, None, Random(i)) for i in range(500)) for attempt in range(8)]
    limits = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]
    assert all(0.97 * limit < seconds <= limit for seconds, limit in zip(longest, limits, strict=True))
    assert "0.5, 1, 2, … 20 seconds" in PAGE
    assert pause_s(0, 3600.0, Random(0)) == 60.0
    assert "(60 seconds at most)" in PAGE
