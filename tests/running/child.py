"""A session in a process of its own, to be killed: `python -m tests.running.child RUN LOG JOBS CONCURRENCY DELAY_S`.

Each call writes `asked ID` to the log when it starts, and each verdict `told ID` when it is reported.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sys

from judgekit.errors import JudgekitError
from judgekit.running.engine import score_all
from judgekit.running.store import Store
from judgekit.verdict import Verdict
from tests.running.stub import Job, jobs, verdict


def main(run: str, log: str, n: str, concurrency: str, delay_s: str, file_bytes: str = "") -> None:
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), int(file_bytes)))
    # One write per line, unbuffered and appended: a kill cannot tear it or lose it.
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def judge(one: Job) -> Verdict:
        os.write(out, f"asked {one.transcript.id}\n".encode())
        await asyncio.sleep(random.random() * 2 * float(delay_s))
        return verdict(one, score=score_of(one))

    def told(v: Verdict) -> None:
        os.write(out, f"told {v.transcript_id}\n".encode())

    with Store(run) as store:
        store.begin(judge="openai/test", parameters={})
        counts = asyncio.run(score_all(jobs(int(n)), judge, store, concurrency=int(concurrency), on_verdict=told))
    print(counts.done, counts.kept)


def score_of(one: Job) -> float:
    """A score that only depends on the job, so that runs can be compared."""
    return int(one.fingerprint[:4], 16) / 0xFFFF


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except JudgekitError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(3)
