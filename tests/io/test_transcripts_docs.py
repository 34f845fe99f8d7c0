"""The examples of docs/transcripts.md are run, and print what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from judgekit.cli.main import app

DOCS = Path(__file__).resolve().parents[2] / "docs" / "transcripts.md"
BLOCK = re.compile(r"(?:^`(?P<name>\S+)`\n\n)?^(?P<fence>`{3,4})(?P<kind>\w+)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S)


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a console block, and what the block says that it prints."""
    parts = re.split(r"^\$ ", text, flags=re.M)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def test_the_examples_print_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "site").mkdir()
    run = 0
    for block in BLOCK.finditer(DOCS.read_text(encoding="utf-8")):
        name, kind, text = block["name"], block["kind"], block["text"]
        if name == "toy_reader.py":
            (tmp_path / "site" / name).write_text(text, encoding="utf-8")
        elif name == "entry_points.txt":
            info = tmp_path / "site" / "toy-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n", encoding="utf-8")
            (info / name).write_text(text, encoding="utf-8")
        elif name:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif kind == "console":
            for command, wanted in commands(text):
                program, *arguments = shlex.split(command)
                assert program == "judgekit"
                assert CliRunner().invoke(app, arguments, env={"COLUMNS": "80"}).output == wanted, command
                run += 1
    assert run == 9  # the console blocks hold nine commands: a block that the pattern misses would go untested
