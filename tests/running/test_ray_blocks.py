"""Reader and actors as Ray runs them, without Ray: the same verdicts as one process, and nothing paid for twice."""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judgekit.io import load_questions, load_transcripts
from judgekit.io.transcripts import TranscriptFile
from judgekit.rubric import Rubric
from judgekit.running.batch import make_batch
from judgekit.running.judge import Judge
from judgekit.running.ray_actor import BlockJudge
from judgekit.running.ray_control import Control, Word
from judgekit.running.ray_done import read_done
from judgekit.running.ray_folder import alone
from judgekit.running.ray_reader import read_blocks
from judgekit.running.ray_recipe import recipe_of, session_of
from judgekit.running.ray_work import Block, BlockReport
from judgekit.running.run import Run, open_run
from judgekit.running.shard_folder import RUN, Ended, end_session, new_session, open_folder
from judgekit.running.shard_index import SessionIndex
from judgekit.running.summary import Summary
from tests.servers.openai_server import Fault, OpenAIServer

DATA = Path(__file__).parents[2] / "judgekit" / "cli" / "demo_data"
POLITE = Rubric.from_text("The answer stays polite.", name="polite")
BRIEF = Rubric.from_text("The answer is brief.", name="brief")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")


def judge_at(server: OpenAIServer, **options: Any) -> Judge:
    return Judge("openai/test", base_url=server.base_url, **options)


def source(folder: Path, n: int = 12, *, twins: bool = False) -> TranscriptFile:
    """Transcripts q00/M to q11/M; with twins, q03 on have the text of q00."""
    rows = [
        {
            "question_id": f"q{i:02d}",
            "label": "M",
            "prompt": "Hello?",
            "response": f"Good day, number {0 if twins and i > 2 else i}.",
        }
        for i in range(n)
    ]
    path = folder / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_transcripts(path)


class Session:
    """A session on a folder, as the driver has it; `recipe` is what it sends out."""

    def __init__(
        self,
        folder: Path,
        judge: Judge,
        transcripts: TranscriptFile,
        *rubrics: Rubric,
        questions: Path | None = None,
        actors: int = 2,
        block: int = 4,
        concurrency: int = 4,
        limit: int | None = None,
        retry_failed: bool = False,
    ) -> None:
        asked = load_questions(questions) if questions is not None else None
        batch = make_batch(judge.plan, transcripts, asked, list(rubrics) or None, limit)
        self.folder, self.transcripts, self.limit, self.actors = open_folder(folder), transcripts, limit, actors
        self.name = new_session(self.folder, session_of(judge.settings, batch, transcripts))
        self.index = SessionIndex(self.folder, self.name)
        self.control = Control(self.folder, self.name)
        self.control.say("go")
        self.retry_failed = retry_failed
        made = recipe_of(judge.settings, batch, self.folder, self.name, actors=actors, concurrency=concurrency)
        self.recipe = replace(made, block=block)

    def blocks(self) -> Iterator[Block]:
        """What the reader reads, through JSON as on its way."""
        done = read_done(self.folder / RUN, retry_failed=self.retry_failed)
        for block in read_blocks(self.recipe, self.transcripts, self.limit, done):
            yield Block.model_validate_json(block.model_dump_json())

    async def reports(self) -> list[BlockReport]:
        """The actors' reports, after all blocks; they take turns, and judge all at once."""
        actors = [BlockJudge(self.recipe) for _ in range(self.actors)]
        work = [actors[i % len(actors)].judge(block) for i, block in enumerate(self.blocks())]
        try:
            return list(await asyncio.gather(*work))
        finally:
            for actor in actors:
                await actor.close()

    def run(self) -> tuple[Run, list[BlockReport]]:
        """The run after the session, and its reports."""
        reports = asyncio.run(self.reports())
        self.index.take(report.shard for report in reports if report.shard is not None)
        (end,) = [report.end for report in reports if report.end is not None]
        whole = not any(report.left_open or report.trouble for report in reports) and not end.stopped
        end_session(self.folder, self.name, Ended(outcome="complete" if whole else "interrupted", used=end.used))
        self.index.end()
        self.index.close()
        return open_run(self.folder), reports


def rows(run: Run) -> list[dict[str, Any]]:
    """The rows without what no two runs share: times, and what the server had in its cache."""
    shared = {"created": None, "latency_s": None}
    return [{**row, **shared, "usage": {**row["usage"], "cached_tokens": None}} for row in run.rows()]


