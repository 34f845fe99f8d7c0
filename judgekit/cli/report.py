"""`judgekit report`: a run as a page to read and to send."""

from __future__ import annotations

import typer

from judgekit.cli.common import check_target, load_cards, output, say
from judgekit.cli.flags import MAP


def command(
    run: str = typer.Argument(..., metavar="RUN", help="The file of a run, as --run named it."),
    out: str = typer.Option(..., "-o", "--output", metavar="FILE.html", help="Where to; '-' is standard output."),
    transcripts: list[str] = typer.Option(
        [], metavar="SOURCE", help="What was judged. Default: the files that the run names. May be given several times."
    ),
    questions: str | None = typer.Option(
        None, metavar="FILE", help="The question file: what each question tests, and to check fingerprints."
    ),
    map_: list[str] = MAP,
    card: list[str] = typer.Option([], metavar="FILE.json", help="A judge card; may be given several times."),
) -> None:
    """Write a run as one self-contained HTML page.

    The page loads nothing and sends nothing: it can be mailed, archived, and opened without a network. It holds the
    transcripts, which are read again from where they were: whoever gets the page can read them.
    """
    from judgekit.io import load_questions, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.reporting.html import write_report
    from judgekit.reporting.report_texts import named_files, recorded_mapping
    from judgekit.running.run import open_run

    if out != "-":
        check_target(out, reads=(run, *transcripts, questions))
    opened, cards, mapping = open_run(run), load_cards(card), parse_mapping(map_) or None
    if out != "-":
        check_target(out, reads=named_files(opened))
    read_as = mapping or recorded_mapping(opened)
    given = load_transcripts(transcripts, mapping=read_as, skip_bad=True) if transcripts else None
    asked = load_questions(questions) if questions is not None else None
    with output(out) as file:
        write_report(
            opened, file, cards=cards, transcripts=given, mapping=mapping, questions=asked, questions_file=questions
        )
    if out != "-":
        say(f"report in {out}")
