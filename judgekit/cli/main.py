"""The command `judgekit`: finds the command, and turns every error into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperGroup

from judgekit.cli.common import PLAIN
from judgekit.cli.spelling import as_flags
from judgekit.errors import JudgekitError, UserError

COMMANDS = {
    "score": "Score transcripts with a judge, or resume a run.",
    "prepare": "Draft a question file for many prompts, for review.",
    "transcripts": "Show what is read from transcript files, with warnings.",
    "summary": "Print the counts and means of a run.",
    "measures": "Print what a run measures beside the level, and compare pairs.",
    "export": "Write the verdicts of a run as JSON Lines, CSV or Parquet.",
    "report": "Write a run as one self-contained HTML page.",
    "label": "Label transcripts on a blind page, from the keyboard.",
    "calibrate": "Make a judge card: how far a judge may be trusted, by labels.",
    "agree": "Measure how far the raters of a file of labels agree.",
    "compare": "Compare two runs: what changed, whether it is chance, and why.",
    "plan": "Plan labels and questions, and draw what to label next.",
    "rubric": "List, show, check and try rubrics.",
    "audit": "Measure what a judge should not depend on: order, injections.",
    "check": "Run one deterministic check on a text.",
    "demo": "Do the main job on shipped data with the built-in judge.",
}
"""Every command with its help; its module is imported when it is called."""


class _Commands(TyperGroup):
    """A group that imports a command's module only when the command is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(name or ""), rest

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        extra.setdefault("obj", given)  # `score` says with it how to resume

        def call() -> Any:
            return super(_Commands, self).main(
                given, prog_name or "judgekit", complete_var, False, windows_expand_args, **extra
            )

        return sys.exit(_exit_code(call)) if standalone_mode else call()


def _load(name: str) -> Any:
    module = importlib.import_module(f"judgekit.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(**PLAIN)
        app.command(name=name)(module.command)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _exit_code(call: Callable[[], Any]) -> int:
    """0 done, 1 failed or fell short, 2 the input is wrong, 130 interrupted."""
    try:
        code = call()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone. Python would complain once more when it flushes at exit: give it somewhere to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: people get a line, not a traceback
        if os.environ.get("JUDGEKIT_DEBUG", "") not in ("", "0"):
            traceback.print_exc()
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without its command, as `judgekit` alone
            typer.echo(getattr(error, "ctx").get_help())  # noqa: B009
            return 0
        message, code = _explain(error)
        from judgekit.reporting.plain import one_line

        with suppress(OSError):  # where nobody can be told, the exit code still says it
            typer.echo(f"judgekit: {one_line(message, 2000)}", err=True)
        return code
    return code if isinstance(code, int) else 0


def _explain(error: Exception) -> tuple[str, int]:
    if isinstance(error, JudgekitError):
        return as_flags(str(error)), 2 if isinstance(error, UserError) else 1
    # typer's usage errors: their class is private, and moved from click into typer
    if callable(say := getattr(error, "format_message", None)):
        path = getattr(getattr(error, "ctx", None), "command_path", "judgekit")
        said = say()
        return f"{said}{'' if said.endswith(('.', '?')) else '.'} See '{path} --help'.", 2
    if isinstance(error, typer.Abort):
        return "stopped: no answer could be read", 1
    if isinstance(error, OSError) and error.errno is not None:
        why = error.strerror or str(error)
        if error.filename is None:  # a stream: standard output on a full disk
            return f"cannot write the result: {why}", 1
        return f"cannot use {str(error.filename)!r}: {why}; check the path and its permissions", 2
    return (
        f"this is a fault in judgekit, not in your input: {type(error).__name__}: {error}; nothing that was scored is "
        "lost; JUDGEKIT_DEBUG=1 shows where, please report it with that",
        1,
    )


app = typer.Typer(cls=_Commands, invoke_without_command=True, **PLAIN)


@app.callback(
    help="Score transcripts with an LLM judge, and measure how far the judge may be trusted.",
    epilog="Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 something failed "
    "or fell short, 2 the input is wrong, 130 interrupted (run it again to resume).",
)
def _root(
    ctx: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version and exit.")
) -> None:
    if version:
        typer.echo(f"judgekit {_version()}")
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("llm-judgekit")
    except PackageNotFoundError:
        return "(not installed: running from its source)"


def _stub() -> None:
    """Stands for a command in the list; `_Commands` puts the real one in its place."""


for _name, _help in COMMANDS.items():
    app.command(name=_name, help=_help)(_stub)


def _open_missing() -> None:
    """Nothing; where the caller closed standard output or error, what is written there goes nowhere."""
    # Descriptors 0 to 2 are filled first: a run's file must never be the one that a stray message is written to.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def run() -> None:
    """Run `judgekit` on the arguments of the process and exit."""
    _open_missing()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows only ASCII must not end a run
    app()
