"""`judgekit report`: a run as a page to read and to send."""

from __future__ import annotations

import typer

from judgekit.cli.common import load_cards, output, say


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    out: str = typer.Option(..., "-o", "--output", metavar="FILE.html", help="Where to; '-' is standard output."),
    card: list[str] = typer.Option([], metavar="FILE.json", help="A judge card; may be given several times."),
) -> None:
    """Write a run as one self-contained HTML page.

    The page loads nothing and runs no script: it can be mailed, archived, and opened without a network.
    """
    from judgekit.reporting.html import write_report
    from judgekit.running.run import open_run

    opened, cards = open_run(run), load_cards(card)
    with output(out) as file:
        write_report(opened, file, cards=cards)
    if out != "-":
        say(f"report in {out}")
