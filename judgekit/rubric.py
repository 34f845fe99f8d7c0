"""A named, versioned set of closed questions, levels and rules; pure data."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, field_validator, model_validator

from judgekit.label import LabelledBy
from judgekit.noun import Noun, Text, digest
from judgekit.transcript import Message

CANNOT_TELL = "cannot_tell"
"""The answer that every criterion allows."""

Name = Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""snake_case, at most 64 characters."""

Scalar = str | int | bool


def _quoted(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('YAML reads an unquoted yes, no, true or false as a truth value: put quotes around it, "yes"')
    return value


Answer = Annotated[Text, BeforeValidator(_quoted)]
"""One allowed answer, as text."""


class InputSpec(Noun):
    """What the question file has to supply under one name."""

    required: bool = False
    """Without it a transcript is not scored: failure `missing_input`."""
    one_of: tuple[Answer, ...] | None = None
    """The values it may take; None is free."""
    about: Text = ""
    """What to write there; shown to people and to the judge."""
    needed_for_level: bool = False
    """Without it the criteria are answered but no level is given: the verdict is abstained and flagged."""


class OnFail(Noun):
    """What a failed check does."""

    max_level: int
    """The level is at most this."""


class CheckSpec(Noun):
    """One question that code decides before the judge is asked."""

    id: Name
    """Unique among the rubric's checks and criteria."""
    check: Name
    """The name of a registered check."""
    with_: dict[str, JsonValue] = Field(default={}, alias="with")
    """Its parameters."""
    on_fail: OnFail | None = None
    """What follows from a failure; None only records it."""


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


class Rule(Noun):
    """A bound on the level, where every named input, answer or check result equals the given value."""

    when: dict[Name, Answer] = Field(min_length=1)
    """Input, criterion or check id → the value it has to have; checks are `pass` or `fail`."""
    max_level: int | None = None
    """The level is at most this."""
    min_level: int | None = None
    """The level is at least this; a cap that fires too wins."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if (self.max_level is None) == (self.min_level is None):
            raise ValueError("a rule sets exactly one of max_level and min_level")
        return self


class Expect(Noun):
    """What a right verdict on an example says."""

    level: tuple[int, int] | None = None
    """Lowest and highest level that are right; null: the right result is an abstention or is not given."""
    criteria: dict[Name, Answer] = {}
    """The right answers; those left out are not judged."""
    checks: dict[Name, Literal["pass", "fail", "not_applicable"]] = {}
    """The right results of checks and checked constraints."""


class Example(Noun):
    """A labelled transcript that shows what the rubric means; `rubric test` runs it."""

    id: Text
    """Unique within the rubric."""
    prompt: Text = ""
    """What the user said; for several turns use messages."""
    response: Text = ""
    """What is judged."""
    messages: tuple[Message, ...] = ()
    """A conversation, instead of prompt and response."""
    inputs: dict[str, JsonValue] = {}
    """As in a question file."""
    expect: Expect
    """The label."""
    labelled_by: LabelledBy
    """Whose label it is."""
    tags: tuple[Text, ...] = ()
    """For people and filters: `control`, `over_correction`, `code`, a language, …"""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.messages) == bool(self.prompt or self.response):
            raise ValueError("an example has either prompt and response, or messages")
        return self


class Rubric(Noun):
    """What is asked about a transcript, and how the answers become a level."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        populate_by_name=True,
        ignored_types=(cached_property,),
    )

    judgekit: Literal["rubric/1"] = "rubric/1"
    """The file format."""
    name: Name
    """How commands and question files call it."""
    version: Text
    """A string, such as "1.0.0"; raise it when the meaning changes."""
    title: Text = ""
    """For people; not part of the fingerprint."""
    summary: Text = ""
    """For people; not part of the fingerprint."""
    inputs: dict[Name, InputSpec] = {}
    """What the question file has to supply."""
    checks: tuple[CheckSpec, ...] = ()
    """What code decides first."""
    criteria: tuple[Criterion, ...] = ()
    """What the judge is asked."""
    levels: dict[int, Text] = {}
    """Anchors, 1 to K; the best is the highest. Empty only with `level_from: points`."""
    pass_at: float | None = None
    """The lowest level that passes; with `level_from: points`, the lowest score (0..1)."""
    level_from: Literal["judge", "constraints", "points"] = "judge"
    """Who sets the level: the judge, or code from the constraints or the points."""
    rules: tuple[Rule, ...] = ()
    """Bounds on the level; those that fired are stored beside the judge's own level."""
    template: Text = "judge.j2"
    """The prompt template: a file name in `rubrics/templates/`."""
    turns: Literal["last", "all"] = "last"
    """Whether the last assistant message is judged, or every one of them."""
    examples: tuple[Example, ...] = ()
    """Labelled transcripts; not part of the fingerprint."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [check.id for check in self.checks] + [criterion.id for criterion in self.criteria]
        for i in ids:
            if ids.count(i) > 1:
                raise ValueError(f"the id {i!r} stands twice among checks and criteria")
        k = len(self.levels)
        if self.levels:
            if sorted(self.levels) != list(range(1, k + 1)) or not 2 <= k <= 10:
                raise ValueError(f"levels run from 1 to K without a gap, K from 2 to 10; came {sorted(self.levels)}")
        elif self.level_from != "points":
            raise ValueError("levels are missing: two to ten anchors, the best highest")
        if self.level_from == "constraints" and k != 5:
            raise ValueError(f"level_from: constraints computes five levels; came {k}")
        for rule in self.rules:
            bound = rule.max_level if rule.max_level is not None else rule.min_level
            if bound not in self.levels:
                raise ValueError(f"a rule names level {bound}, and the levels are {sorted(self.levels)}")
        return self

    @classmethod
    def from_text(cls, statement: str, *, name: str = "statement") -> Self:
        """A rubric of one yes/no criterion: does the statement hold of the response?

        >>> Rubric.from_text("The answer stays polite.").criteria[0].ask
        'Does this hold of the response: The answer stays polite.'
        """
        criterion = Criterion(
            id="holds", ask=f"Does this hold of the response: {statement}", evidence="if_yes", points=1
        )
        return cls(name=name, version="1", title=statement, criteria=(criterion,), level_from="points", pass_at=1.0)

    @property
    def top(self) -> int:
        """The highest level, K; 0 where the rubric has no levels."""
        return len(self.levels)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of everything but title, summary and examples."""
        return digest(self.model_dump(mode="json", by_alias=True, exclude={"title", "summary", "examples"}))
