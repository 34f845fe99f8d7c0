"""A folder of shards: what is written is read back, what is damaged is refused, and all of it adds up to a run."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from judgekit.errors import UserError
from judgekit.rubric import Rubric
from judgekit.running.run import Run, open_run
from judgekit.running.shard_folder import (
    Ended,
    Filed,
    Session,
    end_session,
    list_folder,
    new_session,
    open_folder,
    read_session,
    shard_name,
)
from judgekit.running.shard_index import SessionIndex, import_shards
from judgekit.running.shards import ShardRow, read_shard, write_shard
from judgekit.running.store import Outcome
from judgekit.verdict import Verdict
from tests.cli.running import invoke
from tests.running import stub
from tests.running.stub import POLITE, Job, failed, job, verdict


def session_of(*rubrics: Rubric, judge: str = "openai/test") -> Session:
    """What a session on these rubrics was asked to do, filed as the stub's plans are."""
    filed = {one.name: Filed(rubric=one, base=stub.Plan(one, judge).base) for one in rubrics or (POLITE,)}
    return Session(judge=judge, parameters={"judge": judge}, sources=("jobs",), rubrics=filed)


def row(one: Job, position: int, made: Verdict | None) -> ShardRow:
    transcript = one.transcript
    return ShardRow(
        position=position,
        transcript_id=transcript.id,
        question_id=transcript.question_id,
        label=transcript.label,
        provenance=transcript.provenance,
        rubric=one.plan.rubric.name,
        fingerprint=one.fingerprint,
        verdict=made,
    )


def rows(numbers: Sequence[int], answer: Callable[[Job], Verdict] = verdict) -> list[ShardRow]:
    return [row(job(i), i, answer(job(i))) for i in numbers]


def shards(
    folder: Path,
    *blocks: Sequence[ShardRow],
    session: Session | None = None,
    outcome: Outcome | None = "complete",
) -> str:
    """The name of a session with these shards, which ended so, or is not known to have ended."""
    name = new_session(folder, session or session_of())
    for number, block in enumerate(blocks):
        write_shard(folder / shard_name(name, number), block)
    if outcome is not None:
        end_session(folder, name, Ended(outcome=outcome, used=("polite",)))
    return name


def ids(run: Run) -> list[str]:
    return [one.transcript_id for one in run.verdicts()]


# Files


def test_a_shard_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = [
        *rows(range(3)),
        row(job(3), 3, failed(job(3), "refusal")),
        row(job(4), 4, verdict(job(4), status="abstained")),
        row(job(5), 5, None),
    ]
    write_shard(tmp_path / "x.parquet", written)
    assert read_shard(tmp_path / "x.parquet", session_of()) == written


def test_other_programs_read_the_columns(tmp_path: Path) -> None:
    write_shard(tmp_path / "x.parquet", [*rows([7]), row(job(8), 8, None)])
    table = pq.read_table(tmp_path / "x.parquet").to_pylist()
    # job 7 is question 7 // 3 = 2, label 7 % 3 = 1
    first = {"position": 7, "transcript_id": "q2/Model1", "rubric": "polite", "status": "scored", "score": 1.0}
    assert first.items() <= table[0].items()
    assert json.loads(table[0]["verdict"])["fingerprint"] == job(7).fingerprint
    assert (table[1]["status"], table[1]["verdict"]) == (None, None)


def test_a_session_is_read_as_it_was_written(tmp_path: Path) -> None:
    session = session_of(POLITE, stub.BRIEF)
    assert read_session(tmp_path, new_session(tmp_path, session)) == session


def cells(**other: Any) -> Callable[[Path], None]:
    """Rewrites a shard of one row with other cells in it."""

    def rewrite(path: Path) -> None:
        table = pq.read_table(path)
        pq.write_table(pa.Table.from_pylist([table.to_pylist()[0] | other], schema=table.schema), path)

    return rewrite


def in_verdict(**other: Any) -> Callable[[Path], None]:
    """Rewrites a shard of one row with other facts in its verdict."""

    def rewrite(path: Path) -> None:
        whole = json.loads(pq.read_table(path).to_pylist()[0]["verdict"])
        cells(verdict=json.dumps(whole | other))(path)

    return rewrite


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"position": [1]}), path)


