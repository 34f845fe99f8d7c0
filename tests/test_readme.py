"""The README is true: its commands and its code run, its output is what comes, its tree is what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DATA = ROOT / "judgekit" / "cli" / "demo_data"


def _part(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL)
    assert found, f"README.md has no part {name}"
    return found[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for source in DATA.iterdir():
        shutil.copy(source, tmp_path)
    return tmp_path


def _shell(command: str, folder: Path) -> str:
    # `judgekit` is this checkout's, installed or not
    shim = folder / "bin"
    shim.mkdir(exist_ok=True)
    (shim / "judgekit").write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -c "from judgekit.cli.main import run; run()" "$@"\n'
    )
    (shim / "judgekit").chmod(0o755)
    env = {**os.environ, "PATH": f"{shim}:{os.environ['PATH']}", "COLUMNS": "80"}
    done = subprocess.run(command, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.slow
def test_tour_prints_what_the_readme_shows(folder: Path) -> None:
    steps = [step for step in re.split(r"^\$ ", _part("tour"), flags=re.MULTILINE) if step]
    assert len(steps) == 4
    for step in steps:
        command, _, shown = step.partition("\n")
        came = _shell(command, folder)
        pieces = [piece.strip("\n") for piece in shown.split("…")]
        at = 0
        for piece in pieces:
            at = came.find(piece, at)
            assert at >= 0, f"$ {command}\ndoes not print\n{piece}\nbut\n{came}"
    assert (folder / "verdicts.csv").stat().st_size > 10_000
    assert (folder / "report.html").stat().st_size > 10_000


def test_python_runs(folder: Path) -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = folder / "tour.py"
    script.write_text(block)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", script.name], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    # The claim is false and the response opens with a No: the cue list knows that opening, and quotes it.
    assert "disagrees" in done.stdout.splitlines()[0]
    # One line per rubric and label: 11 rubrics, 3 labels.
    assert done.stdout.count("'label': 'Model1'") == 11


def test_setup_is_two_commands() -> None:
    block = README.split("```")[1].strip().splitlines()
    assert block == [
        'python3 -m venv .venv && .venv/bin/pip install -q -e ".[dev]" && .venv/bin/judgekit demo',
        ".venv/bin/pytest",
    ]


def test_tree_names_what_is_there() -> None:
    named: list[Path] = []
    inside = Path()
    for line in _part("tree").splitlines():
        name, comment = re.match(r"\s*(\S+)\s+(.*)", line).groups()  # type: ignore[union-attr]
        assert comment, line
        path = inside / name if line.startswith("  ") else Path(name)
        inside = Path(name) if not line.startswith("  ") and name.endswith("/") else inside
        assert (ROOT / path).exists(), f"README.md names {path}"
        named.append(path)
    there = {path.name for path in (ROOT / "judgekit").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - {"__pycache__"} == {path.name for path in named if path.parent == Path("judgekit")}


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), f"README.md links to {target}"
