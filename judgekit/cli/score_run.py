"""What `judgekit score` does around the work: names and places, Ctrl-C, the summary at the end."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import check_target, output, print_json, say
from judgekit.cli.summary_text import print_summary
from judgekit.errors import JudgekitError, UserError

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.cli.progress import ProgressView
    from judgekit.io import TranscriptFile
    from judgekit.question import QuestionSet
    from judgekit.running.run import Run
    from judgekit.running.stop import Stop

_WARNINGS = 5
"""Warnings about a source that are shown; `judgekit transcripts` shows all."""


def default_run(sources: list[str], judge: str, ending: str = ".db") -> str:
    """The name of a run's file in the current folder, after its source and its judge.

    >>> default_run(["data/transcripts.md"], "openai/gpt-5-mini"), default_run(["-"], "baseline")
    ('transcripts.md.openai-gpt-5-mini.db', 'stdin.baseline.db')
    """
    first = "stdin" if sources[0] == "-" else Path(sources[0]).name or "run"
    more = f"-and-{len(sources) - 1}-more" if len(sources) > 1 else ""
    model = f"local-{Path(judge).stem}" if judge.startswith("local/") else judge
    return ".".join(re.sub(r"[^\w.-]+", "-", part).strip("-.")[:80] for part in (first + more, model)) + ending


def check_places(run: str, report: str | None, inputs: list[str]) -> None:
    """Nothing; asked before the work, so that no file of the user's is lost to a slip, and no work to a bad name.

    Raises:
        UserError: run or report is standard output, which holds the summary; or the report would replace another file
            that this command uses.
    """
    if run == "-":
        raise UserError("--run -: a run is a file, which the same command goes on from; write --run FILE.db")
    if report is None:
        return
    if report == "-":
        raise UserError("--report -: standard output holds the summary; write --report FILE.html")
    check_target(report, reads=(run, *inputs))


def temperature_of(text: str) -> float | None:
    """The temperature; None where it is left to the model.

    Raises:
        UserError: it is no number from 0 to 2.
    """
    if text == "default":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 2.0:
        raise UserError(f"--temperature {text!r}: wanted a number from 0 to 2, or 'default'")
    return value


@contextmanager
def watched(path: str) -> Iterator[tuple[ProgressView, Stop]]:
    """A progress view and a stop handle that Ctrl-C pulls, for as long as the block runs."""
    from judgekit.cli.progress import ProgressView
    from judgekit.running.stop import Stop

    stop = Stop()
    with ProgressView() as view:

        def interrupted(*_: Any) -> None:
            if stop.interrupt() == "drain":
                view.note("stopping: the calls in flight are finished first; Ctrl-C again gives them up")
            else:
                view.note("stopping now")
                signal.signal(signal.SIGINT, signal.default_int_handler)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)

        # A scheduler that ends a job sends SIGTERM: what is in flight has been paid for too.
        before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield view, stop
        except JudgekitError:
            if view.last is not None and view.last.done and Path(path).exists():
                view.note(f"{view.last.done:,} verdicts are kept in {path}: the same command again resumes")
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def check_some(transcripts: TranscriptFile) -> None:
    """Nothing; asked before a run is made of nothing.

    Raises:
        UserError: there is not one transcript in the sources.
    """
    if not transcripts.count(1):
        raise UserError(
            f"no transcript in {', '.join(transcripts.sources)}: it is read as {transcripts.format}, and holds none; "
            "'judgekit transcripts SOURCE' shows what is read"
        )


def tell_source(transcripts: TranscriptFile) -> None:
    """Nothing; what was strange about the source is said, a line each."""
    for warning in transcripts.warnings[:_WARNINGS]:
        say(f"warning: {warning}")
    if len(transcripts.warnings) > _WARNINGS:
        say(f"warning: and {len(transcripts.warnings) - _WARNINGS} more; 'judgekit transcripts SOURCE' shows all")
    if transcripts.skipped:
        from judgekit.reporting.plain import count

        say(f"warning: {count(transcripts.skipped, 'row')} left out by --skip-bad")


def keep_cards(done: Run, cards: list[JudgeCard]) -> None:
    """Nothing; the cards are in the run, whose summary then says whether they hold for its judge and rubrics."""
    if cards:
        from judgekit.running.cards import keep_card

        for card in cards:
            keep_card(done.path, card, own=False)


def finish(
    done: Run,
    view: ProgressView,
    stop: Stop,
    *,
    report: str | None,
    as_json: bool,
    again: str,
    transcripts: TranscriptFile,
    questions: QuestionSet | None,
) -> int:
    """The exit code, after the summary is printed and the report written."""
    summary = done.summary()
    if view.last is not None and view.last.kept:
        last = view.last
        say(f"{last.done - last.kept:,} of {last.done:,} to do: {last.kept:,} are in {done.path} from before")
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)
    if report is not None:
        from judgekit.reporting.html import write_report

        with output(report) as file:
            write_report(done, file, transcripts=transcripts, questions=questions, command=again)
        say(f"report: {report}")
    if stop.draining and not summary.complete:
        say(f"interrupted; this resumes it: {again}")
        return 130
    return 1 if summary.failed or not summary.complete else 0


def again_command(ctx: typer.Context, sources: list[str]) -> str:
    """The command as the user wrote it; standard input has to be given once more."""
    command = shlex.join(["judgekit", *ctx.obj])
    return f"{command}  (with the same standard input)" if "-" in sources else command