def numbers(run: Run) -> Summary:
    return replace(run.summary(), cached_tokens=None)


def trouble(reports: list[BlockReport]) -> tuple[bool, str]:
    found = next(report.trouble for report in reports if report.trouble is not None)
    return found.users, found.text


# The same verdicts


@pytest.mark.parametrize("name", ["openai/test", "baseline"])
@pytest.mark.slow
def test_the_verdicts_are_those_of_one_process(name: str, server: OpenAIServer, tmp_path: Path) -> None:
    transcripts = load_transcripts(DATA / "transcripts.md")
    with Judge(name, base_url=server.base_url) as judge:
        one = judge.score_many(transcripts, questions=DATA / "questions.yaml", store=tmp_path / "one.db")
        calls = server.calls
        session = Session(tmp_path / "f", judge, transcripts, questions=DATA / "questions.yaml", block=16)
        many, reports = session.run()
        assert rows(many) == rows(one)
        assert numbers(many) == numbers(one)
        assert server.calls == 2 * calls
        assert len(reports) > 10
        # 201 texts and 12 twins in one process, and here too
        assert sum("reused" in row["flags"] for row in rows(many)) == 12
        again = Session(tmp_path / "f", judge, transcripts, questions=DATA / "questions.yaml").run()
        assert server.calls == 2 * calls
        assert rows(again[0]) == rows(one)
        kept = [sum(report.kept[i] for report in again[1]) for i in range(3)]
        assert kept == [one.summary().scored, one.summary().abstained, one.summary().failed]


