"""MLflow guidelines: a name and statements that all have to hold."""

from __future__ import annotations

from judgekit.io.rubric_formats.make import Names, criterion_id, points_rubric, weighted
from judgekit.io.rubric_formats.names import as_statement
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Source, first, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.weights import yes_no_points
from judgekit.io.rubric_formats.write import json_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric


class _Scorer(Foreign):
    guidelines: str | list[str]
    name: str | None = None


def recognises(source: Source) -> bool:
    """Whether the file is such a set of guidelines, or a list of sets; the criteria of autorubric have the same key."""
    data = source.data
    one = first(data) if isinstance(data, list) else data
    return has(one, "guidelines") and not any(has(one, key) for key in ("criteria", "sections", "rubric"))


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric for each set: one point a guideline, and all of them are needed to pass."""
    names = Names(source)
    if isinstance(source.data, list):
        return [_rubric(source, loc, losses, names) for loc, _ in source.items((), "sets of guidelines")]
    return [_rubric(source, (), losses, names)]


def _rubric(source: Source, loc: Loc, losses: Losses, names: Names) -> Rubric:
    scorer = source.record(_Scorer, loc, losses, "how the judge is called is settled elsewhere")
    given = [scorer.guidelines] if isinstance(scorer.guidelines, str) else scorer.guidelines
    if not given:
        source.stop((*loc, "guidelines"), "wanted at least one guideline; came an empty list")
    texts = Texts(source, losses)
    criteria: dict[str, dict[str, object]] = {}
    for place, guideline in enumerate(given):
        at: Loc = (*loc, "guidelines") if given[0] is scorer.guidelines else (*loc, "guidelines", place)
        text = texts.plain(guideline, at)
        ident = criterion_id(None, place, criteria, texts)
        criteria[ident] = weighted(ident, text, 1)
    criteria_ = list(criteria.values())
    return points_rubric(source, loc, texts, losses, name=names.take(scorer.name), criteria=criteria_, pass_at=1.0)


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric's criteria as a set of guidelines; faults, which cost points, are no guidelines."""
    guidelines = []
    for criterion, points in yes_no_points(rubric, name):
        if points > 0:
            guidelines.append(as_statement(criterion.ask))
        else:
            losses.add(("criteria", criterion.id), "a yes earns nothing, and a guideline has to hold: left out")
    return json_text({"name": rubric.name, "guidelines": guidelines})
