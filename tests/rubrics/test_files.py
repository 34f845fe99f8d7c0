"""Every shipped rubric file is whole, and serves every question of the demo set."""

from __future__ import annotations

import re

import pytest
import yaml

from judgekit.io import load_rubric, rubric_names
from judgekit.judging.lint import lint_rubric
from judgekit.judging.rubric_test import try_rubric
from judgekit.question import Question
from judgekit.rubric import CANNOT_TELL, Rubric
from tests.cli.running import invoke
from tests.rubrics.shelf import FOLDER, NAMES, case_name, demo_questions, rubric, rubrics, words_of

PAIRS = [(question, name) for question in demo_questions() for name in question.rubrics]


def test_the_shelf_holds_these_rubrics_and_no_others() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(NAMES)
    assert set(rubric_names()) >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_file_and_rubric_have_one_name_and_the_file_is_the_rubric(name: str) -> None:
    parsed = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert parsed["name"] == name
    assert Rubric.model_validate(parsed) == load_rubric(name)


@pytest.mark.parametrize("name", NAMES)
def test_lint_finds_nothing(name: str) -> None:
    assert lint_rubric(name) == []


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_its_examples_fit_what_code_does_with_them(one: Rubric) -> None:
    assert [(result.example, result.problems) for result in try_rubric(one) if result.problems] == []


def test_the_commands_say_so() -> None:
    lint = invoke("rubric", "lint", *(FOLDER / f"{name}.yaml" for name in NAMES))
    assert (lint.exit_code, lint.output.count(": clean")) == (0, len(NAMES))
    trial = invoke("rubric", "test", "brevity")
    count = len(rubric("brevity").examples)
    assert trial.exit_code == 0
    assert f"{count} of {count} examples fit" in trial.output


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_every_rubric_says_what_it_is(one: Rubric) -> None:
    assert one.title
    assert one.summary
    assert re.fullmatch(r"[1-9]\d*\.\d+\.\d+", one.version)
    assert one.top == 5
    assert one.pass_at == 4
    assert all(spec.about for spec in one.inputs.values())


@pytest.mark.parametrize("one", [one for one in rubrics() if one.level_from == "judge"], ids=case_name)
def test_criteria_are_few_closed_single_questions(one: Rubric) -> None:
    assert 2 <= len(one.criteria) <= 8
    for criterion in one.criteria:
        assert criterion.ask.count("?") == 1, criterion.id
        assert CANNOT_TELL not in criterion.answers
        # An answer with words of its own is explained, unless it is one of a plain scale.
        if criterion.evidence == "required":
            assert all(f"{answer}:" in criterion.ask for answer in criterion.answers), criterion.id
        if criterion.evidence == "if_yes":
            assert "yes" in criterion.answers, criterion.id


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_an_empty_response_is_decided_by_code(one: Rubric) -> None:
    caps = [check for check in one.checks if check.on_fail is not None and check.on_fail.max_level == 1]
    assert [check.check for check in caps] == ["word_count"]
    # A single word can be a whole answer: "Yes.", or a sentence in a script without spaces.
    assert caps[0].with_ == {"at_least": 1}


@pytest.mark.parametrize(("question", "name"), PAIRS, ids=lambda value: getattr(value, "id", value))
def test_every_demo_question_can_be_scored(question: Question, name: str) -> None:
    given, wanted = question.rubrics[name], rubric(name).inputs
    assert given.keys() <= wanted.keys()
    for key, spec in wanted.items():
        if spec.required or spec.needed_for_level:
            assert given.get(key), f"{question.id} lacks {key}"
        if spec.one_of is not None:
            assert given[key] in spec.one_of


def test_the_demo_questions_use_every_rubric() -> None:
    assert {name for _, name in PAIRS} == set(NAMES)


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_no_file_names_a_model(one: Rubric) -> None:
    names = {"gpt", "chatgpt", "openai", "claude", "anthropic", "gemini", "llama", "mistral", "qwen", "deepseek"}
    # MD5, Go and the like are subjects of examples; who answered or who judges is none.
    assert not names & set(words_of(one.model_dump_json()))
