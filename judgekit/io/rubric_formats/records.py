"""What an import and an export bring back: rubrics, questions or a text, and what had no place."""

from __future__ import annotations

from dataclasses import dataclass

from judgekit.errors import UserError
from judgekit.io.yaml_nodes import Loc, show
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that the other side has no place for, or that means something else there."""

    place: str
    """The path of the key, `rubrics[0].tags`; `[*]` where it stands in several items."""
    reason: str
    """Why, and what happens instead."""
    count: int = 1
    """In how many places."""

    def __str__(self) -> str:
        return f"{self.place}{f' ({self.count} times)' if self.count > 1 else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a foreign file holds, in judgekit's words."""

    format: str
    """The name of the format it was read as."""
    rubrics: tuple[Rubric, ...] = ()
    """In file order, their names unique."""
    questions: QuestionSet | None = None
    """For formats that hold prompts with constraints instead of rubrics."""
    dropped: tuple[Dropped, ...] = ()
    """Everything that did not come along, or came along otherwise."""

    @property
    def rubric(self) -> Rubric:
        """The one rubric.

        Raises:
            UserError: there are several, or none.
        """
        if len(self.rubrics) != 1:
            held = "questions" if self.questions is not None else f"{len(self.rubrics)} rubrics"
            raise UserError(f"wanted one rubric; the file holds {held}: use .{held.split()[-1]}")
        return self.rubrics[0]


@dataclass(frozen=True, slots=True)
class Exported:
    """A rubric as another tool reads it."""

    format: str
    """The name of the format."""
    text: str
    """The file's text."""
    dropped: tuple[Dropped, ...] = ()
    """What would not come back from an import of the text."""


class Losses:
    """Collects what has no place; the same loss in many items of a list is one entry with a count."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, loc: Loc, reason: str) -> None:
        """One loss at a path."""
        pattern = "".join("[*]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
        key = pattern, reason
        first, count = self._found.get(key, (show(loc) or "the file", 0))
        self._found[key] = first, count + 1

    def listed(self) -> tuple[Dropped, ...]:
        """All of them, in the order in which they were met."""
        return tuple(
            Dropped(pattern if count > 1 else first, reason, count)
            for (pattern, reason), (first, count) in self._found.items()
        )
