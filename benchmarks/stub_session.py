"""One process of memory.py and resume.py: a session with a stub judge, or what reads a run; figures as JSON lines.

    python benchmarks/stub_session.py score SOURCE RUN [file|list|generator] [KILL_AFTER]
    python benchmarks/stub_session.py summary|mean|report|jsonl|csv|parquet RUN

The stub answers at once, so that all that is measured is what judgekit does around a call.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from judgekit.io import load_transcripts
from judgekit.judging.job import Job, make_plan
from judgekit.rubric import Rubric
from judgekit.running.batch import Batch
from judgekit.running.engine import score_all
from judgekit.running.progress import Progress
from judgekit.running.run import open_run
from judgekit.running.store import Store
from judgekit.settings import settings_for
from judgekit.transcript import Transcript
from judgekit.verdict import CriterionResult, Evidence, Usage, Verdict

IMPORTED = process_time()
AT_ONCE = 128
EVERY = 100_000


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def resident_mb() -> float:
    """What the process holds now; its peak where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return peak_mb()


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


class Stub:
    """Answers with the same verdict, in the name of each job."""

    def __init__(self, kill_after: int) -> None:
        self.calls = 0
        self._kill_after = kill_after
        self._verdict = Verdict(
            transcript_id="",
            question_id="",
            label="",
            rubric="polite",
            rubric_version="1",
            status="scored",
            score=1.0,
            passed=True,
            criteria={"holds": CriterionResult(answer="yes", status="ok", evidence=(QUOTE,))},
            explanation="It stays polite from the first sentence to the last, as the quoted one shows.",
            judge="openai/stub",
            calls=1,
            usage=Usage(prompt_tokens=600, completion_tokens=60, cached_tokens=100),
            cost_usd=0.001,
            latency_s=0.5,
            fingerprint="",
            created=datetime.now(UTC),
        )

    async def __call__(self, job: Job) -> Verdict:
        self.calls += 1
        if self.calls == 1:
            say(first_call_cpu_s=process_time())
        if self.calls == self._kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        transcript = job.transcript
        return self._verdict.model_copy(
            update={
                "transcript_id": transcript.id,
                "question_id": transcript.question_id,
                "label": transcript.label,
                "fingerprint": job.fingerprint,
            }
        )


QUOTE = Evidence(quote="the quoted sentence of the answer", start=10, end=43, message=1)


def score(source: str, run: str, kind: str = "file", kill_after: str = "0") -> None:
    plan = make_plan(
        Rubric.from_text("The answer stays polite.", name="polite"), settings_for("openai/stub", api_key="-")
    )
    transcripts: Iterable[Transcript] = load_transcripts(source)
    making_s = 0.0
    if kind == "list":
        transcripts = list(transcripts)
        making_s = process_time() - IMPORTED
    elif kind == "generator":
        transcripts = (transcript for transcript in transcripts)
    stub = Stub(int(kill_after))
    said = 0

    def progress(now: Progress) -> None:
        nonlocal said
        while now.done >= said + EVERY:
            said += EVERY
            say(done=said, resident_mb=resident_mb(), cpu_s=process_time() - making_s)

    with Store(run) as store:
        store.begin(judge="openai/stub", parameters={}, sources=[source])
        batch = Batch(transcripts, None, [plan], {}, None)
        counts = asyncio.run(score_all(batch, stub, store, concurrency=AT_ONCE, on_progress=progress))
    say(
        calls=stub.calls,
        kept=counts.kept,
        total_cpu_s=process_time() - making_s,
        import_cpu_s=IMPORTED,
        making_cpu_s=making_s,
        peak_mb=peak_mb(),
    )


def read(what: str, run: str) -> None:
    from judgekit.io.export import export_verdicts
    from judgekit.reporting.html import write_report

    opened = open_run(run)
    out = Path(run).with_suffix(".out")
    with out.open("wb") as file:
        if what == "summary":
            assert opened.summary().verdicts
        elif what == "mean":
            assert opened.mean()
        elif what == "report":
            write_report(opened, file)
        else:
            export_verdicts(opened.rows, file, format=what)
    say(cpu_s=process_time(), peak_mb=peak_mb(), mb=out.stat().st_size / 2**20)
    out.unlink()


def rows(n: int, chars: int) -> Iterator[bytes]:
    """Transcripts in native form, three responses a question, no two alike."""
    prompt = "Tell me about the kettle that stood in the hall. " * (1 + chars // 200)
    response = "The kettle was warm when I came in, and the lamp was on, though nobody had been there. " * (
        1 + chars // 80
    )
    for i in range(n):
        turns = [
            {"role": "user", "content": f"{i // 3}. {prompt[: chars // 4]}"},
            {"role": "assistant", "content": f"{i}. {response[:chars]}"},
        ]
        row = {
            "id": f"q{i // 3}/Model{i % 3}",
            "question_id": f"q{i // 3}",
            "label": f"Model{i % 3}",
            "messages": turns,
        }
        yield json.dumps(row).encode() + b"\n"


def write_source(path: Path, n: int, chars: int = 600) -> None:
    """A file of n transcripts with responses of so many characters."""
    with path.open("wb") as file:
        file.writelines(rows(n, chars))


COMMANDS: dict[str, Callable[..., None]] = {
    "score": score,
    "write": lambda path, n: write_source(Path(path), int(n)),
    **{what: partial(read, what) for what in ("summary", "mean", "report", "jsonl", "csv", "parquet")},
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
