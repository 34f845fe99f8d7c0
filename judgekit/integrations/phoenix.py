"""Phoenix: `evaluate_dataframe(dataframe=df, evaluators=[rubric_evaluator("sycophancy")])` of arize-phoenix-evals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from judgekit.integrations.handed_over import Keys, known_inputs
from judgekit.integrations.harness import needed
from judgekit.integrations.parts import Part, parts

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.running.batch import RubricLike
    from judgekit.transcript import Transcript


def rubric_evaluator(rubric: RubricLike, *, name: str | None = None, **judge: Any) -> Any:
    """A `phoenix.evals.Evaluator` of the fields `input`, `output` and the rubric's own inputs; sync and async.

    A verdict without a score is a `Score` without one: its label is the kind and its explanation the reason.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        name: the score's name, by default the rubric's; a criterion's is `<name>.<criterion>`.
        **judge: as for `RubricJudge`: judge, questions, inputs, base_url …; what `questions` or `inputs` supply needs
            no column.

    Raises:
        UserError: the package is missing, no judge is named, or rubric or options are wrong.
    """
    from judgekit.integrations.rubric_judge import RubricJudge

    supplied = set(judge.get("inputs") or ())
    rubric_judge = RubricJudge(rubric, **judge)
    asked = rubric_judge.rubric.inputs
    free = judge.get("questions") is not None
    fields = [key for key, spec in asked.items() if spec.required and not free and key not in supplied]
    made = evaluator_class(needed("phoenix.evals", "'arize-phoenix-evals>=3'"))
    return made(rubric_judge, name or rubric_judge.rubric.name, fields)


def evaluator_class(evals: Any) -> Any:
    """The class, from the package `phoenix.evals`: its Evaluator is the base, and its Score what comes back."""
    from pydantic import create_model

    base: Any = evals.Evaluator

    def made(name: str, outcome: Outcome) -> list[Any]:
        return [evals.Score(**said) for said in scores_of(name, outcome)]

    class RubricEvaluator(base):  # type: ignore[misc]  # known when the package is there
        def __init__(self, judge: RubricJudge, name: str, required: list[str]) -> None:
            fields: dict[str, Any] = {key: (Any, ... if key in required else None) for key in judge.rubric.inputs}
            schema = create_model("RubricInput", input=(Any, ...), output=(Any, ...), **fields)
            super().__init__(name=name, kind="llm", direction="maximize", input_schema=schema)
            self._judge = judge
            # Phoenix looks for a field that may be missing only where a mapping names it.
            self.bind({key: key for key in fields if key not in required})

        def _evaluate(self, eval_input: dict[str, Any]) -> list[Any]:
            return made(self.name, self._judge.score(*asked_of(eval_input)))

        async def _async_evaluate(self, eval_input: dict[str, Any]) -> list[Any]:
            return made(self.name, await self._judge.ascore(*asked_of(eval_input)))

    return RubricEvaluator


def asked_of(row: dict[str, Any]) -> tuple[Transcript, dict[str, Any]]:
    """The transcript of a row, and what else the row says; an empty cell says nothing."""
    held = {key: None if value != value else value for key, value in row.items()}  # nan is not itself
    return Keys().transcript(held.pop("input"), held.pop("output")), known_inputs(held)


def scores_of(name: str, outcome: Outcome) -> list[dict[str, Any]]:
    """What scores say, the verdict first, then what the rubric asks."""
    verdict = outcome.verdict
    first = {
        "name": name,
        "score": outcome.score,
        "label": outcome.kind or (None if verdict.level is None else str(verdict.level)),
        "explanation": outcome.explanation,
        "metadata": {"status": verdict.status, "fingerprint": verdict.fingerprint, "verdict": outcome.metadata},
        "kind": "llm",
    }
    return [first, *(_part(name, part, verdict.fingerprint) for part in parts(outcome))]


def _part(name: str, part: Part, fingerprint: str) -> dict[str, Any]:
    return {
        "name": f"{name}.{part.name}",
        "score": part.value,
        "label": part.answer if part.reason is None else part.reason.partition(":")[0],
        "explanation": part.text,
        "metadata": {"evidence": list(part.quotes), "fingerprint": fingerprint},
        "kind": "code" if part.by_code else "llm",
    }
