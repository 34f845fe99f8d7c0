"""Checks with regular expressions."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.checks.patterns import MAX_REGEX, MAX_WIDE_SETS
from judgekit.errors import UserError


@pytest.mark.parametrize(
    ("text", "pattern", "result", "measured"),
    [
        ("git reset --soft HEAD~1", r"git (reset|revert)\b", "pass", "'git reset'"),
        ("it was reset", r"^reset", "fail", None),
        ("a\nreset", r"(?m)^reset$", "pass", "'reset'"),
        ("a\nb", r"(?s)a.b", "pass", "'a b'"),
        ("Ärger", r"(?i)ärger", "pass", "'Ärger'"),
        ("", r"^$", "pass", "''"),
        ("[", r"[[]", "pass", "'['"),
        ("x[y", r"[[a]", "pass", "'['"),  # what may one day be a nested set is a warning, and nobody's fault
    ],
)
def test_matches(text: str, pattern: str, result: str, measured: str | None) -> None:
    found = run_check("matches", text, {"pattern": pattern})
    assert (found.result, found.measured, found.expected) == (result, measured, pattern)


def test_a_search_that_takes_too_long_is_an_error_not_a_failure() -> None:
    slow = "(x+x+)+y"
    cases: list[tuple[str, dict[str, object]]] = [
        ("matches", {"pattern": slow}),
        ("section_order", {"patterns": ["x", slow]}),
    ]
    for check, params in cases:
        found = run_check(check, "x" * 5000, params)
        assert found.result == "error"
        assert "longer than 1 s" in found.detail


@pytest.mark.parametrize("pattern", ["(", "*a", "[a", "", "(?P<x>a)(?P<x", "a{99999999999999999999}"])
def test_a_pattern_that_does_not_compile_is_the_users_error(pattern: str) -> None:
    with pytest.raises(UserError, match=r"^check matches: pattern: [^\n]*$"):
        run_check("matches", "x", {"pattern": pattern})
    with pytest.raises(UserError, match=r"^check section_order: patterns: [^\n]*$"):
        run_check("section_order", "x", {"patterns": ["a", pattern]})


@given(st.text(max_size=30), st.text("abc.*+?[](){}|^$\\ \n", min_size=1, max_size=5), st.text(max_size=30))
def test_an_escaped_text_matches_itself(before: str, needle: str, after: str) -> None:
    assert run_check("matches", before + needle + after, {"pattern": re.escape(needle)}).result == "pass"


@pytest.mark.parametrize(
    ("patterns", "result", "measured"),
    [
        (["one", "two", "three"], "pass", 3),
        (["one", "three"], "pass", 2),
        (["two", "one"], "fail", 1),
        (["four"], "fail", 0),
        (["t", "t"], "pass", 2),  # each begins behind the one before
        (["one", "one"], "fail", 1),
        (["three", "$"], "pass", 2),
    ],
)
def test_section_order(patterns: list[str], result: str, measured: int) -> None:
    found = run_check("section_order", "one two three", {"patterns": patterns})
    assert (found.result, found.measured, found.expected) == (result, measured, len(patterns))


def test_section_order_says_which_pattern_is_missing() -> None:
    found = run_check("section_order", "one two", {"patterns": ["one", "three"]})
    assert found.detail == "pattern 2 ('three') does not occur from character 3 on"


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, max_size=6), st.data())
def test_what_was_written_in_order_is_found_in_order(words: list[str], data: st.DataObject) -> None:
    chosen = [word for word in words if data.draw(st.booleans())] or words[:1]
    assert run_check("section_order", " ".join(words), {"patterns": chosen}).result == "pass"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (r"^[\w.+-]+@[\w-]+\.[\w.]+$", "pass"),
        ("", "pass"),  # the empty pattern compiles
        ("[[a]", "pass"),  # a possible nested set is a warning, and no fault
        ("(?<=a)b|c{2,3}?", "pass"),
        ("(", "fail"),
        ("*", "fail"),
        ("[z-a]", "fail"),
        (r"\p{L}", "fail"),  # not in Python's dialect
        ("(?<=a+)b", "fail"),
        ("a{99999999999999999999}", "fail"),
        ("(?L)a", "fail"),
        ("(" * 5000, "error"),
        ("a" * (MAX_REGEX + 1), "error"),
        ("[\\u0000-\\uffff]" * (MAX_WIDE_SETS + 1), "error"),
        ("[é]" * (MAX_WIDE_SETS + 1), "error"),
        ("[a]" * (MAX_WIDE_SETS + 1), "pass"),
    ],
)
def test_regex_compiles(text: str, result: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert run_check("regex_compiles", text).result == result
    assert seen == []


@given(st.text(max_size=200))
def test_an_escaped_text_compiles(text: str) -> None:
    assert run_check("regex_compiles", re.escape(text)).result == "pass"


@given(st.text("ab(|)[]{}*+?\\^$.,1-", max_size=12))
def test_what_compiles_is_what_python_compiles(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(text)
            expected = "pass"
        except re.error:
            expected = "fail"
    assert run_check("regex_compiles", text).result == expected
