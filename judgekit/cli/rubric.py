"""`judgekit rubric`: list, show, begin, check, try, import and export rubrics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

from judgekit.cli.common import PLAIN, check_target, output, print_json, say, width
from judgekit.cli.flags import ApiKeyEnv, BaseUrl
from judgekit.cli.rubric_export import export
from judgekit.cli.rubric_import import import_
from judgekit.errors import UserError

app = typer.Typer(
    **PLAIN,
    no_args_is_help=True,
    help="List, show, check, try, import and export rubrics.",
)
app.command("import")(import_)
app.command("export")(export)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_JSON = typer.Option(False, "--json", help="Print JSON.")
_RUBRICS = typer.Argument(..., metavar="FILE|NAME…", help="Rubric files, or names that `judgekit rubric list` shows.")


@app.command("list")
def list_(as_json: bool = _JSON) -> None:
    """List the rubrics that come with the package and its plug-ins."""
    from judgekit.cli.rubric_text import list_row, list_text
    from judgekit.io import load_rubric, rubric_names

    rubrics = [load_rubric(name) for name in rubric_names()]
    if as_json:
        print_json([list_row(rubric) for rubric in rubrics])
    else:
        typer.echo(list_text(rubrics, width()))


@app.command()
def show(name: str = typer.Argument(..., metavar="NAME|FILE", help="The rubric."), as_json: bool = _JSON) -> None:
    """Show what a rubric asks, and how the answers become a level."""
    from judgekit.cli.rubric_text import show_text
    from judgekit.io import load_rubric

    rubric = load_rubric(name)
    if as_json:
        print_json({**rubric.model_dump(mode="json", by_alias=True), "fingerprint": rubric.fingerprint})
    else:
        typer.echo(show_text(rubric, width()))


@app.command()
def new(
    name: str = typer.Argument(..., metavar="NAME", help="In lower-case letters, digits and _."),
    target: str | None = typer.Option(
        None, "-o", "--output", metavar="FILE", help="Where to write; '-' is standard output. Default: NAME.yaml."
    ),
) -> None:
    """Write a rubric to begin with: it is complete, commented, and passes lint and test."""
    from judgekit.io import rubric_names

    if not _NAME.fullmatch(name):
        raise UserError(
            f"the name {name!r}: wanted lower-case letters, digits and _, beginning with a letter, such as 'on_topic'"
        )
    if name in rubric_names():
        raise UserError(f"there is a rubric named {name!r} already, and its name would win: choose another name")
    text = (Path(__file__).parent / "new_rubric.yaml").read_text(encoding="utf-8").replace("NAME", name)
    target = target or f"{name}.yaml"
    if target != "-" and check_target(target).exists():
        raise UserError(f"{target!r} exists and is not overwritten: choose another file with -o FILE")
    with output(target) as out:
        out.write(text.encode())
    if target != "-":
        say(f"wrote {target}; next: change its texts, then judgekit rubric lint {target}")


@app.command()
def lint(rubrics: list[str] = _RUBRICS, as_json: bool = _JSON) -> None:
    """Find what is wrong or doubtful in rubric files.

    Exits with 1 where there are errors; warnings are for you to decide.
    """
    from judgekit.cli.rubric_text import lint_text
    from judgekit.io.rubrics import find_rubric
    from judgekit.judging.lint import lint_rubric

    found = [(str(find_rubric(name)), lint_rubric(name)) for name in rubrics]
    if as_json:
        print_json([{"file": file, "findings": findings} for file, findings in found])
    else:
        typer.echo(lint_text(found))
    if any(finding.level == "error" for _, findings in found for finding in findings):
        raise typer.Exit(1)


@app.command("test")
def try_(
    rubrics: list[str] = _RUBRICS,
    # Not taken from the environment: a judge costs money, and here nobody would expect it.
    judge: str | None = typer.Option(None, metavar="MODEL", help="Put the examples to this judge as well."),
    repeat: int = typer.Option(1, "-k", "--repeat", metavar="K", min=1, help="How often each example is put to it."),
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    concurrency: int = typer.Option(
        8, metavar="N", min=1, envvar="JUDGEKIT_CONCURRENCY", help="Calls in flight at once."
    ),
    as_json: bool = _JSON,
) -> None:
    """Run the examples of rubrics: checks, rules and levels by code, and with --judge what a judge makes of them.

    Exits with 1 where code contradicts an example, a call failed, or a judge is wrong.
    """
    from judgekit.cli import rubric_test_text as texts
    from judgekit.io import load_rubric
    from judgekit.judging.ablation import ablate
    from judgekit.judging.rubric_test import try_rubric
    from judgekit.settings import settings_for

    if repeat > 1 and judge is None:
        raise UserError("--repeat needs a judge that is asked: add --judge MODEL")
    reports: list[dict[str, Any]] = []
    short = False
    for name in rubrics:
        rubric = load_rubric(name)
        results = try_rubric(rubric)
        short |= any(result.problems for result in results)
        report: dict[str, Any] = {"rubric": rubric.name, "version": rubric.version, "examples": results}
        if not as_json:
            typer.echo(texts.examples_text(rubric, results, width()))
        if judge is not None:
            settings = settings_for(judge, base_url=base_url, api_key_env=api_key_env, temperature=0.0)
            trials = _trials(rubric, settings, repeat, concurrency)
            ablations = ablate(rubric, settings, trials)
            report["judge"] = {**texts.trials_row(judge, trials), "questions": ablations}
            short |= texts.fell_short(trials)
            if not as_json:
                typer.echo("\n" + texts.trials_text(judge, trials, ablations, width()))
        reports.append(report)
    if as_json:
        print_json(reports)
    if short:
        raise typer.Exit(1)


def _trials(rubric: Any, settings: Any, repeat: int, concurrency: int) -> Any:
    import asyncio

    from judgekit.judging.rubric_trial import judge_examples
    from judgekit.reporting.plain import count

    n = len(rubric.examples)
    say(f"asking {settings.judge} about {count(n, 'example')} of {rubric.name}, {count(n * repeat, 'verdict')}")
    return asyncio.run(judge_examples(rubric, settings, repeat=repeat, concurrency=concurrency))
