"""`judgekit export`: the verdicts of a run for other programs."""

from __future__ import annotations

import typer

from judgekit.cli.common import check_target, output, say
from judgekit.errors import UserError


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    format: str | None = typer.Option(
        None, "--format", metavar="jsonl|csv|parquet|inspect", help="Default: by the ending of -o, else jsonl."
    ),
    out: str | None = typer.Option(None, "-o", "--output", metavar="FILE", help="Default, and '-': standard output."),
    log: str | None = typer.Option(
        None, metavar="LOG", help="With --format inspect: the Inspect log that was judged; it stays as it is."
    ),
) -> None:
    """Write the verdicts of a run as JSON Lines, CSV or Parquet.

    JSON Lines holds everything, one verdict a line. CSV and Parquet hold one column a fact: criteria.NAME,
    checks.ID, measures.NAME. In CSV, text that a spreadsheet would run as a formula begins with an apostrophe.
    --format inspect writes them as scores into a copy of the Inspect log that was judged.
    """
    from judgekit.io.export import FORMATS, export_verdicts
    from judgekit.running.run import open_run

    if format == "inspect":
        _into_log(run, log, out)
        return
    if log is not None:
        raise UserError("--log is for --format inspect: name that format, or leave --log out")
    chosen = _format(format, out, FORMATS)
    opened = open_run(run)
    with output(out, binary=chosen == "parquet") as file:
        rows = export_verdicts(opened.rows, file, format=chosen)
    if out not in (None, "-"):
        say(f"{rows:,} rows in {out}")


def _into_log(run: str, log: str | None, out: str | None) -> None:
    from judgekit.integrations.inspect_export import export_to_inspect
    from judgekit.reporting.plain import count
    from judgekit.running.run import open_run

    if log is None or out in (None, "-"):
        raise UserError(
            "--format inspect writes a copy of the log that was judged: wanted --log LOG, and -o FILE that ends in "
            ".eval or .json"
        )
    written = export_to_inspect(open_run(run), log, check_target(str(out), [log, run]))
    without = f"; {count(written.without, 'sample')} without a verdict" if written.without else ""
    say(f"{count(written.scores, 'score')} in {out}{without}")


def _format(given: str | None, out: str | None, known: tuple[str, ...]) -> str:
    """The format that was named, or that of the file's ending, or JSON Lines where there is none.

    Raises:
        UserError: the ending is that of another format, or of none that is written here.
    """
    if out in (None, "-"):
        return given or "jsonl"
    ending = check_target(str(out)).suffix.lstrip(".").lower()
    if given in known and ending in known and given != ending:
        raise UserError(f"-o {out} ends in .{ending}, and --format says {given}: name one format, or change the ending")
    if given is None and ending and ending not in known:
        raise UserError(
            f"-o {out} ends in .{ending}, which is not written here: wanted .{', .'.join(known[:-1])} or .{known[-1]}, "
            f"or a format of your choice with --format {'|'.join(known)}"
        )
    return given or ending or "jsonl"
