"""What is to be labelled: the transcripts of a source that a rubric applies to, with what people have to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.io.questions import attach
from judgekit.judging.job import read_inputs
from judgekit.noun import digest
from judgekit.question import Question, QuestionSet
from judgekit.rubric import Rubric
from judgekit.transcript import Message, Transcript


@dataclass(frozen=True, slots=True)
class Item:
    """One transcript, and the inputs of its question."""

    transcript: Transcript
    """What is labelled: its last assistant message."""
    inputs: Mapping[str, JsonValue]
    """What the question file says about the prompt under the rubric."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The turns up to the one that is labelled: what comes later must not count."""
        return self.transcript.messages[: self.transcript.response_index + 1]

    @property
    def digest(self) -> str:
        """The digest of all that a person sees of it."""
        turns = [[one.role, one.content, one.tool_calls] for one in self.messages]
        return digest([turns, self.transcript.context, self.transcript.reference, dict(self.inputs)])


@dataclass(frozen=True, slots=True)
class Pile:
    """The transcripts of a source by id, in its order."""

    items: Mapping[str, Item]
    """Those that the rubric applies to."""
    foreign: int
    """Those whose question has no entry for the rubric, and that were left out."""
    lacking: tuple[str, ...]
    """Ids of those that lack a required input: the judge cannot score them, and people may wonder."""


def read_items(transcripts: Iterable[Transcript], rubric: Rubric, questions: QuestionSet | None = None) -> Pile:
    """The transcripts that people can label under a rubric.

    Where a question of the file names the rubric, transcripts whose question does not are left out.

    Args:
        transcripts: the source.
        rubric: what they are labelled under.
        questions: supplies the rubric's inputs.

    Raises:
        UserError: there is none, or a question's inputs are not as the rubric declares them.

    >>> one = Transcript.from_text("Is water wet?", "Yes.", question_id="q1", label="A")
    >>> list(read_items([one], Rubric.from_text("It is short.")).items)
    ['q1/A']
    """
    some_named = any(rubric.name in one.rubrics for one in questions or ())
    held: dict[str, Item] = {}
    lacking: list[str] = []
    foreign = 0
    for transcript, question in attach(transcripts, questions):
        if some_named and (question is None or rubric.name not in question.rubrics):
            foreign += 1
            continue
        given = {} if question is None else question.rubrics.get(rubric.name, {})
        if read_inputs(rubric, given, _where(question)).missing:
            lacking.append(transcript.id)
        held[transcript.id] = Item(transcript, given)
    if not held:
        why = f"; none of the questions names {rubric.name}" if foreign else ""
        raise UserError(f"a transcript to label was wanted; there is none{why}")
    return Pile(held, foreign, tuple(lacking))


def _where(question: Question | None) -> str:
    return "no question" if question is None else f"question {question.id}"
