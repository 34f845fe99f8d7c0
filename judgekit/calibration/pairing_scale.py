"""The answers that are possible, and what number each stands for.

A level is its own number, 1..K. Of answers that are words, `no`/`yes` and `fail`/`pass` are 0 and 1, and all others are
their place in the rubric, from 0. Answers that are numbers are themselves. Points and scores have no categories but a
range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.refusal import is_refusal
from judgekit.errors import UserError
from judgekit.io.cells import is_number
from judgekit.rubric import CANNOT_TELL, Rubric

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Category, Floats, Ints
    from judgekit.io.columns import Values

OFF_SCALE = "off the scale"
"""A number below or above all that is possible."""
BETWEEN = "between two categories"
"""A number on the scale that is none of its categories, such as 2.67: an average."""
UNKNOWN = "not an answer"
"""A text that is none of the answers."""
ABSTAINED = "abstained"
"""The answer `cannot_tell`."""
REASONS = ("", OFF_SCALE, BETWEEN, UNKNOWN, ABSTAINED)
"""What `Scale.read` says of a value; the first is: nothing wrong."""
_OFF_SCALE, _BETWEEN, _UNKNOWN, _ABSTAINED = range(1, 5)
_CANNOT_TELL = (CANNOT_TELL, "cannot tell")
_BINARY: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "no": ("yes", {"false": 0.0, "n": 0.0, "true": 1.0, "y": 1.0}),
    "fail": ("pass", {"false": 0.0, "failed": 0.0, "true": 1.0, "passed": 1.0}),
    "false": ("true", {}),
}
"""Pairs of answers of which the second is 1, and other words for them."""
_FEW = 20
"""More different values than these are no categories, where none are declared."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What values are possible."""

    categories: tuple[float, ...]
    """The number of each answer, ascending; empty where every number of the range is possible."""
    answers: tuple[str, ...]
    """What each category is called."""
    low: float
    """The lowest value."""
    high: float
    """The highest value."""
    ordered: bool
    """Whether a higher number is more of something; answers in words have no order, two of them always have one."""
    declared: bool = True
    """Whether rubric or caller named the scale; else it is what occurs, and nothing can be off it."""

    def read(self, values: Values) -> tuple[Floats, Ints]:
        """(n,) the number of each value, nan where it is none, and (n,) the place in `REASONS` of why it is none."""
        words = self._words()
        texts = values.texts.names
        # A text that is a number is one, unless an answer is spelt so.
        as_number = np.array(
            [float(text) if is_number(text) and _fold(text) not in words else np.nan for text in texts]
        )
        as_word = np.array([words.get(_fold(text), np.nan) for text in texts])
        why_word = np.array([_ABSTAINED if _fold(text) in _CANNOT_TELL else _UNKNOWN for text in texts], dtype=np.intp)
        written = values.texts.codes >= 0
        place = values.texts.codes[written]
        numbers = values.numbers.copy()
        numbers[written] = as_number[place]
        codes, why = self._read_numbers(numbers)
        word = np.zeros(len(codes), dtype=bool)
        word[written] = np.isnan(as_number[place])
        codes[word] = as_word[values.texts.codes[word]]
        why[word] = np.where(np.isnan(codes[word]), why_word[values.texts.codes[word]], 0)
        return codes, why

    def _read_numbers(self, numbers: Floats) -> tuple[Floats, Ints]:
        there = ~np.isnan(numbers)
        why = np.zeros(len(numbers), dtype=np.intp)
        if not self.categories:
            why[there & ((numbers < self.low) | (numbers > self.high))] = _OFF_SCALE
            return np.where(why == 0, numbers, np.nan), why
        known = self._known_numbers(numbers[there])
        if not known:
            why[there] = _UNKNOWN
            return np.full(len(numbers), np.nan), why
        spelt = np.array(sorted(known))
        code = np.array([known[number] for number in spelt.tolist()])
        place = np.minimum(np.searchsorted(spelt, numbers), len(spelt) - 1)
        wrong = there & (spelt[place] != numbers)
        inside = (numbers > spelt[0]) & (numbers < spelt[-1])
        why[wrong] = np.where(inside[wrong], _BETWEEN, _OFF_SCALE) if self._in_numbers else _UNKNOWN
        return np.where(there & ~wrong, code[place], np.nan), why

    def _known_numbers(self, came: Floats) -> dict[float, float]:
        """What each number stands for; for two words 0 and 1, unless others came: these are coded in another way."""
        pairs = zip(self.answers, self.categories, strict=True)
        known = {float(answer): code for answer, code in pairs if is_number(answer)}
        if self._is_binary and bool(np.isin(came, (0.0, 1.0)).all()):
            known |= {0.0: 0.0, 1.0: 1.0}
        return known

    @property
    def _in_numbers(self) -> bool:
        return all(map(is_number, self.answers))

    @property
    def _is_binary(self) -> bool:
        return len(self.answers) == 2 and _BINARY.get(self.answers[0], ("", {}))[0] == self.answers[1]

    def _words(self) -> dict[str, float]:
        words = dict(_BINARY[self.answers[0]][1]) if self._is_binary else {}
        return words | {_fold(answer): code for answer, code in zip(self.answers, self.categories, strict=True)}


