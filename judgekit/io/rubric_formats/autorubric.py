"""autorubric: weighted requirements that are met or not, or have options with values; flat, or in sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from judgekit.errors import UserError
from judgekit.io.rubric_formats.make import Names, choices, criterion_id, points_rubric, weighted
from judgekit.io.rubric_formats.names import as_question, as_statement, tidy_number
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, first, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.weights import yes_no_points
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import CANNOT_TELL, Criterion, Rubric

_WEIGHT = 10.0
_LISTS = ("sections", "criteria")


class _Option(Foreign):
    label: str
    value: Number
    na: bool = False


class _Item(Foreign):
    requirement: str
    weight: Number = _WEIGHT
    name: str | None = None
    options: list[Any] | None = Field(default=None, min_length=2)
    scale_type: str | None = None
    aggregation: str | None = None


def recognises(source: Source) -> bool:
    """Whether the file holds requirements."""
    data = source.data
    if has(data, "rubric"):
        data = data["rubric"]
    for _ in range(2):  # of a list of sections, or of a section, the criteria
        held = next((key for key in _LISTS if has(data, key)), None)
        data = data if held is None else data[held]
        data = first(data) or data
    return has(data, "requirement")


def read(source: Source, losses: Losses) -> list[Rubric]:
    """One rubric of points; the sections' criteria in a row."""
    texts = Texts(source, losses)
    criteria: dict[str, dict[str, Any]] = {}
    for place, at in enumerate(_items(source, losses)):
        item = source.record(_Item, at, losses, "a criterion has no place for it")
        for key in ("scale_type", "aggregation"):
            if getattr(item, key) is not None:
                losses.add((*at, key), "how several judges' answers are joined is settled elsewhere")
        text = texts.plain(item.requirement, (*at, "requirement"))
        ident = criterion_id(item.name, place, criteria, texts)
        if item.name and ident != item.name:
            losses.add((*at, "name"), "the name is kept as an id in lower-case letters")
        if item.options is None:
            criteria[ident] = weighted(ident, text, item.weight)
        else:
            criteria[ident] = _chosen(source, at, losses, texts, item, ident, text)
    return [points_rubric(source, (), texts, losses, name=Names(source).take(), criteria=list(criteria.values()))]


def _items(source: Source, losses: Losses) -> Iterator[Loc]:
    """The paths of all criteria."""
    loc: Loc = ()
    if has(source.data, "rubric"):
        loc = ("rubric",)
    for holder in dict.fromkeys(((), loc)):
        for key in source.at(holder) if isinstance(source.at(holder), dict) else ():
            if key == "guidelines":
                cure = "nothing here applies to all criteria: write it into the questions that need it"
                losses.add((*holder, key), cure)
            elif key not in ("rubric", *_LISTS):
                losses.add((*holder, key), "there is no place for it")
    if isinstance(source.at(loc), dict):
        held = next((key for key in _LISTS if key in source.at(loc)), None)
        if held is None:
            source.stop(loc, "wanted a list of criteria under the key 'criteria' or 'sections'")
        loc = (*loc, held)
    for at, item in source.items(loc, "criteria with a requirement"):
        if "criteria" in item:
            for key in item:
                if key != "criteria":
                    losses.add((*at, key), "criteria stand in one list, without sections")
            yield from (inner for inner, _ in source.items((*at, "criteria"), "criteria with a requirement"))
        else:
            yield at


def _chosen(
    source: Source, at: Loc, losses: Losses, texts: Texts, item: _Item, ident: str, text: str
) -> dict[str, Any]:
    scores: dict[str, float | None] = {}
    for place in range(len(item.options or ())):
        here = (*at, "options", place)
        option = source.record(_Option, here, losses, "an answer has no place for it")
        if option.na:
            losses.add(here, f"the option for what does not apply is left out: {CANNOT_TELL} stands for it")
            continue
        label = texts.plain(option.label, (*here, "label"))
        if label in scores:
            source.stop((*here, "label"), f"the label {label!r} stands twice")
        scores[label] = option.value * item.weight
    made = choices(source, (*at, "options"), losses, ask=as_question(text), scores=scores, name=ident, share=True)
    best = max((score for score in scores.values() if score is not None), default=0.0)
    if item.weight > 0 and abs(best - item.weight) > 1e-9:
        losses.add((*at, "options"), "the best option counts as full marks here, though its value is not 1")
    return made


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric's criteria as a JSON list."""
    if rubric.level_from != "points":
        yes_no_points(rubric, name)  # which says what fits instead
    return json_text([_written(criterion) for criterion in rubric.criteria])


def _written(criterion: Criterion) -> dict[str, Any]:
    points = {answer: criterion.points_for(answer) for answer in criterion.answers}
    base: dict[str, Any] = {"name": criterion.id, "requirement": as_statement(criterion.ask)}
    if set(points) == {"yes", "no"} and points["no"] == 0:
        return {"name": criterion.id, "weight": tidy_number(points["yes"]), "requirement": base["requirement"]}
    weight = max(points.values()) if max(points.values()) > 0 else min(points.values())
    if min(points.values()) < 0 < max(points.values()):
        raise UserError(
            f"an option has a share of one weight, and the answers of {criterion.id!r} earn and cost points: make two "
            "criteria of it"
        )
    options = [{"label": name, "value": tidy_number(value / weight) if weight else 0} for name, value in points.items()]
    return {**base, "weight": tidy_number(weight), "options": options}
