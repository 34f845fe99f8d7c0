"""What a rule is: a phrase, and the way to decide what it demands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from judgekit.io.demands.masks import ENDED, QUOTED
from judgekit.io.demands.ready import Way

_INSIDE = f"[{QUOTED}{ENDED}]"
QUOTE = rf"[\"“'‘«`]{_INSIDE}+[\"”'’»`]"
"""A regular expression of a passage in quotation marks."""
QUOTES = rf"{QUOTE}(?:,? ?(?:and|or|nor)? ?{QUOTE}){{0,9}}"
"""A regular expression of a list of them."""
_PASSAGE = re.compile(f"{_INSIDE}+")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase was found."""

    match: re.Match[str]
    """In the words of the clause."""
    original: str
    """The same stretch of the prompt, uncovered."""
    prompt: str
    """The whole prompt."""

    def __getitem__(self, group: str) -> str:
        """What a group holds, in lower case, in the prompt's own characters; '' where it is absent."""
        start, end = self.match.span(group)
        return self.original[start:end].lower() if start >= 0 else ""

    @property
    def behind(self) -> str:
        """The words of the clause behind the phrase."""
        return self.match.string[self.match.end() :]

    @property
    def last_word(self) -> str:
        """The word before the phrase, in lower case; '' at the beginning or behind a comma."""
        before = self.match.string[: self.match.start()].rstrip(" ")
        word = re.search(r"[\w'’-]{1,30}$", before)
        return word[0].lower() if word else ""

    def quoted(self) -> list[str]:
        """The passages in quotation marks within the phrase, as the prompt writes them."""
        inside = _PASSAGE.finditer(self.match[0])
        at = self.match.start()
        return [self.original[at + found.start() : at + found.end()] for found in inside]


Build = Callable[[Hit], Way | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase that demands something which code can decide."""

    name: str
    """The id of the constraint."""
    pattern: re.Pattern[str]
    """The phrase, searched in the words of a clause; a group `adv` makes it adverbial."""
    build: Build
    """The way to decide it; None where this one is not sure."""
    of_part: bool = False
    """Whether it may be about a part of the response."""
    of_code: bool = False
    """Whether it is about code."""


def rule(name: str, pattern: str, build: Build, **of: bool) -> Rule:
    """A rule whose phrase is found in any case."""
    return Rule(name, re.compile(pattern, re.IGNORECASE), build, **of)
