"""LangSmith and openevals: `evaluate(target, data=…, evaluators=[rubric_evaluator("sycophancy")])`; nothing of either
is imported, for an evaluator is a plain function that is called by its arguments' names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from judgekit.integrations.handed_over import Keys, known_inputs, reference_of
from judgekit.integrations.parts import parts

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.running.batch import RubricLike
    from judgekit.transcript import Transcript

Results = list[dict[str, Any]]
"""One `{key, score, comment, metadata}` for the verdict, then one for each criterion and check."""


def rubric_evaluator(
    rubric: RubricLike,
    *,
    feedback_key: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    **judge: Any,
) -> Callable[..., Results]:
    """An evaluator: a function of `inputs`, `outputs` and `reference_outputs`, which also work within an event loop.

    A verdict without a score has `score` None and says why in `comment`; where the call failed, `extra` marks it as an
    error, as LangSmith does itself where an evaluator raises.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        feedback_key: the key of the score, by default the rubric's name; a criterion's is `<key>.<criterion>`.
        prompt: the key of the prompt in `inputs`, where its name does not say it.
        response: the key of the response in `outputs`, where its name does not say it.
        **judge: as for `RubricJudge`: judge, questions, inputs, base_url …

    Raises:
        UserError: no judge is named, or rubric or options are wrong.
    """
    held = _Held(rubric, feedback_key, Keys(prompt, response), judge)

    def evaluator(*, inputs: Any = None, outputs: Any, reference_outputs: Any = None, **_: Any) -> Results:
        asked = held.asked(inputs, outputs, reference_outputs)
        return held.results(held.judge.score(*asked))

    evaluator.__name__ = held.key
    return evaluator


def async_rubric_evaluator(
    rubric: RubricLike,
    *,
    feedback_key: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    **judge: Any,
) -> Callable[..., Awaitable[Results]]:
    """The same, to be awaited: for `aevaluate`, where samples are judged side by side."""
    held = _Held(rubric, feedback_key, Keys(prompt, response), judge)

    async def evaluator(*, inputs: Any = None, outputs: Any, reference_outputs: Any = None, **_: Any) -> Results:
        asked = held.asked(inputs, outputs, reference_outputs)
        return held.results(await held.judge.ascore(*asked))

    evaluator.__name__ = held.key
    return evaluator


class _Held:
    """What an evaluator holds between calls."""

    def __init__(self, rubric: RubricLike, key: str | None, keys: Keys, judge: dict[str, Any]) -> None:
        from judgekit.integrations.rubric_judge import RubricJudge

        self.judge: RubricJudge = RubricJudge(rubric, **judge)
        self.key: str = key or self.judge.rubric.name
        self._keys = keys

    def asked(self, inputs: Any, outputs: Any, reference_outputs: Any) -> tuple[Transcript, dict[str, Any]]:
        """The transcript, and what the rubric may know: what is in `inputs` goes before `reference_outputs`."""
        transcript = self._keys.transcript(inputs, outputs, **reference_of(reference_outputs))
        return transcript, known_inputs(reference_outputs, inputs)

    def results(self, outcome: Outcome) -> Results:
        """The verdict in LangSmith's words."""
        first: dict[str, Any] = {
            "key": self.key,
            "score": outcome.score,
            "comment": outcome.explanation,
            "metadata": {"fingerprint": outcome.verdict.fingerprint, "verdict": outcome.metadata},
        }
        if outcome.verdict.failure is not None:
            first["extra"] = {"error": True}
        found = [first]
        for part in parts(outcome):
            # LangSmith takes a number as `score` and a word as `value`; None is left out of what it adds up.
            word = {"value": part.answer} if part.value is None and part.answer is not None else {}
            key = f"{self.key}.{part.name}"
            found.append({"key": key, "score": part.value, "comment": part.text, "metadata": part.metadata, **word})
        return found
