"""Checks that count: words, sentences, paragraphs, lines, characters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from judgekit.checks.definition import Check, Subject, decided
from judgekit.checks.parameters import Params, Targeted
from judgekit.checks.sentences import count_paragraphs, count_sentences
from judgekit.verdict import CheckResult

Count = Annotated[StrictInt, Field(ge=0)]


class Bounds(Params):
    """How many there have to be."""

    exactly: Count | None = None
    """This many."""
    at_least: Count | None = None
    """This many or more."""
    at_most: Count | None = None
    """This many or fewer."""

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.exactly is None and self.at_least is None and self.at_most is None:
            raise ValueError("one of exactly, at_least and at_most is needed")
        if self.exactly is not None and not (self.at_least is None and self.at_most is None):
            raise ValueError("exactly stands alone: leave at_least and at_most out")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is greater than at_most: nothing can pass")
        return self

    def wanted(self) -> dict[str, int]:
        """The bounds that were given."""
        named = {"exactly": self.exactly, "at_least": self.at_least, "at_most": self.at_most}
        return {name: bound for name, bound in named.items() if bound is not None}

    def hold(self, count: int) -> bool:
        """Whether the count is within the bounds."""
        if self.exactly is not None:
            return count == self.exactly
        return (self.at_least or 0) <= count and (self.at_most is None or count <= self.at_most)

    def judge(self, count: int, what: str) -> CheckResult:
        """The result for a count, in words too."""
        wanted = " and ".join(f"{name.replace('_', ' ')} {bound}" for name, bound in self.wanted().items())
        return decided(self.hold(count), count, {**self.wanted()}, f"{what}: {count}, wanted {wanted}")


class TextBounds(Bounds, Targeted):
    """How many there have to be, and in which part."""


def count_words(text: str) -> int:
    """How many words: maximal runs of non-white-space characters with a letter or digit in them.

    >>> count_words("Well - it's 3.14, isn't it?")
    5
    """
    return sum(1 for run in text.split() if run.isalnum() or any(map(str.isalnum, run)))


def count_lines(text: str) -> int:
    r"""How many lines, blank ones inside included, those around the text not.

    >>> count_lines("one\n\nthree\n")
    3
    """
    inside = text.strip()
    return inside.count("\n") + 1 if inside else 0


def count_characters(text: str) -> int:
    """How many characters (Unicode code points), white space around the text not counted."""
    return len(text.strip())


def _counting(count: Callable[[str], int], what: str) -> Callable[[Subject, TextBounds], CheckResult]:
    def run(subject: Subject, params: TextBounds) -> CheckResult:
        return params.judge(count(subject.text), what)

    return run


CHECKS = (
    Check("word_count", "Counts the words.", TextBounds, _counting(count_words, "words")),
    Check("sentence_count", "Counts the sentences of the prose.", TextBounds, _counting(count_sentences, "sentences")),
    Check(
        "paragraph_count", "Counts the paragraphs of the prose.", TextBounds, _counting(count_paragraphs, "paragraphs")
    ),
    Check("line_count", "Counts the lines.", TextBounds, _counting(count_lines, "lines")),
    Check("char_count", "Counts the characters.", TextBounds, _counting(count_characters, "characters")),
)
