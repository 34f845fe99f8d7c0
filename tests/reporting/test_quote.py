"""A quote as people read it: 80 columns, no number without its unit, nothing foreign that steers a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from judgekit.reporting.quote import quote_text
from judgekit.running.guess import Range
from judgekit.running.quote import Quote, RubricQuote

NOTHING = Range(0, 0)


COST = Range(0.0212, 0.1315)


def rubric(name: str, *, cost: Range | None = COST, **fields: int) -> RubricQuote:
    return RubricQuote(
        rubric=name,
        version="1.0.0",
        **{"jobs": 51, "kept": 0, "copies": 0, "missing_input": 0, "by_code": 0, "ask": 48, **fields},
        calls=Range(48, 60),
        prompt_tokens=Range(47_691, 190_125),
        cached_tokens=Range(0, 90_607),
        completion_tokens=Range(150, 875),
        cost_usd=cost,
    )


def quote(*rubrics: RubricQuote, **fields: object) -> Quote:
    total = rubrics[0] if len(rubrics) == 1 else rubrics[0] + rubrics[1]
    made = Quote(
        judge="openai/m",
        endpoint=None,
        run="run.db",
        transcripts=90,
        rubrics=list(rubrics),
        total=replace(total, rubric="", version=""),
        rendered=96,
        sampled=False,
        observed=0,
        prices="$0.25 in, $2 out per million tokens (genai-prices)",
        spent_usd=0.0,
        budget_usd=None,
        budget=None,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def flat(made: Quote) -> str:
    return " ".join(quote_text(made).split())


def test_a_line_a_rubric_and_one_for_all() -> None:
    text = quote_text(quote(rubric("correctness"), rubric("x" * 40)))
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    assert "102 jobs: 90 transcripts under 2 rubrics. openai/m would be asked for" in " ".join(text.split())
    (first,) = (line for line in text.splitlines() if line.startswith("correctness"))
    assert first.split() == ["correctness", "48–60", "47.7–190k", "150–875", "$0.021–0.13"]
    assert "x" * 40 + "\n" in text  # a long name has a line of its own, and is whole
    (whole,) = (line for line in text.splitlines() if line.startswith("in all"))
    assert whole.split() == ["in", "all", "96–120", "95.4–380k", "0.3–1.8k", "$0.042–0.26"]


def test_one_rubric_needs_no_sum_and_one_without_calls_no_line() -> None:
    assert "in all" not in quote_text(quote(rubric("a")))
    assert "idle" not in quote_text(quote(rubric("a"), rubric("idle", ask=0, by_code=48)))


def test_where_nothing_is_to_ask_it_says_so() -> None:
    done = replace(rubric("a", ask=0, kept=51), calls=NOTHING, cost_usd=NOTHING)
    text = flat(quote(done))
    assert "None of them needs a call." in text
    assert "kept: 51 verdicts of run.db: paid for already" in text
    assert "tokens:" not in text


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"budget_usd": 5.0, "budget": "enough"}, "budget: $5.00 is enough"),
        (
            {"budget_usd": 5.0, "budget": "enough", "spent_usd": 1.5},
            "budget: $5.00, $1.50 of it spent before is enough",
        ),
        ({"budget_usd": 0.001, "budget": "perhaps"}, "budget: $0.001 may be too little: what it does not reach is"),
        ({"budget_usd": 5.0, "budget": "too little"}, "budget: $5.00 is too little"),
        ({"budget_usd": 5.0, "budget": "unknown", "spent_usd": None}, "cannot be kept while the price is unknown"),
        ({"prices": ""}, "price: unknown for openai/m: give it with --prices FILE"),
        ({"prices": "", "endpoint": "http://h/v1"}, "price: unknown for openai/m at http://h/v1: give it with"),
        ({"observed": 213}, "by what 213 verdicts of this run took"),
        ({"observed": 213}, "re-asks and retries as often as in this run so far"),
        ({"sampled": True}, "a sample beyond the first 500 of a rubric"),
        ({}, "replies without hidden reasoning"),
        ({}, "score some with --limit 20, then quote again"),
        ({}, "cached: 0.0–90.6k of the tokens in"),
    ],
)
def test_what_the_ranges_rest_on_is_said(fields: dict[str, object], wanted: str) -> None:
    assert wanted in flat(quote(rubric("a"), **fields))


def test_jobs_without_a_call_are_told_apart() -> None:
    text = flat(quote(rubric("a", copies=1, by_code=9, missing_input=2)))
    assert "copies: 1 job with the text and inputs of another one" in text
    assert "by code: 9 jobs that no call is made for" in text
    assert "missing: 2 jobs will fail with missing_input: complete the question file (--questions)" in text


@pytest.mark.parametrize(
    ("cost", "wanted"),
    [
        (Range(0.0, 0.0), "for $0."),
        (Range(0.00042, 0.0021), "for $0.00042–0.0021."),
        (Range(0.5, 12.345), "for $0.50–12.35."),
        (Range(999.9, 12_345.6), "for $1,000–12,346."),
        (None, "for an unknown price."),
    ],
)
def test_prices_have_two_digits(cost: Range | None, wanted: str) -> None:
    assert wanted in flat(quote(rubric("a", cost=cost)))


def test_foreign_text_steers_nothing() -> None:
    assert "\x1b" not in quote_text(quote(rubric("a\x1b[31m"), judge="openai/\x1b[31m", endpoint="http://h/\x1b"))
