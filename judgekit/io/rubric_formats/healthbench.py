"""HealthBench: statements with points, negative ones for faults, and tags; alone or in the rows of its data."""

from __future__ import annotations

from judgekit.io.rubric_formats.make import Names, criterion_id, points_rubric, weighted
from judgekit.io.rubric_formats.names import as_statement, tidy_number
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, first, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.weights import yes_no_points
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_ELSEWHERE = {
    "prompt": "a rubric is for any prompt: keep it with the transcripts",
    "prompt_id": "it names the rubric",
}


class _Item(Foreign):
    criterion: str
    points: Number


def recognises(source: Source) -> bool:
    """Whether the file is a list of such statements, or rows that hold such lists."""
    data = source.data
    row = first(data) if isinstance(data, list) else data
    return has(row, "criterion", "points") or (has(row, "rubrics") and has(first(row["rubrics"]), "criterion"))  # type: ignore[index]


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric of points for the list, or for each row."""
    names = Names(source)
    data = source.data
    if isinstance(data, dict):
        return (
            [_row(source, (), losses, names)] if "rubrics" in data else source.stop((), "wanted a list of statements")
        )
    if has(first(data), "rubrics"):
        return [_row(source, loc, losses, names) for loc, _ in source.items((), "rows")]
    return [_list(source, (), losses, names.take())]


def _row(source: Source, loc: Loc, losses: Losses, names: Names) -> Rubric:
    row = source.at(loc)
    for key in row:
        if key != "rubrics":
            losses.add((*loc, key), _ELSEWHERE.get(key, "it belongs to the row and not to its rubric"))
    if "rubrics" not in row:
        source.stop(loc, "the key 'rubrics' is missing")
    name = row.get("prompt_id")
    return _list(source, (*loc, "rubrics"), losses, names.take(f"p_{name}" if isinstance(name, str) else None))


def _list(source: Source, loc: Loc, losses: Losses, name: str) -> Rubric:
    texts = Texts(source, losses)
    criteria: dict[str, dict[str, object]] = {}
    for place, (at, _) in enumerate(source.items(loc, "statements with criterion and points")):
        item = source.record(_Item, at, losses, "a criterion has no place for it")
        text = texts.plain(item.criterion, (*at, "criterion"))
        ident = criterion_id(None, place, criteria, texts)
        criteria[ident] = weighted(ident, text, item.points)
    return points_rubric(source, loc, texts, losses, name=name, criteria=list(criteria.values()))


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric's criteria as a JSON list."""
    return json_text(
        [
            {"criterion": as_statement(criterion.ask), "points": tidy_number(points), "tags": []}
            for criterion, points in yes_no_points(rubric, name)
        ]
    )
