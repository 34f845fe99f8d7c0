"""`judgekit label`: people label transcripts, on a blind page of this machine or in another tool."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import check_choice, check_target, output, say
from judgekit.cli.flags import MAP, SkipBad
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.labelling.desk import Desk
    from judgekit.labelling.items import Pile
    from judgekit.rubric import Rubric

PASSWORD = "JUDGEKIT_LABEL_PASSWORD"  # noqa: S105 - the name of the variable
TOOLS = ("label-studio", "label-studio-config", "argilla", "argilla-settings")


def command(
    source: list[str] = typer.Argument(..., metavar="SOURCE…", help="Files of transcripts; '-' is standard input."),
    rubric: str = typer.Option(..., metavar="NAME|FILE", help="What they are labelled under."),
    criterion: list[str] = typer.Option(
        [], metavar="ID", help="Ask for this criterion; several times for several, 'level' is the level."
    ),
    questions: str | None = typer.Option(None, metavar="FILE", help="What people have to know about each prompt."),
    annotator: list[str] = typer.Option([], metavar="NAME", help="Who labels, a link each; default: the page asks."),
    out: str = typer.Option("labels.csv", "-o", "--out", metavar="FILE", help="Where the labels go."),
    sample: int | None = typer.Option(None, metavar="K", min=1, help="Only K transcripts, drawn at random."),
    next_: int | None = typer.Option(
        None, "--next", metavar="K", min=1, help="Only K, drawn by where the judge is expected to err; with --run."
    ),
    run: str | None = typer.Option(None, metavar="RUN", help="The judge's verdicts, for --next and --reveal."),
    labels: str | None = typer.Option(
        None, metavar="FILE", help="Labels that are there: left out by --next, written beside their tasks by --to."
    ),
    overlap: str | None = typer.Option(
        None, metavar="all|N|SHARE", help="How many everyone labels; the others are dealt out. Default: all."
    ),
    seed: int | None = typer.Option(None, metavar="SEED", min=0, help="Of every draw. Default: 0."),
    reveal: bool = typer.Option(False, "--reveal", help="Show the judge's verdicts when everybody is done."),
    port: int = typer.Option(0, metavar="PORT", min=0, max=65535, help="Default: any that is free."),
    serve: str = typer.Option("127.0.0.1", metavar="HOST", help="Beyond this machine: not encrypted; a password."),
    open_: bool = typer.Option(False, "--open", help="Open the page in the browser."),
    to: str | None = typer.Option(None, metavar="TOOL", help=f"Write tasks instead: {', '.join(TOOLS)}."),
    from_: str | None = typer.Option(None, "--from", metavar="FILE", help="Write the labels of such tasks instead."),
    map_: list[str] = MAP,
    skip_bad: SkipBad = False,
) -> None:
    """Label transcripts on a blind page, from the keyboard.

    Every label is on the disk at once, and the file can go to 'calibrate' and 'agree' at any moment. The same command
    goes on where it stopped. Nobody sees whose answer a transcript is, nor a verdict, before it is labelled.
    """
    check_choice("--to", to, TOOLS)
    if to is not None and from_ is not None:
        raise UserError("--to writes tasks and --from reads their labels: give one of them")
    if to is not None and (overlap is not None or annotator):
        raise UserError("--overlap and --annotator have no use with --to: the other tool deals its tasks out itself")
    if reveal and run is None:
        raise UserError("--reveal shows the judge's verdicts: name the run with --run RUN.db")
    from judgekit.io import load_questions, load_rubric, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.labelling.about import Choices
    from judgekit.labelling.asks import asks_of
    from judgekit.labelling.items import read_items

    ruled = load_rubric(rubric)
    asks = asks_of(ruled, criterion)
    chosen = Choices(sample, next_, overlap, seed)
    if to is None and from_ is None:
        _check_server()
    file = load_transcripts(source, mapping=parse_mapping(map_), skip_bad=skip_bad)
    pile = read_items(file, ruled, None if questions is None else load_questions(questions))
    for warning in file.warnings:
        say(f"warning: {warning}")
    _tell(pile, ruled)
    more: dict[str, Any] = {"run": _run(run), "labels": _labels(labels), "annotators": annotator}
    if from_ is not None:
        _write_labels(from_, out, pile, (*source, questions))
        return
    if to is not None:
        from judgekit.labelling.begin import select

        selection = select(pile, ruled, chosen, **more)
        _write_tasks(to, out, pile, ruled, asks, selection.drawn, more["labels"], (*source, labels, questions, run))
        return
    from judgekit.labelling.begin import open_task

    labels_path = check_target(out, reads=(*source, labels, questions, run))
    desk = open_task(labels_path, pile, ruled, asks, chosen, **more)
    try:
        _serve(desk, labels_path, more["run"] if reveal else None, annotator, serve, port, open_)
    finally:
        _farewell(desk, labels_path, run)
        desk.state.close()


def _write_tasks(
    tool: str, out: str, pile: Pile, rubric: Rubric, asks: Any, drawn: Any, labels: Any, reads: tuple[str | None, ...]
) -> None:
    from judgekit.labelling.tools import write_tasks

    if out != "-" and check_target(out, reads=reads).suffix.lower() == ".csv":
        raise UserError(f"--to {tool}: tasks are no table, as {out!r} says; name a file such as -o tasks.json")
    with output(out) as stream:
        written = write_tasks(tool, stream, pile, rubric, asks, drawn, labels=labels)
    say(f"{written} in {out}" if out != "-" else f"{written} written")


def _write_labels(export: str, out: str, pile: Pile, reads: tuple[str | None, ...]) -> None:
    from judgekit.io.labels import load_labels, write_labels
    from judgekit.labelling.tools import resolved
    from judgekit.reporting.plain import count

    if out != "-" and check_target(out, reads=(export, *reads)).exists():
        raise UserError(f"{out!r} is there already: labels are not written over; name another file with -o")
    found = resolved(load_labels(export), pile)
    with output(out) as stream:
        write_labels(found, stream, format="csv" if out == "-" or out.lower().endswith(".csv") else "jsonl")
    say(f"{count(len(found), 'label')} in {out}")


def _check_server() -> None:
    from importlib.util import find_spec

    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UserError("the labelling page needs starlette and uvicorn: pip install 'llm-judgekit[label]'")


def _tell(pile: Pile, rubric: Rubric) -> None:
    from judgekit.reporting.plain import count

    if pile.foreign:
        say(f"left out: {count(pile.foreign, 'transcript')} whose question does not name {rubric.name}")
    if pile.lacking:
        names = ", ".join(name for name, spec in rubric.inputs.items() if spec.required)
        say(
            f"warning: {count(len(pile.lacking), 'transcript')} without what {rubric.name} has to know ({names}), "
            f"such as {pile.lacking[0]!r}: the judge cannot score them; name the question file with --questions"
        )


def _run(path: str | None) -> Any:
    if path is None:
        return None
    from judgekit.running.run import open_run

    return open_run(path)


def _labels(path: str | None) -> Any:
    if path is None:
        return None
    from judgekit.io.labels import load_labels

    return load_labels(path)


def _serve(desk: Desk, labels: Path, run: Any, annotators: list[str], host: str, port: int, open_: bool) -> None:
    from judgekit.labelling.gate import is_loopback
    from judgekit.labelling.serve import check_password, listen, make_links, make_server, serve, urls

    password = None if is_loopback(host) else check_password(_password(host))
    links = make_links(desk.state.names_of(annotators))
    listening = listen(host, port)
    at = listening.getsockname()[1]
    try:
        server = make_server(desk, host=host, port=at, links=links, password=password, run=run)
    except BaseException:
        listening.close()
        raise
    found = urls(host, at, links)

    def ready() -> None:
        for url, name in found.items():
            typer.echo(f"{name}\t{url}" if len(found) > 1 else url)
        sys.stdout.flush()
        say(f"labels go to {labels}; stop with Ctrl-C, go on with the same command")
        if password is not None:
            say("warning: not encrypted: whoever is on the way can read along and label; use it in a network you trust")
        if open_:
            import webbrowser

            webbrowser.open(next(iter(found)))

    serve(server, listening, ready)


def _password(host: str) -> str:
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UserError(f"--serve {host}: other machines could reach this page; set a password in {PASSWORD}")
    return str(typer.prompt("Password for the page", hide_input=True, confirmation_prompt=True, err=True))


def _farewell(desk: Desk, labels: Path, run: str | None) -> None:
    """How far people are, and what to do with the labels."""
    from judgekit.reporting.plain import count

    about, given = desk.state.about, desk.state.labels()
    if about is None or not given:
        say("no label has been given yet")
        return
    people = len({one.label.annotator for one in given})
    say(f"{count(len(given), 'label')} by {count(people, 'annotator')} in {labels}")
    how = ["--labels", str(labels), "--labels-are", about.labels_are]
    if about.labels_are == "stratified":
        how += ["--probability", str(labels)]
    say(f"next: {shlex.join(['judgekit', 'calibrate', run or 'RUN.db', *how])}")
