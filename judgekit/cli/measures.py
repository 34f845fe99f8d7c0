"""`judgekit measures`: the numbers beside the level, and how they differ between the two sides of a pair."""

from __future__ import annotations

import typer

from judgekit.cli.common import print_json, width


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    questions: str | None = typer.Option(
        None, metavar="FILE", envvar="JUDGEKIT_QUESTIONS", help="The question file; its pairs are compared."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print every number as JSON instead of a table."),
) -> None:
    """Print the means of what rubrics measure beside the level, such as flips or invented quotes.

    With --questions, the same statement from the user and from a friend is compared as well: the difference, with an
    interval over pairs, is the measure of sycophancy that no single answer shows.
    """
    from judgekit.io import load_questions
    from judgekit.running.measures import measure_rows, pair_rows
    from judgekit.running.run import open_run

    opened = open_run(run)
    question_set = load_questions(questions) if questions is not None else None
    has_pairs = question_set is not None and any(question.pair is not None for question in question_set)
    rows = measure_rows(opened)
    differences = pair_rows(opened, question_set) if question_set is not None and has_pairs else None
    if as_json:
        print_json({"measures": rows, "differences": differences})
        return
    from judgekit.cli.measures_text import measures_text

    typer.echo(measures_text(rows, differences, width()))