def test_each_rubric_of_a_transcript_is_judged_and_ids_that_repeat_are_told_apart(
    server: OpenAIServer, tmp_path: Path
) -> None:
    text = json.dumps({"question_id": "q", "label": "M", "prompt": "Hi?", "response": "Hello."})
    other = json.dumps({"question_id": "q", "label": "M", "prompt": "Hi?", "response": "Bye."})
    (tmp_path / "a.jsonl").write_text(text + "\n")
    (tmp_path / "b.jsonl").write_text(other + "\n")
    transcripts = load_transcripts([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    with judge_at(server) as judge:
        run, reports = Session(tmp_path / "f", judge, transcripts, POLITE, BRIEF, block=1).run()
    found = [(verdict.transcript_id, verdict.rubric) for verdict in run.verdicts()]
    assert found == [("q/M", "polite"), ("q/M", "brief"), ("q/M#2", "polite"), ("q/M#2", "brief")]
    (end,) = [report.end for report in reports if report.end is not None]
    assert (end.used, end.blocks) == (("brief", "polite"), len(reports))
    assert "stands twice" in end.warnings[0]


def test_only_the_first_transcripts(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        run, _ = Session(tmp_path / "f", judge, source(tmp_path), POLITE, limit=3).run()
    assert (run.summary().verdicts, server.calls) == (3, 3)


def test_twins_are_paid_for_once_whichever_actor_they_would_go_to(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        run, _ = Session(tmp_path / "f", judge, source(tmp_path, twins=True), POLITE, block=1).run()
        assert (server.calls, run.summary().verdicts, run.summary().reused) == (3, 12, 9)
        again, _ = Session(tmp_path / "f", judge, source(tmp_path, twins=True), POLITE, block=1).run()
    assert (server.calls, again.summary().verdicts) == (3, 12)


def test_a_text_that_came_back_is_not_judged_again(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        for n, calls in ((1, 1), (2, 2), (1, 2)):
            line = {"question_id": "q", "label": "M", "prompt": "Hi?", "response": f"Hello {n}."}
            (tmp_path / "t.jsonl").write_text(json.dumps(line) + "\n")
            run, _ = Session(tmp_path / "f", judge, load_transcripts(tmp_path / "t.jsonl"), POLITE).run()
            assert server.calls == calls
    (only,) = run.verdicts()
    assert only.flags == ()


# Failures


def test_failures_that_a_later_try_may_cure_are_tried_again(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server, max_attempts=1) as judge:
        server.script([Fault("500"), Fault("refusal")])
        run, _ = Session(tmp_path / "f", judge, source(tmp_path), POLITE, concurrency=1, actors=1).run()
        assert run.summary().failures == {"http_error": 1, "refusal": 1}
        run, _ = Session(tmp_path / "f", judge, source(tmp_path), POLITE).run()
        assert (run.summary().failures, server.calls) == ({"refusal": 1}, 13)
        run, _ = Session(tmp_path / "f", judge, source(tmp_path), POLITE, retry_failed=True).run()
        assert (run.summary().failures, server.calls) == ({}, 14)


def test_a_refused_key_ends_the_session_with_one_line(tmp_path: Path) -> None:
    with OpenAIServer(require_key="another") as server, judge_at(server) as judge:
        run, reports = Session(tmp_path / "f", judge, source(tmp_path), POLITE).run()
        users, text = trouble(reports)
        assert users
        assert "refuses the API key" in text
        assert "0123456789" not in text
        assert sum(report.left_open for report in reports) == 12
        assert not run.summary().complete


def test_an_endpoint_that_is_down_ends_the_session(tmp_path: Path) -> None:
    with Judge("openai/test", base_url="http://127.0.0.1:9/v1", max_attempts=1) as judge:
        run, reports = Session(tmp_path / "f", judge, source(tmp_path, 60), POLITE, actors=1, concurrency=2).run()
    users, text = trouble(reports)
    assert not users
    # 2 at once and a margin of 8
    assert "gave no answer 10 times in a row" in text
    assert f"what was scored is in {tmp_path / 'f'}" in text
    assert 10 <= run.summary().failed <= 12


def test_a_bad_row_ends_the_session_after_the_rows_before_it(server: OpenAIServer, tmp_path: Path) -> None:
    transcripts = source(tmp_path, 5)
    with (tmp_path / "t.jsonl").open("a") as file:
        file.write("{\n")
    with judge_at(server) as judge:
        run, reports = Session(tmp_path / "f", judge, transcripts, POLITE).run()
    assert run.summary().verdicts == 5
    (end,) = [report.end for report in reports if report.end is not None]
    assert end.trouble is not None
    assert end.trouble.users
    assert "t.jsonl, line 6" in end.trouble.text


def test_a_bug_is_told_by_its_name(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        session = Session(tmp_path / "f", judge, source(tmp_path), POLITE)
        (block, *_) = session.blocks()
        session.recipe = replace(session.recipe, bases={})
        (last,) = session.blocks()
        report = asyncio.run(BlockJudge(session.recipe).judge(block))
    assert last.end is not None
    assert last.end.trouble is not None
    assert last.end.trouble.text == "KeyError: 'polite'"
    assert report.trouble == last.end.trouble
    session.index.close()


# Machines


def one_block(folder: Path, judge: Judge, tmp_path: Path) -> tuple[Session, Block]:
    session = Session(folder, judge, source(tmp_path), POLITE)
    return session, next(session.blocks())


def judged(session: Session, block: Block) -> BlockReport:
    """The report of an actor on a machine of its own."""

    async def actor() -> BlockReport:
        one = BlockJudge(session.recipe)
        try:
            return await one.judge(block)
        finally:
            await one.close()

    try:
        return asyncio.run(actor())
    finally:
        session.index.close()


def test_the_key_does_not_travel(server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
    assert b"sk-test" not in pickle.dumps(session.recipe)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-that-machine")
    assert judged(session, block).trouble is None
    assert server.requests[0].headers["authorization"] == "Bearer sk-of-that-machine"
    for path in (tmp_path / "f").iterdir():
        assert b"sk-" not in path.read_bytes()


def test_a_machine_without_the_key_says_so(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY")
    users, text = trouble([judged(session, block)])
    assert users
    assert "there is no API key on the machine" in text
    assert "OPENAI_API_KEY" in text


def test_a_machine_that_does_not_share_the_folder_says_so(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
    session.control.remove()
    users, text = trouble([judged(session, block)])
    assert users
    assert "choose a folder on storage that all of them share" in text


def test_a_machine_that_would_judge_otherwise_says_so(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
    session.recipe = replace(session.recipe, bases={"polite": "0" * 32})
    users, text = trouble([judged(session, block)])
    assert users
    assert "would judge 'polite' otherwise" in text
    assert server.calls == 0


def test_the_rates_are_divided_among_the_actors(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server, rpm=90, tpm=3000) as judge:
        recipe = Session(tmp_path / "f", judge, source(tmp_path), POLITE, actors=3).recipe
        assert (recipe.share().rpm, recipe.share().tpm) == (30, 1000)
        assert (recipe.settings.rpm, recipe.settings.tpm) == (90, 3000)
    with judge_at(server) as judge:
        recipe = Session(tmp_path / "g", judge, source(tmp_path), POLITE, actors=3).recipe
        assert (recipe.share().rpm, recipe.share().tpm) == (None, None)


def test_a_block_that_is_tried_again_after_its_shard_was_written_is_not_judged_again(
    server: OpenAIServer, tmp_path: Path
) -> None:
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
        first = judged(session, block)
        assert (server.calls, first.shard) == (4, f"{session.name}-000000.parquet")
        assert judged(session, block) == first
        assert server.calls == 4


def test_a_batch_of_blocks_comes_back_as_a_batch_of_reports(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        session = Session(tmp_path / "f", judge, source(tmp_path), POLITE)
        blocks = [block.model_dump_json().encode() for block in session.blocks()]

    async def on_ray() -> dict[str, Any]:
        actor = BlockJudge(session.recipe)
        try:
            return await actor({"block": np.array(blocks, dtype=object)})
        finally:
            await actor.close()

    reports = [BlockReport.model_validate_json(report) for report in asyncio.run(on_ray())["report"]]
    session.index.close()
    assert [report.number for report in reports] == list(range(len(blocks)))
    assert server.calls == 12


def test_names_of_files_are_relative_to_where_the_command_was_given(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with judge_at(server) as judge:
        session, block = one_block(tmp_path / "f", judge, tmp_path)
        monkeypatch.chdir("/")
        assert judged(session, block).trouble is None
    assert Path.cwd() == tmp_path


# The end of a session


def test_an_earlier_word_ends_it_before_any_call(server: OpenAIServer, tmp_path: Path) -> None:
    with judge_at(server) as judge:
        session = Session(tmp_path / "f", judge, source(tmp_path), POLITE)
        session.control.say("drain")
        run, reports = session.run()
    (end,) = [report.end for report in reports if report.end is not None]
    assert (server.calls, end.stopped, run.summary().verdicts) == (0, True, 0)


@pytest.mark.parametrize(("word", "verdicts"), [("drain", 2), ("now", 0)])
def test_calls_in_flight_are_finished_or_given_up(word: Word, verdicts: int, tmp_path: Path) -> None:
    """Two calls are in flight when the word comes, of four in the block."""
    with OpenAIServer(latency_ms=1500) as server, judge_at(server) as judge:
        session = Session(tmp_path / "f", judge, source(tmp_path), POLITE, actors=1, concurrency=2)
        block = next(session.blocks())

        async def stopped() -> BlockReport:
            actor = BlockJudge(session.recipe)
            judging = asyncio.create_task(actor.judge(block))
            while server.calls < 2:
                await asyncio.sleep(0.02)
            session.control.say(word)
            report = await judging
            await actor.close()
            return report

        report = asyncio.run(stopped())
        assert (server.calls, report.left_open) == (2, 4 - verdicts)
        found = session.index.take([report.shard] if report.shard is not None else [])
        session.index.close()
    assert len(found) == verdicts


def test_an_actor_near_a_driver_that_was_killed_gives_up(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "f")
    near, far = Control(folder, "s", near=True), Control(folder, "s")
    far.say("go")
    with alone(folder):
        assert not near.draining
        time.sleep(0.25)
        assert not near.cancelling
    time.sleep(0.25)
    assert near.cancelling
    assert not Control(folder, "s").draining
    far.remove()
    far.remove()
    assert Control(folder, "s").cancelling


def test_a_word_is_never_taken_back_and_half_a_word_is_none(tmp_path: Path) -> None:
    control = Control(tmp_path, "s")
    control.say("drain")
    control.say("go")
    assert Control(tmp_path, "s").draining
    (tmp_path / "s.control").write_text("")
    assert not Control(tmp_path, "s").draining
    (tmp_path / "s.control").write_bytes(b"\xff")
    assert not Control(tmp_path, "s").draining


@pytest.mark.slow
def test_a_long_way_through_verdicts_that_are_there_is_reported_on(tmp_path: Path) -> None:
    """5,000 transcripts that are done: 4,096 make a report, and the rest comes with the end."""
    with Judge("baseline") as judge:
        transcripts = source(tmp_path, 5000)
        Session(tmp_path / "f", judge, transcripts, POLITE, block=2500).run()
        blocks = list(Session(tmp_path / "f", judge, transcripts, POLITE).blocks())
    assert [sum(block.kept) for block in blocks] == [4096, 904]
    assert not any(block.work or block.twins for block in blocks)
