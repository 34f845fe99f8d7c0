"""Rubrics and findings as plain text of 80 columns and more; foreign text cannot steer a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from judgekit.judging.finding import Finding
from judgekit.measure import Measure
from judgekit.reporting.columns import filled
from judgekit.reporting.plain import one_line
from judgekit.rubric import Criterion, Rubric


def list_row(rubric: Rubric) -> dict[str, Any]:
    """A rubric in one row."""
    return {
        "name": rubric.name,
        "version": rubric.version,
        "title": rubric.title,
        "level_from": rubric.level_from,
        "levels": rubric.top,
        "criteria": len(rubric.criteria),
        "checks": len(rubric.checks),
        "examples": len(rubric.examples),
    }


def list_text(rubrics: Sequence[Rubric], columns: int) -> str:
    """The rubrics, one a line."""
    head = ["rubric", "version", "level from", "examples", "title"]
    rows = [[r.name, one_line(r.version), r.level_from, str(len(r.examples)), one_line(r.title)] for r in rubrics]
    return "\n".join(table(head, rows, columns))


def show_text(rubric: Rubric, columns: int) -> str:
    """Everything a rubric says, but for the texts of its examples."""
    title = f" · {one_line(rubric.title)}" if rubric.title else ""
    parts = [wrap(f"{rubric.name} {one_line(rubric.version)}{title}", columns)]
    if rubric.summary:
        parts.append(wrap(one_line(rubric.summary), columns))
    sections = {
        "Inputs, from the question file": [line for name in rubric.inputs for line in _input(rubric, name, columns)],
        "Checks, by code": list(_checks(rubric, columns)),
        "Questions for the judge": [line for c in rubric.criteria for line in _criterion(c, columns)],
        "Questions about every turn": [line for c in rubric.turn_criteria for line in _criterion(c, columns)],
        _level_title(rubric): list(_levels(rubric, columns)),
        "Rules": list(_rules(rubric, columns)),
        "Measures beside the level": [hang(f"{name}: ", _measure(m), columns) for name, m in rubric.measures.items()],
        "Examples": [_example(rubric, i, columns) for i in range(len(rubric.examples))],
    }
    parts += [f"{name}\n" + "\n".join(lines) for name, lines in sections.items() if lines]
    parts.append(f"Fingerprint {rubric.fingerprint}")
    return "\n\n".join(parts)


def _input(rubric: Rubric, name: str, columns: int) -> Iterator[str]:
    spec = rubric.inputs[name]
    kind = "required" if spec.required else "needed for a level" if spec.needed_for_level else "optional"
    values = f"; one of {', '.join(map(one_line, spec.one_of))}" if spec.one_of else ""
    yield wrap(f"{name} ({kind}{values})", columns, 2)
    if spec.about:
        yield wrap(one_line(spec.about), columns, 6)


def _checks(rubric: Rubric, columns: int) -> Iterator[str]:
    for check in rubric.checks:
        takes = ", ".join(f"{key}: {value}" for key, value in check.with_.items())
        fails = f"; if it fails, at most level {check.on_fail.max_level}" if check.on_fail else ""
        yield wrap(one_line(f"{check.id}: {check.check} {takes}").rstrip() + fails, columns, 2)


def _criterion(criterion: Criterion, columns: int) -> Iterator[str]:
    evidence = {"required": "with evidence", "if_yes": "a yes with evidence", "none": "without evidence"}
    answers = " | ".join(map(one_line, criterion.answers))
    points = "" if criterion.points is None else f"; points {criterion.points}"
    points += "; not in the prompt" if criterion.not_in_prompt else ""
    points += "; from the user's words" if criterion.quote_from == "user" else ""
    yield wrap(f"{criterion.id}: {answers} ({evidence[criterion.evidence]}{points})", columns, 2)
    yield wrap(one_line(criterion.ask), columns, 6)


def _level_title(rubric: Rubric) -> str:
    if rubric.level_from == "points":
        return "Score"
    source = "chosen by the judge within the rules" if rubric.level_from == "judge" else "computed from the constraints"
    return f"Levels, {source}" + ("" if rubric.pass_at is None else f"; {rubric.pass_at:g} or more passes")


def _levels(rubric: Rubric, columns: int) -> Iterator[str]:
    if rubric.level_from == "points":
        passes = "" if rubric.pass_at is None else f"; {rubric.pass_at:g} or more passes"
        yield wrap(f"the points earned, of those that can be earned: 0 to 1{passes}", columns, 2)
    else:
        for level in sorted(rubric.levels, reverse=True):
            yield hang(f"{level}  ", one_line(rubric.levels[level]), columns)


def _rules(rubric: Rubric, columns: int) -> Iterator[str]:
    for rule in rubric.rules:
        bound = f"at most {rule.max_level}" if rule.max_level is not None else f"at least {rule.min_level}"
        when = " and ".join(f"{name} is {one_line(value)}" for name, value in rule.when.items())
        yield hang(f"{bound}: ", when, columns)


def _measure(measure: Measure) -> str:
    """What is measured, in words."""
    if measure.when is not None:
        what = (
            "1 if " + " and ".join(f"{name} is {one_line(value)}" for name, value in measure.when.items()) + ", else 0"
        )
    elif measure.quotes is not None:
        what = f"the number of quotes of {measure.quotes}"
    else:
        worth = ", ".join(f"{one_line(answer)} {value:g}" for answer, value in measure.values.items())
        what = f"{measure.answer}: {worth}" if measure.answer else f"changes of {measure.flips} by turn: {worth}"
    among = "; ".join(f"{name} {' or '.join(map(one_line, values))}" for name, values in measure.among.items())
    return f"{what} (where {among})" if among else what


def _example(rubric: Rubric, place: int, columns: int) -> str:
    example = rubric.examples[place]
    level = example.expect.level
    expected = "no level" if level is None else f"level {level_span(level)}"
    tags = f" [{', '.join(map(one_line, example.tags))}]" if example.tags else ""
    return wrap(f"{one_line(example.id)}: {expected}, by {example.labelled_by.kind}{tags}", columns, 2)


def lint_text(found: Sequence[tuple[str, Sequence[Finding]]]) -> str:
    """One line a finding, as compilers write them, and one for what is clean."""
    lines = []
    for file, findings in found:
        for finding in findings:
            key = f"{finding.key}: " if finding.key else ""
            lines.append(one_line(f"{file}:{finding.line}: {finding.level}: {key}{finding.message}"))
        if not findings:
            lines.append(one_line(f"{file}: clean"))
    return "\n".join(lines)


def level_span(levels: tuple[int, int]) -> str:
    """The levels from lowest to highest, as one number where they are the same."""
    return str(levels[0]) if levels[0] == levels[1] else f"{levels[0]}–{levels[1]}"


def wrap(text: str, columns: int, indent: int = 0) -> str:
    """The text in lines of that width."""
    return "\n".join(filled(text, columns, " " * indent))


def hang(first: str, text: str, columns: int) -> str:
    """The text behind its first words, further lines below it."""
    return "\n".join(filled(text, columns, f"  {first}"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """Columns as wide as their content; the last one is wrapped into what is left."""
    from rich.cells import cell_len, set_cell_size

    sizes = [max(cell_len(row[i]) for row in (head, *rows)) for i in range(len(head) - 1)]
    begin = sum(sizes) + 2 * len(sizes)
    lines = []
    for row in (head, *rows):
        left = "".join(f"{set_cell_size(cell, size)}  " for cell, size in zip(row, sizes, strict=False))
        wrapped = filled(row[-1], max(columns - begin, 20)) or [""]
        lines += [(left + wrapped[0]).rstrip(), *(" " * begin + line for line in wrapped[1:])]
    return lines
