"""docs/money.md is true: its code runs, its price file is read, its commands and their output are what comes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from judgekit.io.prices import load_prices
from judgekit.settings import Rates, settings_for
from tests.cli.running import invoke

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for source in (ROOT / "judgekit" / "cli" / "demo_data").iterdir():
        shutil.copy(source, tmp_path)
    (tmp_path / "prices.yaml").write_text(block("yaml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_price_file_says_what_its_comments_say(folder: Path) -> None:
    prices = load_prices(folder / "prices.yaml")
    url = "http://127.0.0.1:8000/v1"
    assert prices.of(settings_for("openai/my-model", base_url=url)) == Rates(0.25, 2.0, 0.025, 0.5)
    assert prices.of(settings_for("groq/llama-3.3-70b", base_url=url)) == Rates(0.1, 0.1, 0.1, 1.0)


def test_the_code_runs(folder: Path) -> None:
    (folder / "page.py").write_text(block("python"), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_dry_run_prints_what_the_page_shows(folder: Path) -> None:
    command, shown = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)[:2]
    result = invoke(*command.split()[1:], env={"OPENAI_API_KEY": "k"})
    assert result.exit_code == 0
    # The list price may change with the package: all but the dollars is ours.
    counts, _, _ = shown.partition("for\n$")
    assert result.stdout.startswith(counts)
    assert not list(folder.glob("*.db"))
