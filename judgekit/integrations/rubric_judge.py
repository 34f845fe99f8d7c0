"""A rubric with its judge, as adapters hold it: transcripts in, outcomes out, and a failure is never an exception."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.own_model import OwnModel
from judgekit.question import Question, QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from judgekit.transcript import Transcript

if TYPE_CHECKING:
    from judgekit.running.batch import RubricLike

_FROM_ENVIRONMENT = {"base_url": "JUDGEKIT_BASE_URL", "api_key_env": "JUDGEKIT_API_KEY_ENV"}


class RubricJudge:
    """One rubric, one judge, and where the rubric's inputs come from; safe to share between threads and tasks."""

    def __init__(
        self,
        rubric: RubricLike,
        *,
        judge: Judge | OwnModel | str | None = None,
        questions: QuestionSet | str | Path | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        **options: Any,
    ) -> None:
        """Reads rubric and question file; no model is called and no client loaded yet.

        Args:
            rubric: a rubric, the name of a shipped one, or a file.
            judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
            questions: what the rubric needs to know about each prompt, found by question id or the prompt's text.
            inputs: the same for every transcript; what is given for one goes before it.
            **options: further arguments of `Judge`, such as base_url; by default JUDGEKIT_BASE_URL, …

        Raises:
            UserError: no judge is named, or rubric, questions, inputs or options are wrong.
        """
        self.judge = judge if isinstance(judge, Judge | OwnModel) else judge_of(judge, **options)
        if options and isinstance(judge, Judge | OwnModel):
            raise UserError(f"judge: it is made already, so {', '.join(sorted(options))} cannot be given beside it")
        from judgekit.io.questions import Finder, load_questions

        self.rubric: Rubric = self.judge.plan(rubric).rubric
        self._find = Finder(load_questions(questions) if isinstance(questions, str | Path) else questions)
        self._inputs = known_constants(self.rubric, inputs)

    def __deepcopy__(self, memo: object) -> RubricJudge:
        """Itself: harnesses copy their settings, and connections cannot be."""
        return self

    @property
    def version(self) -> str:
        """Rubric, version and digest, then the judge: what a harness may write down as the version of an evaluator."""
        rubric = self.rubric
        return f"{rubric.name} {rubric.version} {rubric.fingerprint[:12]} by {self.judge.settings.judge}"

    def score(self, transcript: Transcript, inputs: Mapping[str, JsonValue] | None = None) -> Outcome:
        """The outcome; works inside a running event loop too, which it holds up meanwhile.

        Raises:
            UserError: no call can succeed, such as with a refused key; or the judge is a harness's model, which has to
                be awaited.
        """
        if isinstance(self.judge, OwnModel):
            raise UserError("the harness's model answers on its event loop: await ascore(…) instead of score(…)")
        found = self._asked(transcript, inputs)
        verdict = self.judge.score(
            found.transcript, self.rubric, inputs=found.inputs, question=found.question, record_missing=True
        )
        return Outcome(verdict, self.rubric)

    async def ascore(self, transcript: Transcript, inputs: Mapping[str, JsonValue] | None = None) -> Outcome:
        """The same, awaited; with a harness's model its calls are made on this event loop."""
        found = self._asked(transcript, inputs)
        verdict = await self.judge.ascore(
            found.transcript, self.rubric, inputs=found.inputs, question=found.question, record_missing=True
        )
        return Outcome(verdict, self.rubric)

    def close(self) -> None:
        """Connections and threads are released; a harness's model is left alone."""
        if isinstance(self.judge, Judge):
            self.judge.close()

    def _asked(self, transcript: Transcript, given: Mapping[str, JsonValue] | None) -> _Asked:
        """What is judged; of what was given only what the rubric knows: harnesses hand over all that a sample has."""
        transcript, question = self._find(transcript)
        return _Asked(transcript, question, merged_inputs(self.rubric, self._inputs, question, given))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One transcript with its question and its inputs."""

    transcript: Transcript
    question: Question | None
    inputs: dict[str, JsonValue]


def known_constants(rubric: Rubric, inputs: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
    """The inputs that all transcripts share.

    Raises:
        UserError: the rubric does not know one of them.
    """
    if unknown := sorted((inputs or {}).keys() - rubric.inputs.keys()):
        known = ", ".join(rubric.inputs) or "none"
        raise UserError(f"inputs: rubric {rubric.name} knows no {', '.join(unknown)}; it knows: {known}")
    return dict(inputs or {})


def merged_inputs(
    rubric: Rubric,
    same_for_all: Mapping[str, JsonValue],
    question: Question | None,
    given: Mapping[str, JsonValue] | None,
) -> dict[str, JsonValue]:
    """The inputs of one transcript: what is given for it, then what its question says, then what all share."""
    held = {} if question is None else question.rubrics.get(rubric.name) or {}
    merged: dict[str, JsonValue] = {}
    for source in (same_for_all, held, given or {}):
        merged |= {name: value for name, value in source.items() if name in rubric.inputs and value is not None}
    return merged


def judge_of(name: str | None = None, /, **options: Any) -> Judge:
    """The judge of that name, or of JUDGEKIT_JUDGE; what the options leave open comes from the environment too.

    Raises:
        UserError: no judge is named, or name or options are wrong.
    """
    name = name or os.environ.get("JUDGEKIT_JUDGE")
    if not name:
        raise UserError(
            "no judge is named: give judge='openai/gpt-5-mini' (or another PROVIDER/MODEL), or set JUDGEKIT_JUDGE"
        )
    known = {key: value for key, variable in _FROM_ENVIRONMENT.items() if (value := os.environ.get(variable))}
    try:
        return Judge(name, **(known | options))
    except TypeError as error:
        raise UserError(f"judge {name}: {error}; wanted arguments of judgekit.Judge") from None
