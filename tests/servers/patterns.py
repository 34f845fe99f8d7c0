"""Strings that match a simple regular expression: literals, classes, groups, alternatives and repeats."""

import random
import re
import string

from tests.servers.resolving import SchemaError

WORD = string.ascii_letters + string.digits + "_"
SHOWN = string.ascii_letters + string.digits + " .,-_"
CLASSES = {"d": string.digits, "w": WORD, "s": " ", "D": string.ascii_letters, "W": " .-", "S": WORD}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
OPEN_ENDED = 4
"""How often `*`, `+` and `{n,}` repeat beyond their minimum, at first; doubled while the string is too short."""


def matching(pattern: str, rng: random.Random, *, shortest: int = 0, longest: int | None = None) -> str:
    """Return a string that `re.search(pattern, …)` finds something in, of the asked length.

    Args:
        pattern: A regular expression without look-around, back-references and flags.
        rng: Decides between the alternatives.
        shortest: The least number of characters.
        longest: The greatest number of characters.

    Raises:
        SchemaError: The pattern is beyond this generator, or no string of that length was met in 200 tries.
    """
    for attempt in range(200):
        text = _Pattern(pattern, rng, OPEN_ENDED << min(attempt // 10, 10)).draw()
        if shortest <= len(text) and (longest is None or len(text) <= longest) and re.search(pattern, text):
            return text
    raise SchemaError(f"no string of {shortest}..{longest} characters was found for the pattern {pattern!r}")


class _Pattern:
    """One pass over a pattern, writing what it matches as it reads."""

    def __init__(self, pattern: str, rng: random.Random, open_ended: int) -> None:
        self.pattern, self.rng, self.open_ended, self.at = pattern, rng, open_ended, 0

    def draw(self) -> str:
        text = self._alternatives()
        if self.at < len(self.pattern):
            raise SchemaError(f"unbalanced ')' at {self.at} in the pattern {self.pattern!r}")
        return text

    def _alternatives(self) -> str:
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        return self.rng.choice(options)

    def _sequence(self) -> str:
        parts: list[str] = []
        while self._peek() not in ("", "|", ")"):
            start = self.at
            first = self._atom()
            end = self.at
            low, high = self._repeat()
            after = self.at
            drawn: list[str] = []
            for turn in range(self.rng.randint(low, high)):
                self.at = start  # read the atom again: each repeat draws anew
                drawn.append(first if turn == 0 else self._atom())
                assert turn == 0 or self.at == end
            self.at = after
            parts.extend(drawn)
        return "".join(parts)

    def _repeat(self) -> tuple[int, int]:
        found = re.compile(r"([*+?]|\{(\d+)(,?)(\d*)\})[?+]?").match(self.pattern, self.at)
        if found is None:
            return 1, 1
        self.at = found.end()
        if found[1] == "?":
            return 0, 1
        low = {"*": 0, "+": 1}.get(found[1][0], int(found[2] or 0))
        if found[2] and not found[3]:
            return low, low
        return low, int(found[4]) if found[4] else low + self.open_ended

    def _atom(self) -> str:
        character = self._next()
        if character in "^$":
            return ""
        if character == ".":
            return self.rng.choice(SHOWN)
        if character == "[":
            return self.rng.choice(self._class())
        if character == "\\":
            return self._escape()
        if character == "(":
            return self._group()
        return character

    def _group(self) -> str:
        if self._peek() == "?":
            found = re.compile(r"\?(:|P<\w+>)").match(self.pattern, self.at)
            if found is None:
                raise SchemaError(f"only plain groups are understood, not the one at {self.at} in {self.pattern!r}")
            self.at = found.end()
        text = self._alternatives()
        if self._next() != ")":
            raise SchemaError(f"a group is not closed in the pattern {self.pattern!r}")
        return text

    def _escape(self) -> str:
        letter = self._next()
        if letter in "AZzb":
            return ""
        if letter in CLASSES:
            return self.rng.choice(CLASSES[letter])
        if letter.isalnum() and letter not in ESCAPES:
            raise SchemaError(f"the escape \\{letter} is not understood in the pattern {self.pattern!r}")
        return ESCAPES.get(letter, letter)

    def _class(self) -> str:
        negated = self._peek() == "^"
        self.at += negated
        members = ""
        while self._peek() != "]" or not members:
            member = self._next()
            if member == "\\":
                letter = self._next()
                members += CLASSES.get(letter) or ESCAPES.get(letter, letter)
            elif self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self._next()
                members += "".join(map(chr, range(ord(member), ord(self._next() if last == "\\" else last) + 1)))
            else:
                members += member
        self.at += 1
        return "".join(c for c in SHOWN + string.punctuation if c not in members) if negated else members

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise SchemaError(f"the pattern {self.pattern!r} ends too soon")
        self.at += 1
        return self.pattern[self.at - 1]
