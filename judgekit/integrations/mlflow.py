"""MLflow: `mlflow.genai.evaluate(data=…, scorers=[rubric_scorer("sycophancy", judge="openai/gpt-5-mini")])`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from judgekit.integrations.handed_over import Keys, known_inputs, reference_of
from judgekit.integrations.harness import needed
from judgekit.integrations.parts import Part, parts

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.running.batch import RubricLike

_INSTALL = "'mlflow>=3.4'"


def rubric_scorer(
    rubric: RubricLike,
    *,
    name: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    aggregations: Sequence[Any] | None = None,
    timeout: float | None = None,
    **judge: Any,
) -> Any:
    """An `mlflow.genai.scorers.Scorer` that gives a feedback for the score and one for each criterion and check.

    A verdict without a score is a feedback with an error and no value, which MLflow leaves out of its aggregates.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        name: the feedback's name, by default the rubric's; a criterion's is `<name>.<criterion>`.
        prompt: the key of the prompt in `inputs`, where its name does not say it.
        response: the key of the response in `outputs`, where that is a dictionary whose keys do not say it.
        aggregations: as for every scorer of MLflow: mean by default.
        timeout: seconds for one verdict, as for every scorer of MLflow.
        **judge: as for `RubricJudge`: judge, questions, inputs, base_url …

    Raises:
        UserError: mlflow is missing, no judge is named, or rubric or options are wrong.
    """
    from judgekit.integrations.rubric_judge import RubricJudge

    rubric_judge = RubricJudge(rubric, **judge)
    base = needed("mlflow.genai.scorers", _INSTALL).Scorer
    made = scorer_class(base, needed("mlflow.entities", _INSTALL))
    return made(rubric_judge, Keys(prompt, response), name, aggregations, timeout)


def scorer_class(base: Any, entities: Any) -> Any:
    """The class, from MLflow's Scorer, and from the module that has Feedback."""
    from pydantic import PrivateAttr

    def made(said: dict[str, Any]) -> Any:
        error = said["error"] and entities.AssessmentError(error_code=said["error"][0], error_message=said["error"][1])
        return entities.Feedback(**{**said, "error": error, "source": entities.AssessmentSource(*said["source"])})

    class RubricScorer(base):  # type: ignore[misc]  # known when the package is there
        _judge: Any = PrivateAttr()
        _keys: Any = PrivateAttr()

        def __init__(self, judge: Any, keys: Keys, name: str | None, aggregations: Any, timeout: float | None) -> None:
            given = {} if timeout is None else {"timeout": timeout}
            about = f"judgekit: {judge.version}"
            listed = None if aggregations is None else list(aggregations)
            super().__init__(name=name or judge.rubric.name, aggregations=listed, description=about, **given)
            self._judge, self._keys = judge, keys

        def __call__(self, *, inputs: Any = None, outputs: Any = None, expectations: Any = None) -> list[Any]:
            transcript = self._keys.transcript(inputs, outputs, **reference_of(expectations))
            outcome = self._judge.score(transcript, known_inputs(expectations, inputs))
            return [made(said) for said in feedbacks_of(self.name, outcome)]

    return RubricScorer


def feedbacks_of(name: str, outcome: Outcome) -> list[dict[str, Any]]:
    """What feedbacks say, the score first, then what the rubric asks; `error` and `source` as pairs."""
    verdict = outcome.verdict
    metadata = {
        "judgekit.status": verdict.status,
        "judgekit.rubric": f"{verdict.rubric} {verdict.rubric_version}",
        "judgekit.fingerprint": verdict.fingerprint,
        "judgekit.verdict": orjson.dumps(outcome.metadata).decode(),
    }
    first = {
        "name": name,
        "value": outcome.score,
        "error": None if outcome.kind is None else (outcome.kind.upper(), outcome.reason),
        "rationale": outcome.explanation,
        "source": ("LLM_JUDGE", verdict.judge),
        "metadata": metadata,
    }
    return [first, *(_part(name, part, outcome) for part in parts(outcome))]


def _part(name: str, part: Part, outcome: Outcome) -> dict[str, Any]:
    counts = part.reason is None
    value = part.answer if part.value is None else part.value
    return {
        "name": f"{name}.{part.name}",
        "value": value if counts else None,
        "error": None if part.reason is None else (part.reason.partition(":")[0].upper(), part.reason),
        "rationale": part.text or None,
        "source": ("CODE", "judgekit") if part.by_code else ("LLM_JUDGE", outcome.verdict.judge),
        "metadata": {
            "judgekit.answer": part.answer or "",
            "judgekit.evidence": orjson.dumps(part.quotes).decode(),
            "judgekit.fingerprint": outcome.verdict.fingerprint,
        },
    }
