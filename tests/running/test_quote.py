"""A quote says what `score_many` would do: the counts are exact, and what happens lies in its ranges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io import load_questions, load_transcripts
from judgekit.question import QuestionSet
from judgekit.running.guess import Range
from judgekit.running.judge import Judge
from judgekit.running.quote import Quote
from judgekit.running.ratio import EVERY, WHOLE
from judgekit.running.summary import Summary
from judgekit.transcript import Transcript
from tests.judging.made import constraint_rubric, judge_at, stance_rubric, transcript
from tests.servers.openai_server import Fault, OpenAIServer

DATA = Path(__file__).resolve().parents[2] / "judgekit" / "cli" / "demo_data"
QUESTIONS = load_questions(DATA / "questions.yaml")
PRICES = {"openai/test": {"input": 2.0, "output": 8.0, "cached_input": 0.5, "batch": 0.5}}
RUBRIC = stance_rubric(inputs={}, rules=[])


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def seed() -> Iterator[Transcript]:
    return iter(load_transcripts(DATA / "transcripts.md"))


def numbered(n: int, first: int = 0) -> list[Transcript]:
    return [transcript(f"You are not right. {i}", label=f"M{i}") for i in range(first, first + n)]


def inside(value: float | None, found: Range | None) -> bool:
    return value is not None and found is not None and found.low <= value <= found.high


def assert_held(quote: Quote, before: Summary | None, after: Summary) -> None:
    """What the run took between the two lies in the quote."""
    total = quote.total
    for name, found in (
        ("calls", total.calls),
        ("prompt_tokens", total.prompt_tokens),
        ("completion_tokens", total.completion_tokens),
        ("cost_usd", total.cost_usd),
    ):
        took = getattr(after, name) - (getattr(before, name) if before else 0)
        assert inside(took, found), f"{name}: {took} is not in {found}"


# Against reality


@pytest.mark.slow
def test_the_seed_costs_what_was_quoted(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server, prices=PRICES) as judge:
        quote = judge.quote_many(seed(), questions=QUESTIONS, store=tmp_path / "run.db")
        assert server.requests == []
        assert not list(tmp_path.iterdir())
        run = judge.score_many(seed(), questions=QUESTIONS, store=tmp_path / "run.db")
        again = judge.quote_many(seed(), questions=QUESTIONS, store=tmp_path / "run.db")
    summary = run.summary()
    assert (quote.transcripts, quote.total.jobs, quote.observed, quote.sampled) == (90, 213, 0, False)
    assert quote.total.copies == summary.reused
    # those that no reply stands behind, and that are no copies
    assert quote.total.by_code == sum(v.calls == 0 and "reused" not in v.flags for v in run.verdicts())
    assert quote.total.ask == 213 - quote.total.by_code - quote.total.copies
    assert_held(quote, None, summary)
    assert {one.rubric: one.jobs for one in quote.rubrics} == {
        row.group["rubric"]: row.n_scored + row.n_abstained + row.n_failed for row in summary.rubric_rows
    }
    assert (again.total.kept, again.total.ask, again.total.cost_usd) == (213, 0, Range(0, 0))
    assert again.spent_usd == pytest.approx(summary.cost_usd)


@pytest.mark.slow
def test_a_run_that_has_begun_sharpens_the_quote(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with judge_at(server, prices=PRICES) as judge:
        blind = judge.quote_many(seed(), questions=QUESTIONS, store=path)
        before = judge.score_many(seed(), questions=QUESTIONS, store=path, limit=30).summary()
        state = path.read_bytes(), path.stat().st_mtime_ns
        quote = judge.quote_many(seed(), questions=QUESTIONS, store=path)
        assert (path.read_bytes(), path.stat().st_mtime_ns) == state
        after = judge.score_many(seed(), questions=QUESTIONS, store=path).summary()
    assert quote.total.kept == before.verdicts
    assert quote.observed > 20
    assert_held(quote, before, after)

    def width(found: Range) -> float:
        return found.high / found.low

    assert width(quote.total.prompt_tokens) < 0.5 * width(blind.total.prompt_tokens)
    assert width(quote.total.completion_tokens) < 0.5 * width(blind.total.completion_tokens)


def test_re_asks_of_the_run_so_far_are_expected_of_the_rest(server: OpenAIServer, tmp_path: Path) -> None:
    bad = {"stance": "no object"}
    with judge_at(server, prices=PRICES, concurrency=1) as judge:
        server.script([bad] * 80)  # every first and second reply is invalid: two calls for each
        judge.score_many(numbered(30), RUBRIC, store=tmp_path / "run.db")
        assert server.calls == 60
        quote = judge.quote_many(numbered(40), RUBRIC, store=tmp_path / "run.db")
    assert (quote.total.kept, quote.total.ask, quote.observed) == (30, 10, 30)
    # 2 calls each, a tenth more or less
    assert (quote.total.calls.low, quote.total.calls.high) == (18, 22)


def test_a_sample_stands_for_a_long_source(server: OpenAIServer) -> None:
    n = WHOLE + 10 * EVERY
    with judge_at(server, prices=PRICES) as judge:
        many = numbered(n)
        quote = judge.quote_many(iter(many), RUBRIC)
        one = judge.quote_many(many[:1], RUBRIC).total.prompt_tokens
    assert quote.sampled
    assert quote.rendered == WHOLE + 10
    assert (quote.transcripts, quote.total.ask) == (n, n)
    # all are alike but for a digit or two
    assert quote.total.prompt_tokens.low == pytest.approx(n * one.low, rel=0.02)
    assert quote.total.prompt_tokens.high == pytest.approx(n * one.high, rel=0.02)
    assert server.calls == 0


# What is counted


def test_what_needs_no_call_is_told_apart(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    checked = constraint_rubric()
    constraint = {"id": "short", "quote": "goto", "check": "word_count", "with": {"at_most": 50}}
    with judge_at(server, prices=PRICES, max_attempts=1) as judge:
        server.script([Fault("500"), Fault("refusal")])
        first, second, third = numbered(3)
        judge.score_many([first], RUBRIC, store=path)  # a failure that another try may cure
        judge.score_many([second], RUBRIC, store=path)  # and one that none can
        twin = third.model_copy(update={"id": "q1/twin", "label": "twin"})
        quote = judge.quote_many([first, second, third, twin], RUBRIC, store=path)
        assert (quote.total.kept, quote.total.ask, quote.total.copies) == (1, 2, 1)
        retried = judge.quote_many([first, second, third, twin], RUBRIC, store=path, retry_failed=True)
        assert (retried.total.kept, retried.total.ask, retried.total.copies) == (0, 3, 1)
        # The text of a verdict in the run under another id is a copy as well.
        other = second.model_copy(update={"id": "q1/other", "label": "other"})
        assert judge.quote_many([other], RUBRIC, store=path).total.copies == 1
        missing = judge.quote_many(numbered(2), checked)
        assert (missing.total.missing_input, missing.total.ask, missing.total.by_code) == (2, 0, 0)
        question = QUESTIONS.questions[0].model_copy(
            update={
                "id": "q1",
                "prompt": None,
                "prompt_sha256": None,
                "rubrics": {"demands": {"constraints": [constraint]}},
            }
        )
        own = QuestionSet(questions=(question,))
        decided = judge.quote_many(numbered(2), checked, questions=own)
        assert (decided.total.by_code, decided.total.ask, decided.total.cost_usd) == (2, 0, Range(0, 0))


def test_a_limit_and_a_batch_price(server: OpenAIServer) -> None:
    with judge_at(server, prices=PRICES) as judge:
        whole = judge.quote_many(numbered(10), RUBRIC)
        part = judge.quote_many(numbered(10), RUBRIC, limit=4)
        half = judge.quote_many(numbered(10), RUBRIC, batch=True)
    assert (whole.total.jobs, part.total.jobs, part.transcripts) == (10, 4, 4)
    assert whole.total.cost_usd is not None
    assert half.total.cost_usd is not None
    assert half.total.cost_usd.high == pytest.approx(whole.total.cost_usd.high / 2)


def test_the_baseline_needs_no_call() -> None:
    with Judge("baseline") as judge:
        quote = judge.quote_many(seed(), questions=QUESTIONS, budget_usd=1.0)
    assert (quote.total.calls, quote.total.cost_usd, quote.budget) == (Range(0, 0), Range(0, 0), "enough")


def test_an_unknown_price_stays_unknown(server: OpenAIServer) -> None:
    with judge_at(server) as judge:
        quote = judge.quote_many(numbered(3), RUBRIC, budget_usd=1.0)
    assert (quote.total.cost_usd, quote.prices, quote.budget) == (None, "", "unknown")
    assert quote.total.prompt_tokens.low > 0


@pytest.mark.parametrize(("part", "wanted"), [(1.01, "enough"), (0.99, "perhaps"), (0.01, "too little")])
def test_whether_a_budget_is_enough(server: OpenAIServer, part: float, wanted: str) -> None:
    with judge_at(server, prices=PRICES) as judge:
        cost = judge.quote_many(numbered(3), RUBRIC).total.cost_usd
        assert cost is not None
        quote = judge.quote_many(numbered(3), RUBRIC, budget_usd=part * cost.high)
    assert quote.budget == wanted


def test_what_was_spent_is_taken_off_the_budget(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with judge_at(server, prices=PRICES) as judge:
        spent = judge.score_many(numbered(30), RUBRIC, store=path).summary().cost_usd
        assert spent is not None
        left = judge.quote_many(numbered(31), RUBRIC, store=path, budget_usd=1.5 * spent)
        nothing = judge.quote_many(numbered(31), RUBRIC, store=path, budget_usd=0.5 * spent)
    assert left.left_usd == pytest.approx(0.5 * spent)
    assert (left.budget, nothing.budget, nothing.left_usd) == ("enough", "too little", 0.0)


def test_a_limit_on_replies_limits_what_they_cost(server: OpenAIServer) -> None:
    with judge_at(server, prices=PRICES, max_tokens=50) as judge:
        found = judge.quote_many(numbered(8), RUBRIC).total.completion_tokens
    assert found.high == 8 * 50 * 1.25


# Mistakes show as in a real run


def test_mistakes_are_found_before_anything_is_asked(server: OpenAIServer, tmp_path: Path) -> None:
    bad = tmp_path / "t.jsonl"
    bad.write_text(json.dumps({"prompt": "p", "response": "r"}) + "\nnot JSON\n")
    (tmp_path / "not a run").write_text("hello")
    with judge_at(server) as judge:
        for wanted, arguments in (
            ("t.jsonl, line 2", {"transcripts": bad, "rubrics": RUBRIC}),
            ("nothing says what to judge", {"transcripts": numbered(1)}),
            ("is empty", {"transcripts": numbered(1), "rubrics": []}),
            ("not a judgekit run", {"transcripts": numbered(1), "rubrics": RUBRIC, "store": tmp_path / "not a run"}),
            ("a folder", {"transcripts": numbered(1), "rubrics": RUBRIC, "store": tmp_path}),
            ("does not exist", {"transcripts": numbered(1), "rubrics": RUBRIC, "store": tmp_path / "no" / "run.db"}),
            ("a positive number", {"transcripts": numbered(1), "rubrics": RUBRIC, "budget_usd": -1.0}),
            (
                "two different rubrics",
                {"transcripts": numbered(1), "rubrics": [RUBRIC, stance_rubric(inputs={}, rules=[], version="2")]},
            ),
        ):
            with pytest.raises(UserError, match=wanted):
                judge.quote_many(**arguments)
    assert server.requests == []
