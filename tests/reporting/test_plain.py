"""Foreign text and numbers, made safe to show."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.reporting.plain import count, dollars, number, one_line, span, tally, visible
from tests.reporting.made import HOSTILE


@given(st.text(max_size=200))
def test_nothing_that_steers_a_terminal_or_turns_the_text_survives(text: str) -> None:
    shown = visible(text)
    bidirectional = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert not {char for char in shown if unicodedata.category(char) == "Cc"} - {"\t", "\n"}
    assert not bidirectional & set(shown)


@given(st.text(alphabet=st.characters(max_codepoint=0x10FF, categories=["L", "N", "P", "Zs"]), max_size=50))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@given(st.text(max_size=60), st.integers(1, 20))
def test_one_line_is_one_line_and_says_what_it_cut(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert len(shown.splitlines()) <= 1
    assert (f"({len(text)} characters)" in shown) == (len(text) > limit)


def test_a_million_letters_become_a_line() -> None:
    # 1 << 20 letters are 1,048,576
    assert one_line(HOSTILE["long"], 5) == "xxxxx… (1,048,576 characters)"


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (number(0.5), "0.50"),
        (number(None), "n/a"),
        (number(math.nan), "n/a"),
        (span(0.0, 1.0), "0.00–1.00"),
        (span(math.nan, 1.0), "n/a"),
        (count(0, "verdict"), "0 verdicts"),
        (count(1, "query", "queries"), "1 query"),
        (count(2, "query", "queries"), "2 queries"),
        (dollars(None), "unknown"),
        (dollars(0.0), "$0"),
        (dollars(1.005), "$1.00"),
        (dollars(0.00004), "under $0.0001"),
        (tally({"a": 1, "b": 1200, "c": 1}), "b 1,200, a 1, c 1"),
        (tally({"\x1b[1m": 1}), "⟨U+001B⟩[1m 1"),
    ],
)
def test_numbers_read_well(shown: str, wanted: str) -> None:
    assert shown == wanted
