"""`judgekit transcripts`: what is read from transcript files, normalised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import check_choice, output, print_json, say, width
from judgekit.cli.flags import MAP, Limit, SkipBad
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.io import TranscriptFile
    from judgekit.question import Question
    from judgekit.transcript import Transcript

_WORDS, _PROVENANCE, _LINES = 6, 19, 11


def command(
    source: list[str] = typer.Argument(..., metavar="SOURCE…", help="Files of transcripts; '-' is standard input."),
    format: str = typer.Option("table", "--format", metavar="table|jsonl", help="jsonl prints whole transcripts."),
    map_: list[str] = MAP,
    skip_bad: SkipBad = False,
    questions: str | None = typer.Option(
        None, metavar="FILE", envvar="JUDGEKIT_QUESTIONS", help="A question file: its prompts are compared."
    ),
    limit: Limit = None,
    as_json: bool = typer.Option(False, "--json", help="Print the table and the counts as one JSON object."),
) -> None:
    """Show what is read from transcript files, with warnings.

    The form of each file is found from its content. Nothing is judged and nothing is written.
    """
    check_choice("--format", format, ("table", "jsonl"))
    if as_json and format == "jsonl":
        raise UserError("--json prints the table as JSON, and --format jsonl prints JSON already: choose one")
    from judgekit.io import load_questions, load_transcripts
    from judgekit.io.mapping import parse_mapping

    file = load_transcripts(source, mapping=parse_mapping(map_), skip_bad=skip_bad)
    tally = _Tally(questions)
    read = tally.watch(_attached(file, None if questions is None else load_questions(questions), limit))
    if as_json:
        rows = [_facts(transcript) for transcript in read]
        print_json(tally.facts(file) | {"rows": rows})
    elif format == "jsonl":
        from judgekit.io import write_transcripts

        with output(None) as out:
            write_transcripts(read, out)
    else:
        _print_table(read)
    for warning in file.warnings:
        say(f"warning: {warning}")
    if not as_json:
        typer.echo(tally.line(file), err=format == "jsonl")
    if not tally.transcripts:
        raise typer.Exit(1)


def _attached(file: TranscriptFile, known: Any, limit: int | None) -> Iterator[tuple[Transcript, Question | None]]:
    from itertools import islice

    from judgekit.io import attach

    return islice(attach(file, known), limit)


class _Tally:
    """Counts what passes."""

    def __init__(self, questions_file: str | None) -> None:
        self._file = questions_file
        self.transcripts = 0
        self.questions: set[str] = set()
        self.known: set[str] = set()
        self.labels: Counter[str] = Counter()
        self.provenance: Counter[str] = Counter()

    def watch(self, pairs: Iterable[tuple[Transcript, Question | None]]) -> Iterator[Transcript]:
        for transcript, question in pairs:
            self.transcripts += 1
            self.questions.add(transcript.question_id)
            if question is not None:
                self.known.add(question.id)
            self.labels[transcript.label] += 1
            self.provenance[transcript.provenance] += 1
            yield transcript

    def facts(self, file: TranscriptFile) -> dict[str, Any]:
        return {
            "format": file.format,
            "questions": len(self.questions),
            "questions_known": None if self._file is None else len(self.known),
            "transcripts": self.transcripts,
            "skipped": file.skipped,
            "labels": dict(self.labels),
            "provenance": dict(self.provenance),
            "warnings": file.warnings,
        }

    def line(self, file: TranscriptFile) -> str:
        from judgekit.reporting.plain import count, one_line

        parts = [count(len(self.questions), "question"), count(self.transcripts, "transcript")]
        if file.skipped:
            parts.append(f"{count(file.skipped, 'bad row')} left out")
        if self._file is not None:
            parts.append(f"{len(self.known):,} of the questions in {one_line(self._file)}")
        return ", ".join(parts)


def _facts(transcript: Transcript) -> dict[str, Any]:
    return {
        **{name: getattr(transcript, name) for name in ("id", "question_id", "label", "printed_id", "title")},
        "messages": len(transcript.messages),
        "words": len(transcript.response.split()),
        "provenance": transcript.provenance,
        "sha256": transcript.sha256,
        "lines": transcript.lines,
    }


def _print_table(transcripts: Iterable[Transcript]) -> None:
    """One line a transcript; an id that does not fit has a line of its own, and is whole."""
    from rich.cells import cell_len

    from judgekit.reporting.plain import one_line

    room = width() - _WORDS - _PROVENANCE - _LINES - 4
    for number, transcript in enumerate(transcripts):
        if not number:
            typer.echo(f"{'id':<{room}} {'words':>{_WORDS}}  {'provenance':<{_PROVENANCE}} lines")
        identity = one_line(transcript.id)
        if cell_len(identity) > room:
            typer.echo(identity)
            identity = ""
        lines, n = transcript.lines, len(transcript.messages)
        place = f"{lines[0]}-{lines[1]}" if lines else f"{n} messages"
        pad = " " * (room - cell_len(identity))
        words = len(transcript.response.split())
        typer.echo(f"{identity}{pad} {words:>{_WORDS}}  {transcript.provenance:<{_PROVENANCE}} {place}")
