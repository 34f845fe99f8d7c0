"""What lint says of a rubric file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from judgekit.io.yaml_file import YamlFile
from judgekit.io.yaml_nodes import Loc, Problem, show


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at in a rubric file."""

    level: Literal["error", "warning"]
    """An error makes verdicts wrong or impossible; a warning is for a person to decide."""
    line: int
    """Where, from 1."""
    key: str
    """The path of the key; '' for the whole file."""
    message: str
    """What is wrong, and the cure."""

    @classmethod
    def of(cls, problem: Problem) -> Finding:
        """A problem of the file itself, which is always an error."""
        return cls("error", problem.line, problem.key, problem.message)


@dataclass(frozen=True, slots=True)
class Notes:
    """Makes findings about a file, their lines looked up by path."""

    file: YamlFile

    def error(self, loc: Loc, message: str) -> Finding:
        """An error at a path."""
        return Finding("error", self.file.line_of(loc), show(loc), message)

    def warning(self, loc: Loc, message: str) -> Finding:
        """A warning at a path."""
        return Finding("warning", self.file.line_of(loc), show(loc), message)
