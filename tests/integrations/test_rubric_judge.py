"""A rubric with its judge, as adapters hold it: outcomes for every sample, inputs from where they are, own models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import openai
import pytest

from judgekit import Judge, Transcript, UserError
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.own_model import OwnModel, Said
from judgekit.integrations.rubric_judge import RubricJudge
from tests.integrations.samples import (
    ABSTAINED,
    FAILED,
    MEAN,
    ON_TOPIC,
    POLITE,
    RUBRIC,
    SAMPLES,
    Sample,
    courtesy_server,
)
from tests.servers.openai_server import OpenAIServer


def transcript(sample: Sample) -> Transcript:
    return Transcript.from_text(sample.prompt, sample.response, question_id=sample.id)


def outcomes(judge: RubricJudge) -> dict[int, Outcome]:
    """What the judge says about every sample; each brings its topic and something that the rubric does not know."""

    async def all_of_them() -> list[Outcome]:
        given = [(transcript(one), {"topic": one.topic, "colour": "red"}) for one in SAMPLES]
        return await asyncio.gather(*(judge.ascore(one, inputs) for one, inputs in given))

    return {sample.i: outcome for sample, outcome in zip(SAMPLES, asyncio.run(all_of_them()), strict=True)}


def check(found: Mapping[int, Outcome]) -> None:
    """Every outcome is what the samples say, and no mean is diluted."""
    for sample in SAMPLES:
        outcome = found[sample.i]
        assert outcome.score == sample.score, sample
        assert outcome.verdict.level == sample.level
        assert {name: outcome.values[name] for name in sample.values} == sample.values
    assert mean(one.score for one in found.values() if one.score is not None) == pytest.approx(MEAN)
    assert mean(one.values["polite"] for one in found.values() if one.score is not None) == pytest.approx(POLITE)
    assert mean(one.values["on_topic"] for one in found.values() if one.score is not None) == pytest.approx(ON_TOPIC)
    assert found[ABSTAINED].kind == "abstained"
    assert found[FAILED].kind == "refusal"
    assert (found[FAILED].reason or "").startswith("refusal: ")
    assert "go straight on" in found[1].explanation


def test_samples_under_a_judge(judge_server: OpenAIServer) -> None:
    judge = RubricJudge(RUBRIC, judge="openai/test", base_url=judge_server.base_url)
    check(outcomes(judge))
    judge.close()


@pytest.mark.parametrize("mode", ["md_json", "json_schema"])
def test_samples_under_a_harness_s_own_model(judge_server: OpenAIServer, mode: Any) -> None:
    async def send(body: Mapping[str, Any]) -> Said:
        async with openai.AsyncOpenAI(base_url=judge_server.base_url, api_key="any", max_retries=0) as client:
            completion = await client.chat.completions.create(**body)
        message = completion.choices[0].message
        if message.refusal:
            return Said(f"I cannot help: {message.refusal}")
        return Said(message.content or "", completion.choices[0].finish_reason)

    check(outcomes(RubricJudge(RUBRIC, judge=OwnModel("harness/test", send, mode=mode))))


def test_what_a_harness_s_model_raises_is_a_failure() -> None:
    async def send(body: Mapping[str, Any]) -> Said:
        raise TimeoutError("too slow") if "platform 1?" in str(body) else ConnectionError("nobody there")

    found = outcomes(RubricJudge(RUBRIC, judge=OwnModel("harness/test", send)))
    assert found[1].kind == "timeout"
    assert found[2].reason == "http_error: ConnectionError: nobody there"
    assert not any(one.values for one in found.values())


def test_a_missing_input_is_no_score_and_no_exception() -> None:
    judge = RubricJudge(RUBRIC, judge="baseline")
    outcome = judge.score(transcript(SAMPLES[0]))
    assert (outcome.score, outcome.kind) == (None, "missing_input")
    assert "topic" in (outcome.reason or "")


def test_inputs_come_from_the_question_file_the_call_and_the_judge(tmp_path: Path, judge_server: OpenAIServer) -> None:
    questions = tmp_path / "questions.yaml"
    entries = [
        {"id": one.id, "prompt": one.prompt, "rubrics": {"courtesy": {"topic": one.topic}}} for one in SAMPLES[:2]
    ]
    questions.write_text(json.dumps({"judgekit": "questions/1", "questions": entries}))
    judge = RubricJudge(
        RUBRIC, judge="openai/test", base_url=judge_server.base_url, questions=questions, inputs={"topic": "any at all"}
    )
    judge.score(transcript(SAMPLES[0]))  # its own question
    judge.score(Transcript.from_text(SAMPLES[1].prompt, SAMPLES[1].response))  # found by the prompt's text
    judge.score(transcript(SAMPLES[2]))  # no question: what is the same for all
    judge.score(transcript(SAMPLES[0]), {"topic": "the very last word"})
    judge.score(transcript(SAMPLES[3]), {"topic": None})  # an empty field of a sample says nothing
    shown = [json.dumps(request.body) for request in judge_server.requests]
    for wanted, prompt in zip(
        ("platform 1", "platform 2", "any at all", "the very last word", "any at all"), shown, strict=True
    ):
        assert wanted in prompt
    judge.close()


def test_a_dictionary_of_the_minimal_protocol_is_plain_json() -> None:
    found = RubricJudge(RUBRIC, judge="baseline").score(transcript(SAMPLES[0]), {"topic": "trains"}).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"score", "passed", "reason", "values", "answers", "explanation", "verdict"}
    assert found["score"] is None
    assert found["reason"].startswith("abstained: ")
    assert found["values"] == {"has_words": 1.0}  # the one thing that code decides


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no judge is named"),
        ({"judge": "openai/x", "base_url": "http://127.0.0.1:1/v1", "wish": 1}, "unexpected keyword argument 'wish'"),
        ({"judge": "nobody/x"}, "judge 'nobody/x' is not known"),
        ({"judge": "baseline", "inputs": {"topik": "trains"}}, "rubric courtesy knows no topik; it knows: topic"),
    ],
)
def test_wrong_options_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        RubricJudge(RUBRIC, **options)
    assert "\n" not in str(caught.value)


def test_options_beside_a_judge_that_is_made() -> None:
    with Judge("baseline") as judge, pytest.raises(UserError, match="timeout_s cannot be given beside it"):
        RubricJudge(RUBRIC, judge=judge, timeout_s=3)


def test_the_judge_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGEKIT_JUDGE", "openai/test")
    monkeypatch.setenv("JUDGEKIT_BASE_URL", "http://127.0.0.1:9/v1")
    judge = RubricJudge(RUBRIC)
    assert judge.judge.settings.endpoint == "http://127.0.0.1:9/v1"
    assert judge.version.startswith("courtesy 1.0.0 ")
    assert judge.version.endswith(" by openai/test")


def test_a_harness_s_model_has_to_be_awaited() -> None:
    async def send(body: Mapping[str, Any]) -> Said:
        return Said("")

    judge = RubricJudge(RUBRIC, judge=OwnModel("harness/test", send))
    with pytest.raises(UserError, match=r"await ascore\(…\)"):
        judge.score(transcript(SAMPLES[0]))
    judge.close()


def test_the_server_of_the_samples_answers_as_they_say() -> None:
    with courtesy_server(1) as server, Judge("openai/test", base_url=server.base_url) as judge:
        assert judge.score(transcript(SAMPLES[14]), RUBRIC, inputs={"topic": "x"}).level == 1  # sample 15: neither
