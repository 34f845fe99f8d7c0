"""The numbers beside the level, over a run: their means, and their differences between the two sides of a pair."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from judgekit.calibration.estimate import Estimate, mean_from_sums
from judgekit.calibration.sides import side_difference
from judgekit.errors import UserError
from judgekit.io import load_rubric
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.run import Run

_ALL_EQUAL = "all are equal, and the measure has no upper end that would bound them"
_UNBOUNDED = 1e3
"""So many times the largest value stands for the missing upper end: nothing is cut there."""


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of one rubric."""

    rubric: str
    label: str
    """Whose answers; in a difference, '' is the row over all labels."""
    measure: str
    estimate: Estimate
    """Its mean, or its mean difference; units are questions, or pairs."""
    one_sided: int = 0
    """Of a difference: what could not be compared, because one side has no value."""


def measure_rows(run: Run, *, level: float = 0.95) -> list[MeasureRow]:
    """The mean of every measure by rubric and label; a verdict without the measure does not count in it.

    Args:
        run: the run.
        level: the confidence of the intervals.
    """
    bounds = _Bounds(run)
    sums: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in run.rows():
        for name, value in row["measures"].items():
            sums[row["rubric"], row["label"], name][row["question_id"]].append(value)
    return [
        MeasureRow(rubric, label, name, _mean(by_question.values(), bounds.of(rubric, name), name, level))
        for (rubric, label, name), by_question in sorted(sums.items())
    ]


def pair_rows(run: Run, questions: QuestionSet, *, level: float = 0.95) -> list[MeasureRow]:
    """The difference `user - friend` of score and bounded measures by rubric and label, and over all labels.

    Args:
        run: the run.
        questions: says which questions are the two sides of a pair.
        level: the confidence of the intervals.

    Raises:
        UserError: no question of the file is a side of a pair.
    """
    sides = {question.id: question.pair for question in questions if question.pair is not None}
    if not sides:
        raise UserError("no question has a `pair`: write pair: {id: NAME, side: user} and the same with side: friend")
    bounds = _Bounds(run)
    found: dict[tuple[str, str], list[tuple[float, str, str, str]]] = defaultdict(list)
    for row in run.rows():
        pair = sides.get(row["question_id"])
        if pair is None:
            continue
        for name, value in _numbers(row):
            found[row["rubric"], name].append((value, pair.id, pair.side, row["label"]))
    rows: list[MeasureRow] = []
    for (rubric, name), values in sorted(found.items()):
        ends = (0.0, 1.0) if name == "score" else bounds.of(rubric, name)
        if ends is None:
            continue
        labels = sorted({label for *_, label in values})
        for label in [*labels, ""] if len(labels) > 1 else labels:
            chosen = [one for one in values if label in ("", one[3])]
            numbers, pairs, of_side, owners = zip(*chosen, strict=True)
            d = side_difference(
                numbers,
                pairs,
                of_side,
                models=owners,
                low=ends[0],
                high=ends[1],
                level=level,
                name=f"{name}, difference",
            )
            rows.append(MeasureRow(rubric, label, name, d.estimate, d.one_sided))
    return rows


def _numbers(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if row["score"] is not None:
        yield "score", row["score"]
    yield from ((name, value) for name, value in row["measures"].items() if name != "judge_level")


class _Bounds:
    """Between what a measure must lie, as the run's rubrics say."""

    def __init__(self, run: Run) -> None:
        self._wanted = {name: facts["fingerprint"] for name, facts in run.meta["rubrics"].items()}
        self._rubrics: dict[str, Rubric | None] = {}

    def of(self, rubric: str, measure: str) -> tuple[float, float] | None:
        """Lowest and highest possible value; None for counts, and where the rubric is not at hand."""
        if measure in ("strict", "ratio"):
            return 0.0, 1.0
        if rubric not in self._rubrics:
            self._rubrics[rubric] = self._load(rubric)
        held = self._rubrics[rubric]
        if held is None:
            return None
        if measure == "judge_level":
            return 1.0, float(held.top)
        return held.measures[measure].bounds if measure in held.measures else None

    def _load(self, name: str) -> Rubric | None:
        """The rubric, if it is still the one that the run was judged under."""
        try:
            held = load_rubric(name)
        except UserError:
            return None
        return held if held.fingerprint == self._wanted.get(name) else None


def _mean(by_question: Iterable[list[float]], bounds: tuple[float, float] | None, name: str, level: float) -> Estimate:
    groups = list(by_question)
    sums, sizes = [sum(group) for group in groups], [len(group) for group in groups]
    if bounds is not None:
        return mean_from_sums(sums, sizes, level=level, low=bounds[0], high=bounds[1], name=name)
    most = max(abs(value) for group in groups for value in group)
    lowest = min(0.0, *(value for group in groups for value in group))
    far = _UNBOUNDED * (most or 1.0)
    found = mean_from_sums(sums, sizes, level=level, low=-far if lowest < 0 else 0.0, high=far, name=name)
    if found.undefined is None and found.method.startswith("all "):
        return replace(found, low=math.nan, high=math.nan, method="none", undefined=_ALL_EQUAL)
    return found
