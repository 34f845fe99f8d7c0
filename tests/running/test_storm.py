"""Everything goes wrong at once: each transcript still ends with one verdict or one recorded failure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from judgekit.transcript import Transcript
from judgekit.verdict import RETRYABLE
from tests.servers.faults import FaultKind
from tests.servers.openai_server import OpenAIServer

STORM: dict[FaultKind, float] = {
    "429": 0.10,
    "500": 0.05,
    "reset": 0.02,
    "hang": 0.02,
    "malformed": 0.03,
    "truncated": 0.01,
}


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000])
def test_none_is_lost_and_none_is_doubled(n: int, tmp_path: Path) -> None:
    rubric = Rubric.from_text("The answer is kind.")
    transcripts = [Transcript.from_text(f"What is {i}?", f"It is {i}, my friend.", label="m") for i in range(n)]
    server = OpenAIServer(faults=STORM, latency_ms=5, hang_s=5.0, record=0)
    with server, Judge("openai/m", base_url=server.base_url, api_key="k", timeout_s=2.5, concurrency=64) as judge:
        run = judge.score_many(transcripts, rubric, store=tmp_path / "run.db")
        calls, repeated = server.calls, server.counts.repeated
        verdicts = list(run.verdicts())
        assert Counter(verdict.transcript_id for verdict in verdicts) == {one.id: 1 for one in transcripts}
        failed = [verdict for verdict in verdicts if verdict.status == "failed"]
        assert all(verdict.failure is not None and verdict.failure.attempts for verdict in failed)
        assert all((verdict.score is None) == (verdict.status != "scored") for verdict in verdicts)
        # 19 % of calls fail in a way that another may cure: 0.19³ = 0.7 % of three in a row; 1 % are cut off for good;
        # 3 % are malformed, and asked again. So about 2 % fail; 6 % is 3 standard errors above that for 100.
        assert len(failed) <= 0.06 * n
        # Every call but the first of each transcript was a retry or a re-ask, and all are counted.
        assert calls == sum(verdict.calls for verdict in verdicts)
        assert repeated <= calls - n

        again = judge.score_many(transcripts, rubric, store=tmp_path / "run.db")
        cured = [one for one in failed if one.failure is not None and one.failure.kind in RETRYABLE]
        assert server.calls - calls <= 6 * len(cured)  # 3 attempts, and 3 for a re-ask
        assert len(list(again.verdicts())) == n
