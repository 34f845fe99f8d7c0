"""What a question does to the level, from stored answers: each figure by hand."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from judgekit.judging.ablation import Ablation, ablate
from judgekit.judging.rubric_trial import judge_examples
from judgekit.rubric import Rubric
from judgekit.settings import settings_for
from tests.judging.test_rubric_test import FIVE_WORDS, TWO_WORDS, constrained, example, judged, say
from tests.servers.openai_server import Fault, OpenAIServer, Reply


def ablated(rubric: Rubric, script: list[Reply], repeat: int = 1) -> tuple[dict[str, Ablation], list[str]]:
    """The ablation by question, and what fails by example."""
    with OpenAIServer(script=script) as server:
        settings = settings_for("openai/test", base_url=server.base_url, max_attempts=1)
        trials = asyncio.run(judge_examples(rubric, settings, repeat=repeat, concurrency=1))
        calls = server.calls
        found = ablate(rubric, settings, trials)
        assert server.calls == calls  # stored answers are enough
    return {one.criterion: one for one in found}, [trial.failing() for trial in trials]


# The rubric of `judged`: agrees yes → at least 2, agrees no → at most 1; no rule looks at `polite`.


def test_a_question_that_a_rule_rests_on_and_one_that_none_does() -> None:
    rubric = judged(example("a"), example("b"), example("c"))
    found, _ = ablated(rubric, [say("no", 3), say("yes", 3), say("yes", 1)])
    # a: 1 by the cap, 3 without it: +2; yes would give 3. b: 3 either way, and 1 with a no. c: 2 by the floor, 1
    # without it: -1; no gives 1. So left out changes a and c, by +2, 0 and -1; turning it changes all three.
    agrees = found["agrees"]
    assert (agrees.answers, agrees.left_out, agrees.turned) == (3, 2, 3)
    assert agrees.shift == pytest.approx(1 / 3)
    polite = found["polite"]
    assert (polite.answers, polite.left_out, polite.turned, polite.shift) == (3, 0, 0, 0)
    assert list(found) == ["agrees", "polite"]


def test_right_answers_flips_and_failing_examples() -> None:
    expect = {"level": [2, 3], "criteria": {"agrees": "yes", "polite": "no"}}
    rubric = judged(example("a", expect=expect), example("b", expect=expect), example("c", expect=expect))
    # a: right twice. b: `polite` flips, and its yes is wrong. c: a failed call, then `agrees: no`, whose cap is wrong.
    script: list[Reply] = [
        say("yes", 3),
        say("yes", 3),
        say("yes", 3),
        say("yes", 3, "yes"),
        Fault("refusal"),
        say("no", 3),
    ]
    found, failing = ablated(rubric, script, repeat=2)
    assert (found["agrees"].right, found["agrees"].of) == (4, 5)
    assert (found["polite"].right, found["polite"].of) == (4, 5)
    # c answered once, so nothing can flip there.
    assert (found["agrees"].flips, found["agrees"].repeated) == (0, 2)
    assert (found["polite"].flips, found["polite"].repeated) == (1, 2)
    assert failing == ["", "1 answers wrong", "1 calls failed, 1 levels wrong, 1 answers wrong"]


def test_an_answer_that_does_not_count_cannot_be_left_out() -> None:
    found, _ = ablated(judged(example("a")), [say("cannot_tell", 3)])
    assert (found["agrees"].answers, found["agrees"].left_out, found["agrees"].turned) == (0, 0, 0)
    assert math.isnan(found["agrees"].shift)


def test_a_level_that_goes_when_an_answer_is_left_out_is_a_change_without_a_shift() -> None:
    # The judge cannot tell, and `agrees: no` alone leaves only the level 1.
    found, _ = ablated(judged(example("a")), [say("no", "cannot_tell")])
    assert (found["agrees"].left_out, found["agrees"].turned) == (1, 1)
    assert math.isnan(found["agrees"].shift)


def test_what_code_decided_alone_has_no_answers() -> None:
    found, _ = ablated(judged(example("a", response="…")), [])
    assert found["agrees"].answers == 0


@pytest.mark.parametrize(
    ("constraints", "left_out", "turned"),
    [
        # Two words are met, so the asked one decides between 5 (yes) and 3 (one of two); left out, it is undecided.
        (({**TWO_WORDS}, {"id": "kind", "ask": "Is it kind?"}), 1, 1),
        # Nothing else is met: with the asked one half is met (3), without it none is (1).
        (({**FIVE_WORDS}, {"id": "kind", "ask": "Is it kind?"}), 1, 1),
    ],
)
def test_asked_constraints_are_questions_too(constraints: Any, left_out: int, turned: int) -> None:
    reply = {"c1": {"evidence": ["Yes"], "reason": "r", "answer": "yes"}, "explanation": "e"}
    found, _ = ablated(constrained({}, *constraints), [reply])
    assert (found["kind"].answers, found["kind"].left_out, found["kind"].turned) == (1, left_out, turned)


def test_points_are_results_too() -> None:
    criteria = [{"id": "right", "ask": "?", "points": 3}, {"id": "kind", "ask": "?", "points": 1}]
    rubric = judged(example("a"), criteria=criteria, level_from="points", levels={}, rules=[], checks=[])
    one = {"evidence": [], "reason": "r", "answer": "yes"}
    found, _ = ablated(rubric, [{"right": one, "kind": {**one, "answer": "no"}, "explanation": "e"}])
    # 3 of 4 points; undecided without either answer; another answer gives 0 or 1.
    assert {name: (one.left_out, one.turned) for name, one in found.items()} == {"right": (1, 1), "kind": (1, 1)}
