"""What all nouns share: frozen pydantic models, canonical JSON, and one-line error messages."""

from __future__ import annotations

import ast
import hashlib
import inspect
import itertools
import re
import textwrap
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationError

from judgekit.errors import UserError

_SURROGATE = re.compile("[\ud800-\udfff]")


def mend_surrogates(text: Any) -> Any:
    """The text with each lone surrogate as U+FFFD: it is not a character, and neither UTF-8 nor JSON can carry it."""
    if not isinstance(text, str) or text.isascii():
        return text
    return _SURROGATE.sub("�", text)


Text = Annotated[str, BeforeValidator(mend_surrogates)]
"""A string that can always be encoded."""


def mend_json(value: Any) -> Any:
    """The JSON value in a form that can always be encoded: whole texts, and numbers beyond 64 bits as texts."""
    try:
        if isinstance(value, dict):
            return {mend_surrogates(name): mend_json(held) for name, held in value.items()}
        if isinstance(value, list | tuple):
            return [mend_json(held) for held in value]
    except RecursionError:
        return value  # too deep for any reader: pydantic says so
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return mend_surrogates(value)


JsonMap = Annotated[dict[str, JsonValue], BeforeValidator(mend_json)]
"""A JSON object that can always be encoded."""


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _ModelType
else:
    _ModelType = type(BaseModel)  # pydantic has no public name for it


class _NounType(_ModelType):
    """What makes `Label(...)` raise a UserError of one line; `model_validate` goes another way, and is as it was."""

    if not TYPE_CHECKING:  # or the arguments of every noun would be those of this

        def __call__(cls, *given: Any, **fields: Any) -> Any:  # noqa: N805
            try:
                return super().__call__(*given, **fields)
            except ValidationError as error:
                raise UserError(f"{cls.__name__}: {explain(error)}") from None


class Noun(BaseModel, metaclass=_NounType):
    """A frozen record that refuses unknown fields; a field is described by the docstring below it, see `about`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MisfitError(ValueError):
    """Parts of a record that do not fit each other: each with its place in the record and what is wrong."""

    def __init__(self, found: Sequence[tuple[tuple[str | int, ...], str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, place))}: {wrong}" for place, wrong in found))
        self.found = tuple(found)


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value: keys sorted, no white space, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def digest(value: Any) -> str:
    """The fingerprint of a JSON value: 32 hexadecimal digits (128 bits) of SHA-256 over its canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()[:32]


def sha256_text(text: str) -> str:
    """The SHA-256 of the stripped text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.strip().encode("utf-8")).hexdigest()


def explain(error: ValidationError, limit: int = 3) -> str:
    """One line that says where a record is wrong, what came, and what was wanted."""
    found = error.errors(include_url=False, include_context=False)
    parts = []
    for item in found[:limit]:
        # pydantic names the members of a union by their functions: no place in the record
        where = ".".join(step for step in map(str, item["loc"]) if "[" not in step) or "the record"
        came = repr(item.get("input"))
        came = came if len(came) <= 60 else came[:57] + "..."
        text = item["msg"].removeprefix("Value error, ")
        parts.append(f"{where}: {text}" + ("" if item["type"] == "missing" else f" (came: {came})"))
    more = len(found) - limit
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def about(model: type[BaseModel], name: str) -> str:
    """What a field says of itself: its description, or the docstring below it; '' where there is neither.

    The source is read only now. pydantic reads it as each class is made, looking through every loaded module: in a
    process as large as a harness that takes longer than all the rest of an import.

    >>> from judgekit.label import Label
    >>> about(Label, "value")
    'The answer or the level.'
    """
    if described := model.model_fields[name].description:
        return described
    return next((found[name] for kind in model.__mro__ if name in (found := _docstrings(kind))), "")


@cache  # a class is asked once for each of its fields, and its whole file is read for it
def _docstrings(kind: type) -> dict[str, str]:
    """The docstrings below the fields that a class itself declares."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    except (OSError, TypeError):  # built in, or made without a file
        return {}
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, after in itertools.pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            said = after.value.value if isinstance(after.value, ast.Constant) else None
            if isinstance(said, str):
                found[field.target.id] = inspect.cleandoc(said)
    return found
