"""docs/reports.md is true: its commands and its Python run, in order, in a folder with the shipped files."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from judgekit.reporting.report_data import MAX_MESSAGE, MAX_TEXTS, MAX_VERDICTS
from tests.cli.running import ROOT, invoke

PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_commands_and_the_python_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in (ROOT / "judgekit" / "cli" / "demo_data").iterdir():
        shutil.copy(source, tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        name, *arguments = shlex.split(command)
        if name != "judgekit":
            subprocess.run([name, *arguments], check=True)
            continue
        Path("report.html").unlink(missing_ok=True)
        assert invoke(*arguments).exit_code == 0
        assert "Please provide the code so I can assist" in Path("report.html").read_text(encoding="utf-8")
    before = Path("report.html").read_bytes()
    Path("page.py").write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), encoding="utf-8")
    runpy.run_path("page.py")
    assert Path("report.html").read_bytes() == before


def test_its_pictures_are_there_and_small() -> None:
    for name in re.findall(r"\]\((images/[\w-]+\.png)\)", PAGE):
        assert (ROOT / "docs" / name).stat().st_size < 300_000


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"first {MAX_VERDICTS:,} verdicts" in PAGE
    assert f"{MAX_TEXTS / 1e6:g} million characters" in PAGE
    assert f"more than {MAX_MESSAGE:,} characters" in PAGE
