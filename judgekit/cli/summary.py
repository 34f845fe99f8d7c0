"""`judgekit summary`: what a run came to."""

from __future__ import annotations

import typer

from judgekit.cli.common import print_json, width


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON instead of a table."),
) -> None:
    """Print the counts and means of a run.

    Every mean stands beside its interval, the numbers of scored, abstained and failed verdicts, and the worst and
    best that the missing ones allow.
    """
    from judgekit.running.run import open_run

    summary = open_run(run).summary()
    if as_json:
        print_json(summary)
        return
    from judgekit.reporting.terminal import summary_text

    typer.echo(summary_text(summary, width=width()))
