"""OpenAI graders: score_model, label_model, and multi, which combines them by a formula."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from judgekit.io.rubric_formats.make import (
    Names,
    build,
    choices,
    criterion_id,
    number_scale,
    points_rubric,
)
from judgekit.io.rubric_formats.names import number_text, tidy_number
from judgekit.io.rubric_formats.prompts import Asked, asked, filled, without_data
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Criterion, Rubric

_TYPES = ("score_model", "label_model", "multi")
_BY_CODE = ("string_check", "text_similarity", "python")
_TERM = re.compile(r"([+-]?)(?:(\d+(?:\.\d+)?|\.\d+)\*)?([A-Za-z_]\w*)(?:\*(\d+(?:\.\d+)?|\.\d+))?")
_ELSEWHERE = "how the judge is called is settled elsewhere"


class _Grader(Foreign):
    type: str
    input: list[dict[str, Any]] | str
    name: str | None = None


class _Score(_Grader):
    range: list[Number] = Field(default=[0.0, 1.0], min_length=2, max_length=2)
    pass_threshold: Number | None = None


class _Label(_Grader):
    labels: list[str]
    passing_labels: list[str]


class _Multi(Foreign):
    type: str
    graders: dict[str, dict[str, Any]]
    calculate_output: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _Sum:
    """A weighted sum."""

    weights: dict[str, float]
    """By the name of the grader."""
    by: float
    """What the sum is divided by."""


def recognises(source: Source) -> bool:
    """Whether the file is a grader of OpenAI."""
    data = source.data["grader"] if has(source.data, "grader") else source.data
    return (
        has(data, "type") and data["type"] in (*_TYPES, *_BY_CODE) and any(has(data, k) for k in ("input", "graders"))
    )


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric for the grader; for a formula that is no weighted sum, one for each of its graders."""
    loc: Loc = ("grader",) if has(source.data, "grader") else ()
    held = source.at(loc)
    if not isinstance(held, dict):
        source.stop(loc, "wanted a grader: keys with values")
    names = Names(source)
    kind = held.get("type")
    if kind == "multi":
        return _multi(source, loc, losses, names)
    if kind not in _TYPES:
        source.stop((*loc, "type"), f"wanted one of {', '.join(_TYPES)}, which a model judges; came {kind!r}")
    return [_one(source, loc, losses, names)]


def _one(source: Source, loc: Loc, losses: Losses, names: Names, name: str | None = None) -> Rubric:
    texts = Texts(source, losses)
    if source.at(loc).get("type") == "score_model":
        score = source.record(_Score, loc, losses, _ELSEWHERE)
        ask = _ask(score, loc, texts)
        low, high = score.range
        parts = number_scale(source, loc, losses, ask=ask, low=low, high=high, pass_from=score.pass_threshold)
        return build(source, loc, texts, name=names.take(score.name or name), **parts)
    label = source.record(_Label, loc, losses, _ELSEWHERE)
    criterion = _labels(source, loc, losses, texts, label, "label", 1.0)
    wanted = names.take(label.name or name)
    return points_rubric(source, loc, texts, losses, name=wanted, criteria=[criterion], pass_at=1.0)


def _ask(grader: _Grader, loc: Loc, texts: Texts) -> str:
    """The messages as one text."""
    at = (*loc, "input")
    return without_data(
        texts.plain(grader.input, at) if isinstance(grader.input, str) else texts.messages(grader.input, at)
    )


def _labels(
    source: Source, loc: Loc, losses: Losses, texts: Texts, label: _Label, name: str, weight: float
) -> dict[str, Any]:
    unknown = [one for one in label.passing_labels if one not in label.labels]
    if unknown or not label.passing_labels:
        wrong = f"there is no label {unknown[0]!r}" if unknown else "there is none"
        source.stop((*loc, "passing_labels"), f"{wrong}: wanted some of {', '.join(label.labels)}")
    if len(set(label.labels)) != len(label.labels):
        source.stop((*loc, "labels"), "a label stands twice")
    at = (*loc, "labels")
    scores: dict[str, float | None] = {
        texts.plain(one, at): weight if one in label.passing_labels else 0.0 for one in label.labels
    }
    return choices(source, at, losses, ask=_ask(label, loc, texts), scores=scores, name=name, share=weight != 1)


def _multi(source: Source, loc: Loc, losses: Losses, names: Names) -> list[Rubric]:
    multi = source.record(_Multi, loc, losses)
    if not multi.graders:
        source.stop((*loc, "graders"), "wanted at least one grader")
    summed = _weights(multi.calculate_output or "")
    by_label = all(one.get("type") == "label_model" for one in multi.graders.values())
    if by_label and summed is not None and set(summed.weights) == set(multi.graders):
        return [_weighted(source, loc, losses, multi, summed, names)]
    found = []
    for key, one in multi.graders.items():
        at = (*loc, "graders", key)
        if one.get("type") not in ("score_model", "label_model"):
            losses.add(at, f"{one.get('type')} is left out: code decides it; see judgekit check")
        else:
            found.append(_one(source, at, losses, names, key))
    if not found:
        source.stop((*loc, "graders"), "no model judges any of them: there is nothing to import")
    at = (*loc, "calculate_output")
    losses.add(at, "only a weighted sum of label_model graders can be kept: each is a rubric of its own instead")
    return found


