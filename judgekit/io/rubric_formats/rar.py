"""Rubrics as Rewards: statements with a title and a weight; alone, or in the rows of its data."""

from __future__ import annotations

from judgekit.io.rubric_formats.make import Names, criterion_id, points_rubric, weighted
from judgekit.io.rubric_formats.names import as_statement, slug, tidy_number
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, first, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.weights import yes_no_points
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_LISTS = ("rubric", "rubrics")


class _Item(Foreign):
    title: str = ""
    description: str
    weight: Number


def recognises(source: Source) -> bool:
    """Whether the file is a list of such statements, or rows that hold such lists."""
    row = first(source.data) if isinstance(source.data, list) else source.data
    if has(row, "title", "description", "weight"):
        return True
    return any(has(row, key) and has(first(row[key]), "description", "weight") for key in _LISTS)  # type: ignore[index]


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric of points for the list, or for each row."""
    names = Names(source)
    data = source.data
    if isinstance(data, dict):
        return [_row(source, (), losses, names)]
    if has(first(data), "description"):
        return [_list(source, (), losses, names.take())]
    return [_row(source, loc, losses, names) for loc, _ in source.items((), "rows")]


def _row(source: Source, loc: Loc, losses: Losses, names: Names) -> Rubric:
    row = source.at(loc)
    held = next((key for key in _LISTS if key in row), None)
    if held is None:
        source.stop(loc, "wanted a list of statements under the key 'rubric'")
    for key in row:
        if key != held:
            losses.add((*loc, key), "it belongs to the row and not to its rubric: keep it with the transcripts")
    return _list(source, (*loc, held), losses, names.take())


def _list(source: Source, loc: Loc, losses: Losses, name: str) -> Rubric:
    texts = Texts(source, losses)
    criteria: dict[str, dict[str, object]] = {}
    for place, (at, _) in enumerate(source.items(loc, "statements with title, description and weight")):
        item = source.record(_Item, at, losses, "a criterion has no place for it")
        text = texts.plain(item.description, (*at, "description"))
        ident = criterion_id(item.title, place, criteria, texts)
        if item.title and _title(ident) != item.title:
            losses.add((*at, "title"), "the title is kept as an id in lower-case letters")
        criteria[ident] = weighted(ident, text, item.weight)
    return points_rubric(source, loc, texts, losses, name=name, criteria=list(criteria.values()))


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric's criteria as a JSON list; ids become titles."""
    return json_text(
        [
            {
                "title": _title(criterion.id),
                "description": as_statement(criterion.ask),
                "weight": tidy_number(points),
            }
            for criterion, points in yes_no_points(rubric, name)
        ]
    )


def _title(ident: str) -> str:
    words = ident.replace("_", " ").capitalize()
    return words if slug(words) == ident else ident
