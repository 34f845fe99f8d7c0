"""Lines are no wider than a terminal, whatever script they are in, and nothing is lost."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from judgekit.reporting.columns import filled, natural

WORDS = st.lists(st.text(st.sampled_from("abcé模型テ😀-"), min_size=1, max_size=30), max_size=12)


@given(WORDS, st.integers(8, 60), st.sampled_from(["", "  ", "- ", "名: "]))
def test_no_line_is_wider_and_no_character_is_lost(words: list[str], columns: int, first: str) -> None:
    lines = filled(" ".join(words), columns, first)
    assert all(cell_len(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join((first + "".join(words)).split()) or not words


@given(st.lists(st.text(st.sampled_from("abc-"), min_size=1, max_size=30), max_size=12), st.integers(8, 60))
def test_plain_text_is_wrapped_as_ever(words: list[str], columns: int) -> None:
    assert filled(" ".join(words), columns, "  ", "    ") == textwrap.wrap(
        " ".join(words), columns, initial_indent="  ", subsequent_indent="    "
    )


@pytest.mark.parametrize(
    ("given_in", "expected"),
    [
        (["Model10", "Model2", "Model1"], ["Model1", "Model2", "Model10"]),
        (["v1.10", "v1.9", "V1.2"], ["V1.2", "v1.9", "v1.10"]),
        (["b", "", "a", "10", "9"], ["", "9", "10", "a", "b"]),
        (["モデル10", "モデル9", "Model²"], ["Model²", "モデル9", "モデル10"]),
    ],
)
def test_numbers_in_names_count_as_numbers(given_in: list[str], expected: list[str]) -> None:
    assert sorted(given_in, key=natural) == expected
