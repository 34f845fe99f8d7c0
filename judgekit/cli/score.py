"""`judgekit score`: the main job, from transcripts to verdicts in a run."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import typer

from judgekit.cli.common import check_target, output, print_json, say, width
from judgekit.errors import JudgekitError, UserError
from judgekit.settings import Mode

if TYPE_CHECKING:
    from judgekit.cli.progress import ProgressView
    from judgekit.io import TranscriptFile
    from judgekit.running.run import Run
    from judgekit.running.stop import Stop

_WARNINGS = 5
"""Warnings about a source that are shown; `judgekit transcripts` shows all."""


def command(
    ctx: typer.Context,
    sources: list[str] = typer.Argument(..., metavar="SOURCE", help="Transcript files; '-' is standard input."),
    judge: str | None = typer.Option(
        None, metavar="MODEL", envvar="JUDGEKIT_JUDGE", help="PROVIDER/MODEL, local/PATH.gguf, or baseline."
    ),
    base_url: str | None = typer.Option(
        None, metavar="URL", envvar="JUDGEKIT_BASE_URL", help="An OpenAI-compatible endpoint."
    ),
    api_key_env: str | None = typer.Option(
        None, metavar="NAME", envvar="JUDGEKIT_API_KEY_ENV", help="The environment variable that holds the key."
    ),
    rubric: list[str] = typer.Option(
        [],
        metavar="NAME|FILE",
        envvar="JUDGEKIT_RUBRIC",
        help="May be given several times. Default: each question's own, from --questions.",
    ),
    questions: str | None = typer.Option(
        None, metavar="FILE", envvar="JUDGEKIT_QUESTIONS", help="What the rubrics need to know about each prompt."
    ),
    run: str | None = typer.Option(
        None, metavar="FILE.db", envvar="JUDGEKIT_RUN", help="Where verdicts are kept. Default: named after the source."
    ),
    concurrency: int = typer.Option(
        32, metavar="N", min=1, max=10_000, envvar="JUDGEKIT_CONCURRENCY", help="Calls in flight at once."
    ),
    budget: float | None = typer.Option(
        None, metavar="USD", min=0, envvar="JUDGEKIT_BUDGET", help="What the run may cost; no call starts beyond it."
    ),
    limit: int | None = typer.Option(
        None, metavar="N", min=1, envvar="JUDGEKIT_LIMIT", help="Only the first N transcripts."
    ),
    report: str | None = typer.Option(
        None, metavar="FILE.html", envvar="JUDGEKIT_REPORT", help="Write the report there at the end."
    ),
    map_: list[str] = typer.Option(
        [], "--map", metavar="FIELD=COLUMN", envvar="JUDGEKIT_MAP", help="Where fields stand: prompt=question,…"
    ),
    skip_bad: bool = typer.Option(
        False, "--skip-bad", envvar="JUDGEKIT_SKIP_BAD", help="Leave out rows that cannot be read, and count them."
    ),
    temperature: str = typer.Option(
        "0", metavar="T|default", envvar="JUDGEKIT_TEMPERATURE", help="'default' leaves it to the model."
    ),
    timeout: float = typer.Option(
        60.0, metavar="SECONDS", min=0.001, max=86_400, envvar="JUDGEKIT_TIMEOUT", help="For one attempt."
    ),
    max_attempts: int = typer.Option(
        3, metavar="N", min=1, envvar="JUDGEKIT_MAX_ATTEMPTS", help="Calls for one reply, the first included."
    ),
    max_tokens: int | None = typer.Option(
        None, metavar="N", min=1, envvar="JUDGEKIT_MAX_TOKENS", help="The limit of a reply. Default: the provider's."
    ),
    mode: str = typer.Option(
        "auto", metavar="MODE", envvar="JUDGEKIT_MODE", help=f"How answers are asked for: {', '.join(get_args(Mode))}."
    ),
    retry_failed: bool = typer.Option(
        False, "--retry-failed", envvar="JUDGEKIT_RETRY_FAILED", help="Try every failure of this run again."
    ),
    as_json: bool = typer.Option(False, "--json", envvar="JUDGEKIT_JSON", help="Print the summary as JSON."),
) -> None:
    """Score transcripts with a judge, or resume a run.

    Verdicts are kept in the run's file as they come, and the same command again does what is left: a verdict that
    is there is never paid for twice. Ctrl-C finishes the calls in flight; a second one gives them up.
    """
    if judge is None:
        raise UserError("no judge was named: --judge PROVIDER/MODEL, such as openai/gpt-5-mini, or --judge baseline")
    if not rubric and questions is None:
        raise UserError(
            "nothing says what to judge: name a rubric with --rubric NAME ('judgekit rubric list' shows them), or give "
            "--questions FILE, whose questions name their own"
        )
    path = run or default_run(sources, judge)
    _check_places(path, report, [*sources, *([questions] if questions else [])])
    if mode not in get_args(Mode):
        raise UserError(f"--mode {mode!r} is not known: choose one of {', '.join(get_args(Mode))}")
    from judgekit.io import load_questions, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.running.judge import Judge

    transcripts = load_transcripts(
        sources[0] if len(sources) == 1 else list(sources), mapping=parse_mapping(map_) or None, skip_bad=skip_bad
    )
    question_set = load_questions(questions) if questions is not None else None
    holder = Judge(
        judge,
        base_url=base_url,
        api_key_env=api_key_env,
        temperature=_temperature(temperature),
        timeout_s=timeout,
        max_attempts=max_attempts,
        max_tokens=max_tokens,
        mode=cast(Mode, mode),
        concurrency=concurrency,
    )
    if run is None:
        say(f"run: {path} (name another with --run FILE.db)")
    with holder, _watched(path) as (view, stop):
        done = holder.score_many(
            transcripts,
            rubrics=rubric or None,
            questions=question_set,
            store=path,
            concurrency=concurrency,
            budget_usd=budget,
            limit=limit,
            progress=view,
            on_warning=view.note,
            stop=stop,
            retry_failed=retry_failed,
        )
    _tell_source(transcripts)
    raise typer.Exit(_finish(done, view, stop, report=report, as_json=as_json, again=_again(ctx, sources)))


def default_run(sources: list[str], judge: str) -> str:
    """The name of a run's file in the current folder, after its source and its judge.

    >>> default_run(["data/transcripts.md"], "openai/gpt-5-mini"), default_run(["-"], "baseline")
    ('transcripts.md.openai-gpt-5-mini.db', 'stdin.baseline.db')
    """
    first = "stdin" if sources[0] == "-" else Path(sources[0]).name or "run"
    more = f"-and-{len(sources) - 1}-more" if len(sources) > 1 else ""
    model = f"local-{Path(judge).stem}" if judge.startswith("local/") else judge
    return ".".join(re.sub(r"[^\w.-]+", "-", part).strip("-.")[:80] for part in (first + more, model)) + ".db"


def _check_places(run: str, report: str | None, inputs: list[str]) -> None:
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
    place = check_target(report).absolute()
    if place in (Path(name).absolute() for name in (run, *inputs)):
        raise UserError(f"--report {report!r} would replace a file that this command uses; choose another name")


def _temperature(text: str) -> float | None:
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
def _watched(path: str) -> Iterator[tuple[ProgressView, Stop]]:
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
            if view.last is not None and view.last.done and Path(path).is_file():
                view.note(f"{view.last.done:,} verdicts are kept in {path}: the same command again resumes")
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _tell_source(transcripts: TranscriptFile) -> None:
    for warning in transcripts.warnings[:_WARNINGS]:
        say(f"warning: {warning}")
    if len(transcripts.warnings) > _WARNINGS:
        say(f"warning: and {len(transcripts.warnings) - _WARNINGS} more; 'judgekit transcripts SOURCE' shows all")
    if transcripts.skipped:
        from judgekit.reporting.plain import count

        say(f"warning: {count(transcripts.skipped, 'row')} left out by --skip-bad")


def _finish(done: Run, view: ProgressView, stop: Stop, *, report: str | None, as_json: bool, again: str) -> int:
    """The exit code, after the summary is printed and the report written."""
    summary = done.summary()
    if view.last is not None and view.last.kept:
        last = view.last
        say(f"{last.done - last.kept:,} of {last.done:,} to do: {last.kept:,} are in {done.path} from before")
    if as_json:
        print_json(summary)
    else:
        from judgekit.reporting.terminal import summary_text

        typer.echo(summary_text(summary, width=width()))
    if report is not None:
        from judgekit.reporting.html import write_report

        with output(report) as file:
            write_report(done, file)
        say(f"report: {report}")
    if stop.draining and not summary.complete:
        say(f"interrupted; this resumes it: {again}")
        return 130
    return 1 if summary.failed or not summary.complete else 0


def _again(ctx: typer.Context, sources: list[str]) -> str:
    """The command as the user wrote it; standard input has to be given once more."""
    command = shlex.join(["judgekit", *ctx.obj])
    return f"{command}  (with the same standard input)" if "-" in sources else command
