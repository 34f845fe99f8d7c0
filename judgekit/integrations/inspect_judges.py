"""The judge of an Inspect scorer: one of judgekit's own, or the model that has a role in the evaluation that is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from judgekit.errors import UserError
from judgekit.integrations.harness import needed
from judgekit.integrations.inspect import PACKAGE
from judgekit.integrations.inspect_score import keys_of, score_of, transcript_of
from judgekit.integrations.own_model import OwnModel, Said
from judgekit.integrations.rubric_judge import RubricJudge
from judgekit.running.judge import Judge
from judgekit.verdict import Usage

ROLE = "inspect/"
"""What a judge's name begins with that Inspect itself calls; the model's role stands behind it."""
_FINISH = {"max_tokens": "length", "model_length": "length", "content_filter": "content_filter"}
_PARAMETERS = (
    *("temperature", "top_p", "top_k", "seed", "max_tokens", "frequency_penalty", "presence_penalty"),
    *("reasoning_effort", "reasoning_tokens", "system_message"),
)


class Judges:
    """The judge that is to be asked now; with a role, each model that has it is one."""

    def __init__(self, rubric: Any, judge: Any, questions: Any, inputs: Any, options: Mapping[str, Any]) -> None:
        """Reads rubric and question file, so that what is wrong with them is said before the first sample.

        Raises:
            UserError: rubric, judge, questions or options are wrong.
        """
        self._given = (rubric, judge, questions, inputs, options)

        def make(by: Any) -> RubricJudge:
            return RubricJudge(rubric, judge=by, questions=questions, inputs=inputs, **options)

        self._make: Callable[[Any], RubricJudge] = make
        self._role = judge.removeprefix(ROLE) if isinstance(judge, str) and judge.startswith(ROLE) else None
        if self._role is not None and options:
            raise UserError(
                f"judge {judge}: Inspect calls it, so {', '.join(sorted(options))} cannot be given beside it"
            )
        self._first = make(judge if self._role is None else Judge("baseline"))
        self._by_model: dict[Any, RubricJudge] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is made anew in another process, as Scout does: connections cannot be handed over.

        Raises:
            UserError: the judge was not given by its name.
        """
        if not isinstance(self._given[1], str | None):
            raise UserError(
                "judge: another process is to use it, so give it by name, such as judge='openai/gpt-5-mini'"
            )
        return Judges, self._given

    def now(self) -> RubricJudge:
        """The judge.

        Raises:
            Exception: no model has the role; Inspect says how to give one.
        """
        if self._role is None:
            return self._first
        model = needed("inspect_ai.model", PACKAGE).get_model(role=self._role, required=True)
        if model not in self._by_model:
            self._by_model[model] = self._make(own_model(model))
        return self._by_model[model]


def scorer_of(judges: Judges) -> Any:
    """The function that Inspect calls with each sample's state and target."""

    async def score(state: Any, target: Any) -> Any:
        try:
            transcript = transcript_of(state, target)
        except ValueError as error:
            unscored = needed("inspect_ai.scorer", PACKAGE).Score.unscored
            return unscored(reason="no_response", explanation=f"no_response: {error}")
        rubric_judge = judges.now()
        outcome = await rubric_judge.ascore(transcript, {"target": transcript.reference, **transcript.metadata})
        rubric = rubric_judge.rubric
        names = [*(one.id for one in rubric.criteria), *(one.id for one in rubric.checks)]
        return score_of(outcome, keys_of(names), answer=transcript.response)

    return score


def own_model(model: Any) -> OwnModel:
    """A judge whose calls one of Inspect's models makes."""
    known = needed("inspect_ai.model", PACKAGE)
    kinds = {"system": known.ChatMessageSystem, "user": known.ChatMessageUser, "assistant": known.ChatMessageAssistant}

    async def send(body: Mapping[str, Any]) -> Said:
        output = await model.generate([kinds[one["role"]](content=one["content"]) for one in body["messages"]])
        if output.error:
            raise RuntimeError(output.error)
        return Said(output.completion, _FINISH.get(str(output.stop_reason), "stop"), _usage(output.usage))

    given = model.config.model_dump(include=set(_PARAMETERS), exclude_none=True)
    return OwnModel(f"{ROLE}{model}", send, parameters=given)


def _usage(used: Any) -> Usage:
    if used is None:
        return Usage()
    cached = used.input_tokens_cache_read or 0
    sent = used.input_tokens + cached + (used.input_tokens_cache_write or 0)
    return Usage(prompt_tokens=sent, completion_tokens=used.output_tokens, cached_tokens=cached)
