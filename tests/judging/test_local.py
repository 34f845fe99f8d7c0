"""A GGUF file as the judge: a real engine in this process. Its model is random, so no test reads what it says."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from judgekit.errors import JudgeError, UserError
from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from tests.judging.made import INPUTS, RESPONSE, stance_rubric, transcript
from tests.servers.tiny_gguf import write_tiny_gguf

pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")


@pytest.fixture(scope="module", autouse=True)
def one_core() -> Iterator[None]:
    """The engine takes as many threads as there are cores, and on busy ones they wait for each other."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def judge(model: Path) -> Iterator[Judge]:
    with Judge(f"local/{model}") as running:
        yield running


def test_verdicts_are_typed_and_counted(judge: Judge) -> None:
    verdict = judge.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert verdict.status in ("scored", "abstained")
    assert verdict.failure is None
    assert [*verdict.criteria] == ["stance", "praise", "tone"]
    for criterion in stance_rubric().criteria:
        assert verdict.criteria[criterion.id].answer in (*criterion.answers, "cannot_tell")
    for result in verdict.criteria.values():
        for evidence in result.evidence:
            assert RESPONSE[evidence.start : evidence.end] == evidence.quote
    # Tokens are counted, and cost nothing.
    assert verdict.usage.prompt_tokens is not None
    assert verdict.usage.completion_tokens is not None
    assert verdict.usage.prompt_tokens > 500
    assert verdict.usage.completion_tokens > 20
    assert verdict.cost_usd == 0.0


def test_the_seed_and_no_temperature_give_the_same_answer_again(model: Path) -> None:
    def answers() -> list[str]:
        with Judge(f"local/{model}", seed=3) as fresh:
            return [fresh.score(transcript(), Rubric.from_text("It is kind.")).criteria["holds"].reason]

    assert answers() == answers()


class Shape(BaseModel):
    """Two closed questions."""

    kind: bool | None
    length: Literal["short", "long"] | None


def test_a_model_of_ones_own_is_enforced(judge: Judge) -> None:
    got = judge.score_as(transcript(), Shape)
    assert got.verdict.failure is None
    assert isinstance(got.answers, Shape)


@pytest.mark.slow
def test_many_at_once_take_their_turns(judge: Judge) -> None:
    verdicts: list[str] = []

    def one(number: int) -> None:
        verdicts.append(judge.score(transcript(f"Answer {number}."), Rubric.from_text("It is kind.")).status)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 6
    assert set(verdicts) <= {"scored", "abstained"}


def test_a_transcript_that_is_too_long_is_a_failure_of_its_own(judge: Judge) -> None:
    verdict = judge.score(transcript("word " * 8000), Rubric.from_text("It is kind."))
    assert verdict.failure is not None
    assert (verdict.status, verdict.failure.kind, len(verdict.failure.attempts)) == ("failed", "too_long", 1)
    assert "take a judge with a larger one" in verdict.failure.detail


def test_a_reply_that_is_cut_off_is_a_failure_of_its_own(model: Path) -> None:
    with Judge(f"local/{model}", max_tokens=5) as brief:
        verdict = brief.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert verdict.failure is not None
    assert verdict.failure.kind == "truncated"


def test_it_stops_without_a_trace_and_starts_again(model: Path) -> None:
    before = set(threading.enumerate())
    judge = Judge(f"local/{model}")
    for _ in range(2):
        assert judge.score(transcript(), Rubric.from_text("It is kind.")).failure is None
        assert set(threading.enumerate()) != before
        judge.close()
        assert set(threading.enumerate()) == before


def test_a_file_that_is_not_there_is_a_user_error(tmp_path: Path) -> None:
    with Judge(f"local/{tmp_path}/none.gguf") as judge, pytest.raises(UserError, match="there is no such file"):
        judge.score(transcript(), Rubric.from_text("It is kind."))


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model " * 200], ids=["empty", "only a head", "text"])
def test_a_file_that_is_no_model_is_a_user_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with Judge(f"local/{path}") as judge:
        for _ in range(2):
            with pytest.raises(UserError, match=r"llama\.cpp cannot load broken\.gguf: .*wanted a GGUF model file"):
                judge.score(transcript(), Rubric.from_text("It is kind."))


def test_without_the_engine_the_cure_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # as where the extra is not installed
    with Judge(f"local/{model}") as judge, pytest.raises(UserError, match=r"pip install 'llm-judgekit\[local\]'"):
        judge.score(transcript(), Rubric.from_text("It is kind."))


def test_an_answer_that_takes_too_long_is_a_failure_of_its_own(model: Path) -> None:
    with Judge(f"local/{model}", timeout_s=0.001, max_attempts=1) as hurried:
        verdict = hurried.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert verdict.failure is not None
    assert (verdict.failure.kind, verdict.failure.detail) == ("timeout", "no answer within 0.001 s")


def test_it_may_be_closed_while_it_answers(model: Path) -> None:
    before = set(threading.enumerate())
    judge = Judge(f"local/{model}", max_tokens=300)
    ended: list[str] = []

    def work() -> None:
        try:
            judge.score(transcript(), stance_rubric(), inputs=INPUTS)
        except JudgeError as error:
            ended.append(str(error))
        else:
            ended.append("answered")

    thread = threading.Thread(target=work)
    thread.start()
    while not any(one.name.startswith("judgekit-local") for one in {*threading.enumerate()} - before):
        time.sleep(0.001)
    judge.close()
    thread.join()
    assert ended == ["the judge was closed before its answer came"]
    assert set(threading.enumerate()) == before


def test_the_time_of_an_attempt_begins_when_the_engine_is_free(model: Path) -> None:
    # The first attempt loads the model, and the second waits until the engine has ended what the first asked for.
    with Judge(f"local/{model}", timeout_s=0.001, max_attempts=2, max_tokens=100) as hurried:
        verdict = hurried.score(transcript(), stance_rubric(), inputs=INPUTS)
    assert verdict.failure is not None
    assert [attempt.kind for attempt in verdict.failure.attempts] == ["timeout", "timeout"]
