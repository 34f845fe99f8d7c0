"""A pydantic model as a rubric: its fields are the criteria, and the answers come back as an instance of it."""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from judgekit.errors import UserError
from judgekit.noun import explain
from judgekit.rubric import Criterion, Rubric
from judgekit.verdict import Verdict

M = TypeVar("M", bound=BaseModel)
_UNNAMED = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class TypedVerdict(Generic[M]):
    """A verdict with its answers as an instance of the user's model."""

    verdict: Verdict
    """The whole verdict: status, evidence, usage, failure."""
    answers: M | None
    """None where the verdict failed, or where a field that is not optional has no answer that counts."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a field may hold."""

    values: dict[str, Any]
    """By answer."""
    optional: bool
    """Whether None stands for "cannot tell"."""


def rubric_of(model: type[BaseModel], rubric: Rubric | None = None) -> Rubric:
    """The rubric that asks for the fields of a model.

    Args:
        model: its fields are bool (yes/no), Literal of texts, or an Enum of texts, each perhaps optional. The field's
            description is the question; `json_schema_extra={"evidence": "required", "points": 1}` sets when a quote is
            needed (by default for `yes`) and what `yes` earns, or with a mapping each answer. Without points there is
            no score, only answers: code cannot know which answer is the good one.
        rubric: a rubric whose criteria the fields name; then the fields are a typed view of it.

    Raises:
        UserError: a field of another type, or one that the rubric does not know or answers otherwise.
    """
    choices = {name: _choice(model, name, field) for name, field in model.model_fields.items()}
    if not choices:
        raise UserError(f"{model.__name__} has no fields; each field is one criterion")
    if rubric is None:
        criteria = tuple(_criterion(model, name, choices[name]) for name in choices)
        name = _UNNAMED.sub("_", model.__name__.lower()).strip("_") or "model"
        return Rubric(name=name, version="1", title=model.__name__, criteria=criteria, level_from="points")
    known = {criterion.id: criterion for criterion in rubric.criteria}
    for name, choice in choices.items():
        if name not in known:
            raise UserError(f"{model.__name__}.{name}: rubric {rubric.name} has no such criterion; it has {[*known]}")
        missing = set(known[name].answers) - choice.values.keys()
        if missing:
            raise UserError(f"{model.__name__}.{name}: the type lacks the answers {sorted(missing)} of {rubric.name}")
    return rubric


def typed(verdict: Verdict, model: type[M]) -> TypedVerdict[M]:
    """The verdict with its answers as an instance of the model."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        choice, result = _choice(model, name, field), verdict.criteria.get(name)
        key = field.validation_alias if isinstance(field.validation_alias, str) else name
        if result is not None and result.status == "ok" and result.answer is not None:
            values[key] = choice.values[result.answer]
        elif choice.optional and verdict.status != "failed":
            values[key] = None
        else:
            return TypedVerdict(verdict, None)
    try:
        return TypedVerdict(verdict, model.model_validate(values))
    except ValidationError as error:
        raise UserError(f"{model.__name__} refuses the judge's answers: {explain(error)}") from None


def _criterion(model: type[BaseModel], name: str, choice: _Choice) -> Criterion:
    field = model.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    yes_no = set(choice.values) == {"yes", "no"}
    try:
        return Criterion.model_validate(
            {
                "id": name,
                "ask": field.description or f"{name.replace('_', ' ').capitalize()}?",
                "answers": tuple(choice.values),
                "evidence": extra.get("evidence", "if_yes" if yes_no else "none"),
                "points": extra.get("points"),
            }
        )
    except ValidationError as error:
        raise UserError(f"{model.__name__}.{name} cannot be a criterion: {explain(error)}") from None


def _choice(model: type[BaseModel], name: str, field: FieldInfo) -> _Choice:
    kind, optional = field.annotation, False
    if get_origin(kind) in (Union, types.UnionType):
        parts = [part for part in get_args(kind) if part is not type(None)]
        optional = len(parts) < len(get_args(kind))
        kind = parts[0] if len(parts) == 1 else kind
    if kind is bool:
        return _Choice({"yes": True, "no": False}, optional)
    if get_origin(kind) is Literal and all(isinstance(value, str) for value in get_args(kind)):
        return _Choice({value: value for value in get_args(kind)}, optional)
    if isinstance(kind, type) and issubclass(kind, Enum) and all(isinstance(member.value, str) for member in kind):
        return _Choice({member.value: member for member in kind}, optional)
    raise UserError(f"{model.__name__}.{name}: wanted bool, Literal of texts or Enum of texts; came {kind}")
