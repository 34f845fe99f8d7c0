"""Which key or column each field of a transcript is read from: `--map prompt=question,response=answer`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from judgekit.errors import UserError

TARGETS = (
    *("id", "question_id", "label", "printed_id", "title", "messages", "system", "prompt", "response"),
    *("reference", "context", "provenance"),
)
"""What can be mapped."""
MISSING = object()
"""What `find` returns where nothing stands; None is a value."""


def parse_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """The mapping that `--map` spells: `field=column`, several parted by commas.

    Raises:
        UserError: a part has no `=`, names no field of a transcript, or names one twice.

    >>> parse_mapping(["prompt=question,response=output.text"])
    {'prompt': 'question', 'response': 'output.text'}
    """
    mapping: dict[str, str] = {}
    for part in (part.strip() for pair in pairs for part in pair.split(",")):
        field, equals, name = (piece.strip() for piece in part.partition("="))
        if not (field and equals and name):
            raise UserError(f"--map: wanted field=column, such as prompt=question; came {part!r}")
        if field in mapping:
            raise UserError(f"--map: {field} is named twice, as {mapping[field]!r} and {name!r}; keep one")
        mapping[field] = name
    return check_mapping(mapping)


def check_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping, where every key is a field of a transcript and every value a name.

    Raises:
        UserError: a key is unknown, or a value is empty or not text.
    """
    for field, name in mapping.items():
        if field not in TARGETS:
            turned = f"; did you mean {name}={field}?" if name in TARGETS else ""
            raise UserError(f"--map: {field!r} is not a field of a transcript; fields are {', '.join(TARGETS)}{turned}")
        if not isinstance(name, str) or not name:
            raise UserError(f"--map: wanted the name of a column for {field!r}, came {name!r}")
    return dict(mapping)


def find(record: Mapping[str, Any], name: str) -> Any:
    """The value under that key, or along that dotted path (`choices.0.text`), or MISSING.

    >>> find({"choices": [{"text": "Yes."}]}, "choices.0.text")
    'Yes.'
    """
    if name in record:
        return record[name]
    value: Any = record
    for step in name.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list | tuple) and step.isdecimal() and len(step) < 10 and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def without(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The record without what stands under these keys and paths.

    >>> without({"a": 1, "out": {"text": "x", "model": "m"}}, ["a", "out.text"])
    {'out': {'model': 'm'}}
    """
    rest = dict(record)
    for name in names:
        if name in rest:
            del rest[name]
        elif "." in name:
            rest = _drop(rest, name.split("."))
    return rest


def _drop(value: Any, steps: list[str]) -> Any:
    step, further = steps[0], steps[1:]
    if isinstance(value, Mapping) and step in value:
        if further:
            return {**value, step: _drop(value[step], further)}
        return {key: item for key, item in value.items() if key != step}
    if isinstance(value, list | tuple) and step.isdecimal() and len(step) < 10 and int(step) < len(value):
        kept = [_drop(value[int(step)], further)] if further else []
        return [*value[: int(step)], *kept, *value[int(step) + 1 :]]
    return value


def check_columns(columns: Iterable[str], mapping: Mapping[str, str], where: str) -> None:
    """Nothing, where a table has every column that is needed.

    Raises:
        UserError: one line with the column that is missing and those there are.
    """
    there = list(columns)
    wanted = list(mapping.items())
    if "messages" not in mapping and not ("messages" in there and "prompt" not in mapping):
        wanted += [(field, field) for field in ("prompt", "response") if field not in mapping]
    for field, name in wanted:
        if name not in there and name.split(".")[0] not in there:
            raise UserError(f"{where}: {no_column(field, name, there)}")


def no_column(field: str, name: str, there: Iterable[str]) -> str:
    """What to say where a key or column is missing.

    >>> no_column("prompt", "prompt", ["question", "answer"])
    "no 'prompt'; there are question, answer; name yours with --map prompt=COLUMN"
    """
    names = [column if column.isprintable() and column else repr(column) for column in map(str, there)]
    shown = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in names[:20]) or "none"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    mapped = f" (for {field})" if field != name else ""
    return f"no {name!r}{mapped}; there are {shown}{more}; name yours with --map {field}=COLUMN"


def likely_columns(columns: Iterable[str], mapping: Mapping[str, str]) -> bool:
    """Whether a table with these columns has what a transcript needs."""
    try:
        check_columns(columns, mapping, "")
    except UserError:
        return False
    return True
