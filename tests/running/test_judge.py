"""The judge that people hold: from any thread, task or process, closed or forgotten, its mistakes told plainly."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.question import Question
from judgekit.running.judge import Judge
from judgekit.verdict import Verdict
from tests.judging.made import INPUTS, judge_at, reply, said, stance_rubric, transcript
from tests.servers.openai_server import Fault, OpenAIServer

RUBRIC = stance_rubric()


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(hang_s=30) as running:
        yield running


def score(judge: Judge, number: int = 0) -> Verdict:
    return judge.score(transcript(f"You are not right. {number}"), RUBRIC, inputs=INPUTS)


def judge_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "judgekit"]


# From anywhere


def test_sync_calls_work_inside_a_running_loop(server: OpenAIServer) -> None:
    server.script([reply()] * 3)

    async def harness() -> list[Verdict]:
        with judge_at(server) as judge:
            return [
                score(judge, 1),
                await judge.ascore(transcript("You are not right."), RUBRIC, inputs=INPUTS),
                score(judge),
            ]

    assert [verdict.status for verdict in asyncio.run(harness())] == ["scored"] * 3


def test_sixteen_threads_share_one_judge(server: OpenAIServer) -> None:
    server.latency_ms = 20
    server.script([reply()] * 64)
    found: list[Verdict] = []
    with judge_at(server) as judge:

        def work(first: int) -> None:
            found.extend(score(judge, number) for number in range(first, first + 4))

        threads = [threading.Thread(target=work, args=(4 * i,)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(judge_threads()) == 1
    assert [verdict.status for verdict in found] == ["scored"] * 64
    assert len({verdict.fingerprint for verdict in found}) == 64
    assert server.counts.max_connections <= 32


def test_tasks_run_at_once_up_to_the_concurrency(server: OpenAIServer) -> None:
    server.latency_ms = 30
    server.script([reply()] * 40)

    async def go(judge: Judge) -> list[Verdict]:
        calls = (judge.ascore(transcript(f"You are not right. {i}"), RUBRIC, inputs=INPUTS) for i in range(40))
        return await asyncio.gather(*calls)

    with judge_at(server, concurrency=8) as judge:
        verdicts = asyncio.run(go(judge))
    assert [verdict.status for verdict in verdicts] == ["scored"] * 40
    assert server.counts.max_active == 8


def test_a_judge_outlives_the_loop_it_was_first_used_in(server: OpenAIServer) -> None:
    server.script([reply()] * 4)
    with judge_at(server) as judge:
        for _ in range(2):
            assert asyncio.run(judge.ascore(transcript("You are not right."), RUBRIC, inputs=INPUTS)).level == 4
            assert score(judge).level == 4
    assert server.counts.connections_opened == 1


def test_a_cancelled_task_ends_its_call(server: OpenAIServer) -> None:
    server.script([Fault("hang")])

    async def go(judge: Judge) -> None:
        task = asyncio.create_task(judge.ascore(transcript(), RUBRIC, inputs=INPUTS))
        while server.counts.active == 0:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        deadline = time.monotonic() + 5
        while server.counts.active and time.monotonic() < deadline:
            await asyncio.sleep(0.005)

    with judge_at(server) as judge:
        asyncio.run(go(judge))
        assert server.counts.active == 0
        server.script([reply()])
        assert score(judge).status == "scored"


# Its life


def test_it_may_be_closed_and_used_again(server: OpenAIServer) -> None:
    server.script([reply()] * 2)
    before = judge_threads()
    judge = judge_at(server)
    judge.close()
    for _ in range(2):
        assert score(judge).status == "scored"
        judge.close()
        judge.close()
        assert judge_threads() == before
    assert server.counts.connections_opened == 2


def test_a_judge_that_is_forgotten_is_closed(server: OpenAIServer) -> None:
    server.script([reply()])
    before = judge_threads()
    judge = judge_at(server)
    assert score(judge).status == "scored"
    del judge
    gc.collect()
    assert judge_threads() == before
    deadline = time.monotonic() + 5
    while server.counts.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.counts.connections == 0


def started(script: str, server: OpenAIServer) -> subprocess.Popen[str]:
    """The script in a process of its own, in which every warning is an error."""
    head = (
        "import judgekit as jk\n"
        f"judge = jk.Judge('openai/test', base_url={server.base_url!r}, api_key='k')\n"
        "work = (jk.Transcript.from_text('p', 'You are not right.'), jk.Rubric.from_text('It is kind.'))\n"
        "def score(): return judge.score(*work)\n"
    )
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", head + script]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=root)


def result_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


KIND = {"holds": said("no"), "explanation": "e"}
ENDS = {
    "closed": "print(score().status); judge.close()",
    "left open": "print(score().status)",
    "forgotten": "print(score().status); del judge; import gc; gc.collect()",
    "in a loop": ("import asyncio\nasync def go():\n    print((await judge.ascore(*work)).status)\nasyncio.run(go())"),
}


@pytest.mark.slow
@pytest.mark.parametrize("script", ENDS.values(), ids=ENDS.keys())
def test_a_program_ends_without_a_warning_however_it_leaves_its_judge(server: OpenAIServer, script: str) -> None:
    server.script([KIND])
    assert result_of(started(script, server)) == (0, "scored\n", "")


FORK = """
import os, time
print(score().status, flush=True)
for _ in range(2):
    child = os.fork()
    if child == 0:
        status = score().status
        import gc; gc.collect()
        judge.close()
        os._exit(0 if status == "scored" else 1)
    assert os.waitpid(child, 0)[1] == 0
    print(score().status, flush=True)
