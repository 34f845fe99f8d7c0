"""`judgekit check`: what code finds in one text, without a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import print_json, say, width
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.checks import CheckInfo
    from judgekit.verdict import CheckResult


def command(
    name: str | None = typer.Argument(None, metavar="[NAME]", help="The check; without one, all are listed."),
    with_: list[str] = typer.Option(
        [], "--with", metavar="KEY=VALUE", help="A parameter; its value is JSON, or else a text. May be repeated."
    ),
    list_: bool = typer.Option(False, "--list", help="List the checks, or show what NAME takes; read no text."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Run one deterministic check on a text.

    The text comes from standard input: judgekit check word_count --with exactly=14 < answer.txt
    Exits with 0 where the check passes, and with 1 where it fails, does not apply or could not be made.
    """
    from judgekit.checks import check_names, describe_check, run_check, validate_check

    if name is None or list_:
        if with_:
            raise UserError("--with needs the name of a check and a text: judgekit check NAME --with KEY=VALUE < FILE")
        _show([describe_check(each) for each in ([name] if name else check_names())], one=bool(name), as_json=as_json)
        return
    params = _params(with_)
    validate_check(name, params)  # before a text is waited for
    result = run_check(name, _text(), params)
    if as_json:
        print_json({"check": name, **result.model_dump(mode="json")})
    else:
        _print(name, result)
    if result.result != "pass":
        raise typer.Exit(1)


def _params(pairs: list[str]) -> dict[str, Any]:
    import json

    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise UserError(f"--with {pair!r} is no KEY=VALUE; write it like --with exactly=14")
        if key in found:
            raise UserError(f'--with {key} stands twice: give it once; a list is written as JSON, all=\'["a", "b"]\'')
        try:
            found[key] = json.loads(value)
        except (ValueError, RecursionError):
            found[key] = value
    return found


def _text() -> str:
    """Standard input, without the last end of line: it belongs to the file, not to the text."""
    if sys.stdin is None:
        raise UserError("standard input is closed: give a file, judgekit check NAME < FILE")
    if sys.stdin.isatty():
        say("The text, please; end it with Ctrl-D (or give a file: judgekit check NAME < FILE).")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise UserError(
            f"standard input is not UTF-8: byte {error.object[error.start]:#04x} at {error.start}; convert it first"
        ) from error


def _print(name: str, result: CheckResult) -> None:
    import orjson

    from judgekit.reporting.plain import one_line

    typer.echo(f"{name}: {result.result}")
    for key, value in (("measured", result.measured), ("expected", result.expected)):
        if value is not None:
            typer.echo(one_line(f"{key}: {orjson.dumps(value).decode()}", 500))
    if result.detail:
        typer.echo(one_line(result.detail, 500))


def _show(checks: list[CheckInfo], *, one: bool, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        rows = [asdict(check) for check in checks]
        print_json(rows[0] if one else rows)
    elif one:
        typer.echo(f"{checks[0].name} ({checks[0].source}): {checks[0].summary}")
        _table(["parameter", "holds", "default", "about"], [_row(parameter) for parameter in checks[0].params])
    else:
        takes = [[check.name, ", ".join(p.name for p in check.params), check.summary] for check in checks]
        if sys.stdout.isatty():
            _table(["check", "takes", "finds out"], takes)
        else:
            # One line a check, whole, for grep and cut.
            for name, _, summary in takes:
                typer.echo(f"{name:<28} {summary}")


def _row(parameter: Any) -> list[str]:
    import json

    default = "needed" if parameter.required else "" if parameter.default is None else json.dumps(parameter.default)
    return [parameter.name, parameter.type, default, parameter.about]


def _table(titles: list[str], rows: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*titles, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    Console(width=width()).print(table)
