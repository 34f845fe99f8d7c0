"""The check on the parts that a separator makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.errors import UserError


@pytest.mark.parametrize(
    ("text", "params", "result", "measured"),
    [
        ("a; b; c", {"separator": ";", "parts": 3}, "pass", 3),
        ("a; b; c;", {"separator": ";", "parts": 3}, "fail", 4),  # an empty part counts
        ("", {"separator": ";", "parts": 1}, "pass", 1),
        ("a, b", {"separator": ";"}, "fail", 1),
        ("a; b", {"separator": ";"}, "pass", 2),
        ("`a; b`; c", {"separator": ";", "parts": 3}, "pass", 3),
        ("`a; b`; c", {"separator": ";", "parts": 2, "outside_code": True}, "pass", 2),
        ("```\na; b;\n```\n; c", {"separator": ";", "parts": 2, "outside_code": True}, "pass", 2),
        ("`a; b", {"separator": ";", "parts": 2, "outside_code": True}, "pass", 2),  # an open span protects nothing
        ("one ****** two", {"separator": "***", "parts": 3}, "pass", 3),
        ("a---b---c", {"separator": "---", "parts": 3}, "pass", 3),
        ("x\n```\na;b\n```", {"separator": ";", "parts": 2, "target": "block:1"}, "pass", 2),
    ],
)
def test_parts(text: str, params: dict[str, object], result: str, measured: int) -> None:
    found = run_check("separated_by", text, params)
    assert (found.result, found.measured) == (result, measured)


@pytest.mark.parametrize(
    "params", [{}, {"separator": ""}, {"separator": ";", "parts": 0}, {"separator": ";", "parts": "3"}]
)
def test_parameters_that_make_no_sense(params: dict[str, object]) -> None:
    with pytest.raises(UserError, match="check separated_by"):
        run_check("separated_by", "x", params)


@given(st.lists(st.text("ab `\n"), min_size=1, max_size=9), st.sampled_from([";", " | ", "***", "and"]))
def test_joined_parts_are_counted(parts: list[str], separator: str) -> None:
    text = separator.join(parts)
    # Python's own split is the second opinion: it sees separators that the parts and their joints make by chance.
    assert run_check("separated_by", text, {"separator": separator}).measured == len(text.split(separator))


@given(st.lists(st.text("ab;", min_size=1, max_size=9), min_size=1, max_size=6))
def test_separators_in_code_do_not_count(parts: list[str]) -> None:
    text = "; ".join(f"`{part}`" for part in parts)
    found = run_check("separated_by", text, {"separator": ";", "parts": len(parts), "outside_code": True})
    assert found.result == "pass"
