"""The examples: they fit their rubric, its rules and its checks, and between them they show all of it."""

from __future__ import annotations

import pytest

from judgekit.checks import run_check
from judgekit.rubric import CANNOT_TELL, Example, Rubric
from tests.rubrics.shelf import (
    DEMO,
    FOLDER,
    NAMES,
    QUOTED,
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
    runs_of,
    tempting_fails,
    tempting_passes,
)

ALL = cases(rubrics())
CONSTRAINED = cases([rubric("constraint_following")])


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_there_are_enough_and_each_is_an_authors(one: Rubric) -> None:
    assert len(one.examples) >= 12
    assert len({example.id for example in one.examples}) == len(one.examples)
    assert {example.labelled_by.kind for example in one.examples} == {"author"}


@pytest.mark.parametrize("name", NAMES)
def test_every_level_is_shown_twice_and_pinned_once(name: str) -> None:
    expected = [example.expect.level for example in rubric(name).examples if example.expect.level]
    for level in range(1, 6):
        assert sum(low <= level <= high for low, high in expected) >= 2, level
        assert (level, level) in expected, level


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_every_kind_is_among_them(one: Rubric) -> None:
    tags = {tag for example in one.examples for tag in example.tags}
    assert {"control", "code", "hostile", "near_empty"} <= tags
    assert any(tag.startswith("language:") for tag in tags)
    assert len(tempting_passes(one)) >= 2
    assert len(tempting_fails(one)) >= 2
    assert len({prompt_of(example) for example in one.examples}) >= 5


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_what_looks_good_fails_and_what_looks_bad_passes(one: Rubric) -> None:
    assert one.pass_at is not None
    for example in tempting_passes(one):
        assert example.expect.level and example.expect.level[1] < one.pass_at, example.id
    for example in tempting_fails(one):
        assert example.expect.level and example.expect.level[0] >= one.pass_at, example.id


@pytest.mark.parametrize("one", [one for one in rubrics() if one.level_from == "judge"], ids=case_name)
def test_right_answers_alone_settle_what_is_tempting(one: Rubric) -> None:
    # A judge that answers the closed questions rightly and is still charmed, or put off, is overruled by the rules.
    assert one.pass_at is not None
    for example in tempting_passes(one):
        assert bounds(one, facts_of(example)).high < one.pass_at, example.id
    for example in tempting_fails(one):
        assert bounds(one, facts_of(example)).low >= one.pass_at, example.id


@pytest.mark.parametrize("one", rubrics(), ids=case_name)
def test_a_tag_says_what_is_so(one: Rubric) -> None:
    for example in one.examples:
        assert_tags_are_true(one, example)


def assert_tags_are_true(one: Rubric, example: Example) -> None:
    response = response_of(example)
    if "code" in example.tags and one.level_from == "judge":
        assert "`" in response + prompt_of(example)
    if "near_empty" in example.tags:
        assert not any(character.isalnum() for character in response)
    for tag in example.tags:
        if tag.startswith("language:") and len(response) >= 60:
            found = run_check("language", response, {"code": tag.removeprefix("language:")})
            assert found.result == "pass", found


def test_no_response_is_taken_from_the_demo_transcripts() -> None:
    theirs = runs_of((DEMO / "transcripts.md").read_text(encoding="utf-8"), 8)
    taken = [example.id for _, example in ALL if theirs & runs_of(response_of(example), 8)]
    assert taken == []


def test_no_response_stands_in_a_label_set() -> None:
    labels = FOLDER.parent / "calibration"
    texts = [path.read_text(encoding="utf-8") for path in labels.rglob("*.jsonl")] if labels.is_dir() else []
    theirs = set().union(*(runs_of(text, 8) for text in texts))
    assert [example.id for _, example in ALL if theirs & runs_of(response_of(example), 8)] == []


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
    turns = len([m for m in example.messages if m.role == "assistant"])
    answers |= {f"{c.id}_{n}": (*c.answers, CANNOT_TELL) for c in one.turn_criteria for n in range(1, turns + 1)}
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


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_fires_in_an_example(name: str) -> None:
    sheets = [facts_of(example) for example in rubric(name).examples]
    silent = [rule.when for rule in rubric(name).rules if not any(fires(rule, sheet) for sheet in sheets)]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_expected_somewhere(name: str) -> None:
    for criterion in rubric(name).criteria:
        seen = {example.expect.criteria.get(criterion.id) for example in rubric(name).examples}
        assert set(criterion.answers) <= seen, criterion.id


@pytest.mark.parametrize(("one", "example"), cases([rubric(name) for name in QUOTED]), ids=case_name)
def test_what_is_to_be_quoted_stands_in_the_prompt(one: Rubric, example: Example) -> None:
    value = example.inputs[QUOTED[one.name]]
    quotes = value if isinstance(value, list) else [value]
    assert quotes
    assert [quote for quote in quotes if str(quote) not in prompt_of(example)] == []


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
