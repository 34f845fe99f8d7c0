"""Runs in batches against the test server: quick to look, small enough to compare whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from judgekit.running.judge import Judge
from judgekit.running.openai_batch import BatchOptions
from judgekit.running.run import Run, open_run
from judgekit.transcript import Transcript
from tests.judging.made import KEY
from tests.servers.openai_server import OpenAIServer

ROOT = Path(__file__).parents[3]
DATA = ROOT / "judgekit" / "cli" / "demo_data"
QUICK = BatchOptions(first_look_s=0.01, longest_pause_s=0.05)
RUBRIC = """\
judgekit: rubric/1
name: kind
version: "1"
criteria:
  - {id: kind, ask: "Is it kind?", evidence: required}
levels: {1: "rude", 2: "so-so", 3: "kind"}
pass_at: 2
"""


def transcripts(n: int) -> list[Transcript]:
    """So many short ones, each with words of its own."""
    words = ("river", "window", "garden", "letter", "engine", "winter", "copper")
    return [
        Transcript.from_text(
            f"Hello {i}?", f"Good day, {i}: the {words[i % 7]} is {i * 7} years old.", question_id=f"q{i}"
        )
        for i in range(n)
    ]


def rubric_file(folder: Path) -> Path:
    """A rubric whose answer needs a quote."""
    path = folder / "kind.yaml"
    path.write_text(RUBRIC)
    return path


def score(
    server: OpenAIServer,
    run: Path,
    n: int | Sequence[Transcript] = 12,
    *,
    judge: dict[str, Any] | None = None,
    **options: Any,
) -> Run:
    """The run on so many transcripts, in batches unless told otherwise."""
    options = {"batch": QUICK, **options}
    made = {"base_url": server.base_url, "api_key": KEY, **(judge or {})}
    with Judge(made.pop("name", "openai/test"), **made) as asked:
        some = transcripts(n) if isinstance(n, int) else n
        return asked.score_many(some, [rubric_file(run.parent)], store=run, **options)


def told(run: Run) -> list[dict[str, Any]]:
    """What the verdicts say, but for times, prices, and what depends on the order in which a server is asked."""
    rows = [verdict.to_row() for verdict in run.verdicts()]
    for row in rows:
        for name in ("created", "latency_s", "cost_usd"):
            del row[name]
        row["usage"].pop("cached_tokens")
        if row["failure"] is not None:
            if row["failure"]["kind"] == "http_error":  # it quotes the reply, in which there is a time
                del row["failure"]["detail"]
            for attempt in row["failure"]["attempts"]:
                del attempt["latency_s"], attempt["detail"]
    return rows


def most_runs(server: OpenAIServer) -> int:
    """How often the request was run that was run most often; 0 where none was."""
    return max(server.batches.run.values(), default=0)


def rows(run: Path, query: str) -> list[Any]:
    """What a query finds in the run's file."""
    with closing(sqlite3.connect(run)) as db:
        return db.execute(query).fetchall()


def left_behind(run: Path) -> list[str]:
    """What is beside the run and should not be, and what its tables still hold of batches that have ended."""
    beside = [path.name for path in run.parent.glob(f"{run.name}.batch*")]
    return beside + [str(row) for row in rows(run, "SELECT hex(key), batch_id FROM batch_requests")]


def child(server: OpenAIServer, run: Path, n: int, **options: int) -> subprocess.Popen[bytes]:
    """The same in a process of its own; options are those of batches."""
    script = (
        "import sys, orjson\nfrom pathlib import Path\n"
        "from dataclasses import replace\n"
        "from tests.running.openai_batch.made import QUICK, Address, score\n"
        "base_url, run, n, options = sys.argv[1:]\n"
        "size = orjson.loads(options)\n"
        "score(Address(base_url), Path(run), int(n), batch=replace(QUICK, **size))\n"
    )
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        script,
        server.base_url,
        str(run),
        str(n),
        orjson.dumps(options).decode(),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Address(OpenAIServer):
    """A server that runs in another process."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    @property
    def base_url(self) -> str:
        return self._base_url


def killed(process: subprocess.Popen[bytes]) -> bool:
    """Whether it ended by a kill."""
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


def again(run: Path) -> Run:
    """The run as it is on disk."""
    return open_run(run)
