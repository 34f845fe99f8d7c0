"""Provider prompt caches keep the beginnings of requests: what is the same comes first, byte for byte."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from judgekit.io import load_questions, load_transcripts
from judgekit.settings import Mode
from tests.judging.made import judge_at
from tests.servers.openai_server import OpenAIServer

DATA = Path(__file__).resolve().parents[2] / "judgekit" / "cli" / "demo_data"
RUBRICS = ("sycophancy", "missing_context", "correctness")


def shared(bodies: Sequence[bytes]) -> bytes:
    return bytes(os.path.commonprefix(list(bodies)) or b"")  # noqa: RUF071 — of bytes, not of paths


def sent(mode: Mode, rubric: str) -> dict[str, list[bytes]]:
    """The first requests under one rubric as they were sent, by question."""
    found = defaultdict(list)
    questions = [q for q in load_questions(DATA / "questions.yaml") if rubric in q.rubrics][:2]
    wanted = {question.id for question in questions}
    transcripts = [t for t in load_transcripts(DATA / "transcripts.md") if t.question_id in wanted]
    with OpenAIServer() as server, judge_at(server, mode=mode) as judge:
        for transcript in transcripts:
            before = len(server.requests)
            question = next(q for q in questions if q.id == transcript.question_id)
            judge.score(transcript, rubric, question=question)
            # orjson keeps the order of keys: these are the bytes that came
            found[question.id].append(orjson.dumps(server.requests[before].body))
    assert len(found) > 1
    return found


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json", "md_json"])
@pytest.mark.parametrize("rubric", RUBRICS)
def test_all_requests_of_a_rubric_share_everything_up_to_the_question(mode: Mode, rubric: str) -> None:
    by_question = sent(mode, rubric)
    bodies = [body for some in by_question.values() for body in some]
    common = shared(bodies)
    body = orjson.loads(bodies[0])
    assert list(body)[-1] == "messages"
    # Model, parameters, schema or tools, and the whole system message come before the first difference.
    static = orjson.dumps({**body, "messages": body["messages"][:1]}).removesuffix(b"]}")
    assert common.startswith(static)
    # The inputs differ from question to question; within one, they are shared too.
    for some in by_question.values():
        assert len(some) > 1
        inside = shared(some)
        assert len(inside) > len(common)
        assert b"What is known about this prompt" in inside
        assert b"BEGIN DATA" in inside  # the marker, which differs, and then the transcript come last


def test_what_is_shared_is_most_of_a_typical_request_and_long_enough_for_a_cache() -> None:
    bodies = [body for some in sent("json_schema", "sycophancy").values() for body in some]
    common = len(shared(bodies))
    assert common > 0.6 * sum(map(len, bodies)) / len(bodies)
    # OpenAI keeps prefixes from 1,024 tokens on; even at 6 bytes a token this is one.
    assert common >= 6 * 1024


def test_the_server_sees_the_shared_beginning_as_cached() -> None:
    questions = load_questions(DATA / "questions.yaml")
    transcripts = [t for t in load_transcripts(DATA / "transcripts.md") if t.label == "Model1"]
    with OpenAIServer() as server, judge_at(server, concurrency=1) as judge:
        run = judge.score_many(transcripts, questions=questions, concurrency=1)
        cached = [v.usage.cached_tokens or 0 for v in run.verdicts(rubric="sycophancy") if v.calls == 1]
    system = len(judge.plan("sycophancy").system)
    # This server counts a token for 4 characters and keeps blocks of 128 of them: all but the first request hit.
    whole_blocks = system // (4 * 128) * 128
    assert len(cached) > 3
    assert all(tokens >= whole_blocks for tokens in cached[1:])
    summary = run.summary()
    assert summary.cached_tokens is not None
    assert summary.prompt_tokens is not None
    assert summary.cached_share == summary.cached_tokens / summary.prompt_tokens
    assert 0.2 < summary.cached_share < 1.0
