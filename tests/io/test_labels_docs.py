"""docs/labels.md: its examples say the truth, and it names every finding."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from judgekit.calibration import data_health

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "labels.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL))


def test_the_examples_say_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(FILES) == ["argilla.json", "labels.csv", "scores.csv", "studio.json", "survey.csv", "wide.csv"]
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    examples = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/labels.md", "docs/labels.md", 0)
    assert len(test.examples) > 20
    lines: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=lines.append).failed == 0, "".join(lines)


def test_every_finding_is_in_the_docs() -> None:
    listed = (data_health.__doc__ or "").partition("\n\n")[2]
    kinds = set(re.findall(r"\b[a-z]+_[a-z_]+\b|\breversed\b|\bprevalence\b|\bleakage\b", listed))
    table = DOCS.partition("## Data health")[2]
    assert len(kinds) > 20
    assert {kind for kind in kinds if f"`{kind}`" not in table} == set()
