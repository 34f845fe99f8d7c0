"""A data frame with the judge's columns beside its own: pandas, polars and pyarrow alike.

    df = jk.score_frame(df, rubric="sycophancy", columns={"prompt": "question", "response": "answer"}, judge="openai/…")

`df["score"].mean()` is then that of the rows that are scored: the others are null, and `reason` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import JsonValue

from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.integrations.own_model import OwnModel
    from judgekit.integrations.table import Cells
    from judgekit.integrations.verdict_columns import Kind, VerdictColumn
    from judgekit.question import QuestionSet
    from judgekit.running.batch import RubricLike
    from judgekit.running.judge import Judge
    from judgekit.running.progress import Progress

F = TypeVar("F")
_OF_PANDAS: Mapping[Kind, str] = {"text": "string", "real": "Float64", "whole": "Int64", "truth": "boolean"}


def score_frame(
    frame: F,
    *,
    rubric: RubricLike,
    columns: Mapping[str, str] | None = None,
    judge: Judge | OwnModel | str | None = None,
    questions: QuestionSet | str | Path | None = None,
    inputs: Mapping[str, JsonValue] | None = None,
    store: str | Path | None = None,
    prefix: str = "",
    whole: bool = False,
    concurrency: int | None = None,
    budget_usd: float | None = None,
    progress: bool | Callable[[Progress], None] = False,
    retry_failed: bool = False,
    **options: Any,
) -> F:
    """The same frame, its rows and index as they were, with the verdicts in columns of their own at its end.

    `status`, `score` (0..1), `level`, `passed`, `reason`, `explanation`, `fingerprint`, then `criteria.<name>` (the
    answers that count) and `checks.<id>`. What is not scored is null there, and `reason` says why: a row without prompt
    or response too. Rows that are equal are judged once.

    Args:
        frame: a DataFrame of pandas or polars, a LazyFrame of polars (it is collected), or a pyarrow Table.
        rubric: a rubric, the name of a shipped one, or a file.
        columns: where to find what: field of a transcript (prompt, response, messages, system, label, question_id, id,
            context, reference, …) or input of the rubric → column. Prompt, response, messages and inputs are also
            found under their own names. Prompt and response may be lists of messages too.
        judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
        questions: what the rubric needs to know about each prompt, where no column says it.
        inputs: the same for every row, where neither a column nor a question says it.
        store: the run's file: with it the same call again does what is left, and pays for nothing twice.
        prefix: goes before the names of the new columns.
        whole: add `verdict`, the whole verdict as JSON: with places of the quotes, usage and cost.
        concurrency: rows judged at once; by default the judge's.
        budget_usd: no call starts that could carry the cost beyond it.
        progress: True prints a line to standard error now and then; or a function that is called with each report.
        retry_failed: try every failure in `store` again.
        **options: further arguments of `Judge`, such as base_url.

    Raises:
        UserError: this is no data frame, a column is missing or taken, a cell is neither null nor what it should be, or
            as for `Judge.score_many`.

    >>> import polars as pl
    >>> from judgekit import Rubric
    >>> table = pl.DataFrame({"prompt": ["Name a colour."], "response": ["Red."]})
    >>> score_frame(table, rubric=Rubric.from_text("It names a colour."), judge="baseline")["status"].to_list()
    ['abstained']
    """
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.integrations.scored_table import score_rows
    from judgekit.integrations.verdict_columns import check_free, column_kinds

    nw, table = _read(frame)
    names: Sequence[str] = table.columns
    rubric_judge = RubricJudge(rubric, judge=judge, **options)
    check_free(column_kinds(rubric_judge.rubric, whole=whole), names, prefix)
    try:
        found = score_rows(
            rubric_judge,
            lambda wanted: _cells(table.select(wanted)),
            len(table),
            names,
            columns=columns,
            questions=questions,
            inputs=inputs,
            whole=whole,
            store=store,
            concurrency=concurrency,
            budget_usd=budget_usd,
            progress=progress,
            retry_failed=retry_failed,
        )
    finally:
        if rubric_judge.judge is not judge:
            rubric_judge.close()
    check_free(found, names, prefix)
    made = table.with_columns(*(_series(nw, table, f"{prefix}{name}", one) for name, one in found.items()))
    back: F = (made.lazy() if _is_lazy(nw, frame) else made).to_native()
    return back


def _read(frame: Any) -> tuple[Any, Any]:
    """Narwhals, and the frame through its eyes, in memory."""
    try:
        import narwhals as nw
        from narwhals.exceptions import DuplicateError
    except ImportError:
        raise UserError("score_frame needs narwhals: pip install 'llm-judgekit[frame]'") from None
    try:
        table = nw.from_native(frame)
    except TypeError:
        raise UserError(
            "score_frame: a DataFrame of pandas or polars was wanted, or a pyarrow Table; came "
            f"{type(frame).__module__.partition('.')[0]}.{type(frame).__name__}"
        ) from None
    except DuplicateError as error:
        twice = " ".join(str(error).split())
        raise UserError(f"score_frame: a name stands for two columns; give each its own ({twice})") from None
    if isinstance(table, nw.LazyFrame):
        if not table.implementation.is_polars():
            raise UserError(f"score_frame: a {type(frame).__name__} is not in memory: collect it first")
        return nw, table.collect()
    return nw, table


def _is_lazy(nw: Any, frame: Any) -> bool:
    return isinstance(nw.from_native(frame), nw.LazyFrame)


def _cells(table: Any) -> Cells:
    def cells(first: int, end: int) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = table[first:end].rows(named=True)
        return rows

    return cells


def _series(nw: Any, table: Any, name: str, column: VerdictColumn) -> Any:
    """The column as the frame's own library has it, with nulls that are nulls."""
    if table.implementation.is_pandas_like():
        space = nw.get_native_namespace(table)
        native = space.Series(column.values, index=table.to_native().index, dtype=_OF_PANDAS[column.kind], name=name)
        return nw.from_native(native, series_only=True)
    kinds = {"text": nw.String, "real": nw.Float64, "whole": nw.Int64, "truth": nw.Boolean}
    return nw.new_series(name, column.values, kinds[column.kind], backend=table.implementation)
