"""The parameters of checks: typed models, and what they tell people."""

from __future__ import annotations

import re
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, JsonValue
from pydantic.fields import FieldInfo

from judgekit.noun import Noun, Text, about

_TARGET = re.compile(r"response|code|prose|(?:block|inline):[1-9][0-9]{0,5}")


def _is_target(value: str) -> str:
    if not _TARGET.fullmatch(value):
        raise ValueError("wanted response, code, prose, block:N or inline:N, with N from 1")
    return value


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise ValueError("wanted a text or a list of texts")
    return value


def _not_empty(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value) or not value:
        raise ValueError("wanted at least one text, and none of them empty")
    return value


Target = Annotated[Text, AfterValidator(_is_target)]
"""Which part of the response is looked at."""

Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
"""A list of texts; one may stand without its list."""

SomeTexts = Annotated[Texts, AfterValidator(_not_empty)]
"""At least one text, and none of them empty."""


class Params(Noun):
    """The parameters of a check: its fields, with their types, defaults and bounds."""


class Targeted(Params):
    """The parameters of a check that looks at a part of the response."""

    target: Target = "response"
    """`response` (all), `code` (the fenced blocks, joined), `prose` (what is outside them), `block:N` or `inline:N`."""


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """One parameter of a check, for people."""

    name: str
    """As it is written under `with`."""
    type: str
    """What it holds, in words."""
    required: bool
    """Whether the check needs it."""
    default: JsonValue = None
    """What holds without it."""
    about: str = ""
    """What it does."""


@cache  # asked for at every response
def parameters_of(params: type[Params]) -> tuple[ParameterInfo, ...]:
    """The parameters that a model declares, for people; `target` last."""
    fields = sorted(params.model_fields.items(), key=lambda item: item[0] == "target")
    return tuple(_parameter(params, name, field) for name, field in fields)


def _parameter(params: type[Params], name: str, field: FieldInfo) -> ParameterInfo:
    default = None if field.is_required() else field.default
    return ParameterInfo(
        name=field.alias or name,
        type=_words(field.annotation),
        required=field.is_required(),
        default=list(default) if isinstance(default, tuple) else default,
        about=" ".join(about(params, name).split()),
    )


def _words(annotation: Any) -> str:
    """A type, as a person would write it."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _words(args[0])
    if origin is Literal:
        return "one of " + ", ".join(map(str, args))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(arg) for arg in args if arg is not type(None)))
    if origin is tuple:
        return f"list of {_words(args[0])}s"
    names: dict[Any, str] = {int: "whole number", str: "text", bool: "true or false", dict: "mapping"}
    return names.get(origin or annotation, "any JSON value")
