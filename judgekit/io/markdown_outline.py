"""What the lines of a Markdown transcript are, and what only the whole file tells, such as its labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from judgekit.errors import UserError
from judgekit.io.json_text import not_utf8
from judgekit.io.jsonl import BOM

_HEADING = re.compile(r"## Question ([A-Z]+[0-9]+): (.+)")
_ANNOUNCED = re.compile(r"\b([0-9]{1,9}) (?:[\w-]+ ){0,2}questions\b")
_OPEN, _CLOSE = "**", " Response:**"
_LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class Outline:
    """What a first pass over the file finds."""

    questions: int
    """Question headings."""
    announced: int | None
    """How many questions the text before the first heading speaks of."""
    counts: Counter[str]
    """In how many questions each possible label has a marker."""
    first_lines: dict[str, int]
    """Where the first marker of each possible label stands."""
    windows: bool
    """Whether most lines end in a carriage return and a newline."""

    @property
    def labels(self) -> frozenset[str]:
        """The labels that occur throughout: in more than half as many questions as the most frequent one."""
        most = max(self.counts.values(), default=0)
        return frozenset(label for label, n in self.counts.items() if 2 * n > most)

    def warnings(self) -> Iterator[str]:
        """What looks wrong, one line each."""
        if self.announced not in (None, self.questions):
            yield f"the header speaks of {self.announced} questions, {self.questions} were found: all are read"
        for label, n in self.counts.items():
            if label not in self.labels:
                yield (
                    f"line {self.first_lines[label]}: '{_OPEN}{label}{_CLOSE}' stands in {n} of {self.questions} "
                    "questions only: read as text, not as a marker"
                )
            elif n < self.questions:
                yield f"{label!r} answers {n} of {self.questions} questions"


def question_heading(line: str) -> tuple[str, str] | None:
    """The printed id and title of a question heading, or None.

    >>> question_heading("## Question I1: Bug Detection")
    ('I1', 'Bug Detection')
    """
    found = _HEADING.fullmatch(line) if line.startswith("## Question ") else None
    return None if found is None else (found[1], found[2].strip())


def marker_label(line: str) -> str | None:
    """The label, where the line has the form of a response marker, or None.

    >>> marker_label("**Model1 Response:**"), marker_label("### Model1 Response:")
    ('Model1', None)
    """
    if not (line.startswith(_OPEN) and line.endswith(_CLOSE)):
        return None
    label = line[len(_OPEN) : -len(_CLOSE)].strip()
    return label if 0 < len(label) <= _LONGEST_LABEL and "**" not in label else None


def read_lines(path: Path, name: str) -> Iterator[str]:
    """The lines without their newline; a carriage return before it stays.

    Raises:
        UserError: a line is not UTF-8.
    """
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            line = raw.removeprefix(BOM) if number == 1 else raw
            try:
                yield line.decode("utf-8").removesuffix("\n")
            except UnicodeDecodeError as error:
                raise UserError(f"{name}, line {number}: {not_utf8(line, error.start)}") from None


def read_outline(path: Path, name: str) -> Outline:
    """The outline of a file, in one pass.

    Raises:
        UserError: a line is not UTF-8.
    """
    counts: Counter[str] = Counter()
    first_lines: dict[str, int] = {}
    here: set[str] = set()
    questions = returns = number = 0
    announced: int | None = None
    for number, line in enumerate(read_lines(path, name), 1):
        returns += line.endswith("\r")
        bare = line.removesuffix("\r")
        if question_heading(bare):
            questions += 1
            here.clear()
        elif not questions:
            if announced is None and (found := _ANNOUNCED.search(bare)):
                announced = int(found[1])
        elif (label := marker_label(bare)) and label not in here:
            here.add(label)
            counts[label] += 1
            first_lines.setdefault(label, number)
    return Outline(questions, announced, counts, first_lines, windows=2 * returns > number)
