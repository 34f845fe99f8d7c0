"""ragas: a metric that asks a rubric's questions, for experiments and for `evaluate`.

    from judgekit.integrations.ragas import RubricMetric
    result = await RubricMetric("sycophancy", judge="openai/gpt-5-mini").ascore(user_input="…", response="…")

The class is made on first access: importing the module imports neither ragas nor a model client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from judgekit.integrations.harness import needed, subclassed

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.question import QuestionSet
    from judgekit.rubric import Rubric
    from judgekit.running.judge import Judge
    from judgekit.transcript import Transcript

    RubricMetric: Any

_INSTALL = "'ragas>=0.4' 'langchain-community<0.4'"
_ROLES = {"human": "user", "ai": "assistant", "tool": "tool", "system": "system"}
_SINGLE = {"user_input", "response", "reference:optional", "retrieved_contexts:optional", "rubrics:optional"}
_MULTI = {"user_input", "reference:optional", "rubrics:optional"}


class _RubricMetric:
    """A rubric's score, 0..1, as ragas' numeric metrics give it; nan with the reason where there is none.

    What `ascore` gets beside `user_input`, `response`, `reference` and `retrieved_contexts` are the rubric's inputs by
    name; in samples for `evaluate` they are in `rubrics`. The result's `traces["output"]` holds numbers by criterion
    and the whole verdict.
    """

    def __init__(
        self,
        rubric: Rubric | str | Path,
        *,
        judge: Judge | str | None = None,
        questions: QuestionSet | str | Path | None = None,
        inputs: Mapping[str, Any] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        """Reads the rubric; no model is called.

        Args:
            rubric: a rubric, the name of a shipped one, or a file.
            judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
            questions: a question file, for inputs that the samples do not hold.
            inputs: inputs that are the same for every sample.
            name: the metric's name; by default the rubric's.
            **options: further arguments of `judgekit.Judge`, such as base_url.

        Raises:
            UserError: no judge is named, or rubric, questions or options are wrong.
        """
        from judgekit.integrations.rubric_judge import RubricJudge

        self._rubric_judge = RubricJudge(rubric, judge=judge, questions=questions, inputs=inputs, **options)
        self.name = name or self._rubric_judge.rubric.name
        self.allowed_values = (0.0, 1.0)
        kinds = needed("ragas.metrics.base", _INSTALL).MetricType
        self._required_columns = {kinds.SINGLE_TURN: _SINGLE, kinds.MULTI_TURN: _MULTI}

    def __repr__(self) -> str:
        return f"RubricMetric({self._rubric_judge.version!r})"

    async def ascore(self, *, user_input: Any, response: str | None = None, **held: Any) -> Any:
        """A `MetricResult`: the score, or nan with the reason."""
        return _result(await self._rubric_judge.ascore(transcript_of(user_input, response, held), held))

    def score(self, *, user_input: Any, response: str | None = None, **held: Any) -> Any:
        """The same, at once; works inside a running event loop too."""
        return _result(self._rubric_judge.score(transcript_of(user_input, response, held), held))

    def init(self, run_config: Any) -> None:
        """Nothing: timeouts and retries are the judge's own."""

    async def _single_turn_ascore(self, sample: Any, callbacks: Any) -> float:
        """The score; ragas keeps what its run says in the trace of the sample."""
        held = {**sample.model_dump(exclude_none=True), **(sample.rubrics or {}), "user_input": sample.user_input}
        tracing = needed("ragas.callbacks", _INSTALL)
        run, _ = tracing.new_group(
            "verdict",
            inputs={"data": {name: held[name] for name in self._rubric_judge.rubric.inputs if name in held}},
            callbacks=callbacks,
            metadata={"type": tracing.ChainType.RAGAS_PROMPT},
        )
        found = await self.ascore(**held)
        run.on_chain_end({"output": found.traces["output"]})
        return float(found.value)

    _multi_turn_ascore = _single_turn_ascore


def _result(outcome: Outcome) -> Any:
    kind = needed("ragas.metrics.result", _INSTALL).MetricResult
    value = float("nan") if outcome.score is None else outcome.score
    return kind(value=value, reason=outcome.reason or outcome.explanation, traces={"output": outcome.to_dict()})


def transcript_of(user_input: Any, response: str | None, held: Mapping[str, Any]) -> Transcript:
    """What is judged: a prompt with its response, or a conversation in ragas' messages or as dictionaries."""
    from judgekit.transcript import Transcript

    turns = [{"role": "user", "content": user_input}] if isinstance(user_input, str) else list(map(_turn, user_input))
    if response is not None:
        turns.append({"role": "assistant", "content": response})
    context = "\n\n".join(held.get("retrieved_contexts") or ()) or None
    return Transcript.from_messages(turns, reference=held.get("reference"), context=context)


def _turn(message: Any) -> dict[str, Any]:
    given = message if isinstance(message, Mapping) else message.model_dump()
    content = given["content"] if isinstance(given["content"], str) else orjson.dumps(given["content"]).decode()
    calls = _calls(given.get("tool_calls") or ())
    return {"role": given.get("role") or _ROLES[given["type"]], "content": content, "tool_calls": calls}


def _calls(tools: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Tool calls of ragas in the shape of OpenAI's chat format; those that have it stay."""
    return [
        one
        if "function" in one
        else {
            "type": "function",
            "function": {"name": one["name"], "arguments": orjson.dumps(one["args"], default=str).decode()},
        }
        for one in tools
    ]


@cache
def _made() -> Any:
    collections = needed("ragas.metrics.collections.base", _INSTALL)
    base = needed("ragas.metrics.base", _INSTALL)
    return subclassed(_RubricMetric, collections.BaseMetric, base.SingleTurnMetric, base.MultiTurnMetric)


def __getattr__(name: str) -> Any:
    if name == "RubricMetric":
        return _made()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
