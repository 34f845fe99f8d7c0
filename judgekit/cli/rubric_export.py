"""`judgekit rubric export`: a rubric as the file of another tool."""

from __future__ import annotations

import typer

from judgekit.cli.common import check_target, output, print_json
from judgekit.cli.rubric_import import say_dropped
from judgekit.errors import UserError


def export(
    name: str = typer.Argument(..., metavar="NAME|FILE", help="The rubric."),
    format: str = typer.Option(..., "--to", metavar="FORMAT", help="The format, as for import."),
    target: str | None = typer.Option(
        None, "-o", "--output", metavar="FILE", help="Where to write; '-' is standard output, the default."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the text and what was dropped as JSON."),
) -> None:
    """Write a rubric as another tool reads it; everything that would not come back is listed."""
    from judgekit.io import export_rubric, load_rubric

    written = target not in (None, "-")
    if written and check_target(str(target)).exists():
        raise UserError(f"{target!r} exists and is not overwritten: choose another file with -o FILE")
    found = export_rubric(load_rubric(name), format)
    if written or not as_json:
        with output(target) as out:
            out.write(found.text.encode())
    if as_json:
        print_json(found)
    else:
        say_dropped(found.dropped)
