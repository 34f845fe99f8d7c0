"""`judgekit compare`: two runs on the same transcripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from judgekit.cli.common import check_choice, check_target, output, print_json, say, width
from judgekit.errors import UserError


def command(
    run_a: str = typer.Argument(..., metavar="RUN_A", help="The first run, such as the old judge."),
    run_b: str = typer.Argument(..., metavar="RUN_B", help="The second run; differences are B - A."),
    labels: str | None = typer.Option(None, metavar="FILE", help="Labels of people: which judge is nearer to them?"),
    rubric: str | None = typer.Option(None, metavar="NAME|FILE", help="With --labels: the rubric, for its scale."),
    map_: list[str] = typer.Option([], "--map", metavar="FIELD=COLUMN", help="Where the fields of labels stand."),
    adjust: str = typer.Option("holm", metavar="holm|bh", help="How p-values of several rows are corrected."),
    level: float = typer.Option(0.95, metavar="LEVEL", help="The confidence of the intervals."),
    examples: int = typer.Option(5, metavar="N", min=0, help="How many changed verdicts of each rubric to show."),
    report: str | None = typer.Option(
        None, metavar="FILE.html", help="Also write a page, with each change side by side."
    ),
    transcripts: list[str] = typer.Option(
        [], metavar="SOURCE", help="With --report: what was judged. Default: the files that the runs name."
    ),
    questions: str | None = typer.Option(
        None, metavar="FILE", help="With --report: the question file, to check fingerprints."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON instead of tables."),
) -> None:
    """Compare two runs: what changed, whether it is chance, and why.

    Verdicts are paired on transcript and rubric, and questions are the independent units. With labels it also says
    which of the two judges is nearer to them.
    """
    from judgekit.cli.label_input import pairs, read_labels, read_rubric
    from judgekit.running.compare import compare_runs
    from judgekit.running.run import open_run

    check_choice("--adjust", adjust, ("holm", "bh"))
    if report is not None:
        if report == "-":
            raise UserError("--report -: standard output holds the tables; write --report FILE.html")
        check_target(report, reads=(run_a, run_b, labels, questions, *transcripts))
    elif transcripts or questions is not None:
        raise UserError("--transcripts and --questions say what the page shows: give them with --report FILE.html")
    held: Any = None
    rubrics: dict[str, Any] = {}
    if labels is not None:
        held, _ = read_labels(labels, pairs(map_, "--map", "value=score") if map_ else {})
        _, rubrics = read_rubric(rubric, held.rubrics.names)
    elif rubric is not None or map_:
        raise UserError("--rubric and --map say how to read labels: give them with --labels FILE")
    a, b = open_run(run_a), open_run(run_b)
    if report is not None:
        from judgekit.reporting.report_texts import named_files

        check_target(report, reads=named_files(a, b))
    found = compare_runs(
        a,
        b,
        labels=held,
        rubrics=rubrics,
        adjust=adjust,  # type: ignore[arg-type]
        level=level,
        examples=examples,
    )
    if labels is not None and not found.better:
        why = next(iter((found.skipped or {}).values()), "the runs share no rubric")
        raise UserError(f"--labels {labels}: {why}")
    if as_json:
        print_json(asdict(found))
    else:
        from judgekit.cli.compare_text import compare_text

        typer.echo(compare_text(found, width()))
    if report is not None:
        from judgekit.io import load_questions, load_transcripts
        from judgekit.reporting.compare_html import write_comparison
        from judgekit.reporting.report_texts import recorded_mapping

        given = load_transcripts(transcripts, mapping=recorded_mapping(a, b), skip_bad=True) if transcripts else None
        asked = load_questions(questions) if questions is not None else None
        with output(report) as file:
            write_comparison(a, b, found, file, transcripts=given, questions=asked)
        say(f"report: {report}")
