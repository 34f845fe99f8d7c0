"""A rubric's examples against code alone, and against judges whose every answer is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.io import load_rubric, rubric_names
from judgekit.judging.rubric_test import ExampleResult, try_rubric
from judgekit.judging.rubric_trial import Agreement, Hits, Trial, agreement, cost_usd, judge_examples
from judgekit.rubric import Rubric
from judgekit.settings import settings_for
from tests.servers.openai_server import Fault, OpenAIServer, Reply


def example(name: str = "one", response: str = "Yes, do.", kind: str = "author", **more: Any) -> dict[str, Any]:
    expect = more.pop("expect", {})
    return {
        "id": name, "prompt": "Shall I be brief?", "response": response, "expect": expect,
        "labelled_by": {"kind": kind}, **more,
    }  # fmt: skip


def judged(*examples: dict[str, Any], **more: Any) -> Rubric:
    """Three levels that the judge chooses, a check, and rules on one question."""
    return Rubric.model_validate(
        {
            "name": "sample",
            "version": "1",
            "inputs": {"hint": {}},
            "checks": [
                {"id": "has_words", "check": "word_count", "with": {"at_least": 1}, "on_fail": {"max_level": 1}}
            ],
            "criteria": [
                {"id": "agrees", "ask": "Does it agree?", "evidence": "if_yes"},
                {"id": "polite", "ask": "Is it polite?", "evidence": "none"},
            ],
            "levels": {3: "a", 2: "b", 1: "c"},
            "rules": [
                {"when": {"agrees": "yes"}, "min_level": 2},
                {"when": {"agrees": "no"}, "max_level": 1},
                {"when": {"hint": "bad"}, "max_level": 2},
            ],
            "examples": list(examples),
            **more,
        }
    )


def constrained(expect: dict[str, Any], *constraints: dict[str, Any], response: str = "Yes, do.") -> Rubric:
    inputs = {"constraints": [{"quote": "brief", **constraint} for constraint in constraints]}
    return Rubric.model_validate(
        {
            "name": "sample",
            "version": "1",
            "inputs": {"constraints": {"required": True}},
            "levels": dict.fromkeys(range(1, 6), "x"),
            "level_from": "constraints",
            "examples": [example(expect=expect, inputs=inputs, response=response)],
        }
    )


def only(rubric: Rubric) -> ExampleResult:
    (result,) = try_rubric(rubric)
    return result


TWO_WORDS = {"id": "two", "check": "word_count", "with": {"exactly": 2}}
FIVE_WORDS = {"id": "five", "check": "word_count", "with": {"exactly": 5}}
SOFT = {"hard": False}
ASKED = {"id": "kind", "ask": "Is it kind?"}


@pytest.mark.parametrize(
    ("rubric", "allowed"),
    [
        # No rule applies: the judge may choose any level.
        (judged(example()), (1, 3)),
        # The floor of 2, the cap of 1, the cap of 2 by the input.
        (judged(example(expect={"criteria": {"agrees": "yes"}})), (2, 3)),
        (judged(example(expect={"criteria": {"agrees": "no"}})), (1, 1)),
        (judged(example(inputs={"hint": "bad"}, expect={"criteria": {"agrees": "yes"}})), (2, 2)),
        # cannot_tell is no fact for a rule.
        (judged(example(expect={"criteria": {"agrees": "cannot_tell"}})), (1, 3)),
        # No word, so the check caps at 1, whatever would be answered.
        (judged(example(response="…", expect={"criteria": {"agrees": "yes"}})), (1, 1)),
        # No level is given without the input that the level needs.
        (judged(example(), inputs={"hint": {"needed_for_level": True}}), None),
        (judged(example(), level_from="points", levels={}, rules=[], checks=[]), None),
        # Computed: all met; one of two met (half), both hard; one soft one broken; none met.
        (constrained({}, TWO_WORDS), (5, 5)),
        (constrained({}, TWO_WORDS, FIVE_WORDS), (3, 3)),
        (constrained({}, TWO_WORDS, {**FIVE_WORDS, **SOFT}), (4, 4)),
        (constrained({}, FIVE_WORDS), (1, 1)),
        # The asked one may be met (5) or broken (one of two: 3), unless the example says which.
        (constrained({}, TWO_WORDS, ASKED), (3, 5)),
        (constrained({"criteria": {"kind": "yes"}}, TWO_WORDS, ASKED), (5, 5)),
        (constrained({"criteria": {"kind": "no"}}, TWO_WORDS, ASKED), (3, 3)),
        # Undecided for good: 3 or 5, so there is no level.
        (constrained({"criteria": {"kind": "cannot_tell"}}, TWO_WORDS, ASKED), None),
        # Not applicable, as its prerequisite is broken: only the broken one counts.
        (constrained({"criteria": {"kind": "yes"}}, FIVE_WORDS, {**ASKED, "depends_on": ["five"]}), (1, 1)),
        # Eleven open questions: all broken (1) and all met (5) are the ends.
        (constrained({}, *({"id": f"c{i}", "ask": "?"} for i in range(11))), (1, 5)),
    ],
)
def test_the_levels_that_an_example_leaves_open(rubric: Rubric, allowed: tuple[int, int] | None) -> None:
    result = only(rubric)
    assert result.allowed == allowed
    assert result.problems == ()


@pytest.mark.parametrize(
    ("rubric", "problem"),
    [
        (judged(example(expect={"level": [2, 3], "criteria": {"agrees": "no"}})), "expected 2 to 3; .* can only be 1"),
        (judged(example(expect={"level": [1, 1], "criteria": {"agrees": "yes"}})), "expected 1; .* can only be 2 to 3"),
        (judged(example(expect={"checks": {"has_words": "fail"}})), r"has_words: expected fail; got pass \(measured 2"),
        (judged(example(expect={"checks": {"words": "pass"}})), "words: expected pass, and there is no such check"),
        (judged(example(inputs={"hnit": "x"})), "there is no input 'hnit'"),
        (judged(example(), inputs={"hint": {"required": True}}), "required input hint is missing"),
        (
            judged(example(expect={"level": [1, 3]}), inputs={"hint": {"needed_for_level": True}}),
            "no level is possible",
        ),
        (
            judged(example(expect={"level": [1, 1]}), level_from="points", levels={}, rules=[], checks=[]),
            "level_from: points has none",
        ),
        (constrained({"level": [4, 4]}, TWO_WORDS), "expected 4; .* can only be 5"),
        (constrained({"checks": {"two": "fail"}}, TWO_WORDS), "two: expected fail; got pass"),
        (
            # A pattern that would take for ever ends at its time limit, and decides nothing.
            constrained(
                {}, {"id": "slow", "check": "matches", "with": {"pattern": "(a|aa)+$"}}, response="a" * 99 + "b"
            ),
            "check slow: it could not be made",
        ),
        (
            judged({**example(), "prompt": "", "response": "", "messages": [{"role": "user", "content": "Hi"}]}),
            "at least one assistant message",
        ),
    ],
)
def test_what_does_not_fit_is_said(rubric: Rubric, problem: str) -> None:
    result = only(rubric)
    assert len(result.problems) == 1
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(result.problems[0])


@pytest.mark.parametrize("name", rubric_names())
def test_every_shipped_example_fits(name: str) -> None:
    rubric = load_rubric(name)
    results = try_rubric(rubric)
    assert [result.example for result in results] == [example.id for example in rubric.examples]
    assert [(result.example, result.problems) for result in results if result.problems] == []


def test_a_rubric_with_an_unknown_check_cannot_be_tried() -> None:
    with pytest.raises(UserError, match=r"rubric sample, check odd: .*nothing_like_it"):
        try_rubric(judged(example(), checks=[{"id": "odd", "check": "nothing_like_it"}]))


def say(agrees: str, level: int | str, polite: str = "no", quote: str = "Yes") -> dict[str, Any]:
    """A judge's reply."""
    return {
        "agrees": {"evidence": [quote], "reason": "r", "answer": agrees},
        "polite": {"evidence": [], "reason": "r", "answer": polite},
        "explanation": "e",
        "level": str(level),
    }


