"""What a judgement costs beside a plain loop: CPU per item and wall time, against the same server in the same run.

    python benchmarks/throughput.py [REPEATS]

Clients, each in a fresh process, one after the other, in turns:

    aiohttp    a pooled loop: orjson out, pydantic in, nothing else: the floor
    openai     N workers around `AsyncOpenAI.chat.completions.create`, the reply read by pydantic: what one writes first
    judgekit   `Judge.score_many`: prompt, call, validation, evidence looked up, verdict on disk

The server has a core of its own where the machine has two. A figure is the median over the repeats.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Literal

HERE = Path(__file__).resolve().parent
WARM = 64
"""Items before the clock starts: connections and compiled templates are there, as in a long run."""
CASES = (
    # at once, latency in s, items
    (32, 0.0, 2048),
    (128, 0.0, 2048),
    (512, 0.0, 2048),
    (128, 0.5, 2048),
    (512, 0.5, 4096),
)
CLIENTS = ("aiohttp", "openai", "judgekit")
RUBRIC = (
    "The response describes what the narrator found in the kitchen in the order in which it was found, names each "
    "thing once, does not claim to know who left it there, and does not give the reader advice on what to do with it. "
    "Things that are only mentioned in the question do not count as found. A general remark about kitchens does not "
    "count as a description. Where the response breaks off in the middle of a sentence, judge what is there."
)
QUESTION = "What did you find when you came home? Tell it in the order in which you saw it. Number {}."
PASSAGE = "When I came in, the kettle was already warm and the lamp in the hall was on, though nobody had been there. "


def texts(n: int) -> Iterator[tuple[str, str]]:
    """Prompts with responses of 2.5 kB, no two alike."""
    for i in range(n):
        yield QUESTION.format(i), f"{i}. " + PASSAGE * 23


async def pool(n: int, at_once: int, ask: Callable[[str, str], Awaitable[None]]) -> None:
    """N workers that share one iterator."""
    items = texts(n)

    async def work() -> None:
        for prompt, response in items:
            await ask(prompt, response)

    await asyncio.gather(*(work() for _ in range(at_once)))


def messages(prompt: str, response: str) -> list[dict[str, str]]:
    user = f"<question>\n{prompt}\n</question>\n<response>\n{response}\n</response>"
    return [{"role": "system", "content": f"Judge whether this holds of the response.\n{RUBRIC}"}, _user(user)]


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def reply_type() -> Any:
    from pydantic import BaseModel

    class Holds(BaseModel):
        reason: str
        evidence: list[str]
        answer: Literal["yes", "no", "cannot_tell"]

    class Reply(BaseModel):
        holds: Holds
        explanation: str

    return Reply


def response_format(model: Any) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": "Reply", "strict": True, "schema": model.model_json_schema()},
    }


def run_aiohttp(url: str, n: int, at_once: int) -> dict[str, float]:
    import aiohttp
    import orjson

    model = reply_type()
    shape = {"model": "m", "temperature": 0.0, "response_format": response_format(model)}

    async def main() -> dict[str, float]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

            async def ask(prompt: str, response: str) -> None:
                body = orjson.dumps({**shape, "messages": messages(prompt, response)})
                headers = {"Content-Type": "application/json", "Authorization": "Bearer k"}
                async with session.post(f"{url}/chat/completions", data=body, headers=headers) as answer:
                    completion = orjson.loads(await answer.read())
                model.model_validate_json(completion["choices"][0]["message"]["content"])

            await pool(WARM, at_once, ask)
            with measured() as figures:
                await pool(n, at_once, ask)
            return figures

    return asyncio.run(main())


def run_openai(url: str, n: int, at_once: int) -> dict[str, float]:
    import openai

    model = reply_type()
    shape: Any = response_format(model)

    async def main() -> dict[str, float]:
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:

            async def ask(prompt: str, response: str) -> None:
                said: Any = messages(prompt, response)
                answer = await client.chat.completions.create(
                    model="m", temperature=0.0, messages=said, response_format=shape
                )
                model.model_validate_json(answer.choices[0].message.content or "")

            await pool(WARM, at_once, ask)
            with measured() as figures:
                await pool(n, at_once, ask)
            return figures

    return asyncio.run(main())


def run_judgekit(url: str, n: int, at_once: int) -> dict[str, float]:
    from judgekit import Judge, Rubric, Transcript

    rubric = Rubric.from_text(RUBRIC)

    def transcripts(count: int) -> Iterator[Transcript]:
        for i, (prompt, response) in enumerate(texts(count)):
            yield Transcript.from_text(prompt, response, label=f"m{i}")

    with (
        tempfile.TemporaryDirectory() as folder,
        Judge("openai/m", base_url=url, api_key="k", concurrency=at_once) as judge,
    ):
        judge.score_many(transcripts(WARM), rubric, store=f"{folder}/warm.db")
        with measured() as figures:
            run = judge.score_many(transcripts(n), rubric, store=f"{folder}/run.db")
        assert run.summary().scored == n
    return figures


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """CPU seconds of all threads, wall seconds, and the peak of memory in MB, once the block has ended."""
    figures: dict[str, float] = {}
    cpu, wall = process_time(), perf_counter()
    yield figures
    figures |= {"cpu_s": process_time() - cpu, "wall_s": perf_counter() - wall}
    figures["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pinned(core: int) -> Callable[[], None] | None:
    """What a child process does first: it keeps to one core, where the system has that and more than one."""
    if not hasattr(os, "sched_setaffinity") or len(cores := sorted(os.sched_getaffinity(0))) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {cores[core]})


def measure(client: str, at_once: int, latency_s: float, n: int) -> dict[str, float]:
    """One client in a fresh process, against a fresh server."""
    command = [sys.executable, str(HERE / "server.py"), str(latency_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=pinned(1)) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
            command = [sys.executable, __file__, "--client", client, url, str(n), str(at_once)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, preexec_fn=pinned(0))
        finally:
            server.terminate()
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main(repeats: int = 5) -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("openai", "instructor", "aiohttp", "pydantic"))
    print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores; median of {repeats}")
    heads = (("at once", 8), ("latency", 8), ("client", 9), ("CPU ms/item", 12), ("to openai", 10), ("wall/ideal", 11))
    print(" ".join(f"{head:>{width}}" for head, width in heads), "  MB")
    for at_once, latency_s, n in CASES:
        rounds = [{name: measure(name, at_once, latency_s, n) for name in CLIENTS} for _ in range(repeats)]
        middle = {
            name: {key: statistics.median(one[name][key] for one in rounds) for key in rounds[0][name]}
            for name in CLIENTS
        }
        for name in CLIENTS:
            ratio = statistics.median(one[name]["cpu_s"] / one["openai"]["cpu_s"] for one in rounds)
            ideal = n * latency_s / at_once
            wall = f"{middle[name]['wall_s'] / ideal:11.2f}" if ideal else " " * 11
            cpu_ms, rss_mb = 1000 * middle[name]["cpu_s"] / n, middle[name]["rss_mb"]
            print(
                f"{at_once:8} {latency_s:8.1f} {name:>9} {cpu_ms:12.2f} {ratio:10.2f} {wall} {rss_mb:4.0f}", flush=True
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        runs = {"aiohttp": run_aiohttp, "openai": run_openai, "judgekit": run_judgekit}
        json.dump(runs[sys.argv[2]](sys.argv[3], int(sys.argv[4]), int(sys.argv[5])), sys.stdout)
    else:
        main(*(int(argument) for argument in sys.argv[1:2]))
