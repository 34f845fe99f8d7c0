"""docs/robustness.md is true: its command runs, its file is read, its defences and figures are those of the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from judgekit.io import load_transcripts
from judgekit.io.attacks import load_payloads
from judgekit.judging.defences import DEFENCES
from judgekit.judging.precheck import suspicions
from tests.cli.running import invoke

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "robustness.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_command_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(block("sh"))
    assert program == "judgekit"
    result = invoke(*arguments)
    assert result.exit_code in (0, 1), result.stderr
    found = json.loads(result.stdout)
    assert found["examples"] == 2
    assert [row["name"] for row in found["families"]] == ["pity"]
    assert [row["defence"] for row in found["defences"]] == [defence.name for defence in DEFENCES]
    assert {row["drift"]["value"] for row in found["defences"]} <= {0.0, None}  # the baseline reads no prompt


def test_the_dry_run_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [line for line in PAGE.splitlines() if line.startswith("judgekit audit") and "--dry-run" in line]
    result = invoke(*shlex.split(commands[0])[1:], env={"OPENAI_API_KEY": "k"})
    assert result.exit_code == 0, result.stderr


def test_the_payload_file_of_the_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(block("yaml"), encoding="utf-8")
    assert [payload.id for payload in load_payloads(path)] == ["my-order"]


def test_the_page_names_each_defence() -> None:
    assert all(f"| `{defence.name}`: " in PAGE for defence in DEFENCES)


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    payloads = load_payloads()
    families = len({payload.family for payload in payloads})
    assert f"{len(payloads)} payloads in {families} families" in PAGE
    shipped = list(load_transcripts(ROOT / "judgekit" / "cli" / "demo_data" / "transcripts.md"))
    alarms = sum(bool(suspicions(transcript.response)) for transcript in shipped)
    (row,) = re.findall(r"^  any .*?(\d+) of 90", PAGE, re.MULTILINE)
    assert int(row) == alarms
