"""README and category pages keep up with the rubrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from judgekit.rubric import Rubric
from tests.rubrics.shelf import FIRST, FOLDER, FULL, case_name, prompt_of, response_of, rubric, rubrics

README = (FOLDER / "README.md").read_text(encoding="utf-8")
PAGES = Path(__file__).parents[2] / "docs" / "categories"


def flat(text: str) -> str:
    """One line, without the marks of Markdown."""
    return " ".join(re.sub(r"[*`>]", "", text).split())


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_the_readme_lists_every_rubric_with_its_inputs_and_status(one: Rubric) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| [{one.name}]({one.name}.yaml)"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2] == ", ".join(one.inputs)
    assert cells[3] == ("computed" if one.level_from == "constraints" else "judge, within rules")
    assert cells[4] == ("full" if one.name in FULL else "first version")


@pytest.mark.parametrize("one", [rubric(name) for name in FULL], ids=case_name)
def test_a_page_states_the_version_and_works_through_an_example_of_the_rubric(one: Rubric) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    assert f"version {one.version}" in page
    worked = page.split("## A worked example")[1]
    examples = {example.id: example for example in one.examples}
    named = [examples[name] for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", worked)]
    assert named
    for example in named:
        # The page quotes the example: its first sentence, and that of the prompt.
        assert flat(prompt_of(example)).split(". ")[0] in flat(worked)
        if "code" not in example.tags or one.level_from == "judge":
            assert flat(response_of(example)).split(". ")[0] in flat(worked)


@pytest.mark.parametrize("one", [rubric(name) for name in FULL], ids=case_name)
def test_a_page_names_only_answers_and_ids_that_exist(one: Rubric) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    known = {*one.inputs, *(c.id for c in one.criteria), *FULL, *FIRST}
    known |= {name for example in one.examples for name in (*example.expect.criteria, *example.expect.checks)}
    known |= {"depends_on", "strict", "ratio"}  # the words of the level's arithmetic
    known |= {"fenced_code_only", "python_no_new_imports", "separated_by", "with_execution"}
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", page)) <= known
