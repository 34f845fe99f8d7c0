"""Counting checks: what counts as one, and the laws that counts keep."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.errors import UserError


def measured(check: str, text: str, **params: object) -> object:
    return run_check(check, text, {"at_least": 0, **params}).measured


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("one two three", 3),
        ("It's well-known.", 2),  # an apostrophe and a hyphen part nothing
        ("a - b — c & d", 4),  # dashes and ampersands hold no letter or digit
        ("**bold** `x=1` 3.14 (50%)", 4),
        ("`-` … !!! ---", 0),
        ("naïve Straße 東京 Ω", 4),
        ("non\u00a0breaking\u2003space", 3),  # str.split knows both as white space
        ("zero\u200bwidth", 1),  # a zero-width space is not white space
        ("nul\x00char", 1),
    ],
)
def test_words(text: str, count: int) -> None:
    assert measured("word_count", text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One.", 1),
        ("No full stop", 1),
        ("One. Two! Three? Four…", 4),
        ("Really?! Yes.", 2),
        ('He said "go." Then he went.', 2),
        ("Version 3.12 of Node.js is out.", 1),  # no white space behind the points
        ("Use e.g. a set, i.e. no list. Done.", 2),
        ("Dr. Smith and Mrs. Jones met vs. Brown.", 1),
        ("Lists, sets, etc. are fine. So are dicts, etc. They work.", 3),  # etc. ends one only before a capital
        ("Donald E. Knuth wrote it.", 1),
        ("So do I. You too.", 2),
        ("The answer is B.", 1),
        ("Wait... what? Well... No.", 3),  # a pause before a small letter ends nothing
        ("# A heading.\n\nOne sentence\nover two lines.", 1),
        ("Intro:\n- one\n- two.\n- three", 4),
        ("1. First\n2. Second", 2),  # the numbers of a list are no sentences
        ("One.\n\n```python\nx = 1. \ny\n```\n\nTwo.", 2),  # code is no prose
        ("---\n\n***", 0),
        ("今日は晴れ。明日は雨！", 2),
        (". . . ! ?", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert measured("sentence_count", text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One line\nand its second.", 1),
        ("One.\n\nTwo.\n \t\nThree.", 3),
        ("# Title\n\nOne.\n\n## Next\nOne with its heading.", 2),
        ("One.\n\n---\n\nTwo.", 2),
        ("Before:\n```\na\n\nb\n```\nAfter.", 2),  # a block parts paragraphs and is none
        ("```\na\n\nb\n```", 0),
    ],
)
def test_paragraphs(text: str, count: int) -> None:
    assert measured("paragraph_count", text) == count


@pytest.mark.parametrize(
    ("check", "text", "count"),
    [
        ("line_count", "", 0),
        ("line_count", "\n\n", 0),
        ("line_count", "one", 1),
        ("line_count", "\none\n\nthree\n", 3),
        ("line_count", "one\r\ntwo\r\n", 2),
        ("char_count", "", 0),
        ("char_count", "  añb \n", 3),
        ("char_count", "e\u0301", 2),  # code points: a letter and its combining accent are two
        ("char_count", "a\r\nb", 3),  # one end of line
    ],
)
def test_lines_and_characters(check: str, text: str, count: int) -> None:
    assert measured(check, text) == count


@pytest.mark.parametrize(
    ("params", "passing", "failing"),
    [
        ({"exactly": 3}, [3], [2, 4]),
        ({"exactly": 0}, [0], [1]),
        ({"at_least": 3}, [3, 4], [0, 2]),
        ({"at_most": 3}, [0, 3], [4]),
        ({"at_least": 2, "at_most": 3}, [2, 3], [1, 4]),
    ],
)
@pytest.mark.parametrize(
    ("check", "unit"),
    [("word_count", "a "), ("sentence_count", "A.\n\n"), ("paragraph_count", "a\n\n"), ("char_count", "a")],
)
def test_bounds(check: str, unit: str, params: dict[str, int], passing: list[int], failing: list[int]) -> None:
    for n in passing:
        assert run_check(check, unit * n, params).result == "pass"
    for n in failing:
        result = run_check(check, unit * n, params)
        assert (result.result, result.measured, result.expected) == ("fail", n, params)


@pytest.mark.parametrize(
    "params", [{}, {"target": "prose"}, {"exactly": 1, "at_most": 2}, {"at_least": 2, "at_most": 1}]
)
def test_bounds_that_make_no_sense(params: dict[str, object]) -> None:
    with pytest.raises(UserError, match="check word_count: "):
        run_check("word_count", "x", params)


def test_the_detail_says_what_was_counted_and_wanted() -> None:
    assert (
        run_check("word_count", "a b", {"at_least": 3, "at_most": 4}).detail
        == "words: 2, wanted at least 3 and at most 4"
    )


def test_only_the_target_is_counted() -> None:
    text = "Two words\n```\nthree code words\n```\nand `inline code` more"
    assert measured("word_count", text) == 9  # ``` has no letter
    assert measured("word_count", text, target="prose") == 6
    assert measured("word_count", text, target="code") == 3
    assert measured("word_count", text, target="inline:1") == 2


SPACE = st.text(" \t\n\r\u2003", min_size=1)


@given(st.lists(st.text("ab1-'é.", min_size=1)), st.data())
def test_words_do_not_depend_on_the_white_space(words: list[str], data: st.DataObject) -> None:
    loose = "".join(word + data.draw(SPACE) for word in words)
    assert measured("word_count", loose) == measured("word_count", " ".join(words))


@given(st.text(), st.text())
def test_words_add_up(a: str, b: str) -> None:
    total = measured("word_count", f"{a} {b}")
    assert total == int(str(measured("word_count", a))) + int(str(measured("word_count", b)))


@given(st.integers(0, 40))
def test_words_are_those_that_were_written(n: int) -> None:
    assert measured("word_count", " ".join(["word"] * n)) == n


@given(st.lists(st.text(string.ascii_letters + " ", min_size=1).filter(str.strip), min_size=1))
def test_lines_are_those_that_were_joined(lines: list[str]) -> None:
    assert measured("line_count", "\n".join(lines)) == len(lines)


@given(st.lists(st.sampled_from(["One two three", "Is it so", "Yes"]), max_size=20), st.sampled_from(".!?"))
def test_sentences_are_those_that_were_written(sentences: list[str], mark: str) -> None:
    assert measured("sentence_count", " ".join(sentence + mark for sentence in sentences)) == len(sentences)


@given(st.text())
def test_characters_are_those_of_the_stripped_text(text: str) -> None:
    assert measured("char_count", text) == len(text.replace("\r\n", "\n").strip())
