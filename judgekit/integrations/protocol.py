"""The judge as a plain function, for every harness that has no adapter: texts in, a dictionary of plain JSON out.

    judge = jk.judge_function("courtesy.yaml", judge="openai/gpt-5-mini")
    judge("Where is the station?", "Gladly: straight on.", {"topic": "the way"})["score"]

The score is 0..1, or None: then `reason` says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from judgekit.transcript import Message, Transcript

if TYPE_CHECKING:
    from judgekit.integrations.own_model import OwnModel
    from judgekit.question import QuestionSet
    from judgekit.running.batch import RubricLike
    from judgekit.running.judge import Judge

Prompt = str | Sequence[Message | Mapping[str, Any]]
"""What the user said, or the conversation so far in OpenAI's chat form."""


class JudgeFunction:
    """A function of prompt, response and inputs; safe to call from many threads and tasks at once.

    What it gives is `judgekit.integrations.outcome.Outcome.to_dict`: `score` and `passed` (null where there is no
    score: then `reason` says why), `reason`, `values`, `answers`, `explanation` and the whole `verdict`.
    """

    def __init__(self, rubric: RubricLike, **options: Any) -> None:
        from judgekit.integrations.rubric_judge import RubricJudge

        self._rubric_judge = RubricJudge(rubric, **options)

    @property
    def version(self) -> str:
        """Rubric and judge, for what a harness writes down as the version of an evaluator."""
        return self._rubric_judge.version

    def __call__(
        self,
        prompt: Prompt,
        response: str | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """The outcome; a call that fails is an outcome too, and no exception.

        Args:
            prompt: what the user said, or a conversation.
            response: what is judged; None: the last message of the conversation.
            inputs: what the rubric needs to know about the prompt; names that it does not know are passed over.
            **fields: further fields of a transcript: question_id, label, reference, context, …

        Raises:
            UserError: no call can succeed (a refused key, an unknown model), or this is no conversation.
        """
        return self._rubric_judge.score(_transcript(prompt, response, fields), inputs).to_dict()

    async def acall(
        self,
        prompt: Prompt,
        response: str | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """The same, awaited."""
        return (await self._rubric_judge.ascore(_transcript(prompt, response, fields), inputs)).to_dict()

    def close(self) -> None:
        """Connections and threads are released."""
        self._rubric_judge.close()


def judge_function(
    rubric: RubricLike,
    *,
    judge: Judge | OwnModel | str | None = None,
    questions: QuestionSet | str | Path | None = None,
    inputs: Mapping[str, JsonValue] | None = None,
    **options: Any,
) -> JudgeFunction:
    """The judge as a function of prompt, response and inputs to a dictionary of plain JSON.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
        questions: what the rubric needs to know about each prompt, found by question id or the prompt's text.
        inputs: the same for every call; what is given to one goes before it.
        **options: further arguments of `Judge`, such as base_url.

    Raises:
        UserError: no judge is named, or rubric, questions or options are wrong.

    >>> ask = judge_function("brevity", judge="baseline")
    >>> sorted(ask("Name a colour.", "Red."))
    ['answers', 'explanation', 'passed', 'reason', 'score', 'values', 'verdict']
    """
    return JudgeFunction(rubric, judge=judge, questions=questions, inputs=inputs, **options)


def _transcript(prompt: Prompt, response: str | None, fields: Mapping[str, Any]) -> Transcript:
    turns: list[Message | Mapping[str, Any]] = [Message(role="user", content=prompt)] if isinstance(prompt, str) else []
    if not isinstance(prompt, str):
        turns = list(prompt)
    if response is not None:
        turns.append(Message(role="assistant", content=response))
    return Transcript.from_messages(turns, **fields)
