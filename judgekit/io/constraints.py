"""Constraints of a prompt: read from a question's inputs, checked against each other and against the prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from judgekit.errors import UserError
from judgekit.io.yaml_errors import did_you_mean, problems_of
from judgekit.io.yaml_file import YamlFile
from judgekit.io.yaml_nodes import Loc, Problem, show
from judgekit.noun import explain
from judgekit.question import Constraint

CONSTRAINT_INPUTS = ("constraints", "with_execution")
"""The inputs that hold constraints; those of the second run code, and only where that is switched on."""


def parse_constraints(
    value: object, where: str, *, known: Sequence[Constraint] = (), execution: bool = False
) -> tuple[Constraint, ...]:
    """The constraints of an input.

    Args:
        value: a list of constraints as in a question file.
        where: begins the message, such as `question q01, rubric constraint_following`.
        known: constraints that these may name too: for `with_execution`, those of `constraints`.
        execution: whether these are decided by running code.

    Raises:
        UserError: one of them is wrong, an id stands twice, or one names what does not exist or itself.

    >>> [c.id for c in parse_constraints([{"id": "short", "quote": "be brief", "ask": "Is it brief?"}], "question q01")]
    ['short']
    """
    if not isinstance(value, list | tuple):
        raise UserError(f"{where}: wanted a list of constraints; came {value!r}")
    constraints = []
    for i, item in enumerate(value):
        try:
            constraints.append(Constraint.model_validate(item))
        except ValidationError as error:
            raise UserError(f"{where}, constraint {_name(item, i)}: {explain(error)}") from None
    for loc, message in constraint_misfits(constraints, known=known, execution=execution):
        raise UserError(f"{where}, constraint {constraints[int(loc[0])].id}: {show(loc[1:])}: {message}")
    return tuple(constraints)


def constraint_problems(
    file: YamlFile, loc: Loc, known: Sequence[Constraint] = ()
) -> tuple[tuple[Constraint, ...], list[Problem]]:
    """The constraints at a place of a file, and what is wrong with them.

    Args:
        file: where they stand.
        loc: the path of the list; its last step says whether they run code.
        known: constraints that these may name too.
    """
    constraints: list[Constraint] = []
    found: list[Problem] = []
    for i, item in enumerate(file.walk(loc)[2].value):
        try:
            constraints.append(Constraint.model_validate(item))
        except ValidationError as error:
            found.extend(problems_of(error, file, Constraint, (*loc, i)))
    if not found:
        for place, message in constraint_misfits(constraints, known=known, execution=loc[-1] == CONSTRAINT_INPUTS[1]):
            found.append(Problem(file.line_of((*loc, *place)), show((*loc, *place)), message))
    return tuple(constraints), sorted(found)


def holds_constraints(value: object) -> bool:
    """Whether an input is a list with constraints in it; a rubric of one's own may keep plain texts under that name."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def constraint_misfits(
    constraints: Sequence[Constraint], *, known: Sequence[Constraint] = (), execution: bool = False
) -> Iterator[tuple[Loc, str]]:
    """Ids that stand twice, names of constraints that do not exist, and circles of prerequisites, by place."""
    every = {constraint.id: constraint for constraint in (*known, *constraints)}
    seen = {constraint.id for constraint in known}
    for i, constraint in enumerate(constraints):
        if constraint.id in seen:
            yield (i, "id"), f"the constraint id {constraint.id!r} stands twice"
        seen.add(constraint.id)
        if constraint.exec_check is not None and not execution:
            yield (i, "exec_check"), "a check that runs code belongs under with_execution"
        if constraint.exec_check is None and execution:
            yield (i,), "a constraint under with_execution needs exec_check"
        for key, names in (("depends_on", constraint.depends_on), ("conflicts_with", constraint.conflicts_with)):
            for j, name in enumerate(names):
                if name not in every:
                    yield (i, key, j), f"there is no constraint {name!r}{did_you_mean(name, every)}"
                elif name == constraint.id:
                    yield (i, key, j), f"the constraint {name!r} names itself"
        if constraint.settles is not None:
            settled = every.get(constraint.settles)
            if settled is None:
                yield (
                    (i, "settles"),
                    f"there is no constraint {constraint.settles!r}{did_you_mean(constraint.settles, every)}",
                )
            elif settled.ask is None or constraint.exec_check is None:
                yield (i, "settles"), "an exec_check settles a constraint that is asked (ask); this is another pair"
    yield from _circle(constraints)


def _circle(constraints: Sequence[Constraint]) -> Iterator[tuple[Loc, str]]:
    """The constraints that wait for each other: what is left when those with met prerequisites are taken away."""
    left = {c.id: (i, set(c.depends_on) - {c.id}) for i, c in enumerate(constraints)}
    while free := [name for name, (_, needs) in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    if left:
        first = min(i for i, _ in left.values())
        yield (first, "depends_on"), f"these wait for each other, so none can be met: {', '.join(sorted(left))}"


def quote_misfits(value: object, prompt: str) -> Iterator[tuple[int, str, str]]:
    """Place, id and quote of the constraints in an input whose quote is not in the prompt.

    A quote is looked for verbatim, then with every run of white space as one space: YAML folds long lines.
    """
    if not isinstance(value, list):
        return
    flat: str | None = None
    for i, item in enumerate(value):
        quote = item.get("quote") if isinstance(item, dict) else None
        if not isinstance(quote, str) or quote in prompt:
            continue
        flat = " ".join(prompt.split()) if flat is None else flat
        if " ".join(quote.split()) not in flat:
            yield i, _name(item, i), quote


def _name(item: Any, place: int) -> str:
    return str(item.get("id", place)) if isinstance(item, dict) else str(place)
