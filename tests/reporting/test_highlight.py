"""Marked passages: the text stays whole, and every mark covers what it quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.hidden import TOKEN
from judgekit.reporting.highlight import AROUND, Segment, kept, segments, show
from judgekit.reporting.plain import visible

# Hidden, wide, combining, right-to-left, line ends; no ⟨, which would make a token of its own.
ALPHABET = st.sampled_from("ab <é😀\u202e\u200b\x00\r\n\u2028\u05d0\U000e0041\u0301\ufeff")
TEXT = st.text(ALPHABET, max_size=40)
SPANS = st.lists(st.tuples(st.integers(-5, 45), st.integers(-5, 45)), max_size=5)


def characters(shown: str) -> str:
    """The text that stands behind its tokens."""
    return TOKEN.sub(lambda match: chr(int(match[1], 16)), shown)


@given(text=TEXT, spans=SPANS)
def test_the_segments_are_the_text_and_each_mark_covers_its_passage(text: str, spans: list[tuple[int, int]]) -> None:
    found = segments(text, spans)
    assert "".join(one.text for one in found) == visible(text)
    for i, (start, end) in enumerate(spans):
        marked = "".join(one.text for one in found if i in one.marks)
        assert characters(marked) == text[max(start, 0) : max(end, 0)]


@given(text=TEXT, spans=SPANS)
def test_a_browser_finds_the_same_passages(text: str, spans: list[tuple[int, int]]) -> None:
    shown = show(text, spans)
    units = shown.text.encode("utf-16-le")
    for (start, end), (first, last) in zip(spans, shown.spans, strict=True):
        passage = units[2 * first : 2 * last].decode("utf-16-le")  # what JavaScript's slice gives
        assert characters(passage) == text[max(start, 0) : max(end, 0)]


@given(
    text=st.text(ALPHABET, max_size=3000),
    spans=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=3),
    limit=st.integers(1, 2000),
)
def test_what_is_cut_is_counted_and_passages_stay(text: str, spans: list[tuple[int, int]], limit: int) -> None:
    shown = show(text, spans, limit=limit)
    assert len(characters(shown.text)) + sum(n for _, n in shown.gaps) == len(text)
    assert [place for place, _ in shown.gaps] == sorted(place for place, _ in shown.gaps)
    units = shown.text.encode("utf-16-le")
    for (start, end), (first, last) in zip(spans, shown.spans, strict=True):
        passage = characters(units[2 * first : 2 * last].decode("utf-16-le"))
        # A passage that is itself longer than the limit keeps its beginning.
        assert text[start:end].startswith(passage)
        assert len(passage) >= min(max(min(end, len(text)) - start, 0), limit)


@pytest.mark.parametrize(
    ("length", "spans", "limit", "wanted"),
    [
        (10, [], None, [(0, 10)]),
        (10, [], 10, [(0, 10)]),
        (10, [], 4, [(0, 4)]),
        (5000, [(100, 120)], 1000, [(0, 1000)]),
        # 1,300 - 400 = 900 is in the beginning, which then goes on to 1,310 + 400
        (5000, [(1300, 1310)], 1000, [(0, 1310 + AROUND)]),
        (5000, [(4990, 5000)], 1000, [(0, 1000), (4990 - AROUND, 5000)]),
        # 1,000 and 4,000 more at the most, a passage more or less: 5 windows of 810 are the first over that
        (
            99_000,
            [(i, i + 10) for i in range(10_000, 90_000, 2_000)],
            1000,
            [(0, 1000), *((i - AROUND, i + 10 + AROUND) for i in range(10_000, 20_000, 2_000))],
        ),
        (9000, [(2000, 8000)], 1000, [(0, 1000), (2000 - AROUND, 3000 + AROUND)]),
    ],
)
def test_what_is_kept(length: int, spans: list[tuple[int, int]], limit: int | None, wanted: list[object]) -> None:
    assert kept(length, spans, limit) == wanted


def test_a_cut_stands_between_its_segments() -> None:
    text = "a" * 2000 + "quote" + "b" * 2000
    found = segments(text, [(2000, 2005)], limit=100)
    # 2,000 - 400 - 100 = 1,500 before the passage, 2,000 - 400 after it
    assert found == [
        Segment("a" * 100),
        Segment("a" * 400, left_out=1500),
        Segment("quote", (0,)),
        Segment("b" * 400),
        Segment("", left_out=1600),
    ]
