"""`judgekit plan`: how many labels, how many questions, and what to label next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import check_target, output, print_json, say, width
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.running.next_labels import Judged


_EVERYWHERE = {"level", "as_json"}
_OF_SPREAD = {"rate", "sd", "cluster_size", "icc"}
_OF_RUN = {"run", "rubric", "labels", "map_"}
_OF_LABELS = {"half_width", "judge_correlation", "items"} | _OF_SPREAD | _OF_RUN
_OF_QUESTIONS = {"difference", "questions", "power", "system_correlation"} | _OF_SPREAD
_OF_NEXT = {"k", "out", "seed"} | _OF_RUN


def command(
    ctx: typer.Context,
    half_width: float | None = typer.Option(None, metavar="H", help="How many labels for a mean within ± H?"),
    rate: float | None = typer.Option(None, metavar="P", help="The pass rate you expect, 0..1; gives the spread."),
    sd: float | None = typer.Option(None, metavar="SD", help="The spread of labels (or scores); 0.5 if unknown."),
    judge_correlation: float = typer.Option(0.0, metavar="R", help="Of the judge's scores with labels, -1..1."),
    items: int | None = typer.Option(None, metavar="N", min=2, help="How many transcripts the judge scores in all."),
    cluster_size: float = typer.Option(1.0, metavar="M", help="Transcripts (questions) of one cluster."),
    icc: float = typer.Option(0.0, metavar="ICC", help="How alike those of one cluster are, 0..1."),
    difference: float | None = typer.Option(None, metavar="D", help="How many questions to see a difference of D?"),
    questions: int | None = typer.Option(None, metavar="N", min=2, help="What can N questions show?"),
    power: float = typer.Option(0.8, metavar="POWER", help="The chance to see a difference that is there."),
    system_correlation: float = typer.Option(0.5, metavar="R", help="Of both systems' scores over questions."),
    run: str | None = typer.Option(None, metavar="RUN", help="Plan for this run: from its labels, or what to label."),
    rubric: str | None = typer.Option(None, metavar="NAME|FILE", help="Which rubric of the run."),
    labels: str | None = typer.Option(None, metavar="FILE", help="Labels that are there already."),
    map_: list[str] = typer.Option([], "--map", metavar="FIELD=COLUMN", help="Where the fields of labels stand."),
    k: int | None = typer.Option(None, "-k", metavar="K", min=1, help="Draw K transcripts of the run to label next."),
    out: str | None = typer.Option(None, "-o", "--output", metavar="FILE.csv", help="Where the drawn ones go."),
    seed: int = typer.Option(0, metavar="SEED", min=0, help="Of the draw: the same seed draws the same."),
    level: float = typer.Option(0.95, metavar="LEVEL", help="The confidence of intervals."),
    as_json: bool = typer.Option(False, "--json", help="Print the numbers as JSON instead of sentences."),
) -> None:
    """Plan labels and questions, and draw what to label next.

    Labels for an interval of a wanted width (--half-width), questions for a difference of two systems (--difference or
    --questions), or the next transcripts of a run to label (-k, with --run).
    """
    if half_width is None and difference is None and questions is None and k is None:
        raise UserError(
            "what is to be planned? say --half-width H, --difference D, --questions N, or -k K with --run RUN"
        )
    for flag, given in (("-k", k), ("--labels", labels)):
        if given is not None and run is None:
            raise UserError(f"{flag} needs the run that is meant: add --run RUN")
    if out is not None and k is None:
        raise UserError("-o is where drawn transcripts go: say how many with -k K")
    used = _EVERYWHERE | (_OF_LABELS if half_width is not None else set()) | (_OF_NEXT if k is not None else set())
    used |= _OF_QUESTIONS if difference is not None or questions is not None else set()
    used -= {"rubric", "map_"} if run is None else set() if labels is not None else {"map_"}
    if half_width is not None and labels is not None and difference is None and questions is None:
        used -= {"judge_correlation", "items"} | _OF_SPREAD  # the labels say these
    _refuse_unused(ctx, used)
    if out not in (None, "-"):
        check_target(out or "", reads=(labels, run))
    spread = _spread(rate, sd)
    shared: dict[str, Any] = {"cluster_size": cluster_size, "icc": icc, "level": level}
    judged = None if run is None else _judged(run, rubric, labels, map_)
    found: dict[str, Any] = {}
    if half_width is not None:
        found["labels"] = _labels(half_width, judged, spread, judge_correlation, items, shared)
    if difference is not None or questions is not None:
        shared |= {"sd": spread, "correlation": system_correlation}
        found["questions"] = _questions(difference, questions, power, shared)
    if k is not None:
        assert judged is not None
        found["next"] = _next(judged, k, seed, out, as_json)
    if as_json:
        print_json(found)
        return
    from judgekit.cli.plan_text import plan_text

    typer.echo(plan_text(found, level, width()), err=out in (None, "-") and k is not None)


def _refuse_unused(ctx: typer.Context, used: set[str]) -> None:
    """Nothing; a flag that changes nothing would be believed to have changed something.

    Raises:
        UserError: one was given that has no part in what is planned.
    """
    for one in ctx.command.params:
        name = one.name or ""
        source = ctx.get_parameter_source(name)
        if name not in used and source is not None and source.name == "COMMANDLINE":
            why = (
                "the labels say that" if name in _OF_LABELS and "labels" in used else "nothing that is planned uses it"
            )
            raise UserError(f"{one.opts[0]} has no use here: {why}; leave it out (judgekit plan --help says what is)")


def _spread(rate: float | None, sd: float | None) -> float:
    if rate is not None and sd is not None:
        raise UserError("--rate and --sd both say how far labels spread: give one of them")
    if rate is not None and not 0.0 < rate < 1.0:
        raise UserError(f"--rate: a pass rate between 0 and 1 was wanted; came {rate:g}")
    return (rate * (1.0 - rate)) ** 0.5 if rate is not None else 0.5 if sd is None else sd


def _judged(run: str, rubric: str | None, labels: str | None, map_: list[str]) -> Judged:
    from judgekit.cli.label_input import pairs, read_labels, read_rubric
    from judgekit.running.next_labels import read_judged
    from judgekit.running.run import open_run

    opened = open_run(run)
    held, named = None, rubric
    rubrics: dict[str, Any] = {}
    if labels is not None:
        held, _ = read_labels(labels, pairs(map_, "--map", "value=score") if map_ else {})
        named, rubrics = read_rubric(rubric, held.rubrics.names)
    if named is None and len(rubrics) == 1 and held is not None and len(held.rubrics.names) == 1:
        named = next(iter(rubrics))
    return read_judged(opened, rubric=rubrics.get(named or "", named), labels=held)


def _labels(
    target: float, judged: Judged | None, sd: float, correlation: float, items: int | None, shared: dict[str, Any]
) -> dict[str, Any]:
    from dataclasses import asdict

    from judgekit.calibration.planning import labels_needed
    from judgekit.running.next_labels import plan_from

    if judged is not None and judged.paired is not None:
        plan = plan_from(judged, target, level=shared["level"])
    else:
        n = len(judged.transcripts) if judged is not None and items is None else items
        plan = labels_needed(target, sd=sd, judge_correlation=correlation, n_items=n, **shared)
    return asdict(plan) | {"more": plan.more}


def _questions(difference: float | None, n: int | None, power: float, shared: dict[str, Any]) -> dict[str, Any]:
    from judgekit.calibration.planning_power import minimum_detectable_difference, power_for_difference
    from judgekit.calibration.planning_questions import questions_needed

    found: dict[str, Any] = {"difference": difference, "questions": n, "power": power, **shared}
    if difference is not None:
        found["needed"] = questions_needed(difference, power=power, **shared)
    if n is not None:
        found["detectable"] = minimum_detectable_difference(n, power=power, **shared)
        if difference is not None:
            found["reached"] = power_for_difference(difference, n, **shared)
    return found


def _next(judged: Judged, k: int, seed: int, out: str | None, as_json: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from judgekit.reporting.plain import count
    from judgekit.running.next_labels import next_labels, write_next

    found = next_labels(judged, k, seed=seed)
    if out is not None or not as_json:
        with output(out) as file:
            write_next(found, file)
    if out not in (None, "-"):
        say(f"{count(k, 'transcript')} to label in {out}")
    return asdict(found)
