"""One closed question for the judge, and the names and answers that rubrics are written in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from judgekit.noun import Noun, Text

CANNOT_TELL = "cannot_tell"
"""The answer that every criterion allows."""

Name = Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""snake_case, at most 64 characters."""


def _quoted(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('YAML reads an unquoted yes, no, true or false as a truth value: put quotes around it, "yes"')
    return value


Answer = Annotated[Text, BeforeValidator(_quoted)]
"""One allowed answer, as text."""


class Criterion(Noun):
    """One closed question for the judge."""

    id: Name
    """Unique among the rubric's checks and criteria."""
    ask: Text
    """The question."""
    answers: tuple[Answer, ...] = Field(default=("yes", "no"), min_length=2)
    """The allowed answers; `cannot_tell` is always allowed beside them."""
    evidence: Literal["required", "if_yes", "none"] = "none"
    """When the answer has to quote the response: for every answer, for `yes`, or never."""
    quote_from: Literal["response", "user"] = "response"
    """Whose words the evidence is: of the response, or, in a question about turns, of the user before that turn."""
    not_in_prompt: bool = False
    """Whether a quote that stands in the prompt is none: for questions about what a response makes up."""
    points: float | dict[Answer, float] | None = None
    """With `level_from: points`: what `yes` earns, or what each answer earns."""

    @field_validator("answers")
    @classmethod
    def _distinct(cls, answers: tuple[str, ...]) -> tuple[str, ...]:
        if CANNOT_TELL in answers:
            raise ValueError("cannot_tell is always allowed: leave it out of the list")
        if len(set(answers)) != len(answers):
            raise ValueError("an answer stands twice")
        return answers

    def needs_evidence(self, answer: str) -> bool:
        """Whether this answer has to come with a quote."""
        if answer == CANNOT_TELL:
            return False
        return self.evidence == "required" or (self.evidence == "if_yes" and answer == "yes")

    def points_for(self, answer: str) -> float:
        """What this answer earns."""
        if isinstance(self.points, dict):
            return self.points.get(answer, 0.0)
        return self.points or 0.0 if answer == "yes" else 0.0
