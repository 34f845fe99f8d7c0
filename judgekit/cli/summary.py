"""`judgekit summary`: what a run came to."""

from __future__ import annotations

import typer

from judgekit.cli.common import load_cards, print_json
from judgekit.cli.summary_text import print_summary


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    card: list[str] = typer.Option([], metavar="FILE.json", help="A judge card; may be given several times."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON instead of a table."),
) -> None:
    """Print the counts and means of a run.

    Every mean stands beside its interval, the numbers of scored, abstained and failed verdicts, and the worst and
    best that the missing ones allow. `calibration` says whether a judge card holds for this judge and rubric: one that
    `judgekit calibrate RUN` kept in the run, or one that --card names.
    """
    from judgekit.running.run import open_run

    summary = open_run(run).summary(cards=load_cards(card))
    if as_json:
        print_json(summary)
        return
    print_summary(summary)
