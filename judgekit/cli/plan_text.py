"""A plan in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from judgekit.cli.calibration_text import paragraph
from judgekit.reporting.plain import one_line


def plan_text(found: dict[str, Any], level: float, columns: int) -> str:
    """What was planned, a sentence a line or two."""
    said: list[str] = []
    if "labels" in found:
        said += _labels(found["labels"], level)
    if "questions" in found:
        said += _questions(found["questions"], level)
    if "next" in found:
        said += _next(found["next"])
    return "\n".join(line for one in said for line in paragraph(one, columns, 0))


def _labels(plan: dict[str, Any], level: float) -> Iterator[str]:
    target = f"within ± {plan['target_half_width']:g} ({level:.0%})"
    alone, needed = plan["labels_needed_alone"], plan["labels_needed"]
    yield f"To know the mean {target}, {alone:,} labels are needed without the judge."
    if needed is None:
        yield "With the judge's scores it is not reached even if every transcript is labelled: judge more transcripts."
    elif needed < alone:
        yield f"With the judge's scores, corrected by the labels, {needed:,} are enough."
    else:
        yield "The judge's scores do not save labels here: their correlation with labels is unknown, or too small."
    if plan["n_labels"]:
        more = "no number of labels of these is enough" if plan["more"] is None else f"{plan['more']:,} are missing"
        yield f"There are {plan['n_labels']:,} already: {more}."
    yield f"This rests on: {plan['reason']}."


def _questions(plan: dict[str, Any], level: float) -> Iterator[str]:
    chance = f"with a power of {plan['power']:.0%} at the {level:.0%} level"
    if plan["difference"] is not None:
        yield f"To tell a difference of {plan['difference']:g} from 0 {chance}, take {plan['needed']:,} questions."
    if plan["questions"] is not None:
        yield f"{plan['questions']:,} questions show a difference of {plan['detectable']:.3g} and more {chance}."
    if "reached" in plan:
        yield f"A difference of {plan['difference']:g} is seen on them with a probability of {plan['reached']:.0%}."
    yield (
        f"This rests on: both systems answer the same questions, scores spread with sd {plan['sd']:.3g}, correlation "
        f"of the systems {plan['correlation']:.2f}, clusters of {plan['cluster_size']:g} with ICC {plan['icc']:.2f}."
    )


def _next(plan: dict[str, Any]) -> Iterator[str]:
    n = len(plan["transcripts"])
    before = f"; {plan['n_labelled']:,} that have a label were left out" if plan["n_labelled"] else ""
    yield one_line(f"{n:,} of {plan['n_items']:,} transcripts were drawn under {plan['rubric']}{before}.", 400)
    yield f"Drawn by: {one_line(plan['method'], 200)}. They stand in random order, and without the judge's verdict."
    yield (
        "Fill in annotator and value, and leave the column probability as it is: an estimate weighs each label by 1 / "
        "probability. Without it, these labels are no random sample."
    )
