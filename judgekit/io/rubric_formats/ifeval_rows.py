"""Rows of IFEval and IFBench: a prompt, the ids of its instructions and their arguments; questions, not rubrics."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field

from judgekit.errors import UserError
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Source, first, has
from judgekit.io.unused import unused
from judgekit.io.yaml_nodes import Loc
from judgekit.noun import sha256_text
from judgekit.question import Constraint, Question, QuestionSet
from judgekit.rubric import Rubric

_RUBRIC = "constraint_following"


class _Row(Foreign):
    prompt: str
    instruction_id_list: list[str]
    arguments: list[dict[str, Any] | None] = Field(validation_alias=AliasChoices("kwargs"))
    key: int | str | None = None


def recognises(source: Source) -> bool:
    """Whether the file is such rows."""
    one = first(source.data) if isinstance(source.data, list) else source.data
    return has(one, "instruction_id_list")


def read(source: Source, losses: Losses) -> QuestionSet:
    """A question for each row, its instructions as constraints that code checks."""
    locs: list[Loc] = [()] if isinstance(source.data, dict) else [loc for loc, _ in source.items((), "rows")]
    questions: list[Question] = []
    taken: set[str] = set()
    for place, loc in enumerate(locs):
        row = source.record(_Row, loc, losses, "a question has no place for it")
        if not row.prompt.strip():
            source.stop((*loc, "prompt"), "a text is missing here")
        ident = unused(f"q{place + 1:04d}" if row.key is None else f"q{row.key}", taken)
        taken.add(ident)
        constraints = _constraints(source, loc, losses, row)
        written = [
            constraint.model_dump(mode="json", by_alias=True, exclude_defaults=True) for constraint in constraints
        ]
        questions.append(
            Question(
                id=ident,
                prompt=row.prompt,
                prompt_sha256=sha256_text(row.prompt),
                rubrics={_RUBRIC: {"constraints": written}} if written else {},
                drafted_by="code",
            )
        )
    return QuestionSet(title=f"Imported from {source.file.path.name}", questions=tuple(questions))


def _constraints(source: Source, loc: Loc, losses: Losses, row: _Row) -> list[Constraint]:
    from judgekit.io.ifeval import ifbench_ids, ifeval_constraints, ifeval_ids  # heavy: only where there are such rows

    ids, given = row.instruction_id_list, row.arguments
    if len(ids) != len(given):
        source.stop(loc, f"wanted as many kwargs as instructions; came {len(given)} for {len(ids)}")
    found: list[Constraint] = []
    for place, (instruction, arguments) in enumerate(zip(ids, given, strict=True)):
        at = (*loc, "instruction_id_list", place)
        if instruction not in (*ifeval_ids(), *ifbench_ids()):
            losses.add(at, f"no check decides {instruction}: the instruction is left out")
            continue
        try:
            made = ifeval_constraints([instruction], [arguments or {}], prompt=row.prompt)
        except UserError as error:
            source.stop((*loc, "kwargs", place), str(error))
        names = {constraint.id for constraint in found}
        for constraint in made:
            name = unused(constraint.id, names)
            names.add(name)
            found.append(constraint.model_copy(update={"id": name}))
    return found


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """Nothing: rows of IFEval hold prompts.

    Raises:
        UserError: always.
    """
    raise UserError(f"{name} rows hold prompts with instructions, and a rubric holds none: choose another format")