def far_too_long(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table] * 100_001), path)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda path: path.write_text("no Parquet"), "Parquet magic bytes not found"),
    "empty": (lambda path: path.write_bytes(b""), "Parquet file size is 0 bytes"),
    "cut off": (cut, "Parquet"),
    "other columns": (other_columns, "its columns are others"),
    "too long": (far_too_long, "it is larger than any shard"),
    "no JSON": (cells(verdict="{"), "unexpected end of data"),
    "no verdict": (cells(verdict="{}"), "transcript_id: Field required"),
    "not an object": (cells(verdict="[]"), "a verdict is no object"),
    "a law broken": (in_verdict(status="failed"), "a failed verdict, and only a failed one, has a failure"),
    "another judge": (in_verdict(judge="openai/other"), "another transcript's or another judge's"),
    "another transcript": (cells(transcript_id="q9"), "another transcript's or another judge's"),
    "another fingerprint": (cells(fingerprint="0" * 32), "another transcript's or another judge's"),
    "another provenance": (cells(provenance="mixed", verdict=None), ""),
    "an unknown rubric": (cells(rubric="kind", verdict=None), "its session has no rubric 'kind'"),
    "no provenance": (cells(provenance="invented", verdict=None), "there is no provenance 'invented'"),
    "no name": (cells(transcript_id=None, verdict=None), "a row lacks a name or its position"),
    "no position": (cells(position=None), "a row lacks a name or its position"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_shard_is_refused_with_its_name_and_the_cure(damage: str, tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]))
    rewrite, why = DAMAGES[damage]
    path = tmp_path / shard_name(name, 0)
    rewrite(path)
    if not why:
        assert len(read_shard(path, session_of())) == 1
        return
    with pytest.raises(UserError, match="delete it, and the `judgekit score` that made it fills the gap") as caught:
        open_run(tmp_path)
    assert str(path) in str(caught.value)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    path.unlink()
    assert ids(open_run(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty document"),
        ("[1]", "valid dictionary"),
        ('{"judgekit": "shards/2"}', "shards/1"),
        ('{"judgekit": "shards/1", "judge": "a", "parameters": {}, "key": "x"}', "key: Extra inputs"),
    ],
)
def test_a_damaged_session_is_refused(text: str, why: str, tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]))
    (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(UserError, match="restore the file") as caught:
        open_run(tmp_path)
    assert why in str(caught.value)


def test_a_rubric_under_another_name_is_refused(tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]))
    path = tmp_path / f"{name}.json"
    whole = orjson.loads(path.read_bytes())
    whole["rubrics"] = {"kind": whole["rubrics"]["polite"]}
    path.write_bytes(orjson.dumps(whole))
    with pytest.raises(UserError, match="the rubric 'polite' stands there as 'kind'"):
        open_run(tmp_path)


def test_shards_without_their_session_are_refused(tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]))
    shards(tmp_path, rows([1]))
    (tmp_path / f"{name}.json").unlink()
    with pytest.raises(UserError, match=f"{name}.json is missing"):
        open_run(tmp_path)


def test_files_in_the_making_and_strangers_are_overlooked(tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]))
    (tmp_path / f".{name}-000001.parquet.0a1b2c3d.part").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    assert ids(open_run(tmp_path)) == ["q0/Model0"]


@pytest.mark.parametrize("made", [[], ["notes.txt"]])
def test_a_folder_that_is_no_run_is_refused(made: list[str], tmp_path: Path) -> None:
    for name in made:
        (tmp_path / name).write_text("x")
    with pytest.raises(UserError, match="a run is a file, or a folder that `judgekit score … --engine ray` wrote"):
        open_run(tmp_path)


def test_only_a_new_an_empty_or_an_own_folder_is_written_to(tmp_path: Path) -> None:
    assert open_folder(tmp_path / "new") == tmp_path / "new"
    shards(tmp_path / "new", rows([0]))
    assert open_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="on Ray a run is a folder of shards, and this is a file"):
        open_folder(tmp_path / "file")
    with pytest.raises(UserError, match="this folder holds other files, such as 'file'"):
        open_folder(tmp_path)
    with pytest.raises(UserError, match="cannot be made or read"):
        open_folder(tmp_path / "a" / "b")
    with pytest.raises(UserError, match="cannot be made or read"):
        open_folder("a\0b")


# The run


