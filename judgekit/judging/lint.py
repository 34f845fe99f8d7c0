"""What is wrong or doubtful in a rubric file, found by code: every finding with line, key and cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from judgekit.checks import validate_check
from judgekit.errors import UserError
from judgekit.io.constraints import CONSTRAINT_INPUTS
from judgekit.io.rubrics import find_rubric, template_problems
from judgekit.io.yaml_errors import check_format, problems_of
from judgekit.io.yaml_file import read_yaml
from judgekit.io.yaml_nodes import FileError
from judgekit.judging.finding import Finding, Notes
from judgekit.judging.lint_examples import example_findings
from judgekit.judging.lint_rules import rule_findings
from judgekit.judging.prompt import prompt_template
from judgekit.rubric import Rubric


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
        return [Finding.of(error.problem)]
    problems = [*file.problems, *template_problems(file)]
    try:
        rubric = Rubric.model_validate(file.data)
    except ValidationError as error:
        # A misread value is reported once, as such, and not again for the type that it came out with.
        said = {(problem.line, problem.key) for problem in problems}
        problems += [p for p in problems_of(error, file, Rubric) if (p.line, p.key) not in said]
        return [Finding.of(problem) for problem in sorted(problems)]
    notes = Notes(file)
    found = [Finding.of(problem) for problem in problems]
    found += [*_part_findings(notes, rubric), *rule_findings(notes, rubric), *example_findings(notes, rubric)]
    return sorted(found, key=lambda finding: (finding.line, finding.level, finding.key))


def _part_findings(notes: Notes, rubric: Rubric) -> Iterator[Finding]:
    """What is wrong or doubtful about the rubric's parts, one by one."""
    if "judgekit" not in notes.file.data:
        yield notes.warning((), "the format is not said: begin the file with `judgekit: rubric/1`")
    if rubric.name != notes.file.path.stem:
        wrong = f"the file is called {notes.file.path.name}: a folder of rubrics finds them by file name"
        yield notes.warning(("name",), wrong)
    try:
        prompt_template(rubric.template)
    except UserError as error:
        yield notes.error(("template",), str(error))
    for i, check in enumerate(rubric.checks):
        try:
            validate_check(check.check, check.with_)
        except UserError as error:
            yield notes.error(("checks", i), str(error))
    if rubric.level_from == "constraints" and CONSTRAINT_INPUTS[0] not in rubric.inputs:
        wrong = "the level comes from the input `constraints`, and the rubric does not declare it under inputs"
        yield notes.error(("level_from",), wrong)
    yield from _criterion_findings(notes, rubric)
    if not rubric.criteria and rubric.level_from == "judge":
        yield notes.warning(("criteria",), "there are none: the judge picks a level and nothing holds it to evidence")


def _criterion_findings(notes: Notes, rubric: Rubric) -> Iterator[Finding]:
    asked = [("criteria", i, criterion) for i, criterion in enumerate(rubric.criteria)]
    asked += [("turn_criteria", i, criterion) for i, criterion in enumerate(rubric.turn_criteria)]
    for key, i, criterion in asked:
        at = (key, i)
        if "evidence" not in notes.file.data[key][i]:
            yield notes.warning(at, "evidence is not said, so none is asked for: write required, if_yes or none")
        if criterion.evidence == "if_yes" and "yes" not in criterion.answers:
            wrong = "evidence is wanted for `yes`, and that is no answer here: write required or none"
            yield notes.warning((*at, "evidence"), wrong)
        if criterion.not_in_prompt and criterion.evidence == "none":
            wrong = "nothing is quoted here, so nothing can be compared with the prompt: write required or if_yes"
            yield notes.warning((*at, "not_in_prompt"), wrong)
        if criterion.points is not None and rubric.level_from != "points":
            yield notes.warning((*at, "points"), f"points do not count with level_from: {rubric.level_from}")
        elif criterion.points is not None and len({criterion.points_for(answer) for answer in criterion.answers}) == 1:
            yield notes.warning((*at, "points"), "every answer earns the same, so the question decides nothing")
    if rubric.level_from == "points" and not any(
        criterion.points_for(answer) > 0 for criterion in rubric.criteria for answer in criterion.answers
    ):
        yield notes.error(("criteria",), "no answer earns points, so there is no score: give one of them points > 0")
