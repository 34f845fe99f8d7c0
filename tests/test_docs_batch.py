"""docs/batch.md is true: its commands and its Python run, and an interrupted run says what the page says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.openai_server import OpenAIServer

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
START = "from judgekit.cli.main import run; run()"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the demo's transcripts and questions."""
    for source in (ROOT / "judgekit" / "cli" / "demo_data").iterdir():
        shutil.copy(source, tmp_path)
    return tmp_path


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def started(server: OpenAIServer, place: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process whose OpenAI is the test server."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-0123456789"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.Popen(command, cwd=place, env=env, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.slow
def test_the_commands_run_and_so_does_the_python(server: OpenAIServer, place: Path) -> None:
    (console,), (python,) = blocks("console"), blocks("python")
    commands = re.findall(r"^\$ judgekit (.*)$", console, re.MULTILINE)
    assert len(commands) == 2
    scripts = [(START, *shlex.split(command)) for command in commands]
    for script, *arguments in [*scripts, (python,)]:
        process = started(server, place, "-c", script, *arguments)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert ("213 verdicts" in out) == (script == START)
    assert max(server.batches.run.values()) == 2  # once for the command, once for the Python
    assert {batch.metadata["judgekit_run"] for batch in server.batches.made.values()} == {"night.db", "python.db"}


@pytest.mark.slow
def test_an_interrupted_run_says_what_the_page_says(server: OpenAIServer, place: Path) -> None:
    (said,) = blocks("text")
    server.batches.rules.held = True
    command = re.findall(r"^\$ judgekit (score .*)$", PAGE, re.MULTILINE)[0]
    process = started(server, place, "-c", START, *shlex.split(command), "--limit", "5")
    while not server.batches.made and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    first, second = said.splitlines()
    wanted = (
        re.escape(first)
        .replace("213", r"\d+")
        .replace(re.escape("https://api.openai.com/v1"), re.escape(server.base_url))
    )
    assert re.search(rf"^{wanted}$", err, re.MULTILINE), err
    assert second.removesuffix(" …") in err
    server.batches.rules.held = False
    again = started(server, place, "-c", START, *shlex.split(command), "--limit", "5")
    again.communicate(timeout=300)
    assert again.returncode == 0
    assert max(server.batches.run.values()) == 1
