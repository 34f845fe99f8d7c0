"""Byte-identical responses under one question get one verdict, whoever gave them."""

from __future__ import annotations

from collections import defaultdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from judgekit import Judge, Rubric, Transcript, Verdict
from judgekit.io import load_transcripts
from tests.rubrics.shelf import DEMO
from tests.servers.openai_server import OpenAIServer

RUBRIC = Rubric.model_validate(
    {
        "name": "plain",
        "version": "1",
        "criteria": [{"id": "plain", "ask": "Is it plain?", "evidence": "none"}],
        "levels": {3: "plain", 2: "half", 1: "not at all"},
    }
)


def groups() -> list[list[Transcript]]:
    """The demo set's responses that are the same, letter for letter, under the same question."""
    found: dict[tuple[str, str], list[Transcript]] = defaultdict(list)
    for one in load_transcripts(DEMO / "transcripts.md"):
        found[one.question_id, one.response].append(one)
    return [same for same in found.values() if len(same) > 1]


def moody() -> list[dict[str, Any]]:
    """A judge that says something else every time."""
    one: list[dict[str, Any]] = [
        {"evidence": [], "reason": "r", "answer": answer} for answer in ("yes", "no", "cannot_tell")
    ]
    replies = ({"plain": said, "explanation": "e", "level": level} for said, level in zip(cycle(one), cycle("321")))
    return list(islice(replies, 100))


def essence(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.status, verdict.level, verdict.score, verdict.criteria, verdict.fingerprint


def test_there_are_three_groups() -> None:
    # One answer was given by all three models, two by two of them.
    assert sorted(len(same) for same in groups()) == [2, 2, 3]


@pytest.mark.parametrize("concurrency", [1, 16])
def test_identical_responses_get_the_same_verdict_from_a_judge_that_never_says_the_same(
    tmp_path: Path, concurrency: int
) -> None:
    wanted = [one for same in groups() for one in same]
    with (
        OpenAIServer(script=moody(), latency_ms=20) as server,
        Judge("openai/test", base_url=server.base_url, api_key="k", concurrency=concurrency) as judge,
    ):
        run = judge.score_many(wanted, rubrics=[RUBRIC], store=tmp_path / "run.db", concurrency=concurrency)
        assert server.calls == 3
    verdicts = {verdict.transcript_id: verdict for verdict in run.verdicts()}
    for first, *others in groups():
        for other in others:
            assert essence(verdicts[first.id]) == essence(verdicts[other.id])
            assert first.label != other.label
