"""What a typed record refuses in a YAML file, said with line, key, what was wanted and the cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from judgekit.io.yaml_file import YamlFile
from judgekit.io.yaml_nodes import FileError, Loc, Node, Problem, Step, show
from judgekit.io.yaml_scalars import short, taken_for
from judgekit.noun import MisfitError, about

Record = TypeVar("Record", bound=BaseModel)

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "invalid-json-value": "a text, number, truth value, list or keys with values",
}
_PATTERNS = {r"^[a-z][a-z0-9_]{0,63}$": "a name of lower-case letters, digits and _ that begins with a letter"}


def read_record(file: YamlFile, model: type[Record], data: Any = None, base: Loc = ()) -> Record:
    """The data of a file, or of a part of it, as a typed record.

    Args:
        file: where the data stands.
        model: the record's type.
        data: the part; by default the whole.
        base: the path of the part.

    Raises:
        FileError: the first problem by line, and how many more there are.
    """
    try:
        return model.model_validate(file.data if data is None else data)
    except ValidationError as error:
        found = problems_of(error, file, model, base)
        raise FileError(file.path, found[0], len(found) - 1) from None


def check_format(file: YamlFile, wanted: str, noun: str) -> None:
    """Nothing, where the file says that it has the wanted format or says nothing about it.

    Raises:
        FileError: it says another.
    """
    came = file.data.get("judgekit", wanted)
    if came == wanted:
        return
    kind, _, version = str(came).partition("/")
    if kind == wanted.partition("/")[0]:
        message = f"format version {version or 'none'} is not known here: wanted {wanted}; a newer judgekit may read it"
    else:
        message = f"this is no {noun} file: wanted {wanted}; came {came}"
    raise FileError(file.path, Problem(file.line_of(("judgekit",)), "judgekit", message))


def problems_of(error: ValidationError, file: YamlFile, model: type[BaseModel], base: Loc = ()) -> list[Problem]:
    """Every problem that a record has with a file, by line."""
    errors = error.errors(include_url=False)
    found: dict[tuple[int, str], list[str]] = {}
    for item in errors:
        if _follows_from_another(item, errors, model):
            continue
        cause = item.get("ctx", {}).get("error")
        inside = cause.found if isinstance(cause, MisfitError) else [((), "")]
        for place, message in inside:
            loc, line, node = file.walk((*base, *item["loc"], *place))
            message = message or _message(item, loc[len(base) :], node, model)
            found.setdefault((line, show(loc)), []).append(message)
    return sorted(Problem(line, key, _either(said)) for (line, key), said in found.items())


def _follows_from_another(item: Any, errors: Sequence[Any], model: type[BaseModel]) -> bool:
    """A list that is short of the items that were refused, or a missing key that stands there misspelt."""
    loc = item["loc"]
    if item["type"] == "too_short":
        return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in errors)
    if item["type"] == "missing":
        beside = [o["loc"][-1] for o in errors if o["type"] == "extra_forbidden" and o["loc"][:-1] == loc[:-1]]
        return any(_nearest(str(key), _keys_at(model, loc[:-1])) == loc[-1] for key in beside)
    return False


def _either(said: list[str]) -> str:
    """Several refusals of one value, for each form it could have had, as one."""
    wanted = [message.partition("; came ")[0] for message in said]
    last = said[-1]
    return last if len(set(said)) == 1 else " or ".join([*dict.fromkeys(wanted[:-1]), last.removeprefix("wanted ")])


def did_you_mean(came: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest name, else the names there are.

    >>> did_you_mean("anwers", ["answers", "ask"])
    "; did you mean 'answers'?"
    >>> did_you_mean("zzz", ["answers", "ask"])
    '; there are: answers, ask'
    """
    names = sorted(known)
    near = _nearest(came, names)
    if near is not None:
        return f"; did you mean {near!r}?"
    return f"; there are: {', '.join(names)}" if names else ""


def _nearest(came: str, known: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(came, known, n=1)), None)


def _message(item: Any, loc: Loc, node: Node, model: type[BaseModel]) -> str:
    kind, last = item["type"], item["loc"][-1] if item["loc"] else ""
    came = f"; came {_shown(node)}"
    if kind == "extra_forbidden":
        return f"unknown key {last!r}{did_you_mean(str(last), _keys_at(model, loc[:-1]))}"
    if kind == "missing":
        said = _description(model, loc, last)
        return f"the key {last!r} is missing{': ' + said if said else ''}"
    if last == "[key]":
        return f"a key has to be {_WANTED.get(kind, 'a name')}; came {item['input']!r}"
    taken = taken_for(node.text, node.value) if node.plain and node.text is not None else None
    if taken and kind in ("string_type", "value_error"):
        return taken
    if kind == "literal_error":
        expected = item["ctx"]["expected"]
        return f"wanted {expected}{came}{_near(item['input'], expected)}"
    if kind == "string_pattern_mismatch":
        return f"wanted {_PATTERNS.get(item['ctx']['pattern'], 'another form')}{came}"
    if kind == "too_short":
        return f"wanted at least {item['ctx']['min_length']} of them; came {item['ctx']['actual_length']}"
    if kind == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    return f"wanted {_WANTED[kind]}{came}" if kind in _WANTED else f"{item['msg']}{came}"


def _shown(node: Node) -> str:
    if node.text is not None:
        return f"`{short(node.text)}`" if node.text else "nothing"
    return "a list" if isinstance(node.value, list) else "keys with values"


def _near(came: object, expected: str) -> str:
    near = _nearest(str(came), re.findall(r"'([^']*)'", expected))
    return f"; did you mean {near!r}?" if near is not None else ""


def _description(model: type[BaseModel], loc: Sequence[Step], key: Step) -> str:
    inner = _type_at(model, loc)
    return about(inner, str(key)).rstrip(".") if inner is not None and key in inner.model_fields else ""


def _keys_at(model: type[BaseModel], loc: Sequence[Step]) -> list[str]:
    inner = _type_at(model, loc)
    return [field.alias or name for name, field in inner.model_fields.items()] if inner is not None else []


def _type_at(model: type[BaseModel], loc: Sequence[Step]) -> type[BaseModel] | None:
    """The record type at a path, or None where it holds something else."""
    at: Any = model
    for step in loc:
        if isinstance(at, type) and issubclass(at, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in at.model_fields.items()}
            at = _bare(fields.get(str(step)))
        else:
            inner = get_args(at)
            at = _bare(inner[1] if get_origin(at) is dict else inner[0]) if inner else None
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """The type without `Annotated` and `| None`."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation
