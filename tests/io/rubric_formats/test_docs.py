"""docs/import.md: its commands run on its files and give what it shows, and it names every format."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from judgekit.io.rubric_formats.registry import format_names
from tests.cli.running import invoke

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "import.md").read_text(encoding="utf-8")


def block(begin: str) -> str:
    found = re.search(rf"^```{begin}\n(.*?)^```$", TEXT, re.M | re.S)
    assert found is not None
    return found[1]


def test_the_commands_and_the_program_give_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("polite.json").write_text(block("json polite.json"), encoding="utf-8")
    commands = re.findall(r"^\$ judgekit (.+)$", block("console"), re.M)
    assert len(commands) == 3
    for command in commands:
        assert invoke(*shlex.split(command)).exit_code == 0, command
    assert Path("polite.yaml").read_text(encoding="utf-8") == block("yaml polite.yaml")
    assert "llm-rubric" in Path("promptfoo.yaml").read_text(encoding="utf-8")
    capsys.readouterr()
    exec(compile(block("python"), "docs/import.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["healthbench polite", "[*].tags a criterion has no place for it 3"]
    assert '"title": "C1",' in "\n".join(lines)


def test_every_format_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.M)
    assert set(rows) == set(format_names())
