"""One pass over the jobs: what has come back is read as a live answer is, and what has not is put into a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from judgekit.errors import CallError
from judgekit.judging.client.replay import Replay
from judgekit.judging.engines import DeferredError
from judgekit.judging.job import Job
from judgekit.judging.judge import judge_job
from judgekit.judging.trouble import Carried, RefusedError, Trouble
from judgekit.running.openai_batch.ledger import Ledger, Sent
from judgekit.running.openai_batch.outbox import Outbox
from judgekit.running.openai_batch.purse import Purse
from judgekit.verdict import Failure, Verdict


@dataclass(slots=True)
class Round:
    """What one pass has to do with; `judge` is what the engine calls for each job."""

    replay: Replay
    ledger: Ledger
    outbox: Outbox
    purse: Purse
    max_bytes: int
    asks: bool = True
    """Whether requests that were never sent go out; if not, their jobs stay open."""
    waits: bool = False
    """Whether a job needs what has not come back yet."""
    needed: set[int] = field(default_factory=set)
    """The batches under way that jobs wait for."""

    async def judge(self, job: Job) -> Verdict:
        """The verdict on a job, where everything that it takes has come back.

        Raises:
            DeferredError: something has to come back first.
        """
        verdict = await judge_job(job, self.replay.client(_JobWire(self, job.fingerprint)))
        return verdict.model_copy(update={"latency_s": None})


class _JobWire:
    """Carries the requests of one job: to what came back for them, in the order in which it came, else into a file."""

    def __init__(self, round_: Round, fingerprint: str) -> None:
        self._round, self._fingerprint = round_, fingerprint
        self._read: Counter[bytes] = Counter()
        self.where = round_.ledger.endpoint

    async def post(self, body: Mapping[str, Any]) -> Carried:
        content = orjson.dumps(body)
        key = sha256(content).digest()[:16]
        asked = self._round.ledger.asked(key)
        turn = self._read[key]
        if asked is not None and turn < len(asked.outcomes):
            self._read[key] += 1
            return asked.outcomes[turn].carried()
        self._round.waits = True
        if asked is not None and asked.batch is not None:
            self._round.needed.add(asked.batch)
        else:
            self._send(key, content)
        raise DeferredError("its request is in a batch")

    def _send(self, key: bytes, content: bytes) -> None:
        round_ = self._round
        if not round_.asks or key in round_.outbox:
            return
        line = round_.outbox.line(key, content)
        if len(line) > round_.max_bytes:
            what = f"the request has {len(content):,} bytes, more than a batch file takes"
            raise RefusedError(Trouble(413, "", "", what))
        price = round_.purse.estimate(content)
        if not round_.purse.take(price):
            raise CallError(Failure(kind="budget", detail=round_.purse.not_sent(price)))
        round_.outbox.put(line, Sent(key, self._fingerprint, price))

    async def close(self) -> None:
        return
