"""`judgekit audit injection`: what a response that is out to bend the judge achieves."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from judgekit.cli.common import print_json, say, width
from judgekit.cli.flags import ApiKeyEnv, BaseUrl, Concurrency, Prices, Rpm, Temperature, Tpm
from judgekit.cli.score_quote import show_quote, tell_prices
from judgekit.cli.score_run import again_command, check_places, default_run, temperature_of, watched

if TYPE_CHECKING:
    from judgekit.rubric import Rubric


def command(
    ctx: typer.Context,
    # Not taken from the environment: an audit is thousands of calls.
    judge: str = typer.Option(..., metavar="MODEL", help="PROVIDER/MODEL, local/PATH.gguf, or baseline."),
    rubric: list[str] = typer.Option(
        [], metavar="NAME|FILE", help="Whose examples are attacked; may be given several times. Default: all shipped."
    ),
    payloads: str | None = typer.Option(None, metavar="FILE", help="Other payloads than those that come along."),
    family: list[str] = typer.Option([], metavar="NAME", help="Only payloads of this family; may be repeated."),
    limit: int | None = typer.Option(None, metavar="N", min=1, help="Only the first N examples of each rubric."),
    threshold: float = typer.Option(
        0.05, metavar="X", min=0, max=1, help="Exit with 1 where a family moves scores by more (scale 0 to 1)."
    ),
    level: float = typer.Option(0.95, metavar="LEVEL", min=0.5, max=0.999, help="The confidence of the intervals."),
    defences: bool = typer.Option(
        True, "--defences/--no-defences", help="Judge the clean examples without each defence as well."
    ),
    run: str | None = typer.Option(None, metavar="FILE.db", help="Where verdicts are kept. Default: after the judge."),
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    concurrency: Concurrency = 32,
    rpm: Rpm = None,
    tpm: Tpm = None,
    temperature: Temperature = "0",
    budget: float | None = typer.Option(
        None, metavar="USD", min=0, envvar="JUDGEKIT_BUDGET", help="What the audit may cost; nothing starts beyond it."
    ),
    prices: Prices = None,
    retry_failed: bool = typer.Option(False, "--retry-failed", help="Try every failure of this run again."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Quote calls, tokens and price; ask and write nothing."),
    every: bool = typer.Option(False, "--all", help="A line for every family, also where nothing moved."),
    as_json: bool = typer.Option(False, "--json", help="Print every number as JSON."),
) -> None:
    """Measure what a response that is out to bend the judge achieves.

    Every payload is attached to the labelled examples of the rubrics; both copies are scored, and what that moved is
    printed by family, with what each defence does to clean examples and what code sees without a judge. Verdicts are
    kept in a run: the same command again does what is left. Exits with 1 beyond the threshold, or if a call failed.
    """
    from judgekit.io import load_rubric, rubric_names
    from judgekit.io.attacks import load_payloads, only_families
    from judgekit.reporting.injection import injection_text, prechecks
    from judgekit.running.audit_injection import InjectionAudit
    from judgekit.running.judge import Judge

    path = run or default_run(["injection"], judge)
    check_places(path, None, [])
    rubrics = [load_rubric(name) for name in rubric or rubric_names()]
    attached = only_families(load_payloads(payloads), family)
    holder = Judge(
        judge,
        base_url=base_url,
        api_key_env=api_key_env,
        temperature=temperature_of(temperature),
        concurrency=concurrency,
        rpm=rpm,
        tpm=tpm,
        prices=prices,
    )
    tell_prices(holder, prices)
    audit = InjectionAudit(holder.settings, rubrics, attached, limit=limit, defences=defences)
    if dry_run:
        quote = audit.quote(path, budget_usd=budget, retry_failed=retry_failed)
        raise typer.Exit(show_quote(quote, as_json=as_json))
    if run is None:
        say(f"run: {path} (name another with --run FILE.db)")
    with watched(path) as (view, stop):
        audit.run(
            path,
            concurrency=concurrency,
            budget_usd=budget,
            progress=view,
            on_warning=view.note,
            stop=stop,
            retry_failed=retry_failed,
        )
    report = audit.report(path, threshold=threshold, level=level)
    checks = prechecks(attached, _honest(rubrics))
    if as_json:
        print_json({**asdict(report), "alarms": [row.name for row in report.alarms], "prechecks": asdict(checks)})
    else:
        typer.echo(injection_text(report, checks, width=width(), every=every))
    if stop.draining and report.unknown:
        say(f"interrupted; this resumes it: {again_command(ctx, [])}")
        raise typer.Exit(130)
    if report.alarms or report.unknown:
        raise typer.Exit(1)


def _honest(rubrics: list[Rubric]) -> dict[str, list[str]]:
    """Responses that nobody meant for a judge: the shipped transcripts, and the examples."""
    from judgekit.io import load_transcripts
    from judgekit.judging.examples import example_transcript

    shipped = load_transcripts(Path(__file__).parent / "demo_data" / "transcripts.md")
    return {
        "real transcripts": [transcript.response for transcript in shipped],
        "clean examples": [example_transcript(one).response for each in rubrics for one in each.examples],
    }
