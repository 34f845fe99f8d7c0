"""Checks on the wording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.errors import UserError


@pytest.mark.parametrize(
    ("params", "result", "measured"),
    [
        ({"all": ["Paris", "France"]}, "pass", ["Paris", "France"]),
        ({"all": ["Paris", "Rome"]}, "fail", ["Paris"]),
        ({"all": "Paris"}, "pass", ["Paris"]),  # one text may stand without its list
        ({"any": ["Rome", "Paris"]}, "pass", ["Paris"]),
        ({"any": ["Rome", "Bern"]}, "fail", []),
        ({"none": ["Rome"]}, "pass", []),
        ({"none": ["Rome", "city"]}, "fail", ["city"]),
        ({"all": ["Paris"], "any": ["city", "town"], "none": ["Rome"]}, "pass", ["Paris", "city"]),
        ({"all": ["paris"]}, "fail", []),  # case matters
        ({"all": ["paris"], "ignore_case": True}, "pass", ["paris"]),
        ({"all": ["STRASSE"], "ignore_case": True}, "pass", ["STRASSE"]),  # ß folds to ss
        ({"none": ["a"]}, "fail", ["a"]),
        ({"none": ["cit"], "whole_words": True}, "pass", []),
        ({"all": ["C++", "city"], "whole_words": True}, "pass", ["C++", "city"]),
        ({"all": ["40 %."], "whole_words": True}, "pass", ["40 %."]),
    ],
)
def test_contains(params: dict[str, object], result: str, measured: list[str]) -> None:
    found = run_check("contains", "Paris, France: a city. Straße. C++ is 40 %.", params)
    assert (found.result, found.measured) == (result, measured)


def test_contains_says_what_is_wrong() -> None:
    found = run_check("contains", "one", {"all": ["two"], "any": ["three"], "none": ["one"]})
    assert found.detail == "'two' is missing; none of the alternatives occurs; 'one' occurs"
    assert found.expected == {"all": ["two"], "any": ["three"], "none": ["one"]}


@pytest.mark.parametrize("params", [{}, {"all": []}, {"none": [""]}, {"any": 5}, {"all": [5]}, {"ignore_case": True}])
def test_contains_needs_something_to_look_for(params: dict[str, object]) -> None:
    with pytest.raises(UserError, match="check contains: "):
        run_check("contains", "x", params)


@given(st.text("abAB é\n", max_size=12), st.text("abAB é\n", min_size=1, max_size=3), st.booleans(), st.booleans())
def test_all_any_and_none_of_one_text_agree(text: str, needle: str, ignore_case: bool, whole_words: bool) -> None:
    def result(group: str) -> str:
        params = {group: [needle], "ignore_case": ignore_case, "whole_words": whole_words}
        return run_check("contains", text, params).result

    assert result("all") == result("any")
    assert {result("all"), result("none")} == {"pass", "fail"}


@given(st.text(), st.text(min_size=1), st.text())
def test_what_was_put_in_is_found(before: str, needle: str, after: str) -> None:
    text = (before + needle + after).replace("\r", " ")
    assert run_check("contains", text, {"all": [needle.replace("\r", " ")]}).result == "pass"


@pytest.mark.parametrize(
    ("check", "text", "params", "result"),
    [
        ("starts_with", "Dear Ada,\nhello", {"text": "Dear"}, "pass"),
        ("starts_with", "\n  Dear Ada", {"text": "Dear"}, "pass"),  # white space before does not matter
        ("starts_with", "dear Ada", {"text": "Dear"}, "fail"),
        ("starts_with", "dear Ada", {"text": "Dear", "ignore_case": True}, "pass"),
        ("starts_with", "Hello", {"text": ["Hi", "Hello"]}, "pass"),
        ("starts_with", "", {"text": "Dear"}, "fail"),
        ("ends_with", "Done. Bye! \n", {"text": "Bye!"}, "pass"),
        ("ends_with", "Done. Bye!", {"text": "Bye"}, "fail"),
        ("ends_with", "bye!", {"text": ["BYE!", "done"], "ignore_case": True}, "pass"),
        ("ends_with", "a\n```\nb\n```", {"text": "b", "target": "block:1"}, "pass"),
    ],
)
def test_edges(check: str, text: str, params: dict[str, object], result: str) -> None:
    assert run_check(check, text, params).result == result


def test_edges_measure_what_stands_there() -> None:
    text = "A" + "x" * 100 + "Z"
    assert run_check("starts_with", text, {"text": "B"}).measured == "A" + "x" * 59
    assert run_check("ends_with", text, {"text": "B"}).measured == "x" * 59 + "Z"


@pytest.mark.parametrize("text", [" ", "", [], ["a", " \n"]])
def test_edges_need_something_to_see(text: object) -> None:
    with pytest.raises(UserError, match="check ends_with: text: wanted "):
        run_check("ends_with", "x", {"text": text})


@given(st.text(min_size=1).filter(str.strip), st.text())
def test_a_text_begins_and_ends_with_what_it_was_made_from(edge: str, rest: str) -> None:
    edge = edge.replace("\r", " ") if edge.replace("\r", " ").strip() else "x"
    rest = rest.replace("\r", " ")
    assert run_check("starts_with", edge + rest, {"text": edge}).result == "pass"
    assert run_check("ends_with", rest + edge, {"text": edge}).result == "pass"


@pytest.mark.parametrize(
    ("text", "case", "result", "measured"),
    [
        ("ALL CAPS, 100 %!", "upper", "pass", 0),
        ("ALL cAPS", "upper", "fail", 1),
        ("all small é ß", "lower", "pass", 0),
        ("All Small", "lower", "fail", 2),
        ("ÄÖ Ω", "upper", "pass", 0),
        ("東京 123 …", "upper", "not_applicable", None),  # no letter here has a case
        ("", "lower", "not_applicable", None),
    ],
)
def test_letter_case(text: str, case: str, result: str, measured: int | None) -> None:
    found = run_check("letter_case", text, {"case": case})
    assert (found.result, found.measured) == (result, measured)


@given(st.text())
def test_changed_letters_have_the_case_they_were_changed_to(text: str) -> None:
    assert run_check("letter_case", text.upper(), {"case": "upper"}).result in ("pass", "not_applicable")
    assert run_check("letter_case", text.lower(), {"case": "lower"}).result in ("pass", "not_applicable")
