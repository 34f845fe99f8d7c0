"""promptfoo: model-graded assertions, alone, in a test, or in a whole configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from judgekit.io.rubric_formats.make import Names, criterion_id, number_scale, points_rubric, weighted
from judgekit.io.rubric_formats.names import as_statement, tidy_number
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, first, has
from judgekit.io.rubric_formats.texts import Texts
from judgekit.io.rubric_formats.weights import yes_no_points
from judgekit.io.rubric_formats.write import yaml_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_GRADED = ("llm-rubric", "g-eval", "model-graded-closedqa")
_USED = ("assert", "threshold", "description", "tests", "defaultTest")


class _Assertion(Foreign):
    type: str
    value: str | list[str]
    threshold: Number | None = None
    weight: Number = 1.0


def recognises(source: Source) -> bool:
    """Whether the file is an assertion, a list of them, a test or a configuration of promptfoo."""
    data = source.data
    one = first(data) if isinstance(data, list) else data
    if has(one, "type") and str(one["type"]).removeprefix("not-") in _GRADED:  # type: ignore[index]
        return True
    return has(one, "assert") or has(one, "tests", "prompts") or has(one, "defaultTest")


def read(source: Source, losses: Losses) -> list[Rubric]:
    """A rubric for each list of assertions: one point an assertion, or its weight."""
    names = Names(source)
    found = [_rubric(source, loc, locs, losses, names) for loc, locs in _lists(source, losses)]
    made = [rubric for rubric in found if rubric is not None]
    if not made:
        source.stop((), f"there is no assertion that a model judges: wanted the type {', '.join(_GRADED)}")
    return made


def _lists(source: Source, losses: Losses) -> Iterator[tuple[Loc, list[Loc]]]:
    """For each test, its path and the paths of its assertions."""
    data = source.data
    if has(data, "type"):
        yield (), [()]
    elif isinstance(data, list) and has(first(data), "type"):
        yield (), [loc for loc, _ in source.items((), "assertions")]
    elif isinstance(data, dict | list):
        for loc in _holders(source):
            held = source.at(loc)
            for key in held if isinstance(held, dict) else ():
                if key not in _USED:
                    losses.add((*loc, key), "it says what is run, and a rubric says what is judged")
            if has(held, "assert"):
                yield loc, [at for at, _ in source.items((*loc, "assert"), "assertions")]


def _holders(source: Source) -> list[Loc]:
    """The paths that may hold assertions: each test of a list, or of a configuration."""
    data = source.data
    if isinstance(data, list):
        return [loc for loc, _ in source.items((), "tests")]
    tests = data.get("tests")
    default: list[Loc] = [("defaultTest",)] if "defaultTest" in data else []
    return [(), *default, *(("tests", place) for place in range(len(tests) if isinstance(tests, list) else 0))]


def _rubric(source: Source, loc: Loc, locs: list[Loc], losses: Losses, names: Names) -> Rubric | None:
    texts = Texts(source, losses)
    graded = [at for at in locs if _graded(source, at, losses)]
    if not graded:
        return None
    held = source.at(loc)
    wanted = held.get("description") if isinstance(held, dict) else None
    name = names.take(wanted if isinstance(wanted, str) else None)
    threshold = held.get("threshold") if isinstance(held, dict) and "assert" in held else None
    if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
        source.stop((*loc, "threshold"), f"wanted a number; came {threshold!r}")
    assertions = [
        (at, source.record(_Assertion, at, losses, "how the judge is called is settled elsewhere")) for at in graded
    ]
    alone = assertions[0] if len(assertions) == 1 and threshold is None else None
    if alone is not None and alone[1].threshold is not None and isinstance(alone[1].value, str):
        at, one = alone
        ask = _score_ask(texts.plain(alone[1].value, (*at, "value")))
        parts = number_scale(source, at, losses, ask=ask, low=0, high=1, pass_from=one.threshold)
        return points_rubric(
            source, at, texts, losses, name=name, **{k: v for k, v in parts.items() if k != "level_from"}
        )
    criteria: dict[str, dict[str, Any]] = {}
    for at, one in assertions:
        if one.threshold is not None:
            losses.add((*at, "threshold"), "beside others an assertion holds or not: its own threshold is left out")
        _add(criteria, at, one, texts)
    pass_at = tidy_number(threshold) if threshold is not None else 1
    return points_rubric(source, loc, texts, losses, name=name, criteria=list(criteria.values()), pass_at=pass_at)


def _graded(source: Source, at: Loc, losses: Losses) -> bool:
    """Whether a model judges the assertion; the others are listed."""
    item = source.at(at)
    kind = item.get("type")
    if kind in _GRADED:
        value = item.get("value")
        if isinstance(value, str) and value.startswith("file://"):
            losses.add((*at, "value"), "the words stand in another file: import that file, or write them here")
            return False
        return True
    why = "turned round: write the opposite as a statement" if str(kind).startswith("not-") else "code decides it"
    losses.add(at, f"{kind} is left out: {why}" + ("" if why[0] == "t" else "; see judgekit check"))
    return False


def _add(criteria: dict[str, dict[str, Any]], at: Loc, one: _Assertion, texts: Texts) -> None:
    several = isinstance(one.value, list)
    for place, value in enumerate(one.value if isinstance(one.value, list) else [one.value]):
        loc = (*at, "value", place) if several else (*at, "value")
        ident = criterion_id(None, len(criteria), criteria, texts)
        criteria[ident] = weighted(ident, texts.plain(value, loc), one.weight)


def _score_ask(text: str) -> str:
    return f"How far, from 0 (not at all) to 1 (in full), does this hold of the response: {text}"


def write(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric's criteria as the assertions of a test; a fault, which costs points, is no assertion."""
    assertions: list[dict[str, Any]] = []
    for criterion, points in yes_no_points(rubric, name):
        if points <= 0:
            losses.add(("criteria", criterion.id), "a yes earns nothing, and an assertion has to hold: left out")
            continue
        made: dict[str, Any] = {"type": "llm-rubric", "value": as_statement(criterion.ask)}
        assertions.append(made if points == 1 else {**made, "weight": tidy_number(points)})
    test: dict[str, Any] = {"description": rubric.name, "assert": assertions}
    if rubric.pass_at is not None and rubric.pass_at != 1:
        test["threshold"] = tidy_number(rubric.pass_at)
    return yaml_text(test)
