"""A table judged row by row in one run, and what came of it as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.integrations.own_model import OwnModel
from judgekit.integrations.rubric_judge import RubricJudge, known_constants, merged_inputs
from judgekit.integrations.table import Cells, TableRows, layout
from judgekit.integrations.verdict_columns import VerdictColumn, verdict_columns
from judgekit.io import load_questions
from judgekit.io.questions import Finder

if TYPE_CHECKING:
    from judgekit.question import QuestionSet


def score_rows(
    rubric_judge: RubricJudge,
    cells: Callable[[list[str]], Cells],
    n: int,
    names: Sequence[str],
    *,
    columns: Mapping[str, str] | None,
    questions: QuestionSet | str | Path | None,
    inputs: Mapping[str, JsonValue] | None,
    whole: bool,
    fixed: bool = False,
    by_content: bool = False,
    **options: Any,
) -> dict[str, VerdictColumn]:
    """The columns of the verdicts, one value a row.

    Args:
        rubric_judge: rubric and judge.
        cells: gives the rows, of the columns that are read.
        n: how many rows there are.
        names: the columns of the table.
        columns: which of them holds what.
        questions: what the rubric needs to know about each prompt, where no column says it.
        inputs: the same for every row, where neither a column nor a question says it.
        whole: add the whole verdict as JSON.
        fixed: only the columns that are known before.
        by_content: whether the transcripts' ids are to be unique beyond this table.
        **options: further arguments of `Judge.score_many`.

    Raises:
        UserError: the judge is a harness's own model, or as for `score_frame`.
    """
    judge = rubric_judge.judge
    if isinstance(judge, OwnModel):
        raise UserError("a table is judged in one run, which a harness's model has no part in: give judge='openai/…'")
    constant = known_constants(rubric_judge.rubric, inputs)
    where = layout(rubric_judge.rubric, names, columns, elsewhere=constant if questions is None else None)
    rows = TableRows(cells(where.columns), n, where, by_content=by_content)
    known_questions = load_questions(questions) if isinstance(questions, str | Path) else questions
    find = Finder(known_questions)
    run = judge.score_many(
        rows,
        rubric_judge.rubric,
        questions=known_questions,
        inputs=lambda row: merged_inputs(
            rubric_judge.rubric, constant, find(row)[1] if constant else None, rows.inputs(row)
        ),
        **options,
    )
    return verdict_columns(
        rows, run.rows(rubric=rubric_judge.rubric.name), rubric_judge.rubric, whole=whole, fixed=fixed
    )
