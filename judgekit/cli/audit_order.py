"""`judgekit audit order`: how far a judge depends on the order of questions, answers and levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import typer

from judgekit.cli.common import print_json, say, width
from judgekit.cli.flags import ApiKeyEnv, BaseUrl, Concurrency
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.judging.order import Part
    from judgekit.rubric import Rubric
    from judgekit.running.audit_order import Item

_EXAMPLES = "examples"


def command(
    source: str = typer.Argument(..., metavar="SOURCE|examples", help="Transcripts, or the rubric's own examples."),
    # Judge and rubric are not taken from the environment: an audit costs several calls an item.
    judge: str = typer.Option(..., metavar="MODEL", help="PROVIDER/MODEL, local/PATH.gguf, or baseline."),
    rubric: list[str] = typer.Option(..., metavar="NAME|FILE", help="May be given several times."),
    questions: str | None = typer.Option(
        None, metavar="FILE", envvar="JUDGEKIT_QUESTIONS", help="The inputs of the rubric for each prompt."
    ),
    orders: int = typer.Option(1, "-k", "--orders", metavar="K", min=1, max=100, help="Other orders of each part."),
    part: list[str] = typer.Option(
        [], metavar="criteria|answers|levels", help="What is permuted; may be given several times. Default: each."
    ),
    threshold: float = typer.Option(
        0.1,
        metavar="SHARE",
        min=0,
        max=1,
        help="Exit with 1 where more results change, beyond those of the same order.",
    ),
    limit: int | None = typer.Option(None, metavar="N", min=1, help="Only the first N items."),
    map_: list[str] = typer.Option([], "--map", metavar="FIELD=COLUMN", envvar="JUDGEKIT_MAP", help="As for score."),
    seed: int = typer.Option(7, metavar="N", help="Draws the orders."),
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    concurrency: Concurrency = 8,
    as_json: bool = typer.Option(False, "--json", help="Print every number as JSON."),
) -> None:
    """Measure how far a judge depends on the order of the questions, of their answers, and of the levels.

    Every item is judged in the usual order, in the same again, and in other orders of each part; what changes in the
    same order is the judge's noise. Nothing is kept: these verdicts are about the judge.
    """
    import asyncio

    from judgekit.cli.audit_order_text import audit_text
    from judgekit.io import load_rubric
    from judgekit.judging.order import PARTS
    from judgekit.reporting.plain import count
    from judgekit.running.audit_order import audit_order, order_plans
    from judgekit.settings import settings_for

    wrong = [name for name in part if name not in PARTS]
    if wrong:
        raise UserError(f"--part {wrong[0]!r} is not known: choose any of {', '.join(PARTS)}")
    parts = cast("list[Part]", part) or list(PARTS)
    settings = settings_for(judge, base_url=base_url, api_key_env=api_key_env, temperature=0.0)
    audits = []
    for name in rubric:
        held = load_rubric(name)
        items = _items(source, held, questions, map_)[:limit]
        verdicts = len(items) * (1 + len(order_plans(held, settings, orders=orders, parts=parts, seed=seed)))
        say(f"asking {judge} about {count(len(items), 'item')} under {held.name}, {count(verdicts, 'verdict')}")
        audits.append(
            asyncio.run(
                audit_order(held, items, settings, orders=orders, parts=parts, seed=seed, concurrency=concurrency)
            )
        )
        if not as_json:
            typer.echo(("\n" if len(audits) > 1 else "") + audit_text(audits[-1], threshold, width()))
    if as_json:
        print_json([{"excess": audit.excess, "threshold": threshold, "audit": audit} for audit in audits])
    if any(audit.failed or any(value > threshold for value in audit.excess.values()) for audit in audits):
        raise typer.Exit(1)


def _items(source: str, rubric: Rubric, questions: str | None, map_: list[str]) -> list[Item]:
    from judgekit.io import attach, load_questions, load_transcripts
    from judgekit.io.mapping import parse_mapping
    from judgekit.running.audit_order import Item, example_items

    if source == _EXAMPLES:
        return example_items(rubric)
    transcripts = load_transcripts(source, mapping=parse_mapping(map_) or None)
    question_set = load_questions(questions) if questions is not None else None
    return [
        Item(transcript, question)
        for transcript, question in attach(transcripts, question_set)
        if question_set is None or (question is not None and rubric.name in question.rubrics)
    ]
