"""Rubrics as the files of other tools; what is lost is found by reading the text back and comparing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from judgekit.errors import UserError
from judgekit.io.rubric_formats.importing import import_source
from judgekit.io.rubric_formats.records import Exported, Losses
from judgekit.io.rubric_formats.registry import get_format
from judgekit.io.rubric_formats.source import source_from_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Criterion, Rubric

_NO_PLACE = "the format has no place for it"
_WHY = {
    "version": 'the format has no version: an import begins with "1"',
    "inputs": "what a question file has to supply comes back only by name",
    "checks": "the format has no checks by code",
    "levels": "the anchors come back otherwise",
    "pass_at": "the format has no place for it, or says it otherwise",
    "level_from": "the level comes about otherwise there",
    "rules": "the format has no rules: the level is what the judge says",
    "template": "the prompt is that of the other tool",
    "turns": "the format does not say which turns are judged",
    "examples": "the format has no labelled examples",
    "ask": "the question comes back in other words",
    "answers": "the answers come back otherwise",
    "evidence": "the format asks for no evidence",
    "points": "the points come back otherwise",
}


def export_rubric(rubric: Rubric, format: str) -> Exported:
    """The rubric as the text of a file of another tool, and everything that would not come back from it.

    Raises:
        UserError: the format is not known, or has no words for a rubric of this kind; says which have.

    >>> rubric = Rubric.from_text("It stays polite.")
    >>> print(export_rubric(rubric, "promptfoo").text)
    description: statement
    assert:
    - type: llm-rubric
      value: It stays polite.
    <BLANKLINE>
    """
    known = get_format(format)
    losses = Losses()
    text = known.write(rubric, known.name, losses)
    source = source_from_text(text, name=f"{rubric.name}.{known.name}", stem=rubric.name)
    found = import_source(source, known.name).rubrics
    if len(found) != 1:
        raise UserError(f"{rubric.name!r} does not fit into one {known.name} file: nothing was written")
    for loc, why in differences(rubric, found[0]):
        losses.add(loc, why)
    return Exported(known.name, text, losses.listed())


def differences(rubric: Rubric, back: Rubric) -> Iterator[tuple[Loc, str]]:
    """Path and reason for every part in which the second rubric is not the first; names are not compared."""
    for key in Rubric.model_fields:
        mine, theirs = getattr(rubric, key), getattr(back, key)
        if key in ("judgekit", "name") or mine == theirs:
            continue
        if key == "criteria":
            yield from _criteria(rubric.criteria, back.criteria)
        elif key == "inputs":
            yield from ((("inputs", name), _WHY[key]) for name in mine if mine[name] != theirs.get(name))
        else:
            yield (key,), _WHY.get(key, _NO_PLACE)


def _criteria(mine: tuple[Criterion, ...], theirs: tuple[Criterion, ...]) -> Iterator[tuple[Loc, str]]:
    """Criteria are compared by id, else by place where there are as many."""
    by_id = {criterion.id: criterion for criterion in theirs}
    pairs: list[tuple[Criterion, Criterion | None]] = [(one, by_id.get(one.id)) for one in mine]
    if len(mine) == len(theirs) and not all(other for _, other in pairs):
        pairs = list(zip(mine, theirs, strict=True))
    for one, other in pairs:
        at: Loc = ("criteria", one.id)
        if other is None:
            yield at, _NO_PLACE
            continue
        if one.id != other.id:
            yield (*at, "id"), f"the format keeps no ids: it comes back as {other.id}"
        for key in Criterion.model_fields:
            if key != "id" and _part(one, key) != _part(other, key):
                yield (*at, key), _WHY.get(key, _NO_PLACE)
    if [one.id for one in mine] != [one.id for one in theirs] and {one.id for one in mine} == set(by_id):
        yield ("criteria",), "the criteria come back in another order"


def _part(criterion: Criterion, key: str) -> Any:
    """A part as far as it means anything: points by answer, however they are written."""
    if key != "points":
        return getattr(criterion, key)
    return criterion.points is None, {answer: criterion.points_for(answer) for answer in criterion.answers}
