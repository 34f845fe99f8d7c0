"""Rubrics from the parts that foreign files have: weighted statements, choices with scores, number scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from judgekit.io.rubric_formats.names import as_question, evidence_for, number_text, slug, tidy_number
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Source
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.unused import unused
from judgekit.io.yaml_nodes import Loc
from judgekit.noun import explain
from judgekit.rubric import CANNOT_TELL, Rubric

_STEPS = 10
_MOST_NUMBERS = 20
NO_ANCHOR = "{level} on the scale of the question score, 1 to {top}."
"""The anchor of a level for which the imported file has no words."""


class Names:
    """Gives every rubric of a file a name of its own."""

    def __init__(self, source: Source) -> None:
        self._stem = slug(source.stem, "imported")
        self._taken: set[str] = set()

    def take(self, wanted: str | None = None) -> str:
        """A name after the wanted one, else after the file."""
        name = unused(slug(wanted or "", self._stem), self._taken)
        self._taken.add(name)
        return name


def build(source: Source, loc: Loc, texts: Texts, **fields: Any) -> Rubric:
    """The rubric with these fields; the inputs are those that its texts need.

    Raises:
        FileError: the parts make no rubric.
    """
    try:
        return Rubric.model_validate({"version": "1", "inputs": texts.inputs, **fields})
    except ValidationError as error:
        source.stop(loc, f"this makes no rubric: {explain(error)}")


def weighted(name: str, text: str, points: float) -> dict[str, Any]:
    """A criterion of yes and no, from a statement and what it earns or costs."""
    ask = as_question(text)
    return {"id": name, "ask": ask, "evidence": evidence_for(ask), "points": tidy_number(points)}


def criterion_id(wanted: str | None, place: int, taken: Mapping[str, Any], texts: Texts) -> str:
    """An id that no criterion and no input has: after the wanted name, else `c1`, `c2` and so on."""
    return unused(slug(wanted or "", f"c{place + 1}"), {*taken, *texts.inputs})


def points_rubric(
    source: Source,
    loc: Loc,
    texts: Texts,
    losses: Losses,
    *,
    criteria: Sequence[Mapping[str, Any]],
    **fields: Any,
) -> Rubric:
    """A rubric whose score is the points earned by those that can be earned."""
    rubric = build(source, loc, texts, criteria=criteria, level_from="points", **fields)
    given = [criterion for criterion in rubric.criteria if criterion.points is not None]
    if given and not any(criterion.points_for(answer) > 0 for criterion in given for answer in criterion.answers):
        losses.add(loc, "nothing in it earns points, so there is no score: give an answer points above 0")
    return rubric


def choices(
    source: Source,
    loc: Loc,
    losses: Losses,
    *,
    ask: str,
    scores: Mapping[str, float | None],
    name: str = "choice",
    share: bool = False,
) -> dict[str, Any]:
    """A criterion whose answers are the choices, each with its score as points.

    Scores that are not within 0 and 1 are kept as they are; what that means for the score is listed, unless this
    criterion has only a share in it.
    """
    answers = [answer for answer in scores if answer != CANNOT_TELL]
    if len(answers) < 2:
        source.stop(loc, f"wanted at least two choices; came {len(answers)}")
    if len(answers) < len(scores):
        losses.add(loc, f"the choice {CANNOT_TELL} is left out: it is always allowed, and is no score")
    points = {answer: tidy_number(score) for answer, score in scores.items() if score is not None}
    points.pop(CANNOT_TELL, None)
    if not share:
        _say_scale(loc, losses, list(points.values()))
    criterion: dict[str, Any] = {"id": name, "ask": ask, "evidence": "none"}
    if answers != ["yes", "no"]:
        criterion["answers"] = answers
    if points:
        criterion["points"] = points["yes"] if answers == ["yes", "no"] and not points.get("no") else points
    return criterion


def _say_scale(loc: Loc, losses: Losses, scores: Sequence[float]) -> None:
    best = max(scores, default=1)
    if best > 0 and best != 1:
        losses.add(loc, f"scores stay as points, and a verdict's score is points by {number_text(best)}, the most")
    if min(scores, default=0) < 0 < best:
        losses.add(loc, "a score below 0 stays as points, and counts as 0 in a verdict's score")


def number_scale(
    source: Source, loc: Loc, losses: Losses, *, ask: str, low: float, high: float, pass_from: float | None = None
) -> dict[str, Any]:
    """The parts of a rubric for a number that a judge has to give, on the scale that it is given on.

    1 to K, K at most 10: K levels. Anything else: one criterion whose answers are the whole numbers, where there are
    few, else eleven numbers with equal steps; the number chosen is the answer, and the score is number by highest.
    """
    if not low < high or high <= 0:
        source.stop(loc, f"a scale goes from low to high, and high is above 0; came {low:g} to {high:g}")
    if low == 1 and high == int(high) and high <= _STEPS:
        return _level_scale(ask, int(high), pass_from)
    whole = low == int(low) and high == int(high) and 1 < high - low <= _MOST_NUMBERS
    steps = int(high - low) if whole else _STEPS
    values = [low + (high - low) * step / steps for step in range(steps + 1)]
    if not whole:
        shown = f"{number_text(low)} to {number_text(high)} in steps of {number_text((high - low) / steps)}"
        losses.add(loc, f"a judge picks one of closed answers: the numbers {shown}; none in between")
    scores = {number_text(value): round(value, 10) for value in values}
    criterion = choices(source, loc, losses, ask=ask, scores=scores, name="score")
    parts: dict[str, Any] = {"criteria": [criterion], "level_from": "points"}
    if pass_from is not None:
        if not 0 <= pass_from / high <= 1:
            source.stop(loc, f"the threshold {pass_from:g} is not within 0 and {high:g}")
        parts["pass_at"] = tidy_number(pass_from / high)
    return parts


def _level_scale(ask: str, top: int, pass_from: float | None) -> dict[str, Any]:
    """Levels that follow the answer of one criterion: what is judged is the number."""
    rules = [{"when": {"score": str(n)}, "max_level": n} for n in range(1, top)]
    rules += [{"when": {"score": str(n)}, "min_level": n} for n in range(2, top + 1)]
    parts: dict[str, Any] = {
        "criteria": [{"id": "score", "ask": ask, "evidence": "none", "answers": [str(n) for n in range(1, top + 1)]}],
        "levels": {n: NO_ANCHOR.format(level=n, top=top) for n in range(top, 0, -1)},
        "rules": rules,
    }
    return parts if pass_from is None else {**parts, "pass_at": tidy_number(pass_from)}


def is_number_scale(rubric: Rubric) -> bool:
    """Whether a rubric is what `number_scale` makes of 1 to K."""
    if rubric.level_from != "judge" or len(rubric.criteria) != 1 or not 2 <= rubric.top <= _STEPS:
        return False
    wanted = _level_scale(rubric.criteria[0].ask, rubric.top, None)
    made = Rubric.model_validate({"name": "x", "version": "1", **wanted})
    return (made.criteria, made.levels, made.rules) == (rubric.criteria, rubric.levels, rubric.rules)
