"""`judgekit score`: the main job, from transcripts to verdicts in a run."""

from __future__ import annotations

from typing import Any, cast, get_args

import typer

from judgekit.cli.common import load_cards, say
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
from judgekit.cli.score_quote import show_quote, tell_prices
from judgekit.cli.score_ray import on_ray
from judgekit.cli.score_run import (
    again_command,
    check_places,
    check_some,
    default_run,
    finish,
    keep_cards,
    tell_source,
    temperature_of,
    watched,
)
from judgekit.errors import UserError
from judgekit.settings import Mode


def command(
    ctx: typer.Context,
    sources: list[str] = typer.Argument(..., metavar="SOURCE", help="Transcript files; '-' is standard input."),
    judge: str | None = typer.Option(
        None, metavar="MODEL", envvar="JUDGEKIT_JUDGE", help="PROVIDER/MODEL, local/PATH.gguf, or baseline."
    ),
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
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
    concurrency: Concurrency = 32,
    rpm: Rpm = None,
    tpm: Tpm = None,
    budget: float | None = typer.Option(
        None, metavar="USD", min=0, envvar="JUDGEKIT_BUDGET", help="What the run may cost; nothing starts beyond it."
    ),
    prices: Prices = None,
    dry_run: bool = typer.Option(
        False, "--dry-run", envvar="JUDGEKIT_DRY_RUN", help="Quote calls, tokens and price; ask and write nothing."
    ),
    limit: Limit = None,
    report: str | None = typer.Option(
        None, metavar="FILE.html", envvar="JUDGEKIT_REPORT", help="Write the report there at the end."
    ),
    map_: list[str] = MAP,
    skip_bad: SkipBad = False,
    temperature: Temperature = "0",
    timeout: Timeout = 60.0,
    max_attempts: MaxAttempts = 3,
    max_tokens: MaxTokens = None,
    mode: str = typer.Option(
        "auto", metavar="MODE", envvar="JUDGEKIT_MODE", help=f"How answers are asked for: {', '.join(get_args(Mode))}."
    ),
    retry_failed: bool = typer.Option(
        False, "--retry-failed", envvar="JUDGEKIT_RETRY_FAILED", help="Try every failure of this run again."
    ),
    batch: bool = typer.Option(
        False, "--batch", envvar="JUDGEKIT_BATCH", help="Ask through OpenAI's Batch API: half the price, within a day."
    ),
    engine: str = typer.Option(
        "asyncio", metavar="asyncio|ray", envvar="JUDGEKIT_ENGINE", help="One process, or a cluster: docs/scale.md."
    ),
    actors: int | None = typer.Option(
        None, metavar="N", min=1, envvar="JUDGEKIT_ACTORS", help="With ray: processes that call the judge."
    ),
    card: list[str] = typer.Option(
        [], metavar="FILE.json", envvar="JUDGEKIT_CARD", help="A judge card to keep in the run, for `calibration:`."
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
    ray = on_ray(engine, actors=actors, budget=budget, batch=batch)
    path = run or default_run(sources, judge, ".shards" if ray else ".db")
    check_places(path, report, [*sources, *([questions] if questions else [])])
    if mode not in get_args(Mode):
        raise UserError(f"--mode {mode!r} is not known: choose one of {', '.join(get_args(Mode))}")
    cards = load_cards(card)
    from judgekit.io import load_questions, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.running.judge import Judge

    if ray:
        from judgekit.running.ray import files_of, score_with_ray

        sources = files_of(sources, path)
    transcripts = load_transcripts(
        sources[0] if len(sources) == 1 else list(sources), mapping=parse_mapping(map_) or None, skip_bad=skip_bad
    )
    check_some(transcripts)
    question_set = load_questions(questions) if questions is not None else None
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
    if dry_run:
        quote = holder.quote_many(
            transcripts,
            rubrics=rubric or None,
            questions=question_set,
            store=path,
            budget_usd=budget,
            limit=limit,
            retry_failed=retry_failed,
            batch=batch,
        )
        tell_source(transcripts)
        raise typer.Exit(show_quote(quote, as_json=as_json))
    if run is None:
        say(f"run: {path} (name another with --run {'FOLDER' if ray else 'FILE.db'})")
    with holder, watched(path) as (view, stop):
        shared: dict[str, Any] = {
            "rubrics": rubric or None,
            "questions": question_set,
            "store": path,
            "concurrency": concurrency,
            "limit": limit,
            "progress": view,
            "on_warning": view.note,
            "stop": stop,
            "retry_failed": retry_failed,
        }
        if ray:
            done = score_with_ray(holder, transcripts, actors=actors, **shared)
        else:
            done = holder.score_many(transcripts, budget_usd=budget, batch=batch, **shared)
    keep_cards(done, cards)
    tell_source(transcripts)
    again = again_command(ctx, sources)
    code = finish(
        done,
        view,
        stop,
        report=report,
        as_json=as_json,
        again=again,
        transcripts=transcripts,
        questions=question_set,
    )
    raise typer.Exit(code)