def test_a_folder_is_the_run_that_one_process_would_have_made(tmp_path: Path) -> None:
    def answer(one: Job) -> Verdict:
        number = int(one.fingerprint[:2], 16) % 3
        return [verdict(one), verdict(one, status="abstained"), failed(one, "refusal")][number]

    one_process = stub.scored(tmp_path / "one.db", stub.jobs(30), answer)
    folder = tmp_path / "many"
    folder.mkdir()
    shards(folder, rows(range(20, 30), answer), rows(range(10), answer), rows(range(10, 20), answer))
    many = open_run(folder)
    assert list(many.rows()) == list(one_process.rows())
    assert many.summary() == one_process.summary()
    assert many.mean() == one_process.mean()
    assert many.meta["judge"] == "openai/test"
    assert many.meta["sources"] == ["jobs"]


def test_every_command_on_runs_works_on_a_folder(tmp_path: Path) -> None:
    shards(tmp_path, rows(range(3)))
    assert "openai/test gave 3 verdicts on 3 transcripts" in invoke("summary", tmp_path).stdout
    assert invoke("export", tmp_path).stdout.count("\n") == 3
    page = tmp_path.with_suffix(".html")
    assert invoke("report", tmp_path, "-o", page).exit_code == 0
    assert "q0" in page.read_text(encoding="utf-8")


def test_a_shard_counts_once_however_often_it_is_opened(tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0, 1]), outcome=None)
    assert open_run(tmp_path).summary().calls == 2
    assert not open_run(tmp_path).summary().complete
    write_shard(tmp_path / shard_name(name, 1), rows([2]))
    assert open_run(tmp_path).summary().calls == 3
    end_session(tmp_path, name, Ended(outcome="complete", used=("polite",)))
    run = open_run(tmp_path)
    assert (run.summary().calls, run.summary().complete, run.meta["sessions"]) == (3, True, 1)
    with SessionIndex(tmp_path, name) as index:  # as a process would that listed the folder before
        assert index.take([shard_name(name, 0)]) == []
    assert open_run(tmp_path).summary().calls == 3


def _open(folder: Path, n: int) -> None:
    for _ in range(n):
        import_shards(folder)


@pytest.mark.slow
def test_processes_that_open_a_folder_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    shards(tmp_path, *([one] for one in rows(range(40))))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open, args=(tmp_path, 3)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    summary = open_run(tmp_path).summary()
    assert (summary.verdicts, summary.calls) == (40, 40)


def test_a_later_session_replaces_failures_and_keeps_what_they_cost(tmp_path: Path) -> None:
    shards(tmp_path, rows([0, 1], lambda one: failed(one, "timeout")))
    assert open_run(tmp_path).summary().failed == 2
    shards(tmp_path, rows([0]))
    summary = open_run(tmp_path).summary()
    # 3 attempts for each failure, and 1 call
    assert (summary.scored, summary.failed, summary.calls) == (1, 1, 7)


def test_a_session_of_another_judge_replaces_the_first_in_all_numbers(tmp_path: Path) -> None:
    shards(tmp_path, rows([0, 1]))
    other = [row(one, i, verdict(one)) for i, one in enumerate([job(0, judge="openai/other")])]
    shards(tmp_path, other, session=session_of(judge="openai/other"))
    summary = open_run(tmp_path).summary()
    assert (summary.judges, summary.verdicts, summary.stale) == (["openai/other"], 1, 2)


def test_a_session_that_only_found_its_verdicts_makes_them_count(tmp_path: Path) -> None:
    """The first judge again, after another one: nothing is judged anew, and the first one's verdicts count."""
    shards(tmp_path, rows([0, 1]))
    shards(tmp_path, session=session_of(judge="openai/other"))
    shards(tmp_path)
    summary = open_run(tmp_path).summary()
    assert (summary.judges, summary.verdicts) == (["openai/test"], 2)


def test_the_run_can_be_made_anew_from_the_shards(tmp_path: Path) -> None:
    shards(tmp_path, rows([0, 1], lambda one: failed(one, "timeout")))
    shards(tmp_path, rows([0]), outcome="interrupted")
    before = list(open_run(tmp_path).rows())
    for path in tmp_path.glob("run.db*"):
        path.unlink()
    assert list(open_run(tmp_path).rows()) == before


def test_transcripts_that_share_an_id_are_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    impostor = job(0, response="another text")
    shards(tmp_path, rows([0]), [row(impostor, 1, verdict(impostor))])
    assert [one.fingerprint for one in open_run(tmp_path).verdicts()] == [job(0).fingerprint]
    assert "1 verdicts are left out" in caplog.text


