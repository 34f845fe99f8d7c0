"""Prometheus: one question, and an anchor for each of five scores; as keys, or as the text that its prompts hold."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from judgekit.errors import UserError
from judgekit.io.rubric_formats.make import Names, build
from judgekit.io.rubric_formats.names import as_question, as_statement, evidence_for
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Source, first, has, is_score_text, source_from_text
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_KEYS = ("criteria", "score1_description", "score5_description")


class _Scores(Foreign):
    """The rubric; the data sets of Prometheus write `orig_` before each key."""

    criteria: str = Field(validation_alias=AliasChoices("criteria", "orig_criteria"))
    one: str = Field(validation_alias=AliasChoices("score1_description", "orig_score1_description"))
    two: str = Field(validation_alias=AliasChoices("score2_description", "orig_score2_description"))
    three: str = Field(validation_alias=AliasChoices("score3_description", "orig_score3_description"))
    four: str = Field(validation_alias=AliasChoices("score4_description", "orig_score4_description"))
    five: str = Field(validation_alias=AliasChoices("score5_description", "orig_score5_description"))


def recognises(source: Source) -> bool:
    """Whether the file is such a rubric, or a list of them."""
    data = source.data
    if isinstance(data, str):
        return is_score_text(data)
    one = first(data) or data
    return has(one, *_KEYS) or has(one, *(f"orig_{key}" for key in _KEYS))


def read(source: Source, losses: Losses) -> list[Rubric]:
    """The rubrics: five levels with the anchors' words, and the question as a criterion of yes and no."""
    names = Names(source)
    if isinstance(source.data, str):
        return [_rubric(_from_text(source), (), losses, names)]
    if isinstance(source.data, list):
        return [_rubric(source, loc, losses, names) for loc, _ in source.items((), "rubrics")]
    return [_rubric(source, (), losses, names)]


def _rubric(source: Source, loc: Loc, losses: Losses, names: Names) -> Rubric:
    scores = source.record(_Scores, loc, losses)
    texts = Texts(source, losses)
    ask = as_question(texts.plain(scores.criteria, (*loc, "criteria")))
    anchors = (scores.five, scores.four, scores.three, scores.two, scores.one)
    levels = {5 - i: texts.plain(anchor, (*loc, f"score{5 - i}_description")) for i, anchor in enumerate(anchors)}
    criterion = {"id": "holds", "ask": ask, "evidence": evidence_for(ask)}
    return build(source, loc, texts, name=names.take(), criteria=[criterion], levels=levels)


def _from_text(source: Source) -> Source:
    """The same as keys and values, from a line in brackets and lines that begin with `Score N:`."""
    parts: dict[str, str] = {}
    key = ""
    for number, line in enumerate(str(source.data).strip().split("\n"), 1):
        n = next((n for n in range(1, 10) if line.startswith(f"Score {n}:")), None)
        if n is not None:
            key, line = f"score{n}_description", line.partition(":")[2]
            if key in parts:
                source.stop((), f"Score {n} stands twice, the second time in line {number} of the rubric")
        elif not key:
            key, line = "criteria", line.strip()[1:-1]
        parts[key] = f"{parts[key]}\n{line}" if key in parts else line.strip()
    return source_from_text(json_text(parts), name=str(source.file.path), stem=source.stem)


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric as JSON.

    Raises:
        UserError: it has not five levels: anchors are not made up, and a scale is not stretched.
    """
    if rubric.top != 5:
        raise UserError(
            f"{name} has five levels, and the rubric {rubric.name!r} has {rubric.top or 'none'}: a scale is not "
            "stretched; choose autoevals, or another format"
        )
    asked = as_statement(rubric.criteria[0].ask) if rubric.criteria else rubric.title or rubric.name.replace("_", " ")
    anchors = {f"score{level}_description": rubric.levels[level] for level in sorted(rubric.levels)}
    return json_text({"criteria": asked, **anchors})
