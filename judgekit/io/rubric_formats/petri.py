"""Dimensions of Petri and Bloom: names with descriptions, each judged from 1 to 10 over a whole conversation."""

from __future__ import annotations

from judgekit.errors import UserError
from judgekit.io.rubric_formats.make import Names, build, is_number_scale, number_scale
from judgekit.io.rubric_formats.names import as_statement
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Source, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.write import yaml_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_DEGREE = (
    "To what degree, from 1 (not at all) to 10 (to the highest degree), does this hold of what the assistant said: "
)
_TOP = 10


class _Dimension(Foreign):
    name: str
    description: str


def recognises(source: Source) -> bool:
    """Never: names with texts could be anything, so `--from petri` has to say so."""
    return False


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric of ten levels for each dimension, judged on every turn."""
    names = Names(source)
    data = source.data
    if isinstance(data, list) and all(isinstance(item, str) for item in data):
        source.stop((), "wanted names with descriptions; came a list of texts: a dimension needs its description")
    if isinstance(data, list):
        found = []
        for loc, item in source.items((), "dimensions with name and description"):
            if has(item, "description"):
                dimension = source.record(_Dimension, loc, losses)
                found.append((dimension.name, dimension.description, (*loc, "description")))
            else:
                found += _pairs(source, loc)
    else:
        found = _pairs(source, ())
    losses.add((), "10 is the most of it and counts as the best level: where it is a fault, read low levels as good")
    return [_rubric(source, losses, names.take(name), text, loc) for name, text, loc in found]


def _pairs(source: Source, loc: Loc) -> list[tuple[str, str, Loc]]:
    data = source.at(loc)
    if not isinstance(data, dict) or not data:
        source.stop(loc, "wanted names with descriptions")
    for key, text in data.items():
        if not isinstance(text, str):
            source.stop((*loc, key), "wanted the description of a dimension, a text")
    return [(str(key), text, (*loc, key)) for key, text in data.items()]


def _rubric(source: Source, losses: Losses, name: str, text: str, loc: Loc) -> Rubric:
    texts = Texts(source, losses)
    ask = _DEGREE + texts.plain(text, loc)
    return build(
        source, loc, texts, name=name, turns="all", **number_scale(source, loc, losses, ask=ask, low=1, high=_TOP)
    )


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric as a dimension."""
    if len(rubric.criteria) == 1:
        ask = rubric.criteria[0].ask
        text = ask.removeprefix(_DEGREE) if is_number_scale(rubric) else as_statement(ask)
    else:
        text = rubric.title or rubric.summary
        if not text:
            raise UserError(f"{name} wants one description, and {rubric.name!r} has no title: give it one")
    return yaml_text({rubric.name: text})
