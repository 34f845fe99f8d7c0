"""What a verdict is made of: its inputs, checked, and a fingerprint over everything that could change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.judging.job import Job, make_job, make_plan
from judgekit.question import Question
from judgekit.rubric import Rubric
from judgekit.settings import Settings, settings_for
from judgekit.transcript import Message, Transcript
from tests.judging.made import (
    INPUTS,
    LEVELS,
    PROMPT,
    RESPONSE,
    baseline_settings,
    constraint,
    constraint_rubric,
    stance_rubric,
    transcript,
    turns,
)


def settings(judge: str = "openai/test", **fields: Any) -> Settings:
    return settings_for(judge, base_url="http://127.0.0.1:1/v1", api_key="key", **fields)


def fingerprint(
    *,
    a_transcript: Transcript | None = None,
    rubric: Rubric | None = None,
    inputs: dict[str, Any] | None = None,
    judge: Settings | None = None,
) -> str:
    plan = make_plan(rubric or stance_rubric(), judge or settings())
    return make_job(a_transcript or transcript(), plan, inputs=INPUTS if inputs is None else inputs).fingerprint


def conversation(**fields: Any) -> Transcript:
    return turns("first", "answer", PROMPT, RESPONSE).model_copy(update=fields)


def with_criterion(**fields: Any) -> Rubric:
    criteria = [c.model_dump() for c in stance_rubric().criteria]
    return stance_rubric(criteria=[*criteria[:2], {**criteria[2], **fields}])


CHANGES: dict[str, Callable[[], str]] = {
    "response": lambda: fingerprint(a_transcript=transcript(RESPONSE + "!")),
    "white space of the response": lambda: fingerprint(a_transcript=transcript(RESPONSE + " ")),
    "prompt": lambda: fingerprint(a_transcript=transcript(RESPONSE, PROMPT + "?")),
    "an earlier turn": lambda: fingerprint(a_transcript=conversation()),
    "context": lambda: fingerprint(a_transcript=transcript(context="c")),
    "the same text as reference": lambda: fingerprint(a_transcript=transcript(reference="c")),
    "role": lambda: fingerprint(a_transcript=roles("system")),
    "another role": lambda: fingerprint(a_transcript=roles("developer")),
    "a tool call": lambda: fingerprint(a_transcript=roles("system", tool_calls=({"id": "1"},))),
    "another tool call": lambda: fingerprint(a_transcript=roles("system", tool_calls=({"id": "2"},))),
    "an input": lambda: fingerprint(inputs={**INPUTS, "claim": "another"}),
    "an input less": lambda: fingerprint(inputs={"claim": INPUTS["claim"]}),
    "rubric name": lambda: fingerprint(rubric=stance_rubric(name="other")),
    "rubric version": lambda: fingerprint(rubric=stance_rubric(version="2")),
    "a question": lambda: fingerprint(rubric=with_criterion(ask="And how does it sound?")),
    "an answer": lambda: fingerprint(rubric=with_criterion(answers=("warm", "cold", "neither"))),
    "evidence": lambda: fingerprint(rubric=with_criterion(evidence="required")),
    "an anchor": lambda: fingerprint(rubric=stance_rubric(levels={**LEVELS, 3: "half way"})),
    "a rule": lambda: fingerprint(rubric=stance_rubric(rules=[])),
    "pass_at": lambda: fingerprint(rubric=stance_rubric(pass_at=5)),
    "turns": lambda: fingerprint(rubric=stance_rubric(turns="all")),
    "a check": lambda: fingerprint(
        rubric=stance_rubric(checks=[{"id": "w", "check": "word_count", "with": {"at_least": 1}}])
    ),
    "a parameter of the check": lambda: fingerprint(
        rubric=stance_rubric(checks=[{"id": "w", "check": "word_count", "with": {"at_least": 2}}])
    ),
    "about an input": lambda: fingerprint(
        rubric=stance_rubric(inputs={"claim": {"required": True}, "status": {"one_of": ["false", "true"]}})
    ),
    "model": lambda: fingerprint(judge=settings("openai/other")),
    "provider": lambda: fingerprint(judge=settings("groq/test")),
    "the built-in judge": lambda: fingerprint(judge=baseline_settings()),
    "temperature": lambda: fingerprint(judge=settings(temperature=0.0)),
    "another temperature": lambda: fingerprint(judge=settings(temperature=0.5)),
    "seed": lambda: fingerprint(judge=settings(seed=1)),
    "max_tokens": lambda: fingerprint(judge=settings(max_tokens=100)),
    "mode": lambda: fingerprint(judge=settings(mode="tools")),
    "extra": lambda: fingerprint(judge=settings(extra={"top_p": 0.5})),
}


def roles(role: str, **fields: Any) -> Transcript:
    first = Message.model_validate({"role": role, "content": "be kind"})
    last = Message(role="assistant", content=RESPONSE, **fields)
    return Transcript(id="q1/Model1", question_id="q1", messages=(first, Message(role="user", content=PROMPT), last))


SAME: dict[str, Callable[[], str]] = {
    "label": lambda: fingerprint(a_transcript=transcript(label="Model2")),
    "transcript id": lambda: fingerprint(a_transcript=transcript().model_copy(update={"id": "x"})),
    "question id": lambda: fingerprint(a_transcript=transcript().model_copy(update={"question_id": "x"})),
    "title of the transcript": lambda: fingerprint(a_transcript=transcript(title="t", printed_id="P1")),
    "metadata": lambda: fingerprint(a_transcript=transcript(metadata={"model": "m"})),
    "provenance": lambda: fingerprint(a_transcript=transcript(provenance="mixed")),
    "place in the file": lambda: fingerprint(a_transcript=transcript(lines=(3, 4))),
    "what follows the response": lambda: fingerprint(
        a_transcript=transcript().model_copy(
            update={"messages": (*transcript().messages, Message(role="user", content="thanks"))}
        )
    ),
    "order of the inputs": lambda: fingerprint(inputs=dict(reversed(INPUTS.items()))),
    "title of the rubric": lambda: fingerprint(rubric=stance_rubric(title="another")),
    "summary": lambda: fingerprint(rubric=stance_rubric(summary="another")),
    "examples": lambda: fingerprint(
        rubric=stance_rubric(
            examples=[
                {"id": "e", "prompt": "p", "response": "r", "expect": {}, "labelled_by": {"kind": "author"}},
            ]
        )
    ),
    "key": lambda: fingerprint(judge=settings_for("openai/test", base_url="http://127.0.0.1:1/v1", api_key="other")),
    "time-out": lambda: fingerprint(judge=settings(timeout_s=1)),
    "attempts": lambda: fingerprint(judge=settings(max_attempts=9)),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_what_could_change_a_verdict_changes_its_fingerprint(changed: Callable[[], str]) -> None:
    assert changed() != fingerprint()


def test_every_change_is_a_fingerprint_of_its_own() -> None:
    prints = [changed() for changed in CHANGES.values()]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("unchanged", SAME.values(), ids=SAME.keys())
def test_what_cannot_change_a_verdict_leaves_its_fingerprint(unchanged: Callable[[], str]) -> None:
    assert unchanged() == fingerprint()


def test_a_fingerprint_is_128_bits_in_hexadecimal() -> None:
    assert len(fingerprint()) == 32
    assert int(fingerprint(), 16) > 0


def test_texts_do_not_run_into_one_another() -> None:
    # The same characters, parted elsewhere.
    assert fingerprint(a_transcript=turns("ab", "c")) != fingerprint(a_transcript=turns("a", "bc"))
    one = transcript(context="x", reference="")
    other = transcript(context="", reference="x")
    assert fingerprint(a_transcript=one) != fingerprint(a_transcript=other)


def test_a_model_file_is_known_by_its_content(tmp_path: Path) -> None:
    def of(content: bytes) -> str:
        path = tmp_path / "model.gguf"
        path.write_bytes(content)
        return fingerprint(judge=settings_for(f"local/{path}"))

    big = bytes(3 * 2**20)
    assert of(b"GGUF one") == of(b"GGUF one")
    prints = {of(b"GGUF one"), of(b"GGUF two"), of(big), of(big + b"\0"), of(b"\1" + big[1:]), of(big[:-1] + b"\1")}
    assert len(prints) == 6


def test_a_model_file_that_is_not_there_is_a_user_error(tmp_path: Path) -> None:
    for missing in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(UserError, match=r"there is no such file; wanted the path of a GGUF file"):
            make_plan(stance_rubric(), settings_for(f"local/{missing}"))


# Inputs


def plan_of(rubric: Rubric) -> Any:
    return make_plan(rubric, baseline_settings())


def job(inputs: dict[str, Any], rubric: Rubric | None = None) -> Job:
    return make_job(transcript(), plan_of(rubric or stance_rubric()), inputs=inputs)


WRONG_INPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"clam": "x"}, r"inputs, rubric stance_of_answer: there is no input 'clam'; .* knows: claim, status"),
    "not allowed": ({"status": "perhaps"}, r"input status is 'perhaps'; wanted one of false, true \(in quotes\)"),
    "a truth value": ({"status": False}, r"input status is False; wanted one of false, true \(in quotes\)"),
    "a list": ({"status": ["true"]}, r"input status is \['true'\]; wanted one of"),
    "not JSON": ({"claim": object()}, "the inputs are not JSON"),
}


@pytest.mark.parametrize(("inputs", "message"), WRONG_INPUTS.values(), ids=WRONG_INPUTS.keys())
def test_wrong_inputs_are_user_errors_of_one_line(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        job(inputs)
    assert "\n" not in str(caught.value)


MISSING = [({}, ("claim",)), ({"claim": ""}, ("claim",)), ({"claim": None}, ("claim",)), ({"claim": []}, ("claim",))]


@pytest.mark.parametrize(("inputs", "missing"), MISSING)
def test_a_required_input_that_is_empty_is_missing(inputs: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert job(inputs).inputs.missing == missing


@pytest.mark.parametrize("value", ["x", 0, 0.0, False, ["x"], {"x": 1}, " "])
def test_a_value_is_a_value_even_if_it_is_zero_or_false(value: Any) -> None:
    assert job({"claim": value}).inputs.missing == ()


def test_surrogates_and_huge_numbers_in_inputs_are_mended() -> None:
    made = job({"claim": ["a\ud800b", {"\udfff": 10**40}]})
    assert made.inputs.values["claim"] == ["a�b", {"�": str(10**40)}]


def test_inputs_come_from_the_question_where_none_are_given() -> None:
    question = Question(id="q1", rubrics={"stance_of_answer": {"claim": "from the file"}}, drafted_by="model")
    plan = plan_of(stance_rubric())
    made = make_job(transcript(), plan, question)
    assert made.inputs.values == {"claim": "from the file"}
    assert made.flags == ("drafted_inputs",)
    assert make_job(transcript(), plan, question, {"claim": "given"}).inputs.values == {"claim": "given"}
    assert make_job(transcript(), plan, Question(id="q2")).inputs.missing == ("claim",)
    assert make_job(transcript(), plan).inputs.missing == ("claim",)


def test_a_question_that_changed_is_read_again() -> None:
    plan = plan_of(stance_rubric())
    claims = [
        make_job(transcript(), plan, Question(id="q1", rubrics={"stance_of_answer": {"claim": claim}})).inputs.values
        for claim in ("one", "two")
    ]
    assert claims == [{"claim": "one"}, {"claim": "two"}]


def test_what_a_person_wrote_is_not_flagged() -> None:
    question = Question(id="q1", rubrics={"stance_of_answer": {"claim": "x"}}, drafted_by="person")
    assert make_job(transcript(), plan_of(stance_rubric()), question).flags == ()


WRONG_CONSTRAINTS: dict[str, tuple[Any, str]] = {
    "no list": ("be brief", "wanted a list of constraints"),
    "unknown check": ([{"id": "a", "quote": "a", "check": "no_such_check"}], "constraint a: .*no_such_check"),
    "wrong parameter": (
        [{"id": "a", "quote": "a", "check": "word_count", "with": {"exactly": "many"}}],
        "constraint a: .*exactly",
    ),
    "twice": ([constraint("a").model_dump(by_alias=True)] * 2, "stands twice"),
    "the id of a check": ([constraint("words").model_dump(by_alias=True)], "the rubric itself uses the id 'words'"),
    "the id of a criterion": ([constraint("kind").model_dump(by_alias=True)], "the rubric itself uses the id 'kind'"),
    "the id of an input": (
        [constraint("constraints").model_dump(by_alias=True)],
        "the rubric itself uses the id 'constraints'",
    ),
    "code that is run": ([{"id": "a", "quote": "a", "exec_check": "python_runs"}], "runs code belongs under"),
}


@pytest.mark.parametrize(("constraints", "message"), WRONG_CONSTRAINTS.values(), ids=WRONG_CONSTRAINTS.keys())
def test_wrong_constraints_are_user_errors(constraints: Any, message: str) -> None:
    rubric = constraint_rubric(
        checks=[{"id": "words", "check": "word_count", "with": {"at_least": 1}}],
        criteria=[{"id": "kind", "ask": "Is it kind?"}],
    )
    with pytest.raises(UserError, match=message) as caught:
        job({"constraints": constraints}, rubric)
    assert "\n" not in str(caught.value)


WRONG_RUBRICS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown check": ({"checks": [{"id": "a", "check": "no_such_check"}]}, "rubric stance_of_answer, check a: "),
    "wrong parameter": (
        {"checks": [{"id": "a", "check": "word_count", "with": {"at_lest": 1}}]},
        "rubric stance_of_answer, check a: .*at_lest",
    ),
    "unknown template": ({"template": "none.j2"}, "the template 'none.j2' cannot be read"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG_RUBRICS.values(), ids=WRONG_RUBRICS.keys())
def test_a_rubric_that_cannot_be_used_is_a_user_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan_of(stance_rubric(**changes))


def test_parameters_that_are_not_json_are_a_user_error() -> None:
    with pytest.raises(UserError, match="the extra request parameters are not JSON"):
        make_plan(stance_rubric(), settings(extra={"x": object()}))


# Which messages are judged


def test_the_last_answer_is_judged_or_every_one() -> None:
    talk = turns("u0", "a1", "u2", "a3", "u4")
    last = make_job(talk, plan_of(stance_rubric()), inputs=INPUTS)
    every = make_job(talk, plan_of(stance_rubric(turns="all")), inputs=INPUTS)
    assert (last.judged, every.judged) == ((3,), (1, 3))
    assert [message.content for message in last.messages] == ["u0", "a1", "u2", "a3"]
