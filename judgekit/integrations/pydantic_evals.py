"""pydantic-evals: an evaluator that asks a rubric's questions about each case.

    from judgekit.integrations.pydantic_evals import RubricEvaluator
    dataset = Dataset(name="…", cases=[…], evaluators=[RubricEvaluator("sycophancy", judge="openai/gpt-5-mini")])

The class is made on first access: importing the module imports neither pydantic-evals nor a model client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json, to_jsonable_python

from judgekit.errors import CallError
from judgekit.integrations.harness import needed, subclassed

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.transcript import Transcript

    RubricEvaluator: Any


@dataclass(repr=False)
class _RubricEvaluator:
    """Scores, assertions and labels of one rubric: `courtesy`, `courtesy.passed`, `courtesy.<criterion>`.

    A case's inputs are the prompt (a text, a list of messages, or a mapping that holds either), its output is what is
    judged, and its metadata holds the rubric's inputs by name. A call that failed is an evaluator failure; where the
    judge cannot tell, there is no score, and the label `courtesy.status` says why. The whole verdict is in the case's
    attributes.
    """

    rubric: str
    """The name of a shipped rubric, or a file."""
    judge: str | None = None
    """`provider/model`; by default JUDGEKIT_JUDGE."""
    questions: str | None = None
    """A question file, for inputs that the cases do not hold."""
    inputs: dict[str, Any] | None = None
    """Inputs that are the same for every case."""
    options: dict[str, Any] | None = None
    """Further arguments of `judgekit.Judge`, such as base_url."""
    prompt: str | None = None
    """The key of the prompt in the cases' inputs; by default the one with a usual name."""
    response: str | None = None
    """The key of the response in the task's output, in the same way."""
    evaluation_name: str | None = None
    """What results are called; by default the rubric's name."""

    def __post_init__(self) -> None:
        from judgekit.integrations.rubric_judge import RubricJudge

        self._rubric_judge = RubricJudge(
            self.rubric, judge=self.judge, questions=self.questions, inputs=self.inputs, **(self.options or {})
        )

    def get_default_evaluation_name(self) -> str:
        """The name of the score; the other results begin with it."""
        return self.evaluation_name or self._rubric_judge.rubric.name

    def get_evaluator_version(self) -> str:
        """Rubric, version and digest, then the judge."""
        return self._rubric_judge.version

    async def evaluate(self, ctx: Any) -> Mapping[str, Any]:
        """What pydantic-evals sorts into scores, assertions and labels.

        Raises:
            CallError: the judge did not answer; pydantic-evals retries it, or records an evaluator failure.
        """
        outcome = await self._rubric_judge.ascore(transcript_of(ctx, self.prompt, self.response), inputs_of(ctx))
        name = self.get_default_evaluation_name()
        ctx.attributes[name] = outcome.metadata
        verdict = outcome.verdict
        if verdict.failure is not None:
            raise CallError(verdict.failure, verdict.usage, verdict.cost_usd)
        told = needed("pydantic_evals.evaluators", "pydantic-evals").EvaluationReason
        return {key: told(value=value, reason=reason) for key, (value, reason) in results_of(outcome, name).items()}


def results_of(outcome: Outcome, name: str) -> dict[str, tuple[float | bool | str, str | None]]:
    """Values with their reasons: numbers are scores, truth values assertions, words labels."""
    from judgekit.integrations.parts import parts

    found: dict[str, tuple[float | bool | str, str | None]] = {}
    if outcome.score is not None:
        found[name] = (outcome.score, outcome.verdict.explanation or None)
    if outcome.verdict.passed is not None:
        found[f"{name}.passed"] = (outcome.verdict.passed, None)
    found[f"{name}.status"] = (outcome.verdict.status, outcome.reason)
    for part in parts(outcome):
        value = part.answer if part.value is None else part.value
        if value is not None:
            found[f"{name}.{part.name}"] = (value, part.text)
    return found


def transcript_of(ctx: Any, prompt: str | None = None, response: str | None = None) -> Transcript:
    """What is judged: the case's inputs as the prompt, the task's output as the response."""
    from judgekit.integrations.handed_over import Keys

    fields = {} if ctx.expected_output is None else {"reference": _text(_plain(ctx.expected_output))}
    keys = Keys(prompt, response)
    return keys.transcript(_plain(ctx.inputs), _plain(ctx.output), question_id=ctx.name or None, **fields)


def inputs_of(ctx: Any) -> dict[str, Any]:
    """What the case says by name: its inputs, and its metadata before them."""
    from judgekit.integrations.handed_over import known_inputs

    return known_inputs(_plain(ctx.inputs), _plain(ctx.metadata))


def _plain(value: Any) -> Any:
    return to_jsonable_python(value, serialize_unknown=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


@cache
def _made() -> Any:
    base = needed("pydantic_evals.evaluators", "pydantic-evals").Evaluator
    return dataclass(repr=False)(subclassed(_RubricEvaluator, base))


def __getattr__(name: str) -> Any:
    if name == "RubricEvaluator":
        return _made()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
