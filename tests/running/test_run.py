"""What a run adds up to: counts, means with intervals and bounds, and streams."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from judgekit.calibration.estimate import mean_estimate
from judgekit.errors import UserError
from judgekit.running.run import _BODIES, Run, open_run
from judgekit.running.store import Store
from judgekit.verdict import CriterionResult, Usage, Verdict
from tests.running.stub import BRIEF, Job, Judge, failed, job, jobs, scored, session, verdict


def score_of(one: Job) -> float:
    """Model0 has 1, 1, 0, 0, …; Model1 a half; Model2 always 1."""
    i = int(one.transcript.question_id[1:])
    return {"Model0": float(i % 4 < 2), "Model1": 0.5, "Model2": 1.0}[one.transcript.label]


def mixed(one: Job) -> Verdict:
    """Of Model1's answers, question 0 fails and question 1 is abstained on."""
    match one.transcript.id:
        case "q0/Model1":
            return failed(one, "refusal", attempts=1)
        case "q1/Model1":
            return verdict(one, status="abstained", flags=("unsupported_evidence", "hidden_characters"))
    return verdict(one, score=score_of(one), passed=score_of(one) >= 0.75)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Eight questions, three models, one rubric."""
    return scored(tmp_path / "run.db", jobs(24), mixed)


def test_means_by_rubric_and_label(run: Run) -> None:
    rows = {row.group["label"]: row for row in run.mean(by=["rubric", "label"])}
    assert list(rows) == ["Model0", "Model1", "Model2"]

    # 1, 1, 0, 0, 1, 1, 0, 0: s² = 8 · 0.25 / 7 = 2/7, se = √(1/28) = 0.188982; t(7, 0.975) = 2.364624 (table)
    zero = rows["Model0"]
    assert zero.group == {"rubric": "polite", "label": "Model0"}
    assert (zero.estimate.value, zero.estimate.n, zero.estimate.n_clusters) == (0.5, 8, 8)
    assert (zero.estimate.low, zero.estimate.high) == pytest.approx((0.5 - 0.446872, 0.5 + 0.446872), abs=1e-5)
    assert (zero.n_scored, zero.n_abstained, zero.n_failed, zero.n_passed) == (8, 0, 0, 4)
    assert (zero.worst, zero.best) == (0.5, 0.5)

    # six halves, one failed, one abstained: 3/8 and 5/8; p0 = 0.025^(1/6) = 0.540742: [p0/2, p0/2 + 1 - p0]
    one = rows["Model1"]
    assert (one.n_scored, one.n_abstained, one.n_failed, one.n_passed) == (6, 1, 1, 0)
    assert (one.worst, one.best) == (0.375, 0.625)
    assert (one.estimate.low, one.estimate.high) == pytest.approx((0.270371, 0.729629), abs=1e-6)


def test_responses_to_one_question_are_not_independent(run: Run) -> None:
    (row,) = run.mean(by=["rubric"])
    values = [v.score for v in run.verdicts(status="scored")]
    questions = [v.question_id for v in run.verdicts(status="scored")]
    wanted = mean_estimate([v for v in values if v is not None], questions, name="mean score")
    assert (row.estimate.n, row.estimate.n_clusters) == (22, 8)
    assert row.estimate.value == pytest.approx(wanted.value)
    assert (row.estimate.low, row.estimate.high) == pytest.approx((wanted.low, wanted.high))
    assert run.summary().rubric_rows == [row]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ([], [{}]),
        (["label"], [{"label": "Model0"}, {"label": "Model1"}, {"label": "Model2"}]),
        (["provenance"], [{"provenance": "unknown"}]),
        (["judge", "rubric"], [{"judge": "openai/test", "rubric": "polite"}]),
    ],
)
def test_groups(run: Run, by: list[str], groups: list[dict[str, str]]) -> None:
    rows = run.mean(by=by)
    assert [row.group for row in rows] == groups
    assert sum(row.n_scored + row.n_abstained + row.n_failed for row in rows) == 24


def test_one_question_alone_has_no_interval(run: Run) -> None:
    rows = run.mean(by=["question_id"])
    assert len(rows) == 8
    for row in rows:
        assert math.isnan(row.estimate.low)
        assert row.estimate.undefined == "an interval needs 2 independent units; there is 1"


def test_a_group_without_a_score_has_no_mean_and_says_so(tmp_path: Path) -> None:
    (row,) = scored(tmp_path / "run.db", jobs(4), lambda one: failed(one, "refusal")).mean(by=["rubric"])
    assert math.isnan(row.estimate.value)
    assert row.estimate.undefined == "there is no value"
    assert (row.n_failed, row.worst, row.best, row.n_passed) == (4, 0.0, 1.0, None)


def test_the_level_is_that_which_was_asked_for(run: Run) -> None:
    (narrow,) = run.mean(by=["rubric"], level=0.5)
    (wide,) = run.mean(by=["rubric"], level=0.99)
    assert (narrow.estimate.level, wide.estimate.level) == (0.5, 0.99)
    assert wide.estimate.low < narrow.estimate.low < narrow.estimate.high < wide.estimate.high


@pytest.mark.parametrize(
    ("by", "level", "words"),
    [(["model"], 0.95, "mean by 'model': wanted any of rubric, label"), (["rubric"], 95, "between 0 and 1")],
)
def test_wrong_questions_are_named(run: Run, by: list[str], level: float, words: str) -> None:
    with pytest.raises(UserError) as error:
        run.mean(by=by, level=level)
    assert words in str(error.value)


def test_the_level_is_checked_in_an_empty_run_too(tmp_path: Path) -> None:
    run = scored(tmp_path / "run.db", [])
    assert run.mean() == []
    with pytest.raises(UserError):
        run.mean(level=0)


def test_summary_counts_everything_once(run: Run) -> None:
    s = run.summary()
    assert (s.transcripts, s.questions, s.verdicts) == (24, 8, 24)
    assert (s.scored, s.abstained, s.failed, s.reused) == (22, 1, 1, 0)
    assert s.failures == {"refusal": 1}
    assert s.flags == {"hidden_characters": 1, "unsupported_evidence": 1}
    assert s.provenance == {"unknown": 24}
    assert (s.judges, s.rubrics) == (["openai/test"], {"polite": "1"})
    assert s.calibration == {"openai/test × polite": "none"}
    # 23 verdicts of one call and 660 tokens, 100 of them cached; one refused attempt without usage
    assert (s.calls, s.prompt_tokens, s.completion_tokens, s.cached_tokens) == (24, 13_800, 1_380, 2_300)
    assert s.cost_usd == pytest.approx(0.023)
    assert (s.stale, s.complete, s.warnings) == (0, True, [])
    assert [row.group for row in s.rows] == [{"rubric": "polite", "label": f"Model{i}"} for i in range(3)]


def test_an_empty_run_is_all_noughts(tmp_path: Path) -> None:
    s = scored(tmp_path / "run.db", []).summary()
    assert (s.transcripts, s.questions, s.verdicts, s.scored, s.abstained, s.failed) == (0, 0, 0, 0, 0, 0)
    assert (s.rows, s.failures, s.judges, s.rubrics, s.complete) == ([], {}, [], {}, True)
    assert (s.calls, s.cost_usd, s.prompt_tokens, s.completion_tokens, s.cached_tokens) == (0, 0.0, None, None, None)


def test_a_run_that_no_session_has_used_is_not_complete(tmp_path: Path) -> None:
    Store(tmp_path / "run.db").close()
    run = open_run(tmp_path / "run.db")
    assert not run.summary().complete
    assert run.meta["sessions"] == 0
    assert list(run.verdicts()) == []


def test_tokens_and_prices_that_nobody_told_are_unknown(tmp_path: Path) -> None:
    run = scored(tmp_path / "run.db", jobs(2), lambda one: verdict(one, usage=Usage(), cost_usd=None))
    s = run.summary()
    assert (s.prompt_tokens, s.completion_tokens, s.cost_usd, s.calls) == (None, None, None, 2)


def test_what_cost_nothing_needs_no_price(tmp_path: Path) -> None:
    # A judge that made no call: an unknown price is that of a call.
    s = scored(tmp_path / "run.db", jobs(2), lambda one: verdict(one, samples=0, calls=0, cost_usd=None)).summary()
    assert (s.calls, s.cost_usd) == (0, 0.0)


def test_a_re_ask_is_a_call_and_unsupported_answers_are_counted(tmp_path: Path) -> None:
    bad = CriterionResult(answer="yes", status="unsupported", unsupported=("not there",))
    good = CriterionResult(answer="yes", status="ok")

    def answer(one: Job) -> Verdict:
        return verdict(
            one, calls=2, flags=("asked_again", "unsupported_evidence"), criteria={"a": bad, "b": good, "c": bad}
        )

    s = scored(tmp_path / "run.db", jobs(3), answer).summary()
    assert (s.calls, s.unsupported_evidence) == (6, 6)
    assert s.flags == {"asked_again": 3, "unsupported_evidence": 3}


def test_rubrics_have_their_own_rows(tmp_path: Path) -> None:
    both = [one for i in range(6) for one in (job(i), job(i, rubric=BRIEF))]
    s = scored(tmp_path / "run.db", both).summary()
    assert (s.transcripts, s.verdicts, s.rubrics) == (6, 12, {"brief": "1", "polite": "1"})
    assert [row.group for row in s.rubric_rows] == [{"rubric": "brief"}, {"rubric": "polite"}]
    assert s.calibration == {"openai/test × brief": "none", "openai/test × polite": "none"}


def test_filters(run: Run) -> None:
    assert [v.transcript_id for v in run.verdicts(label="Model1", status="failed")] == ["q0/Model1"]
    assert len(list(run.verdicts(rubric="polite", label="Model2"))) == 8
    assert list(run.verdicts(rubric="unknown")) == []
    assert [row["failure_kind"] for row in run.rows(status="failed")] == ["refusal"]


def test_a_reader_may_stop_early_and_leaves_nothing_open(run: Run) -> None:
    stream = run.verdicts()
    assert next(stream).transcript_id == "q0/Model0"
    stream.close()  # type: ignore[attr-defined]
    with closing(sqlite3.connect(run.path)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")


def test_a_reader_sees_one_state_while_a_session_writes(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(500), Judge())
    stream = open_run(path).verdicts()
    first = next(stream)
    session(path, jobs(900), Judge())
    assert len([first, *stream]) == 500
    assert len(list(open_run(path).verdicts())) == 900


def test_the_stream_sorts_nothing(run: Run) -> None:
    query = _BODIES.format(settings="1", where=" AND label = 'Model1'")
    with closing(sqlite3.connect(run.path)) as db:
        steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert steps == ["SCAN verdicts USING INDEX verdicts_order"]


@pytest.mark.parametrize("read", ["verdicts", "rows"])
def test_an_unknown_status_is_an_error_and_no_empty_answer(run: Run, read: str) -> None:
    with pytest.raises(UserError, match="status: wanted scored, abstained, failed or None; came 'ok'"):
        getattr(run, read)(status="ok")  # at once, not when it is first iterated over
