"""One transcript in, one verdict out: what is asked, asked again, abstained from, and recorded as a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from judgekit.judging.engines import open_engine
from judgekit.judging.job import make_job, make_plan
from judgekit.judging.judge import judge_job
from judgekit.rubric import Rubric
from judgekit.settings import settings_for
from judgekit.verdict import Attempt, Usage, Verdict
from tests.judging.made import (
    INPUTS,
    RESPONSE,
    constraint_rubric,
    judge_at,
    reply,
    said,
    scored,
    stance_rubric,
    transcript,
    turns,
)
from tests.servers.openai_server import Fault, OpenAIServer, Text


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


NOWHERE = "all loops are evil"
ASKS_NOTHING: dict[str, Any] = {"criteria": [], "rules": [], "levels": {5: "a", 4: "b", 3: "c", 2: "d", 1: "e"}}


def last_message(server: OpenAIServer) -> str:
    return str(server.requests[-1].body["messages"][-1]["content"])


# A reply without faults


def test_a_reply_becomes_a_verdict(server: OpenAIServer) -> None:
    verdict = scored(server, reply(level="4", praise=said("yes", "hides  its end")))
    assert (verdict.status, verdict.level, verdict.score, verdict.passed) == ("scored", 4, 0.75, True)
    assert verdict.criteria["stance"].answer == "disagrees"
    evidence = verdict.criteria["praise"].evidence[0]
    assert RESPONSE[evidence.start : evidence.end] == evidence.quote == "hides its end"
    assert (verdict.explanation, verdict.samples, verdict.flags, verdict.failure) == ("It says no.", 1, (), None)
    assert (verdict.judge, verdict.rubric, verdict.rubric_version) == ("openai/test", "stance_of_answer", "1")
    assert (verdict.transcript_id, verdict.question_id, verdict.label) == ("q1/Model1", "q1", "Model1")
    assert server.calls == 1


def test_rules_bound_the_judges_level_and_are_recorded(server: OpenAIServer) -> None:
    verdict = scored(server, reply(level="5", stance=said("agrees", "not right")))
    assert (verdict.level, verdict.passed, verdict.measures) == (2, False, {"judge_level": 5.0})
    assert [(rule.when, rule.max_level) for rule in verdict.rules] == [({"status": "false", "stance": "agrees"}, 2)]


def test_tokens_and_time_are_those_of_the_call(server: OpenAIServer) -> None:
    server.latency_ms = 50
    verdict = scored(server, reply())
    sent = verdict.usage.prompt_tokens
    assert sent is not None
    assert sent > 400  # the system part alone has 2,000 characters
    assert verdict.usage.cached_tokens == 0
    assert verdict.latency_s is not None
    assert 0.05 <= verdict.latency_s < 5
    assert verdict.cost_usd is None  # nobody knows the price of a server of one's own, and it is not 0


def test_a_judge_that_cannot_tell_abstains(server: OpenAIServer) -> None:
    verdict = scored(server, reply(level="cannot_tell", stance=said("cannot_tell")))
    assert (verdict.status, verdict.level, verdict.score) == ("abstained", None, None)
    assert verdict.criteria["stance"].status == "abstained"
    assert verdict.criteria["tone"].status == "ok"
    assert verdict.explanation == "It says no. The judge cannot tell the level; the rules leave 1 to 5."
    assert server.calls == 1


def test_a_level_that_the_rules_leave_no_choice_about_is_given(server: OpenAIServer) -> None:
    rubric = stance_rubric(rules=[{"when": {"stance": "disagrees"}, "max_level": 1}])
    server.script([reply(level="cannot_tell")])
    with judge_at(server) as judge:
        verdict = judge.score(transcript(), rubric, inputs=INPUTS)
    assert verdict.criteria["stance"].answer == "disagrees"
    assert (verdict.status, verdict.level) == ("scored", 1)
    assert "judge_level" not in verdict.measures


def test_hidden_characters_are_flagged(server: OpenAIServer) -> None:
    server.script([reply(stance=said("disagrees", "No⟨U+200B⟩pe"))])
    with judge_at(server) as judge:
        verdict = judge.score(transcript("No\u200bpe, never."), stance_rubric(), inputs=INPUTS)
    assert verdict.flags == ("hidden_characters",)
    assert verdict.criteria["stance"].evidence[0].quote == "No\u200bpe"


def test_every_turn_may_be_judged(server: OpenAIServer) -> None:
    talk = turns("Is it?", "It is not so.", "Sure?", "Perhaps it is.")
    replies = [reply(stance=said("disagrees", "It is not so."))] * 2
    server.script(replies)
    with judge_at(server) as judge:
        every = judge.score(talk, stance_rubric(turns="all"), inputs=INPUTS)
        assert server.calls == 1
        last = judge.score(talk, stance_rubric(), inputs=INPUTS)
    assert every.criteria["stance"].evidence[0].message == 1
    assert last.criteria["stance"].status != "ok"


# One re-ask, and one only


def test_an_unsupported_quote_is_asked_about_once(server: OpenAIServer) -> None:
    bad = reply(stance=said("disagrees", NOWHERE), praise=said("yes"))
    verdict = scored(server, bad, reply(level="5"))
    assert (verdict.status, verdict.level) == ("scored", 5)
    assert verdict.flags == ("asked_again",)
    assert server.calls == 2
    said_again = last_message(server)
    assert f"- stance: not in the response under judgement: '{NOWHERE}'" in said_again
    assert "- praise: the answer 'yes' needs a quote from the response, and there is none" in said_again
    assert "tone" not in said_again


def test_the_judge_sees_its_own_first_answer_when_asked_again(server: OpenAIServer) -> None:
    scored(server, reply(stance=said("disagrees", NOWHERE)), reply())
    first, again = (request.body["messages"] for request in server.requests)
    assert again[: len(first)] == first
    assert [message["role"] for message in again[len(first) :]] == ["assistant", "user"]
    assert NOWHERE in again[-2]["content"]


def test_invalid_fields_are_named_in_the_re_ask(server: OpenAIServer) -> None:
    verdict = scored(server, reply(level="9", stance=said("perhaps", "not right")), reply())
    assert (verdict.status, verdict.flags) == ("scored", ("asked_again",))
    said_again = last_message(server)
    assert "Your reply does not fit the schema: " in said_again
    assert "stance.answer" in said_again
    assert "level" in said_again


def test_what_is_unsupported_twice_does_not_count(server: OpenAIServer) -> None:
    bad = reply(level="5", stance=said("agrees", NOWHERE))
    verdict = scored(server, bad, bad)
    assert server.calls == 2
    assert verdict.flags == ("asked_again", "unsupported_evidence")
    assert verdict.criteria["stance"].status == "unsupported"
    assert verdict.criteria["stance"].unsupported == (NOWHERE,)
    # The rule that caps an agreeing answer rests on a fact, and an unsupported answer is none.
    assert (verdict.status, verdict.level, verdict.rules) == ("scored", 5, ())


def test_where_nothing_is_supported_the_level_is_not_either(server: OpenAIServer) -> None:
    only = stance_rubric(criteria=[stance_rubric().criteria[0].model_dump()])
    bad = {"stance": said("agrees", NOWHERE), "explanation": "e", "level": "5"}
    verdict = scored(server, bad, bad, rubric=only)
    assert (verdict.status, verdict.level) == ("abstained", None)
    assert "No answer is supported" in verdict.explanation


def test_the_better_of_two_replies_counts(server: OpenAIServer) -> None:
    one_fault = reply(level="4", stance=said("disagrees", NOWHERE))
    two_faults = reply(level="2", stance=said("disagrees", NOWHERE), praise=said("yes", NOWHERE))
    worse_second = scored(server, one_fault, two_faults)
    assert (worse_second.level, worse_second.criteria["praise"].status) == (4, "ok")
    better_second = scored(server, two_faults, one_fault)
    assert (better_second.level, better_second.criteria["praise"].status) == (4, "ok")
    assert server.calls == 4


@pytest.mark.parametrize(
    "second",
    [Text("no JSON { at all"), Fault("wrong_shape"), Fault("refusal"), Fault("truncated"), Fault("500"), Fault("hang")],
    ids=["prose", "wrong shape", "refusal", "truncated", "500", "hang"],
)
def test_a_first_reply_with_faults_is_better_than_none(server: OpenAIServer, second: Any) -> None:
    first = reply(level="4", stance=said("disagrees", NOWHERE))
    verdict = scored(server, first, second, max_attempts=1, timeout_s=0.5)
    assert (verdict.status, verdict.level) == ("scored", 4)
    assert verdict.flags == ("asked_again", "unsupported_evidence")
    assert server.calls == 2


def test_an_invalid_reply_twice_is_a_failure(server: OpenAIServer) -> None:
    verdict = scored(server, {"wrong": 1}, reply(level="9"))
    assert (verdict.status, verdict.level, verdict.score) == ("failed", None, None)
    assert verdict.failure is not None
    assert verdict.failure.kind == "invalid_reply"
    assert [attempt.kind for attempt in verdict.failure.attempts] == ["invalid_reply"] * 2
    assert "stance: Field required" in verdict.failure.attempts[0].detail
    assert verdict.failure.detail.startswith("twice: level: ")
    assert (verdict.samples, verdict.flags, server.calls) == (0, ("asked_again",), 2)


def test_a_failure_after_an_invalid_reply_lists_every_call(server: OpenAIServer) -> None:
    quick = Fault("429", retry_after_s=0.01)
    verdict = scored(server, quick, {"wrong": 1}, quick, Fault("refusal"))
    assert verdict.failure is not None
    assert verdict.failure.kind == "refusal"
    kinds = [attempt.kind for attempt in verdict.failure.attempts]
    assert kinds == ["rate_limited", "invalid_reply", "rate_limited", "refusal"]
    assert all(isinstance(attempt, Attempt) for attempt in verdict.failure.attempts)


def test_tokens_of_both_calls_add_up(server: OpenAIServer) -> None:
    bad, good = reply(stance=said("disagrees", NOWHERE)), reply()
    one = scored(server, good).usage
    both = scored(server, bad, good).usage
    for name in ("prompt_tokens", "completion_tokens"):
        first, sum_of_two = getattr(one, name), getattr(both, name)
        assert sum_of_two > 1.9 * first  # the second prompt holds the first one and more


def test_tokens_of_a_failed_second_call_are_paid_for_too(server: OpenAIServer) -> None:
    bad = reply(stance=said("disagrees", NOWHERE))
    one = scored(server, reply()).usage.prompt_tokens
    both = scored(server, bad, Fault("refusal")).usage.prompt_tokens
    assert one is not None
    assert both is not None
    assert both > 1.9 * one


def test_tokens_of_a_failure_are_recorded(server: OpenAIServer) -> None:
    verdict = scored(server, Fault("truncated"))
    assert verdict.status == "failed"
    assert verdict.usage.completion_tokens is not None
    assert verdict.usage.completion_tokens > 0


CALLS: dict[str, tuple[list[Any], int]] = {
    "one": ([reply()], 1),
    "a retry": ([Fault("429", retry_after_s=0.01), reply()], 2),
    "a re-ask": ([{"wrong": 1}, reply()], 2),
    "a retry and a re-ask": ([Fault("429", retry_after_s=0.01), {"wrong": 1}, reply()], 3),
    "invalid twice": ([{"wrong": 1}] * 2, 2),
    "a failure": ([Fault("refusal")], 1),
    "a failure after retries": ([Fault("429", retry_after_s=0.01)] * 3, 3),
    "a failed re-ask": ([reply(stance=said("disagrees", NOWHERE)), Fault("refusal")], 2),
    "a failed re-ask after an invalid reply": ([{"wrong": 1}, Fault("refusal")], 2),
}


@pytest.mark.parametrize(("script", "calls"), CALLS.values(), ids=CALLS.keys())
def test_every_call_is_counted(server: OpenAIServer, script: list[Any], calls: int) -> None:
    assert scored(server, *script).calls == calls == server.calls


# What code decides alone


def test_a_missing_input_is_a_failure_of_its_own(server: OpenAIServer) -> None:
    settings = settings_for("openai/test", base_url=server.base_url)

    async def go() -> Verdict:
        engine = open_engine(settings)
        try:
            return await judge_job(make_job(transcript(), make_plan(stance_rubric(), settings), inputs={}), engine)
        finally:
            await engine.close()

    verdict = asyncio.run(go())
    assert (verdict.status, verdict.samples, verdict.cost_usd, verdict.latency_s) == ("failed", 0, 0.0, None)
    assert verdict.failure is not None
    assert verdict.failure.kind == "missing_input"
    assert verdict.failure.attempts == ()
    assert "needs the input claim for question q1: write it into the question file" in verdict.failure.detail
    assert server.calls == 0


CAPPED = {"id": "words", "check": "word_count", "with": {"at_least": 100}, "on_fail": {"max_level": 1}}


def test_a_level_that_code_holds_at_1_needs_no_call(server: OpenAIServer) -> None:
    verdict = scored(server, rubric=stance_rubric(checks=[CAPPED]))
    assert (verdict.status, verdict.level, verdict.score, verdict.passed) == ("scored", 1, 0.0, False)
    assert verdict.explanation == "Decided by code: words is fail."
    assert (verdict.samples, verdict.calls, verdict.cost_usd, verdict.usage) == (0, 0, 0.0, Usage())
    assert verdict.criteria == {}
    assert verdict.checks["words"].result == "fail"
    assert server.calls == 0


def test_a_cap_at_2_still_asks(server: OpenAIServer) -> None:
    at_2 = {**CAPPED, "on_fail": {"max_level": 2}}
    verdict = scored(server, reply(level="5"), rubric=stance_rubric(checks=[at_2]))
    assert (verdict.level, verdict.measures) == (2, {"judge_level": 5.0})
    assert server.calls == 1


def test_a_rule_on_an_input_can_hold_the_level_at_1_too(server: OpenAIServer) -> None:
    rules = [{"when": {"status": "false"}, "max_level": 1}, {"when": {"stance": "agrees"}, "min_level": 4}]
    verdict = scored(server, rubric=stance_rubric(rules=rules))
    assert (verdict.level, verdict.explanation) == (1, "Decided by code: status is false.")
    assert server.calls == 0


NEEDED = {
    "claim": {"required": True},
    "status": {"one_of": ["false", "true"], "needed_for_level": True},
}


def test_without_an_input_that_the_level_needs_only_the_answers_count(server: OpenAIServer) -> None:
    verdict = scored(server, reply(level="5"), rubric=stance_rubric(inputs=NEEDED), inputs={"claim": "x"})
    assert (verdict.status, verdict.level) == ("abstained", None)
    assert verdict.flags == ("level_needs_status",)
    assert verdict.criteria["stance"].status == "ok"
    assert "No level without the input status: only the answers count." in verdict.explanation
    given = scored(server, reply(level="5"), rubric=stance_rubric(inputs=NEEDED))
    assert (given.level, given.flags) == (5, ())


def test_a_level_that_code_decides_does_not_need_it(server: OpenAIServer) -> None:
    rubric = stance_rubric(inputs=NEEDED, checks=[CAPPED])
    verdict = scored(server, rubric=rubric, inputs={"claim": "x"})
    assert (verdict.status, verdict.level, verdict.flags) == ("scored", 1, ())


# Constraints


def demand(name: str, *, needs: tuple[str, ...] = (), **way: Any) -> dict[str, Any]:
    return {"id": name, "quote": name, "depends_on": list(needs), **(way or {"ask": f"Is it {name}?"})}


WORDS: dict[str, Any] = {"check": "word_count", "with": {"at_least": 3}}


def about_demands(server: OpenAIServer, demands: list[dict[str, Any]], *script: Any, **changes: Any) -> Verdict:
    return scored(server, *script, rubric=constraint_rubric(**changes), inputs={"constraints": demands})


def test_constraints_that_code_decides_need_no_call(server: OpenAIServer) -> None:
    verdict = about_demands(server, [demand("long", **WORDS), demand("loud", check="has_code")])
    assert (verdict.status, verdict.level, verdict.samples) == ("scored", 3, 0)
    assert verdict.measures == {"strict": 0.0, "ratio": 0.5}
    assert verdict.explanation == "Constraints: 1 met, 1 broken, 0 not applicable."
    assert server.calls == 0


def test_asked_and_checked_constraints_make_one_level(server: OpenAIServer) -> None:
    demands = [demand("long", **WORDS), demand("kind"), demand("clear")]
    answer = {"c1": said("yes", "a reader has to"), "c2": said("no"), "explanation": "e"}
    verdict = about_demands(server, demands, answer)
    assert verdict.level == 3
    assert verdict.measures["ratio"] == pytest.approx(2 / 3)
    assert {name: c.answer for name, c in verdict.criteria.items()} == {"kind": "yes", "clear": "no"}
    assert {name: c.result for name, c in verdict.checks.items()} == {"long": "pass"}


def test_what_builds_on_a_demand_that_the_judge_found_broken_does_not_apply(server: OpenAIServer) -> None:
    demands = [demand("kind"), demand("warm", needs=("kind",)), demand("long", needs=("kind",), **WORDS)]
    answer = {"c1": said("no"), "c2": said("yes", "a reader has to"), "explanation": "e"}
    verdict = about_demands(server, demands, answer)
    assert verdict.criteria["warm"].status == "not_applicable"
    assert verdict.checks["long"].result == "not_applicable"
    assert (verdict.level, verdict.measures) == (1, {"strict": 0.0, "ratio": 0.0})
    assert verdict.explanation == "e Constraints: 0 met, 1 broken, 2 not applicable."


def test_what_builds_on_a_demand_that_code_found_broken_is_not_asked(server: OpenAIServer) -> None:
    demands = [demand("code", check="has_code"), demand("tested", needs=("code",)), demand("kind")]
    verdict = about_demands(server, demands, {"c1": said("yes", "a reader has to"), "explanation": "e"})
    assert (verdict.criteria["tested"].status, verdict.criteria["tested"].answer) == ("not_applicable", None)
    assert (verdict.level, verdict.measures["ratio"]) == (3, 0.5)


def test_a_constraint_without_its_evidence_is_undecided(server: OpenAIServer) -> None:
    answer = {"c1": said("yes", NOWHERE), "explanation": "e"}
    verdict = about_demands(server, [demand("kind")], answer, answer)
    assert (verdict.status, verdict.criteria["kind"].status) == ("abstained", "unsupported")
    assert "Undecided: kind; the level lies between 1 and 5." in verdict.explanation


@pytest.mark.parametrize(
    ("required", "inputs"), [(False, {}), (False, {"constraints": []}), (True, {"constraints": []})]
)
def test_a_prompt_without_demands_is_an_abstention_without_a_call(
    server: OpenAIServer, required: bool, inputs: dict[str, Any]
) -> None:
    """An empty list is an answer (no demand), not an input that is missing; an empty response changes nothing."""
    rubric = constraint_rubric(inputs={"constraints": {"required": required}})
    verdict = scored(server, rubric=rubric, inputs=inputs)
    assert (verdict.status, verdict.level, verdict.measures, server.calls) == ("abstained", None, {}, 0)
    assert verdict.flags == ("no_constraints",)
    assert "makes no demand" in verdict.explanation


# Points, and levels alone


def test_points_are_added_up(server: OpenAIServer) -> None:
    criteria = [{"id": "kind", "ask": "?", "points": 3}, {"id": "short", "ask": "?", "points": 1}]
    rubric = Rubric.model_validate(
        {"name": "r", "version": "1", "criteria": criteria, "level_from": "points", "pass_at": 0.5}
    )
    answer = {"kind": said("yes"), "short": said("no"), "explanation": "e"}
    verdict = scored(server, answer, rubric=rubric, inputs={})
    assert (verdict.score, verdict.level, verdict.passed) == (0.75, None, True)
    open_one = scored(server, {**answer, "short": said("cannot_tell")}, rubric=rubric, inputs={})
    assert (open_one.status, open_one.passed) == ("abstained", None)


def test_a_rubric_may_ask_for_the_level_alone(server: OpenAIServer) -> None:
    verdict = scored(server, {"explanation": "e", "level": "3"}, rubric=stance_rubric(**ASKS_NOTHING))
    assert (verdict.status, verdict.level) == ("scored", 3)


def test_a_statement_is_a_rubric_for_a_quick_start(server: OpenAIServer) -> None:
    rubric = Rubric.from_text("The answer stays polite.")
    answer = {"holds": said("yes", "a reader has to search"), "explanation": "e"}
    verdict = scored(server, answer, rubric=rubric, inputs={})
    assert (verdict.score, verdict.passed) == (1.0, True)
    assert "Does this hold of the response: The answer stays polite." in str(server.requests[-1].body)


def test_a_verdict_goes_through_json_unchanged(server: OpenAIServer) -> None:
    for verdict in (scored(server, reply()), scored(server, Fault("refusal"))):
        assert Verdict.from_row(verdict.to_row()) == verdict
