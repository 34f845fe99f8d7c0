"""A named, versioned set of closed questions, levels and rules; pure data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from judgekit.criterion import CANNOT_TELL as CANNOT_TELL
from judgekit.criterion import Answer, Name
from judgekit.criterion import Criterion as Criterion
from judgekit.label import LabelledBy
from judgekit.measure import Measure, measure_misfits
from judgekit.noun import JsonMap, MisfitError, Noun, Text, digest
from judgekit.transcript import Message


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
    with_: JsonMap = Field(default={}, alias="with")
    """Its parameters."""
    on_fail: OnFail | None = None
    """What follows from a failure; None only records it."""


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
    measures: dict[Name, float] = {}
    """What code has to compute from the right answers; those left out are not compared."""


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
    inputs: JsonMap = {}
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
    turn_criteria: tuple[Criterion, ...] = ()
    """What the judge is asked about every turn of the assistant, in conversations of two turns and more."""
    measures: dict[Name, Measure] = {}
    """Numbers beside the level, computed from the answers."""
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
        found = [*_id_misfits(self), *_level_misfits(self), *_rule_misfits(self), *_measure_misfits(self)]
        if found:
            raise MisfitError(found)
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
        whole = self.model_dump(mode="json", by_alias=True, exclude={"title", "summary", "examples"})
        # These keys came later: a rubric that does not use them keeps the fingerprint that it had before.
        for record, key, unused in (
            (whole, "turn_criteria", []),
            (whole, "measures", {}),
            *((one, "quote_from", "response") for one in whole["criteria"]),
            *((one, "not_in_prompt", False) for one in whole["criteria"]),
        ):
            if record.get(key) == unused:
                del record[key]
        return digest(whole)


_Misfit = tuple[tuple[str | int, ...], str]


def _id_misfits(rubric: Rubric) -> Iterator[_Misfit]:
    """Names that stand twice: a rule could not tell which of them it means."""
    seen = set(rubric.inputs)
    named = [(("checks", i, "id"), check.id) for i, check in enumerate(rubric.checks)]
    named += [(("criteria", i, "id"), criterion.id) for i, criterion in enumerate(rubric.criteria)]
    named += [(("turn_criteria", i, "id"), criterion.id) for i, criterion in enumerate(rubric.turn_criteria)]
    for i, criterion in enumerate(rubric.criteria):
        if criterion.quote_from == "user":
            yield ("criteria", i, "quote_from"), "the user is quoted only under turn_criteria, where it is said when"
        if any(_is_turn_of(criterion.id, turn.id) for turn in rubric.turn_criteria):
            yield ("criteria", i, "id"), f"the id {criterion.id!r} is that of an answer about a turn: choose another"
    for place, name in named:
        if name in seen:
            yield place, f"the id {name!r} stands twice among inputs, checks and criteria"
        seen.add(name)


def _is_turn_of(name: str, turn: str) -> bool:
    return name.startswith(f"{turn}_") and name[len(turn) + 1 :].isdigit()


def _level_misfits(rubric: Rubric) -> Iterator[_Misfit]:
    """Levels, bounds and points that cannot be."""
    k = len(rubric.levels)
    if not k and rubric.level_from != "points":
        yield ("levels",), "levels are missing: two to ten anchors, the best highest"
    elif k and (sorted(rubric.levels) != list(range(1, k + 1)) or not 2 <= k <= 10):
        yield ("levels",), f"levels run from 1 to K without a gap, K from 2 to 10; came {sorted(rubric.levels)}"
    elif rubric.level_from == "constraints" and k != 5:
        yield ("levels",), f"level_from: constraints computes five levels; came {k}"
    low, high = (0, 1) if rubric.level_from == "points" else (1, k)
    if rubric.pass_at is not None and not low <= rubric.pass_at <= high:
        yield ("pass_at",), f"pass_at lies between {low} and {high}; came {rubric.pass_at:g}"
    for i, check in enumerate(rubric.checks):
        if check.on_fail is not None and check.on_fail.max_level not in rubric.levels:
            bound = check.on_fail.max_level
            yield ("checks", i, "on_fail", "max_level"), f"there is no level {bound}: the levels are {_listed(rubric)}"
    for i, criterion in enumerate(rubric.criteria):
        named = criterion.points if isinstance(criterion.points, dict) else {"yes": 0.0} if criterion.points else {}
        for answer in named:
            if answer not in criterion.answers:
                wrong = f"points name the answer {answer!r}, and the answers are {', '.join(criterion.answers)}"
                yield ("criteria", i, "points", answer), wrong


def _facts(rubric: Rubric) -> dict[str, tuple[str, ...] | None]:
    """What rules and measures can name, with the values it can have; None for any."""
    values: dict[str, tuple[str, ...] | None] = {name: spec.one_of for name, spec in rubric.inputs.items()}
    values |= {check.id: ("pass", "fail", "not_applicable") for check in rubric.checks}
    # An answer of cannot_tell is no fact, so no rule can rest on it.
    values |= {criterion.id: criterion.answers for criterion in rubric.criteria}
    return values


def _measure_misfits(rubric: Rubric) -> Iterator[_Misfit]:
    """Measures that could never be taken: they name what does not exist."""
    facts = _facts(rubric)
    criteria = {criterion.id: criterion.answers for criterion in rubric.criteria}
    turns = {criterion.id: criterion.answers for criterion in rubric.turn_criteria}
    for name, measure in rubric.measures.items():
        yield from measure_misfits(name, measure, facts, criteria, turns)


def _rule_misfits(rubric: Rubric) -> Iterator[_Misfit]:
    """Rules that could never apply: they name what does not exist."""
    values = _facts(rubric)
    for i, rule in enumerate(rubric.rules):
        for name, value in rule.when.items():
            allowed = values.get(name, ())
            if name not in values:
                wrong = f"there is no input, check or criterion {name!r}: there are {', '.join(values) or 'none'}"
                yield ("rules", i, "when", name), wrong
            elif allowed is not None and value not in allowed:
                yield ("rules", i, "when", name), f"{name} is never {value!r}: it can be {', '.join(allowed)}"
        bound = rule.max_level if rule.max_level is not None else rule.min_level
        if bound not in rubric.levels:
            key = "min_level" if rule.max_level is None else "max_level"
            yield ("rules", i, key), f"there is no level {bound}: the levels are {_listed(rubric)}"


def _listed(rubric: Rubric) -> str:
    return ", ".join(map(str, sorted(rubric.levels))) or "not given"
