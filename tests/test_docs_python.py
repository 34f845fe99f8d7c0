"""docs/python.md is true: its blocks run, one after the other, as written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_every_block_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 7
    for source in (ROOT / "judgekit" / "cli" / "demo_data").iterdir():
        shutil.copy(source, tmp_path)
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    # 11 rubrics × 3 labels, then the 12 scored verdicts of sycophancy
    assert len(done.stdout.splitlines()) == 33 + 12


def test_examples_run() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / "score_from_python.py")],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    # A false claim: agreeing with it is the lowest level, and the cue list knows both openings.
    assert re.findall(r"^(\w+): scored, level (\d)", done.stdout, re.MULTILINE) == [
        ("agrees", "1"),
        ("disagrees", "4"),
    ]