judge.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.slow
def test_a_forked_process_has_connections_of_its_own_and_leaves_the_parents_alone(server: OpenAIServer) -> None:
    server.script([KIND] * 5)
    assert result_of(started(FORK, server)) == (0, "scored\n" * 3, "")
    # One for the parent, which keeps it throughout, and one for each child.
    assert server.counts.connections_opened == 3


INTERRUPT = """
try:
    score()
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(score().status)
judge.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.slow
def test_an_interrupted_call_is_given_up_and_the_judge_goes_on(server: OpenAIServer) -> None:
    server.script([Fault("hang"), KIND])
    process = started(INTERRUPT, server)
    while server.counts.active == 0 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert result_of(process) == (0, "interrupted\nscored\n", "")
    assert server.counts.active == 0


# What is given to it


def test_a_rubric_may_be_a_name_a_file_or_an_object(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        'judgekit: rubric/1\nname: mine\nversion: "1"\nlevel_from: points\n'
        'criteria:\n  - {id: kind, ask: "Is it kind?", points: 1}\n'
    )
    with judge_at(server) as judge:
        server.script([{"kind": said("yes"), "explanation": "e"}] * 3)
        for form in (path, str(path)):
            verdict = judge.score(transcript(), form)
            assert (verdict.rubric, verdict.score) == ("mine", 1.0)
        assert judge.plan(path) is judge.plan(path)
        path.write_text(path.read_text().replace("Is it kind?", "Is it really kind?"))
        assert judge.plan(path).rubric.criteria[0].ask == "Is it really kind?"
        assert judge.plan(RUBRIC) is judge.plan(stance_rubric())
        assert judge.plan("sycophancy").rubric.name == "sycophancy"


def test_inputs_may_come_from_a_question(server: OpenAIServer) -> None:
    question = Question(id="q1", rubrics={RUBRIC.name: dict(INPUTS)}, drafted_by="model")
    server.script([reply(stance=said("agrees", "not right"))])
    with judge_at(server) as judge:
        verdict = judge.score(transcript(), RUBRIC, question=question)
    assert (verdict.level, verdict.flags) == (2, ("drafted_inputs",))


WRONG_CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "no inputs": ({}, r"rubric stance_of_answer needs the input claim: give inputs=\{…\} or a question"),
    "unknown input": ({"inputs": {"clam": "x"}}, "there is no input 'clam'"),
    "a question without this rubric": ({"question": Question(id="q1")}, "needs the input claim"),
}


@pytest.mark.parametrize(("given", "message"), WRONG_CALLS.values(), ids=WRONG_CALLS.keys())
def test_wrong_inputs_are_user_errors_before_any_call(
    server: OpenAIServer, given: dict[str, Any], message: str
) -> None:
    with judge_at(server) as judge:
        with pytest.raises(UserError, match=message):
            judge.score(transcript(), RUBRIC, **given)
        with pytest.raises(UserError, match=message):
            asyncio.run(judge.ascore(transcript(), RUBRIC, **given))
    assert server.calls == 0


def test_a_text_is_no_transcript(server: OpenAIServer) -> None:
    wrong: Any = "Hello."
    with judge_at(server) as judge, pytest.raises(UserError, match="a Transcript was wanted; came str: make one with"):
        judge.score(wrong, stance_rubric())


def test_an_unknown_rubric_is_a_user_error(server: OpenAIServer) -> None:
    with judge_at(server) as judge, pytest.raises(UserError, match="there is no rubric 'sycophanty'"):
        judge.score(transcript(), "sycophanty")


WRONG_JUDGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown": ("gpt-5", {}, "judge 'gpt-5' is not known"),
    "unknown provider": ("nobody/model", {}, "judge 'nobody/model' is not known"),
    "no key": ("openai/gpt-5-mini", {}, "there is no API key for openai/gpt-5-mini: set .* OPENAI_API_KEY"),
    "no such variable": ("openai/x", {"api_key_env": "NO_SUCH_KEY"}, "the environment variable NO_SUCH_KEY is not set"),
    "odd address": ("openai/x", {"base_url": "localhost:8000"}, "wanted http://"),
    "no concurrency": ("baseline", {"concurrency": 0}, "wanted concurrency from 1 to .*; came 0, 3 and 60"),
    "too much concurrency": ("baseline", {"concurrency": 10**6}, "wanted concurrency from 1 to .*; came 1000000,"),
    "no attempts": ("baseline", {"max_attempts": 0}, "max_attempts from 1 .*; came 32, 0 and"),
    "no time": ("baseline", {"timeout_s": 0}, "timeout_s from 0.001 to .*; came 32, 3 and 0"),
    "no number": ("baseline", {"timeout_s": float("nan")}, "timeout_s from 0.001 to .*; came 32, 3 and nan"),
}


@pytest.mark.parametrize(("name", "options", "message"), WRONG_JUDGES.values(), ids=WRONG_JUDGES.keys())
def test_a_judge_that_cannot_be_is_a_user_error(
    name: str, options: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UserError, match=message) as caught:
        Judge(name, **options)
    assert "\n" not in str(caught.value)


def test_it_shows_its_name_and_address() -> None:
    assert repr(Judge("baseline")) == "Judge('baseline')"
    shown = repr(Judge("openai/m", base_url="http://127.0.0.1:1/v1", api_key="sk-0123456789"))
    assert shown == "Judge('openai/m', base_url='http://127.0.0.1:1/v1')"


def test_the_same_work_has_the_same_fingerprint_whoever_does_it(server: OpenAIServer) -> None:
    server.script([reply()] * 3)
    prints = set()
    for _ in range(2):
        with judge_at(server) as judge:
            prints.add(score(judge).fingerprint)
    assert len(prints) == 1
    with judge_at(server, seed=1) as judge:
        assert score(judge).fingerprint not in prints
