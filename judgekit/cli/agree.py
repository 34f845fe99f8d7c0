"""`judgekit agree`: do the raters agree with each other?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from judgekit.cli.common import check_choice, print_json, width
from judgekit.errors import UserError

_TYPES = ("nominal", "ordinal", "interval")


def command(
    labels: str = typer.Argument(..., metavar="LABELS", help="A file of labels; '-' is standard input."),
    rubric: str | None = typer.Option(None, metavar="NAME|FILE", help="Only this rubric; it says the scale."),
    criterion: str | None = typer.Option(None, metavar="ID", help="Only this criterion; '' is the level."),
    categories: str | None = typer.Option(None, metavar="A,B,C|1..5", help="The answers that are possible, in order."),
    scale: str | None = typer.Option(None, metavar="LOW,HIGH", help="Every number between these is possible."),
    type_: str | None = typer.Option(None, "--type", metavar="TYPE", help="nominal, ordinal or interval."),
    cluster: str = typer.Option(
        "question", metavar="question|none|COLUMN", help="What belongs together: by default what ids have before '/'."
    ),
    kind: str | None = typer.Option(None, metavar="KIND", help="Whose labels: human, author or script."),
    map_: list[str] = typer.Option([], "--map", metavar="FIELD=COLUMN", help="Where fields stand: value=score,…"),
    level: float = typer.Option(0.95, metavar="LEVEL", help="The confidence of the intervals."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON instead of tables."),
) -> None:
    """Measure how far the raters of a file of labels agree.

    For each rubric and criterion: what is wrong with the labels, the coefficients that its scale allows with their
    intervals, each rater beside the others, and each two raters.
    """
    from judgekit.calibration.raters import agreement_among
    from judgekit.cli.label_input import answers, ends, pairs, read_labels, read_rubric
    from judgekit.io.label_set import KINDS

    check_choice("--type", type_, _TYPES)
    check_choice("--kind", kind, KINDS)
    possible, range_ = answers(categories), ends(scale)
    held, clusters = read_labels(labels, pairs(map_, "--map", "value=score") if map_ else {}, cluster)
    name, rubrics = read_rubric(rubric, held.rubrics.names)
    report = agreement_among(
        held,
        rubrics=rubrics,
        rubric=name,
        criterion=criterion,
        categories=possible,
        scale=range_,
        scale_type=type_,  # type: ignore[arg-type]
        clusters=clusters,
        kind=kind,  # type: ignore[arg-type]
        level=level,
    )
    if not any(one.n_items for one in report.tasks):
        nothing = next(one for one in report.tasks[0].findings if one.kind == "nothing_usable")
        raise UserError(f"{labels}: {nothing.detail}")
    if as_json:
        print_json(asdict(report))
        return
    from judgekit.cli.agree_text import agree_text

    typer.echo(agree_text(report, width()))
