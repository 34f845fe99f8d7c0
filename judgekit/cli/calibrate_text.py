"""A judge card as plain text of 80 columns and more: the decisions first, then the numbers they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from judgekit.calibration.names import statistic
from judgekit.cli.calibration_text import estimates, paragraph
from judgekit.reporting.card_facts import answers, subject
from judgekit.reporting.plain import count, number, one_line, span

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.estimate import Estimate

_SHOWN = 6
"""Measures of agreement that the terminal shows; the card has them all."""


def card_text(card: JudgeCard, columns: int) -> str:
    """The card, as short as it can be told."""
    return "\n".join(
        [*_head(card, columns), "", *_decisions(card, columns), "", *_numbers(card, columns), *_rest(card, columns)]
    )


def _head(card: JudgeCard, columns: int) -> Iterator[str]:
    header = card.header
    lost = [one for one in card.health.lost if one.reason != "no label"]
    yield from paragraph(one_line(subject(card), 300), columns, 0)
    whose = {"human": "people", "author": "the author", "script": "code"}[header.label_kind]
    yield from paragraph(
        f"{count(header.n_items, 'labelled transcript')} of {header.n_verdicts:,} judged ones, "
        f"{count(header.n_clusters, 'independent unit')}, {count(header.n_labels, 'label')} of {whose} by "
        f"{count(header.n_raters, 'annotator')}",
        columns,
        0,
    )
    if lost:
        listed = ", ".join(f"{one_line(one.reason, 60)} {one.count:,} ({one.side}s)" for one in lost)
        yield from paragraph(f"lost on the way: {listed}", columns, 0)
    for one in card.health.findings:
        if one.severity == "error":
            yield from paragraph(f"error: {one_line(one.detail, 600)}", columns, 0)


def _decisions(card: JudgeCard, columns: int) -> Iterator[str]:
    for one in answers(card):
        yield from paragraph(f"{one.question} {one.answer}", columns, 0)
        yield from paragraph(one_line(one.sentence, 800), columns)


def _numbers(card: JudgeCard, columns: int) -> Iterator[str]:
    rows: list[tuple[str, Estimate]] = [(statistic(one.name), one) for one in card.agreement.table[:_SHOWN]]
    if card.ceiling.leave_one_out is not None:
        rows.append(("people, one against the others", card.ceiling.leave_one_out.human))
        rows.append(("judge in a person's place", card.ceiling.leave_one_out.judge))
    rows += [(one.title, one.estimate) for one in card.biases.rows]
    rows += [(f"mean: {one.title}{' *' if one.picked else ''}", one.estimate) for one in card.corrected.rows]
    rows += [(f"pass rate: {one.title}{' *' if one.picked else ''}", one.estimate) for one in card.corrected.pass_rows]
    yield from estimates([(name, replace(one, note="")) for name, one in rows], columns)
    notes: dict[str, int] = {}
    for _, one in rows:
        if one.note:
            notes[one.note] = notes.get(one.note, 0) + 1
    for note, times in notes.items():
        yield from paragraph(f"note: {one_line(note, 400)} ({count(times, 'number')})", columns)
    if any(one.picked for one in card.corrected.rows):
        yield "  * valid for the way the labels were chosen"


def _rest(card: JudgeCard, columns: int) -> Iterator[str]:
    part = card.corrected
    if (card.health.n_abstained or card.health.n_failed) and part.worst == part.worst:
        yield from paragraph(
            f"{card.health.n_scored:,} verdicts scored, {card.health.n_abstained:,} abstained, "
            f"{card.health.n_failed:,} failed: if these had the worst and the best value, the judge's mean would be "
            f"{span(part.worst, part.best)}",
            columns,
        )
    for note in part.notes:
        yield from paragraph(f"note: {one_line(note, 400)}", columns)
    for group in part.groups:
        true = (
            "refused"
            if group.corrected is None
            else f"{number(group.corrected.value)} ({span(group.corrected.low, group.corrected.high)})"
        )
        yield from paragraph(
            f"{one_line(group.name, 60)}: judge {number(group.naive.value)}, corrected {true}", columns
        )
