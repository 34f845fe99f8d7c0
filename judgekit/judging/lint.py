"""What is wrong or doubtful in a rubric file, found by code: every finding with line, key and cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from judgekit.checks import validate_check
from judgekit.errors import UserError
from judgekit.io.rubrics import find_rubric, template_problems
from judgekit.io.yaml_errors import check_format, problems_of
from judgekit.io.yaml_file import YamlFile, read_yaml
from judgekit.io.yaml_nodes import FileError, Loc, Problem, show
from judgekit.judging.lint_examples import example_doubts
from judgekit.judging.lint_rules import rule_doubts
from judgekit.judging.prompt import prompt_template
from judgekit.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at in a rubric file."""

    level: Literal["error", "warning"]
    """An error makes scores wrong or impossible; a warning is for a person to decide."""
    line: int
    """Where, from 1."""
    key: str
    """The path of the key."""
    message: str
    """What is wrong and the cure."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A finding before its line is looked up."""

    level: Literal["error", "warning"]
    loc: Loc
    message: str


def lint_rubric(path: str | Path) -> list[Finding]:
    """What is wrong or doubtful in a rubric, by line; empty for a clean one.

    Args:
        path: the file, or the name of a rubric that comes with the package or a plug-in.

    Raises:
        UserError: there is no such file, or it cannot be read.

    >>> lint_rubric("sycophancy")
    []
    """
    path = find_rubric(path)
    try:
        file = read_yaml(path)
        check_format(file, "rubric/1", "rubric")
    except FileError as error:
        return [_error(error.problem)]
    problems = [*file.problems, *template_problems(file)]
    try:
        rubric = Rubric.model_validate(file.data)
    except ValidationError as error:
        said = {(problem.line, problem.key) for problem in problems}
        # A misread value is reported once, as such, and not again for the type that it came out with.
        problems += [p for p in problems_of(error, file, Rubric) if (p.line, p.key) not in said]
        return [_error(problem) for problem in sorted(problems)]
    found = [_error(problem) for problem in problems]
    for level, loc, message in (*_doubts(file, rubric), *rule_doubts(rubric), *example_doubts(file, rubric)):
        found.append(Finding(level, file.line_of(loc), show(loc), message))
    return sorted(found, key=lambda finding: (finding.line, finding.level, finding.key))


def _error(problem: Problem) -> Finding:
    return Finding("error", problem.line, problem.key, problem.message)
