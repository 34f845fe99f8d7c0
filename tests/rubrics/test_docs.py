"""README and category pages keep up with the rubrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from judgekit.io import load_questions
from judgekit.question import Constraint
from judgekit.rubric import Rubric
from tests.rubrics.shelf import FOLDER, NAMES, case_name, demo_questions, prompt_of, response_of, rubrics

README = (FOLDER / "README.md").read_text(encoding="utf-8")
PAGES = Path(__file__).parents[2] / "docs" / "categories"


def flat(text: str) -> str:
    """One line, without the marks of Markdown."""
    return " ".join(re.sub(r"[*`>]", "", text).split())


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_the_readme_lists_every_rubric_with_its_inputs_and_page(one: Rubric) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| [{one.name}]({one.name}.yaml)"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2] == ", ".join(one.inputs)
    assert cells[3] == ("computed" if one.level_from == "constraints" else "judge, within rules")
    assert cells[4] == f"[page](../docs/categories/{one.name}.md)"


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
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


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_a_page_has_its_parts_and_every_level(one: Rubric) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [
        "What it measures",
        "What it does not measure",
        "How judges fail on it, and what the rubric does about it",
        "Where it comes from",
        "The inputs to write",
        "What the levels mean",
        "How to read the result",
        "A worked example",
    ]
    assert [int(level) for level in re.findall(r"^\| (\d) \|", page, re.MULTILINE)] == sorted(one.levels, reverse=True)
    inputs = page.split("## The inputs to write")[1].split("\n## ")[0]
    assert all(f"`{name}`" in inputs for name, spec in one.inputs.items() if spec.required or spec.needed_for_level)


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_the_inputs_that_a_page_shows_load_and_are_those_of_the_demo(one: Rubric, tmp_path: Path) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    shown = [block for block in blocks if block.startswith("judgekit: questions/1")]
    assert len(shown) == 1
    path = tmp_path / "questions.yaml"
    path.write_text(shown[0], encoding="utf-8")
    known = {question.id: question for question in demo_questions()}
    for question in load_questions(path):
        assert question.prompt_sha256 == known[question.id].prompt_sha256
        assert question.rubrics == {one.name: known[question.id].rubrics[one.name]}


def test_the_index_leads_to_every_page_and_no_other() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)\.md\)", index)) == set(NAMES)
    assert {path.stem for path in PAGES.glob("*.md")} == {*NAMES, "README"}


@pytest.mark.parametrize("path", [*PAGES.glob("*.md"), FOLDER / "README.md"], ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_a_page_names_only_answers_and_ids_that_exist(one: Rubric) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    known = {*one.inputs, *(c.id for c in one.criteria), *NAMES, *Constraint.model_fields}
    known |= {answer for criterion in one.criteria for answer in criterion.answers}
    known |= {name for example in one.examples for name in (*example.expect.criteria, *example.expect.checks)}
    known |= {"depends_on", "strict", "ratio"}  # the words of the level's arithmetic
    known |= {*one.measures, *(name for example in one.examples for name in example.expect.measures)}
    known |= {"too_many_turns"} | {f"flips_{kind}" for kind in ("turns", "unclassified") if "flips" in one.measures}
    known |= {"fenced_code_only", "python_no_new_imports", "separated_by", "with_execution"}
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", page)) <= known
