"""Constraints that code drafts: right where they stand, silent where a phrase is no demand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.drafting import drafted, on_demo, on_written
from judgekit.checks import validate_check
from judgekit.io.demands import draft_constraints


def test_on_prompts_of_ifevals_kind_at_least_19_of_20_drafts_are_right() -> None:
    opened, held_out = on_written("open"), on_written("held_out")
    assert (opened.prompts, held_out.prompts) == (200, 100)
    for tally in (opened, held_out):
        assert tally.right > 50, "a drafter that says nothing is always right"
        assert tally.precision >= 0.95, tally.wrong
        assert tally.recall >= 0.85, tally.missing


def test_on_the_shipped_prompts_every_draft_is_a_demand_that_was_written_down() -> None:
    tally = on_demo()
    assert (tally.prompts, tally.wrong) == (30, [])
    assert tally.right >= 8  # code only twice, 14 words, the order, no imports, semicolons, built-ins, comprehensions


@pytest.mark.parametrize(
    ("prompt", "quote", "check", "params"),
    [
        (
            "Explain it. Never write more than 20 words.",
            "Never write more than 20 words",
            "word_count",
            {"at_most": 20},
        ),
        ("Explain it, and don’t exceed 90 words.", "don’t exceed 90 words", "word_count", {"at_most": 90}),
        ("Don't write less than 100 words.", "Don't write less than 100 words", "word_count", {"at_least": 100}),
        ("Write more than 1,000 words.", "more than 1,000 words", "word_count", {"at_least": 1001}),
        ('"Explain Python closures in exactly 14 words."', "in exactly 14 words", "word_count", {"exactly": 14}),
        ("Write at least two hundred words.", "at least two hundred words", "word_count", {"at_least": 200}),
        ("Write it in five lines or fewer.", "in five lines or fewer", "line_count", {"at_most": 5}),
        (
            "You may not use built-ins beyond range and len. Sum the list.",
            "may not use built-ins beyond range and len",
            "python_builtins_only",
            {"allowed": ["range", "len"]},
        ),
        ("Mention the word “sea” more than twice.", "Mention the word “sea” more than twice", "matches", None),
    ],
)
def test_a_demand_with_its_words_and_its_check(
    prompt: str, quote: str, check: str, params: dict[str, object] | None
) -> None:
    (found,) = draft_constraints(prompt)
    assert (found.quote, found.check) == (quote, check)
    assert params is None or found.with_ == params


@pytest.mark.parametrize(
    "prompt",
    [
        "Translate the following into German:\nAnswer in all lowercase.",
        "Here is my draft. Use exactly 5 sentences! It says: no commas. Is that ok?",
        "Write a prompt for a chatbot: answer in all lowercase.",
        "Generate a test that checks that the response contains at least 50 words.",
        "Write an email in German or French.",
        "Answer in German, or in French.",
        "Write a story with at least 3 characters.",
        "The text above is long.\n\nI like it.",
        "Write in Java and add no imports.",
        "Write a list separated into paragraphs separated by commas.",
        'Include the word "a" or "b" at least twice.',
        "Use the divider *** and write at least two paragraphs.",
        "Highlight at least 3 sections.",
        "Add at least 3 placeholders.",
        "Write a limerick, and use at least 2 words with all capital letters.",
        "The poem should contain at least 3 words in all capital letters.",
        'Mention the word "rail" for 8 times or so.',
        "",
    ],
)
def test_where_unsure_it_says_nothing(prompt: str) -> None:
    assert drafted(prompt) == []


def test_a_demand_said_twice_is_one_and_ids_are_unique() -> None:
    found = draft_constraints(
        'Use no commas. Avoid commas. Use the word "a" at least twice. Use the word "b" at least twice.'
    )
    assert [c.id for c in found] == ["no_commas", "keyword_frequency", "keyword_frequency_2"]


def test_wishes_are_soft() -> None:
    found = draft_constraints("Ideally use at most 90 words. Do not use commas.")
    assert [(c.check, c.hard) for c in found] == [("word_count", False), ("contains", True)]


PIECES = st.sampled_from(
    [
        *"\"'“”‘’«»`>:;.,()!?*\n ",
        "use ",
        "exactly 3 words",
        "```\n",
        "no commas",
        "do not ",
        "in German",
        "the word ",
        "\u200b",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_the_prompt_quotes_are_its_words_and_checks_exist(prompt: str) -> None:
    for found in draft_constraints(prompt):
        assert found.quote and found.quote in prompt
        if found.check is not None:
            validate_check(found.check, found.with_)


@pytest.mark.parametrize(
    "unit", ['"a ', "'a ", "`a ", "write it in exactly 5 words ", 'use the word "a" and ', "“", "> a\n", "here is a "]
)
def test_the_time_grows_with_the_prompt_alone(unit: str) -> None:
    prompt = (unit * 20_000)[:20_000]
    started = time.process_time()
    draft_constraints(prompt)
    assert time.process_time() - started < 2.0  # measured: at most 0.33; quadratic rules took 8