# Twins: q0/Model0 and q0/Model1 with one text

FIRST, SECOND = job(0, response="the same"), job(1, response="the same")


@pytest.mark.parametrize("order", [0, 1])
def test_a_twin_gets_its_copy_whichever_shard_comes_first(order: int, tmp_path: Path) -> None:
    blocks = [[row(FIRST, 0, verdict(FIRST))], [row(SECOND, 1, None)]]
    shards(tmp_path, *(blocks if order == 0 else blocks[::-1]))
    first, second = open_run(tmp_path).verdicts()
    assert (first.calls, second.calls, second.flags) == (1, 0, ("reused",))
    assert (second.transcript_id, second.label, second.score) == ("q0/Model1", "Model1", first.score)


def test_a_twin_waits_for_its_verdict(tmp_path: Path) -> None:
    name = shards(tmp_path, [row(SECOND, 1, None)], outcome=None)
    assert ids(open_run(tmp_path)) == []
    write_shard(tmp_path / shard_name(name, 1), [row(FIRST, 0, verdict(FIRST))])
    assert ids(open_run(tmp_path)) == ["q0/Model0", "q0/Model1"]


def test_a_failure_is_copied_when_the_session_has_ended(tmp_path: Path) -> None:
    failure = failed(FIRST, "timeout")
    name = shards(tmp_path, [row(FIRST, 0, failure), row(SECOND, 1, None)], outcome=None)
    assert ids(open_run(tmp_path)) == ["q0/Model0"]
    end_session(tmp_path, name, Ended(outcome="complete", used=("polite",)))
    assert [one.status for one in open_run(tmp_path).verdicts()] == ["failed", "failed"]
    shards(tmp_path, [row(SECOND, 1, None)], [row(FIRST, 0, verdict(FIRST))])
    assert [one.status for one in open_run(tmp_path).verdicts()] == ["scored", "scored"]


def test_a_twin_of_a_failure_that_failed_again_keeps_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        shards(tmp_path, [row(FIRST, 0, failed(FIRST, "timeout")), row(SECOND, 1, None)])
    run = open_run(tmp_path)
    assert [one.status for one in run.verdicts()] == ["failed", "failed"]
    assert run.summary().calls == 6  # twice three attempts: the twin made none


def test_a_twin_of_an_interrupted_session_has_no_verdict_until_its_text_is_judged(tmp_path: Path) -> None:
    shards(tmp_path, [row(SECOND, 1, None)], outcome="interrupted")
    assert ids(open_run(tmp_path)) == []
    shards(tmp_path, [row(SECOND, 1, verdict(SECOND))])
    assert ids(open_run(tmp_path)) == ["q0/Model1"]


def test_a_text_that_came_back_counts_again(tmp_path: Path) -> None:
    """Its first text, then another one, then the first again: found by its fingerprint, and not judged anew."""
    shards(tmp_path, rows([0]))
    changed = job(0, response="changed")
    shards(tmp_path, [row(changed, 0, verdict(changed))])
    shards(tmp_path, [row(job(0), 0, None)])
    (only,) = open_run(tmp_path).verdicts()
    assert (only.fingerprint, only.flags) == (job(0).fingerprint, ())


def test_a_twin_of_a_rubric_that_changed_waits_for_its_own(tmp_path: Path) -> None:
    shards(tmp_path, [row(SECOND, 1, None)], outcome=None)
    stricter = POLITE.model_copy(update={"version": "2"})
    one = job(1, rubric=stricter, response="the same")
    shards(tmp_path, [row(one, 1, verdict(one))], session=session_of(stricter))
    (only,) = open_run(tmp_path).verdicts()
    assert (only.fingerprint, only.rubric_version) == (one.fingerprint, "2")


def test_a_listing_has_sessions_by_time_and_shards_by_place(tmp_path: Path) -> None:
    name = shards(tmp_path, rows([0]), rows([1]))
    listing = list_folder(tmp_path)
    assert listing.sessions == (name,)
    assert listing.shards == {name: [shard_name(name, 0), shard_name(name, 1)]}
    (tmp_path / "new").mkdir()
    assert list_folder(tmp_path / "new", may_be_new=True).sessions == ()
    with pytest.raises(UserError, match="the folder cannot be read"):
        list_folder(tmp_path / "none")
