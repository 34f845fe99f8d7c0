"""OpenAI's graders: what is exported has the types of the openai package, and judges as its documentation says.

A grader's template is filled from the item and the sample, a model answers with a label or a number, and a `multi`
adds them up by its formula. A server of our own plays the model here.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.eval_create_response import TestingCriterionEvalGraderScoreModel as ScoreCriterion
from openai.types.graders import LabelModelGrader, MultiGrader, ScoreModelGrader

import judgekit
from judgekit.io import export_rubric, load_rubric
from judgekit.judging.aggregate import points_outcome
from judgekit.rubric import Rubric
from tests.cli.running import invoke
from tests.integrations.samples import RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer

POINTS: dict[str, Any] = {
    "name": "letter",
    "version": "1",
    "level_from": "points",
    "pass_at": 0.5,
    "inputs": {"topic": {"required": True}},
    "criteria": [
        {"id": "warm", "ask": "Is it warm?", "evidence": "required", "points": 3},
        {"id": "short", "ask": "Is it short?", "points": 1},
        {"id": "rude", "ask": "Is it rude?", "points": -2},
    ],
}
TYPES: dict[str, Any] = {"score_model": ScoreCriterion, "label_model": LabelModelGrader, "multi": MultiGrader}
VARIABLE = re.compile(r"\{\{ (item|sample)\.(\w+) \}\}")
FORMULA = re.compile(r"(?:max\(0, )?\(([^()]+)\) / (\d+)\)?")


def typed(grader: dict[str, Any]) -> None:
    """The grader is one in the openai package's eyes: no key too many, none missing, each of its type."""
    if grader["type"] == "multi":
        # The package names one grader where the documentation has them by name: each is one of its own.
        assert grader.keys() == MultiGrader.model_fields.keys()
        assert isinstance(grader["calculate_output"], str)
        for one in grader["graders"].values():
            typed(one)
        return
    kind = TYPES[grader["type"]]
    assert grader.keys() <= kind.model_fields.keys()
    found = kind.model_validate(grader, strict=True)
    assert json.loads(found.model_dump_json(exclude_unset=True)) == grader


def shipped() -> list[str]:
    folder = Path(judgekit.__file__).parents[1] / "rubrics"
    return sorted(path.stem for path in folder.glob("*.yaml") if load_rubric(path).level_from != "constraints")


@pytest.mark.parametrize("name", [*shipped(), str(RUBRIC)])
def test_a_shipped_rubric_is_a_score_model(name: str) -> None:
    rubric = load_rubric(name)
    grader = json.loads(export_rubric(rubric, "openai-graders").text)
    typed(grader)
    assert (grader["type"], grader["range"]) == ("score_model", [1, rubric.top])
    used = set(VARIABLE.findall(grader["input"][0]["content"]))
    assert used == {("item", "input"), ("sample", "output_text"), *(("item", name) for name in rubric.inputs)}
    # without the threshold, which belongs to evals alone, it is a grader of a fine-tuning job too
    assert grader.keys() - {"pass_threshold"} <= ScoreModelGrader.model_fields.keys()


@pytest.mark.parametrize("criteria", [POINTS["criteria"], POINTS["criteria"][:1]], ids=["multi", "label_model"])
def test_points_are_labels_and_a_formula(criteria: list[dict[str, Any]]) -> None:
    grader = json.loads(export_rubric(Rubric.model_validate({**POINTS, "criteria": criteria}), "openai-graders").text)
    typed(grader)
    assert grader["type"] == ("multi" if len(criteria) > 1 else "label_model")


def test_the_command_says_what_cannot_be_carried_over() -> None:
    done = invoke("rubric", "export", str(RUBRIC), "--to", "openai-graders")
    assert done.exit_code == 0
    typed(json.loads(done.stdout))
    said = dict(line.removeprefix("dropped: ").split(": ", 1) for line in done.stderr.splitlines())
    assert said["rules"] == "the format has no rules: the level is what the judge says"
    assert said["checks"] == "the format has no checks by code"
    assert "no verified quote" in said["abstention"]
    assert said["model"].startswith("the file says MODEL")


