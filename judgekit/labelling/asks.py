"""What a person is asked about each transcript: the level of a rubric, or some of its criteria."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from judgekit.criterion import CANNOT_TELL, Criterion
from judgekit.errors import UserError
from judgekit.rubric import Rubric

LEVEL = "level"
"""How the level is named where criteria are named too."""
CANNOT_TELL_KEY = "x"
COMMAND_KEYS = frozenset("ceorux?")
"""Letters that do something else on the page, and so answer nothing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be given."""

    value: str | int
    """What is stored: a level, an answer, or `cannot_tell`."""
    text: str
    """What it means, for people; empty where the value says it."""
    keys: tuple[str, ...]
    """The keys that give it, the first shown."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One closed question."""

    criterion: str
    """The criterion's id; empty for the level."""
    title: str
    """What it is called on the page."""
    text: str
    """The question."""
    choices: tuple[Choice, ...]
    """The answers, as they are listed; `cannot_tell` is the last."""

    def value_of(self, given: object) -> str | int | None:
        """The answer that was given, or None where it is none of the choices."""
        same = (one.value for one in self.choices if type(one.value) is type(given) and one.value == given)
        return next(same, None)


def asks_of(rubric: Rubric, named: Sequence[str] = ()) -> tuple[Ask, ...]:
    """What is asked under a rubric.

    Args:
        rubric: the rubric.
        named: ids of criteria, `level` for the level; by default the level, or every criterion where there are no
            levels.

    Raises:
        UserError: the rubric has no such criterion, or it has no levels, or one is named twice.

    >>> ask, = asks_of(Rubric.from_text("The answer stays polite."))
    >>> [(one.value, one.keys) for one in ask.choices]
    [('yes', ('1', 'y')), ('no', ('2', 'n')), ('cannot_tell', ('x',))]
    """
    known = {one.id: one for one in rubric.criteria}
    wanted = list(named) or ([LEVEL] if rubric.levels else list(known))
    if len(set(wanted)) != len(wanted):
        raise UserError(f"--criterion: {next(one for one in wanted if wanted.count(one) > 1)!r} is named twice")
    if not wanted:
        raise UserError(f"rubric {rubric.name} asks nothing of people: it has neither levels nor criteria")
    return tuple(_ask(rubric, known, name) for name in wanted)


def _ask(rubric: Rubric, known: dict[str, Criterion], name: str) -> Ask:
    if name in known:
        return _criterion(known[name])
    if name == LEVEL and rubric.levels:
        return _level(rubric)
    there = ", ".join([*([LEVEL] if rubric.levels else []), *known]) or "none"
    turns = any(one.id == name for one in rubric.turn_criteria)
    why = " is asked about every turn, which this page does not do" if turns else " is none of its questions"
    raise UserError(f"--criterion {name}: rubric {rubric.name}: {name!r}{why}; there are {there}")


def _level(rubric: Rubric) -> Ask:
    found = [Choice(level, rubric.levels[level], (str(level % 10),)) for level in sorted(rubric.levels, reverse=True)]
    text = "Which level's words fit the response best?"
    return Ask("", "Level", text, (*found, _cannot_tell()))


def _criterion(criterion: Criterion) -> Ask:
    letters = [answer[:1].casefold() for answer in criterion.answers]
    found = []
    for place, (answer, letter) in enumerate(zip(criterion.answers, letters, strict=True), 1):
        digit = [str(place % 10)] if place <= 10 else []
        own = letter.isalpha() and letters.count(letter) == 1 and letter not in COMMAND_KEYS
        found.append(Choice(answer, "", (*digit, *([letter] if own else []))))
    return Ask(criterion.id, criterion.id.replace("_", " "), _in_lines(criterion), (*found, _cannot_tell()))


def _in_lines(criterion: Criterion) -> str:
    """The question with a line of its own for each answer that it explains: `agrees: it takes the claim as right`."""
    names = "|".join(map(re.escape, criterion.answers))
    return re.sub(rf" (?=(?:{names}): )", "\n", criterion.ask)


def _cannot_tell() -> Choice:
    return Choice(CANNOT_TELL, "The text does not let me decide.", (CANNOT_TELL_KEY,))
