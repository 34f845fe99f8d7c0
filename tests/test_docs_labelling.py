"""docs/labelling.md: its examples run, and its keys and columns are those of the page."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from judgekit.io.labels import BESIDE
from judgekit.labelling.app import WEB
from tests.cli.running import ROOT, invoke
from tests.labelling.tasks import label_all, opened, transcripts

DOCS = (ROOT / "docs" / "labelling.md").read_text(encoding="utf-8")


def python() -> None:
    examples = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/labelling.md", "docs/labelling.md", 0)
    assert len(test.examples) == 3
    lines: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=lines.append).failed == 0, "".join(lines)


def test_the_examples_say_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("transcripts.jsonl").write_text("".join(one.model_dump_json() + "\n" for one in transcripts()))
    desk = opened(tmp_path)
    for name in ("anna", "ben"):
        label_all(desk, name, {one.id: 1 + i % 5 for i, one in enumerate(transcripts())})
    desk.state.close()
    python()
    blocks = re.findall(r"^```console\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE) if step]
    served = 0
    for step in steps:
        command, *shown = step.splitlines()
        if shown and "http://" in shown[0]:  # these go on until they are stopped; tests/browser runs them
            assert invoke(*command.split()[1:2], "--help").exit_code == 0
            served += 1
            continue
        if "--from" in command:
            # what Label Studio would give back: the tasks with annotations
            invoke("label", "transcripts.jsonl", "--rubric", "sycophancy", "--to", "label-studio",
                   "--labels", "labels.csv", "-o", "tasks.json")  # fmt: skip
        result = invoke(*command.split()[1:])
        assert result.exit_code == 0, (command, result.stderr)
        printed = iter(result.stdout.splitlines())
        for line in shown:
            if line != "…":
                assert line in printed, f"$ {command}\nhas no line, in this order:\n{line}\n\n{result.stdout}"
    assert (served, len(steps)) == (2, 6)
    assert len(Path("back.csv").read_text().splitlines()) == 13


def test_the_keys_are_those_of_the_page() -> None:
    script = (WEB / "page.js").read_text(encoding="utf-8")
    table = DOCS[DOCS.index("| key | does |") : DOCS.index("The level is asked unless")]
    commands = re.search(r"const commands = \{(.*?)^\};", script, re.MULTILINE | re.DOTALL)
    assert commands is not None
    names = re.findall(r"^  (\w+):", commands[1], re.MULTILINE)
    assert {"ArrowLeft", "u", "c"} < set(names)
    for name in names:
        assert f"`{ {'ArrowLeft': '←', 'ArrowRight': '→'}.get(name, name) }`".replace(" ", "") in table


def test_the_columns_are_those_of_the_file() -> None:
    for name in BESIDE:
        assert f"| `{name}` |" in DOCS
