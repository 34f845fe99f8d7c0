"""docs/checks.md covers every check, and its examples say the truth."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from judgekit.checks import EXECUTION_CHECKS, check_names, describe_check
from tests.cli.running import invoke

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^#{1,3} |\Z)", DOCS, re.MULTILINE | re.DOTALL))


def examples(text: str) -> str:
    return "\n".join(re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def test_every_check_has_a_section_and_no_other() -> None:
    assert sorted(SECTIONS) == sorted(check_names())


@pytest.mark.parametrize("name", check_names())
def test_a_section_names_every_parameter(name: str) -> None:
    about = SECTIONS[name].partition("```pycon")[0]
    for parameter in describe_check(name).params:
        assert f"`{parameter.name}`" in about, parameter.name


@pytest.mark.parametrize("name", sorted(set(check_names()) - EXECUTION_CHECKS))
def test_a_section_shows_the_check_pass_and_not_pass(name: str) -> None:
    shown = examples(SECTIONS[name])
    assert f'run_check("{name}", ' in shown
    assert "'pass'" in shown or "'object'" in shown
    assert re.search(r"'fail'|\.detail|\.measured", shown)


def test_the_examples_say_the_truth() -> None:
    globs: dict[str, object] = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    test = parser.get_doctest(examples(DOCS), globs, "docs/checks.md", "docs/checks.md", 0)
    assert len(test.examples) > 70
    lines: list[str] = []
    assert runner.run(test, out=lines.append).failed == 0, "".join(lines)


def test_the_plugin_of_the_docs_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = dict(re.findall(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL))
    (tmp_path / "polite.py").write_text(blocks["polite.py"], encoding="utf-8")
    points = re.sub(r'entry-points\."(.*)"|project\.|"', r"\1", blocks["pyproject.toml"])
    info = tmp_path / "polite-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: polite\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    text, shown = re.findall(r'^\$ echo "(.*)" \| judgekit check polite\n(.*?)^```$', DOCS, re.MULTILINE | re.DOTALL)[0]
    result = invoke("check", "polite", stdin=f"{text}\n")
    assert (result.exit_code, result.stdout) == (0, shown)
