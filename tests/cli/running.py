"""The command line as a user meets it: in this process for speed, in a process of its own where that matters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from typer.testing import CliRunner, Result

from judgekit.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
START = "from judgekit.cli.main import run; run()"


def invoke(*args: str | Path, stdin: str | bytes | None = None, env: Mapping[str, str | None] | None = None) -> Result:
    """What the command answers, and its exit code."""
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, env=env, prog_name="judgekit")


def process(
    *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, start: str = START
) -> subprocess.Popen[bytes]:
    """The command in a process of its own, its pipes open."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", start, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=_environment(env),
    )


def on_terminal(
    *args: str | Path, env: Mapping[str, str] | None = None, interrupt_if: Callable[[], bool] | None = None
) -> tuple[str, int]:
    """What the command writes to a terminal, and its exit code; it gets one SIGINT, once that is true.

    Python loses a SIGINT that comes while a finalizer runs: after half a minute of silence it gets another.
    """
    import pty
    import select

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", START, *map(str, args)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=_environment(env)) as running:
        os.close(theirs)
        shown, sent = b"", False
        try:
            while True:
                if not select.select([ours], [], [], 30.0)[0] and sent:
                    running.send_signal(signal.SIGINT)
                    continue
                if not (data := os.read(ours, 1 << 16)):
                    break
                shown += data
                if interrupt_if is not None and interrupt_if():
                    running.send_signal(signal.SIGINT)
                    interrupt_if, sent = None, True
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    return shown.decode(), running.returncode


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}
