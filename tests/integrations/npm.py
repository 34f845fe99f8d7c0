"""A harness of Node's in a folder of its own, from a lock that names no server: npm asks the registry it is set to."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integrations.environment import LOCKS, ROOT


def install(name: str) -> Path:
    """The `node_modules` of `locks/<name>/package.json`; it fails the test where they cannot be installed."""
    lock = LOCKS / name
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail(f"{name}: it runs on Node, and there is no npm: install Node.js 20.20 or newer")
    digest = hashlib.sha256(b"".join((lock / f"package{part}.json").read_bytes() for part in ("", "-lock"))).hexdigest()
    home = Path(os.environ.get("HARNESS_HOME", ROOT / ".ci" / "work" / "harnesses")) / name / "npm"
    home.mkdir(parents=True, exist_ok=True)
    stamp = home / "made-from"
    with (home / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == digest):
            for file in lock.iterdir():
                shutil.copy(file, home)
            # Without the optional packages, which are clients of model providers and a browser, and without scripts.
            options = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run([npm, "ci", *options], cwd=home, capture_output=True, text=True, timeout=1200)
            if done.returncode:
                pytest.fail(f"{name}: its package could not be installed: {done.stderr[-2000:]}")
            stamp.write_text(digest)
    return home / "node_modules"
