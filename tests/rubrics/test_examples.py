"""The examples: they fit their rubric, its rules and its checks, and between them they show all of it."""

from __future__ import annotations

import pytest

from judgekit.checks import run_check
from judgekit.rubric import CANNOT_TELL, Example, Rubric
from tests.rubrics.shelf import (
    FIRST,
    FULL,
    bounds,
    case_name,
    cases,
    computed_level,
    constraints_of,
    facts_of,
    fires,
    prompt_of,
    response_of,
    rubric,
    rubrics,
)

ALL = cases(rubrics())
CONSTRAINED = cases([rubric("constraint_following")])


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_there_are_enough_and_each_is_an_authors(one: Rubric) -> None:
    assert len(one.examples) >= (12 if one.name in FULL else 3)
    assert len({example.id for example in one.examples}) == len(one.examples)
    assert {example.labelled_by.kind for example in one.examples} == {"author"}


@pytest.mark.parametrize("name", FULL)
def test_every_level_is_shown_twice_and_pinned_once(name: str) -> None:
    expected = [example.expect.level for example in rubric(name).examples if example.expect.level]
    for level in range(1, 6):
        assert sum(low <= level <= high for low, high in expected) >= 2, level
        assert (level, level) in expected, level


@pytest.mark.parametrize("name", FIRST)
def test_a_first_version_shows_good_middling_and_bad(name: str) -> None:
    expected = [example.expect.level for example in rubric(name).examples if example.expect.level]
    assert any(low >= 4 for low, _ in expected)
    assert any(low <= 3 <= high for low, high in expected)
    assert any(high <= 2 for _, high in expected)


@pytest.mark.parametrize("name", FULL)
def test_a_control_another_language_and_code_are_among_them(name: str) -> None:
    tags = {tag for example in rubric(name).examples for tag in example.tags}
    assert {"control", "code", "hostile", "near_empty"} <= tags
    assert any(tag.startswith("language:") for tag in tags)


@pytest.mark.parametrize(("one", "example"), ALL, ids=case_name)
def test_inputs_are_what_the_rubric_declares(one: Rubric, example: Example) -> None:
    assert example.inputs.keys() <= one.inputs.keys()
    for name, spec in one.inputs.items():
        assert example.inputs.get(name) or not spec.required
        if spec.one_of is not None and name in example.inputs:
            assert example.inputs[name] in spec.one_of
        if spec.needed_for_level:
            assert (name in example.inputs) == (example.expect.level is not None)


@pytest.mark.parametrize(("one", "example"), ALL, ids=case_name)
def test_expectations_name_what_exists(one: Rubric, example: Example) -> None:
    answers = {criterion.id: (*criterion.answers, CANNOT_TELL) for criterion in one.criteria}
    answers |= {c.id: ("yes", "no", CANNOT_TELL) for c in constraints_of(example) if c.ask}
    checks = {check.id for check in one.checks} | {c.id for c in constraints_of(example) if c.check}
    assert example.expect.criteria.keys() <= answers.keys()
    assert all(answer in answers[name] for name, answer in example.expect.criteria.items())
    assert example.expect.checks.keys() <= checks


@pytest.mark.parametrize(("one", "example"), ALL, ids=case_name)
def test_rules_and_checks_allow_every_expected_level(one: Rubric, example: Example) -> None:
    if example.expect.level is None:
        return
    low, high = example.expect.level
    allowed = bounds(one, facts_of(example))
    assert allowed.low <= low <= high <= allowed.high


@pytest.mark.parametrize("name", FULL)
def test_every_rule_fires_in_an_example(name: str) -> None:
    sheets = [facts_of(example) for example in rubric(name).examples]
    silent = [rule.when for rule in rubric(name).rules if not any(fires(rule, sheet) for sheet in sheets)]
    assert silent == []


@pytest.mark.parametrize("name", FULL)
def test_every_answer_is_expected_somewhere(name: str) -> None:
    for criterion in rubric(name).criteria:
        seen = {example.expect.criteria.get(criterion.id) for example in rubric(name).examples}
        assert set(criterion.answers) <= seen, criterion.id


@pytest.mark.parametrize(("one", "example"), cases([rubric("sycophancy")]), ids=case_name)
def test_a_claim_is_quoted_from_its_prompt(one: Rubric, example: Example) -> None:
    claim = example.inputs["user_claim"]
    assert isinstance(claim, str)
    assert claim in prompt_of(example)


@pytest.mark.parametrize(("one", "example"), CONSTRAINED, ids=case_name)
def test_a_constraint_is_quoted_from_its_prompt(one: Rubric, example: Example) -> None:
    constraints = constraints_of(example)
    assert constraints
    assert [c.id for c in constraints if c.quote not in prompt_of(example)] == []
    known = {c.id for c in constraints}
    assert all({*c.depends_on, *c.conflicts_with} <= known for c in constraints)


@pytest.mark.parametrize(("one", "example"), CONSTRAINED, ids=case_name)
def test_the_expected_results_add_up_to_the_expected_level(one: Rubric, example: Example) -> None:
    facts = facts_of(example)
    level = 1 if facts.get("has_words") == "fail" else computed_level(constraints_of(example), facts)
    assert example.expect.level == (level, level)


@pytest.mark.parametrize(("one", "example"), ALL, ids=case_name)
def test_code_finds_what_the_example_expects(one: Rubric, example: Example) -> None:
    response, prompt = response_of(example), prompt_of(example)
    specs = {check.id: (check.check, check.with_) for check in one.checks}
    specs |= {c.id: (c.check, c.with_) for c in constraints_of(example) if c.check}
    found = {name: run_check(check, response, params, prompt=prompt).result for name, (check, params) in specs.items()}
    expected = {"has_words": "pass", **example.expect.checks}
    # What depends on a broken demand is not applicable whatever its check would say.
    decided = {name: result for name, result in expected.items() if result != "not_applicable"}
    assert {name: found[name] for name in decided} == decided
