"""`judgekit prepare`: drafts a question file, for a person to go over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import typer

from judgekit.cli.common import check_target, output, print_json, say
from judgekit.cli.flags import (
    MAP,
    ApiKeyEnv,
    BaseUrl,
    Concurrency,
    Limit,
    MaxAttempts,
    MaxTokens,
    Prices,
    Rpm,
    SkipBad,
    Temperature,
    Timeout,
    Tpm,
)
from judgekit.cli.score_quote import tell_prices
from judgekit.cli.score_run import again_command, check_some, tell_source, temperature_of, watched
from judgekit.errors import UserError
from judgekit.settings import Mode

if TYPE_CHECKING:
    from judgekit.running.drafts import Prepared

_SHOWN = 5
"""Failed drafts that are shown; `--json` has all."""


def command(
    ctx: typer.Context,
    sources: list[str] = typer.Argument(..., metavar="SOURCE", help="Transcript files; '-' is standard input."),
    rubric: list[str] = typer.Option(
        ..., metavar="NAME|FILE", envvar="JUDGEKIT_RUBRIC", help="What to draft for; may be given several times."
    ),
    target: str = typer.Option(
        ..., "-o", "--output", metavar="FILE", help="The question file; what is in it already stays. '-': print it."
    ),
    judge: str | None = typer.Option(
        None, metavar="MODEL", help="The model that drafts. Without it code drafts what it is sure of."
    ),
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    run: str | None = typer.Option(
        None, metavar="FILE.db", help="Where drafts are kept as they come. Default: FILE.drafts.db beside the output."
    ),
    concurrency: Concurrency = 32,
    rpm: Rpm = None,
    tpm: Tpm = None,
    budget: float | None = typer.Option(
        None, metavar="USD", min=0, envvar="JUDGEKIT_BUDGET", help="What the drafts may cost; nothing starts beyond it."
    ),
    prices: Prices = None,
    limit: Limit = None,
    map_: list[str] = MAP,
    skip_bad: SkipBad = False,
    temperature: Temperature = "0",
    timeout: Timeout = 60.0,
    max_attempts: MaxAttempts = 3,
    max_tokens: MaxTokens = None,
    mode: str = typer.Option(
        "auto", metavar="MODE", envvar="JUDGEKIT_MODE", help=f"How drafts are asked for: {', '.join(get_args(Mode))}."
    ),
    retry_failed: bool = typer.Option(
        False, "--retry-failed", envvar="JUDGEKIT_RETRY_FAILED", help="Try every failed draft again."
    ),
    prompts: bool = typer.Option(False, "--prompts", help="Put the prompt into each new entry, for the reviewer."),
    as_json: bool = typer.Option(False, "--json", help="Print the counts as JSON."),
) -> None:
    """Draft a question file for many prompts, for review.

    It says what rubrics have to know about each prompt. Entries that a person has written or reviewed are never
    touched; verdicts that rest on drafts nobody has reviewed carry the flag drafted_inputs.
    """
    if mode not in get_args(Mode):
        raise UserError(f"--mode {mode!r} is not known: choose one of {', '.join(get_args(Mode))}")
    to_stdout = target == "-"
    if to_stdout and judge is not None and run is None:
        raise UserError(
            "-o - with --judge: drafts are paid for and have to be kept; name a file with -o, or --run FILE.db"
        )
    if to_stdout and as_json:
        raise UserError("-o - and --json would both go to standard output: write the question file with -o FILE")
    path = None if to_stdout else check_target(target, reads=sources)
    from judgekit.io import load_rubric, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.io.question_text import new_text, read_text
    from judgekit.running.drafts import DraftOptions
    from judgekit.running.prepare import prepare

    transcripts = load_transcripts(
        sources[0] if len(sources) == 1 else list(sources), mapping=parse_mapping(map_) or None, skip_bad=skip_bad
    )
    check_some(transcripts)
    rubrics = list({one.name: one for one in map(load_rubric, rubric)}.values())
    title = f"Drafted for {', '.join(Path(name).name for name in transcripts.sources)}"
    existing = read_text(path) if path is not None and path.is_file() else new_text(title)
    if judge is None:
        found = prepare(transcripts, rubrics, existing, limit=limit, with_prompts=prompts)
        interrupted = False
    else:
        from judgekit.running.judge import Judge

        holder = Judge(
            judge,
            base_url=base_url,
            api_key_env=api_key_env,
            temperature=temperature_of(temperature),
            timeout_s=timeout,
            max_attempts=max_attempts,
            max_tokens=max_tokens,
            mode=cast(Mode, mode),
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            prices=prices,
        )
        tell_prices(holder, prices)
        store = Path(run or f"{target}.drafts.db")
        with holder, watched(str(store)) as (view, stop):
            options = DraftOptions(
                store,
                concurrency=concurrency,
                budget_usd=budget,
                retry_failed=retry_failed,
                progress=view,
                warn=view.note,
                stop=stop,
            )
            found = prepare(
                transcripts,
                rubrics,
                existing,
                judge=holder.settings,
                options=options,
                limit=limit,
                with_prompts=prompts,
            )
        interrupted = found.stopped == "interrupted"
    tell_source(transcripts)
    with output(target) as out:
        out.write(found.text.encode())
    if as_json:
        print_json(_counts(found))
    else:
        for line in _lines(found, target, judge):
            typer.echo(line, err=to_stdout)
    for row in found.failed[:_SHOWN]:
        say(f"no draft for {row['question_id']}, {row['rubric']}: {row['kind']}: {row['detail']}")
    if len(found.failed) > _SHOWN:
        say(f"and {len(found.failed) - _SHOWN} more; --json lists all")
    if interrupted:
        say(f"interrupted; this goes on: {again_command(ctx, sources)}")
        raise typer.Exit(130)
    raise typer.Exit(1 if found.failed or found.stopped else 0)


def _counts(found: Prepared) -> dict[str, object]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(found).items() if name != "text"}


def _lines(found: Prepared, target: str, judge: str | None) -> list[str]:
    """What became of the questions, for people."""
    from judgekit.reporting.plain import count, dollars

    lines = [
        f"{count(found.questions, 'question')} read; as they were: {found.reviewed} reviewed, {found.kept} drafted"
    ]
    for rubric in dict.fromkeys((*found.drafted, *found.empty)):
        line = f"{rubric}: drafted for {found.drafted.get(rubric, 0)}"
        if found.empty.get(rubric):
            line += f", nothing found to draft for {len(found.empty[rubric])}"
        lines.append(line)
    for rubric, names in found.to_write.items():
        said = ", ".join(f"{name} ({number})" for name, number in names.items())
        lines.append(f"{rubric}: left to a person: {said}")
    if found.quotes_not_found:
        lines.append(f"{count(found.quotes_not_found, 'quote')} of drafts not in the prompt: thrown away")
    if judge is not None:
        lines.append(f"cost: {dollars(found.cost_usd)}, what earlier sessions paid for these drafts included")
    if target != "-" and (found.drafted or found.empty):
        lines.append(f"go over {target}, and change drafted_by to person in each entry that is right")
    if judge is None and any(rubric not in found.drafted for rubric in found.to_write):
        lines.append(
            "code drafts constraints and nothing else: name a model with --judge for what is left, or write it"
        )
    return lines
