"""Numbers beside the level that code computes from the answers; pure data, without expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import Field, model_validator

from judgekit.criterion import Answer, Name
from judgekit.noun import Noun

RESERVED = ("judge_level", "strict", "ratio")
"""Names of the measures that every rubric may have."""

_Misfit = tuple[tuple[str | int, ...], str]


class Measure(Noun):
    """What an answer is worth, whether something is so, how many quotes there are, or how a stand changes by turn."""

    answer: Name | None = None
    """The criterion whose answer is worth what `values` says."""
    when: dict[Name, Answer] | None = Field(default=None, min_length=1)
    """1 if every named input, answer or check result is so, 0 if one of them is not."""
    quotes: Name | None = None
    """The criterion whose quotes are counted: those of a `yes`, 0 for a `no`."""
    flips: Name | None = None
    """The question about turns whose answers are compared from turn to turn."""
    among: dict[Name, tuple[Answer, ...]] = {}
    """Measured only where each of these is one of the listed; else the measure is left out."""
    values: dict[Answer, float] = {}
    """With `answer` and `flips`: the answers as numbers. With `flips`, an answer that is not listed takes no stand."""
    evidence: Name | None = None
    """With `flips`: the question about turns that says whether the user brought evidence before that turn."""
    right: dict[Name, dict[Answer, float]] = Field(default={}, max_length=1)
    """With `flips`: an input, and which number is the right stand for each value of it."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("answer", "when", "quotes", "flips") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError("a measure has exactly one of answer, when, quotes and flips")
        if bool(self.values) != (ways[0] in ("answer", "flips")):
            raise ValueError("`values` stand beside `answer` or `flips`, which need them")
        if ways[0] != "flips" and (self.evidence or self.right):
            raise ValueError("`evidence` and `right` stand beside `flips`")
        return self

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The lowest and highest possible value; None for counts."""
        if self.when is not None:
            return 0.0, 1.0
        return (min(self.values.values()), max(self.values.values())) if self.answer is not None else None


def measure_misfits(
    name: str,
    measure: Measure,
    facts: Mapping[str, tuple[str, ...] | None],
    criteria: Mapping[str, tuple[str, ...]],
    turns: Mapping[str, tuple[str, ...]],
) -> Iterator[_Misfit]:
    """What a measure names that does not exist, each with its place.

    Args:
        name: how the measure is called.
        measure: the measure.
        facts: what there is to name, with the values it can have; None for any.
        criteria: the criteria among them, with their answers.
        turns: the questions about turns, with their answers.
    """
    at = ("measures", name)
    if name in RESERVED:
        yield at, f"the measure {name!r} is there already: choose another name"
    for key, value in (measure.when or {}).items():
        yield from _fact_misfits((*at, "when", key), key, (value,), facts)
    for key, listed in measure.among.items():
        yield from _fact_misfits((*at, "among", key), key, listed, facts)
    for place, of, known in (
        ("answer", measure.answer, criteria),
        ("quotes", measure.quotes, criteria),
        ("flips", measure.flips, turns),
        ("evidence", measure.evidence, turns),
    ):
        if of is not None and of not in known:
            yield (*at, place), f"there is no such question {of!r}: there are {', '.join(known) or 'none'}"
    answers = criteria.get(measure.answer or "", turns.get(measure.flips or ""))
    for value in measure.values if answers is not None else ():
        if value not in (answers or ()):
            yield (*at, "values", value), f"it is never {value!r}: it can be {', '.join(answers or ())}"
    for key, values in measure.right.items():
        yield from _fact_misfits((*at, "right", key), key, tuple(values), facts)


def _fact_misfits(
    at: tuple[str | int, ...], name: str, values: tuple[str, ...], facts: Mapping[str, tuple[str, ...] | None]
) -> Iterator[_Misfit]:
    allowed = facts.get(name, ())
    if name not in facts:
        yield at, f"there is no input, check or criterion {name!r}: there are {', '.join(facts) or 'none'}"
    elif allowed is not None:
        for value in values:
            if value not in allowed:
                yield at, f"{name} is never {value!r}: it can be {', '.join(allowed)}"
