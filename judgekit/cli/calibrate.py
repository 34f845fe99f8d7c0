"""`judgekit calibrate`: how far may this judge be trusted, and what is the true result?"""

from __future__ import annotations

from typing import Any

import typer

from judgekit.cli.common import check_choice, check_target, output, say, width
from judgekit.errors import UserError


def command(
    verdicts: str = typer.Argument(
        ..., metavar="RUN|SCORES", help="A run, or a file of scores; '-' is standard input."
    ),
    labels: str = typer.Option(..., metavar="FILE", help="Labels of some of the transcripts."),
    out: str | None = typer.Option(None, "-o", "--output", metavar="FILE.html", help="Write the card as a page."),
    json_: str | None = typer.Option(None, "--json", metavar="FILE|-", help="Write the card as JSON: the card itself."),
    markdown: str | None = typer.Option(None, metavar="FILE|-", help="Write the card as Markdown, for an appendix."),
    rubric: str | None = typer.Option(None, metavar="NAME|FILE", help="Which rubric; it says the scale."),
    criterion: str = typer.Option("", metavar="ID", help="One of its criteria or checks; default: the level."),
    categories: str | None = typer.Option(None, metavar="A,B,C|1..5", help="The answers that are possible, in order."),
    scale: str | None = typer.Option(None, metavar="LOW,HIGH", help="Every number between these is possible."),
    type_: str | None = typer.Option(None, "--type", metavar="TYPE", help="nominal (no order) or ordinal."),
    labels_are: str | None = typer.Option(
        None, metavar="HOW", help="How the labelled were chosen: random, stratified or hand_picked."
    ),
    probability: str | None = typer.Option(
        None, metavar="FILE", help="With stratified: a table of transcript_id and probability, as 'plan -o' writes it."
    ),
    strata: str | None = typer.Option(None, metavar="FILE", help="Or a table of transcript_id and stratum."),
    cluster: str = typer.Option("question", metavar="question|none", help="What is no independent evidence."),
    judge: str | None = typer.Option(
        None, metavar="NAME", help="Whose verdicts, where the scores have several judges."
    ),
    kind: str | None = typer.Option(None, metavar="KIND", help="Whose labels: human, author or script."),
    pass_at: float | None = typer.Option(None, metavar="VALUE", help="The lowest value that passes."),
    epsilon: float = typer.Option(0.2, metavar="E", help="How much worse than a person the judge may be."),
    matters: float = typer.Option(
        0.1, metavar="SHARE", help="The smallest bias that matters, as a share of the scale."
    ),
    target: float = typer.Option(0.1, metavar="SHARE", help="The mistakes allowed where no person looks."),
    confidence: str | None = typer.Option(
        None, metavar="FILE", help="A table of transcript_id and confidence: how sure the judge is."
    ),
    transcripts: str | None = typer.Option(None, metavar="FILE", help="What was judged: for lengths and leakage."),
    own: list[str] = typer.Option([], metavar="LABEL", help="A response label of the judge's own model family."),
    repeat: list[str] = typer.Option([], metavar="RUN|SCORES", help="The same judge once more."),
    other: list[str] = typer.Option([], metavar="NAME=RUN|SCORES", help="Another judge, to compare and to vote with."),
    before: str | None = typer.Option(None, metavar="RUN|SCORES", help="The judge as it was: has it changed?"),
    swapped: str | None = typer.Option(
        None, metavar="RUN|SCORES", help="Of pairs (1, 2, 0): the same with the second response first."
    ),
    map_: list[str] = typer.Option([], "--map", metavar="FIELD=COLUMN", help="Where the labels' fields stand."),
    next_: int = typer.Option(50, "-k", "--next", metavar="K", min=1, help="How many transcripts to draw for labels."),
    level: float = typer.Option(0.95, metavar="LEVEL", help="The confidence of the intervals."),
    seed: int = typer.Option(0, metavar="N", min=0, help="Of every random draw."),
    keep: bool = typer.Option(True, "--keep/--no-keep", help="Keep the card in the run, for its summary and report."),
) -> None:
    """Make a judge card: how far a judge may be trusted, by labels.

    The decisions are printed first, then the numbers they rest on. The card is bound to judge and rubric: kept in the
    run, its summary and report say `calibration: valid` until one of them changes.
    """
    from judgekit.io.label_set import KINDS

    check_choice("--labels-are", labels_are, ("random", "stratified", "hand_picked"))
    check_choice("--type", type_, ("nominal", "ordinal"))
    check_choice("--kind", kind, KINDS)
    check_choice("--cluster", cluster, ("question", "none"))
    places = [one for one in (out, json_, markdown) if one is not None]
    if sum(one == "-" for one in places) > 1:
        raise UserError("one of -o, --json and --markdown can be standard output; name a file for the others")
    for place in places:
        if place != "-":
            check_target(place, reads=(verdicts, labels, before, swapped, confidence, transcripts, *repeat))
    from judgekit.cli.calibrate_input import column_of, judges
    from judgekit.cli.label_input import answers, ends, pairs
    from judgekit.io.labels import load_labels
    from judgekit.reporting.calibrate import calibrate
    from judgekit.reporting.sources import opened

    chosen: dict[str, Any] = {"labels_are": labels_are, "scale_type": type_, "kind": kind, "clusters": cluster}
    source = opened(verdicts)
    card = calibrate(
        source,
        load_labels(labels, mapping=pairs(map_, "--map", "value=score") if map_ else None),
        rubric=rubric,
        criterion=criterion,
        categories=answers(categories),
        scale=ends(scale),
        judge=judge,
        level=level,
        seed=seed,
        epsilon=epsilon,
        pass_at=pass_at,
        matters=matters,
        target=target,
        next_k=next_,
        own=own,
        transcripts=_transcripts(transcripts),
        probability=column_of(probability, "probability"),
        strata=column_of(strata, "stratum"),
        confidence=column_of(confidence, "confidence"),
        repeats=repeat,
        others=judges(other),
        before=before,
        swapped=swapped,
        keep=keep,
        **chosen,
    )
    if json_ is not None:
        _write(json_, card.to_json())
    if markdown is not None:
        _write(markdown, card.to_markdown())
    if out is not None:
        _write(out, card.to_html())
    if "-" not in places:
        from judgekit.cli.calibrate_text import card_text

        typer.echo(card_text(card, width()))
    for place in places:
        if place != "-":
            say(f"card in {place}")
    if any(one.severity == "error" for one in card.health.findings):
        raise typer.Exit(1)


def _transcripts(path: str | None) -> Any:
    if path is None:
        return None
    from judgekit.io import load_transcripts

    return load_transcripts(path)


def _write(place: str, text: str) -> None:
    with output(place) as file:
        file.write(text.encode())
