"""What servers say about their rates, in each of their ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.allowance import Left
from judgekit.judging.rate_headers import read_left, span_s

OPENAI = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-limit-tokens": "30000",
    "x-ratelimit-remaining-tokens": "29000",
    "x-ratelimit-reset-tokens": "2s",
}


def test_openai() -> None:
    assert read_left(OPENAI) == (Left(500, 499, 0.12), Left(30_000, 29_000, 2.0))


def test_anthropic_gives_dates() -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "48",
        "anthropic-ratelimit-requests-reset": soon,
    }
    requests, tokens = read_left(headers)
    assert requests is not None
    assert (requests.limit, requests.remaining) == (50, 48)
    assert requests.reset_s is not None
    assert 27 < requests.reset_s <= 30  # the date has no fractions, and some time has passed
    assert tokens is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("2m59.56s", 179.56),
        ("20ms", 0.02),
        ("59.7s", 59.7),
        ("1", 1.0),
        ("0", 0.0),
        ("1d", 86_400.0),
        ("", None),
        ("soon", None),
        ("5x", None),
        ("-3s", None),
        ("1e400", None),
        ("nan", None),
        ("9" * 10_000, None),
        ("2020-01-01T00:00:00Z", 0.0),
    ],
)
def test_spans(text: str, seconds: float | None) -> None:
    assert span_s(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "4"},
        {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"},
        {"x-ratelimit-limit-requests": "10"},
        {"x-ratelimit-limit-requests": "inf", "x-ratelimit-remaining-requests": "inf"},
        {"x-ratelimit-limit-requests": "-10", "x-ratelimit-remaining-requests": "-3"},
    ],
)
def test_what_cannot_be_read_is_not_there(headers: dict[str, str]) -> None:
    assert read_left(headers) == (None, None)


@given(st.dictionaries(st.sampled_from(sorted(OPENAI)), st.text(max_size=30)))
def test_no_header_can_do_harm(headers: dict[str, str]) -> None:
    for left in read_left(headers):
        assert left is None or (left.limit > 0 and left.remaining >= 0 and left.rate > 0)
