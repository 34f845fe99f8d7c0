"""`judgekit export`: the verdicts of a run for other programs."""

from __future__ import annotations

from pathlib import Path

import typer

from judgekit.cli.common import output, say


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    format: str | None = typer.Option(
        None, "--format", metavar="jsonl|csv|parquet", help="Default: by the ending of -o, else jsonl."
    ),
    out: str | None = typer.Option(None, "-o", "--output", metavar="FILE", help="Default, and '-': standard output."),
) -> None:
    """Write the verdicts of a run as JSON Lines, CSV or Parquet.

    JSON Lines holds everything, one verdict a line. CSV and Parquet hold one column a fact: criteria.NAME,
    checks.ID, measures.NAME. In CSV, text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    from judgekit.io.export import FORMATS, export_verdicts
    from judgekit.running.run import open_run

    ending = Path(out).suffix.lstrip(".").lower() if out else ""
    chosen = format or (ending if ending in FORMATS else "jsonl")
    opened = open_run(run)
    with output(out, binary=chosen == "parquet") as file:
        rows = export_verdicts(opened.rows, file, format=chosen)
    if out not in (None, "-"):
        say(f"{rows:,} rows in {out}")