def scale_of(rubric: Rubric, criterion: str) -> Scale:
    """The scale of a rubric's level (or points), or of one of its criteria or checks.

    Raises:
        UserError: the rubric has no such criterion.

    >>> from judgekit.rubric import Rubric
    >>> scale_of(Rubric.from_text("It is polite."), "holds").answers
    ('no', 'yes')
    """
    if not criterion:
        if rubric.levels:
            levels = sorted(rubric.levels)
            return Scale(tuple(map(float, levels)), tuple(map(str, levels)), levels[0], levels[-1], ordered=True)
        return Scale((), (), 0.0, 1.0, ordered=True)
    for one in rubric.criteria:
        if one.id == criterion:
            return answer_scale(one.answers)
    if any(check.id == criterion for check in rubric.checks):
        return answer_scale(("pass", "fail"))
    known = ", ".join([*(one.id for one in rubric.criteria), *(check.id for check in rubric.checks)]) or "none"
    raise UserError(f"rubric {rubric.name} has no criterion {criterion!r}; there are {known}; '' is its level")


def answer_scale(answers: Sequence[Category], *, declared: bool = True) -> Scale:
    """The scale of these answers, numbers or words.

    Raises:
        UserError: there is none, or one stands twice.

    >>> answer_scale(["yes", "no"]).categories, answer_scale([1, 2, 3]).answers, answer_scale(["b", "a", "c"]).answers
    ((0.0, 1.0), ('1', '2', '3'), ('b', 'a', 'c'))
    """
    names = [answer.strip() if isinstance(answer, str) else f"{answer:g}" for answer in answers]
    if not names:
        raise UserError("categories: at least one answer was wanted; none came")
    if len(set(map(_fold, names))) < len(names):
        raise UserError(f"categories: each answer once was wanted; came {', '.join(names)}")
    if all(map(is_number, names)):
        names.sort(key=float)
        codes = tuple(map(float, names))
        return Scale(codes, tuple(names), codes[0], codes[-1], ordered=True, declared=declared)
    if len(names) == 2 and names[1] in _BINARY and _BINARY[names[1]][0] == names[0]:
        names.reverse()
    last = len(names) - 1.0
    ordered = len(names) == 2
    return Scale(tuple(map(float, range(len(names)))), tuple(names), 0.0, last, ordered=ordered, declared=declared)


def range_scale(low: float, high: float) -> Scale:
    """The scale of all numbers from low to high.

    Raises:
        UserError: low is not below high.
    """
    if not low < high:
        raise UserError(
            f"scale: the lowest and the highest value were wanted, such as (0, 1); came ({low:g}, {high:g})"
        )
    return Scale((), (), float(low), float(high), ordered=True)


def observed_scale(sides: Sequence[Values]) -> Scale:
    """The scale where nobody declared one: what occurs.

    Raises:
        UserError: more different texts occur than answers can be.
    """
    numbers = np.concatenate([side.numbers for side in sides])
    seen = set(np.unique(numbers[~np.isnan(numbers)]).tolist())
    texts: dict[str, str] = {}
    for side in sides:
        used = np.unique(side.texts.codes[side.texts.codes >= 0])
        for text in sorted(side.texts.names[place] for place in used):
            if is_number(text):
                seen.add(float(text))
            elif _fold(text) not in _CANNOT_TELL and not is_refusal(text):
                texts.setdefault(_fold(text), text.strip())
    words = sum(int((side.texts.codes >= 0).sum()) for side in sides)
    if texts and words > np.isfinite(numbers).sum():
        if len(texts) > _FEW:
            shown = ", ".join(repr(text[:30]) for text in sorted(texts.values())[:3])
            raise UserError(
                f"categories: {len(texts)} different texts occur, such as {shown}; say what the answers are"
            )
        return answer_scale([texts[key] for key in sorted(texts)], declared=False)
    if not seen:
        return Scale((), (), 0.0, 1.0, ordered=True, declared=False)
    if len(seen) <= _FEW and all(number.is_integer() for number in seen):
        return answer_scale(sorted(seen), declared=False)
    return Scale((), (), min(seen), max(seen), ordered=True, declared=False)


def _fold(text: str) -> str:
    return text.strip().casefold()
