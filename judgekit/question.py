"""The prompt that several responses answer, with what each rubric needs to know about it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, Self

from pydantic import ConfigDict, Field, JsonValue, PrivateAttr, model_validator

from judgekit.noun import MisfitError, Noun, Text
from judgekit.transcript import Provenance


class Constraint(Noun):
    """One explicit demand of a prompt, decided by a check or asked of the judge."""

    id: Text
    """Unique within the question."""
    quote: Text
    """The demand in the prompt's own words: a substring of it."""
    hard: bool = True
    """Whether breaking it breaks the answer; soft ones are wishes."""
    check: Text | None = None
    """The check that decides it."""
    exec_check: Text | None = None
    """A check that runs code; used only where running code is switched on."""
    with_: dict[str, JsonValue] = Field(default={}, alias="with")
    """The parameters of the check."""
    ask: Text | None = None
    """The closed question for the judge, where code cannot decide."""
    depends_on: tuple[Text, ...] = ()
    """Constraints that have to be met first; else this one is not applicable."""
    conflicts_with: tuple[Text, ...] = ()
    """Demands that pull the other way; for the report, not for the arithmetic."""
    settles: Text | None = None
    """With `exec_check`: the asked constraint whose answer this one replaces."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.check, self.exec_check, self.ask)) != 1:
            raise ValueError("a constraint needs exactly one of check, exec_check and ask")
        return self


class Pair(Noun):
    """Which side of a pair of questions a question is: one statement, made by the user and by somebody else."""

    id: Text
    """What both sides share."""
    side: Literal["user", "friend"]
    """Whose statement it is in this prompt."""


class Question(Noun):
    """One prompt and its inputs per rubric."""

    id: Text
    """The key that transcripts refer to."""
    prompt_sha256: Text | None = None
    """SHA-256 of the stripped prompt; a drift is an error."""
    prompt: Text | None = None
    """The prompt itself, where the file carries it."""
    note: Text | None = None
    """What the question tests; for people, never shown to the judge."""
    rubrics: dict[Text, dict[str, JsonValue]] = {}
    """The inputs of each rubric that applies, by rubric name."""
    provenance: dict[Text, Provenance] = {}
    """By response label: what a person found about where the words come from."""
    drafted_by: Literal["person", "model", "code"] | None = None
    """Who wrote the inputs; unreviewed drafts are flagged in their verdicts."""
    pair: Pair | None = None
    """Set where another question of the file makes the same statement from the other side."""


class QuestionSet(Noun):
    """A question file: its questions in order, found by id."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    judgekit: Literal["questions/1"] = "questions/1"
    """The file format."""
    title: Text = ""
    """For people."""
    questions: tuple[Question, ...] = ()
    """The questions in file order; ids are unique."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        seen: set[str] = set()
        found: list[tuple[tuple[str | int, ...], str]] = []
        for i, question in enumerate(self.questions):
            if question.id in seen:
                found.append((("questions", i, "id"), f"the question id {question.id!r} stands twice"))
            seen.add(question.id)
        if found:
            raise MisfitError(found)
        return self

    _folder: str | None = PrivateAttr(default=None)

    @property
    def folder(self) -> str | None:
        """The folder of the file it was read from, where rubric files named in it are found; None: it was not."""
        return self._folder

    def placed(self, folder: str) -> Self:
        """The same questions, read from a file in that folder."""
        here = self.model_copy()
        here._folder = folder
        return here

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """The questions by id."""
        return {question.id: question for question in self.questions}

    def get(self, question_id: str) -> Question | None:
        """The question with that id, or None."""
        return self.by_id.get(question_id)

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:  # type: ignore[override]
        return iter(self.questions)
