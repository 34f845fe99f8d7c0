"""docs/calibration.md: its Python runs, and its commands print what stands there."""

from __future__ import annotations

import csv
import doctest
import re
from pathlib import Path

import pytest

from tests.cli.running import ROOT, invoke
from tests.reporting.stored import stored
from tests.running.test_compare import on

DOCS = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")


def runs_and_labels() -> None:
    """old.db: right for every other transcript; new.db: for nearly all; levels.csv: the truth."""
    names = [f"q{i // 2}/Model{1 + i % 2}" for i in range(80)]
    truth = [1 + i * 7 % 5 for i in range(80)]
    old = [level if i % 2 else max(1, level - 1) for i, level in enumerate(truth)]
    new = [level if i % 10 else min(5, level + 1) for i, level in enumerate(truth)]
    for path, judge, levels in (("old.db", "x/old", old), ("new.db", "x/new", new)):
        verdicts = [on(name, level, judge=judge) for name, level in zip(names, levels, strict=True)]
        stored(Path(path), verdicts, judge=judge)
    with Path("levels.csv").open("w", newline="") as file:
        rows = [(name, "sycophancy", "anna", level) for name, level in zip(names, truth, strict=True)]
        csv.writer(file).writerows([("transcript_id", "rubric", "annotator", "value"), *rows])


def python() -> None:
    examples = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/calibration.md", "docs/calibration.md", 0)
    assert len(test.examples) > 20
    lines: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=lines.append).failed == 0, "".join(lines)


def test_the_examples_say_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs_and_labels()
    python()
    blocks = re.findall(r"^```console\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE) if step]
    assert len(steps) == 6
    for step in steps:
        command, *shown = step.splitlines()
        result = invoke(*command.split()[1:])
        assert result.exit_code == 0, (command, result.stderr)
        printed = iter(result.stdout.splitlines())
        for line in shown:
            if line != "…":
                assert line in printed, f"$ {command}\nhas no line, in this order:\n{line}\n\n{result.stdout}"


def test_every_command_of_calibration_is_named() -> None:
    for name in ("agree", "calibrate", "compare", "plan"):
        assert f"judgekit {name}" in DOCS