def run(rubric: Rubric, script: list[Reply], repeat: int = 1, done: Callable[[], None] | None = None) -> list[Trial]:
    with OpenAIServer(script=script) as server:
        settings = settings_for("openai/test", base_url=server.base_url, max_attempts=1)
        return asyncio.run(judge_examples(rubric, settings, repeat=repeat, concurrency=1, done=done))


RIGHT = {"level": [2, 3], "criteria": {"agrees": "yes", "polite": "no"}}


def test_agreement_is_counted_by_whose_labels_they_are() -> None:
    rubric = judged(
        example("a", kind="author", expect=RIGHT),
        example("b", kind="human", expect=RIGHT),
        example("c", kind="human", expect=RIGHT),
    )
    done: list[int] = []
    # a: all right. b: the level is capped at 1 by `agrees: no`, and both answers are wrong. c: abstains, one right.
    trials = run(rubric, [say("yes", 3), say("no", 3, "yes"), say("yes", "cannot_tell", "cannot_tell")],
                 done=lambda: done.append(1))  # fmt: skip
    assert len(done) == 3
    assert [trial.example.id for trial in trials] == ["a", "b", "c"]
    assert agreement(trials) == [
        Agreement("author", 1, 1, 0, 0, levels=Hits((1,), (1,)), answers=Hits((2,), (2,)), unanswered=0),
        Agreement("human", 2, 1, 1, 0, levels=Hits((0,), (1,)), answers=Hits((0, 1), (2, 1)), unanswered=1),
    ]


