"""Where a session begins that goes on: at what is left to do, and then it looks at all the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.rubric import Rubric
from judgekit.running.judge import Judge as RealJudge
from judgekit.running.progress import Progress
from judgekit.running.run import open_run
from judgekit.running.source import numbered
from judgekit.running.stop import Stop
from judgekit.running.watermark import Watermark
from judgekit.verdict import Verdict
from tests.running.stub import BRIEF, Job, Judge, failed, job, jobs, session, verdict


def name(i: int) -> str:
    return job(i).transcript.id


def half(path: Path, of: Sequence[Job], n: int) -> list[str]:
    """What was asked by a session that was stopped after n verdicts."""
    stop, judge = Stop(), Judge()

    def told(_: object) -> None:
        if len(judge.asked) >= n:
            stop.drain()

    session(path, of, judge, concurrency=1, stop=stop, on_verdict=told)
    return judge.asked


@pytest.mark.slow
def test_a_list_is_gone_on_with_where_it_was_left(tmp_path: Path) -> None:
    path, of = tmp_path / "run.db", list(jobs(3000))
    first = half(path, of, 1500)
    seen: list[Progress] = []
    kept_then: list[int] = []

    def answer(one: Job) -> Verdict:
        kept_then.append(seen[-1].kept if seen else 0)
        return verdict(one)

    judge = Judge(answer)
    counts = session(path, of, judge, on_progress=seen.append, concurrency=1)
    assert judge.asked == [name(i) for i in range(len(first), 3000)]
    assert kept_then[0] == 0  # no verdict of the first half was looked for yet
    assert (counts.done, counts.kept) == (3000, len(first))
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    # Until they are looked at, those of the first half are told apart, so that it does not look like a new beginning.
    assert {p.done + p.unchecked for p in seen} <= set(range(len(first), 3001))
    assert (seen[0].unchecked, seen[-1].unchecked) == (len(first), 0)


def test_a_text_that_changed_before_that_place_is_found(tmp_path: Path) -> None:
    path, of = tmp_path / "run.db", list(jobs(200))
    first = half(path, of, 100)
    of[7] = job(7, response="a better answer")
    judge = Judge()
    session(path, of, judge, concurrency=1)
    assert judge.asked == [name(i) for i in (*range(len(first), 200), 7)]
    assert [v.transcript_id for v in open_run(path).verdicts()] == [name(i) for i in range(200)]


@pytest.mark.parametrize("n", [0, 1, 99, 150])
def test_a_source_that_became_shorter_is_read_all_the_same(tmp_path: Path, n: int) -> None:
    path, of = tmp_path / "run.db", list(jobs(200))
    half(path, of, 100)
    counts = session(path, of[:n], Judge())
    assert counts.done == n


def test_a_generator_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    first = half(path, list(jobs(100)), 50)
    judge = Judge()
    assert session(path, jobs(100), judge).kept == len(first)
    assert judge.asked == [name(i) for i in range(len(first), 100)]


def test_a_session_after_a_complete_one_begins_at_the_beginning(tmp_path: Path) -> None:
    path, of = tmp_path / "run.db", list(jobs(50))
    half(path, of, 25)
    session(path, of, Judge())
    of[0], of[40] = job(0, response="new"), job(40, response="new too")
    judge = Judge()
    session(path, of, judge, concurrency=1)
    assert judge.asked == [name(0), name(40)]


def test_a_session_with_a_higher_budget_begins_at_what_the_last_one_did_not_reach(tmp_path: Path) -> None:
    path, of = tmp_path / "run.db", list(jobs(1000))
    first = Judge()
    session(path, of, first, concurrency=1, budget_usd=0.4)
    of[3] = job(3, response="new")
    judge = Judge()
    session(path, of, judge, concurrency=1)
    assert judge.asked == [name(i) for i in (*range(len(first.asked), 1000), 3)]


def test_a_session_of_another_judge_begins_at_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    half(path, list(jobs(50)), 25)
    judge = Judge()
    session(path, [job(i, judge="openai/other") for i in range(50)], judge, name="openai/other", concurrency=1)
    assert judge.asked == [name(i) for i in range(50)]


def test_failures_before_that_place_are_tried_last(tmp_path: Path) -> None:
    path, of = tmp_path / "run.db", list(jobs(100))
    stop = Stop()
    flaky = Judge(lambda one: failed(one, "timeout") if one.transcript.id == name(4) else verdict(one))

    def told(_: object) -> None:
        if len(flaky.asked) >= 50:
            stop.drain()

    session(path, of, flaky, concurrency=1, stop=stop, on_verdict=told)
    judge = Judge()
    session(path, of, judge, concurrency=1)
    assert judge.asked == [name(i) for i in (*range(len(flaky.asked), 100), 4)]


def test_a_run_of_several_rubrics_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    of = [one for i in range(100) for one in (job(i), job(i, rubric=BRIEF))]
    first = half(path, of, 101)
    judge = Judge()
    assert session(path, of, judge, concurrency=1).done == 200
    assert len(first) + len(judge.asked) == 200


def test_a_file_is_gone_on_with_through_the_public_door(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"question_id": f"q{i}", "label": "m", "prompt": "Hi?", "response": f"Hello {i}."} for i in range(400)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    rubrics = [Rubric.from_text("It is kind.", name="kind"), Rubric.from_text("It is short.", name="short")]
    stop, seen = Stop(), []

    def progress(p: Progress) -> None:
        seen.append(p)
        if p.done >= 200:
            stop.drain()

    with RealJudge("baseline", concurrency=1) as judge:
        first = judge.score_many(path, rubrics, store=tmp_path / "run.db", stop=stop, progress=progress)
        done = first.summary().verdicts
        assert done < 800
        rows[3]["response"] = "Go away."
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        last: list[Progress] = []
        run = judge.score_many(path, rubrics, store=tmp_path / "run.db", progress=last.append)
    assert (last[-1].done, last[-1].total, last[-1].kept) == (800, 800, done - 2)
    assert [v.transcript_id for v in run.verdicts(rubric="kind")] == [f"q{i}/m" for i in range(400)]
    assert run.summary().stale == 0  # what code decided cost nothing, and is replaced


# The parts


@given(st.integers(0, 30), st.integers(0, 40))
def test_numbering_from_a_place_gives_everything_once(n: int, place: int) -> None:
    values = [f"v{i}" for i in range(n)]
    found = list(numbered(values, place))
    assert sorted(found) == sorted(enumerate(values))
    assert found[:1] == [(place, f"v{place}")] or place >= n or n == 0


@given(st.lists(st.integers(1, 20), max_size=8), st.randoms(use_true_random=False))
def test_the_mark_is_the_first_place_that_is_not_settled(slices: list[int], rng: object) -> None:
    mark, settled, read = Watermark(), set[int](), 0
    open_: list[int] = []
    for n in slices:
        some = list(range(read, read + n))
        read += n
        mark.read_to(read)
        mark.look_at(some[0])
        assert mark.place == min([*open_, some[0]])
        left = [place for place in some if rng.random() < 0.5]  # type: ignore[attr-defined]
        mark.open(left)
        mark.look_at(None)
        open_ += left
        rng.shuffle(open_)  # type: ignore[attr-defined]
        for place in list(islice(open_, len(open_) // 2)):
            open_.remove(place)
            settled.add(place)
            mark.settle(place)
        assert mark.place == min([*open_, read])