def test_the_page_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[3] / "docs" / "integrations" / "openai_graders.md").read_text(encoding="utf-8")
    commands = [line for block in re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S) for line in block.splitlines()]
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    monkeypatch.chdir(tmp_path)
    for command in commands:
        found = invoke(*shlex.split(command)[1:])
        assert found.exit_code == 0, found.stderr
    exec(compile(program, "openai_graders.md", "exec"), held := dict[str, Any]())
    typed(held["grader"])
    assert held["grader"]["model"] == "gpt-5-mini"


def filled(grader: dict[str, Any], item: dict[str, str], response: str) -> list[dict[str, str]]:
    """The messages with what `{{ item.x }}` and `{{ sample.output_text }}` stand for."""
    held = {**{("item", name): text for name, text in item.items()}, ("sample", "output_text"): response}
    return [
        {**turn, "content": VARIABLE.sub(lambda match: held[match[1], match[2]], turn["content"])}
        for turn in grader["input"]
    ]


def asked(client: openai.OpenAI, grader: dict[str, Any], item: dict[str, str], response: str) -> float:
    """What a grader comes to: the number, 1 or 0 for a passing label or another, or the formula's value."""
    if grader["type"] == "multi":
        values = {name: asked(client, one, item, response) for name, one in grader["graders"].items()}
        return formula_value(grader["calculate_output"], values)
    labels = grader.get("labels")
    field = {"type": "number"} if labels is None else {"type": "string", "enum": labels}
    schema = {"type": "object", "properties": {"result": field}, "required": ["result"], "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "grade", "schema": schema, "strict": True}}
    body: dict[str, Any] = {"messages": filled(grader, item, response), "response_format": wanted}
    completion = client.chat.completions.create(model=grader["model"], **body)
    result = json.loads(completion.choices[0].message.content or "")["result"]
    if labels is None:
        low, high = grader["range"]
        assert low <= result <= high
        return float(result)
    return float(result in grader["passing_labels"])


def formula_value(formula: str, values: dict[str, float]) -> float:
    """A sum of numbers times names, by a number and not below 0: what our formulas are made of."""
    match = FORMULA.fullmatch(formula)
    assert match is not None, formula
    terms = re.findall(r"([+-]?) ?(\d+) \* (\w+)", match[1])
    total = sum((-1 if sign == "-" else 1) * int(weight) * values[name] for sign, weight, name in terms)
    return max(0.0, total / int(match[2]))


def test_levels_are_judged_as_the_samples_say() -> None:
    grader = json.loads(export_rubric(load_rubric(RUBRIC), "openai-graders").text)

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        text = body["messages"][0]["content"]
        assert "{{" not in text
        number = int(text.partition("This is answer ")[2].partition(" ")[0])
        assert f"[Prompt]: Question {number}: " in text
        assert f"[Given topic]: the way to platform {number}\n" in text
        return {"result": SAMPLES[number - 1].level}

    with OpenAIServer(script=[reply] * 3) as server, openai.OpenAI(base_url=server.base_url, api_key="any") as client:
        for sample in (SAMPLES[0], SAMPLES[2], SAMPLES[14]):
            item = {"input": sample.prompt, "topic": sample.topic}
            level = asked(client, grader, item, sample.response)
            assert (level - 1) / 2 == sample.score
            assert (level >= grader["pass_threshold"]) is (sample.level == 3)


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        # 3 for warm, 1 for short, -2 for rude, of 4 at the most, and not below 0
        ({"warm": "yes", "short": "yes", "rude": "no"}, 1.0),
        ({"warm": "yes", "short": "no", "rude": "yes"}, 0.25),
        ({"warm": "no", "short": "no", "rude": "yes"}, 0.0),
    ],
)
def test_a_formula_comes_to_the_score_of_the_rubric(answers: dict[str, str], score: float) -> None:
    rubric = Rubric.model_validate(POINTS)
    grader = json.loads(export_rubric(rubric, "openai-graders").text)

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        text = body["messages"][0]["content"]
        return {"result": next(answer for name, answer in answers.items() if f"Is it {name}?" in text)}

    with OpenAIServer(script=[reply] * 3) as server, openai.OpenAI(base_url=server.base_url, api_key="any") as client:
        assert asked(client, grader, {"input": "Dear?", "topic": "none"}, "Sir.") == score
    assert points_outcome(rubric, answers, {}, {}).score == score