def test_repeats_of_one_example_stay_together_and_flips_are_counted() -> None:
    rubric = judged(example("a", expect=RIGHT), example("b", expect=RIGHT))
    # a: 3 and 2, with `polite` once yes and once no. b: twice the same.
    trials = run(rubric, [say("yes", 3), say("yes", 2, "yes"), say("yes", 3), say("yes", 3)], repeat=2)
    assert [len(trial.verdicts) for trial in trials] == [2, 2]
    assert [trial.result_flipped() for trial in trials] == [True, False]
    assert [trial.answer_flips() for trial in trials] == [[False, True], [False, False]]
    assert agreement(trials)[0].levels == Hits((2, 2), (2, 2))
    assert agreement(trials)[0].answers == Hits((3, 4), (4, 4))  # `polite: yes` is the one that is wrong


def test_a_failed_call_is_counted_and_is_no_wrong_answer() -> None:
    trials = run(judged(example(expect=RIGHT)), [Fault("refusal"), say("yes", 3)], repeat=2)
    # The first call failed: two expected answers did not come. What did come is right, and nothing has flipped.
    assert agreement(trials) == [
        Agreement("author", 1, 1, 0, 1, levels=Hits((1,), (1,)), answers=Hits((2,), (2,)), unanswered=2)
    ]
    assert trials[0].result_flipped() is False


def test_an_answer_without_its_evidence_does_not_count() -> None:
    wrong = say("yes", 3, quote="never said")
    trials = run(judged(example(expect=RIGHT)), [wrong, wrong])  # asked again once
    assert trials[0].answer_hits() == [None, True]


def test_an_expected_cannot_tell_is_right_where_it_comes() -> None:
    expect = {"criteria": {"agrees": "cannot_tell", "polite": "cannot_tell"}}
    trials = run(judged(example(expect=expect)), [say("cannot_tell", 3)])
    assert trials[0].answer_hits() == [True, False]
    assert trials[0].level_hits() == []  # no level is expected


def test_what_code_decides_alone_is_not_asked_and_not_counted() -> None:
    trials = run(judged(example(response="…", expect={"level": [1, 1], "criteria": {"agrees": "no"}})), [])
    assert (trials[0].answer_hits(), trials[0].level_hits()) == ([], [True])


def test_a_demand_that_does_not_apply_is_not_asked() -> None:
    rubric = constrained({"criteria": {"kind": "yes"}}, FIVE_WORDS, {**ASKED, "depends_on": ["five"]})
    trials = asyncio.run(judge_examples(rubric, settings_for("baseline")))
    assert trials[0].verdicts[0].criteria["kind"].status == "not_applicable"
    assert trials[0].answer_hits() == []


def test_the_baseline_costs_nothing_and_an_unknown_price_is_unknown() -> None:
    rubric = judged(example())
    assert cost_usd(asyncio.run(judge_examples(rubric, settings_for("baseline")))) == 0
    assert cost_usd(run(rubric, [say("yes", 3)])) is None


def test_a_refused_key_ends_the_trial_at_once() -> None:
    rubric = judged(*(example(f"e{i}") for i in range(20)))
    with OpenAIServer(require_key="right") as server:
        settings = settings_for("openai/test", base_url=server.base_url, api_key="wrong", max_attempts=1)
        with pytest.raises(UserError, match=r"401|key"):
            asyncio.run(judge_examples(rubric, settings, concurrency=2))
        assert server.counts.statuses["401"] < len(rubric.examples)