def _weighted(source: Source, loc: Loc, losses: Losses, multi: _Multi, summed: _Sum, names: Names) -> Rubric:
    texts = Texts(source, losses)
    criteria: dict[str, dict[str, Any]] = {}
    for place, (key, weight) in enumerate(summed.weights.items()):
        at = (*loc, "graders", key)
        label = source.record(_Label, at, losses, _ELSEWHERE)
        ident = criterion_id(key, place, criteria, texts)
        criteria[ident] = _labels(source, at, losses, texts, label, ident, weight)
    most = sum(weight for weight in summed.weights.values() if weight > 0) / summed.by
    if abs(most - 1) > 1e-9:
        losses.add((*loc, "calculate_output"), f"the score is the sum by {number_text(most)}, the most, within 0 and 1")
    return points_rubric(source, loc, texts, losses, name=names.take(multi.name), criteria=list(criteria.values()))


def _weights(formula: str) -> _Sum | None:
    """The parts of a formula such as `(2 * a + b) / 3` or `max(0, a - b)`; None where it is no such sum."""
    text = "".join(formula[:10_000].split())
    # A score is never below 0 here either, so that this much says nothing new.
    text = text[len("max(0,") : -1] if text.startswith("max(0,") and text.endswith(")") else text
    divided = re.fullmatch(r"\(([^()]*)\)/(\d+(?:\.\d+)?)", text)
    text, by = (divided[1], float(divided[2])) if divided else (text, 1.0)
    found: dict[str, float] = {}
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or (at and not match[1]) or match[3] in found or (match[2] and match[4]):
            return None
        found[match[3]] = float(match[2] or match[4] or 1) * (-1 if match[1] == "-" else 1)
        at = match.end()
    return _Sum(found, by) if found and by else None


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric as a grader: several criteria with points as `multi`, levels as `score_model`."""
    losses.add(("model",), "the file says MODEL: put the name of your model there")
    losses.add(("abstention",), "a number or a label has to be chosen: there is no cannot_tell, and no verified quote")
    if rubric.level_from == "points" and len(rubric.criteria) > 1:
        return json_text(_many(rubric))
    found = asked(rubric, name)
    base = _base(rubric, rubric.name, found.text)
    if rubric.level_from == "points":
        best = max(found.scores.values())
        if {key: number_text(score) for key, score in found.scores.items()} == {key: key for key in found.scores}:
            low, high = min(found.scores.values()), best
            return json_text(_score(base, low, high, None if rubric.pass_at is None else rubric.pass_at * high))
        passing = [answer for answer, score in found.scores.items() if score == best]
        return json_text({**base, "type": "label_model", "labels": list(found.scores), "passing_labels": passing})
    return json_text(_score(base, 1, rubric.top, rubric.pass_at))


def _base(rubric: Rubric, name: str, text: str) -> dict[str, Any]:
    written = filled(text, rubric, lambda variable: f"{{{{ {variable} }}}}", _VARIABLES)
    written = re.sub(r"\{\{ (?!item\.|sample\.)(\w+) \}\}", r"{{ item.\1 }}", written)
    return {"type": "", "name": name, "model": "MODEL", "input": [{"role": "user", "content": written}]}


_VARIABLES = ("item.input", "sample.output_text", "item.conversation")


def _score(base: dict[str, Any], low: float, high: float, threshold: float | None) -> dict[str, Any]:
    made = {**base, "type": "score_model", "range": [tidy_number(low), tidy_number(high)]}
    return made if threshold is None else {**made, "pass_threshold": tidy_number(threshold)}


def _many(rubric: Rubric) -> dict[str, Any]:
    graders = {}
    terms = []
    for criterion in rubric.criteria:
        points = {answer: criterion.points_for(answer) for answer in criterion.answers}
        weight = max(points.values()) if max(points.values()) > 0 else min(points.values())
        passing = [answer for answer, value in points.items() if value == weight]
        graders[criterion.id] = {
            **_base(rubric, criterion.id, _text(rubric, criterion)),
            "type": "label_model",
            "labels": list(criterion.answers),
            "passing_labels": passing,
        }
        terms.append(f"{'- ' if weight < 0 else '+ '}{number_text(abs(weight))} * {criterion.id}")
    total = sum(max(0.0, *map(criterion.points_for, criterion.answers)) for criterion in rubric.criteria)
    formula = " ".join(terms).removeprefix("+ ")
    formula = f"({formula}) / {number_text(total)}" if total > 0 else formula
    return {
        "type": "multi",
        "name": rubric.name,
        "graders": graders,
        # What costs points would take the sum below 0.
        "calculate_output": f"max(0, {formula})" if "- " in formula else formula,
    }


def _text(rubric: Rubric, criterion: Criterion) -> str:
    alone = rubric.model_copy(update={"criteria": (criterion,)})
    found: Asked = asked(alone, "openai-graders")
    return found.text
