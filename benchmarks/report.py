"""What the report of a large run costs: seconds and memory to write it, its size, and seconds until Chromium shows it.

    python benchmarks/report.py [VERDICTS…]

Each verdict has four answers with a quote of a response of about 1,500 characters; the transcripts are read again from
their JSON Lines file. Writing and opening each have a process of their own. Seconds are CPU seconds for writing, and
wall time for opening: from the command to go to the page until its list is there.
"""

from __future__ import annotations

import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
LABELS = 5
TEXT = "the answer gives a list of steps that nobody has to read twice and says why each of them is needed"
WORDS = TEXT.split()
MADE = datetime(2026, 1, 2, tzinfo=UTC)


def transcripts(n: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(7)
    for i in range(n):
        text = " ".join(rng.choices(WORDS, k=320))
        asked = f"Question {i // LABELS}: " + " ".join(rng.choices(WORDS, k=60))
        yield {
            "question_id": f"q{i // LABELS:06d}",
            "label": f"Model{i % LABELS}",
            "title": f"Question {i // LABELS}",
            "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": text}],
        }


def make(source: Path, run: Path, n: int) -> None:
    """A run of n verdicts, as `judgekit score` leaves it."""
    from judgekit.io import load_transcripts
    from judgekit.judging.job import make_job, make_plan
    from judgekit.rubric import Rubric
    from judgekit.running.store import Store
    from judgekit.running.work import Entry, Made
    from judgekit.settings import settings_for
    from judgekit.verdict import CriterionResult, Evidence, Failure, Usage, Verdict

    with source.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in transcripts(n))
    rng = random.Random(8)
    plan = make_plan(
        Rubric.from_text("The answer stays polite.", name="polite"),
        settings_for("openai/stub", base_url="http://127.0.0.1:9/v1"),
    )

    def made(i: int, transcript: Any) -> Made:
        job = make_job(transcript, plan)
        failed, level = i % 50 == 49, rng.randint(1, 5)
        found = {}
        for k in range(4):
            start = rng.randrange(len(transcript.response) - 80)
            quote = Evidence(quote=transcript.response[start : start + 80], start=start, end=start + 80, message=1)
            found[f"criterion{k}"] = CriterionResult(answer="yes", status="ok", evidence=(quote,), reason="It says so.")
        verdict = Verdict(
            transcript_id=transcript.id,
            question_id=transcript.question_id,
            label=transcript.label,
            rubric="polite",
            rubric_version=plan.rubric.version,
            status="failed" if failed else "scored",
            level=None if failed else level,
            score=None if failed else (level - 1) / 4,
            failure=Failure(kind="timeout") if failed else None,
            criteria={} if failed else found,
            explanation="The answer is polite throughout.",
            provenance="verbatim",
            judge="openai/stub",
            calls=1,
            usage=Usage(prompt_tokens=900, completion_tokens=120),
            cost_usd=0.0004,
            latency_s=1.5,
            fingerprint=job.fingerprint,
            created=MADE,
        )
        return Made(Entry(i, job), verdict)

    with Store(run) as store:
        store.begin(judge="openai/stub", parameters={}, sources=[str(source)])
        store.register(plan)
        numbered = enumerate(load_transcripts(source))
        while some := list(islice(numbered, 500)):
            store.write([made(i, transcript) for i, transcript in some])
        store.end("complete")


def write(run: Path, page: Path) -> None:
    from judgekit.reporting.html import write_report
    from judgekit.running.run import open_run

    begun, before = time.perf_counter(), time.process_time()
    with page.open("wb") as out:
        write_report(open_run(run), out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(seconds=time.perf_counter() - begun, cpu_s=time.process_time() - before, mb=peak)


def show(page: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.goto("about:blank")
        begun = time.perf_counter()
        tab.goto(page.as_uri())
        tab.wait_for_selector("#list > details")
        opened = time.perf_counter() - begun
        begun = time.perf_counter()
        tab.fill("#by-text", "nobody has to read")
        tab.wait_for_url(re.compile("text="))
        searched = time.perf_counter() - begun
        tell(opened=opened, searched=searched)
        browser.close()


def tell(**found: float) -> None:
    print(json.dumps(found), flush=True)


def child(*arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout) if done.stdout else {}


def main(sizes: list[int]) -> None:
    print("| verdicts | written in, s | CPU s | peak MB | page, MB | opened in, s | searched in, s |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            source, run, page = (Path(folder, name) for name in ("transcripts.jsonl", "run.db", "report.html"))
            child("make", source, run, n)
            wrote = child("write", run, page)
            seen = (
                child("open", page) if Path(CHROMIUM).exists() else {"opened": float("nan"), "searched": float("nan")}
            )
            print(
                f"| {n:,} | {wrote['seconds']:.1f} | {wrote['cpu_s']:.1f} | {wrote['mb']:.0f} | "
                f"{page.stat().st_size / 2**20:.0f} | {seen['opened']:.2f} | {seen['searched']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", source, run, n]:
            make(Path(source), Path(run), int(n))
        case ["write", run, page]:
            write(Path(run), Path(page))
        case ["open", page]:
            show(Path(page))
        case sizes:
            main([int(size) for size in sizes] or [10_000, 100_000])
