"""A harness's real package in an environment of its own: no two of them can share one.

`locks/NAME.in` names the package; `.ci/lock-harnesses` writes `locks/NAME.txt` from it, with everything that it and
judgekit need. An environment is kept while its lock stays the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).with_name("locks")
WANTED = "HARNESSES"
"""The variable that asks for these tests: `all`, or names parted by commas."""
_QUIET = {
    # Harnesses that report home, or look for newer versions, do neither here.
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DEEPEVAL_UPDATE_WARNING_OPT_OUT": "YES",
    "DO_NOT_TRACK": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PHOENIX_TELEMETRY_ENABLED": "false",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "RAGAS_DO_NOT_TRACK": "true",
    "TRANSFORMERS_OFFLINE": "1",
}


@dataclass(frozen=True, slots=True)
class Harness:
    """An environment with one harness and judgekit in it."""

    name: str
    """The name of its lock."""
    python: Path
    """Its interpreter."""

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.python.parent

    def run(
        self,
        *command: str | Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout_s: float = 300,
        ok: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """What a command of the environment (`python`, or one of its scripts) answers; it has to end well if `ok`."""
        first = self.bin / str(command[0])
        done = subprocess.run(
            [str(first if first.exists() else command[0]), *map(str, command[1:])],
            cwd=cwd,
            env=environ(cwd, self.bin, env),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
        if ok and done.returncode:
            pytest.fail(f"{command[0]}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}")
        return done


def environ(home: Path, bin: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a harness finds around it: an empty home, no key, nobody to report to."""
    kept = {name: value for name, value in os.environ.items() if name in ("LANG", "TMPDIR", "UV_CACHE_DIR")}
    path = os.pathsep.join([str(bin), os.environ.get("PATH", "")])
    return {**kept, "PATH": path, "HOME": str(home), **_QUIET, **(more or {})}


def is_wanted(name: str) -> bool:
    """Whether this run is to test that harness."""
    wanted = os.environ.get(WANTED, "").split(",")
    return "all" in wanted or name in wanted


def make(name: str) -> Harness:
    """The environment of a lock, made where it is not there or of another lock; two processes do not make it twice.

    It fails the test, and does not skip it, where the package cannot be installed.
    """
    lock = LOCKS / f"{name}.txt"
    if not is_wanted(name):
        pytest.skip(f"needs the real package in an environment of its own: {WANTED}={name} (or all) asks for it")
    digest = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    home = Path(os.environ.get("HARNESS_HOME", ROOT / ".ci" / "work" / "harnesses")) / name
    stamp, found = home / "made-from", Harness(name, home / "v" / "bin" / "python")
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as guard:
        _hold(guard)
        if stamp.exists() and stamp.read_text() == digest:
            return found
        uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
        assert uv is not None, "uv is in the lock of the development environment"
        shutil.rmtree(home / "v", ignore_errors=True)
        install: list[str | Path] = [uv, "pip", "install", "-q", "--python", found.python]
        _do(name, [uv, "venv", "-q", "--python", sys.executable, home / "v"])
        _do(name, [*install, "--no-deps", "-r", lock])
        _do(name, [*install, "--no-deps", "-e", ROOT])
        stamp.write_text(digest)
    return found


def _hold(guard: object) -> None:
    import fcntl

    fcntl.flock(guard, fcntl.LOCK_EX)  # type: ignore[arg-type]


def _do(name: str, command: Sequence[str | Path]) -> None:
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=1200)
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"{name}: its package could not be installed in 20 minutes: {error}")
    if done.returncode:
        pytest.fail(f"{name}: its package could not be installed: {done.stderr[-2000:]}")
